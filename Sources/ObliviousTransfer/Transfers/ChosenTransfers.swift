import CObliviousTransfer

/// A batch of transfers on the side that chose. Every choice bit is given away once: as a mask, or in a correction.
package struct ChosenTransfers: ~Copyable, Sendable {
    package let shape: TransferShape
    package let blocks: Int
    private let kernel: TransferKernel
    private let choices: BitPlanes
    private let pads: SecretMemory
    /// Bit i: choice plane i was given away.
    private var used: UInt8 = 0

    /// - Parameters:
    ///   - choices: `shape.index` planes.
    ///   - pads: of the chosen: `shape.outputs` planes, or a number an instance.
    package init(
        _ shape: TransferShape, choices: consuming BitPlanes, pads: consuming SecretMemory, kernel: TransferKernel
    ) {
        self.shape = shape
        self.kernel = kernel
        // Counts first: a condition's closure must not capture what is consumed.
        let (planes, words, blocks) = (choices.count, pads.count, choices.blocks)
        precondition(planes == shape.index && words == shape.padWords(blocks: blocks), "a batch of its shape")
        self.blocks = blocks
        self.choices = choices
        self.pads = pads
    }

    private mutating func use(_ plane: Int) {
        precondition(plane < shape.index && used >> UInt8(plane) & 1 == 0, "a choice bit used twice")
        used |= 1 << UInt8(plane)
    }

    /// A choice plane as a mask. It stays a choice of this batch.
    package mutating func mask(_ plane: Int) -> BitPlanes {
        use(plane)
        return choices.copy(of: plane)
    }

    /// Tells the other side how its pads have to be ordered for choices that are `values`: appends `value ^ choice` for choice planes
    /// 0 ..< count.
    package mutating func correct(
        to values: borrowing BitPlanes, first: Int, count: Int, message: inout [UInt8]
    ) {
        let sum = BitPlanes(count: 1, blocks: blocks)
        for plane in 0..<count {
            use(plane)
            sum.plane(0).update(from: choices.plane(plane), count: sum.planeWords)
            sum.add(values, first + plane)
            sum.append(0, to: &message)
        }
    }

    /// Opens carries: one plane per output of the pads.
    /// - Parameter message: `outputs` tables of 2^index planes.
    package consuming func openCarries(_ message: ArraySlice<UInt8>, threads: Int = 1) -> BitPlanes {
        let tableBytes = shape.choices * blocks * BitPlanes.planeBytes
        precondition(message.count == shape.outputs * tableBytes, "the message's size was checked")
        let opened = BitPlanes(count: shape.outputs, blocks: blocks)
        let (kernel, index, blocks, outputs) = (kernel.code, UInt32(shape.index), blocks, shape.outputs)
        let (choices, pads, carries) = (Address(choices.plane(0)), Address(pads.words), Address(opened.plane(0)))
        read(message) { bytes in
            forEachRange(of: blocks, threads: threads) { range in
                for output in 0..<outputs {
                    let plane = 8 * (output * blocks + range.lowerBound)
                    ot_carry_open(
                        kernel, index, choices.pointer + 8 * range.lowerBound, pads.pointer + plane,
                        bytes.pointer + output * tableBytes + BitPlanes.planeBytes * range.lowerBound,
                        carries.pointer + plane, blocks, range.count)
                }
            }
        }
        return opened
    }

    /// A share of `bit * number` modulo 2^width, the number being the other side's.
    /// - Parameter bits: the choices after corrections.
    package consuming func openProduct(
        _ bits: borrowing BitPlanes, plane: Int = 0, width: Int, message: ArraySlice<UInt8>, threads: Int = 1
    ) -> SecretNumbers {
        precondition(
            shape.pad == .number && message.count == width * blocks * BitPlanes.planeBytes, "a number's message")
        let shares = SecretNumbers(blocks: blocks)
        let (kernel, blocks) = (kernel.code, blocks)
        let (bits, pads, words) = (Address(bits.plane(plane)), Address(pads.words), Address(shares.words))
        read(message) { planes in
            forEachRange(of: blocks, threads: threads) { range in
                let first = BitPlanes.block * range.lowerBound
                ot_couple_open(
                    kernel, UInt32(width), bits.pointer + 8 * range.lowerBound, pads.pointer + first,
                    planes.pointer + BitPlanes.planeBytes * range.lowerBound, words.pointer + first, blocks, range.count
                )
            }
        }
        return shares
    }
}
