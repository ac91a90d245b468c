import CLatticeKernel
import Lattice
import Numerics
import Testing

/// Encrypted layers equal the correlation over the integers, in every arrangement, on both paths, byte for byte alike.
struct LayerTests {
    /// The owner of a key reads its uploads, whole or in pieces, and what shares were added to them.
    @Test(arguments: [(64, 64, 0, 3), (64, 64, 2, 4), (60, 61, 4, 2), (70, 131, 2, 1), (13, 9, 0, 2)])
    func uploadsAreOpenedByTheirOwner(height: Int, width: Int, padding: Int, channels: Int) throws {
        var generator = SeededGenerator(seed: 31)
        let scene = Scene(height: height, width: width, padding: padding, inputs: channels, images: 2, isSigned: true)
        let values = scene.values(&generator).bitPatterns
        let key = try SecretKey()
        for bits in [20, 30, 36] {
            let format = try AnswerFormat(.flooded, width: bits)
            let upload = UploadedTensor(
                encrypting: values, geometry: try scene.geometry(), images: 2, channels: channels, format: format,
                key: key, threads: 2)
            #expect(upload.opened(key, plaintextBits: bits, threads: 2) == values)
            let doubled = upload.adding(values, plaintextBits: bits)
            #expect(doubled.opened(key, plaintextBits: bits) == values.map { $0 &+ $0 })
        }
        // Under another key there is nothing but noise: of up to 55,000 values ten agree with probability (55,000 / 2^30)^10.
        let format = try AnswerFormat(.flooded, width: 30)
        let upload = UploadedTensor(
            encrypting: values, geometry: try scene.geometry(), images: 2, channels: channels, format: format, key: key)
        let others = upload.opened(try SecretKey(), plaintextBits: 30)
        #expect(zip(others, values).count { $0 == $1 } < 10)
    }

    static let scenes = [
        Scene(), Scene(height: 60, width: 60, padding: 4), Scene(height: 44, width: 52, padding: 4, inputs: 3),
        Scene(height: 62, width: 62, padding: 2),
        Scene(height: 16, width: 20, kernelHeight: 3, kernelWidth: 3, padding: 1, inputs: 9),
        Scene(height: 33, width: 12, kernelHeight: 1, kernelWidth: 1, inputs: 17, outputs: 3),
        Scene(height: 30, width: 40, kernelHeight: 7, kernelWidth: 8, inputs: 2),
        Scene(height: 30, width: 30, kernelHeight: 9, kernelWidth: 11, padding: 4, inputs: 2),
        // Dense: the kernel is the image.
        Scene(height: 24, width: 24, kernelHeight: 24, kernelWidth: 24, inputs: 2, outputs: 3, largestWeight: 100),
        Scene(kernelHeight: 64, kernelWidth: 64, inputs: 1, outputs: 2, largestWeight: 20),
        // Same: strips that three channels share.
        Scene(padding: 2, inputs: 3), Scene(padding: 2, inputs: 7, outputs: 1, images: 2),
        Scene(height: 63, width: 61, padding: 2, inputs: 4), Scene(height: 64, width: 30, padding: 2),
        Scene(height: 20, width: 64, padding: 2, inputs: 5),
        Scene(kernelHeight: 3, kernelWidth: 3, padding: 1, inputs: 4),
        // Pieces.
        Scene(height: 130, width: 70, padding: 2, inputs: 2, outputs: 1),
        Scene(height: 65, width: 124, inputs: 1, outputs: 2, images: 2),
        Scene(height: 80, width: 64, kernelHeight: 7, kernelWidth: 7, padding: 3, inputs: 2, outputs: 1),
        Scene(isSigned: true),
    ]

