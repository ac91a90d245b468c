/// The names that scores of attacks go by, in tables and in `ldct attack`.
package enum LeakMetric: String, Sendable, CaseIterable {
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
    /// Of the attacker's images against the true network's.
    case fidelity = "leak.psnr_to_true"
    /// The same of the image that went in: what an attacker's image has to beat.
    case ownImage = "leak.psnr_image"
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
    /// Mean distance of biases from the true ones, in steps of the activation that follows.
    case biasError = "leak.bias_error"
    /// 1 for a key whose small subgroups are enough for a weight.
    case keyIsOpen = "leak.key_open"
    /// Ciphertexts decrypted for a row of weights.
    case decryptions = "leak.decryptions"
    /// Sessions for a pixel.
    case sessions = "leak.sessions"
    case seconds = "seconds.attack"

    package var unit: String {
        switch self {
        case .psnr, .truePSNR, .outputPSNR, .fidelity, .ownImage: "dB"
        case .entropy, .modulusBits: "bit"
        case .seconds: "s"
        default: "1"
        }
    }
}
