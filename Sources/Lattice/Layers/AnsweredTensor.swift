internal import CLatticeKernel
internal import Numerics

/// A layer's outputs on their way to the client: zero added, flooded, switched to p1 and cut to what is needed.
///
/// Body: the byte 2; for each image, part and output c0 at the needed coefficients in the order of the part's runs, L + 5 bits
/// each, padded with zeros to a multiple of eight values; then all of c1 without its dropped bits. Packed as uploads are.
public struct AnsweredTensor: Sendable {
    public let geometry: PolynomialGeometry
    public let format: AnswerFormat
    public let images: Int
    public let outputs: Int
    public let body: [UInt8]

    static let tag: UInt8 = 2

    /// Bytes of a body.
    public static func byteCount(geometry: PolynomialGeometry, format: AnswerFormat, images: Int, outputs: Int) -> Int {
        1 + images * outputs * geometry.parts.reduce(0) { $0 + format.bytes(needed: $1.needed) }
    }
}

// MARK: - Server

extension AnsweredTensor {
    /// Applies a layer and protects what comes of it: products, skip, bias, zero, flooding, switch.
    ///
    /// - Parameters:
    ///   - addends: what is added to every value beside the bias, modulo t, in `[image][output][row][column]`; nil
    ///   for nothing.
    ///   - memory: bytes for the products of as many images and parts as fit at a time, at least one; see `LatticeConvolution.workingBytes`.
    public init(
        _ layer: LatticeConvolution, input: UploadedTensor, kept: UploadedTensor?, addends: [UInt64]? = nil,
        memory: Int = 1 << 28, seeds: consuming MessageSeeds = MessageSeeds(), threads: Int = 1
    ) {
        let size = input.images * layer.outputs * layer.geometry.outputHeight * layer.geometry.outputWidth
        precondition(input.geometry == layer.geometry && input.channels == layer.inputs, "an upload for this layer")
        precondition(addends == nil || addends?.count == size, "an addend for every value")
        precondition(
            kept == nil
                || kept?.geometry == layer.skip?.geometry && kept?.channels == layer.outputs
                    && kept?.images == input.images,
            "an upload that this layer adds")
        let geometry = layer.geometry
        let count = Self.byteCount(
            geometry: geometry, format: layer.format, images: input.images, outputs: layer.outputs)
        let sizes = geometry.parts.map { layer.format.bytes(needed: $0.needed) * layer.outputs }
        let (perImage, partCount) = (sizes.reduce(0, +), geometry.parts.count)
        let places = (0..<input.images).flatMap { image in
            (0..<partCount).map { (image: image, part: $0) }
        }
        // Places of one part share the transform of its kernels.
        let order = places.sorted { ($0.part, $0.image) < ($1.part, $1.image) }
        let atOnce = max(1, min(order.count, memory / layer.workingBytes))
        let working = LatticeConvolution.Working(layer, places: atOnce)
        let secret = seeds.secret.memory
        let body = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            preferLargePages(start, bytes: count)
            start[0] = Self.tag
            for first in stride(from: 0, to: order.count, by: atOnce) {
                let chunk = Array(order[first..<min(first + atOnce, order.count)])
                layer.sum(chunk, input: input, kept: kept, in: working, threads: threads)
                for (place, sum) in zip(chunk, working.sums) {
                    let offset = 1 + place.image * perImage + sizes[..<place.part].reduce(0, +)
                    layer.answer(
                        sum, place, addends: addends, secret: secret,
                        index: (place.image * partCount + place.part) * layer.outputs, to: Shared(start + offset),
                        threads: threads)
                }
            }
            initialized = count
        }
        self.init(geometry: geometry, format: layer.format, images: input.images, outputs: layer.outputs, body: body)
    }
}

// MARK: - Client

