internal import CLatticeKernel
internal import Numerics

/// What the owner of a key knows beside values: for attacks that a client makes on answers.
extension SecretKey {
    /// Of an upload's first polynomials, one a channel: the uniform half modulo p1, and the noise of the encryption of
    /// known values.
    package func view(
        of upload: UploadedTensor, coefficients: [[Int64]], format: AnswerFormat
    ) -> [(mask: [UInt64], noise: [Int64])] {
        let p = ring.parameters.primes[0]
        let delta = ring.parameters.delta(plaintextBits: format.plaintextBits, modulo: p)
        let inputs = KernelMemory(count: upload.mostReceivedWords, isSecret: false)
        upload.receive(image: 0, part: 0, into: inputs, threads: 1)
        return coefficients.indices.map { polynomial in
            let (phase, mask) = opened(inputs, polynomial, of: coefficients.count)
            let noise = phase.indices.map { n in
                phase[n].minus(coefficients[polynomial][n], times: delta, modulo: p).centred(modulo: p)
            }
            return (mask, noise)
        }
    }

    /// The plaintext of one received polynomial of an upload, in [-2^(L-1), 2^(L-1)).
    ///
    /// Modulo p1, Delta = (q - 1) / t is -1 / t: t times the phase Delta m + e is t e - m, which is below 22 * 2^36 and so can be
    /// read without p2.
    func plaintext(_ inputs: KernelMemory, _ polynomial: Int, of count: Int, bits: Int) -> [Int64] {
        let (p, unused) = (ring.parameters.primes[0], Int64(64 - bits))
        return opened(inputs, polynomial, of: count).phase.map {
            (-$0.times(1 << UInt64(bits), modulo: p).centred(modulo: p) << unused) >> unused
        }
    }

    /// c0 + c1 s and c1 of one received polynomial: coefficients modulo p1.
    private func opened(_ inputs: KernelMemory, _ polynomial: Int, of count: Int) -> (phase: [UInt64], mask: [UInt64]) {
        let (c0, c1) = inputs.polynomial(polynomial, of: count)
        addProduct(of: c1, to: c0, prime: 0)
        lk_inverse(ring.context, 0, c0.pointer)
        lk_inverse(ring.context, 0, c1.pointer)
        let degree = LatticeParameters.degree
        return ((0..<degree).map { c0.pointer[$0] }, (0..<degree).map { c1.pointer[$0] })
    }

    /// The noise of every coefficient of an answer: its phase without the plaintext that it decodes to. Exact below
    /// 2^53, a double beyond.
    package func noise(of answer: LatticeConvolution.Unswitched, format: AnswerFormat) -> [Double] {
        let moduli = ring.parameters.primes
        let step = moduli.reduce(1) { $0 * Double($1) } / Double(UInt64(1) << UInt64(format.plaintextBits))
        let deltas = moduli.map { ring.parameters.delta(plaintextBits: format.plaintextBits, modulo: $0) }
        let (phase, lifting) = (phase(answer), CentredLift(moduli))
        return (0..<LatticeParameters.degree).map { n in
            let value = Int64((lifting(phase.map { $0[n] }) / step).rounded())
            return lifting(moduli.indices.map { phase[$0][n].minus(value, times: deltas[$0], modulo: moduli[$0]) })
        }
    }

    /// Residues of c0 + c1 s modulo p1 and p2, of coefficients.
    private func phase(_ answer: LatticeConvolution.Unswitched) -> [[UInt64]] {
        let degree = LatticeParameters.degree
        return (0..<2).map { prime in
            let p = ring.parameters.primes[prime]
            let (c1, product) = (
                KernelMemory(count: degree, isSecret: true), KernelMemory(count: degree, isSecret: true)
            )
            for n in 0..<degree { (c1.pointer[n], product.pointer[n]) = (answer.residues[1][prime][n], 0) }
            lk_forward(ring.context, Int32(prime), c1.pointer)
            addProduct(of: c1, to: product, prime: prime)
            lk_inverse(ring.context, Int32(prime), product.pointer)
            return (0..<degree).map { (product.pointer[$0] + answer.residues[0][prime][$0]) % p }
        }
    }

