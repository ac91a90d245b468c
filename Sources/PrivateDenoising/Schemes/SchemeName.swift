/// The schemes, by the name they have in files, records and tables.
public enum SchemeName: String, Sendable, Codable, CaseIterable {
    case paillier
    /// BFV on polynomials of 4096 coefficients: post-quantum.
    case lattice
    /// The ciphertext is the plaintext: the protocol without encryption.
    case cleartext
    /// The published encoding, one float a ciphertext with its exponent in clear: measured and attacked, never run by this
    /// protocol.
    case paper

    /// False where a ciphertext can be read without a key.
    public var encrypts: Bool { self != .cleartext }

    /// What runs it; nil for an encoding that is no additive scheme of this protocol.
    public var scheme: (any AdditiveScheme.Type)? {
        switch self {
        case .paillier: PaillierScheme.self
        case .lattice: LatticeScheme.self
        case .cleartext: CleartextScheme.self
        case .paper: nil
        }
    }

    /// Parameters for a modulus of `keyBits` bits; without encryption plaintexts of the size such a key has.
    public func parameters(keyBits: Int) -> SchemeParameters {
        scheme?.parameters(keyBits: keyBits) ?? .paper(keyBits: keyBits)
    }
}

/// A scheme and what its layouts follow from. Public: both parties and every listener know it.
public enum SchemeParameters: Sendable, Hashable, Codable {
    case paillier(keyBits: Int)
    /// A parameter set by its name; the one there is for protocols is F.
    case lattice(set: String)
    /// Pretended plaintexts, so that layouts are those of a real key.
    case cleartext(plaintextBits: Int)
    case paper(keyBits: Int)

    public var name: SchemeName {
        switch self {
        case .paillier: .paillier
        case .lattice: .lattice
        case .cleartext: .cleartext
        case .paper: .paper
        }
    }

    /// Sizes of a modulus that anyone could mean.
    static let sizes = 2...1 << 14

    /// Whether a key can have them.
    var areValid: Bool {
        if case .paper(let bits) = self { return Self.sizes.contains(bits) }
        return name.scheme?.accepts(self) ?? false
    }
}
