extension [ResultRecord] {
    /// Name of the derived metric: both sides' work over the patches that a run takes together.
    package static let secondsPerPatch = "seconds.per_patch"

    /// The records, and what follows from them: times on the named links from bytes and rounds, seconds of a patch.
    package var withDerived: [ResultRecord] { self + networkTimes + patchSeconds }

    private var networkTimes: [ResultRecord] {
        runs(of: [.bytesUp, .bytesDown, .rounds]).flatMap { run, counts in
            NetworkLink.all.map { link in
                run.derived(link.metric, link.seconds(bytes: counts[0] + counts[1], rounds: counts[2]))
            }
        }
    }

    private var patchSeconds: [ResultRecord] {
        runs(of: [.secondsTotal, .patches]).filter { $0.counts[1] > 0 }.map { run, counts in
            run.derived(Self.secondsPerPatch, counts[0] / counts[1])
        }
    }

    /// What runs have of all of these metrics, all layers together; in place of a run's record one without a metric.
    private func runs(of metrics: [Metric]) -> [(run: ResultRecord, counts: [Double])] {
        let names = metrics.map(\.rawValue)
        let runs = filter { $0.layer == nil && names.contains($0.metric) }.inGroups { record in
            var run = record
            (run.metric, run.value, run.unit, run.side) = ("", 0, "s", nil)
            return run
        }
        return runs.compactMap { run, records in
            let counts = Dictionary(records.map { ($0.metric, $0.value) }, uniquingKeysWith: +)
            return counts.count == names.count ? (run, names.compactMap { counts[$0] }) : nil
        }
    }
}

extension ResultRecord {
    fileprivate func derived(_ metric: String, _ seconds: Double) -> ResultRecord {
        var record = self
        (record.metric, record.value) = (metric, seconds)
        return record
    }
}
