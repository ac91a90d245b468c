import Paillier
import Numerics

/// Products and powers modulo n^2 on every path that runs here, beside plain GMP.
package struct KernelBenchmark {
    private let options: BenchmarkOptions
    private let n: BigInteger

    /// Table entries: as many as the subsets of a group of twelve channels, what a wide layer reads from.
    private static let tableSize = 4096
    /// Accumulator groups: ten bit planes of 96 output channels.
    private static let groups = 120
    private static let steps = 1_120
    /// Powers of one run: whole groups of eight lanes.
    private static let powers = 8

    /// Draws an odd modulus; the kernel's time does not depend on its factors.
    package init(_ options: BenchmarkOptions) {
        self.options = options
        var generator = SystemRandomNumberGenerator()
        let top = BigInteger.one << (options.key.bits - 1)
        let value = top + BigInteger.random(below: top, using: &generator)
        n = value.isOdd ? value : value + .one
    }

    package func run() throws -> BenchmarkReport {
        var report = BenchmarkReport()
        let paths = KernelPath.allCases.filter { $0.isAvailable && $0 != .gmp }
        report.records += try products(paths, &report.failures)
        report.records += try powers(paths, &report.failures)
        report.notes.append(
            """
            Products: \(Self.steps - Self.groups) steps of eight lanes on \(Self.groups) accumulator groups, one factor of each lane \
            gathered from a table of \(Self.tableSize); baseline gmp: mpz_mul and mpz_mod. Powers: variable exponents of \
            \(options.key.bits) bits modulo n^2; baseline gmp: mpz_powm. One thread.
            """)
        return report
    }

    /// Multiply-accumulate as the inner loop of a convolution does it.
    private func products(_ paths: [KernelPath], _ failures: inout [String]) throws -> [BenchmarkRecord] {
        var generator = SystemRandomNumberGenerator()
        let square = n * n
        let values = (0..<Self.tableSize).flatMap { _ in
            BigInteger.random(below: square, using: &generator).words(count: 2 * n.magnitude.count)
        }
        let entries = (0..<8 * Self.steps).map { _ in UInt32.random(in: 0..<UInt32(Self.tableSize), using: &generator) }
        let schedule = AccumulationSchedule(groups: Self.groups, entries: entries)
        let contenders = (paths + [.gmp]).map { path in
            let ring = SquareRing(n: n, path: path)
            return (ring: ring, table: ring.entries(fromValues: values))
        }
        let expected = contenders.map { ring, table in
            schedule.values(ring, accumulators: schedule.run(ring, table: table))
        }
        if Set(expected).count > 1 { failures.append("the paths' products differ") }
        let seconds = try options.seconds(
            "products", contenders.map { contender in { _ = schedule.run(contender.ring, table: contender.table) } })
        return records("kernel.product", paths, seconds, per: schedule.products, unit: .nanoseconds)
    }

    private func powers(_ paths: [KernelPath], _ failures: inout [String]) throws -> [BenchmarkRecord] {
        var generator = SystemRandomNumberGenerator()
        let square = n * n
        let bases = (0..<Self.powers).map { _ in BigInteger.random(below: square, using: &generator) }
        let exponents = (0..<Self.powers).map { _ in BigInteger.random(below: n, using: &generator) }
        let exponentWords = exponents.flatMap { $0.words(count: n.magnitude.count) }
        let rings = paths.map { path in
            let ring = SquareRing(n: n, path: path)
            return (ring, ring.entries(fromValues: bases.flatMap { $0.words(count: ring.valueWords) }))
        }
        let bits = options.key.bits
        let expected = zip(bases, exponents).flatMap {
            $0.power($1, modulo: square).words(count: 2 * n.magnitude.count)
        }
        for (ring, entries) in rings {
            let powers = ring.powers(entries, exponents: exponentWords, bits: bits)
            if ring.values(fromEntries: powers) != expected { failures.append("a power on path \(ring.path) is wrong") }
        }
        var contenders: [() -> Void] = rings.map { ring, entries in
            { _ = ring.powers(entries, exponents: exponentWords, bits: bits) }
        }
        contenders.append {
            for (base, exponent) in zip(bases, exponents) { _ = base.power(exponent, modulo: square) }
        }
        let seconds = try options.seconds("powers", contenders)
        return records("kernel.power", paths, seconds, per: Self.powers, unit: .microseconds)
    }

    /// - Parameter seconds: Of every path, then of plain GMP.
    private func records(
        _ metric: String, _ paths: [KernelPath], _ seconds: [[Double]], per work: Int, unit: TimeUnit
    ) -> [BenchmarkRecord] {
        zip(paths, seconds).map { path, own in
            options.setting(kernel: path, threads: 1).time(
                metric, own, per: work, unit: unit, beside: ("gmp", seconds[paths.count]))
        }
    }
}
