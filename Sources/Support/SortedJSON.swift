package import Foundation

/// JSON in one stable form, so that the same content is the same bytes: keys sorted, numbers with as many digits as give the same
/// bits back.
package enum SortedJSON {
    /// One line, without its end.
    package static func line(_ value: some Encodable) throws -> String {
        String(decoding: try encoded(value, []), as: UTF8.self)
    }

    /// Indented, with a last line end: files that people read and compare.
    package static func file(_ value: some Encodable) throws -> Data {
        try encoded(value, .prettyPrinted) + Data("\n".utf8)
    }

    private static func encoded(_ value: some Encodable, _ form: JSONEncoder.OutputFormatting) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = form.union([.sortedKeys, .withoutEscapingSlashes])
        return try encoder.encode(value)
    }
}
