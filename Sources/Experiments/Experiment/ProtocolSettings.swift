package import Configuration
package import Denoising
package import PrivateDenoising
import Support

/// How a network is run through the protocol: what experiments, `denoise` and `bench` can choose alike, with the one default of
/// each.
package struct ProtocolSettings: Sendable, Hashable {
    package var mode = Mode.clientAided
    package var scheme = ExperimentScheme.paillier
    /// What a slot of a ciphertext holds: a patch of the batch, or a tile of one patch.
    package var layout = Layout.batch
    /// Whether a run takes the layout that is cheaper for its images; `layout` then says nothing.
    package var picksLayout = false
    /// Widths of the integer network.
    package var precision = Precision.usual
    /// How masks are drawn, in modes that have them.
    package var mask = MaskOptions()
    /// In which order values before a ReLU are sent.
    package var permutation = Permutation.none
    /// When linear layers run.
    package var order = Order.interleaved
    package var key = KeySettings()
    /// Worker threads of each side, which take turns; 0 means all processors it may use.
    package var threads = 0
    /// MiB a run may use, both parties and the comparison together.
    package var memory = 4096

    package static let threadsRange = 0...1024
    package static let memoryRange = 1...1 << 20

    package init() {}

    /// `threads`, resolved.
    package var workers: Int { threads == 0 ? Resources.threads : threads }
    /// `memory` in bytes.
    package var memoryBytes: Int { memory << 20 }

    /// Has the process use memory as a run under these settings should: where it was given less than usual, freed memory goes back at
    /// once.
    func prepareMemory() { Resources.keepFreedMemory(memory >= Self().memory) }

    /// - Parameter bandRows: In the tile layout at most so many rows of a layer's output a round; nil is all.
    /// - Precondition: The scheme has messages.
    /// - Throws: As `Agreement.init`.
    func agreement(
        _ network: IntegerNetwork, images: TensorShape, bandRows: Int? = nil
    ) throws -> Agreement {
        guard let scheme = scheme.name else { preconditionFailure("no messages are exchanged") }
        return try Agreement(
            mode: mode, layout: layout, network: network, images: images,
            parameters: scheme.parameters(keyBits: key.bits), mask: mask, permutation: permutation, bandRows: bandRows,
            order: order)
    }

    /// The first settings that do not go together, and why; nil where all do.
    package func objection() -> (setting: Experiment.Case.CodingKeys, reason: String)? {
        guard mode.layouts.contains(layout) else {
            let reason =
                "\(layout.rawValue) does not go with mode \(mode.rawValue); expected batch, or mode client-aided, in which "
                + "the client sees every layer, or shared"
            return (.layout, reason)
        }
        guard order == .interleaved || mode.runsOffline && layout == .batch else {
            let reason =
                "\(order.rawValue) does not go with mode \(mode.rawValue) and layout \(layout.rawValue); expected shared and batch"
            return (.order, reason)
        }
        guard scheme != .paper || mode == .linear || mode == .positiveMask else {
            let reason =
                "paper does not go with mode \(mode.rawValue); expected linear or positive-mask, the published ones"
            return (.scheme, reason)
        }
        return nil
    }
}

/// What an experiment file can say of layouts.
enum LayoutChoice: String, CaseIterable {
    case auto, batch, tile

    /// Nil for the cheaper one.
    var layout: Layout? { Layout(rawValue: rawValue) }
}

/// Settings of a command that do not go together.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package let name: String
    package let reason: String

    package var description: String { "\(name): \(reason)" }
}

extension ProtocolSettings {
    /// What a case says of them, in place of the experiment's.
    init(
        _ mapping: StrictMapping<Experiment.Case.CodingKeys>, usual: ProtocolSettings
    ) throws(ConfigurationError) {
        self = usual
        mode = try mapping.choice(.mode)
        scheme = try mapping.choice(.scheme, default: scheme)
        let choice = try mapping.choice(.layout, default: LayoutChoice.batch)
        (layout, picksLayout) = (choice.layout ?? .batch, choice.layout == nil)
        permutation = try mapping.choice(.permutation, default: permutation)
        order = try mapping.choice(.order, default: order)
        try mask.read(mapping, in: mode)
        if let (key, reason) = objection() { throw mapping.refusal(key, reason) }
    }

    /// What a case says of them; its precision only where it has one of its own.
    func encode(to container: inout KeyedEncodingContainer<Experiment.Case.CodingKeys>) throws {
        try container.encode(mode, forKey: .mode)
        try container.encode(scheme, forKey: .scheme)
        try container.encode(picksLayout ? LayoutChoice.auto.rawValue : layout.rawValue, forKey: .layout)
        try container.encode(permutation, forKey: .permutation)
        if mode.runsOffline { try container.encode(order, forKey: .order) }
        if mode.usesMask { try mask.encode(to: &container) }
    }
}

/// The keys of `precision:`, here and in cases.
package enum PrecisionKey: String, SchemaKey {
    case weights, activations, requantisation

    package var setting: Setting {
        let usual = Precision.usual
        let range = "\(Precision.range.lowerBound) to \(Precision.range.upperBound)"
        return switch self {
        case .weights:
            Setting(
                .integer(Precision.range), "bits of the integer weights, sign included, \(range)",
                usual: "\(usual.weights)")
        case .activations:
            Setting(
                .integer(Precision.range),
                "bits of the unsigned activations, \(range); where values grow, of the input alone",
                usual: "\(usual.activations)")
        case .requantisation:
            Setting(
                .choice(Precision.Requantisation.self),
                "how accumulators become activations again, where they do: `multipliers`, one per channel and a shift; "
                    + "`power-of-two`: one shift per layer",
                usual: "`power-of-two` in mode `shared`, otherwise `multipliers`")
        }
    }
}

extension Precision {
    init(_ mapping: StrictMapping<PrecisionKey>?, usual: Precision) throws(ConfigurationError) {
        self = usual
        guard let mapping else { return }
        weights = try mapping.integer(.weights, default: weights)
        activations = try mapping.integer(.activations, default: activations)
        if mapping.contains(.requantisation) { requantisation = try mapping.choice(.requantisation) }
    }
}
