import Denoising
import Leakage
import PrivateDenoising
import Testing
import Numerics

/// C: a linear network is one filter, and a client reads it to the last bit. Nothing is drawn but from seeds.
@Suite struct OperatorTests {
    private func view(_ images: IntegerTensor, network: IntegerNetwork, mode: Mode) throws -> ClientView {
        let agreement = try Agreement(
            mode: mode, network: network, images: images.shape, parameters: .cleartext(plaintextBits: 2047))
        return try ClientView(
            .recording(
                CleartextScheme.self, agreement: agreement, network: network,
                key: CleartextScheme.Key(plaintextBits: 2047), images: images, threads: 2),
            key: .none, threads: 2)
    }

    private func impulse(side: Int) -> IntegerTensor {
        let shape = TensorShape(count: 2, channels: 1, height: side, width: side)
        var values = IntegerArray(count: shape.elementCount, limbs: 1)
        values[side * side + side / 2 * side + side / 2] = BigInteger(4095)
        return IntegerTensor(shape: shape, values: values)
    }

    @Test(arguments: [DecoderKind.same, .valid], [ReLUPlacement.none, .last])
    func oneImpulseTellsTheInteriorExactly(decoder: DecoderKind, relu: ReLUPlacement) throws {
        let layers = try Network.redCNN(depth: 3, channels: 3, relu: relu, decoder: decoder)
        let network = try IntegerNetwork(growing: layers, weights: layers.initialWeights(seed: Scenes.seed))
        let heldOut = Scenes.random(2, side: 40)
        let honest = try Scenes.honest(2, side: 40, network: network)
        for (attack, images) in [(OperatorAttack.impulse, impulse(side: 40)), (.generic, honest)] {
            let view = try view(images, network: network, mode: .linear)
            let stolen = try #require(try attack.recover(view, images: 2, seed: Scenes.seed))
            #expect(stolen.side == 13)
            #expect(try stolen.exactShare(of: network, on: heldOut, threads: 2) == 1)
        }
    }

    @Test func aNetworkWithReLUsIsNoFilter() throws {
        let network = try Scenes.network(for: .clientAided)
        let view = try view(
            Scenes.honest(2, side: 40, network: network), network: network, mode: .clientAided)
        #expect(try OperatorAttack.generic.recover(view, images: 2, seed: Scenes.seed) == nil)
    }

    /// Values at the ends of 64 bits, as a transcript from elsewhere may hold them.
    @Test(arguments: [(Int.max, 1), (.min, 1), (.min, -1)]) func oddValuesGiveNothing(value: Int, pixel: Int) throws {
        let network = try Scenes.network(relu: .none, for: .linear)
        var view = try view(impulse(side: 40), network: network, mode: .linear)
        for index in 0..<view.rounds[0].sent.values.count {
            // The black image's values at one end, the other's at the other.
            view.rounds[0].received.values.words[index] = UInt64(bitPattern: Int64(index < 1600 ? ~value : value))
            if view.rounds[0].sent.values.words[index] != 0 {
                view.rounds[0].sent.values.words[index] = UInt64(bitPattern: Int64(pixel))
            }
        }
        #expect(try OperatorAttack.impulse.recover(view, images: 2, seed: Scenes.seed) == nil)
    }

    @Test func tooFewEquationsGiveNothing() throws {
        let network = try Scenes.network(relu: .none, for: .linear)
        let view = try view(
            Scenes.honest(1, side: 24, network: network), network: network, mode: .linear)
        // 144 interior pixels for 170 unknowns.
        #expect(try OperatorAttack.generic.recover(view, images: 1, seed: Scenes.seed) == nil)
        #expect(throws: LeakageError.self) { try OperatorAttack.impulse.recover(view, images: 1, seed: Scenes.seed) }
        let small = try self.view(Scenes.random(1, side: 12), network: network, mode: .linear)
        #expect(throws: LeakageError.self) { try OperatorAttack.generic.recover(small, images: 1, seed: Scenes.seed) }
    }
}
