import Denoising
import Foundation
import HDF5
import Imaging
import Testing

/// Weights/redcnn.safetensors, a state_dict that PyTorch wrote (make_state_dict.py), from the file to an encrypted run.
@Suite struct ForeignWeightsTests {
    struct Known: Decodable {
        let height: Int
        let width: Int
        let input: [Float]
        let output: [Float]
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path

    private func prepare(_ program: Program) throws {
        for name in ["redcnn.safetensors"] {
            try FileManager.default.copyItem(atPath: "\(Self.folder)/\(name)", toPath: program.path(name))
        }
    }

    @Test func aStateDictGivesWhatPyTorchComputes() throws {
        try Program.withFolder { program in
            try prepare(program)
            try program.succeed("weights convert redcnn.safetensors net.h5 --relu all")
            let known = try JSONDecoder().decode(
                Known.self, from: Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/redcnn.json")))
            let trained = try TrainedNetwork(reading: program.path("net.h5"))
            #expect(
                trained.network == (try Network.redCNN(depth: 10, channels: 2, relu: .all, decoder: .valid)),
                "found from names and shapes")
            let input = try Tensor(
                shape: TensorShape(channels: 1, height: known.height, width: known.width), values: known.input)
            let found = try trained.network.evaluate(input, weights: trained.weights, threads: 1).values
            // Ten layers of at most 50 products of values below 2: far inside 1e-5.
            for index in found.indices { #expect(abs(found[index] - known.output[index]) <= 1e-5) }
            // And back: PyTorch reads what is written, tensor by tensor the same.
            try program.succeed("weights convert net.h5 back.safetensors")
            let back = try TrainedNetwork(reading: program.path("back.safetensors"))
            #expect(back == trained)
        }
    }

    /// Converted, calibrated, run: nothing is trained. The second as ldct-benchmark's RED-CNN was, for data of zero mean.
    @Test(arguments: ["--relu all", "--relu all-but-last --mean 481.454 --deviation 502.185 --offset 1024"])
    func aStateDictRunsEncrypted(options: String) throws {
        try Program.withFolder { program in
            try prepare(program)
            let told = try program.succeed("weights convert redcnn.safetensors net.h5 \(options)")
            #expect(
                told.contains("10 layers, 2 channels, 5x5") && told.contains("HU are clipped to -1024.0...3071.0"),
                "\(told)")
            try program.succeed(
                "prepare phantom --patients 3 --slices-per-patient 1 --size 96 --views 30 --patch-size 32 --stride 32 "
                    + "--output p.h5")
            let slice = "denoise --input p.h5 --dataset /test/low_dose --index 0 --weights net.h5 --output x.h5"
            #expect(try program.run(slice).errors.hasPrefix("ldct: weights have no calibration"))
            try program.succeed("weights calibrate net.h5 --data p.h5 --percentile 99.99 --margin 1 --force")
            #expect(
                try TrainedNetwork(reading: program.path("net.h5")).calibration?.rule == "percentile 99.99 x 1.0")
            let output = try program.succeed(slice + " --key-bits 1024 --insecure --quiet")
            #expect(output.contains("0 values differ from the integer network, 0 out of range"))
            let comparison = try program.succeed(
                "weights compare net.h5 --data p.h5 --patches 2 --weight-bits 8,12 --quiet")
            #expect(comparison.contains("w8/a12") && comparison.contains("w12/a12"))
        }
    }

    @Test(arguments: [
        ("weights convert net.safetensors x.h5", "net.safetensors: "),
        ("weights round redcnn.h5 --data p.h5 --output y.h5", "redcnn.h5"),
        ("weights round redcnn.h5 --data p.h5 --output y.h5 --weight-bits 64", "--weight-bits is 64; expected 2 to 24"),
        (
            "weights round redcnn.h5 --data p.h5 --output y.h5 --activation-bits 25",
            "--activation-bits is 25; expected 2 to 24"
        ),
        ("weights inspect redcnn.h5 --weight-bits 25", "--weight-bits is 25; expected 2 to 24"),
        ("weights compare redcnn.safetensors --data p.h5", "redcnn.safetensors: "),
        ("weights compare redcnn.safetensors --data p.h5 --patches=-1", "--patches is -1"),
    ])
    func mistakesAreOneLine(arguments: String, message: String) throws {
        try Program.withFolder { program in
            try prepare(program)
            // Tensors that are no RED-CNN's.
            let header = #"{"fc.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
            var data = Data()
            withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
            try (data + Data(header.utf8) + Data(count: 4)).write(
                to: URL(fileURLWithPath: program.path("net.safetensors")))
            let result = try program.run(arguments)
            #expect(result.status == 2 && result.errors.hasPrefix("ldct: \(message)"), "\(result.errors)")
            #expect(result.errors.count { $0 == "\n" } == 1 && result.output.isEmpty)
        }
    }
}
