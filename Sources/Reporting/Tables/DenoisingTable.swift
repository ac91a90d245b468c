/// The main table: what encrypted denoising costs and what it loses, made from records only.
///
/// A block holds the rows that saw the same patches: low_dose, linear_filter, the float rows, then per case the
/// integer network's row followed by the encrypted one. Modes that ran on crops form a block with baselines of their
/// own, so that no row is compared with another row's patches.
package enum DenoisingTable {
    /// - Parameters:
    ///   - records: Measurements of one experiment; see `RecordFile.Contents.measurements`.
    ///   - environment: The machine named in the caption.
    ///   - modeNotes: What a mode shows the client, by the mode's name. Modes in the records without a note are
    ///     named without one.
    package static func make(
        _ records: [ResultRecord], environment: RunEnvironment, modeNotes: [String: String], label: String
    ) -> Table {
        let summary = ResultSummary(records)
        return Table(
            columns: columns, blocks: blocks(summary.rows).map { $0.map(cells) },
            caption: caption(records, summary, environment, modeNotes), label: label)
    }

    private static let columns: [Table.Column] = [
        .text("method"), .text("mode"), .text("network"),
        .init("patches"), .init("size", unit: "px"),
        .init(Metric.psnr.rawValue.uppercased(), unit: "dB", .decimals(2)),
        .init("SSIM", .decimals(4)),
        .init("RMSE", unit: "HU", .decimals(1)),
        .init("PSNR ref.", unit: "dB", .decimals(2)),
        .init("mismatched values"),
        .init("client", unit: "s", .significant(3)),
        .init("server", unit: "s", .significant(3)),
        .init("total", unit: "s", .significant(3)),
        .init("up", unit: "MB", .significant(3)),
        .init("down", unit: "MB", .significant(3)),
        .init("ciphertexts up"), .init("ciphertexts down"),
        .init("rounds"), .init("products"),
    ]

    private static func cells(_ row: ResultSummary.Row) -> [Table.Cell] {
        [
            .text(name(row.key)), Table.Cell(mode(row.key)), Table.Cell(row.key.network.map(stem)),
            .number(Double(row.patches)), Table.Cell(row.key.patchSize.map(Double.init)),
            Table.Cell(row[.psnr]), Table.Cell(row[.ssim]), Table.Cell(row[.rmse]), Table.Cell(row[.psnrReference]),
            Table.Cell(row[.mismatchedValues]),
            Table.Cell(row[.secondsClient]), Table.Cell(row[.secondsServer]), Table.Cell(row[.secondsTotal]),
            Table.Cell(row[.bytesUp].map { $0 / 1e6 }), Table.Cell(row[.bytesDown].map { $0 / 1e6 }),
            Table.Cell(row[.ciphertextsUp]), Table.Cell(row[.ciphertextsDown]),
            Table.Cell(row[.rounds]), Table.Cell(row[.products]),
        ]
    }

    /// The method, with a warning where the scheme of an `encrypted` row does not encrypt.
    private static func name(_ key: ResultSummary.Key) -> String {
        guard key.method == .encrypted, let scheme = key.scheme, scheme != "paillier" else {
            return key.method.rawValue
        }
        return "\(key.method.rawValue) (\(scheme))"
    }

    /// The mode, with the layout where it is not the usual one.
    private static func mode(_ key: ResultSummary.Key) -> String? {
        key.mode.map { mode in key.unusualLayout.map { "\(mode), \($0)" } ?? mode }
    }

    private static func stem(_ file: String) -> String {
        file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    }

    /// Blocks by patch size, the largest first; within a block the order of the methods, then of the records.
    private static func blocks(_ rows: [ResultSummary.Row]) -> [[ResultSummary.Row]] {
        let sizes = Set(rows.map { $0.key.patchSize ?? 0 }).sorted(by: >)
        return sizes.map { size in
            let members = rows.filter { ($0.key.patchSize ?? 0) == size }
            let baselines = [ResultRecord.Method.lowDose, .linearFilter, .float].flatMap { method in
                members.filter { $0.key.method == method }
            }
            return baselines + protocolRows(members)
        }
    }

    /// Per mode, network and layout the integer rows, then the encrypted ones.
    private static func protocolRows(_ rows: [ResultSummary.Row]) -> [ResultSummary.Row] {
        let measured = rows.filter { $0.key.method == .integer || $0.key.method == .encrypted }
        var seen: [[String?]] = []
        func group(_ row: ResultSummary.Row) -> [String?] { [row.key.mode, row.key.network, row.key.layout] }
        for row in measured where !seen.contains(group(row)) { seen.append(group(row)) }
        return seen.flatMap { own in
            let members = measured.filter { group($0) == own }
            return members.filter { $0.key.method == .integer } + members.filter { $0.key.method == .encrypted }
        }
    }
}
