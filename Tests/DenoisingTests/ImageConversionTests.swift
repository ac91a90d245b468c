import Denoising
import Imaging
import Testing
import Numerics

@Suite("Images to integers and back")
struct ImageConversionTests {
    static func network(bits: Int) throws -> IntegerNetwork {
        let network = try Network.redCNN(depth: 3, channels: 1, kernel: 1, relu: .none, decoder: .same)
        return try IntegerNetwork(growing: network, weights: network.initialWeights(seed: 1), inputBits: bits)
    }

    /// With 12 bits an integer is HU + 1024: every whole value, clipped outside, halves up.
    @Test func twelveBitsAreExact() throws {
        let network = try Self.network(bits: 12)
        let all = Image(width: 4096, height: 1, pixels: (0...4095).map { Float($0 - 1024) })
        #expect(try network.input([all]).values == IntegerArray(Array(0...4095)))
        let odd = Image(width: 7, height: 1, pixels: [-2000, 5000, -1023.5, -0.5, -0.51, 0.49, .infinity])
        #expect(try network.input([odd]).values == IntegerArray([0, 4095, 1, 1024, 1023, 1024, 4095]))
    }

    /// Other widths scale by (2^A - 1) / 4095, halves up: by hand for 3 bits (7 / 4095 = 1 / 585).
    @Test func otherWidthsScale() throws {
        let network = try Self.network(bits: 3)
        let image = Image(width: 5, height: 1, pixels: [0, 292, 293, 585, 4095].map { Float($0 - 1024) })
        #expect(try network.input([image]).values == IntegerArray([0, 0, 1, 1, 7]))
    }

    @Test func outputsComeBackInHU() throws {
        let network = try Self.network(bits: 12)
        let shape = TensorShape(channels: 1, height: 1, width: 2)
        let output = IntegerTensor(shape: shape, values: IntegerArray([0, -1000]))
        let image = try #require(network.images(output).first)
        #expect(image.pixels[0] == -1024)
        #expect(image.pixels[1] == Float(-1024 - 1000 * 4095 * network.outputScale))
    }

    @Test func badImagesAreRefused() throws {
        let network = try Self.network(bits: 12)
        #expect(throws: DenoisingError.wrongShape(what: "image", found: [1, 3], expected: [2, 2])) {
            _ = try network.input([
                Image(width: 2, height: 2, filledWith: 0), Image(width: 3, height: 1, filledWith: 0),
            ])
        }
        #expect(throws: DenoisingError.valueOutOfRange(what: "pixel", expected: "a number")) {
            _ = try network.input([Image(width: 1, height: 1, filledWith: .nan)])
        }
    }

    @Test func floatTensorsRoundTrip() throws {
        let images = [Image(width: 2, height: 1, pixels: [-1024, 3071]), Image(width: 2, height: 1, pixels: [40, 0])]
        let tensor = try Tensor(images)
        #expect(tensor.values[0] == 0 && tensor.values[1] == 1)
        for (image, back) in zip(images, tensor.hounsfieldImages()) {
            for (expected, found) in zip(image.pixels, back.pixels) { #expect(abs(expected - found) < 1e-3) }
        }
    }
}
