import Denoising
import Foundation
import Leakage
import Numerics
import PrivateDenoising
import Support

/// One recorded run that anyone can check: a folder with a published throw-away key, every message, every plaintext, the weights and
/// a manifest.
///
/// | file | what |
/// | :-- | :-- |
/// | `SHA256SUMS` | the digest of every other file, as `sha256sum -c` reads it |
/// | `README.md` | that the key is public and protects nothing, and what the folder is |
/// | `kit.json` | scheme, mode, precision, the weights' digest |
/// | `key.json` | the client's private key; none where nothing is encrypted |
/// | `weights.h5` | the network |
/// | `network.json`, `layouts.json` | its integers, and how each round's tensors sit in ciphertexts |
/// | `transcript/` | agreement and messages, as `ldct run --transcripts` writes them |
/// | `plaintexts/` | input, output, and what each message of ciphertexts holds: an integer a line, image by image, channel, row, column |
/// | `server/` | by round what the server kept: masks, or its shares |
///
/// What follows from other files of the folder is made anew when it is checked, and has to be the same byte for byte.
package struct EvidenceKit {
    static let version = 1
    static let manifest = "SHA256SUMS"
    static let keyComment = "THROW-AWAY KEY, PUBLISHED WITH AN EVIDENCE KIT: IT PROTECTS NOTHING"

    /// `kit.json`.
    struct Header: Codable, Equatable {
        let version: Int
        let warning: String
        let program: String
        let scheme: SchemeName
        let mode: Mode
        let precision: Precision
        let weights: Weights
        let case_number: Int

        struct Weights: Codable, Equatable {
            let name: String
            /// Of tensors and metadata, see `Denoising`.
            let content_sha256: String
        }
    }

    let header: Header
    let transcript: Transcript
    let disclosure: Disclosure
    let network: IntegerNetwork
    let input, output: IntegerTensor

    /// The files that follow from the others, by name.
    /// - Parameter plaintexts: by message.
    func derivedFiles(_ plaintexts: [Int: [IntegerTensor]]) throws -> [String: Data] {
        var files = [
            "README.md": Data(readme.utf8),
            "network.json": try SortedJSON.file(KitNetwork(network)),
            "layouts.json": try SortedJSON.file(transcript.agreement.layouts.map(AnyLayout.init)),
        ]
        for (index, tensors) in plaintexts {
            let direction = transcript.entries[index].direction
            files["plaintexts/\(Self.name(index))-\(direction == .up ? "up" : "down").txt"] = KitNumbers.text(tensors)
        }
        return files
    }

    /// The files of numbers that do not follow from others.
    var numberFiles: [String: Data] {
        var files = [Self.inputFile: KitNumbers.text([input]), Self.outputFile: KitNumbers.text([output])]
        for (round, cover) in disclosure.covers.enumerated() { files[Self.coverFile(round)] = KitNumbers.text([cover]) }
        for (index, share) in disclosure.shares { files[Self.shareFile(index)] = KitNumbers.text([share]) }
        if let share = disclosure.outputShare { files[Self.outputShareFile] = KitNumbers.text([share]) }
        return files
    }

    static let inputFile = "plaintexts/input.txt", outputFile = "plaintexts/output.txt"
    static let outputShareFile = "server/client-output-share.txt"
    static func coverFile(_ round: Int) -> String { "server/\(name(round))-accumulators.txt" }
    static func shareFile(_ index: Int) -> String { "server/\(name(index))-activations.txt" }
    /// Three digits at least, as in transcripts.
    private static func name(_ number: Int) -> String { String(format: "%03d", number) }

    private var readme: String {
        """
        # Evidence kit: \(header.scheme.rawValue), \(header.mode.rawValue)

        **THE PRIVATE KEY IN THIS FOLDER IS PUBLIC. IT WAS MADE FOR THIS FOLDER ALONE, IS THROWN AWAY, AND PROTECTS NOTHING.**
        Never encrypt anything under it. The server's masks and shares are published as well: of this one run nothing is secret, so
        that everyone can check all of it.

        One run of `ldct \(header.program)`: mode `\(header.mode.rawValue)`, scheme `\(header.scheme.rawValue)`, \
        \(header.precision), weights `\(header.weights.name)`, \(transcript.messages.count) messages.

        Check it with `ldct verify FOLDER`, or independently of that program with
        `python Tests/Interoperation/verify.py FOLDER`: every file against `SHA256SUMS`, every ciphertext decrypted, every value
        computed anew from `plaintexts/input.txt` and the integer network. The formats are in `Sources/Experiments/Evidence` and
        `DataFormats` of the documentation.

        """
    }

    static func header(
        _ agreement: Agreement, precision: Precision, weights: String, trained: TrainedNetwork, case number: Int
    ) throws -> Header {
        Header(
            version: version, warning: keyComment, program: ProgramVersion.current, scheme: agreement.parameters.name,
            mode: agreement.mode, precision: precision,
            weights: Header.Weights(name: weights, content_sha256: try trained.contentDigest()), case_number: number)
    }
}

/// A layout of whatever scheme, for its JSON.
private struct AnyLayout: Encodable {
    let layout: any TensorLayout
    func encode(to encoder: any Encoder) throws { try layout.encode(to: encoder) }
}

/// Whole numbers in text, one a line.
enum KitNumbers {
    static func text(_ tensors: [IntegerTensor]) -> Data {
        var text = ""
        for tensor in tensors {
            for index in 0..<tensor.values.count { text += "\(tensor.values[index])\n" }
        }
        return Data(text.utf8)
    }

    /// - Returns: nil unless it is exactly as many numbers as the shape has, written as `text` writes them.
    static func tensor(_ data: Data, _ shape: TensorShape) -> IntegerTensor? {
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        let numbers = lines.compactMap { BigInteger(decimal: $0) }
        guard numbers.count == lines.count, numbers.count == shape.elementCount else { return nil }
        let bits = numbers.map(\.signedBitWidth).max() ?? 1
        var tensor = IntegerTensor(shape: shape, limbs: IntegerArray.limbs(forBits: bits))
        for (index, number) in numbers.enumerated() { tensor.values[index] = number }
        return text([tensor]) == data ? tensor : nil
    }
}
