package import ObliviousTransfer

extension SharePlan {
    /// Batches of random transfers, in the order in which both sides make them.
    package enum Batch: Sendable, Hashable {
        /// A digit's look-up: 0, or for a double digit's second chain 1.
        case digit(Int, lookUp: Int)
        /// The low carry as a number: chosen by who answers the low digit.
        case lowCarry
        /// The wrap of a + b: chosen by the early party.
        case wrap
        /// In-range bit times the share of who reads the last digit; and above-top bit times the largest result. Chosen by who answers
        /// the last digit.
        case inRange, aboveTop
        /// In-range bit times the share of who answers the last digit.
        case inRangeBack
    }

    package var batches: [Batch] {
        var result: [Batch] = []
        for (index, digit) in digits.enumerated() {
            result += (0..<digit.lookUps).map { .digit(index, lookUp: $0) }
        }
        if lowDigit != nil { result.append(.lowCarry) }
        if wrapBits > 0 { result.append(.wrap) }
        result.append(.inRange)
        if threshold != nil { result.append(.aboveTop) }
        return result + [.inRangeBack]
    }

    package func shape(_ batch: Batch) -> TransferShape {
        if case .digit(let index, _) = batch { return digits[index].shape }
        return TransferShape(index: 1, pad: .number)
    }

    /// Who holds a batch's pads; the other chooses.
    package func sender(_ batch: Batch) -> Role {
        switch batch {
        case .digit(let index, _): sender(ofDigit: index)
        case .lowCarry: lowDigit.map { sender(ofDigit: $0).other } ?? .late
        case .wrap: .late
        case .inRange, .aboveTop: lastSender.other
        case .inRangeBack: lastSender
        }
    }

    // MARK: Messages: offline one from each side, then `flows` in turn, the late party first

    /// One-way messages of the online part.
    package var flows: Int { digits.count + 2 }
    /// Who sends a message of the online part.
    package func sender(ofFlow flow: Int) -> Role { flow.isMultiple(of: 2) ? .late : .early }

    /// Parts of a message, each a number of planes, in their order.
    package enum Section: Sendable, Hashable {
        /// A batch's choice code (its size depends on the source of transfers).
        case choices(Batch)
        /// What a batch's receiver looks up or multiplies by, `^ choices`.
        case correction(Batch)
        /// Tables of a digit, or the numbers of a product.
        case table(Int)
        case product(Batch)
    }

    /// Offline: what a party's choices are, and how they differ from what is known of its share before the other's arrives.
    package func offlineSections(_ role: Role) -> [Section] {
        var sections: [Section] = batches.filter { sender($0) != role }.map { .choices($0) }
        if role == .early {
            sections += corrections(of: .early)
            if wrapBits > 0 { sections.append(.correction(.wrap)) }
        }
        if let low = lowDigit, sender(ofDigit: low) == role { sections.append(.correction(.lowCarry)) }
        return sections
    }

    package func sections(ofFlow flow: Int) -> [Section] {
        var sections: [Section] = []
        if flow == 0 {
            sections += corrections(of: .late)
            if wrapBits > 0 { sections.append(.product(.wrap)) }
        }
        if let low = lowDigit, flow == low + 1 { sections.append(.product(.lowCarry)) }
        if flow < digits.count { return sections + [.table(flow)] }
        if flow == digits.count {
            sections += [.correction(.inRangeBack), .product(.inRange)]
            return threshold == nil ? sections : sections + [.product(.aboveTop)]
        }
        return [.product(.inRangeBack)]
    }

    /// Corrections of the digits whose look-up a party reads.
    private func corrections(of role: Role) -> [Section] {
        digits.indices.filter { sender(ofDigit: $0) != role }.flatMap { index in
            (0..<digits[index].lookUps).map { .correction(.digit(index, lookUp: $0)) }
        }
    }

    package func planes(_ section: Section, field: TransferField) -> Int {
        switch section {
        case .choices(let batch): shape(batch).correctionPlanes(field)
        case .correction(.digit(let index, _)): digits[index].bits
        case .correction: 1
        case .table(let index): digits[index].tablePlanes
        case .product(.wrap): wrapBits
        case .product: shareBits
        }
    }

    private func bytes(_ sections: [Section], count: Int, field: TransferField) -> Int {
        sections.reduce(0) { $0 + planes($1, field: field) } * BitPlanes.blocks(for: count) * BitPlanes.planeBytes
    }

    /// Bytes of a party's offline message for `count` values.
    package func offlineBytes(_ role: Role, count: Int, field: TransferField) -> Int {
        bytes(offlineSections(role), count: count, field: field)
    }

    /// Bytes of an online message for `count` values.
    package func bytes(ofFlow flow: Int, count: Int) -> Int {
        bytes(sections(ofFlow: flow), count: count, field: .eight)
    }
}
