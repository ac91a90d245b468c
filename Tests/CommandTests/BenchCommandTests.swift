import Denoising
import Foundation
import Experiments
import Testing
import TestSupport

/// `ldct bench` on toy sizes: what its records say, and what it refuses.
@Suite struct BenchCommandTests {
    /// Runs the program in an empty folder, which it leaves empty.
    private func ldct(_ arguments: String) throws -> Program.Result {
        var result: Program.Result?
        try Program.withFolder { program in
            result = try program.run(arguments)
            #expect(program.files.isEmpty)
        }
        return try #require(result)
    }

    static let toy = "--key-bits 1024 --insecure --runs 1 --warm-up 0"
    static let layer = "bench layer \(toy) --inputs 3 --outputs 2 --size 5 --kernel 3"
    static let network = "bench network \(toy) --channels 2 --depth 3 --size 11 --threads 2"
    static let keys: Set = [
        "metric", "key_bits", "layout", "kernel", "threads", "value", "unit", "n", "minimum", "quartiles", "baseline",
        "ratio",
    ]

    private func records(_ arguments: String) throws -> [BenchmarkRecord] {
        let result = try ldct(arguments + " --json")
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        return try result.output.split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(Set(try #require(object).keys) == Self.keys, "\(line)")
            return try JSONDecoder().decode(BenchmarkRecord.self, from: Data(line.utf8))
        }
    }

    @Test(arguments: [
        ("bench kernel \(toy)", ["kernel.product", "kernel.power"], "gmp", Optional<String>.none),
        (
            "bench client \(toy) --threads 2", ["client.encrypt", "client.decrypt", "client.rerandomize"], "gmp", nil
        ),
        ("\(layer) --padding 1", ["layer.macs_per_second"], "paper", "batch"),
        ("\(network) --layout batch", ["network.seconds.total"], "paper.extrapolated", "batch"),
        (network, ["network.seconds.total"], "paper.extrapolated", "tile"),
        ("\(network) --decoder same --images 3", ["network.seconds.total"], "paper.extrapolated", "tile"),
        ("\(network) --mode linear --weight-bits 6", ["network.seconds.total"], "paper.extrapolated", "batch"),
        ("\(network) --mode sign-pair", ["network.seconds.client"], "paper.extrapolated", "batch"),
    ])
    func measuresBesideABaseline(arguments: String, metrics: [String], baseline: String, layout: String?) throws {
        let all = try records(arguments)
        for metric in metrics {
            let found = all.filter { $0.metric == metric }
            #expect(!found.isEmpty, "\(metric)")
            for record in found {
                let other = try #require(record.baseline)
                let ratio = metric == "layer.macs_per_second" ? record.value / other.value : other.value / record.value
                #expect(other.name == baseline && record.layout == layout && record.keyBits == 1024 && record.n == 1)
                #expect(
                    record.value > 0 && record.minimum == record.value && abs(ratio / (record.ratio ?? 0) - 1) < 1e-9)
            }
        }
        #expect(all.allSatisfy { $0.quartiles.count == 2 && $0.threads >= 1 })
    }

    @Test func countsAreThoseOfTheShapesAndOfTheModel() throws {
        let counts = Dictionary(
            uniqueKeysWithValues: try records(Self.layer).map { ($0.metric, ($0.value, $0.baseline?.value)) })
        let products = try #require(counts["layer.products"])
        #expect(products.0 > 0 && products.0 == products.1)
        #expect(counts["layer.ciphertexts.up"]?.0 == Double(3 * 5 * 5))
        #expect(counts["layer.ciphertexts.down"]?.0 == Double(2 * 3 * 3))
        #expect(counts["layer.bytes.down"]?.0 == Double(2 * 3 * 3 * 256))

        let run = Dictionary(
            uniqueKeysWithValues: try records(Self.network + " --layout batch").map { ($0.metric, $0.value) })
        #expect(run["network.rounds"] == 3)
        // 11x11 up, 2 x 7x7 twice; a ciphertext has 256 bytes, a message 16 more.
        #expect(run["network.ciphertexts.up"] == Double(121 + 98 + 98))
        #expect(run["network.bytes.up"] == Double((121 + 98 + 98) * 256 + 3 * 16))
    }

