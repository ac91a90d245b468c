import Configuration
import Foundation
import Support

/// How this module writes and reads JSON: `SortedJSON`, one-line errors.
enum JSON {
    /// An object a line.
    static func lines(_ values: some Sequence<some Encodable>) throws -> String {
        try values.map { try SortedJSON.line($0) + "\n" }.joined()
    }

    /// Writes a file that people read and compare.
    /// - Throws: `FileError.unwritable`, for a value that is not finite, too.
    static func write(_ value: some Encodable, to path: String) throws(FileError) {
        guard let data = try? SortedJSON.file(value) else {
            throw .unwritable(file: path, reason: "a value is not finite")
        }
        try AtomicFile.write(data, to: path)
    }

    /// What is wrong, in a few words on one line, without quoting the file.
    static func problem(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context)?:
            "missing key '\(path(context.codingPath + [key]))'"
        case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?:
            context.codingPath.isEmpty
                ? "expected a JSON object" : "'\(path(context.codingPath))' has the wrong type"
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
    /// Refuses an object that holds a key beside the cases of `Key`; Codable alone would ignore it.
    func refuseUnknownKeys<Key: CodingKey & CaseIterable>(_ keys: Key.Type) throws {
        let valid = Key.allCases.map(\.stringValue)
        let container = try container(keyedBy: AnyKey.self)
        guard let unknown = container.allKeys.map(\.stringValue).filter({ !valid.contains($0) }).min() else { return }
        throw DecodingError.dataCorrupted(
            .init(codingPath: codingPath + [AnyKey(stringValue: unknown)], debugDescription: "unknown key"))
    }
}

/// A value whose object holds no key but the cases of `Key`.
struct Strict<Value: Decodable, Key: CodingKey & CaseIterable>: Decodable {
    let value: Value

    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(Key.self)
        value = try Value(from: decoder)
    }
}
