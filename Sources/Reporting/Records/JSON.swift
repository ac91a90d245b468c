import Configuration
import Foundation

/// How this module writes and reads JSON: one stable form, one-line errors.
enum JSON {
    /// One line, keys sorted.
    static var lineEncoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// Indented, keys sorted: files people read and compare.
    static var fileEncoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return encoder
    }

    static var decoder: JSONDecoder { JSONDecoder() }

    /// What is wrong, in a few words on one line, without quoting the file.
    static func problem(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context)?:
            "missing key '\(path(context.codingPath + [key]))'"
        case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?:
            "'\(path(context.codingPath))' has the wrong type"
        case .dataCorrupted(let context)? where !context.codingPath.isEmpty:
            "'\(path(context.codingPath))': \(firstLine(context.debugDescription))"
        default:
            "not valid JSON, or a fraction where an integer is expected"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }.joined(separator: ".")
    }

    private static func firstLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).first.map(String.init) ?? text
    }
}

extension Decoder {
    /// Refuses an object that holds a key outside `valid`; Codable alone would ignore it.
    func refuseUnknownKeys(_ valid: [String]) throws {
        let container = try container(keyedBy: AnyKey.self)
        guard let unknown = container.allKeys.map(\.stringValue).filter({ !valid.contains($0) }).min() else { return }
        throw DecodingError.dataCorrupted(
            .init(codingPath: codingPath + [AnyKey(stringValue: unknown)], debugDescription: "unknown key"))
    }
}
