public import Numerics

/// Several signed integers in one plaintext: `m = sum(v[i] * 2^(slotBits * i))`, balanced digits, `-2^(slotBits-1) <= v[i] < 2^(slotBits-1)`.
///
/// A scalar product multiplies every slot by the same integer and a sum adds slot by slot, which is what a convolution does to the
/// patches of a batch (Bianchi, Piva, Barni 2010, composite signal representation). The caller proves that no slot ever leaves
/// its width: there are no guard bits.
public struct PackedEncoding: Sendable, Equatable {
    public let slotBits: Int
    /// Slots of a plaintext: as many as fit, or fewer where a mode wants them apart.
    public let slots: Int
    /// Slots that carry values; those above are noise when a ciphertext leaves the server.
    public let used: Int
    private let n: BigInteger
    private let modulusWords: Int
    /// `sum(2^(slotBits-1) * 2^(slotBits*i))` over the used slots: makes digits unsigned.
    private let offset: BigInteger

    /// - Parameters:
    ///   - slotBits: the proven width of a value, sign included, at least 1.
    ///   - slots: slots of a plaintext; nil takes as many as fit.
    ///   - used: at most `slots`; nil uses all.
    /// - Throws: `slotsTooNarrow` when even one slot, or `used` of them, do not fit `|m| <= (n-1)/2`.
    public init(slotBits: Int, slots: Int? = nil, used: Int? = nil, key: PublicKey) throws(PaillierError) {
        // All slots at their extremes stay below 2^(slotBits * slots - 1) <= (n-1)/2.
        let available = key.bits - 1
        self.slotBits = slotBits
        self.slots = slots ?? available / slotBits
        self.used = used ?? self.slots
        guard self.slots >= 1, self.slots * slotBits <= available, self.used >= 1, self.used <= self.slots else {
            throw .slotsTooNarrow(needed: slotBits * max(1, slots ?? 1, used ?? 1), available: available)
        }
        n = key.n
        modulusWords = key.ring.modulusWords
        let digit = BigInteger.one << (slotBits - 1)
        offset = (0..<self.used).reduce(.zero) { sum, slot in sum + (digit << (slotBits * slot)) }
    }

    /// The signed integer that every used slot holding `value` makes; bias terms are added this way.
    public func broadcast(_ value: BigInteger) -> BigInteger {
        value * (offset >> (slotBits - 1))
    }

    /// Packs values: plaintext `i` holds `values[position(i, slot)]` in its used slots; a nil position leaves the slot 0.
    /// - Precondition: every value fits `slotBits`.
    public func encode(
        _ values: IntegerArray, plaintexts count: Int, threads: Int = 1,
        position: @Sendable (_ plaintext: Int, _ slot: Int) -> Int?
    ) -> Plaintexts {
        let half = BitField(width: slotBits, setBit: slotBits - 1)
        let words = parallelChunks(count, threads: threads) { range in
            var result: [UInt64] = []
            result.reserveCapacity(range.count * modulusWords)
            var sum = [UInt64](repeating: 0, count: modulusWords + 1)
            for plaintext in range {
                for index in sum.indices { sum[index] = 0 }
                for slot in 0..<used {
                    var digit = half
                    if let at = position(plaintext, slot) { digit.add(values, at) }
                    digit.deposit(into: &sum, at: slot * slotBits)
                }
                result += (BigInteger(magnitude: sum) - offset).modulo(n).words(count: modulusWords)
            }
            return result
        }
        return Plaintexts(words: words, wordsEach: modulusWords)
    }

    /// Unpacks the used slots of every plaintext into `limbs`-word integers: value `plaintext * used + slot`.
    public func decode(_ plaintexts: Plaintexts, limbs: Int, threads: Int = 1) -> IntegerArray {
        precondition(64 * limbs >= slotBits, "\(slotBits)-bit slots do not fit \(limbs) words")
        var result = IntegerArray(count: plaintexts.count * used, limbs: limbs)
        result.words = parallelChunks(plaintexts.count, threads: threads) { range in
            var output: [UInt64] = []
            output.reserveCapacity(range.count * used * limbs)
            for plaintext in range {
                let residue = BigInteger(
                    magnitude: Array(plaintexts.words[plaintext * modulusWords..<(plaintext + 1) * modulusWords]))
                let signed = residue.centred(modulo: n) + offset
                let words = signed.twosComplement(count: modulusWords + 2)
                for slot in 0..<used {
                    var digit = BitField(width: slotBits, extractedFrom: words, at: slot * slotBits)
                    digit.flipTopBit()
                    digit.append(to: &output, limbs: limbs)
                }
            }
            return output
        }
        return result
    }

