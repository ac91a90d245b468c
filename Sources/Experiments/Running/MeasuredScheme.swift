import Paillier
import PrivateDenoising
import Reporting

/// What experiments ask of a scheme beside the protocol. To measure another scheme, conform here.
protocol MeasuredScheme: AdditiveScheme {
    static func makeKey(_ settings: KeySettings) throws -> PrivateKey
    /// How tables name a key.
    static func parameters(of key: PrivateKey) -> [String: ParameterValue]
    /// How fast this machine works with the key, for predictions; nil where nothing is encrypted.
    static func speed(with key: PrivateKey, threads: Int) throws -> MachineSpeed?
}

extension SchemeName {
    /// Nil for an encoding that runs no protocol.
    var measured: (any MeasuredScheme.Type)? {
        switch self {
        case .paillier: PaillierScheme.self
        case .cleartext: CleartextScheme.self
        case .paper: nil
        }
    }
}

extension PaillierScheme: MeasuredScheme {
    static func makeKey(_ settings: KeySettings) throws -> PrivateKey {
        PrivateKey(
            try Paillier.PrivateKey(bits: settings.bits, allowInsecure: settings.insecure),
            randomness: settings.randomness)
    }

    static func parameters(of key: PrivateKey) -> [String: ParameterValue] {
        [
            ParameterName.keyBits: .integer(key.key.publicKey.bits),
            ParameterName.randomness: .text(publicKey(of: key).randomness.rawValue),
            ParameterName.clientRandomness: .text(key.randomness.rawValue),
        ]
    }

    static func speed(with key: PrivateKey, threads: Int) throws -> MachineSpeed? {
        try MachineSpeed(key, threads: threads)
    }
}

extension CleartextScheme: MeasuredScheme {
    static func makeKey(_ settings: KeySettings) -> Key { Key(pretendingKeyBits: settings.bits) }
    static func parameters(of key: Key) -> [String: ParameterValue] { [:] }
    static func speed(with key: Key, threads: Int) -> MachineSpeed? { nil }
}

/// The clients' keys of a run, each made when a case first needs it.
struct RunKeys {
    private struct Kind: Hashable {
        let scheme: SchemeName
        let settings: KeySettings
    }

    private var made: [Kind: (key: any Sendable, seconds: Double)] = [:]

    /// - Returns: how long making it took, beside the key.
    mutating func callAsFunction<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ settings: KeySettings
    ) throws -> (key: Scheme.PrivateKey, seconds: Double) {
        let kind = Kind(scheme: Scheme.name, settings: settings)
        if let known = made[kind], let key = known.key as? Scheme.PrivateKey { return (key, known.seconds) }
        let start = ContinuousClock.now
        let key = try Scheme.makeKey(settings)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        made[kind] = (key, seconds)
        return (key, seconds)
    }
}
