import ObliviousTransfer

extension ActivationParty {
    // MARK: Look-ups

    /// The top bit of this party's share, of Y or of Y less the threshold.
    private func addTopBit(chain: Int, to planes: borrowing BitPlanes, _ index: Int) {
        if chain == 1 && plan.thresholdOwner == role {
            planes.add(shifted, plan.width - 1, to: index)
        } else {
            planes.add(own, plan.width - 1, to: index)
        }
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
            let lookUp = digit.kind == .double ? output : 0
            let correction = corrections[.digitCorrection(index, lookUp: lookUp)] ?? []
            let carryPlane = min(output, max(0, opened.count - 1))
            let isShifted = output == 1 && plan.thresholdOwner == role
            offered[.digit(index, lookUp: lookUp)]?.change { pads in
                if isShifted {
                    pads.answerCarry(
                        output: digit.kind == .split ? 1 : 0, digits: shifted, first: digit.position, width: digit.bits,
                        carry: opened, carryPlane: carryPlane, correction: correction[...], mask: masks,
                        maskPlane: output, message: &message, threads: threads)
                } else {
                    pads.answerCarry(
                        output: digit.kind == .split ? output : 0, digits: own, first: digit.position,
                        width: digit.bits,
                        carry: opened, carryPlane: carryPlane, correction: correction[...], mask: masks,
                        maskPlane: output, message: &message, threads: threads)
                }
            }
        }
        for lookUp in 0..<digit.lookUps {
            offered[.digit(index, lookUp: lookUp)] = nil
            corrections[.digitCorrection(index, lookUp: lookUp)] = nil
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
        let clear = own.copy(of: plan.width - 1)
        clear.invert()
        guard let pads = offered.removeValue(forKey: .wrap) else { return }
        wrapShare = pads.take().answerProduct(
            SecretNumbers(bits: clear, kernel: kernel, threads: threads), width: plan.wrapBits,
            correction: corrections[.wrapCorrection]?[...], message: &message, threads: threads)
    }

    /// c = o + r - 2 o r for the opened o and the other's r.
    mutating func answerLowCarry(_ message: inout [UInt8]) {
        guard let pads = offered.removeValue(forKey: .lowCarry) else { return }
        let bits = SecretNumbers(bits: lowCarry, kernel: kernel, threads: threads)
        let numbers = SecretNumbers(blocks: blocks)
        numbers.combine(bits, threads: threads) { 0 &- ($1 << 1) }
        lowCarryShare = pads.take().answerProduct(
            numbers, width: plan.shareBits, correction: corrections[.lowCarryCorrection]?[...], message: &message,
            threads: threads)
        lowCarryShare.combine(bits, threads: threads) { $0 &+ $1 }
    }

    mutating func open(_ batch: SharePlan.Batch, _ part: ArraySlice<UInt8>) {
        guard let pads = chosen.removeValue(forKey: batch) else { return }
        switch batch {
        case .wrap:
            let clear = own.copy(of: plan.width - 1)
            clear.invert()
            wrapShare = pads.take().openProduct(clear, width: plan.wrapBits, message: part, threads: threads)
        case .lowCarry:
            lowCarryShare = pads.take().openProduct(lowCarry, width: plan.shareBits, message: part, threads: threads)
            lowCarryShare.combine(SecretNumbers(bits: lowCarry, kernel: kernel, threads: threads), threads: threads) {
                $0 &+ $1
            }
        case .aboveTop:
            result.combine(
                pads.take().openProduct(selectors, plane: 1, width: plan.shareBits, message: part, threads: threads),
                threads: threads
            ) {
                $0 &+ $1
            }
        case .inRange, .inRangeBack, .digit:
            result.combine(
                pads.take().openProduct(selectors, plane: 0, width: plan.shareBits, message: part, threads: threads),
                threads: threads
            ) {
                $0 &+ $1
            }
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

    mutating func answerInRange(_ message: inout [UInt8]) {
        answerSelected(.inRange, quotient(), selector: 0, &message)
    }
    mutating func answerInRangeBack(_ message: inout [UInt8]) {
        answerSelected(.inRangeBack, quotient(), selector: 0, &message)
    }
    mutating func answerAboveTop(_ message: inout [UInt8]) {
        let top = SecretNumbers(blocks: blocks)
        let largest = plan.largest
        top.map(threads: threads) { _ in largest }
        answerSelected(.aboveTop, top, selector: 1, &message)
    }

    /// (z ^ z') value = z value + z' (1 - 2 z) value for this party's z and value and the other's z'.
    private mutating func answerSelected(
        _ batch: SharePlan.Batch, _ value: borrowing SecretNumbers, selector: Int, _ message: inout [UInt8]
    ) {
        guard let pads = offered.removeValue(forKey: batch) else { return }
        let bits = SecretNumbers(bits: selectors, selector, kernel: kernel, threads: threads)
        let signed = SecretNumbers(blocks: blocks)
        signed.combine(bits, threads: threads) { 0 &- $1 }
        signed.combine(value, threads: threads) { ($1 ^ $0) &- $0 }
        let shares = pads.take().answerProduct(
            signed, width: plan.shareBits,
            correction: batch == .inRangeBack ? corrections[.inRangeCorrection]?[...] : nil, message: &message,
            threads: threads)
        result.combine(shares, threads: threads) { $0 &+ $1 }
        bits.combine(value, threads: threads) { (0 &- $0) & $1 }
        result.combine(bits, threads: threads) { $0 &+ $1 }
    }
}
