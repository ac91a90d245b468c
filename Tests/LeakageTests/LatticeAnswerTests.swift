import Denoising
import Lattice
import Leakage
import Numerics
import Testing

/// Attack I: each protection alone leaves the filters open, both together leave nothing.
///
/// Keys and noise are drawn anew in every run. Elimination under a zero is contradicted by eight equations more than unknowns, but for a
/// chance of 2^-392. Least squares under flooding give four random directions in 25 dimensions: the mean of their cosines has deviation
/// 0.1 and is beyond 0.6 with probability 2e-9; estimates as large as flooding met none of the 100 weights in 24 runs, where five would
/// fail. Under a zero alone, in 24 runs: 1 - cosine of 3.6e-7 with a deviation of 0.5e-7, exact shares of 0.95 with one of 0.023, so that
/// both thresholds are more than ten deviations away.
struct LatticeAnswerTests {
    /// A first layer with filters of 10 bits, and patches of random values.
    static func scene(patches: Int) throws -> (layer: IntegerLayer, images: [[Int]]) {
        let network = try Network.redCNN(depth: 3, channels: 4, relu: .all, decoder: .valid)
        let calibration = try Calibration(
            activationLimits: [0.7, 0.7], rule: "fixed", images: 0, data: "none")
        let integer = try IntegerNetwork(
            requantising: network, weights: try network.initialWeights(seed: 14), calibration: calibration,
            weightBits: 10, activationBits: 12)
        var generator = SeededGenerator(seed: 15)
        let images = (0..<patches).map { _ in (0..<4096).map { _ in Int.random(in: 0...4095, using: &generator) } }
        return (integer.layers[0], images)
    }

    @Test(arguments: LatticeAnswerAttack.Protection.allCases)
    func eliminationReadsAnswersWithoutAZero(protection: LatticeAnswerAttack.Protection) throws {
        let (layer, images) = try Self.scene(patches: 1)
        let attack = try LatticeAnswerAttack(layer, height: 64, width: 64, key: SecretKey())
        let views = try images.map { try attack.view($0, protection, threads: 2) }
        let score = attack.score(attack.filters(views, method: .elimination))
        let isOpen = protection == .nothing || protection == .flooding
        #expect(score.exactShare == (isOpen ? 1 : 0))
    }

    /// Masks of mode shared hide values, neither the uniform half nor the noise: the same protections are needed.
    @Test(arguments: LatticeAnswerAttack.Protection.allCases)
    func masksOnSharesProtectNoAnswer(protection: LatticeAnswerAttack.Protection) throws {
        let (layer, images) = try Self.scene(patches: 24)
        let attack = try LatticeAnswerAttack(
            layer, height: 64, width: 64, bits: 30, hasShares: true, key: SecretKey())
        let views = try images.map { try attack.view($0, protection, threads: 2) }
        let eliminated = attack.score(attack.filters(views, method: .elimination))
        #expect(eliminated.exactShare == (protection == .nothing || protection == .flooding ? 1 : 0))
        let fitted = attack.score(attack.filters(views, method: .leastSquares))
        switch protection {
        case .nothing, .zero: #expect(fitted.cosine > 0.9999 && fitted.exactShare > 0.7)
        case .flooding, .both: #expect(fitted.cosine.magnitude < 0.6 && fitted.exactShare < 0.05)
        }
    }

    @Test(arguments: LatticeAnswerAttack.Protection.allCases)
    func leastSquaresReadAnswersWithoutFlooding(protection: LatticeAnswerAttack.Protection) throws {
        let (layer, images) = try Self.scene(patches: 24)
        let attack = try LatticeAnswerAttack(layer, height: 64, width: 64, key: SecretKey())
        let views = try images.map { try attack.view($0, protection, threads: 2) }
        let score = attack.score(attack.filters(views, method: .leastSquares))
        switch protection {
        case .nothing: #expect(score.exactShare == 1)
        case .zero: #expect(score.cosine > 0.9999 && score.exactShare > 0.7)
        case .flooding, .both: #expect(score.cosine.magnitude < 0.6 && score.exactShare < 0.05)
        }
    }
}
