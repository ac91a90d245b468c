import Foundation
import Paillier
import Support

/// What all benchmarks are told.
package struct BenchmarkOptions: Sendable {
    package var key: KeySettings
    package var threads: Int
    /// Timed runs of each contender.
    package var runs: Int
    /// Runs before the first timed one.
    package var warmUp: Int
    package var isQuiet: Bool

    /// - Throws: `BenchmarkError.option`.
    package init(
        key: KeySettings = KeySettings(), threads: Int = 1, runs: Int, warmUp: Int, isQuiet: Bool = false
    ) throws {
        try BenchmarkRange.check(keyBits: key.bits, insecure: key.insecure)
        try BenchmarkRange.check([
            ("threads", threads, 1...1024), ("runs", runs, 1...10_000), ("warm-up", warmUp, 0...10_000),
        ])
        self.key = key
        self.threads = threads
        self.runs = runs
        self.warmUp = warmUp
        self.isQuiet = isQuiet
    }

    func drawKey(path: KernelPath? = nil) throws -> PrivateKey {
        try PrivateKey(bits: key.bits, allowInsecure: key.insecure, path: path)
    }

    func setting(kernel: KernelPath, layout: String? = nil, threads: Int? = nil) -> BenchmarkSetting {
        BenchmarkSetting(
            keyBits: key.bits, layout: layout, kernel: kernel.rawValue, threads: threads ?? self.threads)
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
}

package enum BenchmarkError: Error, Equatable, CustomStringConvertible {
    case option(name: String, found: String, expected: String)

    package var description: String {
        switch self {
        case .option(let name, let found, let expected): "\(name) is \(found); expected \(expected)"
        }
    }
}