    /// Adds c1 s in the transform domain.
    private func addProduct(of c1: KernelMemory, to c0: KernelMemory, prime: Int) {
        let p = ring.parameters.primes[prime]
        withSecret { secret in
            for n in 0..<LatticeParameters.degree {
                let product = c1.pointer[n].times(secret[2 * LatticeParameters.degree * prime + n], modulo: p)
                c0.pointer[n] = (c0.pointer[n] + product) % p
            }
        }
    }
}

extension KernelMemory {
    /// c0 and c1 of one polynomial modulo p1, in the transform domain, of what products read: [block of 32][polynomial][c0 | c1][32].
    func polynomial(_ index: Int, of count: Int) -> (c0: KernelMemory, c1: KernelMemory) {
        let degree = LatticeParameters.degree
        let (c0, c1) = (KernelMemory(count: degree, isSecret: true), KernelMemory(count: degree, isSecret: false))
        for n in 0..<degree {
            let at = ((n / 32) * count + index) * 64 + n % 32
            (c0.pointer[n], c1.pointer[n]) = (pointer[at], pointer[at + 32])
        }
        return (c0, c1)
    }
}

extension LatticeConvolution.Unswitched {
    /// The answer under masks as a protocol on shares adds them: a uniform plaintext at every coefficient.
    package func masked(_ format: AnswerFormat) -> LatticeConvolution.Unswitched {
        let half = Int64(1) << Int64(format.plaintextBits - 1)
        let plaintexts = (0..<LatticeParameters.degree).map { _ in Int64.random(in: -half..<half) }
        var sum = residues
        for (prime, p) in format.parameters.primes.enumerated() {
            let delta = format.parameters.delta(plaintextBits: format.plaintextBits, modulo: p)
            for (n, value) in plaintexts.enumerated() {
                // self - (-value) Delta.
                sum[0][prime][n] = sum[0][prime][n].minus(-value, times: delta, modulo: p)
            }
        }
        return LatticeConvolution.Unswitched(residues: sum)
    }
}

extension LatticeParameters {
    /// (q - 1) / 2^L modulo a prime.
    fileprivate func delta(plaintextBits: Int, modulo p: UInt64) -> UInt64 {
        // q - 1 in two words; q is odd.
        let (high, low) = primes[0].multipliedFullWidth(by: primes[1])
        let bits = UInt64(plaintextBits)
        return p.dividingFullWidth(((high >> bits) % p, (low - 1) >> bits | high << (64 - bits))).remainder
    }
}

extension UInt64 {
    package func times(_ other: UInt64, modulo p: UInt64) -> UInt64 {
        p.dividingFullWidth(multipliedFullWidth(by: other)).remainder
    }

    /// The representative of least magnitude of a residue.
    fileprivate func centred(modulo p: UInt64) -> Int64 { self > p / 2 ? Int64(self) - Int64(p) : Int64(self) }

    /// self - value factor, of residues modulo p.
    fileprivate func minus(_ value: Int64, times factor: UInt64, modulo p: UInt64) -> UInt64 {
        let product = factor.times(value.magnitude % p, modulo: p)
        return value < 0 ? (self + product) % p : (self + p - product) % p
    }

    /// Of a unit; 0 otherwise.
    package func inverse(modulo p: UInt64) -> UInt64 {
        BigInteger(self).inverse(modulo: BigInteger(p))?.magnitude[0] ?? 0
    }
}

/// The integer of least magnitude with given residues modulo two primes, as a double.
private struct CentredLift {
    private let moduli: [UInt64]
    private let inverse: UInt64

    init(_ moduli: [UInt64]) {
        self.moduli = moduli
        inverse = moduli[0].inverse(modulo: moduli[1])
    }

    func callAsFunction(_ residues: [UInt64]) -> Double {
        let difference = (residues[1] + moduli[1] - residues[0] % moduli[1]) % moduli[1]
        let digit = difference.times(inverse, modulo: moduli[1])
        // residues[0] + p1 digit, centred: exact where it is small, because then digit is 0 or p2 - 1.
        return digit > moduli[1] / 2
            ? Double(residues[0]) - Double(moduli[0]) * Double(moduli[1] - digit)
            : Double(moduli[0]) * Double(digit) + Double(residues[0])
    }
}
