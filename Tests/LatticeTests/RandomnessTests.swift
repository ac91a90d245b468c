import CLatticeKernel
import Crypto
import CryptoExtras
import Foundation
import Lattice
import Numerics
import Synchronization
import Testing

/// Streams that one thread starts while it is listened to.
private enum StreamLog {
    struct Stream: Hashable {
        let seed: [UInt8]
        let nonce: [UInt8]

        var purpose: UInt8 { nonce[0] }
        var prime: UInt8 { nonce[1] }
        var isPublic: Bool { purpose < 16 }
    }

    private static let log = Mutex<(thread: pthread_t?, streams: [Stream])>((nil, []))

    static func streams(of body: () throws -> Void) rethrows -> [Stream] {
        log.withLock { $0 = (pthread_self(), []) }
        lk_set_keystream_hook { seed, nonce in
            guard let seed, let nonce else { return }
            StreamLog.log.withLock {
                // Other suites run at the same time.
                guard let thread = $0.thread, pthread_equal(thread, pthread_self()) != 0 else { return }
                $0.streams.append(
                    Stream(
                        seed: Array(UnsafeBufferPointer(start: seed, count: 32)),
                        nonce: Array(UnsafeBufferPointer(start: nonce, count: 12))))
            }
        }
        defer { lk_set_keystream_hook(nil) }
        try body()
        return log.withLock {
            $0.thread = nil
            return $0.streams
        }
    }
}

/// What exactness cannot show: which seeds there are, what is sent of them, and that nothing is drawn twice. The numbers are those of the
/// design's review.
@Suite(.serialized) struct RandomnessTests {
    /// M1: a key takes three seeds, an upload two, an answer one; those of masks are public and apart from all others, and the only
    /// ones that travel.
    @Test func seedsAreOfTwoKinds() throws {
        var made: MessageTests.Exchange?
        let streams = try StreamLog.streams { made = try MessageTests.exchange() }
        let exchange = try #require(made)
        func seeds(_ purposes: lk_purpose...) -> Set<[UInt8]> {
            Set(streams.filter { stream in purposes.contains { $0.rawValue == UInt32(stream.purpose) } }.map(\.seed))
        }
        let groups = [
            seeds(LK_PURPOSE_SECRET), seeds(LK_PURPOSE_KEY_ERROR), seeds(LK_PURPOSE_KEY_MASK),
            seeds(LK_PURPOSE_MASK), seeds(LK_PURPOSE_ERROR),
            seeds(LK_PURPOSE_ZERO, LK_PURPOSE_ZERO_ERROR, LK_PURPOSE_FLOOD),
        ]
        #expect(groups.allSatisfy { $0.count == 1 })
        #expect(Set(groups.flatMap(\.self)).count == 6, "no seed serves two of them")
        #expect(Set(streams.map(\.seed)).count == 6)
        // What travels.
        #expect(seeds(LK_PURPOSE_MASK).first.map { Array(exchange.upload.body.suffix(32)) == $0 } == true)
        #expect(seeds(LK_PURPOSE_KEY_MASK).first.map { Array(exchange.key.publicKey.bytes.prefix(32)) == $0 } == true)
        let sent = [exchange.upload.body, exchange.answer.body, exchange.key.publicKey.bytes].map { Data($0) }
        for seed in Set(streams.filter { !$0.isPublic }.map(\.seed)) {
            #expect(sent.allSatisfy { $0.range(of: Data(seed)) == nil })
        }
    }

    /// M4: every secret stream is drawn once, over several messages under one key: errors, zeros and noise of each ciphertext are its own.
    @Test func secretStreamsAreDrawnOnce() throws {
        let exchange = try MessageTests.exchange()
        let values = [UInt64](repeating: 7, count: 2 * 144)
        let streams = StreamLog.streams {
            for _ in 0..<3 {
                let upload = UploadedTensor(
                    encrypting: values, geometry: exchange.layer.geometry, images: 1, channels: 2,
                    format: exchange.layer.format, key: exchange.key)
                for _ in 0..<2 { _ = AnsweredTensor(exchange.layer, input: upload, kept: nil) }
            }
        }
        let secret = streams.filter { !$0.isPublic }
        // Three uploads of two ciphertexts, six answers of two outputs with zero, its error and flooding.
        #expect(secret.count == 3 * 2 + 6 * 2 * 3)
        #expect(Set(secret).count == secret.count)
        let masks = streams.filter(\.isPublic)
        #expect(Set(masks).count == 3 * 2 * 2, "a mask for every ciphertext and prime, expanded again by the server")
    }

