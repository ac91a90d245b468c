internal import CLatticeKernel
internal import Numerics

/// Images encrypted by their owner, as they travel and as a server keeps them: packed, with the seed of their uniform halves.
///
/// Body: the byte 1; for each image, part and polynomial c0 in the transform domain, packed modulo p1, then p2 (eight values of b
/// bits in b bytes, little-endian); 32 bytes of seed. c1 of ciphertext i is expanded from the seed with nonce (1, prime, 0, 0,
/// i).
public struct UploadedTensor: Sendable {
    public let geometry: PolynomialGeometry
    public let images: Int
    public let channels: Int
    /// The whole body.
    public let body: [UInt8]
    let ring: LatticeRing

    static let tag: UInt8 = 1

    /// Bytes of a body.
    public static func byteCount(
        _ parameters: LatticeParameters, geometry: PolynomialGeometry, images: Int, channels: Int
    ) -> Int {
        1 + images * geometry.uploaded(channels: channels) * parameters.packedBytes + PublicSeed.byteCount
    }
}

// MARK: - Client

extension UploadedTensor {
    /// Encrypts values in `[image][channel][row][column]`; zeros like everything else.
    /// - Parameters:
    ///   - values: two's complement words, of which the lowest L bits count.
    ///   - format: of the answers to this upload, which are modulo the same 2^L.
    public init(
        encrypting values: [UInt64], geometry: PolynomialGeometry, images: Int, channels: Int, format: AnswerFormat,
        key: SecretKey, seeds: consuming MessageSeeds = MessageSeeds(), threads: Int = 1
    ) {
        precondition(
            values.count == images * channels * geometry.inputHeight * geometry.inputWidth, "values of another shape")
        let places = Self.places(geometry, images: images, channels: channels)
        let count = Self.byteCount(key.ring.parameters, geometry: geometry, images: images, channels: channels)
        let bits = format.plaintextBits
        let body = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            preferLargePages(start, bytes: count)
            Self.encrypt(places.count, to: start, plaintextBits: bits, key: key, seeds: seeds, threads: threads) {
                Self.place(values, geometry, places[$0], channels: channels, bits: bits, into: $1)
            }
            initialized = count
        }
        self.init(geometry: geometry, images: images, channels: channels, body: body, ring: key.ring)
    }

    /// Writes a body of `count` ciphertexts. - Parameter place: writes the coefficients of one.
    static func encrypt(
        _ count: Int, to body: UnsafeMutablePointer<UInt8>, plaintextBits: Int, key: SecretKey,
        seeds: borrowing MessageSeeds, threads: Int, place: @Sendable (Int, UnsafeMutablePointer<Int64>) -> Void
    ) {
        let (ring, packed, bytes) = (key.ring, key.ring.parameters.packedBytes, Shared(body + 1))
        let (secret, mask) = (seeds.secret.memory, seeds.mask.bytes)
        inParts(count, threads: threads) { range, scratch in
            for index in range {
                place(index, scratch.coefficients.signed)
                key.withSecret {
                    lk_encrypt(
                        ring.context, $0, UInt32(plaintextBits), scratch.coefficients.signed, secret.bytes, mask,
                        UInt64(index), bytes.pointer + index * packed, scratch.workspace.pointer)
                }
            }
        }
        body[0] = Self.tag
        (body + 1 + count * packed).update(from: mask, count: mask.count)
    }

    /// An image, a part and a polynomial of it.
    struct Place: Sendable {
        let image, part, polynomial: Int
    }

    static func places(_ geometry: PolynomialGeometry, images: Int, channels: Int) -> [Place] {
        (0..<images).flatMap { image in
            geometry.parts.indices.flatMap { part in
                (0..<geometry.parts[part].polynomials(channels)).map { Place(image: image, part: part, polynomial: $0) }
            }
        }
    }

    /// Coefficients of one polynomial: its channels' pixels modulo 2^bits, in [-2^(bits-1), 2^(bits-1)), zeros elsewhere.
    static func place(
        _ values: [UInt64], _ geometry: PolynomialGeometry, _ place: Place, channels: Int, bits: Int,
        into coefficients: UnsafeMutablePointer<Int64>
    ) {
        let unused = Int64(64 - bits)
        coefficients.update(repeating: 0, count: LatticeParameters.degree)
        values.withUnsafeBufferPointer { values in
            forEachRun(geometry, place, channels: channels) { from, to, count in
                for n in 0..<count { coefficients[to + n] = Int64(bitPattern: values[from + n] << unused) >> unused }
            }
        }
    }

    /// Values that stand side by side in a tensor and in a polynomial: where, and how many.
    private static func forEachRun(
        _ geometry: PolynomialGeometry, _ place: Place, channels: Int,
        _ body: (_ value: Int, _ coefficient: Int, _ count: Int) -> Void
    ) {
        let part = geometry.parts[place.part]
        let plane = geometry.inputHeight * geometry.inputWidth
        for b in 0..<part.share where place.polynomial * part.share + b < channels {
            let first = (place.image * channels + place.polynomial * part.share + b) * plane
            let below = PolynomialGeometry.side * part.sharedRows * b
            for copy in part.copies {
                for row in 0..<copy.rows {
                    body(
                        first + (copy.row + row) * geometry.inputWidth + copy.column,
                        copy.position + below + PolynomialGeometry.side * row, copy.columns)
                }
            }
        }
    }

    /// What the owner of the key encrypted, in the order of `init(encrypting:)`: two's complement words in [-2^(L-1), 2^(L-1)). Values
    /// that no piece holds, in bands of rows, are 0.
    /// - Parameter plaintextBits: L, of the format it was encrypted for.
    public func opened(_ key: SecretKey, plaintextBits: Int, threads: Int = 1) -> [UInt64] {
        var values = [UInt64](repeating: 0, count: images * channels * geometry.inputHeight * geometry.inputWidth)
        let inputs = KernelMemory(count: mostReceivedWords, isSecret: false)
        for image in 0..<images {
            for part in geometry.parts.indices {
                receive(image: image, part: part, into: inputs, threads: threads)
                let count = geometry.parts[part].polynomials(channels)
                let plaintexts = parallelMap(count, threads: threads) {
                    key.plaintext(inputs, $0, of: count, bits: plaintextBits)
                }
                for (polynomial, plaintext) in plaintexts.enumerated() {
                    let place = Place(image: image, part: part, polynomial: polynomial)
                    Self.forEachRun(geometry, place, channels: channels) { value, coefficient, length in
                        for n in 0..<length { values[value + n] = UInt64(bitPattern: plaintext[coefficient + n]) }
                    }
                }
            }
        }
        return values
    }
}

