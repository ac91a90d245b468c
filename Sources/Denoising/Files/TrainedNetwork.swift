public import Imaging
import Support

/// What a weights file holds: a network, its weights, and what is needed to use and to trust them.
public struct TrainedNetwork: Sendable, Hashable {
    public let network: Network
    public package(set) var weights: Weights
    /// The HU window that was mapped to 0...1 in training.
    public let window: HounsfieldWindow
    /// nil where there is nothing to calibrate (no ReLU after every layer), or not yet.
    public var calibration: Calibration?
    /// Of the training run; nil if unknown.
    public let seed: UInt64?
    /// SHA-256 of the training configuration's text; nil if unknown.
    public let trainingConfiguration: String?
    /// Where the weights come from - data, licence, command - in words.
    public package(set) var provenance: String
    /// nil of files that do not say, as those before version 0.2.
    public let trainingImages: TrainingImages?

    public init(
        network: Network, weights: Weights, window: HounsfieldWindow = .standard, calibration: Calibration? = nil,
        seed: UInt64? = nil, trainingConfiguration: String? = nil, provenance: String,
        trainingImages: TrainingImages? = nil
    ) {
        self.network = network
        self.weights = weights
        self.window = window
        self.calibration = calibration
        self.seed = seed
        self.trainingConfiguration = trainingConfiguration
        self.provenance = provenance
        self.trainingImages = trainingImages
    }

    /// Reads a weights file, HDF5 or safetensors, and verifies all of it: SHA-256 of the content,
    /// every tensor's presence, shape and finiteness, no tensor too many, and the architecture if one is expected.
    ///
    /// - Parameters:
    ///   - expected: the architecture the caller needs. A safetensors file without our metadata (from PyTorch) takes
    ///     its architecture from here, and is the one kind of file whose content carries no SHA-256.
    ///   - sha256: of the whole file, in hexadecimal, where an experiment names it.
    /// - Throws: `DenoisingError.inFile` naming path, tensor, what was found and expected; `HDF5Error` if the file
    ///   cannot be read.
    public init(
        reading path: String, expecting expected: Network? = nil, sha256: String? = nil
    ) throws {
        do {
            if let sha256 { try Self.check(path, sha256: sha256) }
            let content = try WeightsContent(reading: path)
            if content.metadata.isEmpty, let network = expected {
                self.init(
                    network: network, weights: try Weights(content.tensors, for: network),
                    provenance: "imported from a safetensors file without metadata")
            } else {
                try self.init(content)
            }
            try Self.require(network, expected)
        } catch let error as DenoisingError {
            throw error.named(path)
        }
    }

    private static func require(_ found: Network, _ expected: Network?) throws(DenoisingError) {
        guard let expected, expected != found else { return }
        throw .architectureMismatch(found: "\(found)", expected: "\(expected)")
    }

    /// Reads a weights file, or makes a network of a `state_dict` without metadata of ours.
    /// - Parameters:
    ///   - options: What the caller knows of a `state_dict`.
    ///   - expected: As in `init(reading:)`.
    /// - Returns: The network, and a line for everything that was read from names or assumed; none of a file that says it itself.
    /// - Throws: `DenoisingError.inFile`, also where options contradict the file.
    public static func importing(
        _ path: String, _ options: StateDict.Options, expecting expected: Network? = nil
    ) throws -> (trained: TrainedNetwork, notes: [String]) {
        do {
            let content = try WeightsContent(reading: path)
            guard content.metadata.isEmpty else {
                let says =
                    options.relu != nil || options.decoder != nil || options.mapping != nil || !options.renaming.isEmpty
                    || options.depth != nil && expected == nil
                guard !says else {
                    throw DenoisingError.malformedFile(
                        reason:
                            "says itself how deep it is, where ReLUs are, what pads and how HU are mapped; expected no options about it"
                    )
                }
                return (try TrainedNetwork(reading: path, expecting: expected), [])
            }
            var dict = try StateDict(content.tensors, options)
            let network = try dict.network(options)
            try require(network, expected)
            let mapping = options.mapping
            let window = HounsfieldWindow.standard
            var trained = TrainedNetwork(
                network: network, weights: try Weights(dict.tensors, for: network), window: window,
                provenance: "imported from a safetensors file without metadata"
                    + (mapping.map { ", trained on \($0)" } ?? ""))
            if let mapping { trained = try trained.folding(mapping) }
            let said =
                mapping.map { "\($0), folded into the first layer and the output" }
                ?? "(HU + 1024) / 4095 (assumed: --mean and --deviation, or --minimum and --maximum, say otherwise)"
            return (trained, dict.notes + ["HU mapped by \(said); HU are clipped to \(window.low)...\(window.high)"])
        } catch let error as DenoisingError {
            throw error.named(path)
        }
    }

    /// Writes a weights file, `.safetensors` or HDF5 by its name's end, in one piece. The same network gives the same
    /// bytes.
    /// - Throws: `FileError.unwritable` or `HDF5Error.unwritable`; what stood there before still does.
    public func write(to path: String) throws {
        let content = try WeightsContent(self)
        if path.lowercased().hasSuffix(WeightsContent.safetensorsEnding) {
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
