import ObliviousTransfer
import Testing

import SharedEvaluation

/// Activations over real transfers.
@Suite struct TransferredTests {
    static func session(_ field: TransferField, _ kernel: TransferKernel) throws -> (TransferEnds, TransferEnds) {
        let client = TransferHandshake.Client(field, kernel: kernel)
        let server = try TransferHandshake.Server(field, start: client.message[...], kernel: kernel)
        var last: [UInt8] = []
        let answer = server.message
        let ends = try client.finish(answer[...], reply: &last)
        return (ends, try server.finish(last[...]))
    }

    static let paths = TransferKernel.allCases.filter(\.isAvailable)

    @Test(arguments: paths, TransferField.allCases)
    func activationsOverSessions(kernel: TransferKernel, field: TransferField) throws {
        let (client, server) = try Self.session(field, kernel)
        var random = Random(seed: 21)
        for count in [1, 511, 512, 513, 4608] {
            guard kernel != .portable || count < 1000 else { continue }
            let plan = try SharePlan(.requantise(shift: 12, bits: 12), width: 30, shareBits: 31)
            let early = (0..<count).map { _ in random.next() }
            let late = early.map { UInt64(bitPattern: Int64(random.below(1 << 28)) - 1 << 26) &- $0 }
            let outcome = try Evaluation.run(
                plan, late: late, early: early, lateReceiver: &client.receiver, lateSender: &client.sender,
                earlyReceiver: &server.receiver, earlySender: &server.sender, threads: 2, kernel: kernel)
            #expect(Evaluation.mismatches(plan, late, early, outcome) == 0, "\(count) values")
            // Predicted to the byte.
            let expected =
                [SharePlan.Role.late, .early].map { plan.offlineBytes($0, count: count, field: field) }
                + (0..<plan.flows).map { plan.bytes(ofFlow: $0, count: count) }
            #expect(outcome.messages.map(\.count) == expected)
        }
    }

    /// The design's network at L = U = 30, s = 12: planes of every message.
    @Test func planesOfEveryMessage() throws {
        let plan = try SharePlan(.requantise(shift: 12, bits: 12), width: 30, shareBits: 30)
        #expect(plan.digits.map(\.bits) == [4, 4, 4, 4, 4, 4, 2, 3])
        let flows = (0..<plan.flows).map { plan.bytes(ofFlow: $0, count: 512) / 64 }
        #expect(flows == [46, 32, 32, 62, 32, 32, 16, 32, 61, 30])
        let offline = SharePlan.Role.allCases.map { plan.offlineBytes($0, count: 512, field: .eight) / 64 }
        // 26 + 5 x 26 + 25 + 2 x 26 for the digits, 5 x 15 for products, 1 for the low carry as designed; 15 more for the early
        // party's own corrections (14 bits of digits, 1 of the wrap), which make its share free.
        #expect(offline.reduce(0, +) == 309 + 15)
    }

    @Test func malformedMessagesAreRefused() throws {
        let (client, server) = try Self.session(.four, testKernel)
        let plan = try SharePlan(.requantise(shift: 4, bits: 3), width: 10, shareBits: 10)
        var late = ActivationParty(plan, role: .late, count: 100, kernel: testKernel)
        var early = ActivationParty(plan, role: .early, count: 100, kernel: testKernel)
        early.begin(Evaluation.numbers([UInt64](repeating: 5, count: 100)))
        let choices = late.choose(from: &client.receiver)
        let answer = early.choose(from: &server.receiver)
        for wrong in [choices.dropLast(), choices + [0], []] {
            #expect(throws: SharedEvaluationError.self) { try early.accept(wrong[...], from: &server.sender) }
        }
        try early.accept(choices[...], from: &server.sender)
        try late.accept(answer[...], from: &client.sender)
        late.begin(Evaluation.numbers([UInt64](repeating: 9, count: 100)))
        let first = late.send()
        #expect(throws: SharedEvaluationError.self) { try late.receive(first[...]) }
        #expect(throws: SharedEvaluationError.self) { try early.receive(first.dropLast()) }
        #expect(throws: SharedEvaluationError.self) { try early.receive((first + [1])[...]) }
        try early.receive(first[...])
        #expect(throws: SharedEvaluationError.self) { try early.receive(first[...]) }
    }

    /// The mode is for parties that follow the protocol: a flipped bit changes a value and nobody notices.
    @Test func aFlippedBitIsNotDetected() throws {
        let plan = try SharePlan(.requantise(shift: 4, bits: 3), width: 10, shareBits: 10)
        let late = (0..<512).map { UInt64($0) }
        let early = late.map { 1024 - $0 + 64 }
        let honest = try Evaluation.ideal(
            plan, late: late, early: early, lateChooses: Dealer(seed: 1), earlyChooses: Dealer(seed: 2))
        #expect(Evaluation.mismatches(plan, late, early, honest) == 0)
        var first = ActivationParty(plan, role: .late, count: 512, kernel: testKernel)
        var second = ActivationParty(plan, role: .early, count: 512, kernel: testKernel)
        var lateReceiver = IdealReceiver(Dealer(seed: 1))
        var lateSender = IdealSender(Dealer(seed: 2))
        var earlyReceiver = IdealReceiver(Dealer(seed: 2))
        var earlySender = IdealSender(Dealer(seed: 1))
        second.begin(Evaluation.numbers(early))
        let (a, b) = (first.choose(from: &lateReceiver), second.choose(from: &earlyReceiver))
        try second.accept(a[...], from: &earlySender)
        try first.accept(b[...], from: &lateSender)
        first.begin(Evaluation.numbers(late))
        while !first.isDone {
            if first.isTurn {
                var message = first.send()
                if first.isDone || first.flow == plan.digits.count + 1 { message[64 * 2] ^= 1 }
                try second.receive(message[...])
            } else {
                try first.receive(second.send()[...])
            }
        }
        let x = first.finish()
        let y = second.finish()
        let outcome = Evaluation.Outcome(
            late: (0..<512).map { x.words[$0] }, early: (0..<512).map { y.words[$0] }, messages: [])
        #expect(Evaluation.mismatches(plan, late, early, outcome) > 0)
    }
}
