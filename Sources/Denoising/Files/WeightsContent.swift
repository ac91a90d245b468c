import Foundation
import Imaging
import Support

/// What both file formats carry: named tensors and named texts.
struct WeightsContent: Equatable {
    var tensors: [String: WeightTensor]
    /// Without the digest, which is computed.
    var metadata: [String: String]

    /// Names of the metadata, which are HDF5 attributes and safetensors metadata alike.
    enum Key {
        static let schema = "schema"
        static let architecture = "architecture"
        static let normalisation = "normalisation"
        static let calibration = "calibration"
        static let seed = "seed"
        static let trainingConfiguration = "training_configuration"
        static let provenance = "provenance"
        static let trainingImages = "training_images"
        static let digest = "content_sha256"
    }

    static let schema = "ldct-weights 1"

    /// SHA-256 over tensors and texts, each kind sorted by name, as:
    /// `name 0x00, rank, sizes, values` for a tensor, `name 0x00 text 0x00` for a text. Rank and sizes are 64-bit,
    /// values the bits of 32-bit floats, all little-endian.
    var digest: String {
        var digest = Digest()
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            var bytes = Data(name.utf8) + [0]
            for size in [tensor.shape.count] + tensor.shape { bytes.append(littleEndian: UInt64(size)) }
            tensor.values.map(\.bitPattern.littleEndian).withUnsafeBytes { bytes.append(contentsOf: $0) }
            digest.update(bytes)
        }
        for (name, text) in metadata.sorted(by: { $0.key < $1.key }) {
            digest.update(Data(name.utf8) + [0] + Data(text.utf8) + [0])
        }
        return digest.hexadecimal
    }

    /// - Throws: `DenoisingError.checksumMismatch` unless `stored` is the content's digest.
    func verify(_ stored: String?) throws(DenoisingError) {
        guard let stored else {
            throw .malformedFile(reason: "\(Key.digest) is missing, expected the SHA-256 of the content")
        }
        let found = digest
        guard found == stored else { throw .checksumMismatch(found: found, expected: stored) }
    }
}

extension WeightsContent {
    /// Reads a weights file of either format, told by its content.
    /// - Throws: `FileError.unreadable`; `DenoisingError.malformedFile` for what PyTorch and numpy save, and what is damaged.
    init(reading path: String) throws {
        let head = Array(InputFile.head(path, 16))
        let isZIP = head.starts(with: Data("PK".utf8)) && head.count > 3 && head[2] < 8
        let isPickle = head.count > 1 && head[0] == 0x80 && (2...5).contains(head[1])
        guard !isZIP, !isPickle else {
            throw DenoisingError.malformedFile(
                reason:
                    "is a \(isZIP ? "ZIP archive" : "pickle"), as torch.save writes it; expected safetensors or HDF5: 'python3 "
                    + "Experiments/pytorch-export.py' turns a checkpoint into safetensors")
        }
        // A header in JSON follows its length.
        let hasHeader = head.count > 8 && head[8] == UInt8(ascii: "{")
        if hasHeader || path.lowercased().hasSuffix(Self.safetensorsEnding) {
            try self.init(safetensors: InputFile.contents(path, expected: "a weights file", limit: 1 << 32))
        } else {
            try self.init(hdf5: path)
        }
    }

    static let safetensorsEnding = ".safetensors"
}

// MARK: - From and to a trained network

private struct Normalisation: Codable {
    let low: Float
    let high: Float
}

extension WeightsContent {
    init(_ trained: TrainedNetwork) throws {
        tensors = trained.weights.tensors
        metadata = [
            Key.schema: Self.schema,
            Key.architecture: try SortedJSON.line(trained.network),
            Key.normalisation: try SortedJSON.line(Normalisation(low: trained.window.low, high: trained.window.high)),
            Key.provenance: trained.provenance,
        ]
        metadata[Key.calibration] = try trained.calibration.map { try SortedJSON.line($0) }
        metadata[Key.seed] = trained.seed.map { "\($0)" }
        metadata[Key.trainingConfiguration] = trained.trainingConfiguration
        metadata[Key.trainingImages] = try trained.trainingImages.map { try SortedJSON.line($0) }
    }

    func decode<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value {
        guard let value = try decodeIfPresent(type, key) else {
            throw DenoisingError.malformedFile(reason: "\(key) is missing, expected a JSON text")
        }
        return value
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value? {
        guard let text = metadata[key] else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch let error as DenoisingError {
            throw error
        } catch {
            throw DenoisingError.malformedFile(
                reason: "\(key) cannot be understood, expected the JSON text of a \(type)")
        }
    }
}

extension TrainedNetwork {
    init(_ content: WeightsContent) throws {
        typealias Key = WeightsContent.Key
        guard content.metadata[Key.schema] == WeightsContent.schema else {
            throw DenoisingError.malformedFile(
                reason: content.metadata.isEmpty
                    ? "has no metadata of ldct, as files of PyTorch; expected a weights file, which 'ldct weights convert' makes of it"
                    : "schema is '\(content.metadata[Key.schema] ?? "")', expected '\(WeightsContent.schema)'")
        }
        let network = try content.decode(Network.self, Key.architecture)
        let window = try content.decode(Normalisation.self, Key.normalisation)
        var seed: UInt64?
        if let text = content.metadata[Key.seed] {
            guard let value = UInt64(text) else {
                throw DenoisingError.malformedFile(reason: "seed is '\(text)', expected a whole number")
            }
            seed = value
        }
        self.init(
            network: network, weights: try Weights(content.tensors, for: network),
            window: try HounsfieldWindow(low: window.low, high: window.high),
            calibration: try content.decodeIfPresent(Calibration.self, Key.calibration), seed: seed,
            trainingConfiguration: content.metadata[Key.trainingConfiguration],
            provenance: content.metadata[Key.provenance] ?? "",
            trainingImages: try content.decodeIfPresent(TrainingImages.self, Key.trainingImages))
    }
}
