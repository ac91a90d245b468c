internal import CLatticeKernel

/// What the owner of a key knows beside values: for attacks that a client makes on answers.
extension SecretKey {
    /// Residues of c0 + c1 s modulo p1 and p2, for coefficients of both.
    package func phase(_ answer: LatticeConvolution.Unswitched) -> [[UInt64]] {
        let degree = LatticeParameters.degree
        return (0..<2).map { prime in
            let p = ring.parameters.primes[prime]
            let product = KernelMemory(count: degree, isSecret: true)
            for n in 0..<degree { product.pointer[n] = answer.residues[1][prime][n] }
            lk_forward(ring.context, Int32(prime), product.pointer)
            withSecret { secret in
                for n in 0..<degree {
                    let wide = product.pointer[n].multipliedFullWidth(by: secret[2 * degree * prime + n])
                    product.pointer[n] = p.dividingFullWidth(wide).remainder
                }
            }
            lk_inverse(ring.context, Int32(prime), product.pointer)
            return (0..<degree).map { (product.pointer[$0] + answer.residues[0][prime][$0]) % p }
        }
    }

    /// Of an upload's first polynomials, one a channel: the uniform half modulo p1, and the noise of the encryption
    /// of known values.
    ///
    /// - Parameter delta: (q - 1) / 2^L modulo p1.
    package func view(
        of upload: UploadedTensor, coefficients: [[Int64]], plaintextBits: Int
    ) -> [(mask: [UInt64], noise: [Int64])] {
        let degree = LatticeParameters.degree
        let p = ring.parameters.primes[0]
        let inputs = upload.received(image: 0, part: 0, threads: 1)
        return coefficients.indices.map { polynomial in
            let (c0, c1) = (KernelMemory(count: degree, isSecret: true), KernelMemory(count: degree, isSecret: false))
            // [block of 32][polynomial][c0 | c1][32]
            for n in 0..<degree {
                let at = ((n / 32) * coefficients.count + polynomial) * 64 + n % 32
                (c0.pointer[n], c1.pointer[n]) = (inputs.pointer[at], inputs.pointer[at + 32])
            }
            let delta = ring.parameters.delta(plaintextBits: plaintextBits, modulo: p)
            withSecret { secret in
                for n in 0..<degree {
                    let wide = c1.pointer[n].multipliedFullWidth(by: secret[n])
                    c0.pointer[n] = (c0.pointer[n] + p.dividingFullWidth(wide).remainder) % p
                }
            }
            lk_inverse(ring.context, 0, c0.pointer)
            lk_inverse(ring.context, 0, c1.pointer)
            let noise = (0..<degree).map { n -> Int64 in
                let value = coefficients[polynomial][n]
                let wide = delta.multipliedFullWidth(by: value.magnitude % p)
                let message = p.dividingFullWidth(wide).remainder
                let rest = value < 0 ? (c0.pointer[n] + message) % p : (c0.pointer[n] + p - message) % p
                return rest > p / 2 ? Int64(rest) - Int64(p) : Int64(rest)
            }
            return ((0..<degree).map { c1.pointer[$0] }, noise)
        }
    }
}

extension LatticeParameters {
    /// (q - 1) / 2^L modulo a prime.
    package func delta(plaintextBits: Int, modulo p: UInt64) -> UInt64 {
        let (high, low) = primes[0].multipliedFullWidth(by: primes[1])
        // q - 1 in two words; q is odd.
        let shifted = (
            high: high >> UInt64(plaintextBits),
            low: (low - 1) >> UInt64(plaintextBits) | high << UInt64(64 - plaintextBits)
        )
        let reduced = p.dividingFullWidth((shifted.high % p, shifted.low)).remainder
        return reduced
    }

    /// The primes.
    package var moduli: [UInt64] { primes }
}
