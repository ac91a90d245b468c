/// How tensors sit in Paillier's plaintexts.
extension PaillierScheme {
    /// Bits of a plaintext, sign included, under a modulus of so many bits.
    static func plaintextBits(keyBits: Int) -> Int { keyBits - 1 }
    static func keyBits(plaintextBits: Int) -> Int { plaintextBits + 1 }

    public static func parameters(keyBits: Int) -> SchemeParameters { .paillier(keyBits: keyBits) }

    public static func accepts(_ parameters: SchemeParameters) -> Bool {
        guard case .paillier(let bits) = parameters else { return false }
        return SchemeParameters.sizes.contains(bits)
    }

    public static let hidesWraps = true

    public static func layouts(for agreement: Agreement) throws -> [SlotLayout] {
        guard case .paillier(let bits) = agreement.parameters else { throw PrivateDenoisingError.foreignKey(name) }
        return try SlotLayout.layouts(
            for: agreement, plaintextBits: plaintextBits(keyBits: bits), ciphertextBytes: (2 * bits + 7) / 8,
            cost: tileCost(keyBits: bits))
    }

    /// In products modulo n^2. An output costs a decryption and fresh randomness (two powers and a comb), an input its tables,
    /// whose size follows from the weights alone, and an encryption.
    ///
    /// Measured at 2048 bits: about 1,050, 340 and 130. Powers and combs take as many products as their exponents have bits, so
    /// they go with the key; a table does not.
    static func tileCost(keyBits: Int) -> TileCost {
        let share = Double(keyBits) / 2048
        return TileCost(perOutput: 1050 * share, perInput: 340 + 130 * share)
    }
}