extension AnsweredTensor {
    /// Takes a body that was received.
    /// - Throws: `messageBytes`, `malformedMessage`.
    public init(
        received bytes: ArraySlice<UInt8>, geometry: PolynomialGeometry, format: AnswerFormat, images: Int, outputs: Int
    ) throws(LatticeError) {
        let expected = Self.byteCount(geometry: geometry, format: format, images: images, outputs: outputs)
        guard bytes.count == expected else { throw .messageBytes(found: bytes.count, expected: expected) }
        guard bytes.first == Self.tag else { throw .malformedMessage("an answer begins with the byte 2") }
        self.init(geometry: geometry, format: format, images: images, outputs: outputs, body: Array(bytes))
    }

    /// Values in `[image][output][row][column]`, two's complement words in [-2^(L-1), 2^(L-1)).
    /// - Throws: `malformedMessage` for a c1 that no switch makes.
    public func decrypted(_ key: SecretKey, threads: Int = 1) throws(LatticeError) -> [UInt64] {
        try opened(key, threads: threads, measuresNoise: false).values
    }

    /// The values, and the largest distance of a phase from its value in plaintext steps: at 0.5 a value would be
    /// wrong.
    package func opened(
        _ key: SecretKey, threads: Int, measuresNoise: Bool = true
    ) throws(LatticeError) -> (values: [UInt64], noise: Double) {
        let plane = geometry.outputHeight * geometry.outputWidth
        var noises: [Double?] = []
        let values = [UInt64](unsafeUninitializedCapacity: images * outputs * plane) { buffer, initialized in
            preferLargePages(buffer.baseAddress, bytes: 8 * buffer.count)
            body.withUnsafeBufferPointer { body in
                guard let target = buffer.baseAddress.map(Shared.init), let bytes = body.baseAddress.map(Shared.init)
                else { return }
                noises = inParts(images * outputs, threads: threads) { range, scratch in
                    range.map { open($0, of: bytes, key, measuresNoise, to: target.pointer + $0 * plane, scratch) }
                }.flatMap(\.self)
            }
            initialized = images * outputs * plane
        }
        guard noises.allSatisfy({ $0 != nil }) else {
            throw .malformedMessage("a c1 that no switch of moduli makes")
        }
        return (values, noises.reduce(0) { max($0, $1 ?? 0) })
    }

    /// What anyone sees without a key: the words of c0 and c1 that stand at every value's coefficient, in
    /// `[image][output][row][column]`, and how many bits each has.
    /// - Throws: `unsupported` for images in several pieces.
    package func seen() throws(LatticeError) -> UploadedTensor.Seen {
        guard geometry.parts.count == 1 else { throw .unsupported("an image in several pieces") }
        let part = geometry.parts[0]
        let (bits, other) = (format.plaintextBits + 5, format.sentBits)
        let first = (part.needed + 7) / 8 * bits
        var words: [(c0: UInt64, c1: UInt64)] = []
        words.reserveCapacity(images * outputs * part.needed)
        for start in stride(from: 1, to: body.count, by: format.bytes(needed: part.needed)) {
            var next = 0
            // Runs are rows of the output, in their order.
            for run in part.outputs {
                for position in run.position..<run.position + run.count {
                    words.append(
                        (word(next, of: bits, from: start), word(position, of: other, from: start + first)))
                    next += 1
                }
            }
        }
        return (words, (bits, other))
    }

    /// A packed value. - Precondition: at most 56 bits.
    private func word(_ index: Int, of bits: Int, from start: Int) -> UInt64 {
        let byte = start + index * bits / 8
        let word = body[byte..<min(byte + 8, body.count)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return word >> UInt64(index * bits % 8) & ((1 << UInt64(bits)) - 1)
    }

    /// One plane, part by part. - Returns: its noise, or nil if a message is malformed.
    private func open(
        _ index: Int, of body: Shared<UnsafePointer<UInt8>>, _ key: SecretKey, _ measuresNoise: Bool,
        to plane: UnsafeMutablePointer<UInt64>, _ scratch: Scratch
    ) -> Double? {
        let sizes = geometry.parts.map { format.bytes(needed: $0.needed) }
        let (image, output) = (index / outputs, index % outputs)
        var bytes = body.pointer + 1 + image * outputs * sizes.reduce(0, +)
        let opened = scratch.coefficients
        var (kernelFormat, noise, isGood) = (format.kernelFormat, 0.0, true)
        for (part, size) in zip(geometry.parts, sizes) {
            let runs = part.kernelRuns
            let result = key.withSecret { secret in
                withUnsafeMutablePointer(to: &noise) {
                    lk_open(
                        key.ring.context, secret, &kernelFormat, bytes + output * size, runs, runs.count, opened.signed,
                        measuresNoise ? $0 : nil, scratch.workspace.pointer)
                }
            }
            isGood = isGood && result != 0
            part.scatter(opened.pointer, to: plane, width: geometry.outputWidth)
            bytes += outputs * size
        }
        return isGood ? noise : nil
    }
}

extension AnswerFormat {
    /// A plaintext's representative in [-2^(L-1), 2^(L-1)).
    func centred(_ value: Int64) -> Int64 {
        let unused = Int64(64 - plaintextBits)
        return (value << unused) >> unused
    }

