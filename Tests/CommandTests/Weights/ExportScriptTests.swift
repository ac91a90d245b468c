import Denoising
import Foundation
import Testing

/// Experiments/pytorch-export.py, from what torch.load gives to a network: PyTorch itself is played by forty lines of Python.
@Suite struct ExportScriptTests {
    private static let python = "/usr/bin/python3"

    /// Enough of torch for the script. A "pickle" is JSON: names to shapes and values, in a checkpoint or not.
    private static let torch = """
        import json, struct
        uint8 = "uint8"
        class Tensor:
            def __init__(self, shape, values, data=None):
                self.shape, self.values, self.data, self.dtype = shape, values, data, "torch.float32"
            def detach(self): return self
            cpu = contiguous = flatten = detach
            def numel(self): return len(self.values)
            def view(self, kind): return Tensor(self.shape, [], list(struct.pack("<%df" % len(self.values), *self.values)))
            def tolist(self): return self.data
        class nn:
            class Module:
                def state_dict(self): return self.tensors
        def load(path, map_location=None, weights_only=True):
            with open(path) as file: content = json.load(file)
            tensors = {name: Tensor(*pair) for name, pair in content["tensors"].items()}
            kind = content["kind"]
            if kind == "module":
                if weights_only: raise RuntimeError("Weights only load failed.\\nA long explanation")
                module = nn.Module()
                module.tensors = tensors
                return module
            return tensors if kind == "state_dict" else {"epoch": 7, kind: tensors}
        """

    private struct Saved: Encodable {
        struct Pair: Encodable {
            let tensor: WeightTensor

            func encode(to encoder: any Encoder) throws {
                var pair = encoder.unkeyedContainer()
                try pair.encode(tensor.shape)
                try pair.encode(tensor.values)
            }
        }
        let kind: String
        let tensors: [String: Pair]
    }

    private func export(_ program: Program, _ arguments: String) throws -> (status: Int32, errors: String) {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Experiments/pytorch-export.py").standardizedFileURL.path
        let (process, errors) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: Self.python)
        process.arguments = [script] + arguments.split(separator: " ").map(String.init)
        process.environment = ["PYTHONPATH": program.folder.path, "PYTHONDONTWRITEBYTECODE": "1"]
        process.currentDirectoryURL = program.folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: python), "no Python here"))
    func checkpointsAndModulesBecomeNetworks() throws {
        let network = try Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: .all, decoder: .same)
        let weights = try network.initialWeights(seed: 3)
        try Program.withFolder { program in
            try program.write(Self.torch, to: "torch.py")
            for (kind, options) in [
                ("state_dict", ""), ("model_state_dict", ""), ("generator", ""), ("odd", " --key odd"),
                ("module", " --trust"),
            ] {
                let saved = Saved(
                    kind: kind,
                    tensors: Dictionary(
                        uniqueKeysWithValues: weights.tensors.map { ("module." + $0, Saved.Pair(tensor: $1)) }))
                try JSONEncoder().encode(saved).write(to: program.folder.appending(path: "net.pth"))
                if !options.isEmpty {
                    let refused = try export(program, "net.pth \(kind).safetensors")
                    #expect(
                        refused.status == 1 && refused.errors.contains(options.split(separator: " ")[0]),
                        "\(refused.errors)")
                    #expect(refused.errors.count { $0 == "\n" } == 1)
                }
                let result = try export(program, "net.pth \(kind).safetensors\(options)")
                #expect(result.status == 0, "\(kind): \(result.errors)")
                let output = try program.succeed("weights convert \(kind).safetensors \(kind).h5")
                #expect(output.contains("'module.' before every name left off") && output.contains("ReLU all (assumed"))
                let read = try TrainedNetwork(reading: program.path("\(kind).h5"))
                #expect(read.network == network && read.weights == weights)
                #expect(
                    try export(program, "net.pth \(kind).safetensors").errors.contains("exists") || kind == "module"
                        || kind == "odd")
            }
        }
    }
}
