import CObliviousTransfer

/// The seeds of all trees as expanded AES keys, `[tree][leaf]`.
///
/// Each tree doubles a root level by level, the children of s being AES_s(0) and AES_s(1) (Goldreich, Goldwasser, Micali 1986). One side
/// holds whole trees; the other everything but one leaf of each, the leaf at its secret Delta (Boyle et al. 2019, section 3.2).
enum SeedTrees {
    /// Sums that a holder of whole trees sends under the keys of the base transfers: 32 bytes a level of each tree.
    static func sumBytes(_ field: TransferField) -> Int { 32 * baseTransfers }
    /// One base transfer a level of each tree: 248 for either field.
    static let baseTransfers = 8 * ChoiceCode.coordinates

    /// Draws all roots and expands them.
    /// - Parameter baseKeys: 32 bytes a base transfer, one key a side.
    /// - Returns: the keys; the sums of each level's sides, masked, are appended to `message`.
    static func whole(
        _ field: TransferField, baseKeys: borrowing SecretMemory, kernel: TransferKernel, message: inout [UInt8]
    ) -> SecretMemory {
        let keys = SecretMemory(bytes: field.trees * field.leaves * Int(OT_KEY_BYTES))
        let nodes = SecretMemory(bytes: 16 * field.leaves)
        let sums = SecretMemory(bytes: 32 * field.rawValue)
        let root = SecretMemory(bytes: 16)
        for tree in 0..<field.trees {
            root.fillFromSystem()
            nodes.words.update(from: root.words, count: 2)
            ot_tree_expand(kernel.code, UInt32(field.rawValue), nodes.bytes, sums.bytes)
            ot_expand(
                kernel.code, keys.bytes + tree * field.leaves * Int(OT_KEY_BYTES), nodes.bytes, field.leaves)
            let first = 32 * tree * field.rawValue
            for byte in 0..<32 * field.rawValue { message.append(sums.bytes[byte] ^ baseKeys.bytes[first + byte]) }
        }
        return keys
    }

    /// Rebuilds all trees but for one leaf of each. Leaf x is found at x ^ Delta.
    /// - Parameters:
    ///   - delta: one byte a coordinate.
    ///   - baseKeys: 16 bytes a base transfer, the key of the side that was chosen.
    ///   - message: the masked sums.
    static func punctured(
        _ field: TransferField, delta: borrowing SecretMemory, baseKeys: borrowing SecretMemory, kernel: TransferKernel,
        message: ArraySlice<UInt8>
    ) -> SecretMemory {
        precondition(message.count == sumBytes(field), "the message's size was checked")
        let keys = SecretMemory(bytes: field.trees * field.leaves * Int(OT_KEY_BYTES))
        let nodes = SecretMemory(bytes: 16 * field.leaves)
        let opened = SecretMemory(bytes: 16 * field.rawValue)
        for tree in 0..<field.trees {
            let hole = hole(of: tree, field, delta)
            for level in 0..<field.rawValue {
                let transfer = tree * field.rawValue + level
                // The side away from the hole, read without an address that depends on it.
                let away = 0 &- (1 ^ UInt8(truncatingIfNeeded: hole >> UInt32(field.rawValue - 1 - level)) & 1)
                for byte in 0..<16 {
                    let at = message.startIndex + 32 * transfer + byte
                    let masked = message[at] ^ (away & (message[at] ^ message[at + 16]))
                    opened.bytes[16 * level + byte] = masked ^ baseKeys.bytes[16 * transfer + byte]
                }
            }
            ot_tree_complete(kernel.code, UInt32(field.rawValue), nodes.bytes, hole, opened.bytes)
            ot_expand(
                kernel.code, keys.bytes + tree * field.leaves * Int(OT_KEY_BYTES), nodes.bytes, field.leaves)
        }
        return keys
    }

    /// The leaf of a tree that the holder of Delta must not learn.
    private static func hole(of tree: Int, _ field: TransferField, _ delta: borrowing SecretMemory) -> UInt32 {
        let perCoordinate = 8 / field.rawValue
        let byte = UInt32(delta.bytes[tree / perCoordinate])
        return byte >> UInt32(field.rawValue * (tree % perCoordinate)) & UInt32(field.leaves - 1)
    }

    /// The choices of the base transfers: for each level of each tree the side away from the hole, 0 or 1.
    static func baseChoices(_ field: TransferField, delta: borrowing SecretMemory) -> SecretMemory {
        let choices = SecretMemory(bytes: baseTransfers)
        for tree in 0..<field.trees {
            let hole = hole(of: tree, field, delta)
            for level in 0..<field.rawValue {
                choices.bytes[tree * field.rawValue + level] =
                    1 ^ UInt8(truncatingIfNeeded: hole >> UInt32(field.rawValue - 1 - level)) & 1
            }
        }
        return choices
    }
}
