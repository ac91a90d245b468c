import Denoising
import Foundation
import Reporting
import Testing

/// `ldct attack` on transcripts that `ldct run --transcripts` wrote.
@Suite struct AttackCommandTests {
    static let experiment = """
        id: tiny
        title: "What leaks?"
        data: {file: d.h5, patches: 3}
        key: {bits: 1024, insecure: true}
        seed: 1
        threads: 1
        attacks:
          - {attack: filters, weights: relu.h5, methods: [elimination]}
          - {attack: exponents}
        """
    static let client = "t/tiny-attack-1-filters-mask-none-honest-client"
    static let server = "t/tiny-attack-2-exponents"
    static let owned = "--transcript \(client) --key \(client).key.json --insecure"

    private func withTranscripts(_ body: (Program) throws -> Void) throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            try program.succeed("run e.yaml --transcripts t --quiet")
            try body(program)
        }
    }

    /// An option of another attack does nothing, so it is refused.
    @Test(arguments: [
        ("attack filters --transcript t --permutations 5", "--permutations is of ciphertexts, not of filters"),
        ("attack exponents --transcript t --epochs 5", "--epochs is of decoder, imitation, student, not of exponents"),
        ("attack decoder --transcript t --pixels 5", "--pixels is of reaction, not of decoder"),
        ("attack filters --transcript t --data d.h5", "--data goes with --weights"),
        ("attack filters --transcript t --weight-bits 8", "--weight-bits is of --weights, which is missing"),
        ("attack filters --transcript t --rows 5000000", "--rows 64 to 4194304"),
    ])
    func optionsOfOtherAttacksAreRefused(command: String, message: String) throws {
        try Program.withFolder { program in
            let result = try program.run(command)
            #expect(result.status == 2 && result.errors.contains(message), "\(result.errors)")
        }
    }

    private func values(_ output: String) throws -> [String: Double] {
        try JSONDecoder().decode([String: Double].self, from: Data(output.utf8))
    }

    @Test func theClientReadsTheFirstLayer() throws {
        try withTranscripts { program in
            let scored = try program.succeed(
                "attack filters \(Self.owned) --method elimination --weights relu.h5 --json")
            let scores = try values(scored)
            #expect(scores["leak.exact_share"] == 1 && scores["leak.cosine"] ?? 0 > 0.999_999, "\(scored)")
            // The same weights without knowing them.
            let found = try values(program.succeed("attack filters \(Self.owned) --method elimination --json"))
            let trained = try TrainedNetwork(reading: program.path("relu.h5"))
            let truth = try IntegerNetwork(
                requantising: trained.network, weights: trained.weights, calibration: trained.calibration,
                weightBits: 10, activationBits: 12
            ).layers[0]
            let taps = truth.weights.count / truth.outputChannels
            for (index, weight) in truth.weights.enumerated() {
                #expect(found["filter \(index / taps) weight \(index % taps)"] == Double(weight))
            }
            let lines = try program.succeed("attack filters \(Self.owned) --method elimination")
            #expect(lines.contains("\nfilter 0 weight 0  \(Double(truth.weights[0]))\n"), "\(lines)")
            let mode = try FileManager.default.attributesOfItem(atPath: program.path("\(Self.client).key.json"))
            #expect(mode[.posixPermissions] as? Int == 0o600)
        }
    }

    /// A run that goes on finds its own transcripts there; one that begins anew is told before its results are moved aside.
    @Test func aRunGoesOnBesideItsTranscripts() throws {
        try withTranscripts { program in
            try program.succeed("run e.yaml --transcripts t --quiet")
            let before = program.files
            let refused = try program.run("run e.yaml --transcripts t --quiet --force")
            #expect(
                refused.status == 2 && refused.errors.hasPrefix("ldct: t: is not empty; expected"), "\(refused.errors)")
            #expect(program.files == before)
            try program.succeed("run e.yaml --transcripts u --quiet --force")
        }
    }

    /// Without a section on reports, and of data that name no noise.
    @Test func theReportIsATableOfAttacks() throws {
        try withTranscripts { program in
            let table = try program.succeed("report tiny --format markdown")
            #expect(table.contains("| elimination |") && table.contains("| exponents |"), "\(table)")
        }
    }

    /// The command makes what the experiment made: on the same transcript the same scores, to the last bit and by the same names.
    @Test func scoresAreThoseOfTheExperiment() throws {
        try withTranscripts { program in
            let records = try RecordFile.read(program.path("Results/tiny/records.jsonl")).measurements
            let scores = try values(
                program.succeed(
                    "attack filters \(Self.owned) --method elimination --weights relu.h5 --data d.h5 --held-out 3 --json"
                        + " --seed \(1_000_003 + 1_001)"))
            let own = records.filter { $0.parameters["attack"] == "elimination" && $0.metric != "seconds.attack" }
            #expect(own.count == 5 && scores.count == 6, "\(scores)")
            for record in own { #expect(scores[record.metric] == record.value, "\(record.metric)") }
        }
    }

    @Test func theServerReadsCiphertextsAndExponents() throws {
        try withTranscripts { program in
            let bytes = try values(program.succeed("attack ciphertexts --transcript \(Self.client) --json"))
            #expect(bytes["statistics ciphertexts"] == 256 && bytes["statistics bytes of each"] == 256)
            #expect(bytes["answer-statistics ciphertexts"] ?? 0 > 0, "\(bytes)")
            for method in ["statistics", "answer-statistics"] {
                #expect(bytes["\(method) leak.entropy"] ?? 0 > 7.99, "\(bytes)")
            }
            let pixels = try values(program.succeed("attack exponents --transcript \(Self.server) --json"))
            #expect(pixels.count == 256 && Set(pixels.values).count > 2, "\(pixels)")
        }
    }

    static let mistakes: [(arguments: String, message: String)] = [
        (
            "filters --transcript none",
            "none: not a transcript: no header.json (no such file or directory); expected a folder that 'ldct run --transcripts' wrote"
        ),
        (
            "nothing \(owned)",
            "attack nothing: no such attack; expected one of: ciphertexts, exponents, decoder, imitation, filters, "
                + "network, operator, randomness, radix, answers, reaction, shifts, student"
        ),
        (
            "filters \(owned) --method help",
            "attack filters: no method 'help'; expected one of: elimination, divisors, gcd, least-squares, "
                + "reweighted-least-squares, logistic, phase-retrieval, position-matching"
        ),
        (
            "filters --transcript \(client)",
            "attack of a client: no key; expected the private key of this transcript's client"
        ),
        (
            "filters --transcript \(client) --key other.json --insecure",
            "attack of a client: a key of another client; expected the private key of this transcript's client"
        ),
        ("filters --transcript \(client) --key d.h5", "d.h5: "),
        (
            "filters \(owned) --weights other.h5",
            "attack filters: weights of another network; expected those of the transcript's"
        ),
        ("exponents --transcript \(client)", "attack exponents: "),
        ("filters --transcript \(server)", "attack of a client: "),
        ("filters \(owned) --patches 0", "--patches, --held-out, --epochs"),
        (
            "exponents --transcript \(server) --method any",
            "attack exponents: no method 'any'; expected none; it has one way only"
        ),
    ]

    @Test func mistakesAreOneLine() throws {
        try withTranscripts { program in
            try program.succeed("keygen --bits 1024 --insecure --private other.json --public p.json")
            try Program.trained(Network.redCNN(depth: 3, channels: 3, kernel: 3, relu: .all, decoder: .same))
                .write(to: program.path("other.h5"))
            for mistake in Self.mistakes { try expect(mistake.message, from: mistake.arguments, program) }
            // A message cut short, one that is missing, and one of another run.
            let message = "\(Self.client)/001-down.ldct"
            let whole = try #require(FileManager.default.contents(atPath: program.path(message)))
            try whole.dropLast(100).write(to: URL(fileURLWithPath: program.path(message)))
            try expect(
                "\(Self.client): not a transcript: 001-down.ldct was changed; expected SHA-256 ",
                from: "filters \(Self.owned)", program)
            try FileManager.default.removeItem(atPath: program.path(message))
            try expect(
                "\(Self.client): not a transcript: 001-down.ldct is missing", from: "filters \(Self.owned)", program)
        }
    }

    private func expect(_ message: String, from arguments: String, _ program: Program) throws {
        let before = program.files
        let result = try program.run("attack \(arguments)")
        #expect(result.status == 2 && result.output.isEmpty, "\(arguments): \(result.output)")
        #expect(result.errors.hasPrefix("ldct: \(message)"), "\(arguments): \(result.errors)")
        #expect(result.errors.count { $0 == "\n" } == 1 && program.files == before, "\(arguments): \(result.errors)")
    }
}
