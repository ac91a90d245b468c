import Denoising
package import PrivateDenoising
import Numerics

/// The server's view of an upload: ciphertexts as bytes, all of one width.
package struct ServerView: Sendable {
    package let agreement: Agreement
    private let key: String
    /// Bytes of one ciphertext, or of what stands for one; for the published encoding without the exponent.
    package let width: Int
    /// One after the other, as the client sent them in its first message.
    package let bytes: [UInt8]
    /// Binary exponents that travelled in clear; empty where none did.
    package let exponents: [Int]

    /// - Throws: `LeakageError.unsuitable` for a transcript without an upload, or one that is cut short.
    package init(_ transcript: Transcript) throws {
        agreement = transcript.agreement
        key = transcript.key
        if case .lattice = agreement.parameters {
            (width, exponents) = (2 * Self.residueBytes, [])
            bytes = try Self.residues(transcript)
            return
        }
        guard let up = try transcript.ciphertexts(.up, round: 0), up.bytes.count % up.count == 0 else {
            throw LeakageError.unsuitable(attack: "of a server", expected: "a whole first message of the client")
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

    /// The upper 48 bits of a residue of 49.
    private static let residueBytes = 6

    /// A lattice upload as a ciphertext a pixel: the residues at the pixel's coefficient of both polynomials, c0 first.
    private static func residues(_ transcript: Transcript) throws -> [UInt8] {
        let layout = try LatticeScheme.layouts(for: transcript.agreement)[0]
        let shape = transcript.agreement.images
        guard let up = try transcript.ciphertexts(.up, round: 0), shape.count == 1, shape.channels == 1,
            layout.ciphertexts(.input) == 1
        else {
            throw LeakageError.unsuitable(
                attack: "of a server", expected: "a first message with one image, in one ciphertext of the lattice")
        }
        return try layout.seen(up.bytes.prefix(layout.bytes(.input))).flatMap { residue in
            [residue.c0, residue.c1].flatMap { word in
                (1...residueBytes).map { UInt8(truncatingIfNeeded: word >> UInt64(49 - 8 * $0)) }
            }
        }
    }

    package var count: Int { bytes.count / width }

    /// A ciphertext as a share of the largest it can be.
    func fraction(_ index: Int) -> Double {
        let leading = bytes[index * width..<index * width + min(8, width)]
        return leading.reversed().reduce(0.0) { ($0 + Double($1)) / 256 } / scale
    }

    /// n^2 in the same measure; 1 where nothing is encrypted.
    private var scale: Double {
        guard agreement.parameters.name == .paillier, let n = BigInteger(key, radix: 16), !n.isZero else { return 1 }
        return Double((n * n) >> max(0, 8 * width - 64)) / 0x1p64
    }
}
