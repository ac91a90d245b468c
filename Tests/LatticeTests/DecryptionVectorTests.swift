import CLatticeKernel
import Crypto
import Foundation
import Testing

/// SEAL decrypted these ciphertexts (Vectors/README.md): the kernel still makes the same.
struct DecryptionVectorTests {
    struct Vector: Decodable {
        let digests: [String]
        let values: String
        let checked: Int
    }

    static let channels = 20, outputs = 5, bits: UInt32 = 33

    static func seed(_ name: String) -> [UInt8] { Array(SHA256.hash(data: Data("ldct lattice \(name)".utf8))) }

    /// Numbers that look random and that any program makes again.
    static func mixed(_ index: Int) -> UInt64 { (UInt64(index + 1) &* 0x9e37_79b9_7f4a_7c15) >> 40 }

    @Test func ciphertextsAreThoseThatSEALDecrypted() throws {
        let url = try #require(Bundle.module.url(forResource: "Vectors/decryption", withExtension: "json"))
        let vector = try JSONDecoder().decode(Vector.self, from: Data(contentsOf: url))
        let weights = (0..<Self.outputs * Self.channels * 25).map { Int32(Self.mixed($0) % 1023) - 511 }
        #expect(Self.correlation(weights) == vector.values)
        #expect(vector.checked == 2 * Self.outputs * 56 * 56)
        for path in KernelTests.paths() {
            var digests: [String] = []
            for floodBits in [63, 0] { digests += Self.ciphertexts(path, weights, floodBits: UInt32(floodBits)) }
            #expect(digests == vector.digests)
        }
    }

    static func correlation(_ weights: [Int32]) -> String {
        let images = (0..<channels * 3600).map { Int64(mixed($0) % 4096) }
        var values: [UInt64] = []
        for output in 0..<outputs {
            for place in 0..<56 * 56 {
                var sum: Int64 = 0
                for channel in 0..<channels {
                    for tap in 0..<25 {
                        sum +=
                            Int64(weights[(output * channels + channel) * 25 + tap])
                            * images[channel * 3600 + (place / 56 + tap / 5) * 60 + place % 56 + tap % 5]
                    }
                }
                values.append(UInt64(bitPattern: sum))
            }
        }
        return KernelTests.digest(values)
    }

    static func ciphertexts(_ path: lk_path, _ weights: [Int32], floodBits: UInt32) -> [String] {
        var digests: [String] = []
        var blocks: [(UnsafeMutablePointer<UInt64>, Int)] = []
        func words(_ count: Int) -> UnsafeMutablePointer<UInt64> {
            guard let block = lk_allocate(count) else { fatalError("no memory") }
            blocks.append((block, count))
            return block
        }
        defer { for (block, count) in blocks { lk_release(block, count, 1) } }
        let context = words(lk_context_words()), workspace = words(lk_workspace_words())
        #expect(lk_context_init(context, path, KernelTests.floodedPrimes) != 0)
        let secret = words(lk_secret_words()), key = words(lk_public_words())
        var redraws: UInt64 = 0
        while lk_secret_init(context, secret, seed("secret"), redraws, workspace) > 2900 { redraws += 1 }
        var packed = [UInt8](repeating: 0, count: lk_packed_bytes(context))
        lk_public_make(context, secret, &packed, seed("key error"), seed("key mask"), workspace)
        #expect(lk_public_init(context, key, packed, seed("key mask"), workspace) != 0)
        let inputs = words(lk_input_words(channels)), sums = words(lk_sum_words(outputs))
        for channel in 0..<channels {
            var square = [Int64](repeating: 0, count: 4096)
            for place in 0..<3600 {
                square[place / 60 * 64 + place % 60] = Int64(mixed(channel * 3600 + place) % 4096)
            }
            lk_encrypt(
                context, secret, bits, square, seed("error"), seed("mask"), UInt64(channel), &packed, workspace)
            #expect(
                lk_receive(context, inputs, channels, channel, packed, seed("mask"), UInt64(channel), workspace) != 0)
        }
        var kernels = lk_kernels(
            outputs: UInt32(outputs), channels: UInt32(channels), rows: 5, columns: 5, share: 1, shareRows: 0)
        var taps = [Int16](repeating: 0, count: lk_tap_count(&kernels))
        lk_taps(&kernels, &taps, weights)
        let factor = words(lk_factor_words()), scratch = words(lk_product_workspace_words(&kernels))
        lk_monomial(context, factor, 260)
        for job in 0..<Int(LK_JOBS) {
            let (from, to): ([UnsafePointer<UInt64>?], [UnsafeMutablePointer<UInt64>?]) = (
                [UnsafePointer(inputs)], [sums]
            )
            lk_products(context, &kernels, taps, factor, job, from, to, 1, scratch)
        }
        var format = lk_answer_format(plaintextBits: bits, floodBits: floodBits, addsZero: 1, droppedBits: 1)
        let pair = words(4 * 4096)
        for output in 0..<outputs {
            lk_unprotected(
                context, key, &format, sums, outputs, output, seed("zero"), UInt64(output), pair, workspace)
            // [c0 p1][c1 p1][c0 p2][c1 p2] to [c0 | c1][prime]
            let all = Array(UnsafeBufferPointer(start: pair, count: 4 * 4096))
            digests.append(KernelTests.digest([0, 2, 1, 3].flatMap { all[$0 * 4096..<($0 + 1) * 4096] }))
        }
        return digests
    }
}
