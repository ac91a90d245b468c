import ObliviousTransfer
import Testing

import SharedEvaluation

/// What a party sees is independent of the value: for a fixed Y every XOR of up to three bits of its whole view is unbiased. Single
/// planes are not enough - each of the faults below leaves all of them uniform.
@Suite struct ViewTests {
    static let blocks = 128  // 2^16 instances

    struct View {
        var planes: [[UInt64]] = []
        var names: [String] = []

        mutating func add(_ name: String, _ words: [UInt64]) {
            planes.append(words)
            names.append(name)
        }

        mutating func add(_ name: String, _ planes: borrowing BitPlanes) {
            for plane in 0..<planes.count {
                add("\(name) \(plane)", (0..<planes.planeWords).map { planes.plane(plane)[$0] })
            }
        }

        /// The XOR of one to three planes farthest from half ones, in standard deviations.
        func worst() -> (z: Double, names: [String]) {
            let count = Double(64 * planes[0].count)
            var worst = (z: 0.0, names: [String]())
            func look(_ ones: Int, _ indices: [Int]) {
                let z = abs(Double(ones) - count / 2) / (count / 4).squareRoot()
                if z > worst.z { worst = (z, indices.map { names[$0] }) }
            }
            for i in planes.indices {
                look(planes[i].reduce(0) { $0 + $1.nonzeroBitCount }, [i])
                for j in planes.indices where j > i {
                    let pair = zip(planes[i], planes[j]).map { $0 ^ $1 }
                    look(pair.reduce(0) { $0 + $1.nonzeroBitCount }, [i, j])
                    for k in planes.indices where k > j {
                        var ones = 0
                        pair.withUnsafeBufferPointer { pair in
                            planes[k].withUnsafeBufferPointer { third in
                                for word in pair.indices { ones += (pair[word] ^ third[word]).nonzeroBitCount }
                            }
                        }
                        look(ones, [i, j, k])
                    }
                }
            }
            return worst
        }
    }

    /// Both views of a run on fresh shares of one value.
    static func views(
        _ plan: SharePlan, _ y: Int, lateFaults: [Dealer.Plane: Dealer.Plane] = [:],
        earlyFaults: [Dealer.Plane: Dealer.Plane] = [:]
    ) throws -> [View] {
        var random = Random(seed: 31)
        let count = 512 * blocks
        let mask = UInt64(1) << UInt64(plan.width) - 1
        let early = (0..<count).map { _ in random.next() & mask }
        let late = early.map { (UInt64(bitPattern: Int64(y)) &- $0) & mask }
        let dealers = [Dealer(seed: 7, repeated: lateFaults), Dealer(seed: 8, repeated: earlyFaults)]
        var views = [View(), View()]
        let outcome = try Evaluation.ideal(
            plan, late: late, early: early, lateChooses: dealers[0], earlyChooses: dealers[1]
        ) { party, index in
            if party.flow <= plan.digits.count { views[index].add("carry \(party.flow)", party.opened) }
        }
        #expect(Evaluation.mismatches(plan, late, early, outcome) == 0)
        for (index, role) in SharePlan.Role.allCases.enumerated() {
            let (share, result) = index == 0 ? (late, outcome.late) : (early, outcome.early)
            for (name, numbers, bits) in [("share", share, plan.width), ("result", result, plan.shareBits)] {
                let planes = BitPlanes(Evaluation.numbers(numbers), count: bits, kernel: testKernel)
                views[index].add(name, planes)
            }
            for (number, batch) in plan.batches.filter({ plan.sender($0) != role }).enumerated() {
                let choices = dealers[index].choices(number, plan.shape(batch), blocks: blocks)
                for (plane, words) in choices.enumerated() { views[index].add("choice \(batch) \(plane)", words) }
            }
            views[index].addCorrections(plan, from: role.other, outcome.messages, blocks: blocks)
        }
        return views
    }

    static let plans: [(SharePlan.Activation, Int, Int)] = [
        (.requantise(shift: 0, bits: 3), 6, 6), (.requantise(shift: 2, bits: 3), 7, 7),
        (.requantise(shift: 2, bits: 2), 10, 10), (.requantise(shift: 6, bits: 2), 11, 12), (.rectify, 7, 7),
        (.rectify, 4, 4),
    ]

