internal import CLatticeKernel
internal import Numerics

/// A correlation over many channels, ready to be applied to encrypted images: kernels, bias, skip, and the proof that
/// answers decrypt.
public struct LatticeConvolution: Sendable {
    /// An earlier upload that is added to the outputs: channel o times `multipliers[o]`.
    public struct Skip: Sendable {
        let geometry: PolynomialGeometry
        let multipliers: [Int64]

        public init(geometry: PolynomialGeometry, multipliers: [Int64]) {
            self.geometry = geometry
            self.multipliers = multipliers
        }
    }

    public let geometry: PolynomialGeometry
    public private(set) var format: AnswerFormat
    public let inputs: Int
    public let outputs: Int
    let key: PublicKey
    let bias: [Int64]
    let skip: Skip?
    private let weights: [Int32]
    private let parts: [PreparedPart]

    /// A part's kernels in the product's order; nil taps where kernels are too wide for it.
    private struct PreparedPart: Sendable {
        let kernels: lk_kernels
        let taps: [Int16]?
        /// x^-shift of the products.
        let factor: KernelMemory?
        /// Per channel of a kept polynomial: where its values stand and x^-shift that brings them to the outputs'.
        let kept: [(part: Int, factor: KernelMemory?)]

        /// Whether products of both share the transform of their kernels.
        func multipliesLike(_ other: PreparedPart) -> Bool {
            taps != nil && other.taps != nil && factor === other.factor && kernels.share == other.kernels.share
                && kernels.shareRows == other.kernels.shareRows
        }
    }

    /// What parts share, made once: a large image has thousands of parts, and few ways to share and to pad.
    private struct Common {
        let ring: LatticeRing
        private var taps: [UInt32: [Int16]] = [:]
        private var factors: [Int: KernelMemory] = [:]

        init(ring: LatticeRing) { self.ring = ring }

        /// Of kernels that differ in nothing but how many channels a polynomial holds.
        mutating func taps(_ kernels: inout lk_kernels, _ weights: [Int32]) -> [Int16] {
            if let known = taps[kernels.share] { return known }
            var made = [Int16](repeating: 0, count: lk_tap_count(&kernels))
            lk_taps(&kernels, &made, weights)
            taps[kernels.share] = made
            return made
        }

        /// x^-shift, nil for 1.
        mutating func factor(_ shift: Int) -> KernelMemory? {
            let period = 2 * LatticeParameters.degree
            let reduced = (shift % period + period) % period
            if reduced == 0 || factors[reduced] != nil { return factors[reduced] }
            let factor = KernelMemory(count: lk_factor_words(), isSecret: false)
            lk_monomial(ring.context, factor.pointer, UInt32(reduced))
            factors[reduced] = factor
            return factor
        }
    }

    static let largestWeight = Int32(Int16.max)

    /// - Parameters:
    ///   - weights: `[output][input][row][column]`, at most 32767 in magnitude.
    ///   - bias: one an output.
    /// - Throws: `noise` if answers could be decoded wrongly; `unsupported` for weights beyond 16 bits, more than 4096 inputs, or
    ///   a skip whose values stand in other places than the outputs.
    public init(
        geometry: PolynomialGeometry, inputs: Int, outputs: Int, weights: [Int32], bias: [Int64], skip: Skip? = nil,
        format: AnswerFormat, key: PublicKey
    ) throws(LatticeError) {
        precondition(
            weights.count == inputs * outputs * geometry.kernelHeight * geometry.kernelWidth && bias.count == outputs,
            "weights and bias of another shape")
        guard weights.allSatisfy({ $0.magnitude <= Self.largestWeight.magnitude }) else {
            throw .unsupported("weights beyond 16 bits")
        }
        guard inputs <= Int(LK_MOST_CHANNELS) else { throw .unsupported("more than 4096 channels") }
        self.geometry = geometry
        self.format = format
        self.inputs = inputs
        self.outputs = outputs
        self.weights = weights
        self.bias = bias
        self.skip = skip
        self.key = key
        var common = Common(ring: key.ring)
        parts = try geometry.parts.indices.map { (index) throws(LatticeError) in
            try Self.prepare(index, geometry, inputs, outputs, weights, skip, &common)
        }
        try format.check(norm: norms.max() ?? 0)
    }

