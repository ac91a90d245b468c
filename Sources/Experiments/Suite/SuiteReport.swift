package import Foundation
import PrivateDenoising
import Reporting
import Support

/// The results files of the FHE Benchmarking Suite, `measurements/<size>/results-N.json`, of a run's records: one a trial.
///
/// The form is that of fhe-benchmarking/ml-inference, measurements/single/results-1.json of commit d350113: seconds and sizes as text with
/// a unit. Seconds of a stage are both sides' own work; those of stages that a run here does not have are absent rather than 0. What the
/// suite has no place for stands under names of our own, with numbers as numbers.
package struct SuiteReport {
    /// By file name below `measurements/`.
    package let files: [String: Data]

    /// Runs the suite asks for.
    static let trials = 3
    /// Bits of security it asks for, at least.
    static let securityBits = 128

    /// - Throws: `SuiteError` for records of less than 128 bits of security, or of fewer than three trials.
    package init(_ report: Report) throws {
        let records = report.records.filter { $0.method == .encrypted && $0.layer == nil }
        let grouped = Dictionary(grouping: records, by: Row.init)
        let rows = Row.named(Array(grouped.keys)).map { ($0, $1, grouped[$1] ?? []) }.sorted { $0.0 < $1.0 }
        guard !rows.isEmpty else { throw SuiteError.noRuns(folder: report.files.folder) }
        var files: [String: Data] = [:]
        for (name, row, records) in rows {
            guard row.securityBits >= Self.securityBits else {
                throw SuiteError.insecure(row: name, bits: row.securityBits, isPaillier: row.keyBits != nil)
            }
            let trials = Dictionary(grouping: records, by: \.trial)
            guard trials.count >= Self.trials else { throw SuiteError.fewTrials(row: name, found: trials.count) }
            for (number, trial) in trials.sorted(by: { $0.key < $1.key }).map(\.value).enumerated() {
                files["\(name)/results-\(number + 1).json"] = try SortedJSON.file(
                    Results(row, trial, report.environment))
            }
        }
        self.files = files
    }

    private static let kind = OutputKind("a results file of the suite", endings: ["json"]) { path in
        let content = (try? InputFile.contents(path, expected: "results", limit: 1 << 20)) ?? Data()
        return (try? JSONSerialization.jsonObject(with: content) as? [String: Any])?["Timing"] != nil
    }

    /// Writes them below `folder/measurements`. - Returns: their paths.
    package func write(to folder: String) throws -> [String] {
        try files.sorted { $0.key < $1.key }.map { name, data in
            let path = "\(folder)/measurements/\(name)"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try OutputPath.require(path, Self.kind, force: true)
            try AtomicFile.write(data, to: path)
            return path
        }
    }

    /// What tells one submission from another.
    private struct Row: Hashable {
        let mode, scheme, network, dataset: String
        let patches: Int
        let keyBits: Int?
        /// Whatever else a case is told apart by: layout, bits, masks.
        let others: [String: ParameterValue]

        /// Of one case in all trials, or of the machine.
        private static let measured: Set = [
            ParameterName.cell, ParameterName.machine, ParameterName.distance, ParameterName.keysUsed,
        ]

        init(_ record: ResultRecord) {
            mode = record.mode ?? "none"
            scheme = record.parameters[ParameterName.scheme]?.text ?? "none"
            network = record.weights?.stem ?? "none"
            dataset = record.dataset.stem
            keyBits = record.parameters[ParameterName.keyBits]?.number.map { Int($0) }
            patches = record.parameters[ParameterName.patchSize]?.number.map { Int($0) } ?? 0
            others = record.parameters.filter { !Self.measured.contains($0.key) }
        }

        /// Names of their own: what rows of one short name differ in is added to it.
        static func named(_ rows: [Row]) -> [(String, Row)] {
            Dictionary(grouping: rows, by: \.name).flatMap { name, rows in
                let differing = Set(rows.flatMap(\.others.keys)).sorted().filter { key in
                    Set(rows.map { $0.others[key] }).count > 1
                }
                return rows.map { row in
                    let words = differing.map { key in
                        row.others[key].map { "-\(key)-\($0)" } ?? "-\(key)-none"
                    }
                    return (name + words.joined().map { $0.isLetter || $0.isNumber ? $0 : "-" }, row)
                }
            }
        }

        private var name: String { "\(scheme)-\(mode)-\(network)-\(patches)" + (keyBits.map { "-\($0)" } ?? "") }

        /// 0 where nothing is encrypted.
        var securityBits: Int { SchemeName(rawValue: scheme)?.measured?.securityBits(keyBits: keyBits) ?? 0 }
    }

    private struct Results: Encodable {
        let model_name, dataset_name: String
        let timing: [String: String]
        let bandwidth: [String: String]
        let server_reported: [String: String]
        let ldct: Own

        /// Beyond the suite's form.
        struct Own: Encodable {
            let program, scheme, mode, machine: String
            let security_bits: Int
            let patches: Int
            let rounds: Int
            let mismatched_values: Int
            let seconds: [String: Double]
            let bytes: [String: Int]
        }

        enum CodingKeys: String, CodingKey {
            case model_name, dataset_name, ldct
            case timing = "Timing"
            case bandwidth = "Bandwidth"
            case server_reported = "Server Reported"
        }

        init(_ row: Row, _ records: [ResultRecord], _ environment: RunEnvironment) {
            func value(_ metric: Metric) -> Double? { records.first { $0.metric == metric.rawValue }?.value }
            let (client, decrypt) = (value(.secondsClient), value(.secondsDecrypt))
            let stages: [(String, Double?)] = [
                ("Key Generation", value(.secondsKeygen)),
                // All of the client's work but decryption: encryption of every round's upload, and activations.
                ("Input encryption", client.map { max(0, $0 - (decrypt ?? 0)) }),
                ("Encrypted computation", value(.secondsServer)), ("Result decryption", decrypt),
            ]
            let known = stages.compactMap { name, seconds in seconds.map { (name, $0) } }
            let total = known.reduce(0) { $0 + $1.1 }
            timing = Dictionary(uniqueKeysWithValues: (known + [("Total", total)]).map { ($0, Self.seconds($1)) })
            let sizes = ["Encrypted input": value(.bytesUp), "Encrypted results": value(.bytesDown)]
                .compactMapValues(\.self)
            bandwidth = sizes.mapValues(Self.size)
            server_reported = [:]
            (model_name, dataset_name) = (row.network, row.dataset)
            ldct = Own(
                program: ProgramVersion.current, scheme: row.scheme, mode: row.mode, machine: environment.machine,
                security_bits: row.securityBits, patches: Int(value(.patches) ?? 0), rounds: Int(value(.rounds) ?? 0),
                mismatched_values: Int(value(.mismatchedValues) ?? 0), seconds: Dictionary(uniqueKeysWithValues: known),
                bytes: sizes.mapValues { Int($0) })
        }

        /// As the suite's harness writes them: four decimals.
        private static func seconds(_ value: Double) -> String {
            "\((value * 1e4).rounded() / 1e4)s"
        }

        /// In units of 1024, one decimal.
        private static func size(_ bytes: Double) -> String {
            var (value, units) = (bytes, ["B", "K", "M", "G", "T"])
            while value >= 1024, units.count > 1 {
                value /= 1024
                units.removeFirst()
            }
            return String(format: "%.1f%@", value, units[0])
        }
    }
}

/// Why records are no submission to the suite.
package enum SuiteError: Error, Equatable, CustomStringConvertible {
    case noRuns(folder: String)
    case insecure(row: String, bits: Int, isPaillier: Bool)
    case fewTrials(row: String, found: Int)

    package var description: String {
        switch self {
        case .noRuns(let folder): "\(folder): no encrypted runs; the suite measures nothing else"
        case .insecure(let row, let bits, let isPaillier):
            "\(row): \(bits) bits of security; the suite asks for at least \(SuiteReport.securityBits)"
                + (isPaillier
                    ? ": 'ldct run --set key.bits=3072'" : ", which scheme lattice and Paillier keys of 3072 bits have")
        case .fewTrials(let row, let found):
            "\(row): \(found) \(found == 1 ? "trial" : "trials"); the suite asks for three: 'ldct run --set trials=3'"
        }
    }
}
