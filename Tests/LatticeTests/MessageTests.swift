import CLatticeKernel
import Lattice
import Numerics
import TestSupport
import Testing

/// Messages that no honest side sends are refused, and what is drawn is drawn once.
@Suite(.serialized) struct MessageTests {
    static let scene = Scene(height: 12, width: 12, inputs: 2, outputs: 2)

    struct Exchange {
        let key: SecretKey
        let layer: LatticeConvolution
        let upload: UploadedTensor
        let answer: AnsweredTensor
    }

    static func exchange() throws -> Exchange {
        var generator = SeededGenerator(seed: 5)
        let key = try SecretKey()
        let layer = try LatticeConvolution(
            geometry: try scene.geometry(), inputs: 2, outputs: 2, weights: scene.weights(&generator), bias: [0, 0],
            format: try AnswerFormat(.flooded, width: 33), key: key.publicKey)
        let upload = UploadedTensor(
            encrypting: scene.values(&generator).bitPatterns, geometry: layer.geometry, images: 1, channels: 2,
            format: layer.format, key: key)
        return Exchange(key: key, layer: layer, upload: upload, answer: AnsweredTensor(layer, input: upload, kept: nil))
    }

    @Test func mutatedUploadsAreRefusedOrTaken() throws {
        let exchange = try Self.exchange()
        func take(_ body: [UInt8]) throws {
            _ = try UploadedTensor(
                received: body[...], geometry: exchange.layer.geometry, images: 1, channels: 2,
                key: exchange.key.publicKey)
        }
        var generator = SeededGenerator(seed: 6)
        for length in [0, 1, exchange.upload.body.count - 1] {
            #expect(throws: LatticeError.messageBytes(found: length, expected: exchange.upload.body.count)) {
                try take(Array(exchange.upload.body.prefix(length)))
            }
        }
        #expect(throws: LatticeError.self) { try take(exchange.upload.body + [0]) }
        var body = exchange.upload.body
        body[0] = 2
        #expect(throws: LatticeError.self) { try take(body) }
        // All ones are residues of neither prime.
        for start in [1, 1 + 25_088, 1 + 50_176 + 7] {
            body = exchange.upload.body
            for index in start..<start + 49 { body[index] = 0xff }
            #expect(throws: LatticeError.self) { try take(body) }
        }
        for _ in 0..<200 {
            body = exchange.upload.body
            body[Int.random(in: 1..<body.count, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
            try? take(body)
        }
    }

    @Test func mutatedAnswersAreRefusedOrDecoded() throws {
        let exchange = try Self.exchange()
        func open(_ body: [UInt8]) throws {
            let answer = try AnsweredTensor(
                received: body[...], geometry: exchange.layer.geometry, format: exchange.layer.format, images: 1,
                outputs: 2)
            _ = try answer.decrypted(exchange.key)
        }
        for length in [0, 1, exchange.answer.body.count - 1] {
            #expect(throws: LatticeError.messageBytes(found: length, expected: exchange.answer.body.count)) {
                try open(Array(exchange.answer.body.prefix(length)))
            }
        }
        var body = exchange.answer.body
        body[0] = 1
        #expect(throws: LatticeError.self) { try open(body) }
        body = exchange.answer.body
        for index in body.count - 480..<body.count { body[index] = 0xff }
        #expect(throws: LatticeError.self) { try open(body) }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            body = exchange.answer.body
            body[Int.random(in: 1..<body.count, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
            try? open(body)
        }
    }

    /// Seeds are drawn for every message: equal images and layers give other bytes each time. That a message draws every stream once
    /// is Tests/KernelC/lattice_kernel_test.c's.
    @Test func everyMessageHasSeedsOfItsOwn() throws {
        let exchange = try Self.exchange()
        let values = [UInt64](repeating: 7, count: 2 * 144)
        let uploads = (0..<2).map { _ in
            UploadedTensor(
                encrypting: values, geometry: exchange.layer.geometry, images: 1, channels: 2,
                format: exchange.layer.format,
                key: exchange.key)
        }
        #expect(uploads[0].body.suffix(32) != uploads[1].body.suffix(32))
        let answers = uploads.map { AnsweredTensor(exchange.layer, input: $0, kept: nil) }
        let again = AnsweredTensor(exchange.layer, input: uploads[0], kept: nil)
        #expect(try answers[0].decrypted(exchange.key) == again.decrypted(exchange.key))
        // Random bytes are equal once in 256: a tenth of so many never (1e-100 of a thousand).
        for (one, other) in [(uploads[0].body, uploads[1].body), (answers[0].body, again.body)] {
            #expect(zip(one, other).count { $0 != $1 } > one.count * 9 / 10)
        }
    }

    /// An upload whose randomness was made before its values were known is the one that knows them at once, byte for byte.
    @Test(arguments: [(12, 12, 2, 2), (70, 131, 3, 1), (64, 64, 1, 2)])
    func uploadsMadeAhead(height: Int, width: Int, channels: Int, images: Int) throws {
        let scene = Scene(height: height, width: width, inputs: channels, images: images, isSigned: true)
        var generator = SeededGenerator(seed: 8)
        let (key, geometry) = (try SecretKey(), try scene.geometry())
        let values = scene.values(&generator).bitPatterns
        for width in [17, 33] {
            let format = try AnswerFormat(.flooded, width: width)
            var seeds = (generator, generator)
            let atOnce = UploadedTensor(
                encrypting: values, geometry: geometry, images: images, channels: channels, format: format, key: key,
                seeds: MessageSeeds(testing: &seeds.0), threads: 1)
            let ahead = ZeroUpload(
                geometry: geometry, images: images, channels: channels, key: key,
                seeds: MessageSeeds(testing: &seeds.1), threads: 2)
            let later = ahead.adding(values, format: format, threads: 2)
            #expect(later.body == atOnce.body)
            #expect(later.opened(key, plaintextBits: format.plaintextBits) == values)
        }
    }

    @Test func uploadsMadeAheadServeOnce() async {
        await #expect(processExitsWith: .failure) {
            let scene = Scene(height: 6, width: 6, inputs: 1, outputs: 1)
            let format = try AnswerFormat(.flooded, width: 33)
            let ahead = ZeroUpload(geometry: try scene.geometry(), images: 1, channels: 1, key: try SecretKey())
            for _ in 0..<2 { _ = ahead.adding([UInt64](repeating: 1, count: 36), format: format) }
        }
    }

