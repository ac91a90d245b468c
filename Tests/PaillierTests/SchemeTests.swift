import CPaillierKernel
import Foundation
import Synchronization
import TestSupport
import Testing
import Numerics

import Paillier

/// The ISO/IEC 18033-6 example and python-paillier's toy vector: randomness injected, ciphertexts compared bit for bit.
@Suite struct KnownAnswerTests {
    private struct Vector: Decodable {
        let p, q, m1, m2, r0, r1, c1, c2, c1c2, m1m2: String
    }

    @Test(arguments: KernelTests.paths) func iso18033(path: KernelPath) throws {
        let url = try #require(Bundle.module.url(forResource: "Vectors/iso-18033-6", withExtension: "json"))
        let vector = try JSONDecoder().decode(Vector.self, from: Data(contentsOf: url))
        func number(_ text: String) throws -> BigInteger { try #require(BigInteger(text, radix: 16)) }
        let (p, q) = (try number(vector.p), try number(vector.q))
        let key = try PrivateKey(
            p: p.bigEndianBytes(count: 128), q: q.bigEndianBytes(count: 128), n: p * q, h: nil, path: path)
        let c1 = key.publicKey.encrypt(try number(vector.m1), unsafeRoot: try number(vector.r0))
        let c2 = key.publicKey.encrypt(try number(vector.m2), unsafeRoot: try number(vector.r1))
        #expect(c1 == (try number(vector.c1)))
        #expect(c2 == (try number(vector.c2)))
        let both = EncryptedValues(try Ciphertexts([c1], key: key.publicKey))
            .adding(EncryptedValues(try Ciphertexts([c2], key: key.publicKey))).ciphertexts()
        #expect(both[0] == (try number(vector.c1c2)))
        #expect(try key.decrypt(both).signed(0, key: key.publicKey) == number(vector.m1m2))
    }

    @Test func pythonPaillierToyVector() throws {
        // phe/tests/paillier_test.py of python-paillier: n = 126869, m = 10100, r = 74384.
        let key = try PublicKey(unsafeSize: BigInteger(126_869))
        #expect(key.encrypt(BigInteger(10_100), unsafeRoot: BigInteger(74_384)) == BigInteger(935_906_717))
    }
}

@Suite struct SchemeTests {
    static let key: PrivateKey? = try? PrivateKey(unsafeBits: 256)

    @Test(arguments: KernelTests.paths, Randomness.allCases)
    func decryptingReturnsThePlaintext(path: KernelPath, randomness: Randomness) throws {
        for bits in [64, 254, 512] {
            let key = try PrivateKey(unsafeBits: bits, path: path)
            let limit = key.publicKey.plaintextLimit
            let values: [BigInteger] =
                [.zero, .one, -.one, limit, -limit, BigInteger(-4711)] + (0..<11).map { BigInteger($0) }
            let plaintexts = try Plaintexts(values, key: key.publicKey)
            let owner = key.encrypt(plaintexts, randomness: randomness)
            let anyone = Rerandomizer(key: key.publicKey, randomness: randomness).encrypt(plaintexts)
            for ciphertexts in [owner, anyone] {
                let decrypted = try key.decrypt(ciphertexts)
                #expect(values.indices.map { decrypted.signed($0, key: key.publicKey) } == values)
            }
            #expect(owner[0] != anyone[0], "two encryptions of one value differ")
            #expect(key.encrypt(plaintexts)[0] != owner[0])
        }
    }

