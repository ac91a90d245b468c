import CLatticeKernel
import Foundation
import Lattice
import Numerics
import Testing

/// Decryption cannot fail: bounds, and runs at their edge.
struct NoiseTests {
    /// lattice.md, section 1: worst sums at L1 = 2^20 over half a step, and the dropped bits they leave room for.
    @Test(arguments: [(33, 0.457), (34, 0.435), (35, 0.4793), (36, 0.3803)])
    func boundsOfTheFloodedSet(bits: Int, share: Double) throws {
        let format = try AnswerFormat(.flooded, width: bits)
        let (worst, budget) = format.noise(norm: 0x1p20)
        #expect(abs(worst / budget / 2 - share) < 0.001)
    }

    @Test func everyWidthOfTheRangeHasRoom() throws {
        for parameters in [LatticeParameters.flooded, .plain] {
            for bits in parameters.plaintextBitsRange {
                let (worst, budget) = try AnswerFormat(parameters, width: bits).noise(norm: 0x1p20)
                #expect(worst < budget)
            }
            let most = parameters.plaintextBitsRange.upperBound
            #expect(throws: LatticeError.plaintextTooWide(needed: most + 1, available: most)) {
                try AnswerFormat(parameters, width: most + 1)
            }
        }
    }

    /// Weights of one sign at the largest norm, inputs at their top: the budget of P is used most.
    @Test(arguments: [LatticeParameters.flooded, .plain])
    func edgesDecrypt(parameters: LatticeParameters) throws {
        var generator = SeededGenerator(seed: 3)
        let scene = Scene(height: 20, width: 20, inputs: 96, outputs: 1)
        let weights = [Int32](repeating: 436, count: 96 * 25)  // L1 = 1,046,400, just below 2^20
        let values = [Int64](repeating: 4095, count: 96 * 400)
        let key = try SecretKey(testing: &generator, parameters)
        let format = try AnswerFormat(parameters, width: 33)
        let layer = try LatticeConvolution(
            geometry: try scene.geometry(), inputs: 96, outputs: 1, weights: weights, bias: [2_000_000], format: format,
            key: key.publicKey)
        let upload = UploadedTensor(
            encrypting: values.bitPatterns, geometry: layer.geometry, images: 1, channels: 96, format: format,
            key: key)
        let (found, noise) = try AnsweredTensor(layer, input: upload, kept: nil).opened(key, threads: 1)
        #expect(found == [UInt64](repeating: UInt64(1_046_400 * 4095 + 2_000_000), count: 256))
        #expect(noise < 0.46)
    }

    /// One step beyond the bound: P has room for norms up to 2^20, not for 4 million.
    @Test func aLayerBeyondTheBoundIsRefused() throws {
        let key = try SecretKey(.plain)
        let scene = Scene(height: 64, width: 64, kernelHeight: 64, kernelWidth: 64, inputs: 1, outputs: 1)
        func layer(_ weight: Int32) throws -> LatticeConvolution {
            try LatticeConvolution(
                geometry: try scene.geometry(), inputs: 1, outputs: 1, weights: [Int32](repeating: weight, count: 4096),
                bias: [0], format: try AnswerFormat(.plain, width: 33), key: key.publicKey)
        }
        #expect(throws: Never.self) { try layer(200) }
        let error = #expect(throws: LatticeError.self) { try layer(1000) }
        guard case .noise = error else { Issue.record("\(String(describing: error))"); return }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let key = try SecretKey()
        let format = try AnswerFormat(.flooded, width: 33)
        let one = try PolynomialGeometry(kernelHeight: 1, kernelWidth: 1, padding: 0, inputHeight: 8, inputWidth: 8)
        #expect(throws: LatticeError.unsupported("weights beyond 16 bits")) {
            try LatticeConvolution(
                geometry: one, inputs: 1, outputs: 1, weights: [32768], bias: [0], format: format, key: key.publicKey)
        }
        #expect(throws: LatticeError.unsupported("a kernel of 65x3; at most 64x64 expected")) {
            try PolynomialGeometry(kernelHeight: 65, kernelWidth: 3, padding: 0, inputHeight: 80, inputWidth: 80)
        }
        // What is placed by copying must fit a polynomial.
        #expect(throws: LatticeError.unsupported("a padding of -45 around 104x104")) {
            try PolynomialGeometry(kernelHeight: 1, kernelWidth: 1, padding: -45, inputHeight: 104, inputWidth: 104)
        }
        #expect(throws: LatticeError.unsupported("an image of more than 16384 pieces")) {
            try PolynomialGeometry(kernelHeight: 64, kernelWidth: 64, padding: 0, inputHeight: 200, inputWidth: 200)
        }
    }

    /// The figure of section 1: skip multipliers count, patches by their square root, skips and filters of a real
    /// network apart.
    @Test func floodingDistance() throws {
        let format = try AnswerFormat(.flooded, width: 33)
        // 865 answers of one patch of the ten-layer network, 2.44 million values, filters of L2 norm 14,857.
        let distance = format.distance(variance: 10.5 * 2_444_800 * 14_857 * 14_857)
        #expect(abs(distance.log2Distance() + 36.7) < 0.1)
        #expect(abs(distance.log2Distance(patches: 64) - distance.log2Distance() - 3) < 1e-9)
        let patches = distance.patches(within: -30)
        #expect(distance.log2Distance(patches: patches) <= -30)
        #expect(distance.log2Distance(patches: patches + 1) > -30 - 1e-3)
        // Three bits more of flooding for each plaintext bit less, drawn at that width.
        #expect(
            abs(try AnswerFormat(.flooded, width: 30).distance(variance: distance.variance).log2Distance() + 39.7) < 0.1
        )
        #expect(try AnswerFormat(.plain, width: 33).distance(variance: distance.variance).log2Distance() == 0)
    }

    @Test func skipsCountInTheDistance() throws {
        let key = try SecretKey()
        let geometry = try PolynomialGeometry(
            kernelHeight: 1, kernelWidth: 1, padding: 0, inputHeight: 10, inputWidth: 10)
        let layer = try LatticeConvolution(
            geometry: geometry, inputs: 1, outputs: 1, weights: [3], bias: [0],
            skip: .init(geometry: geometry, multipliers: [89_412]), format: try AnswerFormat(.flooded, width: 33),
            key: key.publicKey)
        #expect(layer.noiseVariance() == 10.5 * 100 * (9 + 89_412.0 * 89_412))
    }

    /// What shares add to the variance bounds the wraps of their sums, and by no more than it has to: 20,000 sums of 225 uniform shares
    /// in units of t, whose second moment is known to 1 % (one standard deviation).
    @Test func wrapsOfSharesStayWithinTheirBound() {
        var random = SeededGenerator(seed: 5)
        let weights = (0..<225).map { _ in Int32.random(in: -511...511, using: &random) }
        let moment =
            (0..<20_000).reduce(0.0) { total, _ in
                let sum = weights.reduce(0.0) { $0 + Double($1) * Double.random(in: -0.5..<0.5, using: &random) }
                return total + sum.rounded() * sum.rounded()
            } / 20_000
        let variances = [true, false].map {
            FloodingDistance.noiseVariance(
                weights: weights, multipliers: nil, outputs: 1, coefficients: 1, areShares: $0)
        }
        let claimed = variances[0] - variances[1]
        #expect(moment <= 1.05 * claimed, "\(moment) of \(claimed)")
        #expect(moment >= 0.95 * claimed, "\(moment) of \(claimed)")
    }

    /// 1/12 of every squared weight and multiplier, and 2 an output for mask and rounding.
    @Test func sharesAddTheirWrapsToTheVariance() {
        let variances = [true, false].map {
            FloodingDistance.noiseVariance(
                weights: [1, -2], multipliers: [3, 4], outputs: 2, coefficients: 10, areShares: $0)
        }
        #expect(abs(variances[0] - variances[1] - 10 * (30.0 / 12 + 4)) < 1e-9)
    }
}
