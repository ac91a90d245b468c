import ObliviousTransfer

import SharedEvaluation

/// Both parties of an activation in one process.
enum Evaluation {
    struct Outcome {
        /// Shares of the result modulo 2^U.
        var late: [UInt64] = []
        var early: [UInt64] = []
        var messages: [[UInt8]] = []
    }

    static func numbers(_ values: [UInt64]) -> SecretNumbers {
        let numbers = SecretNumbers(blocks: BitPlanes.blocks(for: values.count))
        for (index, value) in values.enumerated() { numbers.words[index] = value }
        return numbers
    }

    /// Called with a party after every message it read: 0 late, 1 early.
    typealias Observer = (borrowing ActivationParty, Int) -> Void

    /// - Parameters:
    ///   - receivers, senders: the late party's ends and the early party's.
    static func run(
        _ plan: SharePlan, late: [UInt64], early: [UInt64],
        lateReceiver: inout some RandomTransferReceiver & ~Copyable,
        lateSender: inout some RandomTransferSender & ~Copyable,
        earlyReceiver: inout some RandomTransferReceiver & ~Copyable,
        earlySender: inout some RandomTransferSender & ~Copyable, threads: Int = 1, kernel: TransferKernel = testKernel,
        observe: Observer = { _, _ in }
    ) throws -> Outcome {
        var first = ActivationParty(plan, role: .late, count: late.count, kernel: kernel, threads: threads)
        var second = ActivationParty(plan, role: .early, count: late.count, kernel: kernel, threads: threads)
        var outcome = Outcome()
        second.begin(numbers(early))
        let lateChoices = first.choose(from: &lateReceiver)
        let earlyChoices = second.choose(from: &earlyReceiver)
        try second.accept(lateChoices[...], from: &earlySender)
        try first.accept(earlyChoices[...], from: &lateSender)
        outcome.messages = [lateChoices, earlyChoices]
        first.begin(numbers(late))
        while !first.isDone {
            if first.isTurn {
                outcome.messages.append(first.send())
                try second.receive(outcome.messages[outcome.messages.count - 1][...])
                observe(second, 1)
            } else {
                outcome.messages.append(second.send())
                try first.receive(outcome.messages[outcome.messages.count - 1][...])
                observe(first, 0)
            }
        }
        let lateShare = first.finish()
        let earlyShare = second.finish()
        outcome.late = (0..<late.count).map { lateShare.words[$0] }
        outcome.early = (0..<late.count).map { earlyShare.words[$0] }
        return outcome
    }

    /// Over ideal transfers.
    static func ideal(
        _ plan: SharePlan, late: [UInt64], early: [UInt64], lateChooses: Dealer, earlyChooses: Dealer,
        observe: Observer = { _, _ in }
    ) throws -> Outcome {
        var lateReceiver = IdealReceiver(lateChooses)
        var lateSender = IdealSender(earlyChooses)
        var earlyReceiver = IdealReceiver(earlyChooses)
        var earlySender = IdealSender(lateChooses)
        return try run(
            plan, late: late, early: early, lateReceiver: &lateReceiver, lateSender: &lateSender,
            earlyReceiver: &earlyReceiver, earlySender: &earlySender, observe: observe)
    }

    static func expected(_ plan: SharePlan, _ y: Int) -> UInt64 {
        switch plan.activation {
        case .requantise(let shift, let bits): UInt64(min(max(y >> shift, 0), 1 << bits - 1))
        case .rectify: UInt64(max(y, 0))
        }
    }

    /// The signed value of a + b modulo 2^width.
    static func value(_ a: UInt64, _ b: UInt64, width: Int) -> Int {
        let unused = UInt64(64 - width)
        return Int(bitPattern: UInt((a &+ b) << unused)) >> (64 - width)
    }

    /// Values that the shares give wrong, of those in the plan's range.
    static func mismatches(_ plan: SharePlan, _ late: [UInt64], _ early: [UInt64], _ outcome: Outcome) -> Int {
        let mask = UInt64(1) << UInt64(plan.shareBits) - 1
        return late.indices.count { index in
            let y = value(late[index], early[index], width: plan.width)
            return plan.range.contains(y)
                && (outcome.late[index] &+ outcome.early[index]) & mask != expected(plan, y)
        }
    }
}
