package import Configuration
package import Leakage
import PrivateDenoising

/// One entry of `attacks:`, with every default filled in.
package struct AttackEntry: Sendable, Equatable {
    package var kind: AttackKind
    package var settings: AttackSettings
    /// Weights file of the attacked network; nil where there is none.
    package var weights: String?
    package var scheme: ExperimentScheme
    /// Moduli; entries without any use `key.bits`.
    package var keyBits: [Int]
}

extension AttackEntry {
    /// - Throws: `ConfigurationError` for a key that the attack does not take, and as every strict mapping.
    init(_ mapping: StrictMapping<AttackSettings.Key>) throws(ConfigurationError) {
        kind = try mapping.choice(.attack)
        let attack = kind.attack
        if let other = AttackSettings.Key.allCases.first(where: { mapping.contains($0) && !attack.keys.contains($0) }) {
            let valid = AttackSettings.Key.allCases.filter(attack.keys.contains).map(\.rawValue)
            throw mapping.refusal(
                other, "attack \(kind.rawValue) does not take it; expected only \(valid.joined(separator: ", "))")
        }
        weights = attack.keys.contains(.weights) ? try mapping.text(.weights) : nil
        scheme = try mapping.choice(.scheme, default: .scheme(attack.usualScheme))
        guard !mapping.contains(.scheme) || Self.schemes.contains(scheme) else {
            throw mapping.refusal(
                .scheme, "is \(scheme.rawValue); expected paillier, lattice or cleartext, which leave a transcript")
        }
        keyBits = try mapping.contains(.keyBits) ? mapping.integers(.keyBits) : []
        settings = try AttackSettings(mapping, attack)
        for (key, values) in [(AttackSettings.Key.patches, settings.patches), (.keyBits, keyBits)]
        where Set(values).count < values.count {
            // A result a value: two of one could not be told apart in the records.
            throw mapping.refusal(key, "repeats a value; expected values that differ")
        }
    }

    /// Those that leave a transcript.
    fileprivate static let schemes = [ExperimentScheme.paillier, .lattice, .cleartext]
}

extension AttackSettings {
    fileprivate init(
        _ mapping: StrictMapping<Key>, _ attack: any Attack.Type
    ) throws(ConfigurationError) {
        self.init()
        masks = try mapping.choices(.masks, default: masks)
        clients = try mapping.choices(.clients, default: clients)
        if attack.keys.contains(.methods) {
            methods = try mapping.names(.methods, valid: attack.methods, default: attack.usualMethods)
        }
        patches = try mapping.integers(.patches, default: patches)
        size = mapping.contains(.size) ? try mapping.integer(.size) : nil
        maskBits = try mapping.integer(.maskBits, default: maskBits)
        rows = try mapping.integer(.rows, default: rows)
        epochs = try mapping.integer(.epochs, default: epochs)
        permutations = try mapping.integer(.permutations, default: permutations)
        randomness = try mapping.choices(.randomness, default: randomness)
        filters = try mapping.integer(.filters, default: filters)
        modes = try mapping.choices(.modes, default: attack.usualModes)
        defences = try mapping.choices(.defences, default: defences)
        pixels = try mapping.integer(.pixels, default: pixels)
    }
}

extension AttackEntry: Encodable {
    /// As it stands in `config.yaml`: every key the attack takes.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AttackSettings.Key.self)
        for key in AttackSettings.Key.allCases where kind.attack.keys.contains(key) {
            switch key {
            case .attack: try container.encode(kind, forKey: key)
            case .weights: try container.encodeIfPresent(weights, forKey: key)
            case .scheme: try container.encode(scheme, forKey: key)
            case .masks: try container.encode(settings.masks, forKey: key)
            case .clients: try container.encode(settings.clients, forKey: key)
            case .methods: try container.encode(settings.methods, forKey: key)
            case .patches: try container.encode(settings.patches, forKey: key)
            case .size: try container.encodeIfPresent(settings.size, forKey: key)
            case .keyBits: if !keyBits.isEmpty { try container.encode(keyBits, forKey: key) }
            case .maskBits: try container.encode(settings.maskBits, forKey: key)
            case .rows: try container.encode(settings.rows, forKey: key)
            case .epochs: try container.encode(settings.epochs, forKey: key)
            case .permutations: try container.encode(settings.permutations, forKey: key)
            case .randomness: try container.encode(settings.randomness, forKey: key)
            case .filters: try container.encode(settings.filters, forKey: key)
            case .modes: try container.encode(settings.modes, forKey: key)
            case .defences: try container.encode(settings.defences, forKey: key)
            case .pixels: try container.encode(settings.pixels, forKey: key)
            }
        }
    }
}

