import Foundation
import Experiments
import Reporting
import Testing

/// What a run with swept settings, random networks and the other schemes records, and what is predicted of it.
@Suite("Sweeps, run")
struct SweepRunTests {
    /// Every mode and layout on real ciphertexts, two key sizes.
    static let encrypted = """
        id: tiny
        title: "Does it cost what was predicted?"
        data: {file: d.h5, patches: 3}
        key: {insecure: true}
        seed: 1
        threads: 2
        cases:
          - {mode: linear, weights: linear.h5, crop: {size: 12, count: 2}}
          - {mode: client-aided, weights: relu.h5, crop: {size: 12, count: 2}}
          - {mode: client-aided, layout: tile, network: {depth: 3, channels: 3, kernel: 3, relu: all, decoder: valid, seed: 1}}
          - {mode: positive-mask, weights: relu.h5, crop: {size: 11, count: 1}}
          - {mode: client-aided, scheme: cleartext, weights: relu.h5}
          - {mode: signed-mask, weights: relu.h5, crop: {size: 11, count: 1}}
          - {mode: sign-pair, weights: relu.h5, crop: {size: 12, count: 2}}
          - {mode: linear-fused, weights: linear.h5, crop: {size: 12, count: 2}}
        sweep:
          key.bits: [1024, 1152]

        """

    private static func measurements(_ program: Program) throws -> [ResultRecord] {
        try RecordFile.read(program.path("Results/tiny/records.jsonl")).measurements
    }

    /// What a dry run said of `encrypted` and what the run then measured, once for all that look at it.
    private static let measured = Result {
        var result: (predicted: [Predicted], said: String, records: [ResultRecord]) = ([], "", [])
        try Program.withFolder { program in
            try program.writeInputs(encrypted)
            let lines = try program.succeed("run e.yaml --dry-run --json").split(separator: "\n")
            #expect(!program.files.contains { $0.hasPrefix("Results") }, "a dry run writes nothing")
            let predicted = try lines.map { try JSONDecoder().decode(Predicted.self, from: Data($0.utf8)) }
            try program.succeed("run e.yaml --quiet")
            result = (predicted, try program.succeed("run e.yaml --dry-run"), try measurements(program))
        }
        return result
    }

    private struct Predicted: Decodable {
        let cell: String
        let products, bytes_up, bytes_down, ciphertexts_up, ciphertexts_down: Int
        let seconds: Double?
        let memory_bytes: Int?
    }

