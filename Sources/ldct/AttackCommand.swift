import ArgumentParser
import Denoising
import Foundation
import Experiments
import Leakage
import Support

struct AttackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attack",
        abstract: "Make one attack on a recorded transcript.",
        discussion: """
            'ldct run EXPERIMENT --transcripts FOLDER' records transcripts, each with its client's key beside it. An attack sees a transcript and what its attacker owns: \
            the client (filters, network, decoder, imitation, student, operator, randomness, radix) its private key, the server (ciphertexts, exponents) nothing more. \
            For reaction, key and weights stand for the victims. With --weights, and --data for images that neither party sent, the attack is scored as in an \
            experiment, by the same code and under the same names; without, it tells what the attacker holds. \
            Example: ldct attack filters --transcript T --key T.key.json --method divisors
            """)

    @Argument(help: "One of: \(AttackKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var name: String

    @Option(help: "The transcript, a folder.")
    var transcript: String

    @Option(help: "File of the client's private key, for transcripts with ciphertexts.")
    var key: String?

    @Option(help: "Weights file of the network attacked, for scores.")
    var weights: String?

    @Option(help: "Bits of its integer weights.")
    var weightBits = Precision.usual.weights

    @Option(help: "Patch file whose test split neither party sent, for scores.")
    var data: String?

    @Option(help: "Patches of it, evenly spaced.")
    var heldOut = 16

    @Option(
        help:
            "One of the attack's methods. Of filters: \(FilterAttack.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var method: String?

    @Option(help: "Patches of the transcript to use; all without it.")
    var patches: Int?

    @Option(help: "Equations per layer at most.")
    var rows = AttackSettings().rows

    @Option(help: "Of decoder: passes over the images.")
    var epochs = AttackSettings().epochs

    @Option(help: "Of ciphertexts: random dealings of the permutation test.")
    var permutations = AttackSettings().permutations

    @Option(help: "Of randomness: filters of the first layer to read.")
    var filters = AttackSettings().filters

    @Option(help: "Of reaction: pixels to ask for.")
    var pixels = AttackSettings().pixels

    @Option(help: "Of everything random.")
    var seed = 1

    @Option(help: "Worker threads; 0 means all processors.")
    var threads = 0

    @Flag(help: "One JSON object instead of lines.")
    var json = false

    @Flag(help: "Allow keys of less than 2048 bits, down to 1024.")
    var insecure = false

    /// Options that one kind of attack has, and the kinds.
    private static let options: [(name: String, kinds: Set<AttackKind>)] = [
        ("--permutations", [.ciphertexts]), ("--filters", [.randomness]), ("--pixels", [.reaction]),
        ("--epochs", [.decoder, .imitation, .student]), ("--rows", [.filters, .network]),
    ]

    func validate() throws {
        if let kind = AttackKind(rawValue: name) {
            for (option, kinds) in Self.options where !kinds.contains(kind) {
                let others = kinds.map(\.rawValue).sorted().joined(separator: ", ")
                try GivenOptions.refuse(option, because: "is of \(others), not of \(name)")
            }
        }
        guard data == nil || weights != nil else {
            throw ValidationError("--data goes with --weights: both are for scores.")
        }
        if weights == nil { try GivenOptions.refuse("--weight-bits", because: "is of --weights, which is missing") }
        if data == nil { try GivenOptions.refuse("--held-out", because: "is of --data, which is missing") }
        let counts = [patches ?? 1, heldOut, epochs, permutations, filters, pixels]
        guard counts.allSatisfy({ $0 > 0 }), AttackSettings.rowsRange.contains(rows), seed >= 0,
            (0...1024).contains(threads)
        else {
            throw ValidationError(
                "--patches, --held-out, --epochs, --permutations, --filters and --pixels take 1 or more, "
                    + "--rows \(AttackSettings.rowsRange.lowerBound) to \(AttackSettings.rowsRange.upperBound), "
                    + "--seed 0 or more, --threads 0 to 1024.")
        }
    }

    func run() throws {
        let results = try attack().run()
        // Scores where there is something to score by, otherwise what the attacker holds.
        let severalMethods = Set(results.map(\.method)).count > 1
        let rows = results.flatMap { result -> [(String, Double, String)] in
            let method = severalMethods ? "\(result.method) " : ""
            let label = method + (result.layer.map { "\($0) " } ?? "")
            return result.scores.map { (label + $0.metric.rawValue, $0.value, $0.metric.unit) }
                + result.loot.map { (method + $0.name, $0.value, $0.unit) }
        }
        guard json else {
            for (name, value, unit) in rows { try print("\(name)  \(value)\(unit == "1" ? "" : " " + unit)") }
            return
        }
        let values = Dictionary(rows.map { ($0.0, $0.1.isFinite ? $0.1 : nil) }) { first, _ in first }
        try print(SortedJSON.line(values))
    }

    private func attack() throws -> TranscriptAttack {
        var settings = AttackSettings()
        settings.methods = method.map { [$0] } ?? []
        settings.patches = patches.map { [$0] } ?? []
        settings.rows = rows
        settings.epochs = epochs
        settings.permutations = permutations
        settings.filters = filters
        settings.pixels = pixels
        return try TranscriptAttack(
            name, transcript: transcript, key: key, allowInsecure: insecure, weights: weights, weightBits: weightBits,
            heldOut: data.map { ($0, heldOut) }, settings: settings, seed: UInt64(seed), threads: threads)
    }
}
