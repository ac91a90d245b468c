import Configuration
import Experiments
import Denoising
import Foundation
import Imaging
import Paillier
import PrivateDenoising
import Reporting
import Testing

@Suite("Experiment files")
struct ExperimentTests {
    static let complete = """
        id: quickstart
        title: "What does it cost?"
        data:
          file: Data/head.h5
          split: test
          patches: 8
        key:
          bits: 2048
          randomness: djn
          insecure: false
        precision:
          weights: 10
          activations: 12
        seed: 1
        threads: 0
        trials: 3
        cases:
          - mode: linear
            scheme: paillier
            weights: Experiments/weights/linear-3.h5
          - mode: positive-mask
            scheme: paillier
            weights: Experiments/weights/relu-3.h5
            crop:
              size: 16
              count: 4
            mask_bits: 40

        """

    static func read(_ text: String) throws(ConfigurationError) -> Experiment {
        try Experiment(ConfigurationFile(text: text, name: "e.yaml"))
    }

    @Test func readsEveryField() throws {
        let experiment = try Self.read(Self.complete)
        #expect(experiment.id == "quickstart")
        #expect(experiment.data.file == "Data/head.h5")
        #expect((experiment.data.split, experiment.data.patches) == (.test, 8))
        #expect((experiment.key.bits, experiment.key.randomness, experiment.key.insecure) == (2048, .djn, false))
        #expect((experiment.precision.weights, experiment.precision.activations) == (10, 12))
        #expect((experiment.seed, experiment.threads, experiment.trials) == (1, 0, 3))
        let (first, second) = (experiment.cases[0], experiment.cases[1])
        #expect(
            (first.settings.mode, first.settings.scheme, first.network) == (
                .linear, .paillier, .weights("Experiments/weights/linear-3.h5")
            ))
        #expect(first.crop == nil && first.precision == nil)
        #expect((second.settings.mode, second.network) == (.positiveMask, .weights("Experiments/weights/relu-3.h5")))
        #expect((second.crop?.size, second.crop?.count, second.settings.mask.bits) == (16, 4, 40))
    }

    /// The shortest file means the documented defaults, and the resolved file spells them out.
    @Test func defaultsAreResolved() throws {
        let experiment = try Self.read(
            """
            id: e-1
            title: t
            data: {file: d.h5, patches: 8}
            seed: 1
            cases: [{mode: positive-mask, weights: w.h5}]
            """)
        #expect((experiment.key.bits, experiment.key.randomness, experiment.key.insecure) == (3072, .djn, false))
        #expect((experiment.precision.weights, experiment.precision.activations) == (10, 12))
        #expect((experiment.threads, experiment.trials, experiment.data.split) == (0, 1, .test))
        #expect((experiment.memory, experiment.cases[0].settings.layout) == (4096, .batch))
        #expect(experiment.cases[0].settings == Self.usual(.positiveMask))
        for key in [
            "bits: 3072", "randomness: djn", "insecure: false", "threads: 0", "memory: 4096", "layout: batch",
            "mask_bits: 40", "mask_distribution: uniform", "mask_shared: false", "permutation: none",
        ] {
            let yaml = try experiment.yaml()
            #expect(yaml.contains(key))
        }
    }

    /// Everything a case can say about masks is in force, and written as it is read.
    @Test func allMaskOptionsCanBeSaid() throws {
        let text = Self.complete.replacing(
            "mask_bits: 40",
            with: "mask_bits: 30\n    mask_distribution: log-uniform\n    mask_shared: true\n    permutation: channels")
        let experiment = try Self.read(text)
        let settings = experiment.cases[1].settings
        #expect(settings.mask == MaskOptions(bits: 30, distribution: .logUniform, isShared: true))
        #expect(settings.permutation == .channels)
        #expect(try Self.read(try experiment.yaml()) == experiment)
    }

    private static func usual(_ mode: Mode) -> ProtocolSettings {
        var settings = ProtocolSettings()
        settings.mode = mode
        return settings
    }

    /// The table in the documentation is that of the keys the reader knows.
    @Test func settingsAreDocumented() throws {
        let document = try String(
            contentsOf: ShippedExperimentTests.folder.appending(path: "README.md"), encoding: .utf8)
        #expect(
            document.contains("<!-- settings -->\n\n\(SettingsTable.markdown)\n\n<!-- /settings -->"),
            "expected the lines of 'ldct run --print-settings' between the markers")
    }

    /// What `ldct report --print-records` says of fields and metrics.
    @Test(arguments: [("fields", ResultRecord.markdown), ("metrics", Metric.markdown)])
    func recordsAreDocumented(block: String, table: String) throws {
        let document = try String(
            contentsOf: ShippedExperimentTests.folder.appending(path: "README.md"), encoding: .utf8)
        #expect(
            document.contains("<!-- \(block) -->\n\n\(table)\n\n<!-- /\(block) -->"),
            "expected the lines of 'ldct report --print-records' between the markers")
    }

    /// Text that YAML would take for something else survives writing and reading.
    @Test(arguments: ["What does it cost?", "no", "12", "null", "2026-01-01", "a: b # c", "\"quoted\" é \\ 'x'", "- x"])
    func writtenFileReadsBack(title: String) throws {
        var experiment = try Self.read(Self.complete)
        experiment.title = title
        experiment.data.file = "Data/\(title)"
        let read = try Self.read(try experiment.yaml())
        #expect(read == experiment)
    }

    @Test(arguments: [
        (
            "id: quickstart", "id: ../up",
            "e.yaml:1: 'id' is refused: is '../up'; expected lowercase letters, digits and hyphens, "
                + "a letter or digit first"
        ),
        (
            "id: quickstart", "id: -x",
            "e.yaml:1: 'id' is refused: is '-x'; expected lowercase letters, digits and hyphens, "
                + "a letter or digit first"
        ),
        (
            "id: quickstart", "id: reference",
            "e.yaml:1: 'id' is refused: is 'reference', a folder of results that belongs to no experiment; expected another name"
        ),
        (
            "id: quickstart", "id: shard-1-of-2",
            "e.yaml:1: 'id' is refused: is 'shard-1-of-2', a folder of results that belongs to no experiment; expected another name"
        ),
        ("seed: 1\n", "", "e.yaml:1: missing key 'seed'"),
        ("trials: 3", "trails: 3", "e.yaml:16: unknown key 'trails'; did you mean 'trials'?"),
        (
            "bits: 2048", "bits: 1024",
            "e.yaml:8: 'key.bits' is refused: is 1024; expected at least 2048, or 'insecure: true' beside it"
        ),
        (
            "bits: 2048", "bits: 512",
            "e.yaml:8: 'key.bits' is '512'; expected an integer from 1024 to 8192"
        ),
        ("bits: 2048", "bits: 2050", "e.yaml:8: 'key.bits' is refused: is 2050; expected a multiple of 64"),
        (
            "randomness: djn", "randomness: none",
            "e.yaml:9: 'key.randomness' is 'none'; expected one of: djn, djn-short, full"
        ),
        ("mode: linear", "mode: lineer", "e.yaml:18: 'cases[1].mode' is 'lineer'; did you mean 'linear'?"),
        (
            "mode: linear", "mode: magic",
            "e.yaml:18: 'cases[1].mode' is 'magic'; expected one of: linear, linear-fused, client-aided, "
                + "positive-mask, signed-mask, sign-pair, shared"
        ),
        (
            "mode: positive-mask", "mode: client-aided",
            "e.yaml:27: 'cases[2].mask_bits' is refused: mode client-aided has no mask; expected no such key"
        ),
        (
            "mode: linear\n", "mode: linear\n    layout: tile\n",
            "e.yaml:19: 'cases[1].layout' is refused: tile does not go with mode linear; expected batch, or mode "
                + "client-aided, in which the client sees every layer, or shared"
        ),
        (
            "mode: linear\n", "mode: linear\n    layout: tiles\n",
            "e.yaml:19: 'cases[1].layout' is 'tiles'; did you mean 'tile'?"
        ),
        (
            "threads: 0", "threads: 0\nmemory: 0",
            "e.yaml:16: 'memory' is '0'; expected an integer from 1 to 1048576"
        ),
        ("split: test", "split: tests", "e.yaml:5: 'data.split' is 'tests'; did you mean 'test'?"),
        ("patches: 8", "patches: 0", "e.yaml:6: 'data.patches' is '0'; expected an integer from 1 to 1000000"),
        ("size: 16", "size: 16.0", "e.yaml:25: 'cases[2].crop.size' is '16.0'; expected an integer from 11 to 4096"),
    ])
    func refusesWithFileAndLine(old: String, new: String, message: String) throws {
        try #require(Self.complete.contains(old))
        let text = Self.complete.replacing(old, with: new, maxReplacements: 1)
        let error = #expect(throws: ConfigurationError.self) { try Self.read(text) }
        #expect(error?.description == message)
    }

    @Test func smallKeysNeedTheirFlag() throws {
        let text = Self.complete.replacing("bits: 2048", with: "bits: 1024")
            .replacing("insecure: false", with: "insecure: true")
        #expect(try Self.read(text).key.bits == 1024)
    }

    /// Records of a value that an attack was made with twice could not be read back.
    @Test(arguments: [("filters", "patches", "[1, 2, 1]"), ("ciphertexts", "key_bits", "[2048, 3072, 2048]")])
    func attacksAreNotRepeated(attack: String, key: String, list: String) {
        let text = Self.complete + "attacks:\n  - {attack: \(attack), weights: w.h5, \(key): \(list)}\n"
        let error = #expect(throws: ConfigurationError.self) { try Self.read(text) }
        #expect(
            error?.description
                == "e.yaml:29: 'attacks[1].\(key)' is refused: repeats a value; expected values that differ")
    }

    @Test func repeatedCaseIsRefused() throws {
        let text = Self.complete + "  - {mode: linear, weights: Experiments/weights/linear-3.h5}\n"
        let error = #expect(throws: ConfigurationError.self) { try Self.read(text) }
        #expect(
            error?.description
                == "e.yaml:17: 'cases' is refused: case 3 repeats an earlier one; expected cases that differ")
    }

    static let selections: [(size: Int, available: Int, cropCount: Int, message: String?)] = [
        (64, 8, 4, nil),
        (64, 9, 4, nil),
        (
            15, 8, 4,
            "e.yaml:25: 'cases[2].crop.size' is refused: is 16; expected at most 15, the size of the patches in "
                + "Data/head.h5"
        ),
        (
            64, 8, 9,
            "e.yaml:26: 'cases[2].crop.count' is refused: is 9; expected at most 8, as data.patches says"
        ),
        (
            64, 7, 4,
            "e.yaml:6: 'data.patches' is refused: is 8; expected at most 7, the patches of split test in Data/head.h5"
        ),
        (
            16, 8, 4,
            "e.yaml:24: 'cases[2].crop' is refused: measures 4 patches of 16 pixels; expected 8, as an earlier case "
                + "has them"
        ),
    ]

    @Test(arguments: selections)
    func patchesMustBeThere(size: Int, available: Int, cropCount: Int, message: String?) throws {
        let text = Self.complete.replacing("count: 4", with: "count: \(cropCount)")
        #expect(try Self.complaint(text, size: size, available: available) == message)
    }

    /// Random pixels have no quality to compare: batches of one size may hold different numbers of them.
    @Test func batchesOfRandomImagesMayDiffer() throws {
        let text = Self.complete.replacing("file: Data/head.h5", with: "random: 16")
        #expect(try Self.complaint(text, size: 16, available: 8) == nil)
    }

    private static func complaint(_ text: String, size: Int, available: Int) throws -> String? {
        let file = try ConfigurationFile(text: text, name: "e.yaml")
        var patches = PatchSet(width: size, height: size)
        let image = Image(width: size, height: size, filledWith: 0)
        for index in 0..<available {
            patches.append(
                lowDose: image, normalDose: image, slice: SliceName(patient: "1", slice: index),
                origin: PatchOrigin(row: 0, column: 0))
        }
        do throws(ConfigurationError) {
            try Experiment(file).checkPatches(patches, file: file)
            return nil
        } catch { return error.description }
    }
}
