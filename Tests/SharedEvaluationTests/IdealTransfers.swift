import ObliviousTransfer

/// Random transfers from a trusted dealer: what the extension is proved to be, from a seed, so that tests know every choice and can let
/// the dealer be at fault.
final class Dealer: Sendable {
    /// A choice plane, by the number of its batch.
    struct Plane: Hashable, Sendable {
        let batch, plane: Int
    }

    let seed: UInt64
    /// Planes that are no draw of their own but another plane again: injected faults.
    let repeated: [Plane: Plane]

    init(seed: UInt64, repeated: [Plane: Plane] = [:]) {
        self.seed = seed
        self.repeated = repeated
    }

    private func draw(_ batch: Int, _ part: Int, words: Int) -> [UInt64] {
        var state = seed &+ UInt64(batch) << 32 &+ UInt64(part) << 48
        return (0..<words).map { _ in
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
            return z ^ z >> 31
        }
    }

    func choices(_ batch: Int, _ shape: TransferShape, blocks: Int) -> [[UInt64]] {
        (0..<shape.index).map { plane in
            let real = repeated[Plane(batch: batch, plane: plane)] ?? Plane(batch: batch, plane: plane)
            return draw(real.batch, 1 + real.plane, words: 8 * blocks)
        }
    }

    private func padWords(_ shape: TransferShape, blocks: Int) -> Int {
        blocks * (shape.pad == .number ? 512 : 8 * shape.outputs)
    }

    func offered(_ batch: Int, _ shape: TransferShape, blocks: Int) -> OfferedTransfers {
        let words = draw(batch, 7, words: padWords(shape, blocks: blocks) * shape.choices)
        let pads = SecretMemory(words: words.count)
        for (index, word) in words.enumerated() { pads.words[index] = word }
        return OfferedTransfers(shape, pads: pads, blocks: blocks, kernel: testKernel)
    }

    func chosen(_ batch: Int, _ shape: TransferShape, blocks: Int) -> ChosenTransfers {
        let size = padWords(shape, blocks: blocks)
        let all = draw(batch, 7, words: size * shape.choices)
        let choices = choices(batch, shape, blocks: blocks)
        let pads = SecretMemory(words: size)
        let planes = BitPlanes(count: shape.index, blocks: blocks)
        for plane in 0..<shape.index {
            for word in 0..<8 * blocks { planes.plane(plane)[word] = choices[plane][word] }
        }
        for choice in 0..<shape.choices {
            for word in 0..<size {
                let mask: UInt64
                if shape.pad == .number {
                    let (block, place) = (word / 512, word % 512)
                    let bit = choices[0][8 * block + place % 8] >> UInt64(place / 8) & 1
                    mask = bit == UInt64(choice) ? .max : 0
                } else {
                    let at = word % (8 * blocks)
                    mask = (0..<shape.index).reduce(.max) {
                        $0 & (choice >> $1 & 1 == 1 ? choices[$1][at] : ~choices[$1][at])
                    }
                }
                pads.words[word] ^= mask & all[choice * size + word]
            }
        }
        return ChosenTransfers(shape, choices: planes, pads: pads, kernel: testKernel)
    }
}

let testKernel = TransferKernel.allCases.first(where: \.isAvailable) ?? .portable

struct IdealReceiver: RandomTransferReceiver, ~Copyable {
    let dealer: Dealer
    var batch = 0

    init(_ dealer: Dealer) { self.dealer = dealer }

    func messageBytes(_ shape: TransferShape, blocks: Int) -> Int { 0 }

    mutating func choose(
        _ shape: TransferShape, blocks: Int, threads: Int, message: inout [UInt8]
    ) -> ChosenTransfers {
        defer { batch += 1 }
        return dealer.chosen(batch, shape, blocks: blocks)
    }
}

struct IdealSender: RandomTransferSender, ~Copyable {
    let dealer: Dealer
    var batch = 0

    init(_ dealer: Dealer) { self.dealer = dealer }

    func messageBytes(_ shape: TransferShape, blocks: Int) -> Int { 0 }

    mutating func offer(
        _ shape: TransferShape, blocks: Int, threads: Int, message: ArraySlice<UInt8>
    ) throws(ObliviousTransferError) -> OfferedTransfers {
        defer { batch += 1 }
        return dealer.offered(batch, shape, blocks: blocks)
    }
}
