import Leakage
import Reporting

/// The smallest unit of an attack experiment: one transcript, and all that is tried on it.
struct AttackCell: Sendable {
    let point: RunPoint
    let attack: PreparedAttack
    let mask: MaskVariant
    let client: AttackSettings.Sender
    /// Bits of the modulus; nil takes the experiment's.
    let keyBits: Int?
    let trial: Int

    /// What a record is found by when a run goes on, but for swept settings and the trial.
    var name: String {
        let settings = attack.settings
        let parts: [String?] = [
            settings.kind.needsMode ? "mask \(mask.rawValue)" : nil,
            settings.kind == .filters ? "\(client.rawValue) client" : nil, keyBits.map { "\($0) bits" },
        ]
        return "attack \(attack.number): \(settings.kind.rawValue)"
            + parts.compactMap { $0 }.map { ", \($0)" }.joined()
    }

    static func all(of point: RunPoint) -> [AttackCell] {
        point.attacks.flatMap { attack in
            let keys: [Int?] = attack.settings.keyBits.isEmpty ? [nil] : attack.settings.keyBits
            return attack.settings.masks.flatMap { mask in
                attack.settings.clients.flatMap { client in
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

    /// Differs from cell to cell and stays from run to run.
    var seed: UInt64 {
        UInt64(point.experiment.seed) &* 1_000_003 &+ UInt64(1_000 * attack.number + trial)
    }
}
