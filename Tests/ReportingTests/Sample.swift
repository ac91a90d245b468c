import Reporting

/// Made-up measurements with the shape of a quickstart run: two modes on patches, one on crops.
enum Sample {
    static let dataset = Artifact(name: "head.h5", sha256: String(repeating: "0123456789abcdef", count: 4))
    static let relu = Artifact(name: "relu-3.h5", sha256: String(repeating: "a", count: 64))
    static let linear = Artifact(name: "linear-3.h5", sha256: String(repeating: "b", count: 64))
    static let modeNotes = [
        "linear": "final values", "client-aided": "every accumulator", "positive-mask": "r*y, r > 0",
    ]

    static let environment = RunEnvironment(
        processor: "Example CPU", cores: 2, memoryBytes: 8 << 30, system: "Debian GNU/Linux 12, x86_64", swift: "6.3",
        kernel: "gmp", commit: "0123456789ab", libraries: ["GMP": "6.2.1"], date: "2026-11-25")

    /// What a scheme could say of its records.
    @Sendable static func note(_ records: [ResultRecord]) -> String? {
        let bits = records.words(ParameterName.keyBits)
        guard !bits.isEmpty else { return nil }
        let masks = records.words(ParameterName.maskBits).map { ", masks of \($0) bits" }.joined()
        let randomness = records.words(ParameterName.randomness).joined(separator: ", ")
        return "Paillier key: \(bits.joined(separator: ", ")) bits, randomness \(randomness)\(masks)."
    }

    static func context(experiment: String = "quickstart") -> ReportContext {
        ReportContext(
            environment: environment, modeNotes: modeNotes, schemeNotes: [note], experiment: experiment,
            usualScheme: "paillier")
    }

    static func record(
        _ method: ResultRecord.Method, mode: String? = nil, weights: Artifact? = nil, size: Int = 64,
        patch: Int? = nil, metric: Metric, _ value: Double, trial: Int = 1
    ) -> ResultRecord {
        var parameters: [String: ParameterValue] = [
            ParameterName.patchSize: .integer(size), ParameterName.noise: .number(27.34),
        ]
        if method == .integer || method == .encrypted {
            parameters[ParameterName.weightBits] = .integer(10)
            parameters[ParameterName.activationBits] = .integer(12)
        }
        if method == .encrypted {
            parameters[ParameterName.scheme] = .text("paillier")
            parameters[ParameterName.keyBits] = .integer(2048)
            parameters[ParameterName.randomness] = .text("djn")
            if mode == "positive-mask" { parameters[ParameterName.maskBits] = .integer(40) }
        }
        return ResultRecord(
            experiment: "quickstart", parameters: parameters, method: method, mode: mode, dataset: dataset,
            weights: weights, patient: patch.map { _ in "head" }, slice: patch, patch: patch, metric: metric,
            value: value, trial: trial)
    }

    static func quality(
        _ method: ResultRecord.Method, mode: String? = nil, weights: Artifact? = nil, size: Int = 64, psnr: Double
    ) -> [ResultRecord] {
        // Two patches, half a decibel around the mean.
        [-0.5, 0.5].enumerated().flatMap { patch, offset in
            [
                record(method, mode: mode, weights: weights, size: size, patch: patch, metric: .psnr, psnr + offset),
                record(method, mode: mode, weights: weights, size: size, patch: patch, metric: .ssim, psnr / 50),
                record(method, mode: mode, weights: weights, size: size, patch: patch, metric: .rmse, 60 - psnr),
                record(
                    method, mode: mode, weights: weights, size: size, patch: patch, metric: .psnrReference, psnr - 2.5),
            ]
        }
    }

    static func cost(mode: String, weights: Artifact, size: Int = 64, seconds: Double) -> [ResultRecord] {
        // Three trials whose median is `seconds`.
        var records: [ResultRecord] = []
        for (index, seconds) in [seconds, 2 * seconds, seconds / 2].enumerated() {
            let measured: [(Metric, Double)] = [
                (.secondsClient, seconds / 4), (.secondsServer, 3 * seconds / 4), (.secondsTotal, seconds),
                (.bytesUp, 12_345_678), (.bytesDown, 51_200), (.ciphertextsUp, 24_112), (.ciphertextsDown, 100),
                (.rounds, 3), (.products, 1_000_000), (.mismatchedValues, 0),
            ]
            for (metric, value) in measured {
                records.append(
                    record(
                        .encrypted, mode: mode, weights: weights, size: size, metric: metric, value, trial: index + 1))
            }
        }
        return records
    }

    static func run(mode: String, weights: Artifact, size: Int = 64, psnr: Double, seconds: Double) -> [ResultRecord] {
        quality(.integer, mode: mode, weights: weights, size: size, psnr: psnr)
            + quality(.encrypted, mode: mode, weights: weights, size: size, psnr: psnr)
            + cost(mode: mode, weights: weights, size: size, seconds: seconds)
    }

    static func baselines(size: Int, networks: [Artifact]) -> [ResultRecord] {
        quality(.lowDose, size: size, psnr: 40) + quality(.linearFilter, size: size, psnr: 41)
            + networks.flatMap { quality(.float, weights: $0, size: size, psnr: 42) }
    }

    /// Deliberately not in the order of the table.
    static let quickstart: [ResultRecord] =
        run(mode: "client-aided", weights: relu, psnr: 41.99, seconds: 12.3456)
        + baselines(size: 16, networks: [relu]) + baselines(size: 64, networks: [relu, linear])
        + run(mode: "positive-mask", weights: relu, size: 16, psnr: 41.98, seconds: 0.0123)
        + run(mode: "linear", weights: linear, psnr: 41.5, seconds: 1234.5)
}
