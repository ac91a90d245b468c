import Denoising
import Foundation
import HDF5
import Imaging
import Support
import TestSupport
import Testing

@Suite("Weights files")
struct WeightsFileTests {
    static func example() throws -> TrainedNetwork {
        let network = try Network.redCNN(depth: 3, channels: 3, kernel: 3, relu: .all, decoder: .valid)
        return TrainedNetwork(
            network: network, weights: try network.initialWeights(seed: 4),
            calibration: try Calibration(
                activationLimits: [0.1, 1.0 / 3], rule: "maximum x 1.25", images: 2, data: "none"),
            seed: 4, trainingConfiguration: "abc", provenance: "a test", trainingImages: TrainingImages(Self.record))
    }

    static let record = PatchDataset.Record(
        source: "test", pixelSpacing: [3, 0.9, 0.8], doseFraction: 1, generator: "test", parameters: "{}",
        splitRule: "none",
        bodyRegion: "head")

    /// Pixels a quarter larger or smaller are said, and another part of the body; what is not stated is not.
    @Test func imagesUnlikeThoseOfTheTrainingAreSaid() throws {
        let images = TrainingImages(Self.record)
        for spacing in [0.8, 0.99, 0.65] { #expect(images.doubt(spacing: spacing) == nil) }
        for spacing in [1.01, 0.63, 0.2] {
            #expect(
                images.doubt(spacing: spacing)?.contains("trained on pixels of 0.8 mm, these have \(spacing) mm")
                    == true)
        }
        #expect(images.doubt(spacing: nil) == nil && images.doubt(spacing: 0.8, region: "Head") == nil)
        #expect(
            images.doubt(spacing: nil, region: "chest") == "the network was trained on 'head', these images say 'chest'"
        )
        var silent = Self.record
        silent.bodyRegion = nil
        #expect(TrainingImages(silent).doubt(spacing: nil, region: "chest") == nil)
    }

    @Test(arguments: ["weights.h5", "weights.safetensors"])
    func roundTripKeepsEverythingAndTheBytes(name: String) throws {
        try withFolder { folder in
            let example = try Self.example()
            let (path, again) = (folder + "/" + name, folder + "/again-" + name)
            try example.write(to: path)
            let read = try TrainedNetwork(reading: path, expecting: example.network)
            #expect(read == example)
            try read.write(to: again)
            #expect(FileManager.default.contents(atPath: path) == FileManager.default.contents(atPath: again))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
        }
    }

    /// Every way in which an HDF5 file can fail to be its network, with the message it gives.
    @Test(arguments: [
        ("missing", "tensor conv2.bias is missing, expected one of shape [3]"),
        ("shape", "tensor conv2.bias has shape [1, 3], expected [3]"),
        ("extra", "tensor zzz of shape [2] belongs to no layer of the network"),
        ("nan", "tensor conv2.bias has NaN or infinity at index 1, expected finite values"),
        ("schema", "schema is 'other 7', expected 'ldct-weights 1'"),
        ("architecture", "architecture cannot be understood, expected the JSON text of a Network"),
        ("network", "layer conv2: takes 4 channels, expected 3"),
        ("training images", "pixel_spacing_mm is [1.0, 1.0], expected three numbers from 0.001 to 1000"),
        ("training text", "training_images cannot be understood, expected the JSON text of a TrainingImages"),
        ("calibration", "calibration limit of layer 1 is -1.0, expected a positive number"),
    ])
    func damagedContentIsNamed(damage: String, message: String) throws {
        try withFolder { folder in
            let path = folder + "/weights.h5"
            try writeDamaged(damage, to: path, digest: nil)
            let error = #expect(throws: DenoisingError.self) { _ = try TrainedNetwork(reading: path) }
            #expect(error.map { "\($0)" } == "\(path): \(message)")
        }
    }

    @Test func changedContentFailsItsChecksum() throws {
        try withFolder { folder in
            let path = folder + "/weights.h5"
            let stale = try Self.example().contentDigest()
            try writeDamaged("value", to: path, digest: stale)
            guard
                case .inFile(path, .checksumMismatch(_, stale)) = #expect(
                    throws: DenoisingError.self,
                    performing: {
                        _ = try TrainedNetwork(reading: path)
                    })
            else {
                Issue.record("a changed value was accepted")
                return
            }
            try writeDamaged("none", to: folder + "/bare.h5", digest: "")
            let error = #expect(throws: DenoisingError.self) { _ = try TrainedNetwork(reading: folder + "/bare.h5") }
            #expect(
                error.map { "\($0)" }
                    == "\(folder)/bare.h5: content_sha256 is missing, expected the SHA-256 of the content")
        }
    }

    @Test func filesThatAreNotTheOneWantedAreRefused() throws {
        try withFolder { folder in
            let path = folder + "/weights.h5"
            try Self.example().write(to: path)
            let other = try Network.redCNN(depth: 3, channels: 4, kernel: 3, relu: .all, decoder: .valid)
            guard
                case .inFile(path, .architectureMismatch) = #expect(
                    throws: DenoisingError.self,
                    performing: {
                        _ = try TrainedNetwork(reading: path, expecting: other)
                    })
            else {
                Issue.record("another architecture was accepted")
                return
            }
            guard
                case .inFile(path, .checksumMismatch) = #expect(
                    throws: DenoisingError.self,
                    performing: {
                        _ = try TrainedNetwork(reading: path, sha256: String(repeating: "0", count: 64))
                    })
            else {
                Issue.record("another file's checksum was accepted")
                return
            }
            #expect(throws: HDF5Error.self) { _ = try TrainedNetwork(reading: folder + "/absent.h5") }
            let bytes = try #require(FileManager.default.contents(atPath: path))
            try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
            #expect(throws: HDF5Error.self) { _ = try TrainedNetwork(reading: path) }
            #expect(throws: FileError.self) { try Self.example().write(to: folder + "/no/folder.h5") }
        }
    }

    /// A state_dict as `safetensors.torch.save_file` writes it: no metadata but {"format": "pt"}.
    @Test func foreignSafetensorsTakeTheExpectedArchitecture() throws {
        try withFolder { folder in
            let network = try Network(layers: [
                Layer(name: "fc", kind: .dense, inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 2)
            ])
            let header = """
                {"__metadata__":{"format":"pt"},"fc.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]},\
                "fc.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}
                """
            let path = folder + "/net.safetensors"
            try safetensors(header, floats: [0.5, 1, -2]).write(to: URL(fileURLWithPath: path))
            let read = try TrainedNetwork(reading: path, expecting: network)
            #expect(read.weights.tensors["fc.weight"]?.values == [1, -2])
            #expect(read.weights.tensors["fc.bias"]?.values == [0.5])
            #expect(throws: DenoisingError.self) { _ = try TrainedNetwork(reading: path) }
        }
    }

    @Test(arguments: [
        (#"{"fc.bias":{"shape":"one"}}"#, 0, "entry", "header entry fc.bias is not a tensor's"),
        (#"{"fc.bias":{"a":"b"}}"#, 0, "text", "header entry fc.bias is not a tensor's"),
        (
            #"{"fc.bias":{"dtype":"F4","shape":[1],"data_offsets":[0,2]}}"#, 1, "type",
            "is of type F4, expected F32, F16"
        ),
        (#"{"fc.bias":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#, 1, "half", "2 bytes after the last tensor"),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
                + #""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            1, "twice", "a name stands twice in the header"
        ),
        (#"{"fc.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 2, "rest", "4 bytes after the last tensor"),
        (
            #"{"fc.bias":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 2, "gap",
            "lies at [4, 8], expected a range from 0"
        ),
        (
            #"{"fc.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 1, "size",
            "lies at [0, 4], expected a range"
        ),
        (#"{"fc.bias":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}"#, 1, "end", "the 4 bytes there are"),
        (
            #"{"fc.bias":{"dtype":"F32","shape":[4611686018427387904,8],"data_offsets":[0,0]}}"#, 1, "overflow",
            "expected a range from 0"
        ),
        ("{", 1, "json", "header is not the JSON of a safetensors file"),
    ])
    func malformedSafetensorsAreNamed(header: String, floats: Int, name: String, message: String) throws {
        try withFolder { folder in
            let path = folder + "/\(name).safetensors"
            let values = [Float](repeating: 1, count: floats)
            try safetensors(header, floats: values).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: DenoisingError.self) { _ = try TrainedNetwork(reading: path) }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.hasPrefix(path + ": ") && text.contains(message), "\(text)")
            #expect(!text.contains("\n"))
        }
    }

    @Test func truncatedSafetensorsAreNamed() throws {
        try withFolder { folder in
            let path = folder + "/net.safetensors"
            try Self.example().write(to: path)
            let bytes = try #require(FileManager.default.contents(atPath: path))
            for length in [0, 7, 8, 100, bytes.count - 1] {
                try bytes.prefix(length).write(to: URL(fileURLWithPath: path))
                #expect(throws: DenoisingError.self) { _ = try TrainedNetwork(reading: path) }
            }
            var changed = bytes
            changed[changed.count - 1] ^= 1
            try changed.write(to: URL(fileURLWithPath: path))
            guard
                case .inFile(path, .checksumMismatch) = #expect(
                    throws: DenoisingError.self,
                    performing: {
                        _ = try TrainedNetwork(reading: path)
                    })
            else {
                Issue.record("a changed bit was accepted")
                return
            }
        }
    }

    private func safetensors(_ header: String, floats: [Float]) -> Data {
        var data = Data()
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
        data.append(Data(header.utf8))
        for value in floats { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        return data
    }

    /// Writes the example with one thing wrong and a digest that fits the rest, unless one is given.
    private func writeDamaged(_ damage: String, to path: String, digest: String?) throws {
        let example = try Self.example()
        try example.write(to: path + ".good")
        defer { unlink(path + ".good") }
        let good = try HDF5File(reading: path + ".good")
        var tensors = example.weights.tensors
        var texts: [String: String] = [:]
        for name in try good.attributeNames(of: "/") where name != "content_sha256" {
            texts[name] = try good.attribute(name, as: String.self)
        }
        switch damage {
        case "missing": tensors["conv2.bias"] = nil
        case "shape": tensors["conv2.bias"] = try WeightTensor(shape: [1, 3], values: [1, 2, 3])
        case "extra": tensors["zzz"] = try WeightTensor(shape: [2], values: [1, 2])
        case "nan": tensors["conv2.bias"] = try WeightTensor(shape: [3], values: [1, .nan, 3])
        case "value": tensors["conv2.bias"] = try WeightTensor(shape: [3], values: [1, 2, 3])
        case "schema": texts["schema"] = "other 7"
        case "architecture": texts["architecture"] = "{}"
        case "network":
            texts["architecture"] = texts["architecture"]?.replacingOccurrences(
                of: #""inputChannels":3,"kernelHeight":3,"kernelWidth":3,"kind":"convolution""#,
                with: #""inputChannels":4,"kernelHeight":3,"kernelWidth":3,"kind":"convolution""#)
        case "training images": texts["training_images"] = #"{"pixel_spacing_mm":[1,1]}"#
        case "training text": texts["training_images"] = "head"
        case "calibration": texts["calibration"] = texts["calibration"]?.replacingOccurrences(of: "[0.1,", with: "[-1,")
        default: break
        }
        try HDF5File.write(to: path) { file in
            for (name, tensor) in tensors { try file.write(tensor.values, shape: tensor.shape, to: "/" + name) }
            for (name, text) in texts { try file.setAttribute(name, to: text) }
            let stored = digest ?? TrainedNetwork.digest(tensors: tensors, metadata: texts)
            if !stored.isEmpty { try file.setAttribute("content_sha256", to: stored) }
        }
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        try withTemporaryFolder(body)
    }
}
