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
    /// As ldct-benchmark computes them: windowed to [0, 1] about the exam's centre, range 1.
    case psnrChest = "psnr.chest", psnrAbdomen = "psnr.abdomen", psnrNeuro = "psnr.neuro"
    case ssimChest = "ssim.chest", ssimAbdomen = "ssim.abdomen", ssimNeuro = "ssim.neuro"
    /// Visual information fidelity in the pixel domain, as ldct-benchmark computes it.
    case vif
    /// Mean frequency of what is left of the noise, weighted by its power.
    case noiseFrequency = "nps.mean_frequency"
    /// Integers in which the encrypted run differs from its integer network, all accumulators included. Must be 0.
    case mismatchedValues = "mismatched_values"
    /// Decrypted values outside the proven range, which the client tells only at the end. Must be 0.
    case outOfRange = "out_of_range"
    /// Activations of the integer network beyond what its calibration foresaw, all layers together: clamped, so that the image
    /// departs from the float network's.
    case beyondCalibration = "beyond_calibration"
    /// The largest distance of a pixel of the integer network's image from the float network's, unclipped.
    case largestFloatError = "float_error.maximum_hu"
    case secondsKeygen = "seconds.keygen"
    case secondsClient = "seconds.client"
    case secondsServer = "seconds.server"
    case secondsTotal = "seconds.total"
    /// Parts of the client's time: making ciphertexts, and decrypting and decoding them.
    case secondsEncrypt = "seconds.encrypt"
    case secondsDecrypt = "seconds.decrypt"
    /// Part of the server's time: fresh randomness and noise for what it sends.
    case secondsRerandomise = "seconds.rerandomise"
    /// The server's time over the plaintext multiply-accumulates it stands for.
    case secondsPerMultiplyAccumulate = "seconds.per_mac"
    case bytesUp = "bytes.up"
    case bytesDown = "bytes.down"
    case ciphertextsUp = "ciphertexts.up"
    case ciphertextsDown = "ciphertexts.down"
    /// Parts of seconds and bytes, in modes that work before the image is known: once for a pair of parties, for one run before its
    /// image, and after.
    case secondsSetupClient = "seconds.setup.client"
    case secondsSetupServer = "seconds.setup.server"
    case secondsOfflineClient = "seconds.offline.client"
    case secondsOfflineServer = "seconds.offline.server"
    case secondsOnlineClient = "seconds.online.client"
    case secondsOnlineServer = "seconds.online.server"
    case bytesSetupUp = "bytes.setup.up"
    case bytesSetupDown = "bytes.setup.down"
    case bytesOfflineUp = "bytes.offline.up"
    case bytesOfflineDown = "bytes.offline.down"
    case bytesOnlineUp = "bytes.online.up"
    case bytesOnlineDown = "bytes.online.down"
    case rounds
    /// Scalar products (plaintext weight times ciphertext) the server computed.
    case products
    /// What the cost model says they are before a run; must be the same.
    case productsPredicted = "products.predicted"
    /// Plaintext multiply-accumulates of all patches, padding zeros left out.
    case multiplyAccumulates = "multiply_accumulates"
    /// The first 48 bits of the SHA-256 of an integer network's output.
    case outputChecksum = "checksum.output"
    /// Slots of a tensor position that hold a patch or tile, and slots left that hold noise; summed over rounds, each of which has
    /// a packing of its own.
    case slotsUsed = "slots.used"
    case slotsUnused = "slots.unused"
    /// Positions of tiles beyond the edge of a layer's output, in every channel; summed over rounds and patches.
    case slotsOverhang = "slots.overhang"
    /// Proven width of the widest accumulator, sign included.
    case accumulatorBits = "accumulator_bits"
    /// The largest resident set of the process during a protocol run: both parties, the comparison and what was loaded before.
    case memoryPeak = "memory.peak"
    /// Patches a protocol run takes together, where no record of a single patch tells.
    case patches
    /// Cores that other processes kept busy, on average, while a protocol ran. On an idle machine next to 0.
    case otherLoad = "load.others"
    /// Number of records of a finished cell, written after them; see `RecordFile`. No table shows it.
    case cellRecords = "cell.records"

    package var unit: String {
        switch self {
        case .psnr, .psnrReference, .psnrChest, .psnrAbdomen, .psnrNeuro: "dB"
        case .noiseFrequency: "1/px"
        case .rmse, .largestFloatError: "HU"
        case .secondsKeygen, .secondsClient, .secondsServer, .secondsTotal, .secondsEncrypt, .secondsDecrypt,
            .secondsRerandomise, .secondsPerMultiplyAccumulate, .secondsSetupClient, .secondsSetupServer,
            .secondsOfflineClient, .secondsOfflineServer, .secondsOnlineClient, .secondsOnlineServer:
            "s"
        case .bytesUp, .bytesDown, .bytesSetupUp, .bytesSetupDown, .bytesOfflineUp, .bytesOfflineDown, .bytesOnlineUp,
            .bytesOnlineDown, .memoryPeak:
            "B"
        case .accumulatorBits: "bit"
        case .otherLoad: "cores"
        case .ssim, .ssimChest, .ssimAbdomen, .ssimNeuro, .vif, .mismatchedValues, .outOfRange,
            .beyondCalibration, .ciphertextsUp, .ciphertextsDown, .rounds, .products,
            .productsPredicted, .multiplyAccumulates, .outputChecksum, .slotsUsed, .slotsUnused, .slotsOverhang,
            .patches, .cellRecords:
            "1"
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
        /// The largest over patches and trials.
        case maximum
    }

    package var aggregation: Aggregation {
        switch self {
        case .psnr, .ssim, .rmse, .psnrReference, .psnrChest, .psnrAbdomen, .psnrNeuro, .ssimChest, .ssimAbdomen,
            .ssimNeuro, .vif, .noiseFrequency:
            .mean
        case .mismatchedValues, .outOfRange, .cellRecords: .total
        case .largestFloatError, .accumulatorBits, .outputChecksum, .memoryPeak, .otherLoad, .patches: .maximum
        case .secondsKeygen, .secondsClient, .secondsServer, .secondsTotal, .secondsEncrypt, .secondsDecrypt,
            .secondsRerandomise, .secondsPerMultiplyAccumulate, .secondsSetupClient, .secondsSetupServer,
            .secondsOfflineClient, .secondsOfflineServer, .secondsOnlineClient, .secondsOnlineServer, .bytesSetupUp,
            .bytesSetupDown, .bytesOfflineUp, .bytesOfflineDown, .bytesOnlineUp, .bytesOnlineDown, .bytesUp, .bytesDown,
            .ciphertextsUp, .ciphertextsDown, .beyondCalibration,
            .rounds, .products, .productsPredicted, .multiplyAccumulates, .slotsUsed, .slotsUnused, .slotsOverhang:
            .runTotal
        }
    }
}
