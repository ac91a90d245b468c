import Configuration
package import Paillier

/// The client's Paillier key. Runs without encryption pack values as if they had it.
package struct KeySettings: Sendable, Hashable, Encodable {
    /// Size of the modulus; below 2048 only with `insecure`.
    package var bits = PublicKey.usualBits
    package var randomness = Randomness.djn
    /// Allows keys of less than 112-bit security, for comparison with the paper.
    package var insecure = false

    package init() {}

    enum CodingKeys: String, SchemaKey, CodingKey {
        case bits, randomness, insecure

        var setting: Setting {
            let usual = KeySettings()
            return switch self {
            case .bits:
                Setting(
                    .integer(KeySettings.range),
                    "size of the modulus, a multiple of 64; \(PublicKey.secureBits) is 112-bit security, and less only with `insecure: true`",
                    usual: "\(usual.bits)")
            case .randomness:
                Setting(
                    .choice(Randomness.self),
                    "`djn`; `djn-short` with exponents of half the modulus on the server; `full` for a fresh r^n per ciphertext",
                    usual: usual.randomness.rawValue)
            case .insecure: Setting(.flag, "allows keys below 112-bit security", usual: "\(usual.insecure)")
            }
        }
    }

    /// Sizes that the program can make.
    package static let range = PublicKey.insecureBits...8192
    private static let step = 64

    /// What is expected of a size that cannot be used, or nil: the one rule for keys that are made.
    /// - Parameters:
    ///   - insecure: Whether less than 112-bit security is allowed.
    ///   - consent: How it would be allowed, in the words of whoever asks.
    package static func objection(to bits: Int, insecure: Bool, consent: String) -> String? {
        guard range.contains(bits) else { return "\(range.lowerBound) to \(range.upperBound)" }
        guard bits.isMultiple(of: step) else { return "a multiple of \(step)" }
        guard insecure || bits >= PublicKey.secureBits else {
            return "at least \(PublicKey.secureBits), or \(consent)"
        }
        return nil
    }
}

extension Randomness: Encodable {}

extension KeySettings {
    init(_ mapping: StrictMapping<CodingKeys>?) throws(ConfigurationError) {
        guard let mapping else { return }
        bits = try mapping.integer(.bits, default: bits)
        randomness = try mapping.choice(.randomness, default: randomness)
        insecure = try mapping.flag(.insecure, default: insecure)
        if let reason = Self.objection(to: bits, insecure: insecure, consent: "'insecure: true' beside it") {
            throw mapping.refusal(.bits, "is \(bits); expected \(reason)")
        }
    }
}