    /// Randomness made before there is a plaintext or a product to hide, by either side, in any number of pieces.
    @Test(arguments: KernelTests.paths, Randomness.allCases)
    func randomnessMadeAhead(path: KernelPath, randomness: Randomness) throws {
        let key = try PrivateKey(unsafeBits: 254, path: path)
        let rerandomizer = Rerandomizer(key: key.publicKey, randomness: randomness)
        for count in [0, 1, 63, 200] {
            let values = (0..<count).map { BigInteger($0 - 7) }
            let plaintexts = try Plaintexts(values, key: key.publicKey)
            let zeros = [
                key.zeros(count, randomness: randomness, threads: 2), rerandomizer.zeros(count, threads: 2),
                rerandomizer.zeros(count), rerandomizer.zeros(count),
            ]
            // All of the first, some of the second, none of the others.
            while zeros[0].makeSome() {}
            #expect(zeros[1].makeSome() == (count > 32))
            let first = key.publicKey.encrypt(plaintexts, with: zeros[0], threads: 2)
            let again = key.publicKey.encrypt(plaintexts, with: zeros[1])
            let (encrypted, noise) = (EncryptedValues(first), try Plaintexts(values, key: key.publicKey))
            let covered = rerandomizer.rerandomise(encrypted, with: zeros[2], threads: 2).ciphertexts()
            let added = rerandomizer.rerandomise(encrypted, adding: noise, with: zeros[3]).ciphertexts()
            func signed(_ ciphertexts: Ciphertexts) throws -> [BigInteger] {
                let decrypted = try key.decrypt(ciphertexts)
                return (0..<count).map { decrypted.signed($0, key: key.publicKey) }
            }
            for ciphertexts in [first, again, covered] { #expect(try signed(ciphertexts) == values) }
            #expect(try signed(added) == values.map { $0 + $0 })
            #expect(Set((0..<count).flatMap { [first[$0], again[$0], covered[$0], added[$0]] }).count == 4 * count)
        }
    }

    @Test func randomnessMadeAheadServesOnce() async {
        await #expect(processExitsWith: .failure) {
            let key = try PrivateKey(unsafeBits: 64)
            let (zeros, plaintexts) = (key.zeros(1), try Plaintexts([.one], key: key.publicKey))
            for _ in 0..<2 { _ = key.publicKey.encrypt(plaintexts, with: zeros) }
        }
    }

    @Test func decryptionByPrimesEqualsTheTextbook() throws {
        // Paillier 1999: m = L(c^lambda mod n^2) / L(g^lambda mod n^2) mod n with L(u) = (u - 1) / n; 293 * 433 = 126869.
        let (p, q) = (BigInteger(293), BigInteger(433))
        let n = p * q
        let key = try PrivateKey(unsafeP: [1, 37], q: [1, 177])
        #expect(key.publicKey.n == n)
        let lambda = BigInteger(292 * 432 / 4)
        func log(_ u: BigInteger) -> BigInteger { (u - .one).quotientAndRemainder(dividingBy: n).quotient }
        for m in [0, 1, 10_100, 126_868, 63_434, 63_435].map({ BigInteger($0) }) {
            let c = key.publicKey.encrypt(m, unsafeRoot: BigInteger(74_384))
            let slope = try #require(log((n + .one).power(lambda, modulo: n * n)).inverse(modulo: n))
            let textbook = (log(c.power(lambda, modulo: n * n)) * slope).modulo(n)
            let ours = try key.decrypt(Ciphertexts([c], key: key.publicKey)).signed(0, key: key.publicKey)
            #expect(textbook == m && ours.modulo(n) == m)
        }
    }

