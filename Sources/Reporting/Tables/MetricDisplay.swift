/// How a metric is headed and printed unless a plan says otherwise.
struct MetricDisplay {
    let title: String
    /// What values are converted to; nil prints them in the unit of the records.
    var unit: String?
    let format: Table.NumberFormat
    var topic = Table.Topic.other
}

extension MetricDisplay {
    init(_ metric: String) {
        if let definition = Metric(rawValue: metric)?.definition {
            let unit = definition.unit == "1" ? nil : definition.unit
            self.init(
                title: definition.title ?? Self.words(metric), unit: definition.shown ?? unit,
                format: definition.format, topic: definition.topic)
        } else if let link = NetworkLink.all.first(where: { $0.metric == metric }) {
            self.init(title: "\(link.name) (derived)", unit: "s", format: .significant(3), topic: .traffic)
        } else if metric == [ResultRecord].secondsPerPatch {
            self.init(title: "a patch", unit: "s", format: .significant(3), topic: .cost)
        } else {
            self.init(title: Self.words(metric), format: .significant(4))
        }
    }

    /// `seconds.client` is headed "client", as its unit says that it is a time; `leak.output_psnr` "output PSNR".
    private static func words(_ metric: String) -> String {
        let parts = metric.split(separator: ".")
        let named = ["seconds", "leak"].contains(parts.first) ? parts.dropFirst() : parts[...]
        return named.joined(separator: " ").replacing("_", with: " ").split(separator: " ")
            .map { ["psnr", "ssim", "r2"].contains($0) ? $0.uppercased() : String($0) }.joined(separator: " ")
    }
}
