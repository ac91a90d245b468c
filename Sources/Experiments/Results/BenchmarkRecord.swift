import Reporting
import Support

/// One measured or counted quantity beside its baseline: a line of `ldct bench --json`.
///
/// All keys are always there; what does not apply is null.
package struct BenchmarkRecord: Codable, Equatable, Sendable {
    package struct Baseline: Codable, Equatable, Sendable {
        /// What it was compared with: `gmp`, `paper`, `paper.extrapolated`, `predicted` or `pytorch`.
        package let name: String
        package let value: Double
    }

    package let metric: String
    /// nil where nothing is encrypted.
    package let keyBits: Int?
    package let layout: String?
    /// Path of the modular arithmetic behind `value`; `onednn` in training.
    package let kernel: String
    package let threads: Int
    /// Median of the timed runs; of a count, the count.
    package let value: Double
    package let unit: String
    /// Timed runs.
    package let n: Int
    /// The smallest value of all runs: the fastest of times, the slowest of rates.
    package let minimum: Double
    /// Lower and upper; between order statistics they interpolate as NumPy does.
    package let quartiles: [Double]
    package let baseline: Baseline?
    /// How many times better than the baseline; above 1 is faster. Of a count, prediction over count.
    package let ratio: Double?

    private enum CodingKeys: String, CodingKey {
        case metric, layout, kernel, threads, value, unit, n, minimum, quartiles, baseline, ratio
        case keyBits = "key_bits"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(metric, forKey: .metric)
        try container.encode(keyBits, forKey: .keyBits)
        // `encode`, not `encodeIfPresent`: an absent value is written as null.
        try container.encode(layout, forKey: .layout)
        try container.encode(kernel, forKey: .kernel)
        try container.encode(threads, forKey: .threads)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(n, forKey: .n)
        try container.encode(minimum, forKey: .minimum)
        try container.encode(quartiles, forKey: .quartiles)
        try container.encode(baseline, forKey: .baseline)
        try container.encode(ratio, forKey: .ratio)
    }

    /// The record as one line without its end.
    package func jsonLine() throws -> String { try SortedJSON.line(self) }
}

/// What all records of one benchmark share.
struct BenchmarkSetting {
    let keyBits: Int?
    var layout: String?
    let kernel: String
    let threads: Int

    /// Seconds of runs that each did `work` units of work, as time per unit, beside those of a baseline that did as much.
    func time(
        _ metric: String, _ seconds: [Double], per work: Int, unit: TimeUnit,
        beside baseline: (name: String, seconds: [Double])?
    ) -> BenchmarkRecord {
        let scale = unit.perSecond / Double(work)
        return record(
            metric, seconds.map { $0 * scale }, unit: unit.rawValue,
            baseline: baseline.map { .init(name: $0.name, value: median($0.seconds) * scale) }
        ) { $0 / $1 }
    }

    /// Seconds of runs that each did `work` units of work, as units per second, beside those of a baseline with work of its own.
    func rate(
        _ metric: String, _ seconds: [Double], of work: Double, unit: String,
        beside baseline: (name: String, seconds: [Double], work: Double)?
    ) -> BenchmarkRecord {
        record(
            metric, seconds.map { work / $0 }, unit: unit,
            baseline: baseline.map { .init(name: $0.name, value: $0.work / median($0.seconds)) }
        ) { $1 / $0 }
    }

    private func median(_ seconds: [Double]) -> Double { SampleStatistics(seconds)?.median ?? .nan }

    /// A deterministic count, beside the one the cost model predicted where there is one.
    func count(_ metric: String, _ count: Int, unit: String, predicted: Int? = nil) -> BenchmarkRecord {
        record(
            metric, [Double(count)], unit: unit,
            baseline: predicted.map { .init(name: "predicted", value: Double($0)) }
        ) { $0 / $1 }
    }

    private func record(
        _ metric: String, _ sample: [Double], unit: String, baseline: BenchmarkRecord.Baseline?,
        ratio: (_ baseline: Double, _ value: Double) -> Double
    ) -> BenchmarkRecord {
        guard let statistics = SampleStatistics(sample) else { preconditionFailure("a benchmark has at least one run") }
        return BenchmarkRecord(
            metric: metric, keyBits: keyBits, layout: layout, kernel: kernel, threads: threads,
            value: statistics.median, unit: unit, n: statistics.n, minimum: statistics.minimum,
            quartiles: [statistics.lowerQuartile, statistics.upperQuartile], baseline: baseline,
            ratio: baseline.map { ratio($0.value, statistics.median) })
    }
}

enum TimeUnit: String {
    case nanoseconds = "ns"
    case microseconds = "us"
    case seconds = "s"

    var perSecond: Double {
        switch self {
        case .nanoseconds: 1e9
        case .microseconds: 1e6
        case .seconds: 1
        }
    }
}