    private static func prepare(
        _ index: Int, _ geometry: PolynomialGeometry, _ inputs: Int, _ outputs: Int, _ weights: [Int32], _ skip: Skip?,
        _ common: inout Common
    ) throws(LatticeError) -> PreparedPart {
        let part = geometry.parts[index]
        var kernels = lk_kernels(
            outputs: UInt32(outputs), channels: UInt32(inputs), rows: UInt32(geometry.kernelHeight),
            columns: UInt32(geometry.kernelWidth), share: UInt32(part.share), shareRows: UInt32(part.sharedRows))
        let isFast = max(geometry.kernelHeight, geometry.kernelWidth) <= PolynomialGeometry.fastKernel
        let taps = isFast ? common.taps(&kernels, weights) : nil
        let side = PolynomialGeometry.side
        let shift =
            side * (geometry.kernelHeight - 1 - part.padding) + geometry.kernelWidth - 1 - part.padding + side
            * part.sharedRows * (part.share - 1)
        var kept: [(part: Int, factor: KernelMemory?)] = []
        if let skip {
            for channel in 0..<(skip.geometry.parts.map(\.share).max() ?? 1) {
                guard let found = geometry.alignment(of: skip.geometry, part: index, channel: channel) else {
                    throw .unsupported("a skip between tensors that are cut differently")
                }
                kept.append((found.part, common.factor(found.shift)))
            }
        }
        return PreparedPart(kernels: kernels, taps: taps, factor: isFast ? common.factor(shift) : nil, kept: kept)
    }

    /// A weight of a kernel, row by row.
    package func weight(output: Int, input: Int, tap: Int) -> Int32 {
        weights[(output * inputs + input) * geometry.kernelHeight * geometry.kernelWidth + tap]
    }

    /// The same layer with answers that lack one protection or both: for attacks on them.
    package func answering(withZero: Bool, flooding: Bool) -> LatticeConvolution {
        var layer = self
        layer.format = format.with(zero: withZero, flooding: flooding)
        return layer
    }

    /// Per output: the sum of magnitudes of its weights and its skip's multiplier.
    private var norms: [Double] {
        let size = weights.count / outputs
        return (0..<outputs).map { output in
            weights[output * size..<(output + 1) * size].reduce(0) { $0 + Double($1.magnitude) }
                + (skip.map { Double($0.multipliers[output].magnitude) } ?? 0)
        }
    }

    /// Sum of the variances of the noise of all coefficients that answers for one image send, expected over honest
    /// encryptions.
    ///
    /// - Parameter areShares: whether inputs are centred shares modulo t.
    public func noiseVariance(areShares: Bool = false) -> Double {
        FloodingDistance.noiseVariance(
            weights: weights, multipliers: skip?.multipliers.map(Double.init), outputs: outputs,
            coefficients: geometry.sentCoefficients, areShares: areShares)
    }

    // MARK: - Products

    /// Blocks for the products of a few places at a time, which serve for the next few again: fresh ones are fresh pages, and those
    /// took as long as products do.
    struct Working {
        let sums: [KernelMemory]
        fileprivate let inputs: [KernelMemory]

        init(_ layer: LatticeConvolution, places: Int) {
            sums = (0..<places).map { _ in KernelMemory(count: lk_sum_words(layer.outputs), isSecret: false) }
            inputs = (0..<places).map { _ in KernelMemory(count: layer.mostInputWords, isSecret: false) }
        }
    }

    /// Words of the inputs of the largest part.
    private var mostInputWords: Int { lk_input_words(geometry.parts.map { $0.polynomials(inputs) }.max() ?? 0) }

    /// Bytes that products take of each place that is made at a time. Tables come to 3 to 7 MB a thread besides.
    public var workingBytes: Int { 8 * (lk_sum_words(outputs) + mostInputWords) }

    /// Sums of the products of some (image, part) pairs, without any protection, in the first blocks of `working.sums`.
    func sum(
        _ places: [(image: Int, part: Int)], input: UploadedTensor, kept: UploadedTensor?, in working: Working,
        threads: Int
    ) {
        for (index, place) in places.enumerated() {
            input.receive(image: place.image, part: place.part, into: working.inputs[index], threads: threads)
        }
        var rest = Array(places.indices)
        while let first = rest.first.map({ places[$0].part }) {
            let together = rest.filter {
                places[$0].part == first || parts[places[$0].part].multipliesLike(parts[first])
            }
            rest.removeAll(where: together.contains)
            multiply(
                parts[first], geometry.parts[first], together.map { working.inputs[$0] },
                together.map { working.sums[$0] }, threads: threads)
        }
        guard let skip, let kept else { return }
        for (place, sums) in zip(places, working.sums) {
            addKept(parts[place.part], skip, kept, image: place.image, to: sums, threads: threads)
        }
    }

