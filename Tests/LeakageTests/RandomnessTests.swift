import Denoising
import Leakage
import Paillier
import PrivateDenoising
import Testing
import Numerics

/// D: what comes back without fresh randomness tells the weights to the owner of the key, and with it tells nothing.
///
/// Keys are drawn anew. For each small order r there are 81 equations with 25 unknowns: logarithms that say nothing contradict each other
/// but for a chance of r^-56, and true ones leave something open with about that chance; 2^-53 over all filters and orders at most.
@Suite struct RandomnessTests {
    private static func network() throws -> IntegerNetwork {
        let network = try Network.redCNN(depth: 3, channels: 3, relu: .all, decoder: .same)
        let calibration = try Calibration(activationLimits: [1, 1], rule: "fixed", images: 0, data: "none")
        return try IntegerNetwork(
            requantising: network, weights: network.initialWeights(seed: 7), calibration: calibration)
    }

    private func readings(
        _ setting: RandomnessSetting, _ key: PrivateKey, _ method: RandomnessAttack.Method = .subgroups
    ) throws -> [RandomnessAttack.Reading?] {
        let shape = TensorShape(count: 2, channels: 1, height: 14, width: 15)
        let images = IntegerTensor(
            shape: shape, values: IntegerArray((0..<shape.elementCount).map { $0 * 37 % 4096 }))
        let transcript = try setting.record(key: key, network: Self.network(), images: images, threads: 2)
        return try RandomnessAttack(key).filters(transcript, channels: 0..<3, method: method)
    }

    /// Most keys will do; drawn until the small orders tell weights of 10 bits apart.
    private func key(bits: Int = 256) throws -> PrivateKey {
        while true {
            let key = try PrivateKey(unsafeBits: bits)
            if RandomnessAttack(key).reach > BigInteger(1 << 12) { return key }
        }
    }

    @Test(arguments: [RandomnessSetting.off, .offFull])
    func withoutFreshRandomnessEveryWeightIsRead(setting: RandomnessSetting) throws {
        let layer = try Self.network().layers[0]
        for reading in try readings(setting, key()).enumerated() {
            let found = try #require(reading.element)
            #expect(found.modulus > 1024)
            #expect(found.weights == layer.weights[reading.offset * 25..<(reading.offset + 1) * 25].map { Int($0) })
        }
    }

    @Test(arguments: [RandomnessSetting.djnShort, .djn, .full, .mixed])
    func freshRandomnessLeavesNothing(setting: RandomnessSetting) throws {
        let found = try readings(setting, key())
        #expect(found.allSatisfy { $0 == nil })
    }

    @Test func clientAndServerOfDifferentRandomnessTellParities() throws {
        let layer = try Self.network().layers[0]
        let parities = try readings(.mixed, key(), .jacobi)
        for (channel, reading) in parities.enumerated() {
            let found = try #require(reading)
            #expect(found.modulus == 2)
            #expect(
                found.weights.map { abs($0) }
                    == layer.weights[channel * 25..<(channel + 1) * 25].map { abs(Int($0)) % 2 })
        }
        // A client that drew its exponents for p and q without regard to each other would fail here with h^x on both sides.
        for setting in [RandomnessSetting.djn, .djnShort, .full] {
            #expect(try readings(setting, key(), .jacobi).allSatisfy { $0 == nil }, "\(setting)")
        }
    }

    /// An order that both primes have tells weights modulo it once: of p - 1 = 2 3 5 7 and q - 1 = 2^2 3^2 5 the product is 210.
    @Test func ordersOfBothPrimesCountOnce() throws {
        #expect(try RandomnessAttack(PrivateKey(unsafeP: [211], q: [181])).reach == BigInteger(210))
    }

    @Test func transcriptsThatDoNotFitAreRefused() throws {
        let key = try PrivateKey(unsafeBits: 256)
        let small = IntegerTensor(shape: TensorShape(channels: 1, height: 6, width: 6), limbs: 1)
        let transcript = try RandomnessSetting.djn.record(key: key, network: Self.network(), images: small, threads: 1)
        #expect(throws: LeakageError.self) { try RandomnessAttack(key).filters(transcript, channels: 0..<1) }
        #expect(throws: LeakageError.self) {
            try RandomnessAttack(PrivateKey(unsafeBits: 256)).filters(transcript, channels: 0..<1)
        }
        // Tiles lie elsewhere in their ciphertexts.
        let (network, images) = try (
            Self.network(), IntegerTensor(shape: TensorShape(channels: 1, height: 14, width: 14), limbs: 1)
        )
        let tiles = try Transcript.recording(
            PaillierScheme.self,
            agreement: Agreement(
                mode: .clientAided, layout: .tile, network: network, images: images.shape,
                parameters: .paillier(keyBits: 256)),
            network: network, key: PaillierScheme.PrivateKey(key), images: images, messages: 2, threads: 2)
        #expect(throws: LeakageError.self) { try RandomnessAttack(key).filters(tiles, channels: 0..<1) }
        #expect(throws: LeakageError.self) { try RadixAttack(weightBits: 10).read(tiles, key: key, threads: 2) }
    }
}
