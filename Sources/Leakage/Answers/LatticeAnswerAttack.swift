package import Denoising
package import Lattice
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
        case elimination = "answer-elimination"
        /// Of the noise, over all patches.
        case leastSquares = "answer-least-squares"
    }

    /// What one patch gives the client: its own mask and noise, and the answers before the switch of moduli.
    package struct View: Sendable {
        fileprivate let mask: [UInt64]
        fileprivate let noise: [Int64]
        fileprivate let answers: [LatticeConvolution.Unswitched]
    }

    private let layer: IntegerLayer
    private let key: SecretKey
    private let geometry: PolynomialGeometry
    private let format: AnswerFormat
    private let width: Int
    private let hasShares: Bool

    private var taps: Int { layer.kernelHeight * layer.kernelWidth }
    private let side = 64

    /// - Parameters:
    ///   - layer: of one input channel, applied without padding to images of at most 64 x 64.
    ///   - bits: of the plaintexts, as the layer's agreement has them.
    ///   - hasShares: whether answers are shares: every coefficient under a mask of all its bits.
    ///   - key: the client's.
    /// - Throws: `LeakageError.unsuitable` for another layer or size, `LatticeError` for one that the scheme does not serve.
    package init(
        _ layer: IntegerLayer, height: Int, width: Int, bits: Int? = nil, hasShares: Bool = false, key: SecretKey
    ) throws {
        guard layer.inputChannels == 1, height <= side, width <= side, height >= layer.kernelHeight + 8,
            width >= layer.kernelWidth + 8
        else {
            throw LeakageError.unsuitable(
                attack: "answers", found: "a first layer of \(layer.inputChannels) channels on \(height)x\(width)",
                expected: "one channel, at most \(side)x\(side) and 8 more than the kernel")
        }
        self.layer = layer
        self.width = width
        self.hasShares = hasShares
        self.key = key
        geometry = try PolynomialGeometry(
            kernelHeight: layer.kernelHeight, kernelWidth: layer.kernelWidth, padding: 0, inputHeight: height,
            inputWidth: width)
        format = try AnswerFormat(.flooded, width: bits ?? layer.accumulatorBits)
    }

    /// What the client sees of one exchange.
    /// - Parameter image: values in rows.
    package func view(_ image: [Int], _ protection: Protection, threads: Int) throws -> View {
        let convolution = try LatticeConvolution(
            geometry: geometry, inputs: 1, outputs: layer.outputChannels, weights: layer.weights,
            bias: [Int64](repeating: 0, count: layer.outputChannels), format: format, key: key.publicKey
        ).answering(
            withZero: protection == .zero || protection == .both,
            flooding: protection == .flooding || protection == .both)
        let upload = UploadedTensor(
            encrypting: image.map { UInt64($0) }, geometry: geometry, images: 1, channels: 1, format: format, key: key,
            threads: threads)
        var coefficients = [Int64](repeating: 0, count: LatticeParameters.degree)
        for index in image.indices { coefficients[index / width * side + index % width] = Int64(image[index]) }
        let own = key.view(of: upload, coefficients: [coefficients], format: format)[0]
        let answers = convolution.unswitched(input: upload, threads: threads)
        return View(mask: own.mask, noise: own.noise, answers: hasShares ? answers.map { $0.masked(format) } : answers)
    }

    /// Filters as far as a method finds them, each `taps` numbers; nil where it gives up.
    /// - Parameter views: at least one; elimination uses the first alone.
    package func filters(_ views: [View], method: Method) -> [[Double]?] {
        switch method {
        case .elimination: eliminated(views[0])
        case .leastSquares: leastSquares(views)
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
        let prime = format.parameters.primes[0]
        // A few equations more than unknowns, which a wrong solution does not meet.
        let rows = (0..<taps + 8).map { row -> [UInt64] in
            let place = 97 * row
            let coefficients = (0..<taps).map { tap -> UInt64 in
                let (index, isNegated) = turned(place, tap)
                return isNegated && view.mask[index] != 0 ? prime - view.mask[index] : view.mask[index]
            }
            return coefficients + view.answers.map { $0.residues[1][0][place] }
        }
        guard let solved = PrimeElimination.solutions(rows, unknowns: taps, modulo: prime) else {
            return view.answers.map { _ in nil }
        }
        return solved.map { solution in
            solution.map { $0.map { $0 > prime / 2 ? -Double(prime - $0) : Double($0) } }
        }
    }

    // MARK: - The noise

    private func leastSquares(_ views: [View]) -> [[Double]?] {
        let places = geometry.places
        let uploaded = RegressorMatrix(rows: views.count * places.count, columns: taps) { row, buffer in
            let (view, place) = (views[row / places.count], places[row % places.count])
            for tap in 0..<taps {
                let (index, isNegated) = turned(place, tap)
                buffer[tap] = Double(isNegated ? -view.noise[index] : view.noise[index])
            }
        }
        let answered = (0..<layer.outputChannels).map { output in
            views.flatMap { view in
                let noise = key.noise(of: view.answers[output], format: format)
                return places.map { noise[$0] }
            }
        }
        return uploaded.leastSquares(answered, ridge: 0) ?? answered.map { _ in nil }
    }
}
