import Foundation
import Paillier
import Reporting
import Support

/// What all benchmarks are told.
package struct BenchmarkOptions: Sendable {
    package var keyBits: Int
    /// Allows 1024-bit keys, as in the paper.
    package var isInsecureAllowed: Bool
    package var threads: Int
    /// Timed runs of each contender.
    package var runs: Int
    /// Runs before the first timed one.
    package var warmUp: Int
    package var isQuiet: Bool

    /// - Throws: `BenchmarkError` or `PaillierError.keyTooSmall`.
    package init(
        keyBits: Int = 2048, isInsecureAllowed: Bool = false, threads: Int = 1, runs: Int, warmUp: Int,
        isQuiet: Bool = false
    ) throws {
        try BenchmarkRange.check([
            ("key bits", keyBits, PublicKey.insecureBits...8192), ("threads", threads, 1...1024),
            ("runs", runs, 1...10_000), ("warm-up", warmUp, 0...10_000),
        ])
        guard keyBits.isMultiple(of: 2) else {
            throw BenchmarkError.option(name: "key bits", found: "\(keyBits)", expected: "an even number")
        }
        guard isInsecureAllowed || keyBits >= PublicKey.secureBits else {
            throw BenchmarkError.insecureKey(bits: keyBits)
        }
        self.keyBits = keyBits
        self.isInsecureAllowed = isInsecureAllowed
        self.threads = threads
        self.runs = runs
        self.warmUp = warmUp
        self.isQuiet = isQuiet
    }

    func drawKey(path: KernelPath? = nil) throws -> PrivateKey {
        try PrivateKey(bits: keyBits, allowInsecure: isInsecureAllowed, path: path)
    }

    func setting(kernel: KernelPath, layout: String? = nil, threads: Int? = nil) -> BenchmarkSetting {
        BenchmarkSetting(
            keyBits: keyBits, layout: layout, kernel: kernel.rawValue, threads: threads ?? self.threads)
    }

    /// Times contenders in turns, with progress.
    func seconds(_ label: String, _ contenders: [() throws -> Void]) throws -> [[Double]] {
        let progress = ProgressLine(label, total: warmUp + runs, unit: "runs", isQuiet: isQuiet)
        defer { progress.finish() }
        var timer = AlternatingTimer(runs: runs, warmUp: warmUp)
        timer.progress = { progress.advance() }
        return try timer.seconds(contenders)
    }
}

/// What a benchmark found.
package struct BenchmarkReport: Sendable {
    package internal(set) var records: [BenchmarkRecord] = []
    /// What is worth saying around the table, a paragraph each: choices, predictions, details by layer.
    package internal(set) var notes: [String] = []
    /// Checks that failed: a count beside its prediction, values beside the integer network's.
    package internal(set) var failures: [String] = []

    package init() {}
}

package enum BenchmarkError: Error, Equatable, CustomStringConvertible {
    case option(name: String, found: String, expected: String)
    case insecureKey(bits: Int)

    package var description: String {
        switch self {
        case .option(let name, let found, let expected): "\(name) is \(found); expected \(expected)"
        case .insecureKey(let bits):
            "key of \(bits) bits; expected at least \(PublicKey.secureBits), or --insecure for measurements as in the paper"
        }
    }
}

/// The median of seconds per unit of work, as a baseline.
extension BenchmarkRecord.Baseline {
    init(_ name: String, seconds: [Double], per work: Int, unit: TimeUnit) {
        let median = SampleStatistics(seconds)?.median ?? .nan
        self.init(name: name, value: median * unit.perSecond / Double(work))
    }

    init(_ name: String, seconds: [Double], rateOf work: Int) {
        self.init(name, seconds: seconds, rateOf: Double(work))
    }

    init(_ name: String, seconds: [Double], rateOf work: Double) {
        let median = SampleStatistics(seconds)?.median ?? .nan
        self.init(name: name, value: work / median)
    }
}
