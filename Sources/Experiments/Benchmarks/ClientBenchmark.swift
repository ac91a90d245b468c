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
            Side(key: key, rerandomizer: Rerandomizer(key: key.publicKey, randomness: .djn))
        }
        let ciphertexts = sides.map { $0.key.encrypt(plaintexts, threads: threads) }
        for (side, own) in zip(sides, ciphertexts) {
            let fresh = side.rerandomizer.rerandomise(EncryptedValues(own)).ciphertexts()
            if try key.decrypt(fresh) != plaintexts || gmpKey.decrypt(fresh) != plaintexts {
                report.failures.append("path \(side.key.publicKey.path.rawValue) decrypts to something else")
            }
        }
        report.records.append(
            try record("client.encrypt", sides.map { side in { _ = side.key.encrypt(plaintexts, threads: threads) } }))
        report.records.append(
            try record(
                "client.decrypt",
                zip(sides, ciphertexts).map { side, own in { _ = try side.key.decrypt(own, threads: threads) } }))
        let encrypted = ciphertexts.map { EncryptedValues($0) }
        report.records.append(
            try record(
                "client.rerandomize",
                zip(sides, encrypted).map { side, own in
                    { _ = side.rerandomizer.rerandomise(own, threads: threads) }
                }))
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
    }

    /// Times ours and the baseline, in that order.
    private func record(_ metric: String, _ contenders: [() throws -> Void]) throws -> BenchmarkRecord {
        let seconds = try options.seconds(metric, contenders)
        return options.setting(kernel: key.publicKey.path).time(
            metric, seconds[0], per: plaintexts.count, unit: .microseconds,
            beside: ("gmp", seconds[1]))
    }
}