    /// Bits of a coefficient of c1 that are sent.
    var sentBits: Int { parameters.primes[0].bitWidth - parameters.primes[0].leadingZeroBitCount - droppedBits }

    /// Bytes of one answer that sends `needed` coefficients of c0.
    func bytes(needed: Int) -> Int {
        (needed + 7) / 8 * (plaintextBits + 5) + LatticeParameters.degree / 8 * sentBits
    }
}

extension LatticeParameters {
    /// Bytes of a polynomial modulo both primes.
    var packedBytes: Int {
        primes.reduce(0) { $0 + Self.degree / 8 * ($1.bitWidth - $1.leadingZeroBitCount) }
    }
}

extension PolynomialGeometry.Part {
    var kernelRuns: [lk_run] { outputs.map { lk_run(start: UInt32($0.position), count: UInt32($0.count)) } }

    /// Values in the order of the runs to their places in a plane.
    func scatter(_ values: UnsafePointer<UInt64>, to plane: UnsafeMutablePointer<UInt64>, width: Int) {
        var next = values
        for run in outputs {
            (plane + run.row * width + run.column).update(from: next, count: run.count)
            next += run.count
        }
    }

    /// What is added to the values of a plane, in the order of the runs; then zeros, as the kernel reads whole vectors.
    /// - Parameter start: of the plane.
    func gathered(
        _ addends: [UInt64], from start: Int, width: Int, bias: Int64, format: AnswerFormat
    ) -> [Int64] {
        [Int64](unsafeUninitializedCapacity: (needed + 7) / 8 * 8) { buffer, initialized in
            for run in outputs {
                let first = start + run.row * width + run.column
                for index in first..<first + run.count {
                    buffer.initializeElement(
                        at: initialized, to: format.centred(Int64(bitPattern: addends[index]) &+ bias))
                    initialized += 1
                }
            }
            while initialized % 8 != 0 {
                buffer.initializeElement(at: initialized, to: 0)
                initialized += 1
            }
        }
    }
}

extension LatticeConvolution {
    /// Protects the sums of one part of one image and writes their messages.
    fileprivate func answer(
        _ sums: KernelMemory, _ place: (image: Int, part: Int), addends: [UInt64]?, secret: KernelMemory, index: Int,
        to bytes: Shared<UnsafeMutablePointer<UInt8>>, threads: Int
    ) {
        let part = geometry.parts[place.part]
        let (size, runs, plane) = (
            format.bytes(needed: part.needed), part.kernelRuns, geometry.outputHeight * geometry.outputWidth
        )
        inParts(outputs, threads: threads) { range, scratch in
            var kernelFormat = format.kernelFormat
            for output in range {
                var added = [bias[output]]
                if let addends {
                    added = part.gathered(
                        addends, from: (place.image * outputs + output) * plane, width: geometry.outputWidth,
                        bias: bias[output], format: format)
                }
                lk_answer(
                    key.ring.context, key.pointer, &kernelFormat, sums.pointer, outputs, output, added, added.count,
                    secret.bytes, UInt64(index + output), runs, runs.count, bytes.pointer + output * size,
                    scratch.workspace.pointer)
            }
        }
    }
}
