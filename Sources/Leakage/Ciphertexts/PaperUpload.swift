import Denoising
package import Imaging
package import Paillier
import PaperScheme
package import PrivateDenoising
import Numerics

/// An image as the published system uploads it: one encrypted float a pixel, each with its binary exponent in clear.
package enum PaperUpload {
    /// Four bytes, big-endian two's complement, before the ciphertext.
    static let exponentBytes = 4
    /// `(HU + 1024) / 3072`, as the published code normalises.
    static let range: Float = 3072

    /// A transcript of the first message.
    /// - Complexity: one plain power modulo n^2 a pixel.
    package static func recording(_ image: Image, key: PublicKey, threads: Int) throws -> Transcript {
        let arithmetic = PaperArithmetic(key: key)
        let encrypted = try parallelMap(image.pixels.count, threads: threads) { index in
            try arithmetic.encrypt(Double((image.pixels[index] + 1024) / range))
        }
        let body = encrypted.flatMap { ciphertext -> [UInt8] in
            let exponent = BigInteger(Int(UInt32(bitPattern: Int32(ciphertext.exponent))))
            return exponent.bigEndianBytes(count: exponentBytes)
                + ciphertext.value.bigEndianBytes(count: key.ciphertextBytes)
        }
        let shape = TensorShape(channels: 1, height: image.height, width: image.width)
        let layer = Layer(name: "upload", inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1)
        // The paper's mode, as far as the first message goes.
        let agreement = try Agreement(
            parameters: .paper(keyBits: key.bits), mode: .positiveMask, layout: .batch, images: shape, inputBits: 53,
            outputScale: 1, mask: MaskOptions(), permutation: .none, bandRows: nil, order: .interleaved,
            layers: [
                Agreement.Layer(
                    architecture: layer, output: shape, bits: key.bits, bound: .zero, activation: .none)
            ])
        let step = Step(
            index: 0, direction: .up, kind: .ciphertexts, phase: .online, round: 0, layer: layer.name,
            ciphertexts: encrypted.count, bytes: body.count, number: 0)
        return Transcript(
            agreement: agreement, key: key.n.text(radix: 16), messages: [Message(step, body: body)], steps: [step])
    }
}

/// Rebuilds an image from what the published encoding leaves in clear: `floor(log2 x)` of every pixel.
package enum ExponentDecoder {
    /// The middle of every octave, or with images of the attacker's own the mean of their pixels in it.
    /// - Throws: `LeakageError.unsuitable` where no exponents travelled.
    package static func decode(_ view: ServerView, knowing images: [Image] = []) throws -> Image {
        guard !view.exponents.isEmpty, let shape = view.agreement.rounds.first?.input else {
            throw LeakageError.unsuitable(
                attack: "exponents", expected: "exponents in clear, as the published encoding sends them")
        }
        var sums: [Int: (sum: Double, count: Double)] = [:]
        for pixel in images.lazy.flatMap(\.pixels) {
            guard let encoded = try? EncodedFloat(Double((pixel + 1024) / PaperUpload.range)) else { continue }
            let (sum, count) = sums[encoded.exponent] ?? (0, 0)
            sums[encoded.exponent] = (sum + Double(pixel), count + 1)
        }
        let pixels = view.exponents.map { exponent -> Float in
            if let known = sums[exponent] { return Float(known.sum / known.count) }
            // Mantissas have 53 bits: the octave is [2^(e + 52), 2^(e + 53)).
            return 1.5 * Float(sign: .plus, exponent: exponent + 52, significand: 1) * PaperUpload.range - 1024
        }
        return Image(width: shape.width, height: shape.height, pixels: pixels)
    }
}
