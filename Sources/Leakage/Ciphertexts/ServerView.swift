import Denoising
package import PrivateDenoising
import Numerics

/// The server's view of a message, an upload or its own answer: ciphertexts as bytes, all of one width.
package struct ServerView: Sendable {
    package let agreement: Agreement
    /// Bytes of one ciphertext, or of what stands for one; for the published encoding without the exponent.
    package let width: Int
    /// One after the other, as they were sent.
    package let bytes: [UInt8]
    /// Binary exponents that travelled in clear; empty where none did.
    package let exponents: [Int]

    /// The first message of ciphertexts in one direction.
    /// - Throws: `LeakageError.unsuitable` for a transcript without it, or one that is cut short.
    package init(_ transcript: Transcript, _ direction: Message.Direction = .up) throws {
        agreement = transcript.agreement
        guard let up = try transcript.ciphertexts(direction, round: 0), up.count > 0 else {
            throw LeakageError.unsuitable(
                attack: "of a server",
                expected: "a whole first message of the \(direction == .up ? "client" : "server")")
        }
        if case .lattice = agreement.parameters {
            (bytes, width) = try Self.residues(up.bytes, direction, agreement)
            exponents = []
            return
        }
        guard up.bytes.count % up.count == 0 else {
            throw LeakageError.unsuitable(attack: "of a server", expected: "ciphertexts of one size")
        }
        let size = up.bytes.count / up.count
        let prefix = agreement.parameters.name == .paper ? PaperUpload.exponentBytes : 0
        guard size > prefix else {
            throw LeakageError.unsuitable(attack: "of a server", expected: "ciphertexts of more than \(prefix) bytes")
        }
        width = size - prefix
        var (values, exponents) = ([UInt8](), [Int]())
        values.reserveCapacity(width * up.count)
        for start in stride(from: up.bytes.startIndex, to: up.bytes.endIndex, by: size) {
            if prefix > 0 {
                let word = up.bytes[start..<start + prefix].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                exponents.append(Int(Int32(bitPattern: word)))
            }
            values += up.bytes[start + prefix..<start + size]
        }
        bytes = values
        self.exponents = exponents
    }

    /// What the server sent back first; nil where the transcript ends before.
    package static func answer(_ transcript: Transcript) throws -> ServerView? {
        try transcript.ciphertexts(.down, round: 0) == nil ? nil : ServerView(transcript, .down)
    }

    /// A lattice message as a ciphertext a value: what is sent of c0 and c1 at the value's coefficient, c0 first, the leading whole bytes
    /// of each.
    private static func residues(
        _ bytes: ArraySlice<UInt8>, _ direction: Message.Direction, _ agreement: Agreement
    ) throws -> (bytes: [UInt8], width: Int) {
        let layout = try LatticeScheme.layouts(for: agreement)[0]
        let shape = agreement.images
        guard shape.count == 1, shape.channels == 1, layout.ciphertexts(.input) == 1 else {
            throw LeakageError.unsuitable(
                attack: "of a server", expected: "a first message with one image, in one ciphertext of the lattice")
        }
        let seen =
            direction == .up
            ? try layout.seen(upload: bytes.prefix(layout.bytes(.input))) : try layout.seen(answer: bytes)
        func leading(_ word: UInt64, of bits: Int) -> [UInt8] {
            (1...bits / 8).map { UInt8(truncatingIfNeeded: word >> UInt64(bits - 8 * $0)) }
        }
        return (
            seen.words.flatMap { leading($0.c0, of: seen.bits.c0) + leading($0.c1, of: seen.bits.c1) },
            seen.bits.c0 / 8 + seen.bits.c1 / 8
        )
    }

    package var count: Int { bytes.count / width }

    /// A ciphertext, or what stands for one, as a number, up to a factor that all have in common.
    func number(_ index: Int) -> Double {
        let own = bytes[index * width..<(index + 1) * width]
        guard case .cleartext = agreement.parameters else { return own.prefix(8).reduce(0) { $0 * 256 + Double($1) } }
        var value = IntegerArray(count: 1, limbs: width / 8)
        for (offset, byte) in own.enumerated() {
            value.words[offset / 8] |= UInt64(byte) << UInt64(56 - 8 * (offset % 8))
        }
        return value.double(0)
    }
}
