import Foundation

/// Ring, moduli and what they are good for: BFV in `Z[x]/(x^4096 + 1)` modulo `q = p1 p2`, plaintexts modulo `t = 2^L`.
///
/// The secret is uniform ternary, errors are centred binomial of variance 10.5 (standard deviation 3.24; the standard asks for
/// 3.19) and never beyond 21. The primes are chosen such that `q = 1 mod 2^36`: then `Delta = (q - 1) / t` is whole for every L
/// up to 36 and a sum that wraps modulo t costs noise 1. That is unusual and harmless: the hardness of ring-LWE does not depend
/// on q modulo 2^L.
public struct LatticeParameters: Sendable, Hashable {
    /// Name in key files, records and captions.
    public let name: String
    package let primes: [UInt64]
    /// Bits of security by the lattice estimator (malb/lattice-estimator 27a581b, default cost models, the cheapest of usvp, bdd,
    /// bdd_hybrid, dual, dual_hybrid; ternary secret, sigma 3.24, 2 * 4096 samples).
    public let estimatedBits: Double
    /// Whether answers are flooded; only such sets enter a protocol.
    let floods: Bool

    public static let degree = 4096

    /// F, the set of every protocol run: answers carry an encryption of zero and noise that hides theirs.
    public static let flooded = LatticeParameters(
        name: "F", primes: [562_949_953_216_513, 562_854_457_712_641], estimatedBits: 140.3, floods: true)
    /// P, without room for flooding: for benchmarks beside libraries that do not flood, and for attacks on such
    /// answers.
    package static let plain = LatticeParameters(
        name: "P", primes: [140_670_446_559_233, 40_961], estimatedBits: 229.5, floods: false)

    /// The set of this name, if it may enter a protocol.
    public init?(named name: String) {
        guard name == Self.flooded.name else { return nil }
        self = .flooded
    }

    private init(name: String, primes: [UInt64], estimatedBits: Double, floods: Bool) {
        self.name = name
        self.primes = primes
        self.estimatedBits = estimatedBits
        self.floods = floods
    }

    /// log2 q.
    public var modulusBits: Double { primes.reduce(0) { $0 + log2(Double($1)) } }

    /// The level the homomorphic encryption standard grants: 128, 192 or 256 bits.
    public var standardBits: Int {
        SecurityStandard.level(degree: Self.degree, modulusBits: modulusBits) ?? 0
    }

    /// Bits L a plaintext can have.
    public var plaintextBitsRange: ClosedRange<Int> { 20...(floods ? 36 : 33) }
}

/// Albrecht et al., Homomorphic Encryption Security Standard (2018), table 1: ternary secrets, classical attacks.
public enum SecurityStandard {
    /// The largest log2 q for each degree, at 128, 192 and 256 bits.
    public static let largestModulusBits: [Int: [Int: Double]] = [
        1024: [128: 27, 192: 19, 256: 14],
        2048: [128: 54, 192: 37, 256: 29],
        4096: [128: 109, 192: 75, 256: 58],
        8192: [128: 218, 192: 152, 256: 118],
        16384: [128: 438, 192: 305, 256: 237],
        32768: [128: 881, 192: 611, 256: 476],
    ]

    /// The highest level at which the modulus is allowed, or nil.
    public static func level(degree: Int, modulusBits: Double) -> Int? {
        largestModulusBits[degree]?.filter { modulusBits <= $0.value }.keys.max()
    }
}
