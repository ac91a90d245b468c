import CObliviousTransfer

/// Random transfers by SoftSpoken extension, on the side that holds the pads: all seeds but one of each tree, and the secret Delta that
/// says which. See `TransferReceiver`.
package struct TransferSender: RandomTransferSender, ~Copyable {
    private let kernel: TransferKernel
    private let field: TransferField
    private let keys: SecretMemory
    private let delta: SecretMemory
    private let nonce: UInt64
    private var counter: UInt64 = 0

    init(
        _ field: TransferField, keys: consuming SecretMemory, delta: consuming SecretMemory, nonce: UInt64,
        kernel: TransferKernel
    ) {
        self.field = field
        self.keys = keys
        self.delta = delta
        self.nonce = nonce
        self.kernel = kernel
    }

    package func messageBytes(_ shape: TransferShape, blocks: Int) -> Int {
        shape.correctionBytes(field, blocks: blocks)
    }

    package mutating func offer(
        _ shape: TransferShape, blocks: Int, threads: Int, message: ArraySlice<UInt8>
    ) throws(ObliviousTransferError) -> OfferedTransfers {
        let expected = messageBytes(shape, blocks: blocks)
        guard message.count == expected else {
            throw .malformedMessage("\(message.count) bytes of choices, \(expected) expected")
        }
        let pads = SecretMemory(words: shape.padWords(blocks: blocks) * shape.choices)
        let first = advance(&counter, blocks)
        let padWords = Address(pads.words)
        let (kernel, code, keys, delta, nonce) = (
            kernel.code, shape.code(field), Address(keys.bytes), Address(delta.bytes), nonce
        )
        let padStep = shape.padWords(blocks: 1) / max(1, shape.outputs)
        read(message) { corrections in
            forEachRange(of: blocks, threads: threads) { range in
                ot_send(
                    kernel, code, keys.pointer, delta.pointer, first + 4 * UInt64(range.lowerBound), nonce, range.count,
                    blocks, corrections.pointer + BitPlanes.planeBytes * range.lowerBound,
                    padWords.pointer + padStep * range.lowerBound)
            }
        }
        return OfferedTransfers(shape, pads: pads, blocks: blocks, kernel: self.kernel)
    }
}
