import Paillier
import Numerics

/// What client and server do once per ciphertext, beside the same on plain GMP with the same key.
package struct ClientBenchmark {
    private let options: BenchmarkOptions
    private let key, gmpKey: PrivateKey
    private let plaintexts: Plaintexts

    /// Ciphertexts of one run for each thread: what a thread works on at a time.
    private static let ciphertextsPerThread = 64

    package init(_ options: BenchmarkOptions) throws {
        self.options = options
        let key = try options.drawKey()
        self.key = key
        gmpKey = try key.withPrimeBytes(0) { p in
            try key.withPrimeBytes(1) { q in
                try PrivateKey(
                    p: p, q: q, n: key.publicKey.n, h: key.publicKey.h, allowInsecure: options.key.insecure,
                    path: .gmp)
            }
        }
        var generator = SystemRandomNumberGenerator()
        let values = (0..<Self.ciphertextsPerThread * options.threads).map { _ in
            BigInteger.randomSigned(within: key.publicKey.plaintextLimit, using: &generator)
        }
        plaintexts = try Plaintexts(values, key: key.publicKey)
    }

    package func run() throws -> BenchmarkReport {
        var report = BenchmarkReport()
        let threads = options.threads
        let sides = [key, gmpKey].map { key in
            let ciphertexts = key.encrypt(plaintexts, threads: threads)
            return Side(
                key: key, rerandomizer: Rerandomizer(key: key.publicKey, randomness: .djn), ciphertexts: ciphertexts,
                values: EncryptedValues(ciphertexts))
        }
        for side in sides {
            let fresh = side.rerandomizer.rerandomise(side.values).ciphertexts()
            if try key.decrypt(fresh) != plaintexts || gmpKey.decrypt(fresh) != plaintexts {
                report.failures.append("path \(side.key.publicKey.path.rawValue) decrypts to something else")
            }
        }
        let works: [(metric: String, body: (Side) throws -> Void)] = [
            ("client.encrypt", { _ = $0.key.encrypt(plaintexts, threads: threads) }),
            ("client.decrypt", { _ = try $0.key.decrypt($0.ciphertexts, threads: threads) }),
            ("client.rerandomize", { _ = $0.rerandomizer.rerandomise($0.values, threads: threads) }),
        ]
        report.records = try works.map { metric, body in
            let seconds = try options.seconds(metric, sides.map { side in { try body(side) } })
            return options.setting(kernel: key.publicKey.path).time(
                metric, seconds[0], per: plaintexts.count, unit: .microseconds, beside: ("gmp", seconds[1]))
        }
        report.notes.append(
            """
            Per ciphertext, in batches of \(plaintexts.count), randomness djn (\(key.publicKey.bits / 2 + 64) bits per prime for the key's \
            owner, \(Rerandomizer.exponentBits(key.publicKey, .djn)) bits for re-randomisation, the server's step). Baseline gmp: the same key and \
            algorithms on mpz_mul and mpz_mod.
            """)
        return report
    }

    private struct Side {
        let key: PrivateKey
        let rerandomizer: Rerandomizer
        let ciphertexts: Ciphertexts
        let values: EncryptedValues
    }
}
