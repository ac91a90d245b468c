extension ConfigurationFile {
    /// An error about a setting, for rules that need more than the file itself.
    /// - Parameter path: As in messages: `data.file`, `cases[2].mode`.
    package func refusal(_ path: String, _ reason: String) -> ConfigurationError {
        .refused(place(of: path), key: path, reason: reason)
    }

    /// Where a setting stands; for one that the file does not state, where the mapping around it starts.
    private func place(of path: String) -> ConfigurationError.Place {
        var (node, line) = (root, root.line)
        for step in SettingPath(path)?.steps ?? [] {
            if case .key(let name) = step, case .mapping(let entries, _) = node,
                let entry = entries.first(where: { $0.key == name })
            {
                (node, line) = (entry.value, entry.line)
            } else if case .element(let number?) = step, case .sequence(let elements, _) = node,
                elements.indices.contains(number - 1)
            {
                node = elements[number - 1]
                line = node.line
            } else {
                break
            }
        }
        return .init(file: name, line: line)
    }
}