    @Test func trainingIsMeasuredWithoutPyTorchToo() throws {
        let small = "bench training --channels 4 --size 24 --batch 2 --runs 1 --warm-up 0"
        let records = try records(small + " --python no-such-python")
        #expect(records.map(\.metric) == ["training.gflop_per_second", "training.step"])
        #expect(records.allSatisfy { $0.value > 0 && $0.n == 1 && $0.baseline == nil && $0.keyBits == nil })
        // Three passes of ten layers, less the first layer's input gradient; two operations a product.
        let first = 2 * 4 * 25 * 20 * 20
        let products = 2 * first + 2 * 4 * 4 * 25 * 2 * (16 * 16 + 12 * 12 + 8 * 8 + 4 * 4)
        let work = 2 * Double(3 * products - first) / 1e9
        #expect(abs(records[0].value * records[1].value - work) <= 1e-9 * work)
        let result = try ldct(small + " --python no-such-python")
        #expect(
            result.output.contains(#/no baseline: no-such-python \S*Experiments\/pytorch-step.py found no PyTorch/#))
    }

    /// A baseline that dies, before a step or in one, is told in one line.
    @Test(arguments: ["echo 1.0", "echo 1.0; read step"]) func aBaselineThatDiesIsTold(script: String) throws {
        try Program.withFolder { program in
            try program.write("#!/bin/sh\n\(script)\n", to: "python")
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program.path("python"))
            let result = try program.run(
                "bench training --channels 4 --depth 3 --size 24 --batch 1 --runs 1 --warm-up 0 --python ./python --quiet"
            )
            #expect(
                result.status == 2
                    && result.errors == "ldct: PyTorch's step is not finished; expected an answer a step\n",
                "\(result.status) \(result.errors)")
        }
    }

    /// Every mantissa has 53 bits, so that a product of k + 1 floats has 52 (k + 1) to 53 (k + 1) of them, 52.557 each on average with a
    /// deviation of 0.286, and is right below n / 3. 1024 bits: 19 floats have 1007 at most, 20 have 1040 at least, and n / 3 lies
    /// between: 18 products, always. 2048 bits: 38 floats have 2014 at most, 40 have 2080 at least; 37, or in one chain of fifty 38.
    @Test func theEncodingOverflowsWhereItsBitsEnd() throws {
        let all = try records("bench encoding --key-bits 1024 2048 --insecure --runs 2")
        #expect(all.map(\.metric) == ["encoding.multiplications", "encoding.multiplications"])
        #expect(all[0].value == 18 && all[0].keyBits == 1024)
        #expect([37, 38].contains(all[1].value) && all[1].keyBits == 2048)
    }

    /// Weights of 1 and 2^-126: the first layer's integers have 53 + 52 bits, every further one adds the 52 of its mantissas and 126 for the
    /// distance of the two exponents that it sums up, skips a bit or two. The sixth has 104 + 5 * 178 = 994 and a few bits, the seventh
    /// 1172, the tenth 1706: six layers fit 1024 bits, ten 2048.
    @Test func layersFitAsTheirExponentsSay() throws {
        try Program.withFolder { program in
            let network = try Network.redCNN(depth: 10, channels: 2, kernel: 1, relu: .none, decoder: .same)
            var tensors: [String: WeightTensor] = [:]
            for layer in network.layers {
                let count = layer.weightShape.reduce(1, *)
                tensors[layer.weightName] = try WeightTensor(
                    shape: layer.weightShape,
                    values: (0..<count).map { layer.inputChannels == 2 && $0 % 2 == 1 ? 0x1p-126 : 1 })
                tensors[layer.biasName] = try WeightTensor(
                    shape: layer.biasShape, values: layer.biasShape.flatMap { [Float](repeating: 0, count: $0) })
            }
            try TrainedNetwork(network: network, weights: Weights(tensors, for: network), provenance: "test")
                .write(to: program.path("w.h5"))
            let bench = "bench encoding --key-bits 1024 2048 --insecure --runs 1 --size 4 --weights w.h5"
            let lines = try program.succeed(bench + " --json").split(separator: "\n").map {
                try JSONDecoder().decode(BenchmarkRecord.self, from: Data($0.utf8))
            }
            let layers = lines.filter { $0.metric == "encoding.layers" }
            #expect(layers.map(\.value) == [6, 10] && layers.allSatisfy { $0.unit == "layers of 10" })
            #expect(try program.succeed(bench).contains("1: 105, 2: 283, 3: 461, "))
            // Rows of several moduli name theirs.
            let rows = try program.succeed(bench).split(separator: "\n").filter { $0.hasPrefix("encoding.layers ") }
            #expect(
                rows.count == 2 && rows[0].contains("  1024-bit n  ") && rows[1].contains("  2048-bit n  "), "\(rows)")
        }
    }

    @Test func theTableTellsThePlan() throws {
        let result = try ldct(Self.layer)
        #expect(result.status == 0 && result.errors == "")
        #expect(result.output.hasPrefix("1024-bit n, layout batch, 1 thread(s)\nmetric  "), "\(result.output)")
        for part in ["layer.macs_per_second", "phases", "tables of", "planes", "blocks", "predicted", "Baseline paper"]
        {
            #expect(result.output.contains(part), "\(part)")
        }
        let network = try ldct(Self.network)
        for part in ["network.seconds.total", "conv1", "conv2", "tconv1", "random-3x2-all-valid", "Peak memory"] {
            #expect(network.output.contains(part), "\(part)")
        }
    }

    static let relu = Repository.root.appending(path: "Experiments/weights/3-relu.h5").path
    static let mistakes = [
        (
            "bench kernel --key-bits 1024",
            "key bits is 1024; expected at least 2048, or --insecure for measurements as in the paper"
        ),
        ("bench client --key-bits 512 --insecure", "key bits is 512; expected 1024 to 8192"),
        ("bench client --key-bits 2049", "key bits is 2049; expected a multiple of 64"),
        (
            "bench encoding --key-bits 1024",
            "key bits is 1024; expected at least 2048, or --insecure for measurements as in the paper"
        ),
        ("bench encoding --key-bits 2048 512 --insecure", "key bits is 512; expected 1024 to 8192"),
        ("bench encoding --runs 0", "runs is 0; expected 1 to 1000"),
        ("bench encoding --size 257", "size is 257; expected 1 to 256"),
        (
            "bench encoding --weights \(relu)",
            "weights is a network with ReLUs between its layers; "
                + "expected one without: at a ReLU the published client decrypts and encrypts anew"
        ),
        ("bench layer --runs 0", "runs is 0; expected 1 to 10000"),
        ("bench layer --inputs 0", "inputs is 0; expected 1 to 4096"),
        ("bench layer --inputs 9223372036854775807", "inputs is 9223372036854775807; expected 1 to 4096"),
        ("bench layer --size 8193", "size is 8193; expected 1 to 8192"),
        ("bench layer --padding=-1", "padding is -1; expected 0 to 254"),
        ("bench layer --activation-bits 63", "activation bits is 63; expected 2 to 24"),
        ("bench layer --weight-bits 1", "weight bits is 1; expected 2 to 24"),
        (
            "bench layer --size 8192", "channels times rows times columns is 6442450944; expected 1 to 134217728"
        ),
        ("bench layer --memory 0", "memory is 0; expected 1 to 1048576 MiB"),
        ("bench integer --activation-bits 63", "activation bits is 63; expected 2 to 24"),
        ("bench integer --activation-bits=-1", "activation bits is -1; expected 2 to 24"),
        ("bench integer --share-bits 65", "share-bits is 65; expected 1 to 64"),
        ("bench training --batch 0", "batch is 0; expected 1 to 100000"),
        ("bench training --threads 0", "threads is 0; expected 1 to 1024"),
        ("bench network --size 0", "size is 0; expected 1 to 8192"),
        ("bench network --size 100000000", "size is 100000000; expected 1 to 8192"),
        ("bench network --images 100001", "images is 100001; expected 1 to 100000"),
        ("bench network --channels 0", "channels is 0; expected 1 to 4096"),
        ("bench network --activation-bits 64", "activation bits is 64; expected 2 to 24"),
        ("bench network --activation-bits=-1", "activation bits is -1; expected 2 to 24"),
        ("bench network --weight-bits 25", "weight bits is 25; expected 2 to 24"),
        (
            "bench network --memory 9223372036854775807",
            "--memory is 9223372036854775807; expected 1 to 1048576 MiB. (ldct bench network --help tells what is expected)"
        ),
        (
            "bench network --images 100000",
            "images times channels times rows times columns is 39321600000; expected 1 to 134217728"
        ),
        (
            "\(network) --layout tile --mode linear",
            "bench network: 'cases[1].layout' is refused: tile does not go with mode linear; expected batch, or mode "
                + "client-aided, in which the client sees every layer, or shared"
        ),
    ]

    @Test(arguments: mistakes) func mistakesAreOneLineAndStatusTwo(arguments: String, message: String) throws {
        let result = try ldct(arguments)
        #expect(result.status == 2 && result.output == "")
        #expect(result.errors == "ldct: \(message)\n")
    }

    @Test(arguments: [
        "bench layer --size 4", "bench network --weights none.h5", "bench network --depth 4", "bench layer --padding 5",
        "bench network --mode fast", "bench layer --memory 1", "bench encoding --weights none.h5",
        "bench encoding --key-bits many",
    ])
    func otherMistakesTooAreOneLine(arguments: String) throws {
        let result = try ldct(arguments)
        #expect(result.status == 2 && result.output == "")
        #expect(result.errors.hasPrefix("ldct: ") && result.errors.count { $0 == "\n" } == 1, "\(result.errors)")
    }

    @Test func contendersTakeTurns() throws {
        var order: [Int] = []
        let timer = AlternatingTimer(runs: 2, warmUp: 1)
        let pause = { (contender: Int) in
            order.append(contender)
            Thread.sleep(forTimeInterval: AlternatingTimer.leastSeconds)
        }
        let seconds = try timer.seconds([{ pause(0) }, { pause(1) }])
        #expect(order == [0, 1, 1, 0, 0, 1])
        #expect(seconds.map(\.count) == [2, 2])
        #expect(seconds.joined().allSatisfy { $0 >= AlternatingTimer.leastSeconds })
    }
}
