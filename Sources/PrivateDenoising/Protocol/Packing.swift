import Denoising
import Numerics

/// Which images share a ciphertext.
public enum Layout: String, Sendable, CaseIterable, Codable {
    /// A slot is an image of the batch: throughput. Any mode.
    case batch
    /// A slot is a tile of one image, laid out anew by the client in every round: latency. Modes in which the client sees
    /// every layer.
    case tile
}

/// How the images of a packed tensor share ciphertexts: slot `s` of ciphertext group `g` belongs to image `g * slots + s`.
public struct Packing: Sendable, Equatable {
    /// Proven width of a value, sign and mask included.
    public let slotBits: Int
    /// Slots per ciphertext.
    public let slots: Int
    /// Patches, or tiles.
    public let images: Int

    public init(slotBits: Int, slots: Int, images: Int) {
        self.slotBits = slotBits
        self.slots = slots
        self.images = images
    }

    /// Ciphertexts per tensor position.
    public var groups: Int { (images + slots - 1) / slots }

    /// The images in a group, one slot each; the other slots are unused and leave the server full of noise.
    public func images(inGroup group: Int) -> Range<Int> { group * slots..<min(images, (group + 1) * slots) }

    /// Unused slots of a whole tensor position; none in unpacked modes.
    public var unusedSlots: Int { groups * slots - images }

    /// Which ciphertext, counted `[group][position]`, holds value `index` of a tensor `[image][position]`.
    func ciphertext(of index: Int, _ shape: TensorShape) -> Int {
        let positions = shape.with(count: 1).elementCount
        return index / positions / slots * positions + index % positions
    }

    /// Words of a decrypted value.
    public var limbs: Int { IntegerArray.limbs(forBits: slotBits) }
}