    @Test func sumsAndScalarProducts() throws {
        let key = try #require(Self.key)
        var generator = SystemRandomNumberGenerator()
        let limit = key.publicKey.plaintextLimit >> 20
        let a = (0..<13).map { _ in BigInteger.randomSigned(within: limit, using: &generator) }
        let b = (0..<13).map { _ in BigInteger.randomSigned(within: limit, using: &generator) }
        let factors = (0..<13).map { BigInteger($0 * 37 - 200) }
        let encryptedA = EncryptedValues(key.encrypt(try Plaintexts(a, key: key.publicKey)))
        let encryptedB = EncryptedValues(key.encrypt(try Plaintexts(b, key: key.publicKey)))
        let result = encryptedA.multiplied(by: factors).adding(encryptedB)
        let rerandomised = Rerandomizer(key: key.publicKey, randomness: .djn).rerandomise(result)
        for values in [result, rerandomised] {
            let decrypted = try key.decrypt(values.ciphertexts())
            for i in a.indices { #expect(decrypted.signed(i, key: key.publicKey) == a[i] * factors[i] + b[i]) }
        }
        #expect(result.ciphertexts()[0] != rerandomised.ciphertexts()[0])
    }

    @Test func anOverflowWrapsAndCannotBeSeen() throws {
        // The limit of the scheme itself: (n-1)/2 + 1 is the plaintext -(n-1)/2. Widths have to be proven beforehand.
        let key = try #require(Self.key)
        let limit = key.publicKey.plaintextLimit
        let sum = EncryptedValues(key.encrypt(try Plaintexts([limit], key: key.publicKey)))
            .adding(EncryptedValues(key.encrypt(try Plaintexts([.one], key: key.publicKey))))
        #expect(try key.decrypt(sum.ciphertexts()).signed(0, key: key.publicKey) == -limit)
        #expect(throws: PaillierError.plaintextOutOfRange(limit: "(n-1)/2")) {
            try Plaintexts([limit + .one], key: key.publicKey)
        }
    }

    @Test func foreignAndMalformedCiphertextsAreRefused() throws {
        let key = try #require(Self.key)
        let other = try PrivateKey(unsafeBits: 256)
        let ciphertexts = key.encrypt(try Plaintexts([.one, BigInteger(2)], key: key.publicKey))
        #expect(throws: PaillierError.malformedCiphertext("encrypted under another key")) {
            try other.decrypt(ciphertexts)
        }

        var bytes = ciphertexts.serialised()
        #expect(bytes.count == 2 * key.publicKey.ciphertextBytes)
        let read = try Ciphertexts(serialised: bytes[...], count: 2, key: key.publicKey)
        #expect(read[0] == ciphertexts[0] && read[1] == ciphertexts[1])
        #expect(throws: PaillierError.ciphertextBytes(found: 127, expected: 128)) {
            try Ciphertexts(serialised: bytes.dropLast(), count: 2, key: key.publicKey)
        }
        for index in key.publicKey.ciphertextBytes..<bytes.count { bytes[index] = 0xff }
        #expect(throws: PaillierError.ciphertextOutOfRange(index: 1)) {
            try Ciphertexts(serialised: bytes[...], count: 2, key: key.publicKey)
        }
        let square = key.publicKey.n * key.publicKey.n
        for bad in [.zero, square, square + .one, -.one] as [BigInteger] {
            #expect(throws: PaillierError.ciphertextOutOfRange(index: 0)) { try Ciphertexts([bad], key: key.publicKey) }
        }
        #expect(throws: PaillierError.ciphertextOutOfRange(index: 2)) {
            try Ciphertexts([.one, BigInteger(5), key.publicKey.n * BigInteger(3)], key: key.publicKey)
        }
    }
}

@Suite struct KeyTests {
    @Test func generatedKeysHaveTheGuaranteedForm() throws {
        for bits in [64, 256, 512] {
            let key = try PrivateKey(unsafeBits: bits)
            let (p, q) = (
                key.withPrimeBytes(0) { BigInteger(bigEndian: $0) }, key.withPrimeBytes(1) { BigInteger(bigEndian: $0) }
            )
            #expect(p * q == key.publicKey.n && key.publicKey.bits == bits)
            #expect(p.isProbablePrime() && q.isProbablePrime() && p != q)
            #expect(p.modulo(BigInteger(4)) == BigInteger(3) && q.modulo(BigInteger(4)) == BigInteger(3))
            #expect((p - .one).greatestCommonDivisor(q - .one) == BigInteger(2))
            let h = try #require(key.publicKey.h)
            // h is an n-th power: its order divides lambda.
            #expect(h.power((p - .one) * (q - .one), modulo: key.publicKey.n * key.publicKey.n) == .one)
        }
    }

