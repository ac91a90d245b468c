import Configuration
import Denoising
import Experiments
import Foundation
import PrivateDenoising
import Testing

@Suite("Sweeps and settings of the command line")
struct SweepTests {
    /// Line 1 of the sweep is line 12 of the file.
    static let base = """
        id: s
        title: t
        data: {file: d.h5, patches: 2}
        key:
          insecure: true
        seed: 1
        cases:
          - {mode: client-aided, weights: relu.h5}
          - mode: positive-mask
            weights: relu.h5
            crop: {size: 16, count: 1}

        """

    static func file(_ sweep: String = "") throws(ConfigurationError) -> ConfigurationFile {
        try ConfigurationFile(text: base + sweep, name: "e.yaml")
    }

    @Test func lastAxisChangesFastest() throws {
        let file = try Self.file(
            "sweep:\n  key.bits: [1024, 2048]\n  cases[2].mask_bits: [20, 40]\n  precision.weights: [8]\n")
        let points = try SweepPoint.all(of: file)
        #expect(
            points.map { $0.settings.map(\.description).joined(separator: ", ") } == [
                "key.bits 1024, mask_bits 20, precision.weights 8", "key.bits 1024, mask_bits 40, precision.weights 8",
                "key.bits 2048, mask_bits 20, precision.weights 8", "key.bits 2048, mask_bits 40, precision.weights 8",
            ])
        let last = points[3].experiment
        #expect((last.key.bits, last.cases[1].settings.mask.bits, last.precision.weights) == (2048, 40, 8))
        #expect(last.cases.map(\.settings.key.bits) == [2048, 2048])
        // The experiment itself has the first values and remembers the rest.
        let experiment = try Experiment(file)
        #expect((experiment.key.bits, experiment.cases[1].settings.mask.bits) == (1024, 20))
        #expect(experiment.sweep.axes.map(\.path) == ["key.bits", "cases[2].mask_bits", "precision.weights"])
        #expect(try Experiment(ConfigurationFile(text: try experiment.yaml(), name: "c.yaml")) == experiment)
    }

    /// A setting of cases alone is that of every case; mappings around it are made.
    @Test(arguments: ["layout", "cases[].layout", "cases[1].layout"])
    func settingsOfCases(path: String) throws {
        let file = try ConfigurationFile(
            text: Self.base.replacing("positive-mask", with: "client-aided") + "sweep:\n  \(path): [tile]\n", name: "e")
        let cases = try SweepPoint.all(of: file)[0].experiment.cases
        #expect(cases.map(\.settings.layout) == (path == "cases[1].layout" ? [.tile, .batch] : [.tile, .tile]))
    }

    @Test(arguments: [
        ("sweep: 3\n", "e.yaml:12: 'sweep' is '3'; expected a mapping of settings to lists of values"),
        (
            "sweep:\n  key.bits: 2048\n",
            "e.yaml:13: 'sweep.key.bits' is '2048'; expected a list of texts, numbers or flags, as [1024, 2048]"
        ),
        (
            "sweep:\n  key..bits: [2048]\n",
            "e.yaml:13: 'sweep.key..bits' is refused: is not a setting; expected one as key.bits or cases[1].mode"
        ),
        (
            "sweep:\n  key.bits: [2048, 2048]\n",
            "e.yaml:13: 'sweep.key.bits' is refused: repeats a value; expected values that differ"
        ),
        ("sweep:\n  key.bit: [2048]\n", "e.yaml:13: unknown key 'key.bit'; did you mean 'key.bits'?"),
        ("sweep:\n  kee.bits: [2048]\n", "e.yaml:13: unknown key 'kee'; did you mean 'key'?"),
        (
            "sweep:\n  cases[3].mode: [linear]\n",
            "e.yaml:13: 'sweep' is refused: cases[3].mode leads nowhere in this file"
        ),
        (
            "sweep:\n  mode: [client-aided]\n  cases[].mode: [linear]\n",
            "e.yaml:13: 'sweep' is refused: names cases[].mode twice; expected settings that differ"
        ),
        (
            "sweep:\n  key.bits:\n    - 2048\n    - 2050\n",
            "e.yaml:15: 'key.bits' is refused: is 2050; expected a multiple of 64"
        ),
        (
            "sweep:\n  precision.weights: [8, lots]\n",
            "e.yaml:13: 'precision.weights' is the text 'lots'; expected an integer from 2 to 24"
        ),
        (
            "sweep:\n  seed: [\((0..<101).map(String.init).joined(separator: ", "))]\n  trials: [\((1..<101).map(String.init).joined(separator: ", "))]\n",
            "e.yaml:13: 'sweep' is refused: has more than 10000 combinations of values"
        ),
    ])
    func mistakesAreNamed(sweep: String, message: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try SweepPoint.all(of: try Self.file(sweep)) }
        #expect(error?.description == message)
    }

    @Test func commandLineOverridesFileAndSweep() throws {
        let file = try Self.file("sweep:\n  key.bits: [1024, 2048]\n  precision.weights: [8, 9]\n")
        let changed = try file.overriding([
            "key.bits=3072", "cases[2].crop.size=12", "layout=batch", "sweep.precision.weights=[10, 11]",
        ])
        let points = try SweepPoint.all(of: changed)
        #expect(points.map(\.experiment.key.bits) == [3072, 3072])
        #expect(points.map(\.experiment.precision.weights) == [10, 11])
        #expect(points[0].experiment.cases[1].crop?.size == 12)
    }

    @Test(arguments: [
        ("key.bits", "--set key.bits: expected PATH=VALUE, as key.bits=3072 or cases[1].mode=linear, the first case"),
        (
            "cases[0].mode=linear",
            "--set cases[0].mode=linear: expected PATH=VALUE, as key.bits=3072 or cases[1].mode=linear, the first case"
        ),
        (
            "cases[7].mode=linear",
            "--set cases[7].mode=linear: cases[7].mode leads nowhere in e.yaml; expected a path as key.bits or cases[1].mode"
        ),
        ("key.bit=1", "e.yaml --set key.bit=1: unknown key 'key.bit'; did you mean 'key.bits'?"),
        (
            "key.bits=many",
            "e.yaml --set key.bits=many:5: 'key.bits' is the text 'many'; expected an integer from 1024 to 8192"
        ),
    ])
    func mistakesOnTheCommandLineAreNamed(setting: String, message: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Experiment(try Self.file().overriding([setting]))
        }
        #expect(error?.description == message)
    }

    @Test(
        arguments: [
            ("weights: relu.h5}", "network: {depth: 3, channels: 4, relu: all, decoder: same, seed: 1}}", nil),
            (
                "weights: relu.h5}",
                "weights: r.h5, network: {depth: 3, channels: 4, relu: all, decoder: same, seed: 1}}",
                "e.yaml:8: 'cases[1].network' is refused: stands beside 'weights'; expected one of them"
            ),
            (
                "weights: relu.h5}", "network: {depth: 3, channels: 4, relu: most, decoder: same, seed: 1}}",
                "e.yaml:8: 'cases[1].network.relu' is 'most'; expected one of: none, last, all, all-but-last"
            ),
            (
                "weights: relu.h5}", "scheme: paper, weights: relu.h5}",
                "e.yaml:8: 'cases[1].scheme' is refused: paper does not go with mode client-aided; expected linear or "
                    + "positive-mask, the published ones"
            ),
            (
                "file: d.h5", "file: 'd-{photons}.h5'",
                "e.yaml:3: 'data.file' is refused: is 'd-{photons}.h5'; expected 'photons' beside it, which {photons} stands for"
            ),
            ("weights: relu.h5}", "weights: relu.h5, precision: {weights: 6}}", nil),
        ] as [(String, String, String?)])
    func newSettingsAreStrict(old: String, new: String, message: String?) throws {
        try #require(Self.base.contains(old))
        let file = try ConfigurationFile(text: Self.base.replacing(old, with: new), name: "e.yaml")
        do throws(ConfigurationError) {
            let experiment = try Experiment(file)
            #expect(message == nil)
            #expect(try Experiment(ConfigurationFile(text: try experiment.yaml(), name: "c.yaml")) == experiment)
        } catch { #expect(error.description == message) }
    }

    @Test func photonsFillTheFileName() throws {
        let text = Self.base.replacing("file: d.h5", with: "file: 'd-{photons}.h5', photons: 5000")
        #expect(try Experiment(ConfigurationFile(text: text, name: "e.yaml")).data.path == "d-5000.h5")
    }

    /// The printed template names every key there is, and is an experiment.
    @Test func templateReadsBack() throws {
        let file = try ConfigurationFile(text: ExperimentTemplate.text, name: "template.yaml")
        let points = try SweepPoint.all(of: file)
        #expect(points.count == 4)
        let resolved = try Experiment(file).yaml()
        func keys(_ text: String) -> Set<String> {
            Set(text.matches(of: #/([a-z_]+):/#).map { String($0.1) })
        }
        #expect(keys(resolved).subtracting(keys(ExperimentTemplate.text)) == [])
        #expect(ExperimentTemplate.text.split(separator: "\n").allSatisfy { $0.count <= 140 })
    }
}
