/// How a metric is headed and printed unless a plan says otherwise.
struct MetricDisplay {
    let title: String
    /// What values are converted to; nil prints them in the unit of the records.
    let unit: String?
    let format: Table.NumberFormat
    private(set) var topic: Table.Topic

    init(
        _ title: String, unit: String? = nil, _ format: Table.NumberFormat = .decimals(0),
        topic: Table.Topic = .other
    ) {
        self.title = title
        self.unit = unit
        self.format = format
        self.topic = topic
    }

    init(_ metric: String) {
        if let metric = Metric(rawValue: metric) {
            self = Self.shared(metric)
            topic = metric.topic
        } else if let link = NetworkLink.all.first(where: { $0.metric == metric }) {
            self.init("\(link.name) (derived)", unit: "s", .significant(3), topic: .traffic)
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
        case .psnrChest: MetricDisplay("PSNR chest", unit: "dB", .decimals(2))
        case .psnrAbdomen: MetricDisplay("PSNR abdomen", unit: "dB", .decimals(2))
        case .psnrNeuro: MetricDisplay("PSNR neuro", unit: "dB", .decimals(2))
        case .ssimChest: MetricDisplay("SSIM chest", .decimals(4))
        case .ssimAbdomen: MetricDisplay("SSIM abdomen", .decimals(4))
        case .ssimNeuro: MetricDisplay("SSIM neuro", .decimals(4))
        case .vif: MetricDisplay("VIF", .decimals(4))
        case .noiseFrequency: MetricDisplay("noise frequency", unit: "1/px", .decimals(3))
        case .largestFloatError: MetricDisplay("largest error to float", unit: "HU", .decimals(2))
        case .secondsKeygen: MetricDisplay("key generation", unit: "s", .significant(3))
        case .bytesUp: MetricDisplay("up", unit: "MB", .significant(3))
        case .bytesDown: MetricDisplay("down", unit: "MB", .significant(3))
        case .memoryPeak: MetricDisplay("peak memory", unit: "MiB")
        case .accumulatorBits: MetricDisplay("accumulator", unit: "bit")
        case .otherLoad: MetricDisplay("load of others", unit: "cores", .decimals(2))
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

extension Metric {
    fileprivate var topic: Table.Topic {
        switch self {
        case .psnr, .ssim, .rmse, .psnrReference, .psnrChest, .psnrAbdomen, .psnrNeuro, .ssimChest, .ssimAbdomen,
            .ssimNeuro, .vif, .noiseFrequency, .mismatchedValues, .outOfRange, .beyondCalibration,
            .largestFloatError, .accumulatorBits, .outputChecksum:
            .quality
        case .secondsKeygen, .secondsClient, .secondsServer, .secondsTotal, .secondsEncrypt, .secondsDecrypt,
            .secondsRerandomise, .secondsPerMultiplyAccumulate, .secondsSetupClient, .secondsSetupServer,
            .secondsOfflineClient, .secondsOfflineServer, .secondsOnlineClient, .secondsOnlineServer, .rounds,
            .products, .productsPredicted,
            .multiplyAccumulates, .memoryPeak, .otherLoad:
            .cost
        case .bytesUp, .bytesDown, .bytesSetupUp, .bytesSetupDown, .bytesOfflineUp, .bytesOfflineDown, .bytesOnlineUp,
            .bytesOnlineDown, .ciphertextsUp, .ciphertextsDown, .slotsUsed, .slotsUnused, .slotsOverhang:
            .traffic
        case .patches: .key
        case .cellRecords: .other
        }
    }
}