    @Test func predictionIsWhatIsMeasured() throws {
        let (predicted, said, records) = try Self.measured.get()
        #expect(Set(predicted.map(\.cell)) == Set(records.compactMap(\.cell)))
        var compared = 0
        for row in predicted {
            let own = records.filter { $0.cell == row.cell && $0.layer == nil && $0.method == .encrypted }
            func value(_ metric: Metric) -> Int? {
                own.first { $0.metric == metric.rawValue }.map { Int($0.value) }
            }
            guard !own.isEmpty else { continue }
            compared += 1
            #expect(value(.products) == row.products, "\(row.cell)")
            #expect(value(.bytesUp) == row.bytes_up && value(.bytesDown) == row.bytes_down, "\(row.cell)")
            #expect(value(.ciphertextsUp) == row.ciphertexts_up, "\(row.cell)")
            #expect(value(.ciphertextsDown) == row.ciphertexts_down, "\(row.cell)")
            let isPaillier = own[0].parameters[ParameterName.scheme]?.text == "paillier"
            #expect((row.seconds ?? 0 > 0) == isPaillier && (row.memory_bytes ?? 0 > 0) == isPaillier)
            if isPaillier { #expect(value(.productsPredicted) == row.products) }
        }
        #expect(compared == 16, "eight cases at two key sizes")
        // Layer by layer, too.
        let layers = records.filter { $0.layer != nil && $0.side == .server }
        func byLayer(_ metric: Metric) -> [String: Double] {
            Dictionary(
                layers.filter {
                    $0.metric == metric.rawValue && $0.parameters[ParameterName.scheme]?.text == "paillier"
                }
                .map { ("\($0.cell ?? "") \($0.layer ?? "")", $0.value) }
            ) { $1 }
        }
        #expect(!byLayer(.productsPredicted).isEmpty && byLayer(.productsPredicted) == byLayer(.products))
        #expect(said.contains("\(predicted.count) cells"))
    }

    /// One patch is cheaper in tiles; the choice is recorded as if it had been written, and told where it was not made.
    @Test func theCheaperLayoutIsTakenOrTold() throws {
        let experiment = """
            id: tiny
            title: "Which layout?"
            data: {file: d.h5, patches: 1}
            key: {bits: 1024, insecure: true}
            seed: 1
            predict: true
            cases:
              - {mode: client-aided, layout: LAYOUT, weights: relu.h5}

            """
        try Program.withFolder { program in
            var products: [String: Int] = [:]
            for layout in ["auto", "batch", "tile"] {
                try program.writeInputs(experiment.replacing("LAYOUT", with: layout))
                let lines = try program.succeed("run e.yaml --dry-run --json").split(separator: "\n")
                let rows = try lines.map { try JSONDecoder().decode(Predicted.self, from: Data($0.utf8)) }
                products[layout] = rows.reduce(0) { $0 + $1.products }
            }
            #expect(products["auto"] == products["tile"] && products["tile"] ?? 0 < products["batch"] ?? 0)
            try program.writeInputs(experiment.replacing("LAYOUT", with: "batch"))
            #expect(try program.succeed("run e.yaml --dry-run").contains("with layout tile it would take about"))
            try program.writeInputs(experiment.replacing("LAYOUT", with: "auto"))
            try program.succeed("run e.yaml --quiet")
            let encrypted = try Self.measurements(program).filter { $0.method == .encrypted }
            #expect(encrypted.allSatisfy { $0.parameters[ParameterName.layout]?.text == "tile" })
            let predicted = encrypted.filter { $0.metric == Metric.secondsPredicted.rawValue }
            #expect(predicted.count == 1 && predicted[0].value > 0)
        }
    }

    @Test func attacksAreNotPredictedAndThatIsSaid() throws {
        try Program.withFolder { program in
            try program.writeInputs(
                """
                id: tiny
                title: "Does it leak?"
                data: {file: d.h5, patches: 2}
                seed: 1
                attacks:
                  - {attack: filters, scheme: cleartext, weights: relu.h5, methods: [elimination]}

                """)
            let text = try program.succeed("run e.yaml --dry-run")
            #expect(text.contains("1 cell is an attack, whose time is not predicted"))
            #expect(text.contains(" -") && !text.contains("0.00"))
        }
    }

    @Test func recordsNameWhatWasSwept() throws {
        let records = try Self.measured.get().records
        let encrypted = records.filter { $0.method == .encrypted }
        #expect(Set(encrypted.map { $0.parameters[ParameterName.keyBits]?.number }) == [1024, 1152])
        let random = encrypted.filter { $0.parameters[ParameterName.channels]?.number == 3 }
        #expect(Set(random.compactMap(\.weights?.name)) == ["random-3x3-k3-all-valid"])
        #expect(random.allSatisfy { $0.parameters[ParameterName.relu] == .text("all") })
        // Random weights have costs and a checksum, but no quality.
        let qualities = Set([Metric.psnr, .ssim, .rmse, .psnrReference, .largestFloatError].map(\.rawValue))
        let own = records.filter { $0.weights?.name == "random-3x3-k3-all-valid" }
        #expect(!own.isEmpty && !own.contains { qualities.contains($0.metric) || $0.method == .float })
        #expect(own.contains { $0.metric == Metric.outputChecksum.rawValue && $0.method == .integer })
        // Baselines and float rows do not depend on the key: measured once.
        #expect(Set(records.filter { $0.method == .lowDose }.compactMap(\.cell)).count == 3)
        // Parts of the sides' times, and a checksum that depends on nothing but the integers.
        for metric in [Metric.secondsEncrypt, .secondsDecrypt, .secondsRerandomise, .secondsPerMultiplyAccumulate] {
            #expect(encrypted.contains { $0.metric == metric.rawValue && $0.value > 0 })
        }
        let sums = Dictionary(
            grouping: records.filter { $0.metric == Metric.outputChecksum.rawValue }
        ) { record in
            "\(record.mode ?? "") \(record.weights?.name ?? "") \(record.parameters[ParameterName.patchSize]?.description ?? "")"
        }
        #expect(sums.count == 8)
        #expect(sums.values.allSatisfy { Set($0.map(\.value)).count == 1 })
        let rows = ResultSummary(records).rows.filter { $0.key.method == .encrypted }
        #expect(rows.count == 16 && rows.allSatisfy { $0[.mismatchedValues] == 0 })
    }

    static let others = """
        id: tiny
        title: "What do the schemes that encrypt nothing record?"
        data: {file: d.h5, patches: 3}
        key: {bits: 1024, insecure: true}
        seed: 1
        threads: 1
        warm_up: 1
        cases:
          - {mode: client-aided, scheme: integer, weights: relu.h5}
          - {mode: positive-mask, scheme: paper, weights: relu.h5}
          - {mode: linear, weights: linear.h5, crop: {size: 11, count: 1}}
        sweep:
          cases[1].precision.weights: [6, 8]

        """

    @Test func integerAndPaperSchemes() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.others)
            // Only what exchanges messages warms up, once.
            let warm = "  warmed up for case 3: linear of linear.h5, paillier, batch, trial 1\n"
            #expect(try program.run("run e.yaml --verbose").errors.components(separatedBy: warm).count == 2)
            let records = try Self.measurements(program)
            let integer = records.filter { $0.mode == "client-aided" }
            #expect(Set(integer.map(\.method)) == [.integer])
            #expect(Set(integer.map { $0.parameters[ParameterName.weightBits]?.number }) == [6, 8])
            let paper = records.filter { $0.parameters[ParameterName.scheme]?.text == "paper" }
            let whole = paper.filter { $0.parameters[ParameterName.extrapolated] == .flag(true) }
            func value(_ records: [ResultRecord], _ metric: Metric) -> Double {
                records.first { $0.metric == metric.rawValue }?.value ?? .nan
            }
            // 3 patches of 16 x 16 through 1-2-2-1 channels: one ciphertext a value and layer.
            #expect(value(whole, .ciphertextsUp) == 3 * 256 * 5 && value(whole, .ciphertextsDown) == 3 * 256 * 5)
            #expect(value(whole, .bytesUp) == 256 * 3 * 256 * 5 && value(whole, .rounds) == 3)
            let perProduct = value(whole, .secondsPerMultiplyAccumulate)
            let predicted = perProduct * value(whole, .multiplyAccumulates)
            #expect(abs(value(whole, .secondsServer) - predicted) < 1e-9 * predicted && perProduct > 1e-6)
            let sample = paper.filter { $0.parameters[ParameterName.extrapolated] == .flag(false) }
            #expect(value(sample, .multiplyAccumulates) == 100 && sample.count + whole.count == paper.count)
            // A case that the sweep does not touch is measured once.
            #expect(Set(records.filter { $0.mode == "linear" }.compactMap(\.cell)).count == 1)
        }
    }

    /// As many trials as the combination says, not as the first one does.
    @Test func trialsCanBeSwept() throws {
        try Program.withFolder { program in
            try program.writeInputs(
                Program.experiment.replacing("mode: ", with: "scheme: cleartext\n    mode: ")
                    + "sweep:\n  trials: [1, 2]\n")
            try program.succeed("run e.yaml --quiet")
            let trials = try Self.measurements(program).compactMap(\.cell).filter { $0.hasPrefix("case 1:") }
            #expect(
                Set(trials.map { $0.split(separator: ", ").suffix(2).joined(separator: ", ") })
                    == ["trials 1, trial 1", "trials 2, trial 1", "trials 2, trial 2"])
        }
    }

    @Test func illegalCellsAreNamed() throws {
        try Program.withFolder { program in
            try program.writeInputs(
                Self.others.replacing(
                    "cases[1].precision.weights: [6, 8]", with: "cases[3].mode: [linear, client-aided]"))
            let result = try program.run("run e.yaml")
            #expect(result.status == 2 && result.output == "")
            #expect(
                result.errors
                    == "ldct: e.yaml:13: 'cases[3].mode' is refused: client-aided does not go with linear.h5: "
                    + "layer conv1 has no ReLU, but a requantised network needs one after every layer but the last "
                    + "(in the cell mode client-aided)\n")
            #expect(!program.files.contains { $0.hasPrefix("Results") })
        }
    }

    @Test func photonsMustBeThoseOfTheFile() throws {
        try Program.withFolder { program in
            try program.writeInputs()
            try program.succeed(
                "prepare phantom --patients 3 --slices-per-patient 2 --size 64 --patch-size 16 --stride 16 --views 40 "
                    + "--photons 5000 --quiet --output d-5000.h5")
            let text = Program.experiment.replacing("file: d.h5", with: "file: 'd-{photons}.h5'")
                .replacing("patches: 3", with: "photons: 5000\n  patches: 3")
                .replacing("mode: ", with: "scheme: cleartext\n    mode: ")
            try program.write(text, to: "e.yaml")
            try program.succeed("run e.yaml --quiet")
            #expect(try Self.measurements(program).allSatisfy { $0.parameters[ParameterName.photons]?.number == 5000 })
            try FileManager.default.copyItem(atPath: program.path("d-5000.h5"), toPath: program.path("d-7000.h5"))
            let result = try program.run("run e.yaml --set data.photons=7000")
            #expect(result.status == 2)
            #expect(
                result.errors.contains(
                    "'data.photons' is refused: d-7000.h5 was simulated at 5000 photons; expected 7000"))
            // A sweep that names one file is told, too.
            try program.write(
                text.replacing("d-{photons}.h5", with: "d-5000.h5") + "sweep: {data.photons: [5000, 7000]}\n",
                to: "e.yaml")
            let swept = try program.run("run e.yaml")
            #expect(
                swept.status == 2 && swept.errors.contains("d-5000.h5 was simulated at 5000 photons; expected 7000"),
                "\(swept.errors)")
        }
    }

    @Test func outputForPrograms() throws {
        try Program.withFolder { program in
            try program.writeInputs(Program.experiment.replacing("mode: ", with: "scheme: cleartext\n    mode: "))
            let verbose = try program.run("run e.yaml --json --verbose")
            let lines = try verbose.output.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(lines.dropLast().map { $0["done"] as? Int } == (1...lines.count - 1).map { $0 })
            #expect(lines.last?["mismatched_values"] as? Int == 0)
            #expect(verbose.errors.contains("conv2: client ") && verbose.errors.hasPrefix("Results/tiny: 8 of 8 cells"))
            let quiet = try program.run("run e.yaml --quiet")
            #expect(quiet.status == 0 && quiet.errors == "")
            #expect(try program.succeed("run --print-template") == ExperimentTemplate.text)
            #expect(try program.run("run").status == 2)
            for command in ["run", "merge", "train", "weights", "keygen", "encrypt", "decrypt", "bench"] {
                let help = try program.succeed("\(command) --help")
                #expect(
                    help.contains("Example") && help.split(separator: "\n").allSatisfy { $0.count <= 200 }, "\(command)"
                )
            }
        }
    }
}
