import Denoising
import Imaging
import Leakage
import Paillier
import PrivateDenoising
import Reporting
import Numerics

/// Attacks for which a protection is taken off, or that do not follow the protocol.
extension AttackRun {
    /// D: the 25 weights of one filter, for every way of drawing randomness, with a key that no other trial has. The attack succeeds
    /// where every weight is right modulo what the key's small subgroups can tell, which for open keys is the weight itself.
    mutating func randomness(_ cell: AttackCell) throws -> [ResultRecord] {
        let settings = cell.attack.settings
        guard let target = cell.attack.target, let network = target.requantised else { return [] }
        let bits = cell.keyBits ?? point.experiment.key.bits
        let key = try PrivateKey(bits: bits, allowInsecure: point.experiment.key.insecure)
        let images = try network.input(ownImages(1, cell), window: target.trained.window)
        let layer = network.layers[0]
        let filter = layer.weights.prefix(layer.weights.count / layer.outputChannels).map { Int($0) }
        let records = AttackRecords(cell: cell, parameters: parameters(cell))
        return try settings.randomness.flatMap { setting -> [ResultRecord] in
            let transcript = try setting.record(key: key, network: network, images: images, threads: threads)
            try store(transcript, cell, setting.rawValue, key: key)
            let methods: [RandomnessAttack.Method] = setting == .mixed ? [.subgroups, .jacobi] : [.subgroups]
            return try methods.flatMap { method -> [ResultRecord] in
                // On one thread.
                let (found, seconds) = try Self.timed {
                    let attack = RandomnessAttack(key)
                    return (try attack.filters(transcript, channels: 0..<1, method: method)[0], attack.reach)
                }
                let weights = found.0?.weights ?? []
                let modulus = found.0?.modulus ?? 1
                let exact = zip(weights, filter).count { $0 == $1 }
                let share = Double(exact) / Double(filter.count)
                // Modulo an odd number nothing is known of parities.
                let parities = zip(weights, filter).count { modulus.isMultiple(of: 2) && ($0 - $1).isMultiple(of: 2) }
                let parityShare = Double(parities) / Double(filter.count)
                // All that this key's subgroups can tell.
                let isRight = modulus > 1 && zip(weights, filter).allSatisfy { ($0 - $1).isMultiple(of: modulus) }
                return records.records(
                    method.rawValue,
                    [
                        (.exactShare, share), (.parityShare, parityShare),
                        (.modulusBits, Double(BigInteger(modulus).bitWidth - 1)),
                        (.keyIsOpen, found.1 > BigInteger(1 << network.weightBits) ? 1 : 0),
                        (.success, isRight ? 1 : 0), (.seconds, seconds),
                    ],
                    [ParameterName.randomness: .text(setting.rawValue)], mode: .clientAided)
            }
        }
    }

    /// E: as many weights as one upload reads, with one image in the slots and with all slots in use.
    mutating func radix(_ cell: AttackCell) throws -> [ResultRecord] {
        let settings = cell.attack.settings
        guard let target = cell.attack.target else { return [] }
        let bits = cell.keyBits ?? point.experiment.key.bits
        let key = try key(bits)
        let side = cell.attack.size(in: point.training)
        let records = AttackRecords(cell: cell, parameters: parameters(cell))
        return try settings.modes.flatMap { mode -> [ResultRecord] in
            guard let network = try target.network(of: mode, height: side, width: side) else { return [] }
            func agreement(_ images: Int) throws -> Agreement {
                try Agreement(
                    mode: mode, network: network,
                    images: TensorShape(count: images, channels: 1, height: side, width: side),
                    parameters: .paillier(keyBits: bits))
            }
            let slots = try agreement(1).layouts[0].imagesTogether
            return try (slots > 1 ? [1, slots] : [1]).flatMap { images in
                try settings.defences.flatMap { defence -> [ResultRecord] in
                    let attack = RadixAttack(isNoisy: defence == .on, weightBits: network.weightBits)
                    let transcript = try attack.record(
                        agreement(images), network: network, key: key, threads: threads)
                    try store(transcript, cell, "\(mode.rawValue)-\(images)-\(defence.rawValue)", key: key)
                    let (reading, seconds) = try Self.timed {
                        try attack.read(transcript, key: key, threads: threads)
                    }
                    let share = try reading.exactShare(of: network, transcript, threads: threads)
                    return records.records(
                        "radix", patches: images,
                        [
                            (.exactShare, share), (.decryptions, Double(reading.decryptions)),
                            (.success, share == 1 ? 1 : 0), (.seconds, seconds),
                        ],
                        ["defence": .text(defence.rawValue), "batch": .text(images == 1 ? "one image" : "full")],
                        mode: mode)
                }
            }
        }
    }

    /// F: some pixels of a client's patch.
    mutating func reaction(_ cell: AttackCell) throws -> [ResultRecord] {
        let settings = cell.attack.settings
        guard let target = cell.attack.target else { return [] }
        let bits = cell.keyBits ?? point.experiment.key.bits
        let key = try key(bits)
        let records = AttackRecords(cell: cell, parameters: parameters(cell))
        return try settings.modes.flatMap { mode -> [ResultRecord] in
            guard let network = target.network(of: mode) else { return [] }
            let images = try network.input(ownImages(1, cell), window: target.trained.window)
            let agreement = try Agreement(
                mode: mode, network: network, images: images.shape, parameters: .paillier(keyBits: bits))
            let attack = try ReactionAttack(agreement, key: key.publicKey, threads: threads)
            var generator = SeededGenerator(seed: cell.seed, stream: 4)
            let pixels = (0..<settings.pixels).map { _ in
                Int(generator.uniform() * Double(images.shape.elementCount))
            }
            return try settings.defences.flatMap { defence -> [ResultRecord] in
                let victim = ReactionAttack.Victim(
                    agreement, key: key, images: images, isSilent: defence == .on, threads: threads)
                let (found, seconds) = try Self.timed { try pixels.map { try attack.read(pixel: $0, of: victim) } }
                let exact = zip(found, pixels).count { $0 == images.values.narrow($1) }
                return records.records(
                    "reaction", patches: 1,
                    [
                        (.exactShare, Double(exact) / Double(pixels.count)),
                        (.sessions, Double(attack.sessions)), (.success, exact == pixels.count ? 1 : 0),
                        (.seconds, seconds),
                    ],
                    ["defence": .text(defence.rawValue)], mode: mode)
            }
        }
    }
}
