import CPaillierKernel
import Foundation
import Numerics
import Paillier
import Testing

/// What the kernel leaves on the stack of a thread that computed with secrets: of a residue modulo p, noise modulo n or a
/// quotient, anybody who reads dead stack memory gets the primes or the plaintext (gcd(c - X, n) = p).
@Suite struct StackTests {
    private static let primeBits = 1024
    private static let primeWords = primeBits / 64
    private static let count = 3

    /// A key in the kernel's own form, values to work on, and every word that nobody else may see.
    private final class Secrets {
        let path: pk_path
        var p = [UInt64](repeating: 0, count: primeWords), q = [UInt64](repeating: 0, count: primeWords)
        var n = [UInt64](repeating: 0, count: 2 * primeWords)
        var key: [UInt64], context: [UInt64], combs: [UInt64]
        let exponents: [UInt64], roots: [UInt64], values: [UInt64], plaintexts: [UInt64]
        var noise: [UInt64], results: [UInt64]
        static let window = 7, bits = primeBits + 64

        init(_ path: KernelPath) {
            func random(_ words: Int) -> [UInt64] { (0..<words).map { _ in .random(in: 0...UInt64.max) } }
            self.path = [.ifma: PK_IFMA, .portable: PK_PORTABLE][path] ?? PK_GMP
            pk_generate_primes(&p, &q, primeBits)
            _ = pk_check_primes(&n, p, q, primeWords, nil)
            key = [UInt64](repeating: 0, count: pk_private_words(self.path, primeBits))
            pk_private_init(&key, self.path, p, q, primeBits)
            context = [UInt64](repeating: 0, count: pk_context_words(self.path, 2 * primeBits))
            pk_context_init(&context, self.path, n, 2 * primeBits)
            let modulus = BigInteger(magnitude: n)
            let below = {
                BigInteger(magnitude: random(4 * primeWords)).modulo(modulus * modulus).words(count: 4 * primeWords)
            }
            values = (0..<count).flatMap { _ in below() }
            plaintexts = (0..<count).flatMap { _ in
                BigInteger(magnitude: random(2 * primeWords)).modulo(modulus).words(count: 2 * primeWords)
            }
            exponents = random(2 * count * (Self.bits / 64))
            roots = random(2 * count * (primeWords + 1))
            noise = below() + below() + below()
            results = [UInt64](repeating: 0, count: 4 * primeWords * count)
            combs = [UInt64](repeating: 0, count: pk_private_comb_words(key, Self.window, Self.bits))
            pk_private_comb_init(key, &combs, values, Self.window, Self.bits)
        }

        /// Words whose sight gives something away: of the key block, which holds the primes in all forms, of exponents, roots, noise,
        /// plaintexts and what noise leaves modulo and divided by n, and their limbs of 52 bits.
        var words: Set<UInt64> {
            let modulus = BigInteger(magnitude: n)
            let parts = (0..<count).flatMap { index in
                let value = BigInteger(magnitude: Array(noise[index * 4 * primeWords..<(index + 1) * 4 * primeWords]))
                let (quotient, remainder) = value.quotientAndRemainder(dividingBy: modulus)
                return quotient.magnitude + remainder.magnitude
            }
            let all = [p, q, key, exponents, roots, noise, plaintexts, parts, combs]
            let split = [p, q, noise, plaintexts, parts].flatMap { Self.limbs($0) }
            // Small words, sizes and offsets among them, say nothing.
            return Set((all.flatMap { $0 } + split).filter { $0 >> 40 != 0 })
        }

        private static func limbs(_ words: [UInt64]) -> [UInt64] {
            (0..<words.count * 64 / 52).map { index in
                let (word, shift) = (index * 52 / 64, index * 52 % 64)
                let high = shift > 12 && word + 1 < words.count ? words[word + 1] << (64 - shift) : 0
                return (words[word] >> shift | high) & (1 << 52 - 1)
            }
        }
    }

    private enum Step: String, CaseIterable {
        case generatePrimes, checkPrimes, areAdmissible, hasSymbols, privateInit, combInit, decrypt, noiseComb,
            noiseFull, encrypt
        case importValues, power, powerEach, combPower, exportValues

