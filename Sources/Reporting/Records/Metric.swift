/// The measured quantities every experiment shares.
///
/// To add one: a case here with its definition, and a record of it where it is measured. Tables, tolerances and
/// Experiments/README.md follow. Attacks and benchmarks add metrics of their own under other names; those are averaged.
package enum Metric: String, CaseIterable, Sendable {
    case psnr
    case ssim
    case rmse = "rmse_hu"
    case psnrReference = "psnr.reference", ssimReference = "ssim.reference"
    case psnrChest = "psnr.chest", psnrAbdomen = "psnr.abdomen", psnrNeuro = "psnr.neuro"
    case ssimChest = "ssim.chest", ssimAbdomen = "ssim.abdomen", ssimNeuro = "ssim.neuro"
    case vif
    case noiseFrequency = "nps.mean_frequency"
    case mismatchedValues = "mismatched_values"
    case outOfRange = "out_of_range"
    case beyondCalibration = "beyond_calibration"
    case largestFloatError = "float_error.maximum_hu"
    case secondsKeygen = "seconds.keygen"
    case secondsClient = "seconds.client"
    case secondsServer = "seconds.server"
    case secondsTotal = "seconds.total"
    case secondsElapsed = "seconds.elapsed"
    case secondsPredicted = "seconds.predicted"
    case secondsEncrypt = "seconds.encrypt"
    case secondsDecrypt = "seconds.decrypt"
    case secondsRerandomise = "seconds.rerandomise"
    case secondsPerMultiplyAccumulate = "seconds.per_mac"
    case bytesUp = "bytes.up"
    case bytesDown = "bytes.down"
    case ciphertextsUp = "ciphertexts.up"
    case ciphertextsDown = "ciphertexts.down"
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
    case products
    case productsPredicted = "products.predicted"
    case multiplyAccumulates = "multiply_accumulates"
    case outputChecksum = "checksum.output"
    case slotsUsed = "slots.used"
    case slotsUnused = "slots.unused"
    case slotsOverhang = "slots.overhang"
    case accumulatorBits = "accumulator_bits"
    case memoryPeak = "memory.peak"
    case patches
    case otherLoad = "load.others"
    case energyPerPatch = "energy.per_patch"
    /// See `RecordFile`.
    case cellRecords = "cell.records"

    package var definition: MetricDefinition {
        switch self {
        case .psnr:
            .quality("PSNR", "dB", digits: 2, within: 0.02, "range 4096, after clipping to [-1024, 3071] HU")
        case .ssim:
            .quality(
                "SSIM", digits: 4, within: 0.0005,
                "as scikit-image: Gaussian weights, sigma 1.5, population covariance, range 4096")
        case .rmse: .quality("RMSE", "HU", digits: 1, within: 0.1, "root mean square error after clipping")
        case .psnrReference:
            .quality(
                "PSNR ref.", "dB", digits: 2, within: 0.02,
                "range 3072, unclipped, as the reference system computes it")
        case .ssimReference:
            .quality(
                "SSIM ref.", digits: 4, within: 0.0005,
                "as the reference system computes it: window half a pixel off, zeros around the image, of (HU + 2048)/3072"
            )
        case .psnrChest: .quality("PSNR chest", "dB", digits: 2, within: 0.02, Self.windowed(-600, 1500))
        case .psnrAbdomen: .quality("PSNR abdomen", "dB", digits: 2, within: 0.02, Self.windowed(50, 400))
        // Few HU fill the range, so that rounding shows.
        case .psnrNeuro: .quality("PSNR neuro", "dB", digits: 2, within: 0.05, Self.windowed(40, 80))
        case .ssimChest: .quality("SSIM chest", digits: 4, within: 0.0005, Self.windowed(-600, 1500))
        case .ssimAbdomen: .quality("SSIM abdomen", digits: 4, within: 0.0005, Self.windowed(50, 400))
        case .ssimNeuro: .quality("SSIM neuro", digits: 4, within: 0.002, Self.windowed(40, 80))
        case .vif:
            .quality(
                "VIF", digits: 4, within: 0.002,
                "visual information fidelity in the pixel domain, as ldct-benchmark computes it")
        case .noiseFrequency:
            .quality(
                "noise frequency", "1/px", digits: 3, within: 0.002,
                "mean frequency of what is left of the noise, weighted by its power")
        case .mismatchedValues:
            .count(
                .quality, as: .total,
                "integers in which the encrypted run differs from its integer network, accumulators included; must be 0"
            )
        case .outOfRange:
            .count(.quality, as: .total, "decrypted values outside the proven range; must be 0")
        case .beyondCalibration:
            .count(
                .quality, "activations of the integer network beyond what its calibration foresaw, which are clamped")
        case .largestFloatError:
            MetricDefinition(
                title: "largest error to float", unit: "HU", format: .decimals(2), topic: .quality,
                aggregation: .maximum, rule: .absolute(0.05),
                meaning:
                    "largest distance of a pixel of the integer network's image from the float network's, unclipped")
        case .secondsKeygen: .seconds(title: "key generation", "making a key, not part of a run")
        case .secondsClient: .seconds("the client's work")
        case .secondsServer: .seconds("the server's work")
        case .secondsTotal: .seconds("both sides' work, one after the other")
        case .secondsElapsed:
            .seconds(
                "of a run against a server elsewhere, from the first connection to the result: both sides, the way and waiting"
            )
        case .secondsPredicted:
            .seconds("what they were expected to be: counts times what the machine needed for each just before")
        case .secondsEncrypt: .seconds("part of the client's time: making ciphertexts")
        case .secondsDecrypt: .seconds("part of the client's time: decrypting and decoding")
        case .secondsRerandomise: .seconds("part of the server's time: fresh randomness and noise for what it sends")
        case .secondsPerMultiplyAccumulate:
            .seconds("the server's time over the plaintext multiply-accumulates it stands for")
        case .bytesUp: .bytes(title: "up", shown: "MB", "messages of the client")
        case .bytesDown: .bytes(title: "down", shown: "MB", "messages of the server")
        case .ciphertextsUp: .count(.traffic, "in messages of the client")
        case .ciphertextsDown: .count(.traffic, "in messages of the server")
        case .secondsSetupClient: .seconds("client, once for a pair of parties")
        case .secondsSetupServer: .seconds("server, once for a pair of parties")
        case .secondsOfflineClient: .seconds("client, before the image is known")
        case .secondsOfflineServer: .seconds("server, before the image is known")
        case .secondsOnlineClient: .seconds("client, once the image is known")
        case .secondsOnlineServer: .seconds("server, once the image is known")
        case .bytesSetupUp: .bytes("client's, once for a pair of parties")
        case .bytesSetupDown: .bytes("server's, once for a pair of parties")
        case .bytesOfflineUp: .bytes("client's, before the image is known")
        case .bytesOfflineDown: .bytes("server's, before the image is known")
        case .bytesOnlineUp: .bytes("client's, once the image is known")
        case .bytesOnlineDown: .bytes("server's, once the image is known")
        case .rounds: .count(.cost, "messages of the client that the server answers")
        case .products: .count(.cost, "scalar products, plaintext weight times ciphertext, that the server computed")
        case .productsPredicted: .count(.cost, "what the cost model says they are before a run; must be the same")
        case .multiplyAccumulates: .count(.cost, "of the network on all patches, padding zeros left out")
        case .outputChecksum:
            .count(.quality, as: .maximum, "first 48 bits of the SHA-256 of an integer network's output")
        case .slotsUsed: .count(.traffic, "slots of a tensor position that hold a patch or tile, summed over rounds")
        case .slotsUnused: .count(.traffic, "slots that hold noise, summed over rounds")
        case .slotsOverhang:
            .count(.traffic, "positions of tiles beyond the edge of a layer's output, in every channel")
        case .accumulatorBits:
            MetricDefinition(
                title: "accumulator", unit: "bit", format: .decimals(0), topic: .quality, aggregation: .maximum,
                rule: .exact, meaning: "proven width of the widest accumulator, sign included")
        case .memoryPeak:
            MetricDefinition(
                title: "peak memory", unit: "B", shown: "MiB", format: .decimals(0), topic: .cost,
                aggregation: .maximum, rule: .informational,
                meaning:
                    "largest resident set of the process during a run: both parties, the comparison, what was loaded")
        case .patches:
            .count(.key, as: .maximum, "patches a run takes together, where no record of a single patch tells")
        case .otherLoad:
            MetricDefinition(
                title: "load of others", unit: "cores", format: .decimals(2), topic: .cost, aggregation: .maximum,
                rule: .informational, meaning: "cores that other processes kept busy on average while a protocol ran")
        case .energyPerPatch:
            MetricDefinition(
                title: "energy a patch", unit: "J", format: .significant(3), topic: .cost, aggregation: .runTotal,
                rule: .informational,
                meaning:
                    "what all processor packages took while a protocol ran (RAPL), other programs included, over the patches; "
                    + "absent where the counters cannot be read")
        case .cellRecords: .count(.other, as: .total, "number of records of a finished cell, written after them")
        }
    }

    private static func windowed(_ centre: Int, _ width: Int) -> String {
        "as ldct-benchmark: window \(centre)/\(width) HU mapped to [0, 1], range 1"
    }

    package var unit: String { definition.unit }
    package var aggregation: Aggregation { definition.aggregation }

    /// How the records of one table row become one number.
    package enum Aggregation: String, Sendable {
        /// Mean over patches and trials.
        case mean
        /// Sum over everything: no mismatch may hide behind an average.
        case total = "sum"
        /// Sum within a trial, then the median over trials: the cost of one run over all patches.
        case runTotal = "median of runs"
        /// The largest over patches and trials.
        case maximum
    }

    /// A table for Experiments/README.md, from the definitions.
    package static var markdown: String {
        let head = [
            "| metric | unit | of a row's records | may move by | meaning |", "| :-- | :-- | :-- | :-- | :-- |",
        ]
        let rows = allCases.map { metric in
            let its = metric.definition
            return "| `\(metric.rawValue)` | \(its.unit) | \(its.aggregation.rawValue) | \(its.rule) | \(its.meaning) |"
        }
        return (head + rows).joined(separator: "\n")
    }
}
