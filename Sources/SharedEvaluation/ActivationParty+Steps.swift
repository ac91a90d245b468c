import ObliviousTransfer

extension ActivationParty {
    // MARK: Look-ups

    /// Calls `body` with the planes of this party's share: in chain 0 of Y, in chain 1 of Y less the threshold.
    func withPlanes(ofChain chain: Int, _ body: (borrowing BitPlanes) -> Void) {
        if chain == 1 && plan.thresholdOwner == role { body(shifted) } else { body(own) }
    }

    private func addTopBit(chain: Int, to planes: borrowing BitPlanes, _ index: Int) {
        withPlanes(ofChain: chain) { planes.add($0, plan.width - 1, to: index) }
    }

    /// The complement of the top bit of this party's share of Y.
    func clearTopBit() -> BitPlanes {
        let clear = own.copy(of: plan.width - 1)
        clear.invert()
        return clear
    }

    /// Masks of the last digit's carries, such that this party's shares of the selectors become its free bits.
    private func lastMasks() -> BitPlanes {
        let masks = BitPlanes(count: plan.threshold == nil ? 1 : 2, blocks: blocks)
        masks.add(selectors, 0, to: 0)
        if plan.threshold == nil {
            masks.invert(0)  // in range = not negative
        } else {
            masks.add(selectors, 1, to: 0)  // negative = in range ^ below the top
            masks.add(selectors, 1, to: 1)
            addTopBit(chain: 1, to: masks, 1)
        }
        addTopBit(chain: 0, to: masks, 0)
        return masks
    }

    mutating func answer(_ index: Int, _ message: inout [UInt8]) {
        let digit = plan.digits[index]
        let masks = masks.removeValue(forKey: index)?.take() ?? lastMasks()
        for output in 0..<digit.outputs {
            let batch = SharePlan.Batch.digit(index, lookUp: digit.kind == .double ? output : 0)
            let correction = corrections[batch] ?? []
            let carryPlane = min(output, max(0, opened.count - 1))
            offered[batch]?.change { pads in
                withPlanes(ofChain: output) { digits in
                    pads.answerCarry(
                        output: digit.kind == .split ? output : 0, digits: digits, first: digit.position,
                        width: digit.bits,
                        carry: opened, carryPlane: carryPlane, correction: correction[...], mask: masks,
                        maskPlane: output, message: &message, threads: threads)
                }
            }
        }
        for lookUp in 0..<digit.lookUps {
            offered[.digit(index, lookUp: lookUp)] = nil
            corrections[.digit(index, lookUp: lookUp)] = nil
        }
    }

    mutating func open(_ index: Int, _ part: ArraySlice<UInt8>) {
        let digit = plan.digits[index]
        let carries = BitPlanes(count: digit.outputs, blocks: blocks)
        for lookUp in 0..<digit.lookUps {
            guard let pads = chosen.removeValue(forKey: .digit(index, lookUp: lookUp)) else { continue }
            let size = part.count / digit.lookUps
            let start = part.startIndex + lookUp * size
            let planes = pads.take().openCarries(part[start..<start + size], threads: threads)
            for output in 0..<planes.count { carries.add(planes, output, to: lookUp + output) }
        }
        if index == plan.lowDigit { lowCarry = carries.copy(of: 0) }
        if index == plan.digits.count - 1 { select(carries) }
        opened = carries
    }

    /// This party's shares of the selectors, from the last carries.
    private mutating func select(_ carries: borrowing BitPlanes) {
        selectors.add(carries, 0, to: 0)
        addTopBit(chain: 0, to: selectors, 0)
        guard plan.threshold != nil else { return }
        selectors.add(carries, 1, to: 1)
        addTopBit(chain: 1, to: selectors, 1)
        selectors.add(selectors.copy(of: 1), to: 0)
        selectors.invert(1)
    }

    // MARK: Products