    /// Child processes, of which some read strangers' files, and core files get no secrets.
    @Test func secretsAreKeptApart() throws {
        let block = try #require(lk_secret_allocate(lk_secret_words()))
        defer { lk_secret_release(block, lk_secret_words()) }
        #expect(try MemoryFlags.of(block).isSuperset(of: ["wf", "dd"]))
    }

    /// Secret memory is wiped before it is freed.
    @Test func secretsAreWiped() throws {
        ReleaseLog.start()
        do {
            let key = try SecretKey()
            _ = try SecretKey(json: key.json(comment: ""))
        }
        let (wiped, words) = ReleaseLog.stop()
        // Workspaces, the secret, its seed and error: all blocks of those sizes came back as zeros.
        #expect(wiped.contains(lk_secret_words()) && wiped.contains(lk_workspace_words()) && wiped.contains(4))
        // Other blocks of the size of a secret are public.
        #expect(words.isDisjoint(with: [lk_workspace_words(), 4]))
    }

    /// Scratch of threads is kept for the next, wiped.
    @Test func scratchIsWiped() throws {
        let exchange = try Self.exchange()
        _ = try exchange.answer.decrypted(exchange.key, threads: 2)
        let idle = Scratch.idleBlocks
        #expect(idle.count > 0 && idle.areWiped)
    }
}
