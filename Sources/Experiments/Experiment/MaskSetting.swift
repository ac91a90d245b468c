import Configuration
import PrivateDenoising
import Reporting

/// What an experiment file says of masks: each option once, with how it is read, written, documented and recorded.
///
/// A new option is a field of `MaskOptions` with a case here; a command that shall take it as well needs its flag in `ProtocolOptions`.
package enum MaskSetting: String, CaseIterable, Sendable {
    case bits = "mask_bits"
    case distribution = "mask_distribution"
    case isShared = "mask_shared"

    private enum Field {
        case integer(WritableKeyPath<MaskOptions, Int>, ClosedRange<Int>)
        case distribution(WritableKeyPath<MaskOptions, MaskOptions.Distribution>)
        case flag(WritableKeyPath<MaskOptions, Bool>)
    }

    private var field: Field {
        switch self {
        case .bits: .integer(\.bits, MaskOptions.bitsRange)
        case .distribution: .distribution(\.distribution)
        case .isShared: .flag(\.isShared)
        }
    }

    /// On one line, Markdown.
    var meaning: String {
        switch self {
        case .bits: "width of masks, in modes that have them"
        case .distribution: "`uniform`, or `log-uniform`: the number of a mask's bits is uniform"
        case .isShared: "one mask for all slots of a ciphertext, so that patches share ciphertexts"
        }
    }

    var usual: String { value(of: MaskOptions()).description }

    var form: SettingForm {
        switch field {
        case .integer(_, let range): .integer(range)
        case .distribution: .choice(MaskOptions.Distribution.self)
        case .flag: .flag
        }
    }

    private func value(of mask: MaskOptions) -> ParameterValue {
        switch field {
        case .integer(let path, _): .integer(mask[keyPath: path])
        case .distribution(let path): .text(mask[keyPath: path].rawValue)
        case .flag(let path): .flag(mask[keyPath: path])
        }
    }

    /// What records say of it: what is as usual goes without saying, but for a mask's width.
    func recorded(of mask: MaskOptions) -> ParameterValue? {
        let value = value(of: mask)
        return self != .bits && value == self.value(of: MaskOptions()) ? nil : value
    }

    /// Where the file says nothing, a mask stays as it is.
    func read(
        _ mapping: StrictMapping<Experiment.Case.CodingKeys>, into mask: inout MaskOptions
    ) throws(ConfigurationError) {
        let key = Experiment.Case.CodingKeys.mask(self)
        switch field {
        case .integer(let path, let range):
            mask[keyPath: path] = try mapping.integer(key, in: range, default: mask[keyPath: path])
        case .distribution(let path): mask[keyPath: path] = try mapping.choice(key, default: mask[keyPath: path])
        case .flag(let path): mask[keyPath: path] = try mapping.flag(key, default: mask[keyPath: path])
        }
    }

    func encode(
        _ mask: MaskOptions, to container: inout KeyedEncodingContainer<Experiment.Case.CodingKeys>
    ) throws {
        switch field {
        case .integer(let path, _): try container.encode(mask[keyPath: path], forKey: .mask(self))
        case .distribution(let path): try container.encode(mask[keyPath: path], forKey: .mask(self))
        case .flag(let path): try container.encode(mask[keyPath: path], forKey: .mask(self))
        }
    }
}
