import Foundation

/// A file a result depends on: its name without folders, and the SHA-256 of its bytes.
///
/// In records it is one string, `head.h5@sha256:<64 hexadecimal digits>`.
package struct Artifact: Hashable, Sendable {
    package let name: String
    package let sha256: String

    /// - Precondition: `name` is not empty and holds no folder; `sha256` is 64 lowercase hexadecimal digits.
    package init(name: String, sha256: String) {
        precondition(Self.isValid(name: name, sha256: sha256), "artifact: expected a file name and a SHA-256")
        self.name = name
        self.sha256 = sha256
    }

    private init?(_ text: String) {
        guard let separator = text.range(of: Self.separator, options: .backwards) else { return nil }
        name = String(text[..<separator.lowerBound])
        sha256 = String(text[separator.upperBound...])
        guard Self.isValid(name: name, sha256: sha256) else { return nil }
    }

    private static let separator = "@sha256:"

    private static func isValid(name: String, sha256: String) -> Bool {
        !name.isEmpty && !name.contains("/") && sha256.count == 64
            && sha256.allSatisfy { $0.isHexDigit && $0.isASCII && !$0.isUppercase }
    }
}

extension Artifact: CustomStringConvertible {
    package var description: String { name + Self.separator + sha256 }

    /// The name without its extension, for cells and legends.
    package var stem: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name }

    /// The name with the first eight digits of the sum, for captions and messages.
    package var shortDescription: String { "\(name) (SHA-256 \(sha256.prefix(8)))" }
}

extension Artifact: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let artifact = Artifact(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected 'NAME@sha256:DIGEST'")
        }
        self = artifact
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
