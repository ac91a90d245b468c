import CObliviousTransfer

/// A batch of transfers on the side that holds all pads. Pads are used once: answering consumes them.
package struct OfferedTransfers: ~Copyable, Sendable {
    package let shape: TransferShape
    package let blocks: Int
    private let kernel: TransferKernel
    private let pads: SecretMemory
    /// Bit o: output o of the pads was used.
    private var answered: UInt8 = 0

    /// - Parameter pads: of all choices, `[choice][output]` planes or `[choice]` numbers.
    package init(_ shape: TransferShape, pads: consuming SecretMemory, blocks: Int, kernel: TransferKernel) {
        let words = pads.count
        precondition(words == shape.padWords(blocks: blocks) * shape.choices, "a batch of its shape")
        self.shape = shape
        self.blocks = blocks
        self.kernel = kernel
        self.pads = pads
    }

    /// Appends the table of a digit for one output of the pads: for every digit and carry share of the other side the carry out,
    /// under a mask.
    ///
    /// - Parameters:
    ///   - digits: this side's digit, planes `first ..< first + width`.
    ///   - carry: its share of the carry in; not read where the digit has none (`shape.index == width`).
    ///   - correction: the other side's, `width` planes.
    package mutating func answerCarry(
        output: Int, digits: borrowing BitPlanes, first: Int, width: Int, carry: borrowing BitPlanes, carryPlane: Int,
        correction: ArraySlice<UInt8>, mask: borrowing BitPlanes, maskPlane: Int, message: inout [UInt8],
        threads: Int = 1
    ) {
        precondition(output < shape.outputs && answered >> UInt8(output) & 1 == 0, "pads used twice")
        answered |= 1 << UInt8(output)
        let planeBytes = blocks * BitPlanes.planeBytes
        let hasCarry = shape.index > width
        precondition(correction.count == width * planeBytes && shape.index <= width + 1, "a digit's table")
        let (kernel, blocks, outputs) = (kernel.code, blocks, shape.outputs)
        let (digit, carry) = (Address(digits.plane(first)), hasCarry ? Address(carry.plane(carryPlane)) : nil)
        let (mask, pads) = (Address(mask.plane(maskPlane)), Address(pads.words + output * 8 * blocks))
        append(shape.choices * planeBytes, to: &message) { table in
            read(correction) { correction in
                forEachRange(of: blocks, threads: threads) { range in
                    let (word, byte) = (8 * range.lowerBound, BitPlanes.planeBytes * range.lowerBound)
                    ot_carry_answer(
                        kernel, UInt32(width), digit.pointer + word, carry.map { UnsafePointer($0.pointer + word) },
                        correction.pointer + byte, mask.pointer + word, pads.pointer + word, outputs * blocks,
                        table.pointer + byte, blocks, range.count)
                }
            }
        }
    }

    /// Appends `width` planes, of which the other side makes its share of `bit * number` modulo 2^width. - Returns: this side's.
    /// - Parameter correction: the other side's, one plane; nil where its choices are its bits.
    package consuming func answerProduct(
        _ numbers: borrowing SecretNumbers, width: Int, correction: ArraySlice<UInt8>?, message: inout [UInt8],
        threads: Int = 1
    ) -> SecretNumbers {
        let planeBytes = blocks * BitPlanes.planeBytes
        let correction = correction ?? ArraySlice(repeatElement(0, count: planeBytes))
        precondition(shape.pad == .number && correction.count == planeBytes, "a correction of one plane")
        let shares = SecretNumbers(blocks: blocks)
        let (kernel, blocks) = (kernel.code, blocks)
        let (numbers, pads, words) = (Address(numbers.words), Address(pads.words), Address(shares.words))
        append(width * planeBytes, to: &message) { planes in
            read(correction) { correction in
                forEachRange(of: blocks, threads: threads) { range in
                    let (first, byte) = (BitPlanes.block * range.lowerBound, BitPlanes.planeBytes * range.lowerBound)
                    ot_couple_answer(
                        kernel, UInt32(width), numbers.pointer + first, pads.pointer + first,
                        correction.pointer + byte, planes.pointer + byte, words.pointer + first, blocks, range.count)
                }
            }
        }
        return shares
    }
}
