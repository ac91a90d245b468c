extension ConfigurationFile {
    /// An error about a setting, for rules that need more than the file itself.
    /// - Parameter path: As in messages: `data.file`, `cases[2].mode`.
    package func refusal(_ path: String, _ reason: String) -> ConfigurationError {
        .refused(place(of: path), key: path, reason: reason)
    }

    /// Where a setting stands; for one that the file does not state, where the mapping around it starts.
    private func place(of path: String) -> ConfigurationError.Place {
        var node = root
        var line = root.line
        for part in path.split(separator: ".") {
            let pieces = part.split(whereSeparator: { "[]".contains($0) })
            guard case .mapping(let entries, _) = node, let entry = entries.first(where: { $0.key == pieces[0] })
            else { break }
            (node, line) = (entry.value, entry.line)
            guard pieces.count == 2, let number = Int(pieces[1]), case .sequence(let elements, _) = node,
                elements.indices.contains(number - 1)
            else { continue }
            node = elements[number - 1]
            line = node.line
        }
        return .init(file: name, line: line)
    }
}
