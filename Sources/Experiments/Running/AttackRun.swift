import Denoising
import Imaging
import Leakage
import Paillier
import PrivateDenoising
import Reporting

/// Runs attack cells: stages an attack, makes it on what was recorded, and writes down its scores.
struct AttackRun {
    /// Where transcripts are written on demand; nil keeps them in memory.
    private let transcripts: String?
    /// One Paillier key of each size for the whole run: making one takes long.
    private var keys: [Int: PrivateKey] = [:]

    init(transcripts: String?) { self.transcripts = transcripts }

    /// - Parameter swept: settings that become parameters of the records.
    mutating func measure(_ cell: AttackCell, swept: [SweepSetting]) throws -> CellMeasurement.Measured {
        let attack = cell.attack.entry.kind.attack
        let records = AttackRecords(cell: cell, swept: swept)
        var measured = CellMeasurement.Measured(records: [])
        let stage = cell.stage(key: try key(cell))
        for evidence in try attack.evidence(stage) {
            try store(evidence, cell)
            for result in try attack.results(evidence) {
                measured.records += records.records(result, of: evidence)
                // One picture a kind: of the first trial.
                if let made = result.pictures, cell.trial == 1 { measured.images.append(picture(made, cell)) }
            }
        }
        return measured
    }

    private mutating func key(_ cell: AttackCell) throws -> PrivateKey? {
        guard cell.needsKey else { return nil }
        if let key = keys[cell.modulusBits] { return key }
        let key = try cell.freshKey()
        keys[cell.modulusBits] = key
        return key
    }

    /// Writes a transcript on demand, and beside it the private key that its client's attacks open it with.
    private func store(_ evidence: Evidence, _ cell: AttackCell) throws {
        guard let transcripts else { return }
        let key = cell.key.ofEveryTrial
        let trial = cell.point.experiment.trials > 1 ? "trial \(cell.trial)" : ""
        let name = "\(key) \(evidence.part) \(trial)".map { $0.isLetter || $0.isNumber ? String($0) : "-" }
            .joined().split(separator: "-").joined(separator: "-")
        let folder = "\(transcripts)/\(cell.point.experiment.id)-\(name)"
        try evidence.transcript.write(to: folder)
        try KeyFile.writePrivate(evidence.key, to: "\(folder).key.json", comment: "of one transcript")
    }

    private func picture(_ made: AttackResult.Pictures, _ cell: AttackCell) -> CaseImages {
        let count = made.images.values.first?.count ?? 0
        let key = cell.key
        let parts = [key.mask, key.client, key.keyBits.map { "\($0) bits" }].compactMap(\.self)
        return CaseImages(
            id: .attack(cell.attack.number, parts + [made.method]), mode: made.label,
            network: cell.attack.weights?.name ?? "none",
            patches: Array(0..<count), patients: Array(repeating: "", count: count),
            slices: Array(repeating: 0, count: count), images: made.images)
    }
}

extension AttackCell {
    /// What its attack is staged with.
    /// - Parameter key: the run's of this size; nil where it takes none.
    fileprivate func stage(key: PrivateKey?) -> AttackStage {
        let size = attack.size(in: point.training)
        return AttackStage(
            settings: attack.entry.settings, mask: mask, client: client, seed: seed, threads: point.threads,
            size: size, target: attack.target, training: point.training, heldOut: heldOut(size),
            key: { isFresh in
                if let key, !isFresh { return key }
                return try freshKey()
            },
            run: { try record($0, key: key) })
    }

    /// Patches of the split that the experiment measures on, evenly spaced.
    private func heldOut(_ size: Int) -> [(low: Image, normal: Image)] {
        point.patches.evenlySpaced(point.experiment.data.patches, side: size)
    }

    fileprivate func freshKey() throws -> PrivateKey {
        try PrivateKey(bits: modulusBits, allowInsecure: point.experiment.key.insecure)
    }

    /// Whether the run's own key is used; `randomness` draws one for each trial.
    fileprivate var needsKey: Bool { isUnderPaillier && attack.entry.kind != .randomness }

    /// - Parameter key: of transcripts under Paillier; those of other schemes have keys of their own.
    private func record(_ recipe: AttackStage.Recipe, key: PrivateKey?) throws -> AttackStage.Recorded {
        func recorded<Scheme: MeasuredScheme>(_ scheme: Scheme.Type) throws -> AttackStage.Recorded {
            var settings = point.experiment.key
            settings.bits = modulusBits
            let shared = key.map { PaillierScheme.PrivateKey($0, randomness: settings.randomness) }
            let own = try shared as? Scheme.PrivateKey ?? scheme.makeKey(settings)
            let agreement = try Agreement(
                mode: recipe.mode, network: recipe.network, images: recipe.images.shape,
                parameters: Scheme.parameters(of: Scheme.publicKey(of: own)), mask: recipe.mask,
                permutation: recipe.permutation)
            let setup = try agreement.steps.prefix { $0.phase == .setup }.count
            let made = try Transcript.recorded(
                scheme, agreement: agreement, network: recipe.network, key: own, images: recipe.images,
                messages: recipe.messages.map { setup + $0 }, protections: recipe.protections,
                shifts: recipe.shifts, threads: point.threads)
            return AttackStage.Recorded(made.transcript, key: ClientKey(scheme, own), output: made.output)
        }
        guard let scheme = attack.entry.scheme.measured, !isUnderPaillier || key != nil else {
            throw LeakageError.unsuitable(
                attack: attack.entry.kind.rawValue, found: "scheme \(attack.entry.scheme.rawValue)",
                expected: "one whose transcripts a client can open")
        }
        return try recorded(scheme)
    }
}

extension PatchSet {
    /// The middles of some patches, evenly spaced over the set.
    func evenlySpaced(_ count: Int, side: Int) -> [(low: Image, normal: Image)] {
        (0..<count).map { number in
            let index = number * self.count / count
            return (lowDose(index).middle(side), normalDose(index).middle(side))
        }
    }
}
