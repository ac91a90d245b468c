package import Denoising
package import Imaging
package import Paillier
package import PrivateDenoising
import Numerics

/// What an attack is staged with: images, keys and the network, and a way to run both parties.
package struct AttackStage {
    package let settings: AttackSettings
    package let mask: MaskVariant
    package let client: AttackSettings.Sender
    package let seed: UInt64
    package let threads: Int
    /// Side of the images, pixels.
    package let size: Int
    package let target: Target?
    /// What an attacking client owns, or a victim sends, is drawn from these.
    package let training: PatchSet
    /// What no attacker has seen.
    package let heldOut: [(low: Image, normal: Image)]
    /// A key of this cell's size: the run's, or one that nothing else uses.
    package let key: (_ isFresh: Bool) throws -> PrivateKey
    /// Runs both parties under the scheme that the experiment names.
    package let run: (Recipe) throws -> Recorded

    /// The network under attack.
    package struct Target: Sendable {
        package let trained: TrainedNetwork
        package let precision: Precision

        package init(_ trained: TrainedNetwork, precision: Precision) {
            self.trained = trained
            self.precision = precision
        }
    }

    /// A run to record.
    package struct Recipe {
        package let mode: Mode
        package let network: IntegerNetwork
        package let images: IntegerTensor
        package let mask: MaskOptions
        package let permutation: Permutation
        package let protections: Protections
        /// How many messages after the setup to wait for; nil is the whole run.
        package let messages: Int?
        /// What a client that deviates adds to its shares.
        package var shifts = ShareShifts.none
    }

    package struct Recorded {
        package let transcript: Transcript
        /// What the client opens the transcript with.
        package let key: ClientKey
        /// What it ends with, after a whole run.
        package let output: IntegerTensor?

        package init(_ transcript: Transcript, key: ClientKey, output: IntegerTensor?) {
            (self.transcript, self.key, self.output) = (transcript, key, output)
        }
    }

    package init(
        settings: AttackSettings, mask: MaskVariant, client: AttackSettings.Sender, seed: UInt64, threads: Int,
        size: Int, target: Target?, training: PatchSet, heldOut: [(low: Image, normal: Image)],
        key: @escaping (_ isFresh: Bool) throws -> PrivateKey,
        run: @escaping (Recipe) throws -> Recorded
    ) {
        self.settings = settings
        self.mask = mask
        self.client = client
        self.seed = seed
        self.threads = threads
        self.size = size
        self.target = target
        self.training = training
        self.heldOut = heldOut
        self.key = key
        self.run = run
    }
}

extension AttackStage {
    /// - Throws: `LeakageError.unsuitable` without a network to attack, `DenoisingError` for a mode that it does not have.
    func network(of mode: Mode) throws -> IntegerNetwork {
        guard let target else { throw LeakageError.unsuitable(attack: "on a network", expected: "its weights") }
        return try target.network(of: mode, size: size)
    }

    var window: HounsfieldWindow { target?.trained.window ?? .standard }

    /// Patches of the training split, drawn anew for every seed.
    func ownImages(_ count: Int) -> [Image] {
        var generator = SeededGenerator(seed: seed, stream: 1)
        return LayerEquations.sample(count, of: training.count, using: &generator).map {
            training.lowDose($0).middle(size)
        }
    }

    /// What the client sends in: its own images, or random pixels.
    func sent(_ count: Int, to network: IntegerNetwork) throws -> IntegerTensor {
        switch client {
        case .honest: return try network.input(ownImages(count), window: window)
        case .random:
            var generator = SeededGenerator(seed: seed, stream: 2)
            let shape = TensorShape(count: count, channels: 1, height: size, width: size)
            let values = (0..<shape.elementCount).map { _ in
                Int(generator.uniform() * Double(network.largestInput + 1))
            }
            return IntegerTensor(shape: shape, values: IntegerArray(values))
        }
    }

    /// The evidence of a run in a mode.
    func evidence(
        _ mode: Mode, _ network: IntegerNetwork, _ images: IntegerTensor, messages: Int?
    ) throws -> Evidence {
        func recorded(_ images: IntegerTensor) throws -> Recorded {
            try run(
                Recipe(
                    mode: mode, network: network, images: images, mask: mask.options(bits: settings.maskBits),
                    permutation: mask.permutation, protections: mask.protections, messages: messages))
        }
        guard mask == .sharesRepeated else {
            let made = try recorded(images)
            return evidence(made.transcript, key: made.key, network: network)
        }
        let half = images.shape.count / 2
        let earlier = try recorded(images.images(half..<2 * half))
        let made = try recorded(images.images(0..<half))
        var evidence = evidence(made.transcript, key: made.key, network: network)
        evidence.earlier = earlier.transcript
        return evidence
    }

    /// The most patches asked for.
    var patches: Int { settings.patches.max() ?? 1 }

    /// Images that a run with so many patches takes: two sessions need twice as many.
    var sessions: Int { mask == .sharesRepeated ? 2 : 1 }

    /// The evidence of a transcript made otherwise.
    func evidence(_ transcript: Transcript, key: ClientKey, network: IntegerNetwork?) -> Evidence {
        var evidence = Evidence(
            transcript, key: key, settings: settings, mask: mask, seed: seed, threads: threads)
        evidence.truth.network = network
        evidence.truth.window = window
        evidence.truth.activationLimits = target?.trained.calibration?.activationLimits ?? []
        evidence.truth.heldOut = heldOut
        return evidence
    }
}

extension AttackStage.Target {
    /// - Parameter size: Side of the images, for networks that are folded for one.
    package func network(of mode: Mode, size: Int) throws(DenoisingError) -> IntegerNetwork {
        try trained.integers(
            for: mode.networkKind, precision: precision, image: TensorShape(channels: 1, height: size, width: size))
    }
}

extension Image {
    /// The square in the middle.
    package func middle(_ side: Int) -> Image {
        cropped(row: (height - side) / 2, column: (width - side) / 2, width: side, height: side)
    }
}
