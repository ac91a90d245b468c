extension StrictMapping {
    /// Text that is not empty. A number, a date or a bare `yes` counts as text only in quotes.
    package func text(_ key: Key, default fallback: String? = nil) throws(ConfigurationError) -> String {
        try value(key, fallback, expected: "text") { $0.text }
    }

    /// A decimal integer within `range`. Octal, hexadecimal, `1_000` and `1e3` are refused: they read differently in
    /// different YAML versions.
    package func integer(
        _ key: Key, in range: ClosedRange<Int>, default fallback: Int? = nil
    ) throws(ConfigurationError) -> Int {
        try value(key, fallback, expected: "an integer \(Self.words(range, of: node(key)))") { $0.integer(in: range) }
    }

    /// A finite number within `range`, integers included.
    package func number(
        _ key: Key, in range: ClosedRange<Double>, default fallback: Double? = nil
    ) throws(ConfigurationError) -> Double {
        try value(key, fallback, expected: "a number from \(range.lowerBound) to \(range.upperBound)") { node in
            guard case .scalar(let string, let kind, _) = node, kind == .number || kind == .integer,
                let value = Double(string), value.isFinite, range.contains(value)
            else { return nil }
            return value
        }
    }

    /// `true` or `false`, and no other spelling.
    package func flag(_ key: Key, default fallback: Bool? = nil) throws(ConfigurationError) -> Bool {
        try value(key, fallback, expected: "true or false") { node in
            guard case .scalar(let string, .flag, _) = node else { return nil }
            return Bool(string)
        }
    }

    /// One of the names of a closed list, as an enum with String raw values.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: Key, of choices: Choice.Type = Choice.self, default fallback: Choice? = nil
    ) throws(ConfigurationError) -> Choice {
        guard let node = node(key) else { return try absent(key, fallback) }
        let valid = Choice.allCases.map(\.rawValue)
        guard case .scalar(let string, let kind, _) = node, kind != .nothing else {
            throw unexpected(key, node, expected: "one of: \(valid.joined(separator: ", "))")
        }
        guard let value = Choice(rawValue: string) else { throw unknown(key, string, valid) }
        return value
    }

    /// A list of names of a closed list, at least one, none twice.
    package func choices<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: Key, of choices: Choice.Type = Choice.self, default fallback: [Choice]
    ) throws(ConfigurationError) -> [Choice] {
        guard contains(key) else { return fallback }
        return try names(key, valid: Choice.allCases.map(\.rawValue), default: []).compactMap(Choice.init)
    }

    /// A list of names of a list that is known when the file is read, at least one, none twice.
    package func names(
        _ key: Key, valid: [String], default fallback: [String]
    ) throws(ConfigurationError) -> [String] {
        guard contains(key) else { return fallback }
        let names = try texts(key)
        for name in names where !valid.contains(name) { throw unknown(key, name, valid) }
        return names
    }

    /// A list of integers within `range`, at least one.
    package func integers(
        _ key: Key, in range: ClosedRange<Int>, default fallback: [Int]? = nil
    ) throws(ConfigurationError) -> [Int] {
        guard let node = node(key) else { return try absent(key, fallback) }
        let expected = "a list of integers \(Self.words(range))"
        guard case .sequence(let nodes, _) = node, !nodes.isEmpty else {
            throw unexpected(key, node, expected: expected)
        }
        return try nodes.map { element throws(ConfigurationError) in
            guard let value = element.integer(in: range) else { throw unexpected(key, element, expected: expected) }
            return value
        }
    }

    /// A list of texts, at least one, none twice.
    package func texts(_ key: Key) throws(ConfigurationError) -> [String] {
        guard let node = node(key) else { throw missing(key) }
        guard case .sequence(let nodes, _) = node, !nodes.isEmpty else {
            throw unexpected(key, node, expected: "a list of names")
        }
        var values: [String] = []
        for element in nodes {
            guard let text = element.text, !values.contains(text) else {
                var expected = "a list of names that differ"
                if case .scalar(_, let kind, _) = element, kind != .text {
                    expected = "text, which wants quotes here: \"0067\""
                }
                throw unexpected(key, element, expected: expected)
            }
            values.append(text)
        }
        return values
    }

    /// What `read` makes of the value of `key`, where it is as expected.
    private func value<Value>(
        _ key: Key, _ fallback: Value?, expected: @autoclosure () -> String, _ read: (ConfigurationNode) -> Value?
    ) throws(ConfigurationError) -> Value {
        guard let node = node(key) else { return try absent(key, fallback) }
        guard let value = read(node) else { throw unexpected(key, node, expected: expected()) }
        return value
    }

    /// What an absent key means: its default, or an error.
    private func absent<Value>(_ key: Key, _ fallback: Value?) throws(ConfigurationError) -> Value {
        guard let fallback else { throw missing(key) }
        return fallback
    }

    private func unknown(_ key: Key, _ found: String, _ valid: [String]) -> ConfigurationError {
        .unknownChoice(
            place(of: key), key: name(of: key), found: found, nearest: NearestName.find(found, in: valid), valid: valid)
    }

    /// - Parameter node: What was found: a number beyond every integer is told their end.
    private static func words(_ range: ClosedRange<Int>, of node: ConfigurationNode? = nil) -> String {
        if case .scalar(let text, .integer, _)? = node, !text.hasPrefix("-"), Int(text) == nil, Double(text) != nil {
            return "from \(range.lowerBound) to \(range.upperBound)"
        }
        return range.upperBound == .max
            ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
    }
}

extension StrictMapping where Key: SchemaKey {
    /// A decimal integer of the range that the key's setting has.
    package func integer(_ key: Key, default fallback: Int? = nil) throws(ConfigurationError) -> Int {
        try integer(key, in: Self.range(key.setting.form), default: fallback)
    }

    /// A list of integers of the range that the key's setting has, at least one.
    package func integers(_ key: Key, default fallback: [Int]? = nil) throws(ConfigurationError) -> [Int] {
        guard case .list(let element) = key.setting.form else { preconditionFailure("no list") }
        return try integers(key, in: Self.range(element), default: fallback)
    }

    /// A finite number of the range that the key's setting has.
    package func number(_ key: Key, default fallback: Double? = nil) throws(ConfigurationError) -> Double {
        guard case .number(let range) = key.setting.form else { preconditionFailure("no number") }
        return try number(key, in: range, default: fallback)
    }

    private static func range(_ form: SettingForm) -> ClosedRange<Int> {
        guard case .integer(let range) = form else { preconditionFailure("no integer") }
        return range
    }
}
