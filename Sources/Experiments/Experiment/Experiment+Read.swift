package import Configuration
import Denoising
import Imaging
import Leakage
import PrivateDenoising
import Reporting

extension Experiment {
    /// A path from the root: a setting of cases alone (`layout`, `network.channels`) means that of every case, and
    /// `sweep.key.bits` the entry `key.bits` of the sweep.
    static func fullPath(_ path: SettingPath) -> SettingPath {
        if path.steps.first == .key(SweepAxis.key), path.steps.count > 1 {
            return SettingPath([path.steps[0], .key(SettingPath(Array(path.steps.dropFirst())).description)])
        }
        guard case .key(let name) = path.steps.first, CodingKeys(rawValue: name) == nil,
            Case.CodingKeys(rawValue: name) != nil
        else { return path }
        return SettingPath([.key(CodingKeys.cases.rawValue), .element(nil)] + path.steps)
    }

    /// The one setting whose last name is a name that the root does not have: `data.patches` for `patches`.
    static func settingMeant(by path: SettingPath) -> String? {
        guard path.steps.count == 1, case .key(let name) = path.steps[0], CodingKeys(rawValue: name) == nil else {
            return nil
        }
        let found = SettingsTable.rows.map(\.path).filter { $0.hasSuffix(".\(name)") && !$0.contains("[") }
        return found.count == 1 ? found[0] : nil
    }

    /// Reads an experiment file strictly.
    /// - Throws: `ConfigurationError` with file and line for a key that is unknown, missing, ill-typed or out of range,
    ///   for a key size below 2048 bits without `insecure: true`, for a mask in a mode that has none, and for tiles in a mode
    ///   whose client does not see every layer.
    package init(path: String) throws(ConfigurationError) {
        try self.init(ConfigurationFile(path: path))
    }

    /// Decodes an experiment file that has been read. Swept settings have their first value.
    package init(_ file: ConfigurationFile) throws(ConfigurationError) {
        let axes = try SweepAxis.all(of: file)
        try self.init(
            try SweepAxis.setting(axes.map { ($0, 0) }, in: file), sweep: Sweep(axes: axes.map(\.axis)))
    }

    /// Whether a folder below `Results/` with that name holds something else: published results, references, shards.
    private static func isTaken(_ id: String) -> Bool {
        ["reference", "publish", "smoke"].contains(id) || id.wholeMatch(of: /shard-[0-9]+-of-[0-9]+/) != nil
    }

    private init(_ file: ConfigurationFile, sweep: Sweep) throws(ConfigurationError) {
        let root = try file.mapping(CodingKeys.self)
        self.sweep = sweep
        id = try root.text(.id)
        guard id.isFolderName else {
            throw root.refusal(
                .id, "is '\(id)'; expected lowercase letters, digits and hyphens, a letter or digit first")
        }
        guard !Self.isTaken(id) else {
            throw root.refusal(
                .id, "is '\(id)', a folder of results that belongs to no experiment; expected another name")
        }
        title = try root.text(.title)
        data = try DataSelection(try root.mapping(.data, of: DataSelection.CodingKeys.self))
        let usual = ProtocolSettings()
        key = try KeySettings(try root.optionalMapping(.key, of: KeySettings.CodingKeys.self))
        precision = try Precision(try root.optionalMapping(.precision, of: PrecisionKey.self), usual: usual.precision)
        threads = try root.integer(.threads, default: usual.threads)
        memory = try root.integer(.memory, default: usual.memory)
        seed = try root.integer(.seed)
        trials = try root.integer(.trials, default: 1)
        warmUp = try root.integer(.warmUp, default: 0)
        predict = try root.flag(.predict, default: false)
        server = try root.optionalMapping(.server, of: ServerSettings.CodingKeys.self).map(ServerSettings.init)
        report = try ReportSection(root, .report)
        cases = []
        attacks = []
        for mapping in try root.mappings(.attacks, of: AttackSettings.Key.self, isOptional: true) {
            attacks.append(try AttackEntry(mapping))
        }
        for mapping in try root.mappings(.cases, of: Case.CodingKeys.self, isOptional: !attacks.isEmpty) {
            cases.append(try Case(mapping, usual: settings))
        }
        guard server == nil || attacks.isEmpty else {
            throw root.refusal(.server, "stands beside 'attacks'; expected cases alone, as attacks see both sides")
        }
        if let index = cases.indices.first(where: { cases[..<$0].contains(cases[$0]) }) {
            throw root.refusal(.cases, "case \(index + 1) repeats an earlier one; expected cases that differ")
        }
    }

    /// The resolved experiment as a YAML file: every default spelled out. Reading it back gives an equal value.
    package func yaml() throws(ConfigurationError) -> String {
        do {
            return try ConfigurationFile.text(of: self)
        } catch {
            throw .malformed(.init(file: "\(id).yaml"), problem: "cannot be written as YAML")
        }
    }
}

extension Experiment.DataSelection {
    fileprivate init(_ mapping: StrictMapping<CodingKeys>) throws(ConfigurationError) {
        if mapping.contains(.random) {
            if let other = [CodingKeys.file, .photons].first(where: mapping.contains) {
                throw mapping.refusal(other, "stands beside 'random'; expected one of them")
            }
            random = try mapping.integer(.random)
        } else {
            file = try mapping.text(.file)
            photons = mapping.contains(.photons) ? try mapping.integer(.photons) : nil
        }
        if let file, photons == nil, file.contains(Self.placeholder) {
            throw mapping.refusal(
                .file, "is '\(file)'; expected 'photons' beside it, which \(Self.placeholder) stands for")
        }
        split = try mapping.choice(.split, default: .test)
        patches = try mapping.integer(.patches)
    }
}

extension Experiment.Case: Encodable {
    fileprivate init(
        _ mapping: StrictMapping<CodingKeys>, usual: ProtocolSettings
    ) throws(ConfigurationError) {
        settings = try ProtocolSettings(mapping, usual: usual)
        if let own = try mapping.optionalMapping(.precision, of: PrecisionKey.self) {
            let widths = try Precision(own, usual: usual.precision)
            (precision, settings.precision) = (widths, widths)
        }
        network = try Experiment.NetworkSource(mapping)
        if let inner = try mapping.optionalMapping(.crop, of: Experiment.Crop.CodingKeys.self) {
            crop = Experiment.Crop(size: try inner.integer(.size), count: try inner.integer(.count))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try settings.encode(to: &container)
        switch network {
        case .weights(let file): try container.encode(file, forKey: .weights)
        case .random(let random): try container.encode(random, forKey: .network)
        }
        try container.encodeIfPresent(precision, forKey: .precision)
        try container.encodeIfPresent(crop, forKey: .crop)
    }
}

extension Experiment.NetworkSource {
    fileprivate init(_ mapping: StrictMapping<Experiment.Case.CodingKeys>) throws(ConfigurationError) {
        guard let network = try mapping.optionalMapping(.network, of: RandomNetwork.CodingKeys.self) else {
            self = .weights(try mapping.text(.weights))
            return
        }
        guard !mapping.contains(.weights) else {
            throw mapping.refusal(.network, "stands beside 'weights'; expected one of them")
        }
        self = .random(
            RandomNetwork(
                depth: try network.integer(.depth), channels: try network.integer(.channels),
                kernel: try network.integer(.kernel, default: RandomNetwork.usualKernel),
                relu: try network.choice(.relu), decoder: try network.choice(.decoder, default: .same),
                seed: UInt64(try network.integer(.seed, default: 1))))
    }
}
