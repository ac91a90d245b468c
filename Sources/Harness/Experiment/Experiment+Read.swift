import Imaging
import Paillier
import PrivateDenoising

extension Experiment {
    fileprivate enum Key: String, ConfigurationKey {
        case id, title, data, key, precision, seed, threads, memory, trials, cases, attacks, sweep, report
        case warmUp = "warm_up"
    }
    fileprivate enum DataKey: String, ConfigurationKey { case file, photons, split, patches }
    fileprivate enum KeyKey: String, ConfigurationKey { case bits, randomness, insecure }
    fileprivate enum PrecisionKey: String, ConfigurationKey { case weights, activations }
    fileprivate enum CropKey: String, ConfigurationKey { case size, count }
    fileprivate enum NetworkKey: String, ConfigurationKey { case depth, channels, kernel, relu, decoder, seed }
    fileprivate enum CaseKey: String, ConfigurationKey {
        case mode, scheme, layout, weights, network, precision, crop
        case maskBits = "mask_bits"
    }

    /// A path from the root: a setting of cases alone (`layout`, `network.channels`) means that of every case, and
    /// `sweep.key.bits` the entry `key.bits` of the sweep.
    static func fullPath(_ path: SettingPath) -> SettingPath {
        if path.steps.first == .key(SweepAxis.key), path.steps.count > 1 {
            return SettingPath([path.steps[0], .key(SettingPath(Array(path.steps.dropFirst())).description)])
        }
        guard case .key(let name) = path.steps.first, Key(rawValue: name) == nil, CaseKey(rawValue: name) != nil else {
            return path
        }
        return SettingPath([.key(Key.cases.rawValue), .element(nil)] + path.steps)
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
        try self.init(try SweepAxis.setting(axes.map { ($0, 0) }, in: file), sweep: axes.map(\.sweep))
    }

    private init(_ file: ConfigurationFile, sweep: [Sweep]) throws(ConfigurationError) {
        let root = try file.mapping(Key.self)
        self.sweep = sweep
        id = try root.text(.id)
        guard Self.isFolderName(id) else {
            throw root.refusal(
                .id, "is '\(id)'; expected lowercase letters, digits and hyphens, a letter or digit first")
        }
        title = try root.text(.title)
        data = try DataSelection(try root.mapping(.data, of: DataKey.self))
        key = try KeySettings(try root.optionalMapping(.key, of: KeyKey.self))
        precision = try Precision(try root.optionalMapping(.precision, of: PrecisionKey.self))
        seed = try root.integer(.seed, in: 0...Int.max)
        threads = try root.integer(.threads, in: 0...1024, default: 0)
        memory = try root.integer(.memory, in: 1...1 << 20, default: 4096)
        trials = try root.integer(.trials, in: 1...1000, default: 1)
        warmUp = try root.integer(.warmUp, in: 0...1000, default: 0)
        report = try ReportSection(root, .report)
        cases = []
        attacks = []
        if root.contains(.attacks) {
            for mapping in try root.mappings(.attacks, of: AttackSettings.Key.self) {
                attacks.append(try AttackSettings(mapping))
            }
        }
        for mapping in attacks.isEmpty || root.contains(.cases) ? try root.mappings(.cases, of: CaseKey.self) : [] {
            cases.append(try Case(mapping, precision: precision))
        }
        if let index = cases.indices.first(where: { cases[..<$0].contains(cases[$0]) }) {
            throw root.refusal(.cases, "case \(index + 1) repeats an earlier one; expected cases that differ")
        }
    }

    static func isFolderName(_ id: String) -> Bool {
        let letters = id.unicodeScalars.map { ("a"..."z").contains($0) || ("0"..."9").contains($0) }
        return letters.first == true && zip(letters, id).allSatisfy { $0 || $1 == "-" }
    }
}

extension Experiment.DataSelection {
    fileprivate init(_ mapping: StrictMapping<Experiment.DataKey>) throws(ConfigurationError) {
        file = try mapping.text(.file)
        photons = mapping.contains(.photons) ? try mapping.integer(.photons, in: 1...1_000_000_000) : nil
        guard photons != nil || !file.contains(Self.placeholder) else {
            throw mapping.refusal(
                .file, "is '\(file)'; expected 'photons' beside it, which \(Self.placeholder) stands for")
        }
        split = try mapping.choice(.split, default: .test)
        patches = try mapping.integer(.patches, in: 1...1_000_000)
    }
}

