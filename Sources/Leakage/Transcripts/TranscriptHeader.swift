package import Denoising
package import PrivateDenoising

/// What both parties and every listener know of a recorded run: the public part of its agreement, and what was sent.
package struct TranscriptHeader: Codable, Equatable, Sendable {
    package static let version = 1

    package enum Scheme: String, Codable, Sendable {
        case paillier
        /// The ciphertext is the plaintext: what a client sees after decryption, without the cost of it.
        case cleartext
        /// The published encoding: one float a ciphertext, its exponent in clear.
        case paper
    }

    package struct Round: Codable, Equatable, Sendable {
        /// Architecture of the layers behind one answer, as cross-correlations: shapes, ReLUs and skips are public.
        package let layers: [Layer]
        package let slotBits: Int
        package let slots: Int
        /// One image a slot, as packed.
        package let images: Int
        package let input: TensorShape
        package let output: TensorShape

        package var packing: Packing { Packing(slotBits: slotBits, slots: slots, images: images) }
    }

    package struct Sent: Codable, Equatable, Sendable {
        /// Name in the folder.
        package let file: String
        package let direction: Message.Direction
        package let round: Int
        package let ciphertexts: Int
        package let sha256: String
    }

    package let version: Int
    package let scheme: Scheme
    /// The mode's name; empty for the paper's encoding.
    package let mode: String
    /// How values were masked; nil in modes without masks.
    package let mask: MaskOptions?
    /// Whether masks have either sign, or ciphertexts a sign of their own.
    package let hidesSigns: Bool
    /// In which order values came down.
    package let permutation: Permutation
    /// n in hexadecimal; empty where nothing is encrypted.
    package let modulus: String
    package let plaintextBits: Int
    /// Input values lie in `0...2^inputBits - 1`.
    package let inputBits: Int
    /// Normalised output per unit of the last accumulator; the client has to know it.
    package let outputScale: Double
    package let rounds: [Round]
    package let messages: [Sent]
}
