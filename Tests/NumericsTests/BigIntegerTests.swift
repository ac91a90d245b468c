import Testing
import Numerics

/// Values at word boundaries, where carries and signs go wrong.
let boundaryValues: [BigInteger] = {
    let powers = [0, 1, 31, 52, 63, 64, 65, 127, 128, 200].map { BigInteger.one << $0 }
    return [.zero] + powers.flatMap { [$0 - .one, $0, $0 + .one, -$0, -$0 - .one, -$0 + .one] }
}()

@Suite struct BigIntegerTests {
    @Test func addingThenSubtractingReturns() {
        for a in boundaryValues {
            for b in boundaryValues {
                #expect((a + b) - b == a)
                #expect((a * b) == (b * a))
                #expect((a < b) == (b > a))
            }
        }
    }

    @Test func divisionIsFlooredAndExact() {
        for a in boundaryValues {
            for b in boundaryValues where !b.isZero {
                let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
                #expect(quotient * b + remainder == a)
                #expect(remainder.isZero || remainder.isNegative == b.isNegative)
                #expect(remainder.absoluteValue < b.absoluteValue)
            }
        }
    }

    @Test func textAndBytesRoundTrip() throws {
        for value in boundaryValues {
            #expect(try #require(BigInteger(decimal: value.description)) == value)
            #expect(try #require(BigInteger(value.text(radix: 16), radix: 16)) == value)
            #expect(BigInteger(bigEndian: value.bigEndianBytes(count: 32)) == value.absoluteValue)
            #expect(BigInteger(twosComplement: value.twosComplement(count: 4)) == value)
        }
    }

    @Test(arguments: ["", "-", "12a", "1 2", "0x10", "+5", "--1"])
    func malformedTextIsRefused(text: String) {
        #expect(BigInteger(decimal: text) == nil)
    }

    @Test(arguments: [(0, 1), (1, 2), (-1, 1), (127, 8), (-128, 8), (128, 9), (-129, 9)])
    func signedWidth(value: Int, bits: Int) {
        #expect(BigInteger(value).signedBitWidth == bits)
    }

    @Test(arguments: [0.0, 0.4, 0.5, -0.5, 1.5, -2.5, 4_503_599_627_370_497.5, 0x1p200, -0x1.8p90])
    func roundingDouble(value: Double) {
        let rounded = value.rounded(.toNearestOrAwayFromZero)
        #expect(Double(BigInteger(rounding: value)) == rounded)
    }

    @Test func powersAndInverses() throws {
        // Against repeated multiplication in machine integers.
        #expect(
            BigInteger(3).power(BigInteger(200), modulo: BigInteger(1_000_007)) == BigInteger(pow(3, 200, 1_000_007)))
        let modulus = (BigInteger.one << 127) - .one
        let value = (BigInteger.one << 100) + BigInteger(12345)
        let inverse = try #require(value.inverse(modulo: modulus))
        #expect((value * inverse).modulo(modulus) == .one)
        #expect(BigInteger(6).inverse(modulo: BigInteger(9)) == nil)
        #expect(modulus.isProbablePrime())
        #expect(!(modulus * modulus).isProbablePrime())
    }

    @Test func centredResidues() {
        let modulus = BigInteger(101)
        for value in -50...50 {
            #expect(BigInteger(value).modulo(modulus).centred(modulo: modulus) == BigInteger(value))
        }
    }

    @Test func randomValuesStayInRangeAndCoverIt() {
        var generator = SystemRandomNumberGenerator()
        var seen = Set<Int>()
        for _ in 0..<2000 {
            let value = BigInteger.random(below: BigInteger(17), using: &generator)
            seen.insert(value.exactInt ?? -1)
        }
        // One of 17 values is missing after 2,000 draws with probability 17 (16/17)^2000 = 4e-52.
        #expect(seen == Set(0..<17))
    }

    private func pow(_ base: Int, _ exponent: Int, _ modulus: Int) -> Int {
        (0..<exponent).reduce(1) { product, _ in product * base % modulus }
    }
}

@Suite struct IntegerArrayTests {
    @Test func valuesRoundTripAtEveryWidth() {
        for limbs in 1...4 {
            let fitting = boundaryValues.filter { $0.signedBitWidth <= 64 * limbs }
            var array = IntegerArray(count: fitting.count, limbs: limbs)
            for (index, value) in fitting.enumerated() { array[index] = value }
            for (index, value) in fitting.enumerated() {
                #expect(array[index] == value)
                #expect(array.isNegative(index) == value.isNegative)
            }
            #expect(array.mismatches(with: array.resized(limbs: limbs + 2)) == 0)
        }
    }

    @Test func mismatchesAreCounted() {
        let left = IntegerArray([1, -2, 3])
        #expect(left.mismatches(with: IntegerArray([1, 2, 4])) == 2)
        #expect(IntegerArray([]).mismatches(with: IntegerArray([])) == 0)
    }

    @Test func rectifyClearsNegativesOnly() {
        var array = IntegerArray([-5, 0, 7, -1]).resized(limbs: 3)
        array.rectify()
        #expect(array.mismatches(with: IntegerArray([0, 0, 7, 0])) == 0)
    }
}
