public import Denoising

/// How client and server share the work. Every table names the mode; both parties are semi-honest in all of them.
public enum Mode: String, Sendable, CaseIterable, Codable {
    /// One round: the server runs a network without ReLU between layers; scales grow, nothing is rounded.
    case linear
    /// One round per layer: the client sees every accumulator, requantises and encrypts again.
    case clientAided = "client-aided"
    /// One round per ReLU, as in the paper: the client sees r y for a random r in [1, 2^maskBits) per value, one value per
    /// ciphertext. ReLU(r y) = r ReLU(y), and the server takes the mask off with the power r^-1 mod n.
    case positiveMask = "positive-mask"

    /// What a semi-honest client learns beside the result.
    public var clientSees: String {
        switch self {
        case .linear: "the final values, from which the whole linear network can be told (it is one filter)"
        case .clientAided: "every accumulator and the requantisation constants; the network is not protected"
        case .positiveMask:
            "r*y with a random r > 0 for every value y before a ReLU: sign, zeros and divisors; weights can be told"
        }
    }

    /// Whether every value has a ciphertext of its own.
    public var isUnpacked: Bool { self == .positiveMask }

    /// Whether the server multiplies what it sends by random masks.
    public var usesMask: Bool { self == .positiveMask }

    /// The integer network a mode runs.
    public var networkKind: IntegerNetwork.Kind { self == .clientAided ? .requantised : .growingScale }

    /// The first reason why this mode cannot run `network`, or nil.
    public func objection(to network: IntegerNetwork) -> String? {
        guard network.kind == networkKind else {
            return "a \(network.kind.rawValue) network; \(networkKind.rawValue) expected"
        }
        switch self {
        case .linear:
            guard let layer = network.layers.dropLast().first(where: { $0.activation != .none }) else { return nil }
            return "a ReLU after \(layer.name); none but after the last layer expected"
        case .clientAided, .positiveMask:
            guard let layer = network.layers.first(where: { $0.activation == .none }) else { return nil }
            return "no ReLU after \(layer.name); one after every layer expected"
        }
    }
}
