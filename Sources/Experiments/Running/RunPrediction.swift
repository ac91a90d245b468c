package import Configuration
import Foundation
import PrivateDenoising
import Support

/// What an experiment will cost, cell by cell: products, bytes and ciphertexts exactly, memory and seconds as estimates.
package struct RunPrediction {
    package struct Row: Sendable, Encodable {
        package let key: CellKey?
        package let cell: String
        /// False for attacks, whose seconds depend on what they find, and for what is computed in the clear.
        package internal(set) var isPredicted = false
        /// Zero where nothing is encrypted.
        package internal(set) var products = 0
        package internal(set) var bytesUp = 0, bytesDown = 0
        package internal(set) var ciphertextsUp = 0, ciphertextsDown = 0
        /// The server's largest round and the comparison; nil where nothing is encrypted.
        package internal(set) var memoryBytes: Int?
        /// Of client and server, warm-up included: products and ciphertexts times this machine's speed; nil where nothing is
        /// encrypted.
        package internal(set) var seconds: Double?

        fileprivate init(_ cell: Cell) {
            key = cell.key
            self.cell = cell.name
        }

        /// Of sums.
        fileprivate init(title: String) {
            key = nil
            cell = title
        }

        enum CodingKeys: String, CodingKey {
            case cell, products, seconds
            case isPredicted = "predicted"
            case bytesUp = "bytes_up", bytesDown = "bytes_down"
            case ciphertextsUp = "ciphertexts_up", ciphertextsDown = "ciphertexts_down"
            case memoryBytes = "memory_bytes"
        }
    }

    package private(set) var rows: [Row] = []
    /// A sentence per case that another layout would make several times cheaper.
    package private(set) var hints: [String] = []
    private var attacks = 0

    /// - Parameter shard: The part of the cells to predict.
    /// - Throws: What a run of the file would throw before it measures, and a layer that needs more memory than it may use.
    package init(_ file: ConfigurationFile, shard: Shard? = nil) throws {
        let inputs = try RunInputs(file)
        var speeds = Speeds()
        let all = Cell.all(of: inputs)
        for cell in shard?.cells(of: all) ?? all {
            let row = try Self.row(cell, &speeds)
            rows.append(row)
            switch cell {
            case .attack: attacks += 1
            case .run(let point, let item, 1): hints += Self.hint(cell, row, point, item, &speeds).map { [$0] } ?? []
            case .run, .baselines, .float: break
            }
        }
    }

    /// "case 2: layout tile would take about 12 s instead of 78 s", where the other layout is possible and at least twice as fast.
    private static func hint(
        _ cell: Cell, _ row: Row, _ point: RunPoint, _ item: PreparedCase, _ speeds: inout Speeds
    ) -> String? {
        guard let seconds = row.seconds else { return nil }
        for layout in Layout.allCases where layout != item.settings.layout {
            guard let other = try? item.with(layout),
                let cheaper = try? Self.row(.run(point, other, trial: 1), &speeds).seconds, cheaper * 2 < seconds
            else { continue }
            func text(_ seconds: Double) -> String {
                String(format: seconds < 10 ? "%.1f s" : "%.0f s", seconds / Double(cell.runs))
            }
            return "\(cell.name): with layout \(layout.rawValue) it would take about \(text(cheaper)) instead of "
                + "\(text(seconds)); layout: auto takes the cheaper one."
        }
        return nil
    }

    /// Keys and speeds, made when first needed.
    private struct Speeds {
        var keys = RunKeys()
        var speeds = MachineSpeeds()
    }

    private static func row(_ cell: Cell, _ speeds: inout Speeds) throws -> Row {
        guard case .run(_, let item, _) = cell, let agreement = item.agreement,
            let scheme = item.settings.scheme.measured
        else { return Row(cell) }
        return try row(scheme, cell, item, agreement, &speeds)
    }

    private static func row<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ cell: Cell, _ item: PreparedCase, _ agreement: Agreement, _ speeds: inout Speeds
    ) throws -> Row {
        let key = try speeds.keys(scheme, item.settings.key).key
        let prediction = try item.settings.prediction(scheme, agreement, item.network, key: key)
        var row = Row(cell)
        row.isPredicted = true
        row.products = prediction.products
        (row.bytesUp, row.bytesDown) = (prediction.bytes(.up), prediction.bytes(.down))
        (row.ciphertextsUp, row.ciphertextsDown) = (prediction.ciphertexts(.up), prediction.ciphertexts(.down))
        guard Scheme.name.encrypts else { return row }
        row.memoryBytes = prediction.peakBytes
        row.seconds = try speeds.speeds(scheme, item.settings, key: key)?
            .seconds(prediction, mask: agreement.mask, keyBits: item.settings.key.bits).map { Double(cell.runs) * $0 }
        return row
    }

    /// A line a cell, and one of sums.
    package var text: String {
        func megabytes(_ bytes: Int) -> String { String(format: "%.2f", Double(bytes) / 1e6) }
        func line(_ row: Row) -> [String] {
            let traffic = [megabytes(row.bytesUp), megabytes(row.bytesDown)]
            let seconds = row.seconds.map { "about \(String(format: $0 < 10 ? "%.1f" : "%.0f", $0))" }
            return [row.cell] + (row.isPredicted ? ["\(row.products)"] + traffic : ["-", "-", "-"])
                + [row.memoryBytes.map(megabytes) ?? "-", seconds ?? "-"]
        }
        var sum = Row(title: "\(rows.count) cells")
        sum.isPredicted = rows.contains(where: \.isPredicted)
        sum.products = rows.reduce(0) { $0 + $1.products }
        sum.bytesUp = rows.reduce(0) { $0 + $1.bytesUp }
        sum.bytesDown = rows.reduce(0) { $0 + $1.bytesDown }
        sum.memoryBytes = rows.compactMap(\.memoryBytes).max()
        let seconds = rows.compactMap(\.seconds)
        sum.seconds = seconds.isEmpty ? nil : seconds.reduce(0, +)
        let header = ["cell", "products", "MB up", "MB down", "MB memory", "s"]
        return TextColumns.aligned([header] + rows.map(line) + [line(sum)])
            + """

            Products and bytes are exact. Memory and seconds are estimates: seconds are products and ciphertexts times what this machine \
            was just measured to need for them, as busy as it is now; baselines, float and integer networks are left out.
            """ + attacksNote + hints.map { "\n\($0)" }.joined()
    }

    private var attacksNote: String {
        guard attacks > 0 else { return "" }
        let cells = attacks == 1 ? "1 cell is an attack" : "\(attacks) cells are attacks"
        return " \(cells), whose time is not predicted: it depends on what is found."
    }

    /// A JSON object a cell, one a line.
    package func json() throws -> String { try rows.map { try SortedJSON.line($0) }.joined(separator: "\n") }
}
