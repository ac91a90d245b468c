import Configuration
import Denoising
import Foundation
import Experiments
import Numerics
import Paillier
import Reporting
import Testing

/// Mutated keys, ciphertexts, state_dicts, weights' descriptions, YAML and records: a value or one line, never a trap.
@Suite(.serialized) struct TextMutationTests {
    private static let count = Mutants.inProcess / 2

    /// Bytes changed at random and, in every second mutant, a number replaced by one at the edge of a type.
    private static func mutants(of text: String) -> (Int) -> Data {
        let bytes = Mutants(originals: [Data(text.utf8)], head: text.utf8.count)
        return { $0 % 2 == 0 ? bytes.mutant(seed: $0) : Mutants.withOddNumbers(text, seed: $0) }
    }

    @Test func keys() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        let secret = try key.withJSON(comment: "test") { String(decoding: $0, as: UTF8.self) }
        let open = String(decoding: try key.publicKey.json(comment: "test"), as: UTF8.self)
        let refused = Mutants.parse("public key", count: Self.count, Self.mutants(of: open)) {
            _ = try PublicKey(json: $0, allowInsecure: true)
        }
        #expect(refused > 0)
        // Those that change nothing the key is made of are checked to the end, primes and all.
        let some = Mutants.parse("private key", count: Self.count / 2, Self.mutants(of: secret)) {
            _ = try PrivateKey(json: $0, allowInsecure: true)
        }
        #expect(some > 0)
    }

    @Test func ciphertexts() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        let list = String(decoding: try CiphertextFile.encrypt([1.5, -2], key: key.publicKey), as: UTF8.self)
        let n = key.publicKey.n
        let documented =
            "{\"public_key\": {\"n\": \(n)}, \"values\": [[\"\(key.publicKey.encrypt(.one, unsafeRoot: n - .one))\", -32]]}"
        for text in [list, documented] {
            let refused = Mutants.parse("ciphertexts", count: Self.count / 2, Self.mutants(of: text)) {
                _ = try CiphertextFile.decrypt($0, key: key)
            }
            #expect(refused > 0)
        }
    }

    /// A file of PyTorch's and one of ours: names, shapes, offsets and values.
    @Test func safetensors() throws {
        try Program.withFolder { program in
            let path = program.path("m.safetensors")
            let network = try Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: .all, decoder: .same)
            let trained = TrainedNetwork(
                network: network, weights: try network.initialWeights(seed: 1), provenance: "random")
            try trained.write(to: path)
            let originals = try [
                Data(contentsOf: URL(fileURLWithPath: path)),
                Data(contentsOf: URL(fileURLWithPath: "\(ForeignWeightsTests.folder)/redcnn.safetensors")),
            ]
            let mutants = Mutants(originals: originals, head: 1600)
            let refused = Mutants.parse("safetensors", count: Self.count, mutants.mutant) { bytes in
                try bytes.write(to: URL(fileURLWithPath: path))
                _ = try TrainedNetwork.importing(path, StateDict.Options())
            }
            #expect(refused > 0)
        }
    }

    /// Architecture and calibration with numbers at the edges of every type, under a digest that fits: networks are made or refused.
    @Test func descriptionsOfNetworks() throws {
        let network = try Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: .all, decoder: .same)
        let calibration = try Calibration(activationLimits: [0.5, 2], rule: "any", images: 3, data: "none")
        let weights = try network.initialWeights(seed: 1)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let texts = try [encoder.encode(network), encoder.encode(calibration)].map {
            String(decoding: $0, as: UTF8.self)
        }
        let decoder = JSONDecoder()
        let refused = Mutants.parse("architecture", count: Self.count, Self.mutants(of: texts[0])) { bytes in
            let changed: Network
            do { changed = try decoder.decode(Network.self, from: bytes) } catch is DecodingError {
                throw DenoisingError.malformedFile(reason: "not the JSON of a network")
            }
            // Whatever it is, it has a size for every image and needs weights of its own shapes.
            _ = try? changed.requireImagesOfOneSize(height: 16, width: 16)
            _ = try Weights(weights.tensors, for: changed)
        }
        #expect(refused > 0)
        let none = Mutants.parse("calibration", count: Self.count, Self.mutants(of: texts[1])) { bytes in
            let changed: Calibration
            do { changed = try decoder.decode(Calibration.self, from: bytes) } catch is DecodingError {
                throw DenoisingError.malformedFile(reason: "not the JSON of a calibration")
            }
            _ = try IntegerNetwork(requantising: network, weights: weights, calibration: changed)
        }
        #expect(none > 0)
    }

    @Test func experimentsAndTrainings() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../Experiments")
        for name in ["quickstart", "precision"] {
            let text = try String(contentsOf: folder.appending(path: "\(name).yaml"), encoding: .utf8)
            let refused = Mutants.parse("experiment", count: Self.count / 2, Self.mutants(of: text)) { bytes in
                guard let text = String(bytes: bytes, encoding: .utf8) else { return }
                _ = try Experiment(ConfigurationFile(text: text, name: "m.yaml"))
            }
            #expect(refused > 0)
        }
        let text = try String(contentsOf: folder.appending(path: "train-3-relu.yaml"), encoding: .utf8)
        let refused = Mutants.parse("training", count: Self.count, Self.mutants(of: text)) { bytes in
            guard let text = String(bytes: bytes, encoding: .utf8) else { return }
            _ = try TrainingConfiguration(ConfigurationFile(text: text, name: "m.yaml"))
        }
        #expect(refused > 0)
    }

    /// Aliases of aliases: 377 bytes that stand for 10^9 values.
    @Test func aliasesAreBounded() throws {
        var text = "a: &a [x, x, x, x, x, x, x, x, x]\n"
        for (name, before) in zip("bcdefghij", "abcdefghi") {
            text += "\(name): &\(name) [\(Array(repeating: "*\(before)", count: 9).joined(separator: ", "))]\n"
        }
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile(text: text, name: "bomb.yaml") }
        #expect("\(try #require(error))".contains("more than 100000 values, aliases counted"))
    }

    @Test func records() throws {
        try Program.withFolder { program in
            try program.writeInputs(SurvivalTests.experiment)
            try program.succeed("run e.yaml --quiet")
            let text = try program.text("Results/tiny/records.jsonl")
            let path = program.path("m.jsonl")
            let refused = Mutants.parse("records", count: Self.count / 4, Self.mutants(of: String(text.prefix(20_000))))
            {
                bytes in
                try bytes.write(to: URL(fileURLWithPath: path))
                _ = try RecordFile.read(path).measurements
            }
            #expect(refused > 0)
        }
    }
}
