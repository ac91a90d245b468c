import Denoising
import Testing

@Suite("Requantiser")
struct RequantiserTests {
    /// By hand, with multiplier 3 and shift 3: q = floor(3 x / 8 + 1/2).
    @Test(arguments: [
        (0, 0), (1, 0), (2, 1), (4, 2), (12, 5), (20, 8), (-1, 0), (-4, 0), (-1000, 0),
        (40, 15), (41, 15), (39, 15), (38, 14), (1_000_000, 15),
    ])
    func roundsHalfUpAndClamps(accumulator: Int, expected: Int) throws {
        let requantiser = try Requantiser(multipliers: [3], shift: 3, activationBits: 4)
        #expect(requantiser.apply(accumulator, channel: 0) == expected)
    }

    /// With multiplier 1 and shift 1 every odd value is a half.
    @Test(arguments: [(1, 1), (3, 2), (5, 3), (-1, 0), (6, 3)])
    func halvesGoUp(accumulator: Int, expected: Int) throws {
        let requantiser = try Requantiser(multipliers: [1], shift: 1, activationBits: 8)
        #expect(requantiser.apply(accumulator, channel: 0) == expected)
    }

    @Test func extremesDoNotOverflow() throws {
        let largest = Int64(1) << 31 - 1
        for shift in [0, 1, 31, 62] {
            let requantiser = try Requantiser(multipliers: [largest, 0], shift: shift, activationBits: 31)
            #expect(requantiser.apply(.max, channel: 0) == requantiser.largest)
            #expect(requantiser.apply(.min, channel: 0) == 0)
            #expect(requantiser.apply(.max, channel: 1) == 0)
        }
        // 2^62 (2^31 - 1) / 2^62 = 2^31 - 1, the largest activation of 31 bits exactly.
        let exact = try Requantiser(multipliers: [largest], shift: 62, activationBits: 31)
        #expect(exact.apply(1 << 62, channel: 0) == Int(largest))
        let unscaled = try Requantiser(multipliers: [1], shift: 0, activationBits: 12)
        #expect([-1, 0, 1, 4095, 4096].map { unscaled.apply($0, channel: 0) } == [0, 0, 1, 4095, 4095])
    }

    @Test func valuesOutOfRangeAreRefused() {
        #expect(throws: DenoisingError.invalidPrecision(what: "activation bits", found: 0, expected: 1...31)) {
            _ = try Requantiser(multipliers: [1], shift: 0, activationBits: 0)
        }
        #expect(throws: DenoisingError.invalidPrecision(what: "requantiser's shift", found: 63, expected: 0...62)) {
            _ = try Requantiser(multipliers: [1], shift: 63, activationBits: 8)
        }
        for multiplier in [-1, Int64(1) << 31] {
            #expect(throws: DenoisingError.valueOutOfRange(what: "requantiser's multiplier", expected: "0..<2^31")) {
                _ = try Requantiser(multipliers: [multiplier], shift: 1, activationBits: 8)
            }
        }
    }
}
