/// A network between client and server whose time is derived from what a run counted, never measured.
package struct NetworkLink: Sendable {
    package let name: String
    package let bitsPerSecond: Double
    /// One per round: a request and its answer.
    package let roundTripSeconds: Double

    /// The links that cost tables name.
    package static let all = [
        NetworkLink(name: "LAN", bitsPerSecond: 1e9, roundTripSeconds: 0.001),
        NetworkLink(name: "WAN", bitsPerSecond: 100e6, roundTripSeconds: 0.040),
    ]

    /// Name of the derived metric: `seconds.lan`.
    package var metric: String { "seconds.\(name.lowercased())" }

    /// Seconds that `bytes` in both directions and `rounds` round trips take, nothing overlapping.
    package func seconds(bytes: Double, rounds: Double) -> Double {
        8 * bytes / bitsPerSecond + rounds * roundTripSeconds
    }
}

extension [ResultRecord] {
    /// The records, and what follows from them: times on the named links from bytes and rounds.
    package var withDerived: [ResultRecord] { self + networkTimes }

    private var networkTimes: [ResultRecord] {
        let counted = filter { record in
            record.layer == nil && [Metric.bytesUp, .bytesDown, .rounds].contains { $0.rawValue == record.metric }
        }
        var order: [ResultRecord] = []
        var runs: [ResultRecord: [String: Double]] = [:]
        for record in counted {
            var run = record
            (run.metric, run.value, run.unit, run.side) = ("", 0, "s", nil)
            if runs[run] == nil { order.append(run) }
            runs[run, default: [:]][record.metric, default: 0] += record.value
        }
        return order.flatMap { run -> [ResultRecord] in
            guard let counts = runs[run], let up = counts[Metric.bytesUp.rawValue],
                let down = counts[Metric.bytesDown.rawValue], let rounds = counts[Metric.rounds.rawValue]
            else { return [] }
            return NetworkLink.all.map { link in
                var record = run
                record.metric = link.metric
                record.value = link.seconds(bytes: up + down, rounds: rounds)
                return record
            }
        }
    }
}
