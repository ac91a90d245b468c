import Denoising
import Imaging
import Paillier
import PrivateDenoising
import Numerics

/// Speeds with the keys of a run, each measured when first asked for.
struct MachineSpeeds {
    private struct Kind: Hashable {
        let scheme: SchemeName
        let key: KeySettings
        let threads: Int
    }

    private var known: [Kind: MachineSpeed] = [:]

    /// Nil where nothing is encrypted, or a scheme has no model of its seconds.
    mutating func callAsFunction<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ settings: ProtocolSettings, key: Scheme.PrivateKey
    ) throws -> MachineSpeed? {
        let kind = Kind(scheme: Scheme.name, key: settings.key, threads: settings.workers)
        if let known = known[kind] { return known }
        let speed = try Scheme.speed(with: key, threads: settings.workers)
        known[kind] = speed
        return speed
    }
}

/// How long this machine takes for what a protocol run is made of, measured in about two seconds: for predictions only.
struct MachineSpeed {
    /// Of an encrypted convolution.
    let perProduct: Double
    /// Per ciphertext.
    let perEncryption, perDecryption, perRerandomisation: Double
    /// Per ciphertext of a message, written by one side and read by the other, where the other stages do not have it.
    let perTransfer: Double
    /// A power of the key's length, per ciphertext.
    let perPower: Double

    init(_ key: PaillierScheme.PrivateKey, threads: Int) throws {
        let publicKey = key.key.publicKey
        let shape = ConvolutionShape(
            inputChannels: 8, outputChannels: 8, inputHeight: 8, inputWidth: 8, kernelHeight: 5, kernelWidth: 5,
            padding: 2)
        var generator = SeededGenerator(seed: 1)
        let weights = (0..<shape.weightCount).map { _ in Int32.random(in: -511...511, using: &generator) }
        let convolution = try EncryptedConvolution(shape: shape, weights: weights, key: publicKey)
        let plaintexts = try Plaintexts([BigInteger](repeating: .one, count: shape.inputCount), key: publicKey)
        let count = Double(plaintexts.count)
        let (pair, randomness) = (key.key, key.randomness)
        let ciphertexts = pair.encrypt(plaintexts, randomness: randomness, threads: threads)
        let values = EncryptedValues(ciphertexts)
        let rerandomizer = Rerandomizer(key: publicKey, randomness: randomness)
        let factors = [BigInteger](repeating: publicKey.plaintextLimit, count: plaintexts.count)
        perProduct =
            try Self.seconds { _ = try convolution(values, threads: threads) }
            / Double(convolution.products)
        perEncryption =
            try Self.seconds { _ = pair.encrypt(plaintexts, randomness: randomness, threads: threads) }
            / count
        perDecryption = try Self.seconds { _ = try pair.decrypt(ciphertexts, threads: threads) } / count
        perRerandomisation =
            try Self.seconds { _ = rerandomizer.rerandomise(values, threads: threads) } / count
        perTransfer =
            try Self.seconds {
                let bytes = EncryptedValues(ciphertexts, threads: threads).ciphertexts(threads: threads).serialised()
                _ = try EncryptedValues(
                    serialised: bytes[...], count: ciphertexts.count, key: publicKey, threads: threads)
            } / count
        perPower = try Self.seconds { _ = values.multiplied(by: factors, threads: threads) } / count
    }

    /// The least of three, as whatever disturbs adds.
    private static func seconds(_ body: () throws -> Void) throws -> Double {
        try (0..<3).map { _ in try AlternatingTimer.seconds(body) }.min() ?? 0
    }

    /// By a small run of a scheme: what its stages took over their counts. What else the client did goes by what it decrypted.
    init<Scheme: MeasuredScheme>(ofRunUnder scheme: Scheme.Type, _ key: Scheme.PrivateKey, threads: Int) throws {
        var settings = ProtocolSettings()
        (settings.scheme, settings.mode, settings.layout) = (.scheme(Scheme.name), .clientAided, .tile)
        let trained = try RandomNetwork(depth: 3, channels: 16, relu: .all, decoder: .same).trained()
        let network = try trained.integers(for: settings.mode.networkKind, precision: settings.precision)
        let image = Image(width: 64, height: 64, pixels: PatchDataset(random: 1, side: 64).test.lowDose)
        let input = try network.input([image], window: trained.window)
        let agreement = try settings.agreement(network, images: input.shape)
        let prediction = try CostPrediction(
            scheme, agreement: agreement, network: network, key: Scheme.publicKey(of: key))
        let run = try PrivateRun(
            scheme, agreement: agreement, network: network, key: key, images: input, threads: threads)
        let (up, down) = (Double(prediction.ciphertexts(.up)), Double(prediction.ciphertexts(.down)))
        perProduct = (run.transcript.serverSeconds - run.stages.rerandomise) / Double(max(1, prediction.products))
        perEncryption = run.stages.encrypt / up
        perDecryption = (run.transcript.clientSeconds - run.stages.encrypt) / down
        perRerandomisation = run.stages.rerandomise / down
        (perTransfer, perPower) = (0, 0)
    }

    /// Of client and server together, one after the other; nil of runs with messages that are no ciphertexts, as transfers and
    /// shares are not modelled.
    func seconds(_ prediction: CostPrediction, mask: MaskOptions?, keyBits: Int) -> Double? {
        guard prediction.messages.allSatisfy({ $0.ciphertexts > 0 }) else { return nil }
        let (up, down) = (Double(prediction.ciphertexts(.up)), Double(prediction.ciphertexts(.down)))
        let seconds =
            Double(prediction.products) * perProduct + up * perEncryption + down * (perDecryption + perRerandomisation)
            + (up + down) * perTransfer
        // Every masked value takes a short power to mask it and one of the key's length to take the mask off again.
        let masked = prediction.messages.filter { $0.direction == .down }.dropLast().reduce(0) { $0 + $1.ciphertexts }
        guard let mask, mask.bits > 1 else { return seconds }
        return seconds + Double(masked) * perPower * (1 + Double(mask.bits) / Double(keyBits))
    }
}