    /// How many plaintexts no honest sender can have packed: values beyond the slots. With unused slots, which hold noise,
    /// nothing can be told.
    public func outOfRange(_ plaintexts: Plaintexts, key: PublicKey) -> Int {
        guard used == slots else { return 0 }
        return (0..<plaintexts.count).count { index in
            let shifted = plaintexts.signed(index, key: key) + offset
            return shifted.isNegative || shifted.bitWidth > slotBits * used
        }
    }

    /// Noise for everything above the used slots, in each of `count` plaintexts: `t * 2^(slotBits * used)`, t within 2^-64 of uniform
    /// such that `|m| <= (n-1)/2` for every content of the used slots. Zero when all slots are used.
    public func noise(_ count: Int, threads: Int = 1) -> Plaintexts {
        guard used < slots else {
            return Plaintexts(words: [UInt64](repeating: 0, count: count * modulusWords), wordsEach: modulusWords)
        }
        let shift = slotBits * used
        let limit = (((n - .one) >> 1) >> shift) - .one
        let range = limit + limit + .one
        let words = parallelChunks(count, threads: threads) { indices in
            indices.flatMap { _ in
                let drawn = BigInteger(magnitude: randomWords(range.magnitude.count + 1)).modulo(range)
                return ((drawn - limit) << shift).modulo(n).words(count: modulusWords)
            }
        }
        return Plaintexts(words: words, wordsEach: modulusWords)
    }
}

/// An unsigned number of `width` bits in up to eight words: a slot on its way into or out of a plaintext.
private struct BitField {
    let width: Int
    var words: [UInt64]

    init(width: Int, setBit bit: Int) {
        self.width = width
        words = [UInt64](repeating: 0, count: (width + 63) / 64)
        words[bit / 64] = 1 << UInt64(bit % 64)
    }

    init(width: Int, extractedFrom source: [UInt64], at bit: Int) {
        self.width = width
        let count = (width + 63) / 64
        words = (0..<count).map { index in
            let (word, offset) = ((bit + 64 * index) / 64, UInt64((bit + 64 * index) % 64))
            let low = source[word] >> offset
            return offset == 0 || word + 1 >= source.count ? low : low | source[word + 1] << (64 - offset)
        }
        trim()
    }

    /// Bits above the width are cleared.
    private mutating func trim() {
        if width % 64 != 0 { words[words.count - 1] &= (1 << UInt64(width % 64)) - 1 }
    }

    /// Adds a signed value modulo 2^width.
    mutating func add(_ values: IntegerArray, _ index: Int) {
        let fill: UInt64 = values.isNegative(index) ? .max : 0
        var carry = false
        for word in words.indices {
            let addend = word < values.limbs ? values.words[index * values.limbs + word] : fill
            let (partial, first) = words[word].addingReportingOverflow(addend)
            let (sum, second) = partial.addingReportingOverflow(carry ? 1 : 0)
            words[word] = sum
            carry = first || second
        }
        trim()
    }

    mutating func flipTopBit() { words[(width - 1) / 64] ^= 1 << UInt64((width - 1) % 64) }

    func deposit(into target: inout [UInt64], at bit: Int) {
        for (index, word) in words.enumerated() {
            let (position, offset) = ((bit + 64 * index) / 64, UInt64((bit + 64 * index) % 64))
            target[position] |= word << offset
            if offset != 0 && position + 1 < target.count { target[position + 1] |= word >> (64 - offset) }
        }
    }

    /// Appends the number as two's complement of `limbs` words, its top bit being the sign.
    func append(to output: inout [UInt64], limbs: Int) {
        let negative = words[(width - 1) / 64] >> UInt64((width - 1) % 64) & 1 == 1
        for index in 0..<limbs {
            guard index < words.count else { output.append(negative ? .max : 0); continue }
            let isTop = index == words.count - 1 && width % 64 != 0
            output.append(isTop && negative ? words[index] | (.max << UInt64(width % 64)) : words[index])
        }
    }
}
