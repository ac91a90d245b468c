import Leakage
import PrivateDenoising
import Reporting

/// The names that tables of attacks go by.
enum LeakMetric: String {
    /// 1 where the attack did what it is for; each says by which threshold.
    case success = "leak.success"
    /// Mean cosine of true and stolen weights over a layer's filters.
    case cosine = "leak.cosine"
    case relativeError = "leak.relative_error"
    /// Share of the whole-number weights recovered.
    case exactShare = "leak.exact_share"
    /// Of the attacker's image, or of the stolen network's images beside the true network's.
    case psnr = "leak.psnr"
    /// Of a stolen layer's output before the ReLU, on images that neither party sent.
    case outputPSNR = "leak.output_psnr"
    case ssim = "leak.ssim"
    case truePSNR = "leak.psnr_true"
    case trueSSIM = "leak.ssim_true"
    case correlation = "leak.correlation"
    case entropy = "leak.entropy"
    case neighbourCorrelation = "leak.neighbour_correlation"
    case imageCorrelation = "leak.image_correlation"
    /// Held-out share of explained variance, and what chance reaches.
    case explained = "leak.r2"
    case chanceLow = "leak.r2.chance_low"
    case chanceHigh = "leak.r2.chance_high"
    case pValue = "leak.p_value"
    /// Share of the weights known modulo 2.
    case parityShare = "leak.parity_share"
    /// Bits of what every weight is known modulo.
    case modulusBits = "leak.modulus_bits"
    /// 1 for a key whose small subgroups are enough for a weight.
    case keyIsOpen = "leak.key_open"
    /// Ciphertexts decrypted for a row of weights.
    case decryptions = "leak.decryptions"
    /// Sessions for a pixel.
    case sessions = "leak.sessions"
    case seconds = "seconds.attack"

    var unit: String {
        switch self {
        case .psnr, .truePSNR, .outputPSNR: "dB"
        case .entropy, .modulusBits: "bit"
        case .seconds: "s"
        default: "1"
        }
    }
}

/// Makes the records of one attack cell.
struct AttackRecords {
    let cell: AttackCell
    /// Of the whole cell.
    var parameters: [String: ParameterValue] = [:]

    /// - Parameters:
    ///   - method: `elimination`, `ridge` ...
    ///   - patches: that the attacker used.
    ///   - layer: the one that values are about; all together without it.
    func records(
        _ method: String, patches: Int? = nil, _ values: [(LeakMetric, Double)],
        _ more: [String: ParameterValue] = [:], mode: Mode? = nil, layer: String? = nil
    ) -> [ResultRecord] {
        let settings = cell.attack.settings
        var own = parameters.merging(more) { $1 }
        own["attack"] = .text(method)
        own[ParameterName.patchSize] = .integer(cell.attack.size(in: cell.point.training))
        if let patches { own["patches"] = .integer(patches) }
        if settings.kind.needsMode {
            own["mask"] = .text(cell.mask.rawValue)
            if cell.mask.mode.usesMask { own[ParameterName.maskBits] = .integer(settings.maskBits) }
        }
        if settings.kind == .filters { own["client"] = .text(cell.client.rawValue) }
        return values.map { metric, value in
            ResultRecord(
                experiment: cell.point.experiment.id, parameters: own, method: .attack,
                mode: mode?.rawValue
                    ?? (settings.kind.needsMode
                        ? cell.mask.mode.rawValue : settings.kind == .operator ? Mode.linear.rawValue : nil),
                dataset: cell.point.data, weights: cell.attack.target?.weights, layer: layer, metric: metric.rawValue,
                value: value, unit: metric.unit, trial: cell.trial)
        }
    }
}
