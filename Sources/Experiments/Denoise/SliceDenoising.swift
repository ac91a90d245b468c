package import Denoising
package import Imaging
import PrivateDenoising
package import Transport

/// A whole slice through the protocol, with both sides in this process, or with the network on a server elsewhere.
///
/// In the tile layout the slice is one image: where memory is short a layer's output is made in bands of rows, one after the other. In
/// the batch layout the slice is cut once into overlapping patches. Either way the result is the whole slice's, without any
/// blending, and the same whoever has the network.
package enum SliceDenoising {
    /// What it will take, told before it starts.
    package struct Prediction: Sendable {
        /// Of both sides; nil where this machine's speed tells nothing.
        package let seconds: Double?
        /// Nil where most of it is elsewhere.
        package let peakBytes: Int?
        package let bytesUp: Int
        package let bytesDown: Int
        /// Bands of the layer that has the most; 1 unless memory is short.
        package let bands: Int
        /// Runs of the protocol: 1 in the tile layout.
        package let runs: Int
        /// What is taken of a key's budget, in words; nil where a key serves for ever or the server counts.
        package let budget: String?
    }

    package struct Progress: Sendable {
        package let rounds, allRounds, bytes, allBytes: Int
    }

    package struct Outcome: Sendable {
        package let image: Image
        package let totals: SliceTotals
        /// How many activations the slice has; nil where there was no network to compare with.
        package let activations: Int?
        /// Pixels of the slice outside the network's window, and its ends in words.
        package let clipped: Int
        package let window: String
        /// From the first message to the written result, of this process.
        package let seconds: Double
    }

    /// Both sides in this process, every value compared with the integer network.
    /// - Throws: `DenoisingError`, `PrivateDenoisingError`, `PrepareError.parameter`, `SettingsError`; `memoryLimit` if not even a row fits.
    package static func here(
        _ settings: ProtocolSettings, trained: TrainedNetwork, slice: Image
    ) throws -> any SliceWork {
        func work<Scheme: MeasuredScheme>(_ scheme: Scheme.Type) throws -> any SliceWork {
            try PartyWork(
                LocalParty<Scheme>(settings, trained), settings, slice: slice, reference: trained, comparesRounds: true)
        }
        let scheme = try scheme(settings)
        try trained.network.requireImagesOfOneSize(height: slice.height, width: slice.width)
        return try work(scheme)
    }

    /// The server elsewhere.
    /// - Parameters:
    ///   - reference: The server's network, where the client has it too, to compare the result with.
    ///   - attempts: Connections in a row that may break before the run ends; in the tile layout only, where it can go on.
    ///   - connect: Makes a connection to the server; called again after a break.
    /// - Throws: As above; `ServingError`, `TransportError`.
    package static func there(
        _ settings: ProtocolSettings, slice: Image, comparingWith reference: TrainedNetwork?, attempts: Int,
        connect: @escaping @Sendable () throws -> Connection
    ) throws -> any SliceWork {
        func work<Scheme: MeasuredScheme>(_ scheme: Scheme.Type) throws -> any SliceWork {
            try PartyWork(
                RemoteParty<Scheme>(settings, attempts: attempts, connect: connect), settings, slice: slice,
                reference: reference, comparesRounds: false)
        }
        return try work(scheme(settings))
    }

    /// - Throws: `SettingsError` for settings that do not go together.
    private static func scheme(_ settings: ProtocolSettings) throws -> any MeasuredScheme.Type {
        if let (key, reason) = settings.objection() { throw SettingsError(name: key.rawValue, reason: reason) }
        guard let scheme = settings.scheme.measured, settings.scheme.name?.encrypts == true else {
            let names = ExperimentScheme.slices.map(\.rawValue).joined(separator: " or ")
            throw SettingsError(
                name: "scheme", reason: "is \(settings.scheme.rawValue); expected \(names), which encrypt slices")
        }
        guard settings.mode.networkKind != .fused else {
            throw PrivateDenoisingError.modeMismatch(
                mode: settings.mode, reason: "it is folded for one size of image; another mode expected for slices")
        }
        if let reason = scheme.objection(to: settings.key, consent: "--insecure") {
            throw SettingsError(name: "key bits", reason: "is \(settings.key.bits); expected \(reason)")
        }
        return scheme
    }
}

extension ExperimentScheme {
    /// Those that slices are encrypted under.
    package static var slices: [ExperimentScheme] {
        allCases.filter { $0.measured != nil && $0.name?.encrypts == true }
    }
}

/// A slice's way through the protocol under one scheme.
package protocol SliceWork: Sendable {
    /// What another result of the same slice would come of: network, mode, scheme, widths, options.
    var identity: String { get }
    /// Rounds of all runs.
    var rounds: Int { get }
    /// Bytes of all messages.
    var bytes: Int { get }
    func prediction() throws -> SliceDenoising.Prediction
    /// Goes on where an earlier call for the same output stopped; writes the output in one piece at the end.
    /// - Throws: `PrepareError.foreignParts`, what the protocol throws, `HDF5Error`.
    func run(output: SliceOutput, onProgress: (SliceDenoising.Progress) -> Void) throws -> SliceDenoising.Outcome
}
