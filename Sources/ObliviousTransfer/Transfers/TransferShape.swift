import CObliviousTransfer

/// What a batch of random transfers gives: each lets its receiver open one of 2^index pads.
package struct TransferShape: Hashable, Sendable {
    package enum Pad: Hashable, Sendable {
        /// One or two bits of every pad.
        case bits(Int)
        /// 64 bits.
        case number
    }

    /// Bits of a choice, 1...5.
    package let index: Int
    package let pad: Pad

    /// - Precondition: numbers are chosen by one bit.
    package init(index: Int, pad: Pad) {
        precondition(
            (1...5).contains(index) && (pad != .number || index == 1), "1-of-2 to 1-of-32 of bits, 1-of-2 of numbers")
        self.index = index
        self.pad = pad
    }

    package var choices: Int { 1 << index }

    package var outputs: Int {
        switch pad {
        case .bits(let count): count
        case .number: 0
        }
    }

    func code(_ field: TransferField) -> ot_shape {
        ot_shape(field: UInt32(field.rawValue), index: UInt32(index), outputs: UInt32(outputs))
    }

    /// Words of one side's pads of one choice.
    func padWords(blocks: Int) -> Int { blocks * (pad == .number ? BitPlanes.block : outputs * Int(OT_PLANE_WORDS)) }

    /// Planes that a receiver sends for a batch.
    package func correctionPlanes(_ field: TransferField) -> Int { ot_correction_planes(code(field)) }

    package func correctionBytes(_ field: TransferField, blocks: Int) -> Int {
        correctionPlanes(field) * blocks * BitPlanes.planeBytes
    }
}