extension AttackSettings.Key: SchemaKey, CodingKey {
    package var setting: Setting {
        let usual = AttackSettings()
        return switch self {
        case .attack:
            Setting(
                .choice(AttackKind.self),
                "`ciphertexts`, `exponents` (a server's); `filters`, `network`, `operator`, `decoder` (a client's); `imitation` (the "
                    + "authors' own test); `student` (any client's, of outputs alone); `randomness` (a client's, one key a trial), "
                    + "`answers` (a client's, of lattice answers); `radix`, `reaction`, `shifts` (of parties that do not follow the "
                    + "protocol)",
                isRequired: true)
        case .weights: Setting(.text, "network attacked; `exponents` takes none")
        case .scheme:
            Setting(
                .choice(AttackEntry.schemes.map(\.rawValue)),
                "`cleartext` makes the transcript without encrypting: what a client decrypts is the same",
                usual: ProtocolSettings().scheme.rawValue)
        case .masks:
            Setting(
                .list(.choice(MaskVariant.self)), names(MaskVariant.self) + "; `additive` is simulated",
                usual: words(usual.masks))
        case .clients:
            Setting(
                .list(.choice(AttackSettings.Sender.self)),
                "`honest` sends CT patches, `random` images of random pixels", usual: words(usual.clients))
        case .methods:
            Setting(
                .list(.text),
                "of `filters` and `network`: " + names(FilterAttack.self) + "; of `imitation`: "
                    + names(ImitationTest.Training.self) + "; of `student`: " + names(StudentAttack.Student.self)
                    + "; of `shifts`: " + names(ShareShiftAttack.Behaviour.self),
                usual: FilterAttack.usualMethods.joined(separator: ", ") + "; all of the others")
        case .patches:
            Setting(
                .list(.integer(1...1024)), "how many of its patches the attacker uses, one result each",
                usual: usual.patches.map(String.init).joined(separator: ", "))
        case .size: Setting(.integer(11...4096), "side of the patches, pixels", usual: "whole patches")
        case .rows: Setting(.integer(AttackSettings.rowsRange), "equations a layer at most", usual: "\(usual.rows)")
        case .epochs:
            Setting(
                .integer(1...10_000), "passes of the decoder and of the student, steps of an imitation",
                usual: "\(usual.epochs)")
        case .permutations:
            Setting(.integer(20...10_000), "random dealings of the permutation test", usual: "\(usual.permutations)")
        case .randomness:
            Setting(
                .list(.choice(RandomnessSetting.self)),
                "who draws which randomness: `none` and `none-client-full` (the server does not re-randomise), `djn-short`, `djn`, "
                    + "`full`, `client-full-server-djn` (the trap)",
                usual: "all")
        case .filters:
            Setting(
                .integer(1...4096), "of `randomness`: filters of the first layer that are read",
                usual: "\(usual.filters)")
        case .modes:
            Setting(
                .list(.choice(Mode.self)),
                "of `ciphertexts` (usually `linear`), `randomness`, `answers`, `radix` and `reaction`: modes compared",
                usual: words(usual.modes))
        case .defences:
            Setting(
                .list(.choice(AttackSettings.Defence.self)),
                "of `radix` and `reaction`: `protected`, or `unprotected` without noise in unused slots or silence about range errors",
                usual: "both")
        case .pixels: Setting(.integer(1...1024), "of `reaction`: pixels asked for", usual: "\(usual.pixels)")
        case .keyBits: Setting(.list(.integer(KeySettings.range)), "moduli, one result each", usual: "`key.bits`")
        case .maskBits: Setting(.integer(MaskOptions.bitsRange), "width of masks", usual: "\(usual.maskBits)")
        }
    }

    private func words(_ choices: [some RawRepresentable<String>]) -> String {
        choices.map(\.rawValue).joined(separator: ", ")
    }

    private func names<Choice: RawRepresentable<String> & CaseIterable>(_ choices: Choice.Type) -> String {
        choices.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
    }
}

extension AttackKind: Encodable {}
extension AttackSettings.Sender: Encodable {}
extension AttackSettings.Defence: Encodable {}
extension MaskVariant: Encodable {}
extension RandomnessSetting: Encodable {}