    private func multiply(
        _ prepared: PreparedPart, _ part: PolynomialGeometry.Part, _ inputs: [KernelMemory], _ sums: [KernelMemory],
        threads: Int
    ) {
        let context = key.ring
        guard let taps = prepared.taps else {
            inParts(outputs * inputs.count, threads: threads) { range, _ in
                let scratch = KernelMemory(count: lk_wide_workspace_words(), isSecret: false)
                var kernels = prepared.kernels
                for index in range {
                    lk_wide_product(
                        context.context, &kernels, Int32(part.padding), weights, index % outputs,
                        inputs[index / outputs].pointer, sums[index / outputs].pointer, scratch.pointer)
                }
            }
            return
        }
        // A job writes the blocks of one eighth of one prime's sums.
        _ = parallelMap(Int(LK_JOBS), threads: threads) { job in
            var kernels = prepared.kernels
            let scratch = KernelMemory(count: lk_product_workspace_words(&kernels), isSecret: false)
            let from: [UnsafePointer<UInt64>?] = inputs.map { UnsafePointer($0.pointer) }
            let to: [UnsafeMutablePointer<UInt64>?] = sums.map(\.pointer)
            lk_products(
                context.context, &kernels, taps, prepared.factor.map { UnsafePointer($0.pointer) }, job, from, to,
                from.count, scratch.pointer)
        }
    }

    /// One polynomial after the other, which needs no block for all of them.
    private func addKept(
        _ prepared: PreparedPart, _ skip: Skip, _ kept: UploadedTensor, image: Int, to sums: KernelMemory, threads: Int
    ) {
        let needed = Set(prepared.kept.map(\.part)).sorted()
        for part in needed {
            let share = kept.geometry.parts[part].share
            kept.forEachPolynomial(image: image, part: part, threads: threads) { index, polynomial in
                for output in index * share..<min(index * share + share, outputs) {
                    let place = prepared.kept[output % share]
                    guard place.part == part else { continue }
                    lk_add_scaled(
                        key.ring.context, sums.pointer, outputs, output, polynomial, 1, 0, skip.multipliers[output],
                        place.factor.map { UnsafePointer($0.pointer) })
                }
            }
        }
    }
}

extension LatticeConvolution {
    /// What an answer is before the switch of moduli: coefficients of c0 and c1, modulo p1 and modulo p2.
    package struct Unswitched: Sendable {
        /// `[c0 | c1][prime][coefficient]`.
        package let residues: [[[UInt64]]]
    }

    /// Every output of the first image and part, unswitched, under this layer's protections or lack of them: what attacks on
    /// answers read. Layers without a bias.
    package func unswitched(input: UploadedTensor, threads: Int) -> [Unswitched] {
        let working = Working(self, places: 1)
        sum([(image: 0, part: 0)], input: input, kept: nil, in: working, threads: threads)
        let sums = working.sums[0]
        let seed = SecretSeed()
        let (secret, degree) = (seed.memory, LatticeParameters.degree)
        let workspace = KernelMemory.workspace()
        let pair = KernelMemory(count: 4 * degree, isSecret: false)
        var kernelFormat = format.kernelFormat
        return (0..<outputs).map { output in
            lk_unprotected(
                key.ring.context, key.pointer, &kernelFormat, sums.pointer, outputs, output, secret.bytes,
                UInt64(output), pair.pointer, workspace.pointer)
            func block(_ index: Int) -> [UInt64] {
                Array(UnsafeBufferPointer(start: pair.pointer + index * degree, count: degree))
            }
            // The kernel writes c0 and c1 modulo p1, then modulo p2.
            return Unswitched(residues: [[block(0), block(2)], [block(1), block(3)]])
        }
    }
}

extension PolynomialGeometry {
    /// Coefficients of the first part that hold outputs.
    package var places: [Int] { parts[0].outputs.flatMap { run in (0..<run.count).map { run.position + $0 } } }
}
