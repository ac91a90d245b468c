import Denoising
import Foundation
import HDF5
import Imaging
import Testing

/// Every way to get a run's input wrong: one line, exit status 2, nothing left behind.
@Suite("Bad input")
struct BadInputTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let name: String
        /// The message before and after what a library says in its own words.
        let message: (start: String, end: String)
        let arguments: String
        let make: @Sendable (Program) throws -> Void

        init(
            _ name: String, _ start: String, _ end: String = "", arguments: String = "run e.yaml",
            make: @escaping @Sendable (Program) throws -> Void
        ) {
            self.name = name
            message = (start, end)
            self.arguments = arguments
            self.make = make
        }

        /// An experiment file with one thing changed.
        init(_ name: String, replacing old: String, with new: String, _ start: String, _ end: String = "") {
            self.init(name, start, end) { program in
                try #require(Program.experiment.contains(old))
                try program.write(Program.experiment.replacing(old, with: new, maxReplacements: 1), to: "e.yaml")
            }
        }

        var testDescription: String { name }
    }

    @Test(arguments: files + weights + settings + folders)
    func isOneLineAndStatusTwo(mistake: Mistake) throws {
        try Program.withFolder { program in
            try program.writeInputs()
            try mistake.make(program)
            let before = program.files
            let result = try program.run(mistake.arguments)
            #expect(result.status == 2)
            #expect(result.output == "")
            #expect(result.errors.hasPrefix("ldct: \(mistake.message.start)"), "\(result.errors)")
            #expect(result.errors.hasSuffix("\(mistake.message.end)\n"), "\(result.errors)")
            if mistake.message.end.isEmpty { #expect(result.errors == "ldct: \(mistake.message.start)\n") }
            #expect(result.errors.count { $0 == "\n" } == 1)
            #expect(program.files == before)
        }
    }

    private static let data = "e.yaml:4: 'data.file' is refused: d.h5:"

    static let files = [
        Mistake("no patch file", "\(data) no such file, or not readable; expected an HDF5 file") { program in
            try FileManager.default.removeItem(atPath: program.path("d.h5"))
        },
        Mistake("truncated patch file", "\(data) not an HDF5 file, or damaged (", "expected a complete HDF5 file") {
            program in
            let whole = try Data(contentsOf: program.folder.appending(path: "d.h5"))
            try whole.prefix(whole.count / 2).write(to: program.folder.appending(path: "d.h5"))
        },
        Mistake(
            "patches of two shapes",
            "\(data) /test/normal_dose has shape [2, 16, 15]; "
                + "expected [2, 16, 16] as /test/low_dose"
        ) { program in
            try writePatches(program, normal: [Float](repeating: 1, count: 2 * 16 * 15), width: 15)
        },
        Mistake(
            "no images",
            "\(data) values from 1 to 1 look like an empty image; expected Hounsfield units, air about -1000 and water 0 "
                + "(to insist: attribute insist = 'values' of the file)"
        ) { program in
            try writePatches(program, normal: [Double](repeating: 1, count: 2 * 16 * 16))
        },
        Mistake(
            "not a number",
            "\(data) /test/normal_dose: patch 0: row 0, column 7 is NaN, infinite or beyond 32767 HU; "
                + "expected finite HU in [-32767, 32767]"
        ) { program in
            var values = [Float](repeating: 1, count: 2 * 16 * 16)
            values[7] = .nan
            try writePatches(program, normal: values)
        },
        Mistake(
            "too few patches",
            "e.yaml:5: 'data.patches' is refused: is 6; expected at most 5, "
                + "the patches of split test in d.h5"
        ) { program in
            try program.write(Program.experiment.replacing("patches: 3", with: "patches: 6"), to: "e.yaml")
        },
        Mistake("no experiment", "none.yaml: no such file", arguments: "run none.yaml") { _ in },
    ]

    /// A patch file of one's own making with two patches per split, in which /test/normal_dose is as given.
    private static func writePatches<Element: HDF5Element>(
        _ program: Program, normal: [Element], width: Int = 16
    ) throws {
        try HDF5File.write(to: program.path("d.h5")) { file in
            for split in ["train", "validation", "test"] {
                let values = [Float](repeating: 1, count: 2 * 16 * 16)
                try file.write(values, shape: [2, 16, 16], to: "/\(split)/low_dose")
                if split == "test" {
                    try file.write(normal, shape: [2, 16, width], to: "/\(split)/normal_dose")
                } else {
                    try file.write(values, shape: [2, 16, 16], to: "/\(split)/normal_dose")
                }
                try file.write(["a", "a"], to: "/\(split)/patient")
                try file.write([0, 1], shape: [2], to: "/\(split)/slice")
                try file.write([0, 0, 0, 0], shape: [2, 2], to: "/\(split)/origin")
            }
            try file.setAttribute("schema_version", to: 1)
            try file.setAttribute("source", to: "test")
            try file.setAttribute("pixel_spacing_mm", to: [1.0, 1, 1])
            try file.setAttribute("dose_fraction", to: 0.2)
        }
    }

    static let weights = [
        Mistake(
            "no weights file",
            "e.yaml:13: 'cases[1].weights' is refused: linear.h5: "
                + "no such file, or not readable; expected an HDF5 file"
        ) { program in
            try FileManager.default.removeItem(atPath: program.path("linear.h5"))
        },
        Mistake(
            "changed weights", "e.yaml:13: 'cases[1].weights' is refused: linear.h5: SHA-256 of the content is ",
            ", expected 7e306de3cc6f206434d0316a1f4449a1f231a8dc6b0399dd18a3784a70e44ba9"
        ) {
            program in
            let file = program.folder.appending(path: "linear.h5")
            var bytes = try Data(contentsOf: file)
            let first = try #require(try Program.trained(.none).weights.tensors["conv1.weight"]?.values.first)
            let place = try #require(bytes.range(of: withUnsafeBytes(of: first) { Data($0) }))
            bytes[place.lowerBound] ^= 1
            try bytes.write(to: file)
        },
        Mistake(
            "weights of another network", "w.safetensors: architecture is conv1 1->2 3x3 pad 1 relu, ",
            "expected conv1 1->4 3x3 pad 1 relu, conv2 4->4 3x3 pad 1 relu, tconv1 4->1 3x3 pad 1 + activation 0 relu",
            arguments:
                "weights convert w.safetensors out.h5 --depth 3 --channels 4 --kernel 3"
        ) { program in
            try program.succeed("weights convert relu.h5 w.safetensors")
        },
        Mistake(
            "two channels",
            "e.yaml:13: 'cases[1].weights' is refused: linear.h5 maps 2 channels to 1; "
                + "expected 1 to 1, a grey image"
        ) { program in
            let layer = Layer(
                name: "a", inputChannels: 2, outputChannels: 1, kernelHeight: 3, kernelWidth: 3, padding: 1)
            try Program.trained(Network(layers: [layer])).write(to: program.path("linear.h5"))
        },
        Mistake(
            "linear weights in a ReLU mode",
            "e.yaml:14: 'cases[2].mode' is refused: "
                + "client-aided does not go with linear.h5: layer conv1 has no ReLU, "
                + "but a requantised network needs one after every layer but the last"
        ) { program in
            try program.write(Program.experiment.replacing("relu.h5", with: "linear.h5"), to: "e.yaml")
        },
        Mistake(
            "ReLU weights in the linear mode",
            "e.yaml:12: 'cases[1].mode' is refused: "
                + "linear does not go with relu.h5: mode linear cannot run this network: a ReLU after conv1; "
                + "none but after the last layer expected"
        ) { program in
            try program.write(Program.experiment.replacing("linear.h5", with: "relu.h5"), to: "e.yaml")
        },
        Mistake(
            "uncalibrated weights",
            "e.yaml:14: 'cases[2].mode' is refused: client-aided does not go with relu.h5: "
                + "weights have no calibration, expected the limits of 2 activations (see `ldct weights calibrate`)"
        ) { program in
            var trained = try Program.trained(.all)
            trained.calibration = nil
            try trained.write(to: program.path("relu.h5"))
        },
        Mistake(
            "slots too narrow",
            "e.yaml:16: 'cases[3].mode' is refused: positive-mask does not go with relu.h5: layer l108: "
                + "its values need slots of 1025 bits, a plaintext of this key has 1023"
        ) { program in
            // Each layer adds the 9 bits of its weight to a sign and the input's 12; the mask adds 40.
            let layers = (1...110).map {
                Layer(
                    name: "l\($0)", inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1, padding: 0,
                    relu: true)
            }
            let network = try Network(layers: layers)
            var tensors: [String: WeightTensor] = [:]
            for layer in layers {
                tensors[layer.weightName] = try WeightTensor(shape: [1, 1, 1, 1], values: [1])
                tensors[layer.biasName] = try WeightTensor(shape: [1], values: [0])
            }
            try Program.trained(network, weights: Weights(tensors, for: network)).write(to: program.path("relu.h5"))
        },
        Mistake(
            "a scale beyond floating point",
            "e.yaml:12: 'cases[1].mode' is refused: linear does not go with linear.h5: layer l",
            ": scale is out of range, expected one above 2^-1024: fewer layers or bits"
        ) { program in
            let layers = (1...200).map {
                Layer(name: "l\($0)", inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1, padding: 0)
            }
            try Program.trained(Network(layers: layers)).write(to: program.path("linear.h5"))
        },
    ]

    static let settings = [
        Mistake(
            "small key", replacing: "  insecure: true\n", with: "",
            "e.yaml:7: 'key.bits' is refused: is 1024; expected at least 2048, or 'insecure: true' beside it"),
        Mistake(
            "unknown key", replacing: "threads: 1", with: "thraeds: 1",
            "e.yaml:10: unknown key 'thraeds'; did you mean 'threads'?"),
        Mistake("missing key", replacing: "seed: 1\n", with: "", "e.yaml:1: missing key 'seed'"),
        Mistake("not YAML", replacing: "data:", with: "data: [", "e.yaml:", "YAML: did not find expected ',' or ']'"),
        Mistake(
            "crop smaller than SSIM's window", replacing: "size: 11", with: "size: 10",
            "e.yaml:18: 'cases[3].crop.size' is '10'; expected an integer from 11 to 4096"),
        Mistake(
            "random patches beyond the memory", replacing: "file: d.h5\n  patches: 3",
            with: "random: 8192\n  patches: 1000000",
            "e.yaml:5: 'data.patches' is refused: is 1000000; expected at most ",
            " of 8192x8192 pixels, half of this machine's memory"),
    ]

    static let folders = [
        Mistake("file in the way of all results", "Results/tiny: results cannot be written: ", "made") { program in
            try program.write("", to: "Results")
        },
        Mistake(
            "results in a folder nobody can write", "/proc/tiny: results cannot be written: the folder cannot be made",
            arguments: "run e.yaml --results /proc"
        ) { _ in },
        Mistake(
            "damaged records",
            "Results/tiny/records.jsonl:1: not valid JSON, "
                + "or a fraction where an integer is expected"
        ) { program in
            try FileManager.default.createDirectory(
                atPath: program.path("Results/tiny"), withIntermediateDirectories: true)
            try program.write("nonsense\n\n", to: "Results/tiny/records.jsonl")
        },
    ]

    @Test func unknownKernelIsRefused() throws {
        try Program.withFolder { program in
            try program.writeInputs()
            let result = try program.run("run e.yaml", environment: ["LDCT_KERNEL": "abacus"])
            #expect(result.status == 2)
            #expect(
                result.errors == "ldct: kernel path 'abacus' cannot run here: "
                    + "one of ifma (AVX-512 IFMA processors), portable, gmp expected\n")
        }
    }
}