    @Test(arguments: plans) func noThreeBitsTellAnything(_ activation: SharePlan.Activation, width: Int, shareBits: Int)
        throws
    {
        let plan = try SharePlan(activation, width: width, shareBits: shareBits)
        let (shift, bits) = activation.shiftAndBits
        for y in Set([0, -1, 1 << (shift + bits) - 1, plan.range.lowerBound, plan.range.upperBound]) {
            for (view, role) in zip(try Self.views(plan, y), SharePlan.Role.allCases) {
                let worst = view.worst()
                // About 30,000 combinations a view: 6.5 standard deviations are exceeded by chance once in 400,000 views. Shares and
                // dealers have fixed seeds, so that what passes passes always.
                #expect(worst.z < 6.5, "\(role), Y = \(y): \(worst.names)")
            }
        }
    }

    /// Positive controls: four faults that leave every result exact and every single share uniform.
    enum Fault: String, CaseIterable {
        case secondChainCorrectedWithFirstChainsChoices
        case freeBitsEqual
        case oneMaskForBothOutputsOfASplitDigit
        case lowCarryCorrectedWithAUsedChoice
    }

    @Test(arguments: Fault.allCases) func faultsAreFound(_ fault: Fault) throws {
        let plan = try SharePlan(.requantise(shift: 2, bits: 2), width: 10, shareBits: 10)
        let split = try #require(plan.splitDigit)
        let bits = plan.digits[split + 1].bits
        func number(_ batch: SharePlan.Batch) throws -> Int {
            try #require(plan.batches.filter { plan.sender($0) == plan.sender(batch) }.firstIndex(of: batch))
        }
        /// `plane` of `batch` is `other`'s again, on the side that chooses both.
        func repeated(
            _ batch: SharePlan.Batch, _ plane: Int, _ other: SharePlan.Batch, _ otherPlane: Int
        ) throws -> (SharePlan.Role, [Dealer.Plane: Dealer.Plane]) {
            #expect(plan.sender(batch) == plan.sender(other))
            return (
                plan.sender(batch).other,
                [
                    Dealer.Plane(batch: try number(batch), plane: plane): Dealer.Plane(
                        batch: try number(other), plane: otherPlane)
                ]
            )
        }
        let (role, faults) =
            switch fault {
            case .secondChainCorrectedWithFirstChainsChoices:
                try repeated(.digit(split + 1, lookUp: 1), bits - 1, .digit(split + 1, lookUp: 0), bits - 1)
            case .freeBitsEqual: try repeated(.aboveTop, 0, .inRange, 0)
            case .oneMaskForBothOutputsOfASplitDigit:
                try repeated(.digit(split + 1, lookUp: 1), bits, .digit(split + 1, lookUp: 0), bits)
            case .lowCarryCorrectedWithAUsedChoice:
                // The carry share of the digit that follows, which masks the very carry.
                try repeated(.lowCarry, 0, .digit(1, lookUp: 0), 0)
            }
        var found = 0.0
        for y in [0, -1, 1 << 4, plan.range.upperBound] {
            let views = try Self.views(
                plan, y, lateFaults: role == .late ? faults : [:], earlyFaults: role == .early ? faults : [:])
            found = max(found, views.map { $0.worst().z }.max() ?? 0)
        }
        #expect(found > 100, "\(fault)")
    }
}

extension ViewTests.View {
    /// The corrections a party received.
    mutating func addCorrections(_ plan: SharePlan, from role: SharePlan.Role, _ messages: [[UInt8]], blocks: Int) {
        func read(_ sections: [SharePlan.Section], _ message: [UInt8]) {
            var at = 0
            for section in sections {
                if case .choices = section { continue }  // nothing with ideal transfers
                let planes = plan.planes(section, field: .eight)
                if case .correction = section {
                    for plane in 0..<planes {
                        let bytes = message[(at + plane * 64 * blocks)..<(at + (plane + 1) * 64 * blocks)]
                        add("\(section) \(plane)", words(bytes))
                    }
                }
                at += planes * 64 * blocks
            }
        }
        read(plan.offlineSections(role), messages[role.rawValue])
        for flow in 0..<plan.flows where plan.sender(ofFlow: flow) == role {
            read(plan.sections(ofFlow: flow), messages[2 + flow])
        }
    }

    private func words(_ bytes: ArraySlice<UInt8>) -> [UInt64] {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: 8).map { at in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
        }
    }
}
