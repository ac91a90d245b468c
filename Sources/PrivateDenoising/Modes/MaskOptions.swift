/// How the server draws its multiplicative masks, in the modes that have them. All choices are exact; none protects the network,
/// and the attacks measure how little each of them does.
public struct MaskOptions: Sendable, Hashable, Codable {
    public enum Distribution: String, Sendable, CaseIterable, Codable {
        /// Uniform in `[1, 2^bits)`: nearly all masks have nearly all bits.
        case uniform
        /// The number of bits uniform in `1...bits`, then uniform among the numbers of that many bits.
        case logUniform = "log-uniform"
    }

    /// Masks are machine integers.
    public static let bitsRange = 1...62

    /// Width of a mask's magnitude. With one bit every magnitude is 1: no mask, or a sign alone.
    public var bits: Int
    public var distribution: Distribution
    /// One mask for all slots of a ciphertext, so that patches can share ciphertexts. Otherwise every value has a mask and a
    /// ciphertext of its own.
    public var isShared: Bool

    /// The paper's setting by default.
    public init(bits: Int = 40, distribution: Distribution = .uniform, isShared: Bool = false) {
        self.bits = bits
        self.distribution = distribution
        self.isShared = isShared
    }

    /// A magnitude in `[1, 2^bits)`.
    func draw(using generator: inout some RandomNumberGenerator) -> Int {
        switch distribution {
        case .uniform: return Int.random(in: 1..<1 << bits, using: &generator)
        case .logUniform:
            let width = Int.random(in: 1...bits, using: &generator)
            return Int.random(in: 1 << (width - 1)..<1 << width, using: &generator)
        }
    }
}

/// In which order the server sends the values before a ReLU; a fresh order in every round, the same for all images of a batch.
public enum Permutation: String, Sendable, CaseIterable, Codable {
    case none
    /// Channels as a whole. Not where the client's constants differ by channel.
    case channels
    /// Positions within each channel, in an order of its own.
    case positions
    /// All values of an image. Not where the client's constants differ by channel.
    case values

    /// Sent value j of an image is value `order[j]`; nil leaves them as they are.
    func draw(channels: Int, positions: Int, using generator: inout some RandomNumberGenerator) -> [Int]? {
        switch self {
        case .none: return nil
        case .channels:
            return (0..<channels).shuffled(using: &generator).flatMap { $0 * positions..<($0 + 1) * positions }
        case .positions:
            return (0..<channels).flatMap { channel in
                (0..<positions).shuffled(using: &generator).map { channel * positions + $0 }
            }
        case .values: return (0..<channels * positions).shuffled(using: &generator)
        }
    }
}

/// Which images share a ciphertext.
public enum Layout: String, Sendable, CaseIterable, Codable {
    /// A slot is an image of the batch: throughput. Any mode.
    case batch
    /// A slot is a tile of one image, laid out anew by the client in every round: latency. Modes in which the client sees
    /// every layer.
    case tile
}
