import Denoising
import Leakage
import Paillier
import PrivateDenoising
import Testing
import Numerics

/// E and F: a client that does not send an image, a server that does not answer.
@Suite struct MaliciousTests {
    private static let bits = 2048
    private static func network(_ mode: Mode, side: Int) throws -> IntegerNetwork {
        let kernel = mode.networkKind == .requantised ? 5 : 3
        let isOpen = mode == .linear || mode == .linearFused
        let network = try Network.redCNN(
            depth: 3, channels: 2, kernel: kernel, relu: isOpen ? .last : .all, decoder: .same)
        let weights = try network.initialWeights(seed: 7)
        switch mode.networkKind {
        case .growingScale: return try IntegerNetwork(growing: network, weights: weights)
        case .fused: return try IntegerNetwork(fusing: network, weights: weights, height: side, width: side)
        case .requantised, .powerOfTwo:
            return try IntegerNetwork(
                requantising: network, weights: weights,
                calibration: Calibration(activationLimits: [1, 1], rule: "fixed", images: 0, data: "none"))
        }
    }

    /// Rows as the integer network has them: what one unit of each input changes at an inner output.
    private func truth(_ network: IntegerNetwork, taps: Int, side: Int, isWhole: Bool) throws -> [[BigInteger]] {
        guard isWhole else {
            let layer = network.layers[0]
            return (0..<layer.outputChannels).map { channel in
                layer.weights[channel * taps..<(channel + 1) * taps].map { BigInteger($0) }
            }
        }
        let kernel = Int(Double(taps).squareRoot())
        let shape = TensorShape(count: taps + 1, channels: 1, height: side, width: side)
        var images = IntegerArray(count: shape.elementCount, limbs: 1)
        let centre = side / 2
        for tap in 0..<taps {
            let (y, x) = (centre - kernel / 2 + tap / kernel, centre - kernel / 2 + tap % kernel)
            images.words[(tap * side + y) * side + x] = 1
        }
        let sums = try network.evaluate(IntegerTensor(shape: shape, values: images)).accumulators
        let last = try #require(sums.last).values
        func at(_ image: Int) -> BigInteger { last[(image * side + centre) * side + centre] }
        return [(0..<taps).map { at($0) - at(taps) }]
    }

    private static let key = Result { try PrivateKey(bits: bits) }

    @Test(arguments: [
        (Mode.clientAided, false), (.clientAided, true), (.signPair, true), (.positiveMask, false),
        (.positiveMask, true), (.signedMask, true), (.linear, false), (.linear, true), (.linearFused, true),
    ])
    func powersOfTwoReadWholeRows(mode: Mode, isNoisy: Bool) throws {
        let isWhole = mode == .linear || mode == .linearFused
        let (side, taps) = (isWhole ? 56 : 30, isWhole ? 49 : mode.networkKind == .requantised ? 25 : 9)
        let network = try Self.network(mode, side: side)
        let images = TensorShape(count: 1, channels: 1, height: side, width: side)
        let agreement = try Agreement(
            mode: mode, network: network, images: images, parameters: .paillier(keyBits: Self.bits))
        let unused = try agreement.layouts[0].usage?.unused ?? 0
        let key = try Self.key.get()
        let attack = RadixAttack(isNoisy: isNoisy, weightBits: 10)
        let transcript = try attack.record(agreement, network: network, key: key, threads: 2)
        let reading = try attack.read(transcript, key: key, threads: 2)
        let expected = try truth(network, taps: taps, side: side, isWhole: isWhole)
        #expect(reading.rows.count == expected.count)
        for (found, row) in zip(reading.rows, expected) {
            let weights = try #require(found)
            let negative = weights.map { -$0 }
            #expect(weights == row || (!reading.isSignKnown && negative == row))
        }
        // Unused slots of noise cost decryptions where slots are used at all.
        if unused > 0 {
            #expect(isNoisy ? reading.decryptions > 2 : reading.decryptions <= 3)
        }
        // An attacker who takes noise for data reads nothing: each of its weights is right with a chance of 2^-10.
        if isNoisy, unused > 0 {
            let blind = try? RadixAttack(isNoisy: false, weightBits: 10).read(transcript, key: key, threads: 2)
            #expect(blind?.rows.first.flatMap { $0 } != expected[0])
        }
    }

    @Test func theReactionTellsAPixelAndSilenceDoesNot() throws {
        let network = try Self.network(.clientAided, side: 6)
        let shape = TensorShape(count: 3, channels: 1, height: 6, width: 6)
        let images = IntegerTensor(
            shape: shape, values: IntegerArray((0..<shape.elementCount).map { 19 + $0 * 37 % 4000 }))
        let key = try PrivateKey(unsafeBits: 256)
        for (mode, pixel, image) in [(Mode.clientAided, 0, 0), (.clientAided, 17, 2), (.signPair, 35, 1)] {
            let agreement = try Agreement(
                mode: mode, network: network, images: shape, parameters: .paillier(keyBits: 256))
            let attack = try ReactionAttack(agreement, key: key.publicKey, threads: 2)
            func read(isSilent: Bool) throws -> Int {
                let victim = ReactionAttack.Victim(
                    agreement, key: key, images: images, isSilent: isSilent, threads: 2)
                return try attack.read(pixel: pixel, image: image, of: victim)
            }
            #expect(try read(isSilent: false) == images.values.narrow(image * 36 + pixel))
            // The same reaction to every threshold ends at one end of the range.
            #expect(try read(isSilent: true) == 0)
        }
    }

    @Test func modesWithoutReactionsAreRefused() throws {
        let network = try Self.network(.linear, side: 8)
        let agreement = try Agreement(
            mode: .linear, network: network, images: TensorShape(channels: 1, height: 8, width: 8),
            parameters: .paillier(keyBits: 512))
        let key = try PrivateKey(unsafeBits: 512)
        #expect(throws: LeakageError.self) { try ReactionAttack(agreement, key: key.publicKey, threads: 1) }
    }
}
