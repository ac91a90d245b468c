package import Configuration
package import Reporting

/// The settings that take several values in one experiment.
package struct Sweep: Sendable, Equatable {
    package struct Axis: Sendable, Equatable {
        /// From the root: `key.bits`, `cases[1].mask_bits`, `cases[].layout` for that of every case.
        package let path: String
        /// At least one, all different.
        package let values: [ParameterValue]
    }

    package var axes: [Axis] = []
}

extension Sweep: Encodable {
    /// A mapping from settings to lists of values; whole numbers stay whole.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        for axis in axes {
            var values = container.nestedUnkeyedContainer(forKey: AnyKey(axis.path))
            for value in axis.values {
                if case .number(let number) = value, let whole = Int(exactly: number) {
                    try values.encode(whole)
                } else {
                    try values.encode(value)
                }
            }
        }
    }
}

extension ConfigurationFile {
    /// The file with settings of the command line, each `PATH=VALUE`, in place of its own: `key.bits=3072`, `cases[2].mode=linear`.
    /// Messages name the file and the settings.
    /// - Throws: `ConfigurationError.malformed` for what is not of that form, or leads nowhere.
    package func overriding(_ settings: [String]) throws(ConfigurationError) -> ConfigurationFile {
        var result = self
        for setting in settings {
            let place = ConfigurationError.Place(file: "--set \(setting)")
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let path = SettingPath(parts[0]) else {
                throw .malformed(
                    place, problem: "expected PATH=VALUE, as key.bits=3072 or cases[1].mode=linear, the first case")
            }
            let value = try ConfigurationNode(yaml: parts[1], file: place.file)
            let full = Experiment.fullPath(path)
            if let meant = Experiment.settingMeant(by: full) {
                throw .unknownKey(place, key: full.description, nearest: meant, valid: [])
            }
            // What is set here has one value, so it is not swept.
            guard let root = result.root.withoutSweep(of: full).setting(full.steps, to: value.withoutLines) else {
                throw .malformed(
                    place, problem: "\(full) leads nowhere in \(name); expected a path as key.bits or cases[1].mode")
            }
            result = result.with(root: root, name: "\(result.name) --set \(setting)")
        }
        return result
    }
}

extension ConfigurationNode {
    /// The tree of an experiment file in which a setting is not swept.
    func withoutSweep(of path: SettingPath) -> ConfigurationNode {
        guard case .mapping(let axes, let line) = self[SweepAxis.key] else { return self }
        let others = axes.filter { SettingPath($0.key).map(Experiment.fullPath) != path }
        let bare = removing(SweepAxis.key)
        guard !others.isEmpty else { return bare }
        return bare.setting([.key(SweepAxis.key)], to: .mapping(others, line: line)) ?? self
    }
}

/// A swept setting as it stands in its file.
struct SweepAxis: Sendable {
    let path: SettingPath
    /// Scalars.
    let values: [ConfigurationNode]

    static let key = "sweep"
    /// Combinations of values an experiment may have.
    static let largestProduct = 10_000

    /// The axes of a file, none where it sweeps nothing.
    static func all(of file: ConfigurationFile) throws(ConfigurationError) -> [SweepAxis] {
        guard let node = file.root[key] else { return [] }
        let place = ConfigurationError.Place(file: file.name, line: node.line)
        guard case .mapping(let entries, _) = node else {
            throw .unexpectedValue(
                place, key: key, found: node.summary, expected: "a mapping of settings to lists of values")
        }
        var axes: [SweepAxis] = []
        for entry in entries { axes.append(try SweepAxis(entry, file: file.name)) }
        for (index, axis) in axes.enumerated() where axes[..<index].contains(where: { $0.path == axis.path }) {
            throw .refused(place, key: key, reason: "names \(axis.path) twice; expected settings that differ")
        }
        guard axes.reduce(1, { min($0, largestProduct) * $1.values.count }) <= largestProduct else {
            throw .refused(place, key: key, reason: "has more than \(largestProduct) combinations of values")
        }
        return axes
    }

