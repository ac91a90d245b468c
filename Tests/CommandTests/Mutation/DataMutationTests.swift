import Denoising
import Experiments
import Foundation
import HDF5
import Imaging
import Preparation
import Testing

/// Mutated patch files, slices, weights, DICOM files and raw volumes.
@Suite(.serialized) struct DataMutationTests {
    private static func data(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    /// A patch file of 3 x 2 patches of 16 pixels.
    private func patches(_ program: Program) throws -> Data {
        try program.copyMayo()
        try program.succeed(DICOMCommandTests.command + " --salt-file .s")
        defer { for name in ["mayo", "p.h5"] { try? FileManager.default.removeItem(atPath: program.path(name)) } }
        return try Self.data(program.path("p.h5"))
    }

    private func weights(_ program: Program) throws -> Data {
        try RandomNetworkFile.write(to: program.path("w.h5"))
        return try Self.data(program.path("w.h5"))
    }

    /// The three kinds of HDF5 files share the 500 of an isolated parser that the module's own test does not use.
    @Test func hdf5Files() throws {
        let count = max(1, Mutants.isolated / 3)
        try Program.withFolder { program in
            let path = program.path("m.h5")
            func parse(_ what: String, _ original: Data, _ body: (String) throws -> Void) throws {
                let mutants = Mutants(originals: [original], head: 4000)
                let refused = Mutants.parse(what, count: count, mutants.mutant) { bytes in
                    try bytes.write(to: URL(fileURLWithPath: path))
                    try body(path)
                }
                #expect(refused > 0 || count < 50)
            }
            try parse("patch file", patches(program)) { _ = try PatchDataset(reading: $0) }
            try parse("weights", weights(program)) { path in
                let trained = try TrainedNetwork(reading: path)
                _ = try? IntegerNetwork(
                    requantising: trained.network, weights: trained.weights, calibration: trained.calibration)
                _ = try? IntegerNetwork(growing: trained.network, weights: trained.weights)
            }
            try parse("slice", patches(program)) { path in
                _ = try SliceInput(reading: path, dataset: "/test/low_dose", index: 0)
            }
        }
    }

    @Test func dicomFiles() throws {
        let originals = try DICOMInputs.syntaxes.map { try Self.data(DICOMInputs.syntax($0)) }
        let mutants = Mutants(originals: originals, head: 1400)
        try Program.withFolder { program in
            let path = program.path("m.dcm")
            let refused = Mutants.parse("DICOM", count: Mutants.isolated, mutants.mutant) { bytes in
                try bytes.write(to: URL(fileURLWithPath: path))
                _ = try DICOMSlice(DICOMHeader(reading: path)).image()
            }
            #expect(refused > 0)
        }
    }

    @Test func rawVolumes() throws {
        func bytes<Value>(_ values: [Value]) -> Data { values.withUnsafeBytes { Data($0) } }
        let values = (0..<4 * 16 * 16).map { $0 % 1000 - 500 }
        try Program.withFolder { program in
            let path = program.path("m.raw")
            for type in RawVolume.ScalarType.allCases {
                let original =
                    switch type {
                    case .int16: bytes(values.map { Int16($0) })
                    case .uint16: bytes(values.map { UInt16($0 + 500) })
                    case .float32: bytes(values.map { Float($0) })
                    }
                let mutants = Mutants(originals: [original], head: 64)
                let count = Mutants.inProcess / 3
                let refused = Mutants.parse("raw volume of \(type.rawValue)", count: count, mutants.mutant) { bytes in
                    try bytes.write(to: URL(fileURLWithPath: path))
                    _ = try RawVolume(
                        reading: path, shape: [4, 16, 16], type: type, spacing: [1, 1, 1], isInsisting: true)
                }
                #expect(refused > 0 && refused < count)
            }
        }
    }

    /// Through the program, under limits: nothing but a status and a line.
    @Test func throughTheProgram() throws {
        let count = max(6, Mutants.isolated / 50)
        try Program.withFolder { program in
            let patches = Mutants(originals: [try patches(program)], head: 4000)
            try Mutants.run(
                program, "patch file", count: count, file: "m.h5", patches.mutant, arguments: "data check m.h5")
            let weights = Mutants(originals: [try weights(program)], head: 4000)
            try Mutants.run(
                program, "weights", count: count, file: "m.h5", weights.mutant, arguments: "weights inspect m.h5")
            let slices = Mutants(originals: [try Self.data(DICOMInputs.syntax("explicit-little"))], head: 1400)
            try Mutants.run(
                program, "DICOM", count: count, file: "m.dcm", slices.mutant,
                arguments:
                    "denoise --input m.dcm --weights w.h5 --output o.h5 --predict --key-bits 1024 --insecure --threads 1"
            )
        }
    }

    /// Architectures and calibrations whose numbers are at the edges of their types, under the digest that belongs to them.
    @Test func oddNumbersInWeights() throws {
        try Program.withFolder { program in
            try RandomNetworkFile.write(to: program.path("w.h5"))
            let path = program.path("m.h5")
            for attribute in ["architecture", "calibration", "normalisation"] {
                let original = RandomNetworkFile.attribute(attribute, of: program.path("w.h5"))
                try #require(!original.isEmpty)
                let mutant = { (seed: Int) in Mutants.withOddNumbers(original, seed: seed) }
                Mutants.parse("numbers of \(attribute)", count: Mutants.isolated / 10, mutant) { bytes in
                    try RandomNetworkFile.rewrite(
                        program.path("w.h5"), to: path, attribute: attribute,
                        text: String(decoding: bytes, as: UTF8.self))
                    let trained = try TrainedNetwork(reading: path)
                    _ = try IntegerNetwork(
                        requantising: trained.network, weights: trained.weights, calibration: trained.calibration)
                }
            }
        }
    }
}

/// A small all-ReLU network with a calibration.
enum RandomNetworkFile {
    static func write(to path: String) throws {
        let network = try Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: .all, decoder: .same)
        var tensors: [String: WeightTensor] = [:]
        for layer in network.layers {
            let count = layer.weightShape.reduce(1, *)
            tensors[layer.weightName] = try WeightTensor(
                shape: layer.weightShape, values: (0..<count).map { Float($0 % 7 - 3) / 16 })
            tensors[layer.biasName] = try WeightTensor(
                shape: layer.biasShape, values: layer.biasShape.flatMap { (0..<$0).map { Float($0) / 8 } })
        }
        try TrainedNetwork(
            network: network, weights: Weights(tensors, for: network),
            calibration: Calibration(activationLimits: [1.5, 2], rule: "test", images: 1, data: "none"),
            provenance: "test"
        ).write(to: path)
    }

    static func attribute(_ name: String, of path: String) -> String {
        (try? HDF5File(reading: path).attribute(name, as: String.self)) ?? ""
    }

    /// The same content but for one text, under its own digest.
    static func rewrite(_ path: String, to other: String, attribute: String, text: String) throws {
        let file = try HDF5File(reading: path)
        var tensors: [String: WeightTensor] = [:]
        for name in try file.members() {
            let array = try file.read(Float.self, from: "/" + name)
            tensors[name] = try WeightTensor(shape: array.shape, values: array.values)
        }
        var metadata: [String: String] = [:]
        for name in try file.attributeNames() where name != "content_sha256" {
            metadata[name] = try file.attribute(name, as: String.self)
        }
        metadata[attribute] = text
        try HDF5File.write(to: other) { output in
            for (name, tensor) in tensors { try output.write(tensor.values, shape: tensor.shape, to: "/" + name) }
            for (name, text) in metadata { try output.setAttribute(name, to: text) }
            try output.setAttribute("content_sha256", to: TrainedNetwork.digest(tensors: tensors, metadata: metadata))
        }
    }
}
