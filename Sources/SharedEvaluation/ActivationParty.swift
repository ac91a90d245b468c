package import ObliviousTransfer

/// One party's part of an activation on shares: it takes and gives bytes, and ends with its share of the result.
///
/// Life: `choose` and `accept` offline (the early party's share has to be known), `begin` when the late party's share is there, then
/// messages in turn, `finish`. Nothing of it can be stored or run again.
///
/// Security, against parties that follow the protocol: every plane a party receives is masked by a bit of the other's that is used as a
/// mask once (a choice of a random transfer) or by a pad it cannot open; corrections are `value ^ choice`. The low carry's share serves
/// twice, in the next look-up's index and as the choice of a product, both hidden.
package struct ActivationParty: ~Copyable, Sendable {
    package let plan: SharePlan
    package let role: SharePlan.Role
    let count: Int
    let blocks: Int
    let kernel: TransferKernel
    let threads: Int

    /// Own share modulo 2^L, as numbers and in planes; `shifted` less the clamp's threshold where this party takes it off.
    var share = SecretNumbers(blocks: 0)
    var own = BitPlanes(count: 0, blocks: 0)
    var shifted = BitPlanes(count: 0, blocks: 0)
    /// What corrections and tables need until it is used.
    var chosen: [SharePlan.Batch: OneTime<ChosenTransfers>] = [:]
    var offered: [SharePlan.Batch: OneTime<OfferedTransfers>] = [:]
    var corrections: [SharePlan.Batch: [UInt8]] = [:]
    /// Masks of the digits this party answers.
    var masks: [Int: OneTime<BitPlanes>] = [:]
    /// Shares of the carry into the next digit: what the last look-up opened.
    package internal(set) var opened = BitPlanes(count: 0, blocks: 0)
    /// Shares of the carry out of the low digits.
    var lowCarry = BitPlanes(count: 0, blocks: 0)
    var lowCarryShare = SecretNumbers(blocks: 0)
    var wrapShare = SecretNumbers(blocks: 0)
    /// Shares of "in range" and "above the top".
    var selectors: BitPlanes
    var result: SecretNumbers
    package private(set) var flow = 0

    package init(_ plan: SharePlan, role: SharePlan.Role, count: Int, kernel: TransferKernel, threads: Int = 1) {
        self.plan = plan
        self.role = role
        self.count = count
        self.kernel = kernel
        self.threads = threads
        blocks = BitPlanes.blocks(for: count)
        selectors = BitPlanes(count: 2, blocks: blocks)
        result = SecretNumbers(blocks: blocks)
    }

    /// Takes this party's share, 512 numbers a block; bits above L are dropped. The early party's before `choose`, the late one's
    /// before the first message.
    package mutating func begin(_ numbers: borrowing SecretNumbers) {
        let (given, known) = (numbers.blocks, share.blocks)
        precondition(given == blocks && known == 0, "one share of as many blocks")
        let mask = UInt64(1) << UInt64(plan.width) - 1
        share = SecretNumbers(blocks: blocks)
        share.combine(numbers, threads: threads) { $1 & mask }
        own = BitPlanes(share, count: plan.width, kernel: kernel, threads: threads)
        guard let threshold = plan.threshold, plan.thresholdOwner == role else { return }
        let less = SecretNumbers(blocks: blocks)
        less.combine(share, threads: threads) { ($1 &- UInt64(threshold)) & mask }
        shifted = BitPlanes(less, count: plan.width, kernel: kernel, threads: threads)
    }

    // MARK: Offline

    /// Draws this party's choices. - Returns: the offline message to the other.
    package mutating func choose(from source: inout some RandomTransferReceiver & ~Copyable) -> [UInt8] {
        precondition(role == .late || share.blocks == blocks, "the early party's share is known first")
        var message: [UInt8] = []
        let sections = plan.offlineSections(role)
        message.reserveCapacity(
            sections.reduce(0) { $0 + bytes(of: $1) { source.messageBytes($0, blocks: blocks) } })
        for case .choices(let batch) in sections {
            chosen[batch] = OneTime(
                source.choose(plan.shape(batch), blocks: blocks, threads: threads, message: &message))
        }
        drawMasks()
        for case .correction(let batch) in sections { correct(batch, &message) }
        return message
    }

    /// Reads the other's offline message.
    /// - Throws: `malformedMessage` for another size.
    package mutating func accept(
        _ message: ArraySlice<UInt8>, from source: inout some RandomTransferSender & ~Copyable
    ) throws {
        let sections = plan.offlineSections(role.other)
        let sizes = sections.map { bytes(of: $0) { source.messageBytes($0, blocks: blocks) } }
        let expected = sizes.reduce(0, +)
        guard message.count == expected else {
            throw SharedEvaluationError.malformedMessage("\(message.count) bytes of choices, \(expected) expected")
        }
        var rest = message
        for (section, size) in zip(sections, sizes) {
            let part = rest.prefix(size)
            rest = rest.dropFirst(part.count)
            if case .choices(let batch) = section {
                offered[batch] = OneTime(
                    try source.offer(plan.shape(batch), blocks: blocks, threads: threads, message: part))
            } else if case .correction(let batch) = section {
                // A copy: a slice would keep the whole message, of which the rest is done with.
                corrections[batch] = Array(part)
            }
        }
    }

    /// Bytes of a section of an offline message.
    /// - Parameter choices: of the choices of a batch of transfers.
    private func bytes(of section: SharePlan.Section, choices: (TransferShape) -> Int) -> Int {
        guard case .choices(let batch) = section else {
            return plan.planes(section, field: .eight) * blocks * BitPlanes.planeBytes
        }
        return choices(plan.shape(batch))
    }

    /// A digit's carries go out under this party's own choices of the next look-up; the last one's under its free bits.
    private mutating func drawMasks() {
        for (index, digit) in plan.digits.enumerated() where plan.sender(ofDigit: index) == role {
            guard index + 1 < plan.digits.count else { continue }
            let next = plan.digits[index + 1]
            let masks = BitPlanes(count: digit.outputs, blocks: blocks)
            for output in 0..<digit.outputs {
                chosen[.digit(index + 1, lookUp: output)]?.change { masks.add($0.mask(next.bits), to: output) }
            }
            if index == plan.lowDigit { lowCarry = masks.copy(of: 0) }
            self.masks[index] = OneTime(masks)
        }
        guard plan.lastSender == role else { return }
        chosen[.inRange]?.change { selectors.add($0.mask(0), to: 0) }
        chosen[.aboveTop]?.change { selectors.add($0.mask(0), to: 1) }
    }

    /// Turns this party's random choices of a batch into its own: the digits of its share, or what it multiplies by.
    private func correct(_ batch: SharePlan.Batch, _ message: inout [UInt8]) {
        chosen[batch]?.change { transfers in
            switch batch {
            case .digit(let index, let lookUp):
                let digit = plan.digits[index]
                withPlanes(ofChain: lookUp) {
                    transfers.correct(to: $0, first: digit.position, count: digit.bits, message: &message)
                }
            case .lowCarry: transfers.correct(to: lowCarry, first: 0, count: 1, message: &message)
            case .wrap: transfers.correct(to: clearTopBit(), first: 0, count: 1, message: &message)
            case .inRange, .aboveTop, .inRangeBack:
                transfers.correct(to: selectors, first: 0, count: 1, message: &message)
            }
        }
    }

    // MARK: Online

    package var isTurn: Bool { !isDone && plan.sender(ofFlow: flow) == role }
    package var isDone: Bool { flow == plan.flows }

    /// The next message. - Precondition: `isTurn`.
    package mutating func send() -> [UInt8] {
        precondition(isTurn && share.blocks == blocks, "this party's turn, and its share known")
        var message: [UInt8] = []
        message.reserveCapacity(plan.bytes(ofFlow: flow, count: count))
        for section in plan.sections(ofFlow: flow) {
            switch section {
            case .table(let index): answer(index, &message)
            case .product(.wrap): answerWrap(&message)
            case .product(.lowCarry): answerLowCarry(&message)
            case .product(let batch): answerSelected(batch, &message)
            case .correction(let batch): correct(batch, &message)
            case .choices: break
            }
        }
        flow += 1
        return message
    }

    /// Reads the other's next message.
    /// - Throws: `malformedMessage` for another size, or out of turn.
    package mutating func receive(_ message: ArraySlice<UInt8>) throws(SharedEvaluationError) {
        guard !isDone, !isTurn else { throw .malformedMessage("not the other party's turn") }
        let expected = plan.bytes(ofFlow: flow, count: count)
        guard message.count == expected else {
            throw .malformedMessage("\(message.count) bytes in flow \(flow), \(expected) expected")
        }
        var rest = message
        for section in plan.sections(ofFlow: flow) {
            let part = rest.prefix(plan.planes(section, field: .eight) * blocks * BitPlanes.planeBytes)
            rest = rest.dropFirst(part.count)
            switch section {
            case .table(let index): open(index, part)
            case .product(let batch): open(batch, part)
            case .correction(let batch): corrections[batch] = Array(part)
            case .choices: break
            }
        }
        flow += 1
    }

    /// This party's share of the result modulo 2^U.
    /// - Precondition: `isDone`.
    package consuming func finish() -> SecretNumbers {
        precondition(isDone, "all messages were exchanged")
        let mask = UInt64(1) << UInt64(plan.shareBits) - 1
        result.map(threads: threads) { $0 & mask }
        return result
    }
}
