import Leakage

/// The smallest unit of an attack experiment: one transcript, and all that is tried on it.
struct AttackCell: Sendable {
    let point: RunPoint
    let attack: PreparedAttack
    let mask: MaskVariant
    let client: AttackSettings.Sender
    /// Bits of the modulus; nil takes the experiment's.
    let keyBits: Int?
    let trial: Int

    /// Bits of the modulus that it is made with, or that plaintexts pretend.
    var modulusBits: Int { keyBits ?? point.experiment.key.bits }
    var isUnderPaillier: Bool { attack.entry.scheme == .paillier }

    /// But for what is swept.
    var key: CellKey {
        let (kind, keys) = (attack.entry.kind, attack.entry.kind.attack.keys)
        var key = CellKey(.attack, number: attack.number, subject: kind.rawValue, trial: trial)
        if keys.contains(.masks) { key.mask = mask.rawValue }
        if keys.contains(.clients) { key.client = client.rawValue }
        key.keyBits = keyBits
        return key
    }

    static func all(of point: RunPoint) -> [AttackCell] {
        point.attacks.flatMap { attack in
            let keys: [Int?] = attack.entry.keyBits.isEmpty ? [nil] : attack.entry.keyBits
            return attack.entry.settings.masks.flatMap { mask in
                attack.entry.settings.clients.flatMap { client in
                    keys.flatMap { bits in
                        (1...point.experiment.trials).map { trial in
                            AttackCell(
                                point: point, attack: attack, mask: mask, client: client, keyBits: bits, trial: trial)
                        }
                    }
                }
            }
        }
    }

    /// Stays from run to run. Cells that differ in mask, client, key size or swept value share it, so that they are compared on the
    /// same images.
    var seed: UInt64 {
        UInt64(point.experiment.seed) &* 1_000_003 &+ UInt64(1_000 * attack.number + trial)
    }
}
