import CPaillierKernel
import Testing
import Numerics

import Paillier

/// Every path against big integers, at values where carries and signs go wrong, for 1 to 17 lanes.
@Suite struct KernelTests {
    static let paths = KernelPath.allCases.filter(\.isAvailable)
    /// Bits of n: toy sizes, sizes beside word and limb borders, and the sizes in use.
    static let sizes = [18, 63, 64, 65, 128, 512, 1024, 2048, 3072]

    static func modulus(_ bits: Int) -> BigInteger {
        var generator = SystemRandomNumberGenerator()
        let top = BigInteger.one << (bits - 1)
        let value = top + BigInteger.random(below: top, using: &generator)
        return value.isOdd ? value : value + .one
    }

    static func edgeValues(_ n: BigInteger) -> [BigInteger] {
        var generator = SystemRandomNumberGenerator()
        let square = n * n
        let edges: [BigInteger] = [
            .zero, .one, n - .one, n, n + .one, square - .one, square - n, (n - .one) * n + (n - .one),
        ]
        return edges + (0..<9).map { _ in BigInteger.random(below: square, using: &generator) }
    }

    @Test(arguments: paths, sizes) func productsAgreeWithBigIntegers(path: KernelPath, bits: Int) {
        let n = Self.modulus(bits)
        let ring = SquareRing(n: n, path: path)
        let values = Self.edgeValues(n)
        for lanes in [0, 1, 7, 8, 9, 16, 17] {
            let left = Array(values.prefix(lanes))
            for shift in [0, 3] {
                let right = (0..<lanes).map { values[($0 + shift) % values.count] }
                let products = ring.products(entries(left, ring), entries(right, ring))
                let expected = zip(left, right).map { ($0 * $1).modulo(n * n) }
                #expect(integers(products, ring) == expected, "n = \(n)")
            }
        }
    }

    @Test(arguments: paths, [18, 65, 512, 1024]) func powersAgreeWithBigIntegers(path: KernelPath, bits: Int) {
        let n = Self.modulus(bits)
        let ring = SquareRing(n: n, path: path)
        let values = Self.edgeValues(n)
        var generator = SystemRandomNumberGenerator()
        var exponents = values.map { _ in BigInteger.random(below: n, using: &generator) }
        exponents[0] = .zero
        exponents[1] = .one
        let words = exponents.flatMap { $0.words(count: (bits + 63) / 64) }
        let powers = integers(ring.powers(entries(values, ring), exponents: words, bits: bits), ring)
        #expect(powers == zip(values, exponents).map { $0.power($1, modulo: n * n) }, "n = \(n)")

        let secret = exponents[5]
        var constantTime = [UInt64](repeating: 0, count: values.count * ring.entryWords)
        pk_power(
            ring.context, &constantTime, entries(values, ring), values.count, secret.words(count: (bits + 63) / 64),
            bits)
        #expect(integers(constantTime, ring) == values.map { $0.power(secret, modulo: n * n) }, "n = \(n)")
    }

    @Test(arguments: paths) func accumulatorsMultiplyWhatTheirJobsSay(path: KernelPath) {
        let n = Self.modulus(256)
        let ring = SquareRing(n: n, path: path)
        let values = Self.edgeValues(n)
        let arena = entries(values, ring)
        var groups = [UInt64](repeating: 0, count: 2 * ring.groupWords)
        func job(_ group: UInt32, first: Bool, offset: Int) -> pk_job {
            var job = pk_job()
            job.group = group
            job.first = first ? 1 : 0
            withUnsafeMutableBytes(of: &job.entry) { bytes in
                for lane in 0..<8 {
                    bytes.bindMemory(to: UInt32.self)[lane] = UInt32((lane * 3 + offset) % values.count)
                }
            }
            return job
        }
        let jobs = [job(0, first: true, offset: 0), job(1, first: true, offset: 5), job(0, first: false, offset: 7)]
        pk_accumulate(ring.context, &groups, arena, jobs, jobs.count)
        pk_square_multiply(ring.context, &groups, [0], [1], 1, 2)
        var out = [UInt64](repeating: 0, count: 8 * ring.entryWords)
        pk_unpack(ring.context, &out, Array(0..<8), groups, 1)
        let expected = (0..<8).map { lane in
            let accumulated = values[lane * 3 % 17] * values[(lane * 3 + 7) % 17]
            let square = (accumulated * accumulated).modulo(n * n)
            return (square * square * values[(lane * 3 + 5) % 17]).modulo(n * n)
        }
        #expect(integers(out, ring) == expected)
    }

    @Test(arguments: paths) func inversesOfABatch(path: KernelPath) throws {
        let key = try PrivateKey(unsafeBits: 128, path: path).publicKey
        let ring = key.ring
        let square = key.n * key.n
        for count in [0, 1, 2, 7, 8, 9, 33] {
            let values = (0..<count).map { BigInteger(3 + $0) }
            let inverses = try #require(ring.inverses(entries(values, ring)))
            #expect(integers(inverses, ring) == values.map { $0.inverse(modulo: square) })
        }
        #expect(ring.inverses(entries([.one, key.n], ring)) == nil)
    }

    private func entries(_ values: [BigInteger], _ ring: SquareRing) -> [UInt64] {
        ring.entries(fromValues: values.flatMap { $0.words(count: ring.valueWords) })
    }

    private func integers(_ entries: [UInt64], _ ring: SquareRing) -> [BigInteger] {
        let values = ring.values(fromEntries: entries)
        return stride(from: 0, to: values.count, by: ring.valueWords).map {
            BigInteger(magnitude: Array(values[$0..<$0 + ring.valueWords]))
        }
    }
}