    private init(_ entry: ConfigurationNode.Entry, file: String) throws(ConfigurationError) {
        let place = ConfigurationError.Place(file: file, line: entry.line)
        guard let path = SettingPath(entry.key) else {
            throw .refused(
                place, key: "sweep.\(entry.key)", reason: "is not a setting; expected one as key.bits or cases[1].mode")
        }
        guard case .sequence(let values, _) = entry.value, !values.isEmpty,
            values.allSatisfy({ ParameterValue($0) != nil })
        else {
            throw .unexpectedValue(
                place, key: "sweep.\(entry.key)", found: entry.value.summary,
                expected: "a list of texts, numbers or flags, as [1024, 2048]")
        }
        self.path = Experiment.fullPath(path)
        self.values = values
        guard Set(axis.values).count == values.count else {
            throw .refused(place, key: "sweep.\(entry.key)", reason: "repeats a value; expected values that differ")
        }
    }

    var axis: Sweep.Axis { Sweep.Axis(path: path.description, values: values.compactMap { ParameterValue($0) }) }

    /// The file with one value of each axis set, by its index.
    static func setting(
        _ choice: [(axis: SweepAxis, index: Int)], in file: ConfigurationFile
    ) throws(ConfigurationError) -> ConfigurationFile {
        var root = file.root
        for (axis, index) in choice {
            let value = axis.values[index]
            guard let changed = root.setting(axis.path.steps, to: value) else {
                throw .refused(
                    .init(file: file.name, line: value.line), key: key,
                    reason: "\(axis.path) leads nowhere in this file")
            }
            root = changed
        }
        return file.with(root: root)
    }
}

/// One value of a swept setting.
package struct SweepSetting: Sendable, Hashable {
    /// Without the case: `key.bits`, `network.channels`.
    package let name: String
    package let value: ParameterValue
    /// The case it belongs to; nil where it belongs to all.
    let caseNumber: Int?

    init(_ axis: SweepAxis, _ index: Int) {
        name = axis.path.withoutElement.description
        value = axis.axis.values[index]
        guard axis.path.steps.count > 1, case .element(let number) = axis.path.steps[1] else {
            caseNumber = nil
            return
        }
        caseNumber = number
    }

    func belongs(toCase number: Int) -> Bool { caseNumber == nil || caseNumber == number }

    /// Whether it decides which images are measured.
    var choosesImages: Bool { name.hasPrefix("data.") || name.hasPrefix("crop.") }
    /// Whether it decides nothing but the client's key.
    var concernsKey: Bool { name.hasPrefix("key.") }
    /// Whether it decides what a network in floating point makes of them, or how fast.
    var concernsFloat: Bool {
        choosesImages || name.hasPrefix("network.") || name == "weights" || name == "threads"
    }

    /// The name of the parameter in records.
    var parameter: String { Self.parameters[name] ?? name.replacing(".", with: "_") }

    private static let parameters = [
        "key.bits": ParameterName.keyBits, "key.randomness": ParameterName.randomness,
        "precision.weights": ParameterName.weightBits, "precision.activations": ParameterName.activationBits,
        "network.depth": ParameterName.depth, "network.channels": ParameterName.channels,
        "network.relu": ParameterName.relu, "network.decoder": ParameterName.decoder,
        "data.photons": ParameterName.photons, "crop.size": ParameterName.patchSize,
    ]
}

extension SweepSetting: CustomStringConvertible {
    /// As names of cells and messages have it: `key.bits 2048`.
    package var description: String { "\(name) \(value)" }
}

/// One combination of swept values.
package struct SweepPoint: Sendable {
    package let settings: [SweepSetting]
    /// With the values in it.
    let file: ConfigurationFile
    package let experiment: Experiment

    /// All combinations of a file, the last axis fastest; the file itself where it sweeps nothing.
    /// - Throws: `ConfigurationError` with the line of the value that makes an experiment impossible.
    package static func all(of file: ConfigurationFile) throws(ConfigurationError) -> [SweepPoint] {
        let axes = try SweepAxis.all(of: file)
        let bare = file.with(root: file.root.removing(SweepAxis.key))
        var choices: [[Int]] = [[]]
        for axis in axes { choices = choices.flatMap { choice in axis.values.indices.map { choice + [$0] } } }
        var points: [SweepPoint] = []
        for choice in choices {
            let values = zip(axes, choice).map { (axis: $0, index: $1) }
            let changed = try SweepAxis.setting(values, in: bare)
            points.append(
                SweepPoint(
                    settings: values.map { SweepSetting($0.axis, $0.index) }, file: changed,
                    experiment: try Experiment(changed)))
        }
        return points
    }
}
