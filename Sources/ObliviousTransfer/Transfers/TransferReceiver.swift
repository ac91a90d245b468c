import CObliviousTransfer

/// Which side of a session holds the pads of a direction's transfers.
enum TransferDirection: UInt8, Sendable {
    case clientSends = 0
    case serverSends = 1
}

/// The most blocks of 512 transfers that one session makes in a direction: 2^40 AES blocks of every stream.
let sessionBlocks: UInt64 = 1 << 38

/// Random transfers by SoftSpoken extension, on the side that chooses. It holds all seeds; its counter only goes up, and neither it nor
/// what it makes can be stored.
///
/// Source: Roy 2022, section 4.1 (k-bit subspace vector OLE), with a code of 1-of-2^i choices in place of repetition.
package struct TransferReceiver: RandomTransferReceiver, ~Copyable {
    private let kernel: TransferKernel
    private let field: TransferField
    private let keys: SecretMemory
    private let nonce: UInt64
    private var counter: UInt64 = 0

    init(_ field: TransferField, keys: consuming SecretMemory, nonce: UInt64, kernel: TransferKernel) {
        self.field = field
        self.keys = keys
        self.nonce = nonce
        self.kernel = kernel
    }

    package func messageBytes(_ shape: TransferShape, blocks: Int) -> Int {
        shape.correctionBytes(field, blocks: blocks)
    }

    package mutating func choose(
        _ shape: TransferShape, blocks: Int, threads: Int, message: inout [UInt8]
    ) -> ChosenTransfers {
        let choices = BitPlanes(count: shape.index, blocks: blocks)
        let pads = SecretMemory(words: shape.padWords(blocks: blocks))
        let first = advance(&counter, blocks)
        // Addresses before the closure: what owns them is not captured.
        let (choiceWords, padWords) = (Address(choices.plane(0)), Address(pads.words))
        let (kernel, code, keys, nonce) = (kernel.code, shape.code(field), Address(keys.bytes), nonce)
        let padStep = shape.padWords(blocks: 1) / max(1, shape.outputs)
        append(messageBytes(shape, blocks: blocks), to: &message) { corrections in
            forEachRange(of: blocks, threads: threads) { range in
                ot_receive(
                    kernel, code, keys.pointer, first + 4 * UInt64(range.lowerBound), nonce, range.count, blocks,
                    choiceWords.pointer + 8 * range.lowerBound, padWords.pointer + padStep * range.lowerBound,
                    corrections.pointer + BitPlanes.planeBytes * range.lowerBound)
            }
        }
        return ChosenTransfers(shape, choices: choices, pads: pads, kernel: self.kernel)
    }
}

/// The first AES block of the next batch; streams are used in whole chunks.
func advance(_ counter: inout UInt64, _ blocks: Int) -> UInt64 {
    let chunk = Int(OT_CHUNK_BLOCKS)
    let first = counter
    counter += UInt64((blocks + chunk - 1) / chunk * chunk)
    precondition(counter <= sessionBlocks, "a session makes at most \(sessionBlocks) blocks of transfers")
    return 4 * first
}
