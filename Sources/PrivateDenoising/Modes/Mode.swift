public import Denoising

/// How client and server share the work. Every table names the mode; both parties are semi-honest in all of them.
public enum Mode: String, Sendable, CaseIterable, Codable {
    /// One round: the server runs a network without ReLU between layers; scales grow, nothing is rounded.
    case linear
    /// One round: the server folds the linear network into a row of coefficients per output position before it starts.
    case linearFused = "linear-fused"
    /// One round per layer: the client sees every accumulator, requantises and encrypts again.
    case clientAided = "client-aided"
    /// One round per ReLU, as in the paper: the client sees r y for a random r in [1, 2^maskBits) per value, one value per
    /// ciphertext. ReLU(r y) = r ReLU(y), and the server takes the mask off with the power r^-1 mod n.
    case positiveMask = "positive-mask"
    /// The same with a random sign. Where r < 0 the server adds y to what comes back: ReLU(r y) / |r| + y = ReLU(y).
    case signedMask = "signed-mask"
    /// One round per layer: the client sees s y, s = +-1 per ciphertext, and sends both requantised halves, of max(v, 0) and of
    /// max(-v, 0), for v = s y. The server keeps the one that s selects.
    case signPair = "sign-pair"
    /// Several messages per layer: both parties hold additive shares of every value, and see nothing else.
    case shared

    /// What the mode does; everything else asks this.
    var definition: any ModeDefinition.Type {
        switch self {
        case .linear: LinearMode.self
        case .linearFused: FusedLinearMode.self
        case .clientAided: ClientAidedMode.self
        case .positiveMask: PositiveMaskMode.self
        case .signedMask: SignedMaskMode.self
        case .signPair: SignPairMode.self
        case .shared: SharedMode.self
        }
    }

    /// What a semi-honest client learns beside the result.
    public var clientSees: String { definition.clientSees }
    /// Layouts it takes.
    package var layouts: Set<Layout> { definition.layouts }
    /// Whether linear layers can run before the image is known.
    package var runsOffline: Bool { definition.runsOffline }
    /// Whether a session with a server elsewhere can go on after a break, in tiles.
    package var canGoOn: Bool { definition.canGoOn }
    /// Whether the server multiplies what it sends by random masks.
    public var usesMask: Bool { definition.usesMask }
    /// Whether the sign of what the client sees is not that of the value.
    public var hidesSigns: Bool { definition.hidesSigns }
    /// The integer network a mode runs.
    public var networkKind: IntegerNetwork.Kind { definition.networkKind }

    /// The first reason why this mode cannot run `network`, or nil.
    public func objection(to network: IntegerNetwork) -> String? {
        // A power-of-two network is a requantised one whose multipliers are 1.
        guard network.kind == networkKind || network.kind.isRequantised && networkKind.isRequantised else {
            return "a \(network.kind.rawValue) network; \(networkKind.rawValue) expected"
        }
        return definition.objection(to: network)
    }
}
