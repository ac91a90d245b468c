/// A setting a record was measured under: text, a number or a yes/no.
package enum ParameterValue: Hashable, Sendable {
    case text(String)
    /// Integers up to 2^53 are exact and are written without a fraction.
    case number(Double)
    case flag(Bool)

    /// A whole number.
    package static func integer(_ value: Int) -> ParameterValue { .number(Double(value)) }

    package var text: String? {
        if case .text(let value) = self { value } else { nil }
    }

    package var number: Double? {
        if case .number(let value) = self { value } else { nil }
    }
}

extension ParameterValue: CustomStringConvertible {
    package var description: String {
        switch self {
        case .text(let value): value
        case .number(let value): Table.number(value)
        case .flag(let value): String(value)
        }
    }
}

extension ParameterValue: Codable {
    package init(from decoder: any Decoder) throws {
        // The most frequent first: an attempt that fails takes longer than one that does not.
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else {
            self = .flag(try container.decode(Bool.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .flag(let value): try container.encode(value)
        }
    }
}

/// The parameter names tables read. Experiments may add others; a table does not show them.
package enum ParameterName {
    /// The cell of the experiment a record belongs to; see `RecordFile`.
    package static let cell = "cell"
    /// Kind of the machine a cell was measured on; of all records where there were several.
    package static let machine = "machine"
    /// Side of the square patches or crops, in pixels.
    package static let patchSize = "patch_size"
    /// Modulus of the key, in bits.
    package static let keyBits = "key_bits"
    /// `djn`, `djn-short` or `full`: of the server's re-randomisation.
    package static let randomness = "randomness"
    /// Of the client's encryptions.
    package static let clientRandomness = "randomness_client"
    /// Where the server was, if not in the client's process: `elsewhere`.
    package static let server = "server"
    /// `paillier` or `cleartext`.
    package static let scheme = "scheme"
    /// Ring, modulus and security of a scheme that has no modulus of its key's size, in words.
    package static let parameterSet = "parameter_set"
    /// The statistical distance that answers have from ones that do not depend on the network, in words.
    package static let distance = "distance"
    /// Keys that the budget of a session took.
    package static let keysUsed = "keys_used"
    /// `batch` or `tile`: what a slot of a ciphertext holds.
    package static let layout = "layout"
    /// Width of a multiplicative mask, in bits.
    package static let maskBits = "mask_bits"
    /// When linear layers run, where not layer by layer.
    package static let order = "order"
    /// How accumulators become activations again, where not as the mode has it.
    package static let requantisation = "requantisation"
    /// The order that values are sent in, where it is not theirs.
    package static let permutation = "permutation"
    /// Measured noise of the low-dose patches inside the body, HU.
    package static let noise = "noise_hu"
    /// Signed bits of the integer weights.
    package static let weightBits = "weight_bits"
    /// Unsigned bits of the integer activations.
    package static let activationBits = "activation_bits"
    /// Photons per detector bin that the low dose was simulated with.
    package static let photons = "photons"
    /// Worker threads of each side.
    package static let threads = "threads"
    /// Layers, inner channels, placement of ReLUs and kind of decoder of a network of random weights.
    package static let depth = "depth", channels = "channels", relu = "relu", decoder = "decoder"
    /// Whether costs are those of a small sample times the network's size; absent where they were measured as they stand.
    package static let extrapolated = "extrapolated"
}

extension ParameterValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .flag(value) }
}
