/// Where a setting stands in a file: `key.bits`, `cases[2].mode`, or `cases[].layout` for that of every case.
package struct SettingPath: Sendable, Hashable {
    package enum Step: Sendable, Hashable {
        case key(String)
        /// Element of a list, from 1; nil means all.
        case element(Int?)
    }

    package let steps: [Step]

    package init(_ steps: [Step]) { self.steps = steps }

    /// Nil for what is not a path.
    package init?(_ text: String) {
        var steps: [Step] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "[", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = pieces.first, !name.isEmpty, !name.contains("]") else { return nil }
            steps.append(.key(String(name)))
            guard pieces.count == 2 else { continue }
            let index = pieces[1].dropLast()
            guard pieces[1].last == "]", index.isEmpty || (Int(index) ?? 0) > 0 else { return nil }
            steps.append(.element(Int(index)))
        }
        self.steps = steps
    }

    /// Without the place in a list that it starts with: `mode` for `cases[2].mode`.
    package var withoutElement: SettingPath {
        guard steps.count > 2, case .element = steps[1] else { return self }
        return SettingPath(Array(steps.dropFirst(2)))
    }
}

extension SettingPath: CustomStringConvertible {
    package var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .element(let number): text += "[\(number.map(String.init) ?? "")]"
            }
        }
        return text
    }
}

extension ConfigurationNode {
    /// The same tree with a setting replaced, or added with the mappings around it.
    /// - Returns: nil where the path goes through something that is no mapping or list, or beyond a list's end.
    package func setting(_ path: some Collection<SettingPath.Step>, to value: ConfigurationNode) -> ConfigurationNode? {
        guard let step = path.first else { return value }
        let rest = path.dropFirst()
        switch (step, self) {
        case (.key(let name), .mapping(var entries, let line)):
            let index = entries.firstIndex { $0.key == name }
            let old = index.map { entries[$0].value } ?? .mapping([], line: value.line)
            guard let new = old.setting(rest, to: value) else { return nil }
            let entry = Entry(key: name, line: value.line, value: new)
            if let index {
                // A mapping stays where it was; only what is set stands on the new line.
                entries[index] = rest.isEmpty ? entry : Entry(key: name, line: entries[index].line, value: new)
            } else {
                entries.append(entry)
            }
            return .mapping(entries, line: line)
        case (.element(let number), .sequence(var elements, let line)):
            if let number, !elements.indices.contains(number - 1) { return nil }
            for index in number.map({ [$0 - 1] }) ?? Array(elements.indices) {
                guard let new = elements[index].setting(rest, to: value) else { return nil }
                elements[index] = new
            }
            return .sequence(elements, line: line)
        default:
            return nil
        }
    }

    /// The value at the end of a path of keys; nil if there is none.
    package subscript(key: String) -> ConfigurationNode? {
        guard case .mapping(let entries, _) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The tree without a key of its root.
    package func removing(_ key: String) -> ConfigurationNode {
        guard case .mapping(let entries, let line) = self else { return self }
        return .mapping(entries.filter { $0.key != key }, line: line)
    }
}
