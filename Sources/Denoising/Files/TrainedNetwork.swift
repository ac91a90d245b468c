public import Imaging
import Support

/// What a weights file holds: a network, its weights, and what is needed to use and to trust them.
public struct TrainedNetwork: Sendable, Hashable {
    public let network: Network
    public let weights: Weights
    /// The HU window that was mapped to 0...1 in training.
    public let window: HounsfieldWindow
    /// nil where there is nothing to calibrate (no ReLU after every layer), or not yet.
    public var calibration: Calibration?
    /// Of the training run; nil if unknown.
    public let seed: UInt64?
    /// SHA-256 of the training configuration's text; nil if unknown.
    public let trainingConfiguration: String?
    /// Where the weights come from - data, licence, command - in words.
    public let provenance: String

    public init(
        network: Network, weights: Weights, window: HounsfieldWindow = .standard, calibration: Calibration? = nil,
        seed: UInt64? = nil, trainingConfiguration: String? = nil, provenance: String
    ) {
        self.network = network
        self.weights = weights
        self.window = window
        self.calibration = calibration
        self.seed = seed
        self.trainingConfiguration = trainingConfiguration
        self.provenance = provenance
    }

    /// Reads a weights file, `.h5` or `.safetensors` by its name's end, and verifies all of it: SHA-256 of the content,
    /// every tensor's presence, shape and finiteness, no tensor too many, and the architecture if one is expected.
    ///
    /// - Parameters:
    ///   - expected: the architecture the caller needs. A safetensors file without our metadata (from PyTorch) takes
    ///     its architecture from here, and is the one kind of file whose content carries no SHA-256.
    ///   - relu: where the ReLUs are, of a safetensors file without our metadata and without `expected`: with the standard names of
    ///     a RED-CNN's `state_dict` the shapes tell the rest.
    ///   - sha256: of the whole file, in hexadecimal, where an experiment names it.
    /// - Throws: `DenoisingError.inFile` naming path, tensor, what was found and expected; `HDF5Error` if the file
    ///   cannot be read.
    public init(
        reading path: String, expecting expected: Network? = nil, relu: ReLUPlacement? = nil, sha256: String? = nil
    ) throws {
        do {
            if let sha256 { try Self.check(path, sha256: sha256) }
            let isSafetensors = path.hasSuffix(".safetensors")
            let content = try isSafetensors ? WeightsContent(safetensors: path) : WeightsContent(hdf5: path)
            let isForeign = isSafetensors && content.metadata.isEmpty
            let inferred = try isForeign ? relu.map { try Network.redCNN(ofStateDict: content.tensors, relu: $0) } : nil
            if isForeign, let network = expected ?? inferred {
                self.init(
                    network: network, weights: try Weights(content.tensors, for: network),
                    provenance: "imported from a safetensors file without metadata")
            } else {
                try self.init(content)
            }
            guard expected == nil || expected == network else {
                throw DenoisingError.architectureMismatch(
                    found: "\(network)", expected: expected.map { "\($0)" } ?? "")
            }
        } catch let error as DenoisingError {
            throw DenoisingError.inFile(path: path, error)
        }
    }

    /// Writes a weights file, `.safetensors` or HDF5 by its name's end, in one piece. The same network gives the same
    /// bytes.
    /// - Throws: `FileError.unwritable` or `HDF5Error.unwritable`; what stood there before still does.
    public func write(to path: String) throws {
        let content = try WeightsContent(self)
        if path.hasSuffix(".safetensors") {
            try content.writeSafetensors(to: path)
        } else {
            try content.writeHDF5(to: path)
        }
    }

    /// SHA-256 of tensors and metadata, as stored in the file: the same for both formats.
    public func contentDigest() throws -> String { try WeightsContent(self).digest }

    private static func check(_ path: String, sha256 expected: String) throws {
        let found = try Digest.ofFile(path, expected: "a weights file")
        guard found == expected.lowercased() else {
            throw DenoisingError.checksumMismatch(found: found, expected: expected)
        }
    }

    /// The digest of any tensors and texts by the files' rule (see `WeightsContent.digest`).
    package static func digest(tensors: [String: WeightTensor], metadata: [String: String]) -> String {
        WeightsContent(tensors: tensors, metadata: metadata).digest
    }
}
