package import Denoising
import Numerics

/// Several images' values in one plaintext: slot `s` of ciphertext group `g` belongs to image `g * slots + s`. For schemes whose
/// plaintext is one long integer.
///
/// Without a tiling the images are those of the batch; with one they are the tiles that every image is cut into.
public struct SlotLayout: TensorLayout {
    /// Proven width of a value, sign and mask included.
    let slotBits: Int
    /// Slots per ciphertext.
    let slots: Int
    /// Patches, or tiles.
    let images: Int
    /// What one plaintext holds, sign included.
    let plaintextBits: Int
    /// How an image is cut; nil where a slot is a whole image.
    let tiling: Tiling?
    /// The whole images of a round's input, and their tensors as packed.
    let wholeInput: TensorShape
    let input, output: TensorShape
    /// Bytes of a ciphertext; nil where values are sent as words.
    let ciphertextBytes: Int?
    /// U where values are shares modulo 2^U; nil elsewhere.
    let shareBits: Int?

    /// Ciphertexts per tensor position.
    var groups: Int { (images + slots - 1) / slots }

    /// The images in a group, one slot each; the other slots are unused and leave the server full of noise.
    func images(inGroup group: Int) -> Range<Int> { group * slots..<min(images, (group + 1) * slots) }

    public var outputGroups: Int { groups }
    public var imagesTogether: Int { slots }

    public var usage: LayoutUsage? {
        LayoutUsage(
            used: images, unused: groups * slots - images,
            overhang: tiling.map { images / $0.tiles * $0.overhang } ?? 0)
    }

    public func ciphertexts(_ role: TensorRole) -> Int { groups * shape(role).with(count: 1).elementCount }

    public func bytes(_ role: TensorRole) -> Int {
        ciphertextBytes.map { $0 * ciphertexts(role) } ?? 8 * limbs * shape(role).elementCount
    }

    /// Words of a decrypted value.
    var limbs: Int { IntegerArray.limbs(forBits: slotBits) }

    /// Of a tensor as packed.
    func shape(_ role: TensorRole) -> TensorShape { role == .input ? input : output }

    /// Whole images as packed, and back.
    func packed(_ tensor: IntegerTensor, as role: TensorRole) -> IntegerTensor {
        guard let tiling else { return tensor }
        return role == .input ? tiling.cutInput(tensor) : tiling.cutOutput(tensor)
    }

    func whole(_ packed: IntegerTensor, as role: TensorRole) -> IntegerTensor {
        guard let tiling else { return packed }
        return role == .input ? tiling.joinInput(packed, image: wholeInput) : tiling.join(packed)
    }

    /// The rows of an output that a round brings, as packed; places beyond them are 0.
    func packedAnswer(_ band: IntegerTensor) -> IntegerTensor {
        guard let tiling else { return band }
        guard tiling.firstRow > 0 else { return tiling.cutOutput(band) }
        let shape = band.shape
        let above = TensorShape(
            count: shape.count, channels: shape.channels, height: tiling.firstRow, width: shape.width)
        return tiling.cutOutput(
            IntegerTensor(bands: [IntegerTensor(shape: above, limbs: band.values.limbs), band]))
    }

    /// Masks of shares as packed, with noise above their U bits up to the slot's width but two (the sum's and the sign's): it hides how
    /// often the shares wrapped. Places beyond the edge of the image, or of the band in work, are noise on all bits.
    package func hidingWraps(_ masks: IntegerTensor) -> IntegerTensor {
        let (bits, shareBits) = (slotBits - 2, shareBits ?? 0)
        var present = IntegerArray(count: masks.values.count, limbs: 1)
        for index in 0..<present.count { present.words[index] = 1 }
        let inside = packedAnswer(IntegerTensor(shape: masks.shape, values: present))
        let (low, limbs) = (packedAnswer(masks), limbs)
        let keep = UInt64.max >> UInt64(64 - shareBits)
        var generator = SystemRandomNumberGenerator()
        var result = IntegerArray(count: low.values.count, limbs: limbs)
        for index in 0..<result.count {
            for limb in 0..<limbs {
                let unused = min(max(64 * (limb + 1) - bits, 0), 64)
                result.words[index * limbs + limb] = unused == 64 ? 0 : generator.next() >> UInt64(unused)
            }
            guard inside.values.words[index] == 1 else { continue }
            result.words[index * limbs] = result.words[index * limbs] & ~keep | low.values.words[index]
        }
        return IntegerTensor(shape: low.shape, values: result)
    }

