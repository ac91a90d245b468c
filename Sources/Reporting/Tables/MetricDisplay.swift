/// How a metric is headed and printed unless a plan says otherwise.
struct MetricDisplay {
    let title: String
    /// What values are converted to; nil prints them in the unit of the records.
    let unit: String?
    let format: Table.NumberFormat

    init(_ title: String, unit: String? = nil, _ format: Table.NumberFormat = .decimals(0)) {
        self.title = title
        self.unit = unit
        self.format = format
    }

    init(_ metric: String) {
        if let metric = Metric(rawValue: metric) {
            self = Self.shared(metric)
        } else if let link = NetworkLink.all.first(where: { $0.metric == metric }) {
            self.init("\(link.name) (derived)", unit: "s", .significant(3))
        } else {
            self.init(metric.replacing("_", with: " "), .significant(4))
        }
    }

    private static func shared(_ metric: Metric) -> MetricDisplay {
        switch metric {
        case .psnr: MetricDisplay("PSNR", unit: "dB", .decimals(2))
        case .ssim: MetricDisplay("SSIM", .decimals(4))
        case .rmse: MetricDisplay("RMSE", unit: "HU", .decimals(1))
        case .psnrReference: MetricDisplay("PSNR ref.", unit: "dB", .decimals(2))
        case .largestFloatError: MetricDisplay("largest error to float", unit: "HU", .decimals(2))
        case .secondsKeygen: MetricDisplay("key generation", unit: "s", .significant(3))
        case .bytesUp: MetricDisplay("up", unit: "MB", .significant(3))
        case .bytesDown: MetricDisplay("down", unit: "MB", .significant(3))
        case .memoryPeak: MetricDisplay("peak memory", unit: "MiB")
        case .accumulatorBits: MetricDisplay("accumulator", unit: "bit")
        default: MetricDisplay(words(metric), unit: metric.unit == "1" ? nil : metric.unit, usualFormat(metric))
        }
    }

    /// `seconds.client` is headed "client", as its unit says that it is a time.
    private static func words(_ metric: Metric) -> String {
        let parts = metric.rawValue.split(separator: ".")
        let named = parts.first == "seconds" ? parts.dropFirst() : parts[...]
        return named.joined(separator: " ").replacing("_", with: " ")
    }

    private static func usualFormat(_ metric: Metric) -> Table.NumberFormat {
        metric.unit == "1" ? .decimals(0) : .significant(3)
    }
}
