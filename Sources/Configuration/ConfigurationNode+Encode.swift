import Yams

extension ConfigurationNode: Encodable {
    /// The same value, written in the same order.
    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .scalar(let text, let kind, _):
            var container = encoder.singleValueContainer()
            switch kind {
            case .integer: if let value = Int(text) { try container.encode(value) } else { try container.encode(text) }
            case .number:
                if let value = Double(text) { try container.encode(value) } else { try container.encode(text) }
            case .flag: if let value = Bool(text) { try container.encode(value) } else { try container.encode(text) }
            case .nothing: try container.encodeNil()
            case .text, .other: try container.encode(text)
            }
        case .sequence(let nodes, _):
            var container = encoder.unkeyedContainer()
            for node in nodes { try container.encode(node) }
        case .mapping(let entries, _):
            var container = encoder.container(keyedBy: AnyKey.self)
            for entry in entries { try container.encode(entry.value, forKey: AnyKey(entry.key)) }
        }
    }
}

/// A key of any name.
package struct AnyKey: CodingKey {
    package let stringValue: String
    package var intValue: Int? { nil }

    package init(_ name: String) { stringValue = name }
    package init(stringValue: String) { self.init(stringValue) }
    package init?(intValue: Int) { nil }
}

extension ConfigurationFile {
    /// A value as the text of a file.
    package static func text(of value: some Encodable) throws -> String { try YAMLEncoder().encode(value) }
}