    @Test(arguments: [
        (BigInteger(451), BigInteger(433), PaillierError.malformedKey("p or q is not an odd prime")),
        (BigInteger(433), BigInteger(433), PaillierError.malformedKey("p and q are equal")),
        (BigInteger(7), BigInteger(433), PaillierError.malformedKey("p and q differ in size")),
        (BigInteger(23), BigInteger(47), PaillierError.malformedKey("p and q differ in size")),
        (BigInteger(293), BigInteger(593), PaillierError.malformedKey("p and q differ in size")),
    ])
    func badPrimesAreRefused(p: BigInteger, q: BigInteger, error: PaillierError) {
        #expect(throws: error) { try PrivateKey(unsafeP: p.bigEndianBytes(count: 2), q: q.bigEndianBytes(count: 2)) }
    }

    /// 293 * 433 with generators that would leave ciphertexts readable or unreadable: 1, -1, n + 1, a multiple of p.
    /// The owner's h^x, made from an exponent per prime, is a power of h: with the same symbol modulo p as modulo q. Otherwise the
    /// Jacobi symbol would tell powers of the server's h^x, which all have symbol 1, from the owner's.
    @Test(arguments: KernelTests.paths) func ownersRandomnessLiesInTheGroupOfTheGenerator(path: KernelPath) throws {
        let key = try PrivateKey(unsafeBits: 128, path: path)
        let zeros = try Plaintexts([BigInteger](repeating: .zero, count: 64), key: key.publicKey)
        let noise = key.encrypt(zeros, randomness: .djn)
        let symbols = [0, 1].map { side -> [Bool] in
            let prime = key.withPrimeBytes(side) { BigInteger(bigEndian: $0) }
            return (0..<noise.count).map { noise[$0].modulo(prime).power((prime - .one) >> 1, modulo: prime) == .one }
        }
        #expect(symbols[0] == symbols[1])
        // Both symbols occur: the exponents are not all even.
        #expect(symbols[0].contains(true) && symbols[0].contains(false))
    }

    @Test func generatorsNeedAdmissiblePrimes() throws {
        // 7 divides both p - 1 and q - 1.
        let (p, q): (UInt8, UInt8) = (197, 211)
        let n = BigInteger(197 * 211)
        let h = BigInteger(25).power(n, modulo: n * n)
        _ = try PrivateKey(unsafeP: [p], q: [q])
        let refusal = PaillierError.malformedKey("h belongs to primes with gcd(p-1, q-1) = 2, which these are not")
        #expect(throws: refusal) { try PrivateKey(unsafeP: [p], q: [q], h: h) }
    }

