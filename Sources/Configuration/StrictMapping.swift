/// The keys of one mapping of a configuration file: an enum with a String raw value per key.
package protocol ConfigurationKey: RawRepresentable<String>, CaseIterable, Sendable {}

/// One mapping of a configuration file in which every key must be known.
///
/// The valid keys are the cases of an enum, so that they are listed once and a mistyped key does not compile. Unknown
/// keys are refused at creation. A getter without `default:` requires its key; with it, an absent key means the
/// default. A key without a value is never the default: it is an error.
/// ```
/// enum Key: String, ConfigurationKey { case id, seed, data }
/// let root = try ConfigurationFile(path: path).mapping(Key.self)
/// let seed = try root.integer(.seed, in: 0...Int.max, default: 1)
/// ```
package struct StrictMapping<Key: ConfigurationKey>: Sendable {
    private let entries: [String: ConfigurationNode.Entry]
    /// Keys from the root down to this mapping, for messages: `cases[2].crop.`, empty at the root.
    private let path: String
    /// Where the mapping starts.
    package let place: ConfigurationError.Place

    init(
        _ entries: [ConfigurationNode.Entry], path: String, place: ConfigurationError.Place
    ) throws(ConfigurationError) {
        self.path = path
        self.place = place
        self.entries = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
        for entry in entries where Key(rawValue: entry.key) == nil {
            let valid = Key.allCases.map(\.rawValue)
            throw .unknownKey(
                .init(file: place.file, line: entry.line), key: path + entry.key,
                nearest: NearestName.find(entry.key, in: valid).map { path + $0 }, valid: valid)
        }
    }

    /// Whether the file states the key.
    package func contains(_ key: Key) -> Bool { entries[key.rawValue] != nil }

    /// An error about the value of `key`, for rules across several keys. `reason` says what was expected.
    package func refusal(_ key: Key, _ reason: String) -> ConfigurationError {
        .refused(place(of: key), key: name(of: key), reason: reason)
    }

    package func name(of key: Key) -> String { path + key.rawValue }

    package func place(of key: Key) -> ConfigurationError.Place {
        .init(file: place.file, line: entries[key.rawValue]?.line ?? place.line)
    }

    /// The value of `key`, nil if the file does not state it.
    package func node(_ key: Key) -> ConfigurationNode? { entries[key.rawValue]?.value }

    package func missing(_ key: Key) -> ConfigurationError { .missingKey(place, key: name(of: key)) }

    package func unexpected(_ key: Key, _ node: ConfigurationNode, expected: String) -> ConfigurationError {
        .unexpectedValue(
            .init(file: place.file, line: node.line ?? place(of: key).line), key: name(of: key), found: node.summary,
            expected: expected)
    }
}