        func run(_ s: Secrets) {
            let (count, words) = (StackTests.count, primeWords)
            var entries = [UInt64](repeating: 0, count: count * pk_entry_words(s.context))
            switch self {
            case .generatePrimes: pk_generate_primes(&s.p, &s.q, StackTests.primeBits)
            case .checkPrimes: _ = pk_check_primes(&s.n, s.p, s.q, words, nil)
            case .areAdmissible: _ = pk_primes_are_admissible(s.p, s.q, words)
            case .hasSymbols: _ = pk_generator_has_symbols(s.p, s.q, words, s.values, 4 * words)
            case .privateInit: pk_private_init(&s.key, s.path, s.p, s.q, StackTests.primeBits)
            case .combInit: pk_private_comb_init(s.key, &s.combs, s.values, Secrets.window, Secrets.bits)
            case .decrypt: pk_decrypt(s.key, &s.results, s.values, count)
            case .noiseComb: pk_noise_comb(s.key, &s.noise, s.combs, Secrets.window, s.exponents, Secrets.bits, count)
            case .noiseFull: pk_noise_full(s.key, &s.noise, s.roots, count)
            case .encrypt: pk_encrypt(s.context, &s.results, s.plaintexts, s.noise, count)
            case .importValues: pk_import(s.context, &entries, s.noise, count)
            case .power: pk_power(s.context, &entries, entries, count, s.exponents, Secrets.bits)
            case .powerEach: pk_power_each(s.context, &entries, entries, count, s.exponents, Secrets.bits)
            case .combPower:
                var comb = [UInt64](
                    repeating: 0, count: pk_comb_entries(Secrets.window, Secrets.bits) * pk_entry_words(s.context))
                pk_import(s.context, &comb, s.values, 1)
                pk_comb_power(s.context, &entries, comb, Secrets.window, s.exponents, Secrets.bits, count)
            case .exportValues:
                pk_import(s.context, &entries, s.noise, count)
                pk_export(s.context, &s.results, entries, count)
            }
        }
    }

    @Test(arguments: KernelPath.allCases.filter(\.isAvailable))
    func nothingSecretStaysOnTheStack(path: KernelPath) throws {
        for step in Step.allCases {
            let secrets = Secrets(path)
            let left = Self.stack { _ in step.run(secrets) }
            let words = secrets.words
            let found = left.filter(words.contains)
            #expect(found.isEmpty, "\(step.rawValue): \(found.count) words")
            #expect(!Self.givesAPrime(left, secrets), "\(step.rawValue): a residue modulo a prime")
        }
    }

    /// The scan can fail: a prime that a function left, and a residue modulo one, are found where they lie.
    @Test func theScanFindsWhatIsLeft() throws {
        let secrets = Secrets(.portable)
        let residue = BigInteger(magnitude: Array(secrets.values[..<(4 * Self.primeWords)]))
            .modulo(BigInteger(magnitude: secrets.p)).words(count: Self.primeWords)
        for planted in [secrets.q, residue] {
            // Into the dead part of the thread's own stack.
            let left = Self.stack { stack in
                for (index, word) in planted.enumerated() { stack[5000 + index] = word }
            }
            #expect(!left.filter(secrets.words.contains).isEmpty || Self.givesAPrime(left, secrets))
        }
    }

    /// Whether some run of words, taken from one of the values worked on, from 0 or from 1, shares a prime with n.
    private static func givesAPrime(_ stack: [UInt64], _ secrets: Secrets) -> Bool {
        let n = BigInteger(magnitude: secrets.n)
        let values = (secrets.values + secrets.noise + secrets.results)
        let origins =
            [BigInteger.zero, .one]
            + stride(from: 0, to: values.count, by: 4 * primeWords).map {
                BigInteger(magnitude: Array(values[$0..<($0 + 4 * primeWords)]))
            }
        for length in [primeWords, 2 * primeWords] where stack.count >= length {
            for start in 0...(stack.count - length) where stack[start] != 0 && stack[start + length / 2] != 0 {
                let window = BigInteger(magnitude: Array(stack[start..<start + length]))
                for origin in origins {
                    let difference = (origin - window).modulo(n)
                    if !difference.isZero, difference.greatestCommonDivisor(n) != .one { return true }
                }
            }
        }
        return false
    }

    private final class Box {
        let body: (UnsafeMutablePointer<UInt64>) -> Void
        let stack: UnsafeMutablePointer<UInt64>

        init(_ stack: UnsafeMutablePointer<UInt64>, _ body: @escaping (UnsafeMutablePointer<UInt64>) -> Void) {
            (self.stack, self.body) = (stack, body)
        }

        func run() { body(stack) }
    }

    /// Runs `body` on a thread of its own and gives back what is on its stack afterwards, from the deepest word that was touched.
    private static func stack(after body: @escaping (UnsafeMutablePointer<UInt64>) -> Void) -> [UInt64] {
        let (size, pattern) = (1 << 21, UInt64(0xA5A5_A5A5_A5A5_A5A5))
        guard let memory = aligned_alloc(4096, size) else { return [] }
        defer { free(memory) }
        memset(memory, 0xA5, size)
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        defer { attributes.deallocate() }
        pthread_attr_init(attributes)
        pthread_attr_setstack(attributes, memory, size)
        var thread: pthread_t = 0
        let box = Unmanaged.passRetained(Box(memory.assumingMemoryBound(to: UInt64.self), body))
        pthread_create(
            &thread, attributes,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        pthread_join(thread, nil)
        let words = UnsafeBufferPointer(start: memory.assumingMemoryBound(to: UInt64.self), count: size / 8)
        return Array(words.drop { $0 == pattern })
    }
}