    @Test func badGeneratorsAreRefused() throws {
        let (p, q, n): ([UInt8], [UInt8], BigInteger) = ([1, 7], [1, 27], BigInteger(263 * 283))
        let trivial = PaillierError.malformedKey("h is 1 or -1 modulo n^2; a generator of n-th powers expected")
        for h in [.one, n * n - .one] {
            #expect(throws: trivial) { try PublicKey(unsafeSize: n, h: h) }
            #expect(throws: trivial) { try PrivateKey(unsafeP: p, q: q, h: h) }
        }
        #expect(throws: PaillierError.malformedKey("h is not a unit modulo n^2")) {
            try PublicKey(unsafeSize: n, h: BigInteger(263))
        }
        // Without the primes nobody can tell; with them it shows.
        let power = BigInteger(-4).modulo(n).power(n, modulo: n * n)
        for h in [n + .one, BigInteger(2), power * (n + .one)] {
            let h = h.modulo(n * n)
            _ = try PublicKey(unsafeSize: n, h: h)
            #expect(throws: PaillierError.malformedKey("h is not an n-th power modulo n^2, as (-x^2)^n is")) {
                try PrivateKey(unsafeP: p, q: q, h: h)
            }
        }
        #expect(try PrivateKey(unsafeP: p, q: q, h: power).publicKey.h == power)
    }

    @Test func sizesBelowTheLimitNeedTheCallersWord() throws {
        #expect(throws: PaillierError.keyTooSmall(bits: 1024, minimum: 2048)) { try PrivateKey(bits: 1024) }
        #expect(throws: PaillierError.keyTooSmall(bits: 512, minimum: 1024)) {
            try PrivateKey(bits: 512, allowInsecure: true)
        }
        let small = try PrivateKey(unsafeBits: 512)
        #expect(throws: PaillierError.keyTooSmall(bits: 512, minimum: 2048)) { try PublicKey(n: small.publicKey.n) }
        #expect(throws: PaillierError.keyTooSmall(bits: 512, minimum: 1024)) {
            try PublicKey(n: small.publicKey.n, allowInsecure: true)
        }
    }

    @Test func keyFilesRoundTrip() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        let file = try key.withJSON(comment: "test") { Data($0) }
        let read = try PrivateKey(json: file, allowInsecure: true)
        #expect(read.publicKey == key.publicKey)
        let publicOnly = try PublicKey(json: key.publicKey.json(comment: "test"), allowInsecure: true)
        #expect(publicOnly == key.publicKey)
        #expect(try PublicKey(json: file, allowInsecure: true) == key.publicKey)
        let data = try CiphertextFile.encrypt([1.5, -2.25, 0], key: publicOnly)
        #expect(try CiphertextFile.decrypt(data, key: read) == [.real(1.5), .real(-2.25), .real(0)])
        #expect(throws: PaillierError.keyTooSmall(bits: 1024, minimum: 2048)) { try PrivateKey(json: file) }
        let wrong = try #require(String(data: file, encoding: .utf8)).replacing("DAJ", with: "RSA")
        #expect(throws: PaillierError.self) { try PrivateKey(json: Data(wrong.utf8), allowInsecure: true) }
        #expect(throws: PaillierError.self) { try PrivateKey(json: Data("{}".utf8), allowInsecure: true) }
    }

    /// The middle third of the residues is python-paillier's overflow zone.
    @Test func ciphertextFilesHoldNumbersOnly() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        func file(_ m: BigInteger, exponent: Int) -> Data {
            let c = key.publicKey.encrypt(m, unsafeRoot: BigInteger(3))
            return Data(
                "[{\"v\":\"\(key.publicKey.encrypt(.one, unsafeRoot: BigInteger(5)))\",\"e\":0},"
                    .utf8) + Data("{\"v\":\"\(c)\",\"e\":\(exponent)}]".utf8)
        }
        let third = key.publicKey.n.quotientAndRemainder(dividingBy: BigInteger(3)).quotient
        for m in [third - .one, .one - third] {
            guard case .real(let value) = try CiphertextFile.decrypt(file(m, exponent: -255), key: key)[1] else {
                throw PaillierError.numberOutOfRange
            }
            #expect(value.isFinite && value != 0 && (value < 0) == m.isNegative)
        }
        for m in [third, -third, key.publicKey.plaintextLimit] {
            #expect(throws: PaillierError.decryptedOutOfRange(index: 1)) {
                try CiphertextFile.decrypt(file(m, exponent: -255), key: key)
            }
        }
        // A negative exponent asks for a double, and there is none.
        let long = try PrivateKey(unsafeBits: 2048)
        let most = long.publicKey.n.quotientAndRemainder(dividingBy: BigInteger(3)).quotient - .one
        let beyond = Data("{\"v\":\"\(long.publicKey.encrypt(most, unsafeRoot: BigInteger(3)))\",\"e\":-32}".utf8)
        #expect(throws: PaillierError.decryptedOutOfRange(index: 0)) { try CiphertextFile.decrypt(beyond, key: long) }
        for exponent in [Int.max, Int.min, 1025, -4097] {
            #expect(
                throws: PaillierError.malformedCiphertext("\"e\" of number 1 is \(exponent); expected -4096 to 1024")
            ) { try CiphertextFile.decrypt(file(.one, exponent: exponent), key: key) }
        }
        #expect(throws: PaillierError.plaintextOutOfRange(limit: "n/3")) {
            try CiphertextFile.encrypt([0x1p895], key: key.publicKey)
        }
    }

    /// Child processes, of which some read strangers' files, and core files get no secrets.
    @Test func secretsAreKeptApart() throws {
        let block = try #require(pk_secret_allocate(13))
        defer { pk_secret_release(block, 13) }
        #expect(try MemoryFlags.of(block).isSuperset(of: ["wf", "dd"]))
    }

    @Test func secretsAreWipedBeforeTheyAreFreed() {
        // The hook sees each block after the wipe and before `free`.
        pk_set_release_hook { block, words in
            guard let block else { return }
            for word in 0..<words where block[word] != 0 { KeyTests.unwiped.withLock { $0 += 1 } }
            KeyTests.released.withLock { $0 += words }
        }
        defer { pk_set_release_hook(nil) }
        do {
            let secret = SecretWords(count: 5) { for word in 0..<5 { $0[word] = 0x5ec2e7 } }
            #expect(secret.read { $0[4] } == 0x5ec2e7)
        }
        _ = try? PrivateKey(unsafeBits: 256)
        #expect(KeyTests.released.withLock { $0 } > 5)
        #expect(KeyTests.unwiped.withLock { $0 } == 0)
    }

    static let released = Mutex(0)
    static let unwiped = Mutex(0)
}

