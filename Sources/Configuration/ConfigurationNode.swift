import Yams

/// A YAML value with the line it stands on, free of Yams' types.
package indirect enum ConfigurationNode: Sendable, Equatable {
    /// What YAML's core schema takes a scalar for. Quoted scalars are always text.
    package enum ScalarKind: Sendable, Equatable { case text, integer, number, flag, nothing, other }

    package struct Entry: Sendable, Equatable {
        package let key: String
        package let line: Int?
        package let value: ConfigurationNode
    }

    case scalar(String, kind: ScalarKind, line: Int?)
    case sequence([ConfigurationNode], line: Int?)
    case mapping([Entry], line: Int?)

    package var line: Int? {
        switch self {
        case .scalar(_, _, let line), .sequence(_, let line), .mapping(_, let line): line
        }
    }

    /// The same value as if it stood in no file.
    package var withoutLines: ConfigurationNode {
        switch self {
        case .scalar(let string, let kind, _): .scalar(string, kind: kind, line: nil)
        case .sequence(let elements, _): .sequence(elements.map(\.withoutLines), line: nil)
        case .mapping(let entries, _):
            .mapping(entries.map { Entry(key: $0.key, line: nil, value: $0.value.withoutLines) }, line: nil)
        }
    }

    /// How an error message calls the value.
    package var summary: String {
        switch self {
        case .scalar(_, .nothing, _): "empty"
        case .scalar(let string, .text, _): "the text '\(Self.shortened(string))'"
        case .scalar(let string, _, _): "'\(Self.shortened(string))'"
        case .sequence(let elements, _): elements.isEmpty ? "an empty list" : "a list"
        case .mapping: "a mapping"
        }
    }

    /// Text that is not empty.
    var text: String? {
        guard case .scalar(let string, .text, _) = self, !string.isEmpty else { return nil }
        return string
    }

    /// A decimal integer within `range`.
    func integer(in range: ClosedRange<Int>) -> Int? {
        // Comparing with the printed value refuses 010, 0x10, 1_000 and +1 in one go.
        guard case .scalar(let string, .integer, _) = self, let value = Int(string), String(value) == string,
            range.contains(value)
        else { return nil }
        return value
    }

    /// One line and at most 60 characters of `string`: an error message stays one line whatever the file holds.
    private static func shortened(_ string: String) -> String {
        let line = string.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count > 60 ? line.prefix(57) + "..." : line
    }
}

extension ConfigurationNode {
    /// Parses one YAML document. Aliases are resolved; tags of one's own, and keys that are not text, are refused.
    /// - Throws: `ConfigurationError.malformed` with the line of the problem.
    package init(yaml: String, file: String) throws(ConfigurationError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            throw error.malformed(in: file)
        } catch {
            throw .malformed(.init(file: file), problem: "not a YAML file")
        }
        guard let root else { throw .malformed(.init(file: file), problem: "the file holds no settings") }
        var left = Self.mostValues
        try self.init(root, file: file, left: &left)
    }

    /// Far more than any file of settings has: aliases of aliases multiply, and a few lines would fill the memory.
    private static let mostValues = 100_000

    private init(_ node: Node, file: String, left: inout Int) throws(ConfigurationError) {
        left -= 1
        guard left >= 0 else {
            throw .malformed(
                .init(file: file, line: node.mark?.line),
                problem: "more than \(Self.mostValues) values, aliases counted")
        }
        let line = node.mark?.line
        switch node {
        case .scalar(let scalar):
            self = .scalar(scalar.string, kind: Self.kind(of: node), line: line)
        case .sequence(let sequence):
            let elements = try sequence.map { element throws(ConfigurationError) in
                try ConfigurationNode(element, file: file, left: &left)
            }
            self = .sequence(elements, line: line)
        case .mapping(let mapping):
            let entries = try mapping.map { key, value throws(ConfigurationError) in
                guard let name = key.scalar?.string else {
                    throw .malformed(.init(file: file, line: key.mark?.line), problem: "a key must be a name")
                }
                return Entry(key: name, line: key.mark?.line, value: try .init(value, file: file, left: &left))
            }
            self = .mapping(entries, line: line)
        case .alias:
            throw .malformed(.init(file: file, line: line), problem: "an alias to nothing")
        }
    }

    private static func kind(of node: Node) -> ScalarKind {
        switch node.tag {
        case Tag(.str): .text
        case Tag(.int): .integer
        case Tag(.float): .number
        case Tag(.bool): .flag
        case Tag(.null): .nothing
        default: .other
        }
    }
}

extension YamlError {
    /// The same problem on one line; Yams' own text spans several and quotes the file.
    fileprivate func malformed(in file: String) -> ConfigurationError {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            .malformed(.init(file: file, line: mark.line), problem: "not valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            .malformed(
                .init(file: file, line: context.mark.line),
                problem: "key given twice: \(duplicates.sorted().joined(separator: ", "))")
        default:
            .malformed(.init(file: file), problem: "not a YAML file")
        }
    }
}