    /// M4 for images in pieces: every piece of every image has zeros and noise of its own, whose difference would otherwise tell weights.
    @Test func piecesAndImagesShareNoStream() throws {
        let scene = Scene(height: 70, width: 70, padding: 2, inputs: 2, outputs: 2, images: 2)
        var generator = SeededGenerator(seed: 8)
        let (key, geometry) = (try SecretKey(), try scene.geometry())
        let layer = try LatticeConvolution(
            geometry: geometry, inputs: 2, outputs: 2, weights: scene.weights(&generator), bias: [0, 0],
            format: try AnswerFormat(.flooded, width: 33), key: key.publicKey)
        let parts = geometry.answered(channels: 1)
        #expect(parts > 1)
        let values = scene.values(&generator).bitPatterns
        let streams = StreamLog.streams {
            let upload = UploadedTensor(
                encrypting: values, geometry: geometry, images: 2, channels: 2, format: layer.format, key: key)
            _ = AnsweredTensor(layer, input: upload, kept: nil)
        }
        let secret = streams.filter { !$0.isPublic }
        #expect(secret.count == 2 * geometry.uploaded(channels: 2) + 2 * parts * 2 * 3)
        #expect(Set(secret).count == secret.count)
    }

    /// M2: the nonce names the prime, so that a mask's residues modulo both are independent: each is that of its own ChaCha20 stream,
    /// as swift-crypto makes it.
    @Test(arguments: KernelTests.primes) func masksAreOfStreamsOfTheirOwn(primes: [UInt64]) throws {
        let seed = (0..<32).map { UInt8($0 * 7) }
        for path in KernelTests.paths() {
            try KernelTests.withContext(path, primes) { context in
                var residues: [[UInt64]] = []
                for (index, prime) in primes.enumerated() {
                    var found = [UInt64](repeating: 0, count: 4096 + 8)
                    lk_uniform(context, &found, seed, LK_PURPOSE_MASK, Int32(index), 0x0102_0304)
                    residues.append(Array(found.prefix(4096)))
                    let expected = try Self.uniform(seed, prime, index: UInt8(index))
                    #expect(residues[index] == expected)
                }
                // Of one seed: the same in every run. Independent residues agree once in a prime's size.
                let same = zip(residues[0], residues[1]).count { $0 % primes[1] == $1 }
                #expect(same < 16)
            }
        }
    }

