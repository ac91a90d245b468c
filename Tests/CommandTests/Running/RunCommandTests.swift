import Foundation
import HDF5
import Experiments
import Imaging
import Reporting
import Testing

@Suite("ldct run")
struct RunCommandTests {
    private static let cleartext = Program.experiment.replacing("mode: ", with: "scheme: cleartext\n    mode: ")

    private func measurements(_ program: Program) throws -> [ResultRecord] {
        try RecordFile.read(program.path("Results/tiny/records.jsonl")).measurements
    }

    @Test(arguments: [Program.experiment, cleartext]) func everyModeEqualsItsIntegerNetwork(experiment: String) throws {
        try Program.withFolder { program in
            try program.writeInputs(experiment)
            let output = try program.succeed("run e.yaml")
            #expect(output.contains("Results/tiny: complete; no value differs from the integer networks"))
            let summary = ResultSummary(try measurements(program))
            let encrypted = summary.rows.filter { $0.key.method == .encrypted }
            #expect(encrypted.map(\.key.mode) == ["linear", "client-aided", "positive-mask"])
            #expect(encrypted.map { $0[.rounds] } == [1, 3, 3])
            #expect(encrypted.map(\.patches) == [3, 3, 1])
            for row in encrypted {
                #expect(row[.mismatchedValues] == 0 && row[.outOfRange] == 0)
                let integer = summary.rows.first {
                    $0.key.method == .integer && $0.key.mode == row.key.mode
                }
                for metric in [Metric.psnr, .ssim, .rmse, .psnrReference] { #expect(row[metric] == integer?[metric]) }
                #expect(integer?[.largestFloatError] ?? .infinity < 60, "integers stand for the float network")
            }
            // Both sizes have baselines of their own.
            for method in [ResultRecord.Method.lowDose, .linearFilter] {
                #expect(summary.rows.filter { $0.key.method == method }.map(\.key.patchSize) == [16, 11])
            }
            #expect(summary.rows.filter { $0.key.method == .float }.count == 3)
            #expect(try program.succeed("report tiny").contains("| encrypted"))
        }
    }

    /// The same patches, cut into tiles: the same values, rows of their own, and positions beyond the edges that are counted.
    @Test func tilesGiveTheSameValues() throws {
        let experiment =
            Self.cleartext + "  - {mode: client-aided, scheme: cleartext, layout: tile, weights: relu.h5}\n"
        try Program.withFolder { program in
            try program.writeInputs(experiment)
            try program.succeed("run e.yaml --quiet")
            let rows = ResultSummary(try measurements(program)).rows.filter { $0.key.mode == "client-aided" }
            let (batch, tile) = (rows.filter { $0.key.layout == "batch" }, rows.filter { $0.key.layout == "tile" })
            #expect(
                batch.map(\.key.method) == [.integer, .encrypted] && tile.map(\.key.method) == [.integer, .encrypted])
            for (left, right) in zip(batch, tile) { #expect(left[.psnr] == right[.psnr]) }
            #expect(batch[1][.slotsUsed] == 9 && batch[1][.slotsOverhang] == 0, "three patches, three rounds")
            #expect(tile[1][.mismatchedValues] == 0 && (tile[1][.slotsUsed] ?? 0) > 9)
            #expect((tile[1][.slotsOverhang] ?? -1) >= 0)
            #expect(try program.succeed("report tiny").contains("client-aided, tile"))
        }
    }

    /// Layer by layer the records add up to the row's.
    @Test func layersAddUp() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.cleartext)
            try program.succeed("run e.yaml --quiet")
            let records = try measurements(program).filter { $0.method == .encrypted && $0.mode == "client-aided" }
            let metrics: [Metric] = [
                .bytesUp, .bytesDown, .ciphertextsUp, .ciphertextsDown, .products, .secondsClient, .secondsServer,
            ]
            #expect(metrics.filter { !layersAddUp($0, records) } == [])
        }
    }

    private func layersAddUp(_ metric: Metric, _ records: [ResultRecord]) -> Bool {
        let own = records.filter { $0.metric == metric.rawValue }
        let layers = own.filter { $0.layer != nil }.reduce(0) { $0 + $1.value }
        let total = own.first { $0.layer == nil }?.value ?? .infinity
        return own.count > 3 && abs(layers - total) <= 1e-9 * total
    }

    @Test func imagesOfEveryCaseAreStored() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.cleartext)
            try program.succeed("run e.yaml")
            let file = try HDF5File(reading: program.path("Results/tiny/images.h5"))
            #expect(try file.members() == ["case-1", "case-2", "case-3"])
            #expect(try file.attribute("mode", as: String.self, on: "/case-2") == "client-aided")
            for (group, shape) in [("case-1", [3, 16, 16]), ("case-3", [1, 11, 11])] {
                for name in ["low_dose", "normal_dose", "linear_filter", "float", "integer", "encrypted"] {
                    #expect(try file.shape(of: "/\(group)/\(name)") == shape)
                }
                let integer = try file.read(Float.self, from: "/\(group)/integer")
                #expect(try file.read(Float.self, from: "/\(group)/encrypted") == integer)
            }
            // Three of five patches, evenly spaced; a crop is the middle of the first.
            #expect(try file.read(Int.self, from: "/case-1/patch").values == [0, 1, 3])
            let test = Program.dataset().test
            let low = try file.read(Float.self, from: "/case-3/low_dose").values
            #expect(low == test.lowDose(0).cropped(row: 2, column: 2, width: 11, height: 11).pixels)
        }
    }

    @Test func whatIsMeasuredIsNotMeasuredAgain() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.cleartext)
            try program.succeed("run e.yaml")
            let first = try program.text("Results/tiny/records.jsonl")
            #expect(try program.succeed("run e.yaml").hasPrefix("Results/tiny: complete"))
            #expect(try program.text("Results/tiny/records.jsonl") == first)
            try program.succeed("run e.yaml --force")
            #expect(try program.text("Results/tiny/records.jsonl") != first, "seconds differ")
        }
    }

    @Test func otherSettingsAreRefused() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.cleartext)
            try program.succeed("run e.yaml")
            try program.write(Self.cleartext.replacing("patches: 3", with: "patches: 2"), to: "e.yaml")
            let result = try program.run("run e.yaml")
            #expect(result.status == 2)
            #expect(
                result.errors == "ldct: Results/tiny: holds results made otherwise: data.patches was 3, is 2; "
                    + "--force moves them aside\n")
        }
    }

    @Test func checkAgreesWithItself() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.cleartext)
            try program.succeed("run e.yaml")
            #expect(try program.run("check tiny --record").status == 1)
            try program.succeed("run e.yaml --force")
            #expect(try program.succeed("check tiny").contains("tiny: passed"))
        }
    }
}
