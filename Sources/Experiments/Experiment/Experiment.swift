package import Denoising
package import Imaging
package import PrivateDenoising
package import Reporting

/// One experiment as its file states it, with every default filled in: `Experiments/<id>.yaml`.
///
/// It says what is measured, never how fast: the runner turns it into cells, one per combination of swept values, case and
/// trial. An experiment with a sweep holds the first value of each swept setting.
package struct Experiment: Sendable, Equatable, Encodable {
    /// Names the folder of the results: lowercase letters, digits and hyphens.
    package var id: String
    /// What the experiment asks, in one line.
    package var title: String
    package var data: DataSelection
    package var key: KeySettings
    /// Of the integer networks, unless a case says otherwise.
    package var precision: Precision
    /// Seeds everything random that is not cryptographic.
    package var seed: Int
    /// As in `ProtocolSettings`.
    package var threads, memory: Int
    /// Repetitions of every case.
    package var trials: Int
    /// Runs of every case before its first trial, measured but not kept.
    package var warmUp: Int
    /// Whether the machine's speed is measured first, so that predicted seconds stand beside the measured ones.
    package var predict: Bool
    /// What is run, in the order of the table; at least one, or an attack.
    package var cases: [Case]
    /// What is attacked, after the cases.
    package var attacks: [AttackEntry]
    /// Settings that take several values; all combinations are run. The last changes fastest.
    package var sweep: Sweep
    /// Where the network of the cases is, for encrypted runs against a server elsewhere; nil where both sides are in this process.
    package var server: ServerSettings?
    /// Tables and figures; no measurement depends on it.
    package var report: ReportSection

    /// What its cases have in common, and its attacks.
    var settings: ProtocolSettings {
        var settings = ProtocolSettings()
        (settings.key, settings.precision, settings.threads, settings.memory) = (key, precision, threads, memory)
        return settings
    }

    /// Which patches are measured.
    package struct DataSelection: Sendable, Equatable, Encodable {
        /// Patch file made by `ldct prepare`, relative to the current folder. `{photons}` in it stands for `photons`. Nil for
        /// random images.
        package var file: String?
        /// Side of images of random pixels, in place of a file: costs are measured on them, their quality means nothing.
        package var random: Int?
        /// Photons that the low dose of the file must have been simulated with; nil takes any.
        package var photons: Int?
        package var split: Split
        /// How many patches, taken evenly spaced from the split.
        package var patches: Int

        static let placeholder = "{photons}"

        /// The file with its number of photons filled in; nil of random images.
        package var path: String? {
            file?.replacing(Self.placeholder, with: photons.map(String.init) ?? "")
        }
    }

    /// One network in one mode under one scheme.
    package struct Case: Sendable, Equatable {
        package var settings: ProtocolSettings
        /// Widths of this case alone, which `settings` has, too; nil where they are the experiment's.
        package var precision: Precision?
        package var network: NetworkSource
        /// Run on the middles of fewer patches instead of whole ones.
        package var crop: Crop?
    }

    /// Where the network of a case comes from.
    package enum NetworkSource: Sendable, Equatable {
        /// Weights file, relative to the current folder.
        case weights(String)
        /// A network of random weights: its costs are measured, its images mean nothing.
        case random(RandomNetwork)
    }

    /// Square crops from the middle of the first `count` patches.
    package struct Crop: Sendable, Hashable, Encodable {
        /// Side in pixels.
        package var size: Int
        package var count: Int
    }
}

/// The schemes an experiment file can name.
package enum ExperimentScheme: RawRepresentable, Sendable, CaseIterable, Hashable, Codable {
    /// Of the protocol, or the paper's encoding as published: measured on a few products and extrapolated to the network; nothing is
    /// denoised.
    case scheme(SchemeName)
    /// The integer network alone, in the clear and without a protocol: what numbers of so many bits lose.
    case integer

    package static let paillier = Self.scheme(.paillier), cleartext = Self.scheme(.cleartext)
    package static let lattice = Self.scheme(.lattice), paper = Self.scheme(.paper)

    package static var allCases: [Self] {
        let names = SchemeName.allCases
        return names.filter { $0.scheme != nil }.map(Self.scheme) + [.integer]
            + names.filter { $0.scheme == nil }.map(Self.scheme)
    }

    package init?(rawValue: String) {
        guard let found = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = found
    }

    package var rawValue: String { name?.rawValue ?? "integer" }

    /// Nil for what runs without any.
    package var name: SchemeName? {
        if case .scheme(let name) = self { name } else { nil }
    }

    /// Whether client and server exchange messages.
    var runsProtocol: Bool { name?.scheme != nil }
}