@Suite struct PackedEncodingTests {
    @Test(arguments: [1, 2, 7, 31, 33, 63, 64, 65, 100, 127])
    func slotsRoundTripAtTheirLimits(slotBits: Int) throws {
        let key = try #require(SchemeTests.key).publicKey
        let encoding = try PackedEncoding(slotBits: slotBits, key: key)
        #expect(encoding.slots == 255 / slotBits)
        let half = BigInteger.one << (slotBits - 1)
        let choices = [half - .one, -half, .zero, slotBits > 1 ? .one : .zero, -.one]
        let limbs = IntegerArray.limbs(forBits: slotBits)
        var values = IntegerArray(count: 3 * encoding.slots, limbs: limbs)
        for index in 0..<values.count { values[index] = choices[(index * 7 + index / 3) % choices.count] }
        let used = encoding.used
        let plaintexts = encoding.encode(values, plaintexts: 3) { $0 * used + $1 }
        #expect(encoding.decode(plaintexts, limbs: limbs).mismatches(with: values) == 0)
        for plaintext in 0..<3 {
            let expected = (0..<used).reduce(BigInteger.zero) {
                $0 + (values[plaintext * used + $1] << (slotBits * $1))
            }
            #expect(plaintexts.signed(plaintext, key: key) == expected)
        }
    }

    @Test func noiseAboveUsedSlotsLeavesThemAlone() throws {
        let key = try #require(SchemeTests.key).publicKey
        for used in 1...6 {
            let encoding = try PackedEncoding(slotBits: 33, used: used, key: key)
            let values = IntegerArray((0..<used).map { $0.isMultiple(of: 2) ? -(1 << 32) : (1 << 32) - 1 })
            let plain = encoding.encode(values, plaintexts: 1) { _, slot in slot }.signed(0, key: key)
            var seen = Set<BigInteger>()
            let noise = encoding.noise(50)
            for index in 0..<50 {
                let noisy = plain + noise.signed(index, key: key)
                #expect(noisy.absoluteValue <= key.plaintextLimit)
                let decoded = encoding.decode(try Plaintexts([noisy], key: key), limbs: 1)
                #expect(decoded.mismatches(with: values) == 0)
                seen.insert(noisy)
            }
            #expect(seen.count == 50)
        }
        #expect(throws: PaillierError.slotsTooNarrow(needed: 264, available: 255)) {
            try PackedEncoding(slotBits: 33, used: 8, key: key)
        }
        #expect(throws: PaillierError.slotsTooNarrow(needed: 256, available: 255)) {
            try PackedEncoding(slotBits: 256, key: key)
        }
    }
}