// MARK: - Server

extension UploadedTensor {
    /// Takes a body that was received.
    /// - Throws: `messageBytes`, `malformedMessage`.
    public init(
        received bytes: ArraySlice<UInt8>, geometry: PolynomialGeometry, images: Int, channels: Int, key: PublicKey,
        threads: Int = 1
    ) throws(LatticeError) {
        try self.init(
            received: bytes, geometry: geometry, images: images, channels: channels, ring: key.ring, threads: threads)
    }

    private init(
        received bytes: ArraySlice<UInt8>, geometry: PolynomialGeometry, images: Int, channels: Int, ring: LatticeRing,
        threads: Int = 1
    ) throws(LatticeError) {
        let expected = Self.byteCount(ring.parameters, geometry: geometry, images: images, channels: channels)
        guard bytes.count == expected else { throw .messageBytes(found: bytes.count, expected: expected) }
        guard bytes.first == Self.tag else { throw .malformedMessage("an upload begins with the byte 1") }
        let body = Array(bytes)
        let count = images * geometry.uploaded(channels: channels)
        let packed = ring.parameters.packedBytes
        let good = body.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            let bytes = Shared(start + 1)
            return parallelMap(count, threads: threads) { index in
                lk_check(ring.context, bytes.pointer + index * packed)
            }.allSatisfy { $0 != 0 }
        }
        guard good else { throw .malformedMessage("a residue that is not below its prime") }
        self.init(geometry: geometry, images: images, channels: channels, body: body, ring: ring)
    }

    /// The same with plaintext values added to the encrypted ones, modulo 2^L.
    /// - Parameter values: in the order of `init(encrypting:)`; two's complement words, of which the lowest L bits count.
    public func adding(_ values: [UInt64], plaintextBits: Int, threads: Int = 1) -> UploadedTensor {
        UploadedTensor(
            body, adding: values, plaintextBits: plaintextBits, geometry: geometry, images: images, channels: channels,
            ring: ring, threads: threads)
    }

    /// Takes a body over and adds to it in place: where it holds zeros no copy of them is left.
    init(
        _ body: consuming [UInt8], adding values: [UInt64], plaintextBits: Int, geometry: PolynomialGeometry,
        images: Int, channels: Int, ring: LatticeRing, threads: Int
    ) {
        precondition(
            values.count == images * channels * geometry.inputHeight * geometry.inputWidth, "values of another shape")
        let places = Self.places(geometry, images: images, channels: channels)
        let packed = ring.parameters.packedBytes
        var sum = body
        sum.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            let bytes = Shared(start + 1)
            inParts(places.count, threads: threads) { range, scratch in
                for index in range {
                    Self.place(
                        values, geometry, places[index], channels: channels, bits: plaintextBits,
                        into: scratch.coefficients.signed)
                    lk_add_plaintext(
                        ring.context, UInt32(plaintextBits), scratch.coefficients.signed,
                        bytes.pointer + index * packed, scratch.workspace.pointer)
                }
            }
        }
        self.init(geometry: geometry, images: images, channels: channels, body: sum, ring: ring)
    }

    /// What a message shows without a key: the words of c0 and c1 that stand at every value's coefficient, and how many bits each has.
    package typealias Seen = (words: [(c0: UInt64, c1: UInt64)], bits: (c0: Int, c1: Int))

    /// Of an upload of one image of one channel in one piece: residues modulo p1.
    /// - Throws: `unsupported` for several pieces, or as `init(received:)`.
    package static func seen(
        _ bytes: ArraySlice<UInt8>, geometry: PolynomialGeometry, parameters: LatticeParameters
    ) throws(LatticeError) -> Seen {
        guard geometry.parts.count == 1 else { throw .unsupported("an image in several pieces") }
        let upload = try UploadedTensor(
            received: bytes, geometry: geometry, images: 1, channels: 1, ring: LatticeRing(parameters))
        let received = KernelMemory(count: upload.mostReceivedWords, isSecret: false)
        upload.receive(image: 0, part: 0, into: received, threads: 1)
        let (c0, c1) = received.polynomial(0, of: 1)
        for half in [c0, c1] { lk_inverse(upload.ring.context, 0, half.pointer) }
        var seen = [(c0: UInt64, c1: UInt64)](repeating: (0, 0), count: geometry.inputHeight * geometry.inputWidth)
        forEachRun(geometry, Place(image: 0, part: 0, polynomial: 0), channels: 1) { value, coefficient, count in
            for n in 0..<count { seen[value + n] = (c0.pointer[coefficient + n], c1.pointer[coefficient + n]) }
        }
        let bits = UInt64.bitWidth - parameters.primes[0].leadingZeroBitCount
        return (seen, (bits, bits))
    }

    private var mask: [UInt8] { Array(body.suffix(PublicSeed.byteCount)) }

    /// Words of the largest part in the order products read them.
    var mostReceivedWords: Int { lk_input_words(geometry.parts.map { $0.polynomials(channels) }.max() ?? 0) }

    /// The polynomials of one part of one image in the order products read them.
    /// - Parameter block: of `mostReceivedWords`.
    func receive(image: Int, part: Int, into block: KernelMemory, threads: Int) {
        let count = geometry.parts[part].polynomials(channels)
        precondition(block.count >= lk_input_words(count), "a block for the part")
        inPolynomials(image: image, part: part, threads: threads) { range, place in
            for index in range { place(index, block.pointer, count, index) }
        }
    }

    /// The same one by one: `body` gets a polynomial's number within the part, and its words.
    func forEachPolynomial(
        image: Int, part: Int, threads: Int, _ body: @Sendable (Int, UnsafePointer<UInt64>) -> Void
    ) {
        inPolynomials(image: image, part: part, threads: threads) { range, place in
            let block = KernelMemory(count: lk_input_words(1), isSecret: false)
            for index in range {
                place(index, block.pointer, 1, 0)
                body(index, block.pointer)
            }
        }
    }

    /// Puts the polynomial of that number to its place among `count` polynomials.
    private typealias Placing = (_ index: Int, _ block: UnsafeMutablePointer<UInt64>, _ count: Int, _ at: Int) -> Void

    private func inPolynomials(
        image: Int, part: Int, threads: Int, _ body: @Sendable (Range<Int>, Placing) -> Void
    ) {
        let before = geometry.parts[..<part].reduce(0) { $0 + $1.polynomials(channels) }
        let first = image * geometry.uploaded(channels: channels) + before
        let (packed, ring, mask) = (ring.parameters.packedBytes, ring, mask)
        self.body.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            let bytes = Shared(start + 1)
            inParts(geometry.parts[part].polynomials(channels), threads: threads) { range, scratch in
                body(range) { index, block, count, place in
                    // Its residues were checked when it came.
                    _ = lk_receive(
                        ring.context, block, count, place, bytes.pointer + (first + index) * packed, mask,
                        UInt64(first + index), scratch.workspace.pointer)
                }
            }
        }
    }
}
