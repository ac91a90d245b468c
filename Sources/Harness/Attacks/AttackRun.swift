import Denoising
import Foundation
import Imaging
import Leakage
import Paillier
import PrivateDenoising
import Reporting
import Numerics

/// Runs attack cells: makes a transcript, hands it to the attack, and scores what comes back against the truth that only the
/// harness knows.
struct AttackRun {
    /// Of the cell at work.
    private(set) var point: RunPoint
    private var swept: [SweepSetting] = []
    /// Where transcripts are written on demand; nil keeps them in memory.
    let transcripts: String?
    var keys: [Int: PrivateKey] = [:]
    /// Pictures of the run, for `images.h5`.
    private(set) var pictures: [CaseImages] = []

    init(_ point: RunPoint, transcripts: String?) {
        self.point = point
        self.transcripts = transcripts
    }

    /// - Parameter swept: settings that become parameters of the records.
    mutating func records(_ cell: AttackCell, swept: [SweepSetting]) throws -> [ResultRecord] {
        point = cell.point
        self.swept = swept
        return switch cell.attack.settings.kind {
        case .ciphertexts: try ciphertexts(cell)
        case .exponents: try exponents(cell)
        case .decoder: try decoder(cell)
        case .filters: try filters(cell)
        case .network: try network(cell)
        case .operator: try linearOperator(cell)
        case .randomness: try randomness(cell)
        case .radix: try radix(cell)
        case .reaction: try reaction(cell)
        }
    }

    var threads: Int { point.threads }

    // MARK: - What attackers and victims own

    /// Patches of the training split, drawn anew for every cell: what an attacking client owns, or a victim sends.
    func ownImages(_ count: Int, _ cell: AttackCell, stream: UInt64 = 1) -> [Image] {
        var generator = SeededGenerator(seed: cell.seed, stream: stream)
        let set = point.training
        var order = Array(0..<set.count)
        for index in 0..<min(count, order.count) {
            order.swapAt(index, index + Int(generator.uniform() * Double(order.count - index)))
        }
        return order.prefix(count).map { middle(set.lowDose($0), cell) }
    }

    /// Patches of the split that the experiment measures on, evenly spaced: what no attacker has seen.
    func heldOut(_ cell: AttackCell) -> [(low: Image, normal: Image)] {
        let set = point.patches
        let count = point.experiment.data.patches
        return (0..<count).map { number in
            let index = number * set.count / count
            return (middle(set.lowDose(index), cell), middle(set.normalDose(index), cell))
        }
    }

    private func middle(_ image: Image, _ cell: AttackCell) -> Image {
        let side = cell.attack.size(in: point.training)
        return image.cropped(
            row: (image.height - side) / 2, column: (image.width - side) / 2, width: side, height: side)
    }

    /// Images of random integer pixels.
    func randomImages(_ count: Int, _ cell: AttackCell, network: IntegerNetwork) -> IntegerTensor {
        var generator = SeededGenerator(seed: cell.seed, stream: 2)
        let side = cell.attack.size(in: point.training)
        let shape = TensorShape(count: count, channels: 1, height: side, width: side)
        let values = (0..<shape.elementCount).map { _ in
            Int(generator.uniform() * Double(network.largestInput + 1))
        }
        return IntegerTensor(shape: shape, values: IntegerArray(values))
    }

    // MARK: - Transcripts

    /// One key of each size for the whole run.
    mutating func key(_ bits: Int) throws -> PrivateKey {
        if let key = keys[bits] { return key }
        let key = try PrivateKey(bits: bits, allowInsecure: point.experiment.key.insecure)
        keys[bits] = key
        return key
    }

    /// Runs both parties, and with them the scheme that the attack's settings name.
    /// - Parameter part: which transcript, where a cell has several.
    mutating func transcript(
        _ cell: AttackCell, mode: Mode, network: IntegerNetwork, images: IntegerTensor, messages: Int?,
        part: String = ""
    ) throws -> (transcript: Transcript, key: ClientKey) {
        let bits = cell.keyBits ?? point.experiment.key.bits
        let settings = cell.attack.settings
        func recorded<Scheme: AdditiveScheme>(_ scheme: Scheme.Type, _ key: Scheme.PrivateKey) throws -> Transcript {
            try .recording(
                scheme,
                agreement: Agreement(
                    mode: mode, network: network, images: images.shape,
                    parameters: Scheme.name.parameters(keyBits: bits),
                    mask: cell.mask.options(bits: settings.maskBits), permutation: cell.mask.permutation),
                network: network, key: key, images: images, messages: messages, threads: threads)
        }
        let transcript: Transcript
        var own: PrivateKey?
        let owned: ClientKey
        switch settings.scheme {
        case .cleartext:
            owned = .none
            transcript = try recorded(CleartextScheme.self, CleartextScheme.Key(pretendingKeyBits: bits))
        case .paillier:
            let key = try key(bits)
            own = key
            owned = .paillier(key)
            transcript = try recorded(
                PaillierScheme.self, PaillierScheme.PrivateKey(key, randomness: point.experiment.key.randomness))
        case .integer, .paper:
            throw LeakageError.unsuitable(
                attack: settings.kind.rawValue, found: "scheme \(settings.scheme.rawValue)",
                expected: "one that leaves a transcript")
        }
        try store(transcript, cell, part, key: own)
        return (transcript, owned)
    }

    /// Writes a transcript on demand, and beside it the private key that its client's attacks open it with.
    func store(_ transcript: Transcript, _ cell: AttackCell, _ part: String = "", key: PrivateKey?) throws {
        guard let transcripts else { return }
        let trial = point.experiment.trials > 1 ? "trial \(cell.trial)" : ""
        let name = "\(cell.name) \(part) \(trial)".map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()
            .split(separator: "-").joined(separator: "-")
        let folder = "\(transcripts)/\(point.experiment.id)-\(name)"
        try transcript.write(to: folder)
        if let key { try KeyFile.writePrivate(key, to: "\(folder).key.json", comment: "of one transcript") }
    }

    func parameters(_ cell: AttackCell) -> [String: ParameterValue] {
        var parameters: [String: ParameterValue] = [
            ParameterName.scheme: .text(cell.attack.settings.scheme.rawValue)
        ]
        for setting in swept { parameters[setting.parameter] = setting.value }
        if cell.attack.settings.scheme == .paillier {
            parameters[ParameterName.keyBits] = .integer(cell.keyBits ?? point.experiment.key.bits)
        }
        return parameters
    }

    mutating func keep(_ cell: AttackCell, _ images: [String: [Image]], mode: String) {
        // One picture a kind: of the first trial.
        guard cell.trial == 1 else { return }
        let number = 100 * cell.attack.number + pictures.count { $0.number / 100 == cell.attack.number }
        let count = images.values.first?.count ?? 0
        pictures.append(
            CaseImages(
                number: number, mode: mode, network: cell.attack.target?.weights.name ?? "none",
                patches: Array(0..<count), patients: Array(repeating: "", count: count),
                slices: Array(repeating: 0, count: count), images: images))
    }

    static func timed<Result>(_ body: () throws -> Result) rethrows -> (result: Result, seconds: Double) {
        let start = ContinuousClock.now
        let result = try body()
        return (result, (ContinuousClock.now - start) / .seconds(1))
    }

    static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
}
