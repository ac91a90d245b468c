package import Denoising
import Lattice
import Numerics

/// I: a client reads a layer's filters from lattice answers that lack a protection.
///
/// The client knows its secret, the uniform halves a of its uploads and their noise e. The uniform half of an answer without an
/// encryption of zero is `sum w a`, modulo p1 a linear equation per coefficient: one elimination gives every weight (before the switch of
/// moduli rounds it; what is left then is a problem nobody has analysed). The noise of an answer without flooding is `sum w e` beside
/// the zero's own, some 240 per coefficient: least squares over a few patches. Flooding alone stands beside an open uniform half, a zero
/// alone beside open noise; both together leave a sample of ring-LWE and a distance that is printed.
package struct LatticeAnswerAttack: Sendable {
    /// What protects the answers.
    package enum Protection: String, Sendable, CaseIterable {
        case nothing = "unprotected"
        case zero = "zero alone"
        case flooding = "flooding alone"
        case both = "protected"
    }

    package enum Method: String, Sendable, CaseIterable {
        /// Of the uniform halves, from one patch.
        case elimination
        /// Of the noise, over all patches.
        case leastSquares = "least-squares"
    }

    private let layer: IntegerLayer
    private let key: SecretKey
    private let geometry: PolynomialGeometry
    private let format: AnswerFormat
    private let width: Int
    private let height: Int

    private var taps: Int { layer.kernelHeight * layer.kernelWidth }
    private var side: Int { 64 }

    /// - Parameter layer: of one input channel, applied without padding to images of at most 64 x 64.
    /// - Throws: `LatticeError` for a layer or size that the scheme does not serve.
    package init(_ layer: IntegerLayer, height: Int, width: Int) throws {
        precondition(layer.inputChannels == 1 && height <= 64 && width <= 64, "a first layer and one polynomial")
        self.layer = layer
        self.height = height
        self.width = width
        key = try SecretKey()
        geometry = try PolynomialGeometry(
            kernelHeight: layer.kernelHeight, kernelWidth: layer.kernelWidth, padding: 0, inputHeight: height,
            inputWidth: width)
        format = try AnswerFormat(.flooded, width: layer.accumulatorBits)
    }

    /// What one patch gives the client.
    private struct View {
        let mask: [UInt64]
        let noise: [Int64]
        let answers: [LatticeConvolution.Unswitched]
    }

    private func view(_ image: [Int], _ protection: Protection, threads: Int) throws -> View {
        let convolution = try LatticeConvolution(
            geometry: geometry, inputs: 1, outputs: layer.outputChannels, weights: layer.weights,
            bias: [Int64](repeating: 0, count: layer.outputChannels), format: format, key: key.publicKey
        ).answering(
            withZero: protection == .zero || protection == .both,
            flooding: protection == .flooding || protection == .both)
        let upload = UploadedTensor(
            encrypting: image.map { UInt64($0) }, geometry: geometry, images: 1, channels: 1,
            plaintextBits: format.plaintextBits, key: key, threads: threads)
        var coefficients = [Int64](repeating: 0, count: LatticeParameters.degree)
        for index in image.indices { coefficients[index / width * side + index % width] = Int64(image[index]) }
        let own = key.view(of: upload, coefficients: [coefficients], plaintextBits: format.plaintextBits)[0]
        return View(
            mask: own.mask, noise: own.noise, answers: convolution.unswitched(input: upload, threads: threads))
    }

    /// Filters as far as a method finds them, each `taps` numbers; nil where it gives up.
    /// - Parameter images: values in rows, each an image; elimination uses the first alone.
    /// - Throws: `LatticeError` as preparing the layer does.
    package func filters(
        _ images: [[Int]], protection: Protection, method: Method, threads: Int
    ) throws -> [[Double]?] {
        switch method {
        case .elimination: return eliminated(try view(images[0], protection, threads: threads))
        case .leastSquares:
            return leastSquares(try images.map { try view($0, protection, threads: threads) })
        }
    }

    /// The filters beside the true ones.
    package func score(_ filters: [[Double]?]) -> FilterScore {
        FilterScore(filters.map { $0.map { FilterEstimate(weights: $0, bias: 0, isSignKnown: true) } }, truth: layer)
    }

    /// Coefficient `at + tap` of a polynomial, negated beyond the end.
    private func turned(_ at: Int, _ tap: Int) -> (index: Int, isNegated: Bool) {
        let place = at + tap / layer.kernelWidth * side + tap % layer.kernelWidth
        return (place % LatticeParameters.degree, place >= LatticeParameters.degree)
    }

    // MARK: - The uniform half

    private func eliminated(_ view: View) -> [[Double]?] {
        let prime = format.parameters.moduli[0]
        // A few equations more than unknowns, which a wrong solution does not meet.
        let rows = (0..<taps + 8).map { row -> [UInt64] in
            let place = 97 * row
            let coefficients = (0..<taps).map { tap -> UInt64 in
                let (index, isNegated) = turned(place, tap)
                return isNegated && view.mask[index] != 0 ? prime - view.mask[index] : view.mask[index]
            }
            return coefficients + view.answers.map { $0.residues[1][0][place] }
        }
        guard let solved = Self.eliminate(rows, unknowns: taps, prime: prime) else {
            return view.answers.map { _ in nil }
        }
        return solved.map { solution in
            solution.map { $0.map { $0 > prime / 2 ? -Double(prime - $0) : Double($0) } }
        }
    }

    /// The solutions of a system for all its right sides modulo a prime; one is nil where the rows beyond the unknowns contradict it.
    private static func eliminate(_ system: [[UInt64]], unknowns: Int, prime: UInt64) -> [[UInt64]?]? {
        var rows = system
        func product(_ a: UInt64, _ b: UInt64) -> UInt64 {
            prime.dividingFullWidth(a.multipliedFullWidth(by: b)).remainder
        }
        func inverse(_ value: UInt64) -> UInt64 {
            var (result, square, rest) = (UInt64(1), value, prime - 2)
            while rest > 0 {
                if rest & 1 == 1 { result = product(result, square) }
                square = product(square, square)
                rest >>= 1
            }
            return result
        }
        for pivot in 0..<unknowns {
            guard let found = (pivot..<rows.count).first(where: { rows[$0][pivot] != 0 }) else { return nil }
            rows.swapAt(pivot, found)
            let scale = inverse(rows[pivot][pivot])
            rows[pivot] = rows[pivot].map { product($0, scale) }
            for other in rows.indices where other != pivot && rows[other][pivot] != 0 {
                let factor = prime - rows[other][pivot]
                for column in rows[other].indices {
                    rows[other][column] = (rows[other][column] + product(factor, rows[pivot][column])) % prime
                }
            }
        }
        return (unknowns..<system[0].count).map { side in
            rows[unknowns...].allSatisfy { $0[side] == 0 } ? (0..<unknowns).map { rows[$0][side] } : nil
        }
    }

    // MARK: - The noise

    private func leastSquares(_ views: [View]) -> [[Double]?] {
        var moments = [Double](repeating: 0, count: taps * taps)
        var sides = [[Double]](repeating: [Double](repeating: 0, count: taps), count: layer.outputChannels)
        let places = geometry.places
        for view in views {
            let noises = view.answers.map { self.noise($0) }
            for place in places {
                let known = (0..<taps).map { tap -> Double in
                    let (index, isNegated) = turned(place, tap)
                    return isNegated ? -Double(view.noise[index]) : Double(view.noise[index])
                }
                for i in 0..<taps {
                    for j in i..<taps { moments[i * taps + j] += known[i] * known[j] }
                    for output in sides.indices { sides[output][i] += known[i] * noises[output][place] }
                }
            }
        }
        guard let solved = DenseSolver.solve(positiveDefinite: moments, rightSides: sides) else {
            return sides.map { _ in nil }
        }
        return solved
    }

    /// Noise of every coefficient of an answer: its phase without the plaintext that it decodes to.
    private func noise(_ answer: LatticeConvolution.Unswitched) -> [Double] {
        let moduli = format.parameters.moduli
        let q = Double(moduli[0]) * Double(moduli[1])
        let deltas = moduli.map { format.parameters.delta(plaintextBits: format.plaintextBits, modulo: $0) }
        let phase = key.phase(answer)
        let lifting = CentredLift(moduli)
        return (0..<LatticeParameters.degree).map { n in
            let whole = lifting(phase[0][n], phase[1][n])
            let value = (whole / q * Double(UInt64(1) << UInt64(format.plaintextBits))).rounded()
            let rest = (0..<2).map { prime -> UInt64 in
                let modulus = moduli[prime]
                let message = modulus.dividingFullWidth(
                    deltas[prime].multipliedFullWidth(by: UInt64(value.magnitude) % modulus)
                ).remainder
                return value < 0
                    ? (phase[prime][n] + message) % modulus : (phase[prime][n] + modulus - message) % modulus
            }
            return lifting(rest[0], rest[1])
        }
    }
}

/// The integer of least magnitude with given residues modulo two primes, as a double.
private struct CentredLift {
    private let moduli: [UInt64]
    private let inverse: UInt64

    init(_ moduli: [UInt64]) {
        self.moduli = moduli
        var (result, square, rest) = (UInt64(1), moduli[0] % moduli[1], moduli[1] - 2)
        while rest > 0 {
            if rest & 1 == 1 { result = moduli[1].dividingFullWidth(result.multipliedFullWidth(by: square)).remainder }
            square = moduli[1].dividingFullWidth(square.multipliedFullWidth(by: square)).remainder
            rest >>= 1
        }
        inverse = result
    }

    func callAsFunction(_ first: UInt64, _ second: UInt64) -> Double {
        let difference = (second + moduli[1] - first % moduli[1]) % moduli[1]
        let digit = moduli[1].dividingFullWidth(difference.multipliedFullWidth(by: inverse)).remainder
        // first + p1 digit, centred: exact where it is small, because then digit is 0 or p2 - 1.
        if digit > moduli[1] / 2 {
            return -Double(moduli[0]) * Double(moduli[1] - digit) + Double(first)
        }
        return Double(moduli[0]) * Double(digit) + Double(first)
    }
}