    /// Words of the stream with nonce (1, prime, 0, 0, 0x01020304), their low bits where they are below the prime.
    private static func uniform(_ seed: [UInt8], _ prime: UInt64, index: UInt8) throws -> [UInt64] {
        let nonce = [1, index, 0, 0, 4, 3, 2, 1, 0, 0, 0, 0]
        let stream = try Insecure.ChaCha20CTR.encrypt(
            Data(count: 1 << 17), using: SymmetricKey(data: seed), counter: .init(), nonce: .init(data: Data(nonce)))
        let (bytes, bits) = (Array(stream), 64 - prime.leadingZeroBitCount)
        let size = bits <= 32 ? 4 : 8
        var residues: [UInt64] = []
        for start in stride(from: 0, to: bytes.count, by: size) where residues.count < 4096 {
            let word = bytes[start..<start + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let residue = word & (1 << UInt64(bits) - 1)
            if residue < prime { residues.append(residue) }
        }
        return residues
    }

    /// M5: errors of a public key are drawn when it is made, and never again.
    @Test func readingAKeyDrawsNoError() throws {
        let key = try SecretKey()
        let json = try key.json(comment: "")
        let streams = try StreamLog.streams {
            let again = try SecretKey(json: json)
            #expect(again.publicKey.bytes == key.publicKey.bytes)
            #expect(again.publicKey === again.publicKey)
        }
        #expect(!streams.contains { UInt32($0.purpose) == LK_PURPOSE_KEY_ERROR.rawValue })
    }

    /// M7: flooding is drawn at its full width, which leaves no bit of the noise bare: least-squares on the low bits finds nothing there.
    /// Three signed words of 63 + (33 - L) bits: a shifted word would have low bits of 0.
    @Test(arguments: [33, 30, 24, 20]) func floodingHasItsFullWidth(bits: Int) throws {
        let format = try AnswerFormat(.flooded, width: bits)
        #expect(format.distance(variance: 1).deviation == exp2(Double(95 - bits)))
        #expect(try AnswerFormat(.flooded, width: 36).distance(variance: 1).deviation == exp2(58))
        // Zeros under zeros: what a coefficient differs in, from answer to answer, is flooding and the small zero's noise.
        let geometry = try PolynomialGeometry(
            kernelHeight: 1, kernelWidth: 1, padding: 0, inputHeight: 64, inputWidth: 64)
        let key = try SecretKey()
        let layer = try LatticeConvolution(
            geometry: geometry, inputs: 1, outputs: 1, weights: [0], bias: [0], format: format, key: key.publicKey)
        let upload = UploadedTensor(
            encrypting: [UInt64](repeating: 0, count: 4096), geometry: geometry, images: 1, channels: 1,
            format: format, key: key)
        let flooded = key.noise(
            of: layer.answering(withZero: false, flooding: true).unswitched(input: upload, threads: 1)[0],
            format: format)
        let scale = exp2(Double(95 - bits))
        let variance = flooded.reduce(0) { $0 + $1 / scale * ($1 / scale) } / 4096
        // The sum of three uniform numbers has kurtosis 2.6, so that the variance of 4096 of them has a standard deviation of
        // (1.6 / 4096)^0.5 = 2 %: six of them, probability 2e-9.
        #expect(abs(variance - 1) < 0.12, "\(variance)")
        #expect(flooded.allSatisfy { abs($0) <= 3 * exp2(Double(95 - bits)) })
        // Exactly: the difference from the answer without flooding, every low bit of which is a fair coin.
        let bare = layer.answering(withZero: false, flooding: false).unswitched(input: upload, threads: 1)[0]
        let noisy = layer.answering(withZero: false, flooding: true).unswitched(input: upload, threads: 1)[0]
        let added = (0..<4096).map { place in
            Self.centred((0..<2).map { (noisy.residues[0][$0][place], bare.residues[0][$0][place]) })
        }
        #expect(added.allSatisfy { $0.magnitude <= 3 << UInt128(95 - bits) })
        for bit in 0..<40 {
            let ones = added.count { $0 >> Int128(bit) & 1 == 1 }
            // 4096 coins, seven standard deviations of 32: probability 2.6e-12 a bit.
            #expect(abs(ones - 2048) < 224, "bit \(bit): \(ones)")
        }
    }

    /// The number between -q / 2 and q / 2 whose residues are the differences of the given ones (Chinese remainders).
    private static func centred(_ residues: [(UInt64, UInt64)]) -> Int128 {
        let primes = KernelTests.floodedPrimes
        func product(_ a: UInt64, _ b: UInt64) -> UInt64 { UInt64(UInt128(a) * UInt128(b) % UInt128(primes[1])) }
        let differences = zip(residues, primes).map { ($0.0 + $1 - $0.1) % $1 }
        var (inverse, power, exponent) = (UInt64(1), primes[0] % primes[1], primes[1] - 2)
        while exponent > 0 {
            if exponent & 1 == 1 { inverse = product(inverse, power) }
            power = product(power, power)
            exponent >>= 1
        }
        let step = product((differences[1] + primes[1] - differences[0] % primes[1]) % primes[1], inverse)
        let value = Int128(differences[0]) + Int128(primes[0]) * Int128(step)
        let modulus = Int128(primes[0]) * Int128(primes[1])
        return value > modulus / 2 ? value - modulus : value
    }
}
