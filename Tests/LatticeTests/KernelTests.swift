import CLatticeKernel
import Crypto
import CryptoExtras
import Foundation
import Lattice
import Testing

/// The kernel against programs that are not ours.
struct KernelTests {
    /// Of the parameter sets with and without flooding.
    static let floodedPrimes: [UInt64] = [562_949_953_216_513, 562_854_457_712_641]
    static let plainPrimes: [UInt64] = [140_670_446_559_233, 40_961]
    static let primes = [floodedPrimes, plainPrimes]

    static func paths() -> [lk_path] { [LK_IFMA, LK_AVX2, LK_PORTABLE].filter { lk_available($0) != 0 } }

    static func withContext(_ path: lk_path, _ primes: [UInt64], _ body: (UnsafeMutablePointer<UInt64>) throws -> Void)
        rethrows
    {
        guard let context = lk_allocate(lk_context_words()) else { return }
        defer { lk_release(context, lk_context_words(), 0) }
        #expect(lk_context_init(context, path, primes) != 0)
        try body(context)
    }

    /// swift-crypto's ChaCha20 (BoringSSL) under the same key and nonce.
    @Test func keystreamIsChaCha20() throws {
        for path in Self.paths() {
            try Self.withContext(path, Self.floodedPrimes) { context in
                for (purpose, prime, index) in [(LK_PURPOSE_MASK, 0, 0), (LK_PURPOSE_FLOOD, 1, 1 << 40)] {
                    let seed = (0..<32).map { _ in UInt8.random(in: 0...255) }
                    var stream = [UInt8](repeating: 0, count: 4096)
                    lk_keystream(context, &stream, stream.count, seed, purpose, Int32(prime), UInt64(index))
                    var nonce = [UInt8(purpose.rawValue), UInt8(prime), 0, 0]
                    withUnsafeBytes(of: UInt64(index).littleEndian) { nonce += $0 }
                    let expected = try Insecure.ChaCha20CTR.encrypt(
                        Data(count: 4096), using: SymmetricKey(data: seed), counter: .init(),
                        nonce: .init(data: Data(nonce)))
                    #expect(stream == Array(expected))
                }
            }
        }
    }

    struct Vectors: Decodable {
        struct Transform: Decodable {
            let prime: UInt64
            let root: UInt64
            let input: String
            let digest: String
            let first: [UInt64]
        }
        let program: String
        let transforms: [Transform]
    }

    /// Transforms by another program, see Vectors/README.md: polynomials are given by a rule, results by SHA-256 of
    /// all 4096 values
    /// and by the first eight.
    @Test func transformsEqualAnotherProgram() throws {
        let url = try #require(Bundle.module.url(forResource: "Vectors/transforms", withExtension: "json"))
        let vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: url))
        for vector in vectors.transforms {
            let set = try #require(Self.primes.first { $0.contains(vector.prime) })
            let index = try #require(set.firstIndex(of: vector.prime))
            for path in Self.paths() {
                try Self.withContext(path, set) { context in
                    var polynomial = try Self.polynomial(vector.input, vector.prime)
                    lk_forward(context, Int32(index), &polynomial)
                    let natural = Self.naturalOrder(polynomial)
                    #expect(Array(natural.prefix(8)) == vector.first, "\(vector.input) modulo \(vector.prime)")
                    #expect(Self.digest(natural) == vector.digest)
                }
            }
        }
    }

    /// zeros, ones, largest, powers (3^n), or index (n).
    static func polynomial(_ rule: String, _ prime: UInt64) throws -> [UInt64] {
        var value: UInt64 = 1
        return try (0..<4096).map { n in
            switch rule {
            case "zeros": return 0
            case "ones": return 1
            case "largest": return prime - 1
            case "index": return UInt64(n)
            case "powers":
                defer { value = prime.dividingFullWidth(value.multipliedFullWidth(by: 3)).remainder }
                return value
            default:
                Issue.record("no rule \(rule)")
                throw CancellationError()
            }
        }
    }

    /// From transform order to bit-reversed order, as other libraries have it.
    static func naturalOrder(_ values: [UInt64]) -> [UInt64] {
        (0..<4096).map { values[$0 / 64 * 64 + $0 % 8 * 8 + $0 / 8 % 8] }
    }

    static func digest(_ values: [UInt64]) -> String {
        var hash = SHA256()
        for value in values { withUnsafeBytes(of: value.littleEndian) { hash.update(bufferPointer: $0) } }
        return hash.finalize().map { String(format: "%02x", $0) }.joined()
    }

    @Test func pathsAreNamedOnce() throws {
        #expect(throws: LatticeError.self) {
            try LatticePath.selected(LatticePath.allCases.first { !$0.isAvailable } ?? .ifma).isUnavailable()
        }
    }
}

extension LatticePath {
    /// For processors that run every path: there is nothing to refuse then.
    fileprivate func isUnavailable() throws {
        throw LatticeError.kernelUnavailable(rawValue)
    }
}