    /// Shape of a layer's input as packed. Tiles bring their own surroundings, so layers run without padding on them.
    func packed(_ layer: IntegerLayer, _ shape: TensorShape) -> (layer: IntegerLayer, shape: TensorShape) {
        tiling == nil ? (layer, shape) : (layer.withPadding(0), input)
    }
}

// What attacks on plaintexts have to know.
extension SlotLayout {
    /// Where a value of an image sits: its ciphertext, counted `[group][position]`, and the bit its slot begins at.
    package func place(image: Int, position: Int, as role: TensorRole) -> (ciphertext: Int, bit: Int) {
        let positions = shape(role).with(count: 1).elementCount
        return (image / slots * positions + position, image % slots * slotBits)
    }

    /// Bits of an answer's first plaintext that carry values: all but the sign, or those below the noise of unused slots.
    package func readableBits(belowNoise: Bool) -> Int {
        let used = min(slots, images)
        return (belowNoise && used < slots ? used * slotBits : plaintextBits) - 1
    }

    /// Width of a value, sign and mask included.
    package var valueBits: Int { slotBits }
}

extension SlotLayout {
    /// The layouts of all rounds.
    ///
    /// The server can add only what lies in the same slots: one width for all rounds, unless the client lays out anew.
    /// - Parameters:
    ///   - plaintextBits: what one ciphertext can hold, sign included.
    ///   - ciphertextBytes: nil where values are sent as words.
    ///   - cost: by which tiles are chosen.
    /// - Throws: `slotsTooNarrow`, naming the first layer whose values do not fit a plaintext.
    static func layouts(
        for agreement: Agreement, plaintextBits: Int, ciphertextBytes: Int?, cost: TileCost
    ) throws -> [SlotLayout] {
        for layer in agreement.layers where layer.bits > plaintextBits {
            throw PrivateDenoisingError.slotsTooNarrow(
                layer: layer.name, needed: layer.bits, available: plaintextBits)
        }
        let widest = agreement.layers.map(\.bits).max() ?? 1
        return agreement.rounds.map { round in
            let layer = agreement.layers[round.layers.upperBound - 1]
            let bits = agreement.layout == .tile ? layer.bits : widest
            // A mask of its own for every value needs a ciphertext of its own.
            let slots = agreement.mask?.isShared == false ? 1 : plaintextBits / bits
            guard agreement.layout == .tile else {
                return SlotLayout(
                    slotBits: bits, slots: slots, images: agreement.images.count, plaintextBits: plaintextBits,
                    tiling: nil,
                    wholeInput: round.input, input: round.input, output: round.output,
                    ciphertextBytes: ciphertextBytes, shareBits: agreement.shareBits)
            }
            let tiling = Tiling(layer.architecture, output: round.output, band: round.rows, slots: slots, cost: cost)
            let count = agreement.images.count
            return SlotLayout(
                slotBits: bits, slots: slots, images: count * tiling.tiles, plaintextBits: plaintextBits,
                tiling: tiling,
                wholeInput: round.input,
                input: tiling.inputShape(images: count, channels: round.input.channels),
                output: tiling.outputShape(images: count, channels: round.output.channels),
                ciphertextBytes: ciphertextBytes, shareBits: agreement.shareBits)
        }
    }
}
