package import Configuration
import Foundation
import Lattice
import Paillier
import PrivateDenoising

/// What an experiment will cost, cell by cell: products, bytes and ciphertexts exactly, memory and seconds as estimates.
package struct RunPrediction {
    package struct Row: Sendable, Encodable {
        package let cell: String
        /// Zero where nothing is encrypted.
        package internal(set) var products = 0
        package internal(set) var bytesUp = 0, bytesDown = 0
        package internal(set) var ciphertextsUp = 0, ciphertextsDown = 0
        /// The server's largest round and the comparison; nil where nothing is encrypted.
        package internal(set) var memoryBytes: Int?
        /// Of client and server, warm-up included: products and ciphertexts times this machine's speed; nil where nothing is
        /// encrypted.
        package internal(set) var seconds: Double?

        enum CodingKeys: String, CodingKey {
            case cell, products, seconds
            case bytesUp = "bytes_up", bytesDown = "bytes_down"
            case ciphertextsUp = "ciphertexts_up", ciphertextsDown = "ciphertexts_down"
            case memoryBytes = "memory_bytes"
        }
    }

    package private(set) var rows: [Row] = []

    /// - Parameter shard: The part of the cells to predict.
    /// - Throws: What a run of the file would throw before it measures, and a layer that needs more memory than it may use.
    package init(_ file: ConfigurationFile, shard: Shard? = nil) throws {
        let inputs = try RunInputs(file)
        var speeds = Speeds()
        let all = Cell.all(of: inputs)
        for cell in shard?.cells(of: all) ?? all { rows.append(try Self.row(cell, &speeds)) }
    }

    /// Keys and speeds by size, made when first needed.
    private struct Speeds {
        var known: [KeySettings: (key: RunKey, speed: MachineSpeed)] = [:]

        mutating func callAsFunction(
            _ settings: ProtocolSettings
        ) throws -> (key: RunKey, speed: MachineSpeed) {
            if let known = known[settings.key] { return known }
            let key = try RunKey(settings.key)
            let made = (key: key, speed: try MachineSpeed(key, threads: settings.workers))
            known[settings.key] = made
            return made
        }
    }

    private static func row(_ cell: Cell, _ speeds: inout Speeds) throws -> Row {
        guard case .run(let point, let item, let trial) = cell, let agreement = item.agreement else {
            return Row(cell: cell.name)
        }
        if item.settings.scheme == .lattice {
            let prediction = try CostPrediction(
                LatticeScheme.self, agreement: agreement, network: item.network, key: SecretKey().publicKey,
                memory: item.settings.memoryBytes)
            var row = row(cell, prediction)
            row.memoryBytes = prediction.peakBytes
            return row
        }
        guard item.settings.scheme == .paillier else {
            return row(
                cell,
                try CostPrediction(
                    CleartextScheme.self, agreement: agreement, network: item.network,
                    key: CleartextScheme.Key(pretendingKeyBits: item.settings.key.bits)))
        }
        let (key, speed) = try speeds(item.settings)
        let prediction = try CostPrediction(
            PaillierScheme.self, agreement: agreement, network: item.network,
            key: PaillierScheme.publicKey(of: key.pair),
            memory: item.settings.memoryBytes)
        var row = row(cell, prediction)
        row.memoryBytes = prediction.peakBytes
        let runs = 1 + (trial == 1 ? point.experiment.warmUp : 0)
        row.seconds = Double(runs) * speed.seconds(prediction, mask: agreement.mask, keyBits: item.settings.key.bits)
        return row
    }

    private static func row(_ cell: Cell, _ prediction: CostPrediction) -> Row {
        Row(
            cell: cell.name, products: prediction.products, bytesUp: prediction.bytes(.up),
            bytesDown: prediction.bytes(.down), ciphertextsUp: prediction.ciphertexts(.up),
            ciphertextsDown: prediction.ciphertexts(.down))
    }

    /// A line a cell, and one of sums.
    package var text: String {
        func megabytes(_ bytes: Int) -> String { String(format: "%.2f", Double(bytes) / 1e6) }
        func line(_ row: Row) -> [String] {
            [
                row.cell, "\(row.products)", megabytes(row.bytesUp), megabytes(row.bytesDown),
                row.memoryBytes.map(megabytes) ?? "-", row.seconds.map { String(format: "%.1f", $0) } ?? "-",
            ]
        }
        var sum = Row(cell: "\(rows.count) cells")
        sum.products = rows.reduce(0) { $0 + $1.products }
        sum.bytesUp = rows.reduce(0) { $0 + $1.bytesUp }
        sum.bytesDown = rows.reduce(0) { $0 + $1.bytesDown }
        sum.memoryBytes = rows.compactMap(\.memoryBytes).max()
        sum.seconds = rows.compactMap(\.seconds).reduce(0, +)
        let header = ["cell", "products", "MB up", "MB down", "MB memory", "s"]
        return TextColumns.aligned([header] + rows.map(line) + [line(sum)])
            + """

            Products and bytes are exact. Memory and seconds are estimates: seconds are products and ciphertexts times what this machine \
            was just measured to need for them; baselines, float and integer networks are left out.
            """
    }

    /// A JSON object a cell, one a line.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try rows.map { String(decoding: try encoder.encode($0), as: UTF8.self) }.joined(separator: "\n")
    }
}
