/// The measured quantities every experiment shares, with unit and way of summing up.
///
/// Attacks and benchmarks add metrics of their own under other names; those are averaged.
package enum Metric: String, CaseIterable, Sendable {
    /// Range 4096, after clipping to [-1024, 3071] HU.
    case psnr
    /// As scikit-image: Gaussian weights, sigma 1.5, population covariance, range 4096.
    case ssim
    /// Root mean square error after clipping.
    case rmse = "rmse_hu"
    /// Range 3072, unclipped, as the reference system computes it.
    case psnrReference = "psnr.reference"
    /// Integers in which the encrypted run differs from its integer network, all accumulators included. Must be 0.
    case mismatchedValues = "mismatched_values"
    case secondsClient = "seconds.client"
    case secondsServer = "seconds.server"
    case secondsTotal = "seconds.total"
    case bytesUp = "bytes.up"
    case bytesDown = "bytes.down"
    case ciphertextsUp = "ciphertexts.up"
    case ciphertextsDown = "ciphertexts.down"
    case rounds
    /// Scalar products (plaintext weight times ciphertext) the server computed.
    case products
    /// Number of records of a finished cell, written after them; see `RecordFile`. No table shows it.
    case cellRecords = "cell.records"

    package var unit: String {
        switch self {
        case .psnr, .psnrReference: "dB"
        case .rmse: "HU"
        case .secondsClient, .secondsServer, .secondsTotal: "s"
        case .bytesUp, .bytesDown: "B"
        case .ssim, .mismatchedValues, .ciphertextsUp, .ciphertextsDown, .rounds, .products, .cellRecords: "1"
        }
    }

    /// How the records of one table row become one number.
    package enum Aggregation: Sendable {
        /// Mean over patches and trials.
        case mean
        /// Sum over everything: no mismatch may hide behind an average.
        case total
        /// Sum within a trial, then the median over trials: the cost of one run over all patches.
        case runTotal
    }

    package var aggregation: Aggregation {
        switch self {
        case .psnr, .ssim, .rmse, .psnrReference: .mean
        case .mismatchedValues, .cellRecords: .total
        case .secondsClient, .secondsServer, .secondsTotal, .bytesUp, .bytesDown, .ciphertextsUp, .ciphertextsDown,
            .rounds, .products:
            .runTotal
        }
    }
}
