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

    /// What a semi-honest client learns beside the result.
    public var clientSees: String {
        switch self {
        case .linear: "the final values, from which the whole linear network can be told (it is one filter)"
        case .linearFused: "the final values, from which the rows of the folded linear network can be told"
        case .clientAided: "every accumulator and the requantisation constants; the network is not protected"
        case .positiveMask:
            "r*y with a random r > 0 for every value y before a ReLU: sign, zeros and divisors; weights can be told"
        case .signedMask:
            "r*y with a random r of either sign for every value y before a ReLU: zeros and divisors; weights can be told"
        case .signPair:
            "every accumulator but for a sign common to all patches of a ciphertext, and the requantisation constants; "
                + "the network is not protected"
        }
    }

    /// Whether the server multiplies what it sends by random masks.
    public var usesMask: Bool { self == .positiveMask || self == .signedMask }

    /// Whether the client uploads two tensors for every one it received, of which the server keeps one.
    var uploadsPairs: Bool { self == .signPair }

    /// Whether the client sees final values only.
    var hasOneRound: Bool { self == .linear || self == .linearFused }

    /// The integer network a mode runs.
    public var networkKind: IntegerNetwork.Kind {
        switch self {
        case .linear, .positiveMask, .signedMask: .growingScale
        case .clientAided, .signPair: .requantised
        case .linearFused: .fused
        }
    }

    /// The first reason why this mode cannot run `network`, or nil.
    public func objection(to network: IntegerNetwork) -> String? {
        guard network.kind == networkKind else {
            return "a \(network.kind.rawValue) network; \(networkKind.rawValue) expected"
        }
        switch self {
        case .linearFused: return nil
        case .linear:
            guard let layer = network.layers.dropLast().first(where: { $0.activation != .none }) else { return nil }
            return "a ReLU after \(layer.name); none but after the last layer expected"
        case .clientAided, .positiveMask, .signedMask, .signPair:
            guard let layer = network.layers.first(where: { $0.activation == .none }) else { return nil }
            return "no ReLU after \(layer.name); one after every layer expected"
        }
    }
}
