import Denoising

/// One round for the whole network: nothing is masked, and nothing is asked of the client but the last ReLU.
enum LinearMode: ModeDefinition {
    static let clientSees = "the final values, from which the whole linear network can be told (it is one filter)"
    static let networkKind = IntegerNetwork.Kind.growingScale

    static func objection(to network: IntegerNetwork) -> String? {
        guard let layer = network.layers.dropLast().first(where: { $0.activation != .none }) else { return nil }
        return "a ReLU after \(layer.name); none but after the last layer expected"
    }

    static func objection(to permutation: Permutation, in mode: Mode) -> String? { finalValuesOnly(mode) }
}

/// The same with a network that was folded into one operator.
enum FusedLinearMode: ModeDefinition {
    static let clientSees = "the final values, from which the rows of the folded linear network can be told"
    static let networkKind = IntegerNetwork.Kind.fused

    static func objection(to network: IntegerNetwork) -> String? { nil }
    static func objection(to permutation: Permutation, in mode: Mode) -> String? { finalValuesOnly(mode) }
}

private func finalValuesOnly(_ mode: Mode) -> String { "mode \(mode.rawValue) sends final values only" }
