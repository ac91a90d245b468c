import Denoising
import Foundation
import Imaging
import Paillier
import PrivateDenoising
import Testing

/// The README's example, compiled and run.
@Suite("README example")
struct ReadmeExampleTests {
    @Test func decryptedImagesAreTheIntegerNetworks() throws {
        // The example starts here.
        let network = try Network(layers: [
            Layer(
                name: "a", inputChannels: 1, outputChannels: 4, kernelHeight: 3, kernelWidth: 3, padding: 1, relu: true),
            Layer(
                name: "b", inputChannels: 4, outputChannels: 1, kernelHeight: 3, kernelWidth: 3, padding: 1, relu: true),
        ])
        let weights = try network.initialWeights(seed: 1)
        let images = [Image(width: 8, height: 8, filledWith: 40), Image(width: 8, height: 8, filledWith: -100)]
        let calibration = try Calibration.measure(network, weights: weights, images: Tensor(images), data: "example")
        let integers = try IntegerNetwork(requantising: network, weights: weights, calibration: calibration)

        let key = PaillierScheme.PrivateKey(try PrivateKey(bits: 3072))
        let publicKey = PaillierScheme.publicKey(of: key)
        let input = try integers.input(images)
        let agreement = try Agreement(
            mode: .clientAided, network: integers, images: input.shape,
            parameters: PaillierScheme.parameters(of: publicKey))
        let server = try Server<PaillierScheme>(agreement: agreement, network: integers, key: publicKey)
        var client = Session(try Client<PaillierScheme>(agreement: agreement, key: key, images: input))
        var channel = MemoryChannel(to: server)
        try client.run(over: &channel)
        let decrypted = client.party.result.map { integers.images($0.output) }
        // The example ends here.
        #expect(decrypted == integers.images(try integers.evaluate(input).output))
        #expect(client.party.result?.outOfRange == 0)
    }

    @Test func readmeHoldsThisText() throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8).components(separatedBy: "\n")
        let start = try #require(source.firstIndex { $0.hasSuffix("// The example starts here.") })
        let end = try #require(source.firstIndex { $0.hasSuffix("// The example ends here.") })
        let imports = source.filter { $0.hasPrefix("import ") && $0 != "import Foundation" && $0 != "import Testing" }
        let body = source[(start + 1)..<end].map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : $0 }
        let example = (["```swift"] + imports + [""] + body + ["```"]).joined(separator: "\n")
        let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
        #expect(try String(contentsOf: readme, encoding: .utf8).contains(example))
    }
}
