import Foundation
import Numerics
import Paillier
import Testing

/// Keys and ciphertexts that other people made: what is refused, and what every number reads as.
@Suite struct KeyFileTests {
    private static func prime(_ key: PrivateKey, _ side: Int) -> BigInteger {
        key.withPrimeBytes(side) { BigInteger(bigEndian: $0) }
    }

    /// The number below p^2 q^2 that is `a` modulo p^2 and `b` modulo q^2.
    private static func joined(_ a: BigInteger, _ b: BigInteger, _ p: BigInteger, _ q: BigInteger) throws -> BigInteger
    {
        let (left, right) = (p * p, q * q)
        let inverse = try #require(left.inverse(modulo: right))
        return (a + left * ((b - a) * inverse).modulo(right)).modulo(left * right)
    }

    /// Units, n-th powers, neither 1 nor -1, and all their powers together are two, or one modulo a prime.
    @Test func generatorsOfSmallOrderAreRefused() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        let (p, q, n) = (Self.prime(key, 0), Self.prime(key, 1), key.publicKey.n)
        let good = try #require(key.publicKey.h)
        let refused = PaillierError.malformedKey(
            "h has few powers modulo a prime of n, so that they hide nothing; (-x^2)^n for a random x expected")
        for h in [
            try Self.joined(.one, q * q - .one, p, q), try Self.joined(.one, good.modulo(q * q), p, q),
            try Self.joined(good.modulo(p * p), q * q - .one, p, q),
        ] {
            #expect(throws: refused) { try PublicKey(n: n, h: h, allowInsecure: true) }
            #expect(throws: PaillierError.self) {
                try PrivateKey(
                    p: p.bigEndianBytes(count: 64), q: q.bigEndianBytes(count: 64), n: n, h: h, allowInsecure: true)
            }
        }
        _ = try PublicKey(n: n, h: good, allowInsecure: true)
        // Of full order but a square: its powers have one Jacobi symbol, the owner's have both.
        let square = good * good
        _ = try PublicKey(n: n, h: square.modulo(n * n), allowInsecure: true)
        #expect(
            throws: PaillierError.malformedKey("h is a square modulo a prime of n, which (-x^2)^n is not")
        ) {
            try PrivateKey(
                p: p.bigEndianBytes(count: 64), q: q.bigEndianBytes(count: 64), n: n, h: square.modulo(n * n),
                allowInsecure: true)
        }
    }

    @Test func aModulusIsAProductOfTwoPrimes() throws {
        let prime = Self.prime(try PrivateKey(unsafeBits: 2048), 0)
        #expect(throws: PaillierError.malformedKey("n is a prime; the product of two expected")) {
            try PublicKey(n: prime, allowInsecure: true)
        }
        for power in [prime * prime, prime * prime * prime] {
            #expect(throws: PaillierError.malformedKey("n is a power; the product of two different primes expected")) {
                try PublicKey(n: power)
            }
        }
    }

    /// Primality of numbers like these takes minutes; their product with anything is not n.
    @Test(.timeLimit(.minutes(1)), arguments: [44_497, 216_091])
    func longPrimesAreRefusedBeforeTheyAreTested(bits: Int) throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        var long = [UInt8](repeating: 0xFF, count: (bits + 7) / 8)
        long[0] = UInt8((1 << (bits % 8)) - 1)
        for (p, q) in [(long, long), (key.withPrimeBytes(0) { $0 }, long)] {
            #expect(throws: PaillierError.malformedKey("p or q has more than 4096 bits")) {
                try PrivateKey(p: p, q: q, n: key.publicKey.n, h: nil, allowInsecure: true)
            }
        }
        // Leading zeros are no length.
        let padded = [0] + key.withPrimeBytes(0) { $0 }
        _ = try PrivateKey(
            p: padded, q: key.withPrimeBytes(1) { $0 }, n: key.publicKey.n, h: key.publicKey.h, allowInsecure: true)
        // A composite of the right size is found by its product, in the time of a product.
        let composite = BigInteger(bigEndian: key.withPrimeBytes(0) { $0 }) + BigInteger(2)
        #expect(throws: PaillierError.malformedKey("n is not the product of p and q")) {
            try PrivateKey(
                p: composite.bigEndianBytes(count: 64), q: key.withPrimeBytes(1) { $0 }, n: key.publicKey.n, h: nil,
                allowInsecure: true)
        }
    }

    @Test func anyCommentIsWrittenAndReadBack() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        for comment in ["\"q\": \"\\", String(repeating: "long ", count: 2000), "zwei\nZeilen", ""] {
            let file = try key.withJSON(comment: comment) { Data($0) }
            #expect(try PrivateKey(json: file, allowInsecure: true).publicKey == key.publicKey)
            let json = try #require(JSONSerialization.jsonObject(with: file) as? [String: Any])
            #expect(json["kid"] as? String == comment)
        }
    }

    // MARK: - Numbers

    /// Who reads a public key from a private key's file has the primes nowhere afterwards but in the file's bytes, which are its own.
    @Test func aPublicKeyIsReadWithoutThePrimes() async {
        await #expect(processExitsWith: .success) {
            // What is looked for is kept masked, so that it is not found in itself.
            var (file, sought) = (Data(), [UInt8]())
            try PrivateKey(bits: 1024, allowInsecure: true).withJSON(comment: "") { text in
                file = Data(text)
                let digits = try #require(file.range(of: Data("\"p\":\"".utf8))).upperBound + 24
                sought = file[digits..<digits + 40].map { $0 ^ Self.mask }
            }
            let inFile = try Self.occurrences(of: sought)
            precondition(inFile > 0, "the search finds the file")
            _ = try PublicKey(json: file, allowInsecure: true)
            file.resetBytes(in: file.startIndex..<file.endIndex)
            let afterwards = try Self.occurrences(of: sought)
            precondition(afterwards == 0)
        }
    }

    private static let mask: UInt8 = 0x55

    /// How often masked bytes stand in this process's own memory, read as a file: what another thread unmaps meanwhile is passed over.
    private static func occurrences(of masked: [UInt8]) throws -> Int {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        let memory = open("/proc/self/mem", O_RDONLY)
        precondition(memory >= 0, "this process's memory can be read")
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        defer {
            close(memory)
            piece.withUnsafeMutableBytes { bytes in bytes.baseAddress.map { explicit_bzero($0, bytes.count) } }
        }
        var found = 0
        for line in maps.split(separator: "\n") where line.contains(" rw-p ") {
            let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap { Int($0, radix: 16) }
            for start in stride(from: bounds[0], to: bounds[1], by: piece.count - masked.count) {
                let read = pread(memory, &piece, min(piece.count, bounds[1] - start), start)
                found += (0..<max(0, read - masked.count)).count { at in
                    piece[at] ^ mask == masked[0] && masked.indices.allSatisfy { piece[at + $0] ^ mask == masked[$0] }
                }
            }
        }
        return found
    }

    private static func file(_ m: BigInteger, _ exponent: Int, _ key: PublicKey) -> Data {
        Data("{\"v\":\"\(key.encrypt(m, unsafeRoot: BigInteger(3)))\",\"e\":\(exponent)}".utf8)
    }

    /// What Python's `m / 16**-e`, correctly rounded, gives: the last ten are ties and subnormal numbers.
    private static let quotients: [(m: String, exponent: Int, value: String)] = [
        ("205045350780153475708069531158049", -1, "1.2815334423759593e+31"),
        ("927956962575275761", -1, "5.799731016095474e+16"),
        ("-429990378134344045797505705544180108711521392051107980", -13, "-9.547704363440525e+37"),
        ("-544293717905613887167627146148309810188746455572163244", -32, "-1599535476465272.2"),
        ("545764098299725268231486252921752", -32, "1.6038565360823666e-06"),
        (
            "-1894958264678010443518563030175844126080051196289924143091918930534330503173922516519867282", -45,
            "-1.2365179631174153e+36"
        ),
        ("18014398509481986", -1, "1125899906842624.0"), ("18014398509481990", -1, "1125899906842624.5"),
        ("9007199254740993", -1, "562949953421312.0"), ("9007199254740995", -1, "562949953421312.2"),
        ("1", -268, "2e-323"), ("3", -269, "5e-324"), ("1", -269, "0.0"),
        ("4503599627370497", -269, "5.562684646268003e-309"),
        ("1152921504606846975", -280, "8.095e-320"), ("9", -4096, "0.0"),
    ]

    @Test func numbersAreTheNearestDoubles() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        for (m, exponent, value) in Self.quotients {
            let m = try #require(BigInteger(decimal: m))
            #expect(
                try CiphertextFile.decrypt(Self.file(m, exponent, key.publicKey), key: key) == [
                    .real(try #require(Double(value)))
                ],
                "\(m)")
        }
    }

    /// No double is nearer than the one read, by exact arithmetic; half of all were off by one bit once.
    @Test func noDoubleIsNearer() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        var generator = SeededGenerator(seed: 1501)
        for _ in 0..<200 {
            let words = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                UInt64.random(in: 0...UInt64.max, using: &generator)
            }
            let m = BigInteger(magnitude: words, isNegative: Bool.random(using: &generator))
            let exponent = Int.random(in: -60...(-1), using: &generator)
            guard case .real(let value) = try CiphertextFile.decrypt(Self.file(m, exponent, key.publicKey), key: key)[0]
            else { throw PaillierError.numberOutOfRange }
            // Distances to m, all times 2^400.
            func distance(_ x: Double) -> BigInteger {
                let scale = 400 - 4 * exponent
                let significand = BigInteger(Int(x.significand * 0x1p52)) * (x < 0 ? BigInteger(-1) : .one)
                let shift = Int(x.exponent) - 52 + scale
                return ((shift < 0 ? significand >> -shift : significand << shift) - m << 400).absoluteValue
            }
            let own = distance(value)
            #expect(own <= distance(value.nextUp) && own <= distance(value.nextDown), "\(m) \(exponent)")
        }
    }

    @Test func integersAreExact() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        let third = key.publicKey.n.quotientAndRemainder(dividingBy: BigInteger(3)).quotient
        for (text, exponent, printed) in [
            ("18446744073709551615", 0, "18446744073709551615"), ("-9007199254740993", 0, "-9007199254740993"),
            ("0", 0, "0"), ("3", 20, "3626777458843887524118528"), ("\(third - .one)", 0, "\(third - .one)"),
        ] {
            let m = try #require(BigInteger(decimal: text))
            let numbers = try CiphertextFile.decrypt(Self.file(m, exponent, key.publicKey), key: key)
            #expect(numbers.map(\.description) == [printed])
        }
    }

    /// python-paillier's documentation: `{"public_key": {"g": ..., "n": ...}, "values": [(str(c), e), ...]}`, integers unquoted.
    @Test func thePublishedFormsAreRead() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        let (n, c) = (key.publicKey.n, key.publicKey.encrypt(BigInteger(40), unsafeRoot: BigInteger(7)))
        for text in [
            "{\"public_key\": {\"g\": \(n + .one), \"n\": \(n)}, \"values\": [[\"\(c)\", -1], [\"\(c)\", 0]]}",
            "{\"public_key\": {\"n\": \"\(n)\"}, \"values\": [[\(c), -1], [\(c), 0]]}",
            "[{\"v\": \(c), \"e\": -1}, {\"v\": \"\(c)\", \"e\": 0}]",
        ] {
            let data = Data(text.utf8)
            #expect(CiphertextFile.isOne(data))
            #expect(try CiphertextFile.decrypt(data, key: key) == [.real(2.5), .integer(BigInteger(40))], "\(text)")
        }
        let other = "{\"public_key\": {\"n\": \(n + BigInteger(2))}, \"values\": [[\"\(c)\", -1]]}"
        #expect(
            throws: PaillierError.malformedCiphertext("encrypted under another key, whose \"n\" the file names")
        ) { try CiphertextFile.decrypt(Data(other.utf8), key: key) }
        for text in [
            "{\"values\": [[\"\(c)\", -1]]}", "[[\"\(c)\", -1, 2]]", "[\"\(c)\"]", "{\"v\": 1.5, \"e\": 0}", "[", "",
        ] {
            #expect(throws: PaillierError.self, "\(text)") { try CiphertextFile.decrypt(Data(text.utf8), key: key) }
            #expect(!CiphertextFile.isOne(Data(text.utf8)))
        }
    }

    @Test func longDigitsAreNoCiphertext() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        let digits = String(repeating: "7", count: 2_000_000)
        // Of this thread, whatever else the machine does.
        func seconds() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        let start = seconds()
        #expect(throws: PaillierError.ciphertextOutOfRange(index: 0)) {
            try CiphertextFile.decrypt(Data("{\"v\": \"\(digits)\", \"e\": 0}".utf8), key: key)
        }
        #expect(seconds() - start < 5)
    }

    @Test(arguments: [1e-45, .leastNonzeroMagnitude, 0x1p-129, 1e-30, -3e-39])
    func digitsThatWouldBeLostAreRefused(value: Double) throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true).publicKey
        #expect(throws: PaillierError.numberTooFine(value)) { try CiphertextFile.encrypt([1, value], key: key) }
    }

    /// Below half of the least double, 4.9e-324, everything reads as 0.
    @Test(arguments: [
        "1e-400", "-2.4e-324", "0." + String(repeating: "0", count: 400) + "7", "0x1p-2000", "-0xep-2000",
    ])
    func whatIsTooSmallForADoubleIsNotZero(text: String) {
        #expect(Double(text) == 0)
        #expect(CiphertextFile.double(writtenAs: text) == nil)
    }

    @Test(arguments: ["0", "-0.0", "0e5", ".000", "0x0p3"]) func zeroIsZero(text: String) {
        #expect(CiphertextFile.double(writtenAs: text) == 0)
    }

    @Test func whatIsEncryptedComesBackToTheLastBit() throws {
        let key = try PrivateKey(bits: 1024, allowInsecure: true)
        let values = [0.1, -0.1, 1e-20, 0x1p-128, -0x1p-128, 1e200, 0x1.fffffffffffffp890, 5, -0.0]
        let data = try CiphertextFile.encrypt(values, key: key.publicKey)
        #expect(try CiphertextFile.decrypt(data, key: key) == values.map { .real($0 == 0 ? 0 : $0) })
    }
}