    mutating func answerWrap(_ message: inout [UInt8]) {
        guard let pads = offered.removeValue(forKey: .wrap) else { return }
        wrapShare = pads.take().answerProduct(
            SecretNumbers(bits: clearTopBit(), kernel: kernel, threads: threads), width: plan.wrapBits,
            correction: corrections[.wrap]?[...], message: &message, threads: threads)
    }

    /// c = o + r - 2 o r for the opened o and the other's r.
    mutating func answerLowCarry(_ message: inout [UInt8]) {
        guard let pads = offered.removeValue(forKey: .lowCarry) else { return }
        let bits = SecretNumbers(bits: lowCarry, kernel: kernel, threads: threads)
        let numbers = SecretNumbers(blocks: blocks)
        numbers.combine(bits, threads: threads) { 0 &- ($1 << 1) }
        lowCarryShare = pads.take().answerProduct(
            numbers, width: plan.shareBits, correction: corrections[.lowCarry]?[...], message: &message,
            threads: threads)
        lowCarryShare.combine(bits, threads: threads) { $0 &+ $1 }
    }

    mutating func open(_ batch: SharePlan.Batch, _ part: ArraySlice<UInt8>) {
        guard let pads = chosen.removeValue(forKey: batch) else { return }
        switch batch {
        case .wrap:
            wrapShare = pads.take().openProduct(clearTopBit(), width: plan.wrapBits, message: part, threads: threads)
        case .lowCarry:
            lowCarryShare = pads.take().openProduct(lowCarry, width: plan.shareBits, message: part, threads: threads)
            lowCarryShare.combine(SecretNumbers(bits: lowCarry, kernel: kernel, threads: threads), threads: threads) {
                $0 &+ $1
            }
        case .inRange, .inRangeBack, .aboveTop, .digit:
            let product = pads.take().openProduct(
                selectors, plane: selector(batch), width: plan.shareBits, message: part, threads: threads)
            result.combine(product, threads: threads) { $0 &+ $1 }
        }
    }

    /// This party's share of floor(Y / 2^s), right where Y is not negative and below the top.
    private func quotient() -> SecretNumbers {
        let (shift, width) = (UInt64(plan.shift), UInt64(plan.width))
        let value = SecretNumbers(blocks: blocks)
        value.combine(share, threads: threads) { $1 >> shift }
        if lowCarryShare.blocks > 0 { value.combine(lowCarryShare, threads: threads) { $0 &+ $1 } }
        if wrapShare.blocks > 0 {
            // The product of the cleared top bits is 1 - wrap.
            let one: UInt64 = role == .late ? 1 : 0
            value.combine(wrapShare, threads: threads) { $0 &+ (($1 &- one) << (width - shift)) }
        }
        return value
    }

    /// What is passed on above the top.
    private func top() -> SecretNumbers {
        let value = SecretNumbers(blocks: blocks)
        let largest = plan.largest
        value.map(threads: threads) { _ in largest }
        return value
    }

    /// The selector that a product is made with.
    private func selector(_ batch: SharePlan.Batch) -> Int { batch == .aboveTop ? 1 : 0 }

    /// (z ^ z') value = z value + z' (1 - 2 z) value for this party's z and value and the other's z'.
    mutating func answerSelected(_ batch: SharePlan.Batch, _ message: inout [UInt8]) {
        guard let pads = offered.removeValue(forKey: batch) else { return }
        let value = batch == .aboveTop ? top() : quotient()
        let bits = SecretNumbers(bits: selectors, selector(batch), kernel: kernel, threads: threads)
        let signed = SecretNumbers(blocks: blocks)
        signed.combine(bits, threads: threads) { 0 &- $1 }
        signed.combine(value, threads: threads) { ($1 ^ $0) &- $0 }
        let shares = pads.take().answerProduct(
            signed, width: plan.shareBits, correction: corrections[batch]?[...], message: &message, threads: threads)
        result.combine(shares, threads: threads) { $0 &+ $1 }
        bits.combine(value, threads: threads) { (0 &- $0) & $1 }
        result.combine(bits, threads: threads) { $0 &+ $1 }
    }
}