    @Test(arguments: scenes.indices)
    func encryptedEqualsInteger(index: Int) throws {
        var scene = Self.scenes[index]
        scene.images = max(scene.images, 1)
        var generator = SeededGenerator(seed: UInt64(1400 + index))
        let (weights, values) = (scene.weights(&generator), scene.values(&generator))
        let bias = (0..<scene.outputs).map { _ in Int64.random(in: -9_000_000...9_000_000, using: &generator) }
        let expected = scene.correlation(values, weights, bias: bias)
        let state = generator
        var bodies: [[[UInt8]]] = []
        for path in LatticePath.allCases where path.isAvailable {
            var generator = state
            let key = try SecretKey(testing: &generator, path: path)
            let format = try AnswerFormat(.flooded, width: 33)
            let geometry = try scene.geometry()
            let upload = UploadedTensor(
                encrypting: values.bitPatterns, geometry: geometry, images: scene.images, channels: scene.inputs,
                format: format, key: key, seeds: MessageSeeds(testing: &generator), threads: 2)
            #expect(
                upload.body.count
                    == UploadedTensor.byteCount(
                        .flooded, geometry: geometry, images: scene.images, channels: scene.inputs))
            let received = try UploadedTensor(
                received: upload.body[...], geometry: geometry, images: scene.images, channels: scene.inputs,
                key: key.publicKey)
            let layer = try LatticeConvolution(
                geometry: geometry, inputs: scene.inputs, outputs: scene.outputs, weights: weights, bias: bias,
                format: format, key: key.publicKey)
            let answer = AnsweredTensor(
                layer, input: received, kept: nil, addends: nil, memory: 1 << 20,
                seeds: MessageSeeds(testing: &generator), threads: 2)
            let arrived = try AnsweredTensor(
                received: answer.body[...], geometry: geometry, format: format, images: scene.images,
                outputs: scene.outputs)
            let (found, noise) = try arrived.opened(key, threads: 2)
            #expect(found == expected.bitPatterns)
            #expect(noise < 0.46)
            bodies.append([upload.body, answer.body])
        }
        #expect(bodies.allSatisfy { $0 == bodies[0] })
    }

    /// A kept upload, moved to where this layer's outputs stand and scaled by negative and large multipliers.
    @Test(arguments: [
        // The last layer of a valid network on 64 x 64: the input itself is added.
        (Scene(height: 60, width: 60, padding: 4, inputs: 2, outputs: 2), Scene(inputs: 2)),
        (Scene(padding: 2, inputs: 4, outputs: 4), Scene(padding: 2, inputs: 4)),
        (
            Scene(height: 63, width: 62, padding: 2, inputs: 1, outputs: 5),
            Scene(height: 63, width: 62, padding: 2, inputs: 5)
        ),
        (
            Scene(height: 62, width: 62, padding: 2, inputs: 1, outputs: 2),
            Scene(height: 62, width: 62, padding: 2, inputs: 2)
        ),
        (
            Scene(height: 96, width: 70, padding: 2, inputs: 2, outputs: 2),
            Scene(height: 96, width: 70, padding: 2, inputs: 2)
        ),
        // A valid network on 100 x 100: pieces of other layers.
        (Scene(height: 92, width: 92, padding: 4, inputs: 1, outputs: 2), Scene(height: 96, width: 96, inputs: 2)),
    ])
    func skipsNeedNoSecondUpload(scene: Scene, kept: Scene) throws {
        var generator = SeededGenerator(seed: 77)
        let key = try SecretKey(testing: &generator)
        let format = try AnswerFormat(.flooded, width: 34)
        let (weights, values, earlier) = (scene.weights(&generator), scene.values(&generator), kept.values(&generator))
        let multipliers = (0..<scene.outputs).map { $0 == 0 ? Int64(89_412) : -Int64($0 * 1000 + 7) }
        let bias = [Int64](repeating: -5, count: scene.outputs)
        var expected = scene.correlation(values, weights, bias: bias)
        let plane = scene.outputHeight * scene.outputWidth
        #expect(plane == kept.height * kept.width)
        for index in expected.indices { expected[index] += multipliers[index / plane] * earlier[index] }
        func upload(_ values: [Int64], _ scene: Scene) throws -> UploadedTensor {
            UploadedTensor(
                encrypting: values.bitPatterns, geometry: try scene.geometry(), images: 1, channels: scene.inputs,
                format: format, key: key)
        }
        let layer = try LatticeConvolution(
            geometry: try scene.geometry(), inputs: scene.inputs, outputs: scene.outputs, weights: weights, bias: bias,
            skip: .init(geometry: try kept.geometry(), multipliers: multipliers), format: format, key: key.publicKey)
        let answer = AnsweredTensor(layer, input: try upload(values, scene), kept: try upload(earlier, kept))
        #expect(try answer.decrypted(key) == expected.bitPatterns)
    }

    /// Shares modulo t: what the server adds may wrap, and so may the sum.
    @Test(arguments: [24, 30, 33, 36])
    func addendsAreTakenModuloThePlaintext(bits: Int) throws {
        var generator = SeededGenerator(seed: UInt64(bits))
        let scene = Scene(height: 40, width: 40, largestWeight: 200, largestInput: 255)
        let key = try SecretKey(testing: &generator)
        let format = try AnswerFormat(.flooded, width: bits)
        let (weights, values) = (scene.weights(&generator), scene.values(&generator))
        let half = Int64(1) << (bits - 1)
        let addends = (0..<scene.outputs * 36 * 36).map { _ in Int64.random(in: -half..<half, using: &generator) }
        let layer = try LatticeConvolution(
            geometry: try scene.geometry(), inputs: 2, outputs: 2, weights: weights, bias: [0, 0], format: format,
            key: key.publicKey)
        let upload = UploadedTensor(
            encrypting: values.bitPatterns, geometry: layer.geometry, images: 1, channels: 2, format: format,
            key: key)
        let answer = AnsweredTensor(layer, input: upload, kept: nil, addends: addends.map(UInt64.init(bitPattern:)))
        let sums = scene.correlation(values, weights, bias: [0, 0])
        let expected = zip(sums, addends).map { sum, added in
            ((sum + added + half) & (2 * half - 1)) - half
        }
        #expect(try answer.decrypted(key) == expected.bitPatterns)
    }

    /// Results do not depend on threads or on how many parts fit the memory.
    @Test func bytesDoNotDependOnThreadsOrMemory() throws {
        let scene = Scene(height: 70, width: 130, padding: 2, inputs: 3, outputs: 2, images: 2)
        var generator = SeededGenerator(seed: 9)
        let key = try SecretKey(testing: &generator)
        let format = try AnswerFormat(.flooded, width: 33)
        let (weights, values) = (scene.weights(&generator), scene.values(&generator))
        let layer = try LatticeConvolution(
            geometry: try scene.geometry(), inputs: 3, outputs: 2, weights: weights, bias: [1, 2], format: format,
            key: key.publicKey)
        var bodies: Set<[UInt8]> = []
        for (threads, memory) in [(1, 0), (2, 0), (3, 1 << 30)] {
            var generator = SeededGenerator(seed: 10)
            let upload = UploadedTensor(
                encrypting: values.bitPatterns, geometry: layer.geometry, images: 2, channels: 3, format: format,
                key: key, seeds: MessageSeeds(testing: &generator), threads: threads)
            let answer = AnsweredTensor(
                layer, input: upload, kept: nil, addends: nil, memory: memory,
                seeds: MessageSeeds(testing: &generator), threads: threads)
            bodies.insert(upload.body + answer.body)
        }
        #expect(bodies.count == 1)
    }
}
