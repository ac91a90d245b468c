extension StrictMapping {
    /// The mapping under `key`, whose only keys are the cases of `Inner`.
    package func mapping<Inner: ConfigurationKey>(
        _ key: Key, of keys: Inner.Type = Inner.self
    ) throws(ConfigurationError) -> StrictMapping<Inner> {
        guard let inner = try optionalMapping(key, of: keys) else { throw missing(key) }
        return inner
    }

    /// The mapping under `key`, nil if the file does not state it.
    package func optionalMapping<Inner: ConfigurationKey>(
        _ key: Key, of keys: Inner.Type = Inner.self
    ) throws(ConfigurationError) -> StrictMapping<Inner>? {
        guard let node = node(key) else { return nil }
        return try inner(key, node, path: name(of: key) + ".", of: keys)
    }

    /// The list of mappings under `key`, at least one unless it is optional.
    package func mappings<Inner: ConfigurationKey>(
        _ key: Key, of keys: Inner.Type = Inner.self, isOptional: Bool = false
    ) throws(ConfigurationError) -> [StrictMapping<Inner>] {
        guard let node = node(key) else {
            guard isOptional else { throw missing(key) }
            return []
        }
        guard case .sequence(let nodes, _) = node, isOptional || !nodes.isEmpty else {
            throw unexpected(key, node, expected: "a list of mappings, each starting with '- '")
        }
        var result: [StrictMapping<Inner>] = []
        for (index, element) in nodes.enumerated() {
            result.append(try inner(key, element, path: "\(name(of: key))[\(index + 1)].", of: keys))
        }
        return result
    }

    private func inner<Inner: ConfigurationKey>(
        _ key: Key, _ node: ConfigurationNode, path: String, of keys: Inner.Type
    ) throws(ConfigurationError) -> StrictMapping<Inner> {
        guard case .mapping(let entries, let line) = node else {
            throw unexpected(
                key, node, expected: "a mapping with: \(Inner.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return try StrictMapping<Inner>(entries, path: path, place: .init(file: place.file, line: line))
    }
}