extension Experiment.KeySettings {
    /// Security of a modulus of 2048 bits is put at 112 bits (NIST SP 800-57 part 1, table 2).
    private static let secureBits = 2048

    fileprivate init(_ mapping: StrictMapping<Experiment.KeyKey>?) throws(ConfigurationError) {
        guard let mapping else {
            (bits, randomness, insecure) = (Self.secureBits, .djn, false)
            return
        }
        bits = try mapping.integer(.bits, in: 1024...8192, default: Self.secureBits)
        randomness = try mapping.choice(.randomness, default: .djn)
        insecure = try mapping.flag(.insecure, default: false)
        guard bits.isMultiple(of: 64) else {
            throw mapping.refusal(.bits, "is \(bits); expected a multiple of 64")
        }
        guard bits >= Self.secureBits || insecure else {
            throw mapping.refusal(
                .bits, "is \(bits); expected at least \(Self.secureBits), or 'insecure: true' beside it")
        }
    }
}

extension Experiment.Precision {
    private static let usual = Self(weights: 10, activations: 12)

    fileprivate init(
        _ mapping: StrictMapping<Experiment.PrecisionKey>?, default usual: Self = Self.usual
    ) throws(ConfigurationError) {
        self = usual
        guard let mapping else { return }
        weights = try mapping.integer(.weights, in: 2...16, default: usual.weights)
        activations = try mapping.integer(.activations, in: 2...16, default: usual.activations)
    }
}

extension Experiment.Case {
    private static let defaultMaskBits = 40

    fileprivate init(
        _ mapping: StrictMapping<Experiment.CaseKey>, precision usual: Experiment.Precision
    ) throws(ConfigurationError) {
        mode = try mapping.choice(.mode)
        scheme = try mapping.choice(.scheme, default: .paillier)
        layout = try mapping.choice(.layout, default: .batch)
        guard layout == .batch || mode == .clientAided else {
            throw mapping.refusal(
                .layout,
                "\(layout.rawValue) does not go with mode \(mode.rawValue); expected batch, or mode client-aided, in which "
                    + "the client sees every layer")
        }
        network = try Self.network(mapping)
        if let inner = try mapping.optionalMapping(.precision, of: Experiment.PrecisionKey.self) {
            precision = try Experiment.Precision(inner, default: usual)
        }
        guard scheme != .paper || mode == .linear || mode == .positiveMask else {
            throw mapping.refusal(
                .scheme,
                "paper does not go with mode \(mode.rawValue); expected linear or positive-mask, the published ones")
        }
        if let inner = try mapping.optionalMapping(.crop, of: Experiment.CropKey.self) {
            crop = Experiment.Crop(
                size: try inner.integer(.size, in: Experiment.Crop.sizes),
                count: try inner.integer(.count, in: 1...1_000_000))
        }
        guard mode.usesMask || !mapping.contains(.maskBits) else {
            throw mapping.refusal(.maskBits, "mode \(mode.rawValue) has no mask; expected no such key")
        }
        maskBits =
            mode.usesMask
            ? try mapping.integer(.maskBits, in: MaskOptions.bitsRange, default: Self.defaultMaskBits) : nil
    }

    private static func network(
        _ mapping: StrictMapping<Experiment.CaseKey>
    ) throws(ConfigurationError) -> Experiment.NetworkSource {
        guard let network = try mapping.optionalMapping(.network, of: Experiment.NetworkKey.self) else {
            return .weights(try mapping.text(.weights))
        }
        guard !mapping.contains(.weights) else {
            throw mapping.refusal(.network, "stands beside 'weights'; expected one of them")
        }
        return .random(
            RandomNetwork(
                depth: try network.integer(.depth, in: 1...100),
                channels: try network.integer(.channels, in: 1...4096),
                kernel: try network.integer(.kernel, in: 1...31, default: RandomNetwork.usualKernel),
                relu: try network.choice(.relu), decoder: try network.choice(.decoder),
                seed: UInt64(try network.integer(.seed, in: 0...Int.max))))
    }
}
