import Support

/// What is wrong with a configuration file: one line that names file, line, what was found and what was expected.
package enum ConfigurationError: Error, Equatable {
    /// A line of a configuration file. `line` counts from 1; nil when the whole file is meant.
    package struct Place: Equatable, Sendable {
        package let file: String
        package let line: Int?

        package init(file: String, line: Int? = nil) {
            self.file = file
            self.line = line
        }
    }

    /// The file cannot be read, or its text is not YAML, repeats a key, or holds no mapping or more than one document.
    case malformed(Place, problem: String)
    /// A key the tool does not have. `nearest` is a valid name close enough to be what was meant.
    case unknownKey(Place, key: String, nearest: String?, valid: [String])
    /// A key without a default is absent.
    case missingKey(Place, key: String)
    /// The value has another type, or lies outside the stated range.
    case unexpectedValue(Place, key: String, found: String, expected: String)
    /// The value is not one of a closed list.
    case unknownChoice(Place, key: String, found: String, nearest: String?, valid: [String])
    /// The value is well formed but does not go together with the rest.
    case refused(Place, key: String, reason: String)
}

extension ConfigurationError.Place: CustomStringConvertible {
    package var description: String {
        line.map { "\(file):\($0)" } ?? file
    }
}

extension ConfigurationError: CustomStringConvertible {
    /// One line, whatever a file's names and texts hold.
    package var description: String { Console.line(words) }

    private var words: String {
        switch self {
        case .malformed(let place, let problem):
            "\(place): \(problem)"
        case .unknownKey(let place, let key, let nearest, let valid):
            "\(place): unknown key '\(key)'; \(Self.hint(nearest, valid))"
        case .missingKey(let place, let key):
            "\(place): missing key '\(key)'"
        case .unexpectedValue(let place, let key, let found, let expected):
            "\(place): '\(key)' is \(found); expected \(expected)"
        case .unknownChoice(let place, let key, let found, let nearest, let valid):
            "\(place): '\(key)' is '\(found)'; \(Self.hint(nearest, valid))"
        case .refused(let place, let key, let reason):
            "\(place): '\(key)' is refused: \(reason)"
        }
    }

    private static func hint(_ nearest: String?, _ valid: [String]) -> String {
        if let nearest { return "did you mean '\(nearest)'?" }
        return "expected one of: \(valid.joined(separator: ", "))"
    }
}
