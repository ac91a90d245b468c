import Numerics
import Reporting
import Testing

/// Tables with one column, to see what a measure makes of records.
@Suite("Measures")
struct EstimateTests {
    private func cells(
        _ measure: Measure, rows: [String] = ["method"], filter: [RecordField: [ParameterValue]] = [:],
        pooled: [String] = [], _ records: [ResultRecord]
    ) throws -> [[Table.Cell]] {
        let plan = RecordTablePlan(
            filter: RecordFilter(filter), rows: rows.map { RecordField($0) }, pooled: pooled.map { RecordField($0) },
            columns: [ColumnPlan(measure)])
        return try RecordTable.make(plan, name: "t", caption: nil, records: records, context: Sample.context()).blocks
            .flatMap { $0 }
    }

    /// Per-patch values of one method; patch p is of slice p / 2.
    private func patches(_ method: ResultRecord.Method, _ values: [Double]) -> [ResultRecord] {
        values.enumerated().map { patch, value in
            var record = Sample.record(method, weights: Sample.relu, patch: patch, metric: .psnr, value)
            record.slice = patch / 2
            return record
        }
    }

    @Test(arguments: [
        (Measure.Statistic.value, 2.5), (.mean, 2.5), (.median, 2.5), (.count, 4),
    ])
    func plainStatistics(statistic: Measure.Statistic, expected: Double) throws {
        let found = try cells(Measure("psnr", statistic: statistic), patches(.float, [1, 2, 3, 4]))
        #expect(found == [[.text("float"), .number(expected)]])
    }

    /// Two slices give three possible resamples: both the first, one each, both the second.
    @Test func intervalsResampleSlices() throws {
        let found = try cells(Measure("psnr", statistic: .interval), patches(.float, [1, 2, 11, 12]))
        #expect(found == [[.text("float"), .interval(6.5, 1.5...11.5)]])
    }

    /// Of one slice there is nothing but patches to resample.
    @Test func patchesOfOneSliceAreResampled() throws {
        let found = try cells(Measure("psnr", statistic: .interval), patches(.float, [1, 3]))
        #expect(found == [[.text("float"), .interval(2, 1...3)]])
    }

    /// Trials measure a patch again: they add no patch, and no certainty.
    @Test(arguments: [
        (Measure.Statistic.count, Table.Cell.number(2)), (.mean, .number(3)), (.interval, .interval(3, 1...5)),
        (.median, .number(3)),
    ])
    func trialsOfAPatchAreOneValue(statistic: Measure.Statistic, expected: Table.Cell) throws {
        let records = (1...3).flatMap { trial in
            // Both of slice 0. The second patch differs by trial, as with noise drawn anew.
            patches(.float, [1, 5 + Double(trial - 2)]).map { record in
                var record = record
                record.trial = trial
                record.parameters[ParameterName.cell] = .text("float, trial \(trial)")
                return record
            }
        }
        #expect(try cells(Measure("psnr", statistic: statistic), records) == [[.text("float"), expected]])
        let other = patches(.integer, [2, 5])
        let difference = Measure(
            "psnr", statistic: .difference, against: RecordFilter([RecordField("method"): ["integer"]]))
        let found = try cells(difference, filter: [RecordField("method"): ["float", "integer"]], records + other)
        #expect(found[0] == [.text("float"), .interval(-0.5, -1...0)])
    }

    /// Differences are taken patch by patch: what patches have in common does not widen the interval.
    @Test func differencesArePaired() throws {
        let records = patches(.float, [10, 40, 20, 30]) + patches(.integer, [11, 41, 21, 31])
        let found = try cells(
            Measure("psnr", statistic: .difference, against: RecordFilter([RecordField("method"): ["float"]])), records)
        #expect(found == [[.text("float"), .interval(0, 0...0)], [.text("integer"), .interval(1, 1...1)]])
    }

    /// Against a network that is named, patches are paired whatever network a record is of.
    @Test func differencesAcrossNetworksArePaired() throws {
        let others = patches(.integer, [13, 43, 23, 33]).map { record in
            var record = record
            record.weights = Sample.linear
            return record
        }
        let records = patches(.float, [10, 40, 20, 30]) + others
        let name = Sample.relu.name.split(separator: ".")[0]
        func difference(_ against: [RecordField: [ParameterValue]]) throws -> [[Table.Cell]] {
            try cells(Measure("psnr", statistic: .difference, against: RecordFilter(against)), records)
        }
        let named = try difference([
            RecordField("method"): ["float"], RecordField("network"): [.text(String(name))],
        ])
        #expect(named == [[.text("float"), .interval(0, 0...0)], [.text("integer"), .interval(3, 3...3)]])
        // Otherwise there is no pair, and no row.
        #expect(try difference([RecordField("method"): ["float"]]).map { $0[0] } == [.text("float")])
    }

    /// Costs add up within a run and are compared over runs.
    @Test func costsAreThoseOfRuns() throws {
        let records = Sample.cost(mode: "linear", weights: Sample.linear, seconds: 8)
        let found = try cells(Measure("seconds.total", statistic: .quartiles), records)
        #expect(found == [[.text("encrypted"), .interval(8, 6...12)]])
    }

    @Test func ratioIsToTheNamedRow() throws {
        var records = Sample.cost(mode: "linear", weights: Sample.linear, seconds: 8)
        let slow = Sample.cost(mode: "linear", weights: Sample.linear, seconds: 20).map { record in
            var record = record
            record.parameters[ParameterName.keyBits] = 3072
            return record
        }
        records += slow
        let found = try cells(
            Measure(
                "seconds.total", statistic: .ratio, against: RecordFilter([RecordField("key_bits"): [2048]])),
            rows: ["key_bits"], records)
        #expect(found == [[.number(2048), .number(1)], [.number(3072), .number(2.5)]])
    }

    /// 12,345,678 B up, 51,200 B down and three rounds: 8 bits a byte over the rate, and a round trip per round.
    @Test(arguments: [("seconds.lan", 1e9, 0.001), ("seconds.wan", 1e8, 0.04)])
    func networkTimesFollowFromBytesAndRounds(metric: String, rate: Double, trip: Double) throws {
        let expected: Double = 12_396_878.0 * 8 / rate + 3 * trip
        let records = Sample.cost(mode: "linear", weights: Sample.linear, seconds: 8)
        let found = try cells(Measure(metric), records)
        let value = try #require(found[0][1].value)
        #expect(abs(value - expected) < 1e-12)
    }

    /// Two runs of other batches are compared by the patch: 8 s of 4 patches beside 6 s of 6.
    @Test func secondsOfAPatchFollowFromTheBatch() throws {
        let records = [(4, 8.0), (6, 6.0)].flatMap { patches, seconds in
            Sample.cost(mode: "linear", weights: Sample.linear, seconds: seconds).filter { $0.trial == 1 }.map {
                var record = $0
                record.parameters["batch"] = .integer(patches)
                return record
            }
        }
        #expect(throws: ReportingError.self) { try cells(Measure("seconds.per_patch"), rows: ["batch"], records) }
        let counted = [4, 6].map { patches in
            var record = Sample.record(
                .encrypted, mode: "linear", weights: Sample.linear, metric: .patches, Double(patches))
            record.parameters["batch"] = .integer(patches)
            return record
        }
        let found = try cells(Measure("seconds.per_patch"), rows: ["batch"], records + counted)
        #expect(found == [[.number(4), .number(2)], [.number(6), .number(1)]])
        let ratio = Measure("seconds.per_patch", statistic: .ratio, against: RecordFilter([RecordField("batch"): [4]]))
        #expect(try cells(ratio, rows: ["batch"], records + counted)[1][1] == .number(0.5))
    }

    @Test func unitsAreConverted() throws {
        let records = Sample.cost(mode: "linear", weights: Sample.linear, seconds: 90)
        #expect(try cells(Measure("seconds.total", unit: "min"), records)[0][1] == .number(1.5))
        #expect(try cells(Measure("bytes.down", unit: "KiB"), records)[0][1] == .number(50))
        #expect(try cells(Measure("bytes.down"), records)[0][1] == .number(0.0512))
        let error = #expect(throws: ReportingError.self) { try cells(Measure("rounds", unit: "MB"), records) }
        #expect(error?.description.hasPrefix("table quickstart/t: nothing has 'MB'; expected one of: 1, %") == true)
    }

    /// Times of two kinds of machines are never one number; counts and quality are the same everywhere.
    @Test func machinesAreNotMixed() throws {
        func records(_ metric: Metric) -> [ResultRecord] {
            ["a", "b"].enumerated().map { index, machine in
                var record = Sample.record(.encrypted, mode: "linear", metric: metric, 7)
                record.trial = index + 1
                record.parameters["machine"] = .text(machine)
                return record
            }
        }
        let error = #expect(throws: ReportingError.self) {
            try cells(Measure("seconds.total"), records(.secondsTotal))
        }
        #expect(error?.description.contains("differ in 'machine'") == true)
        #expect(try cells(Measure("products", statistic: .median), records(.products))[0][1] == .number(7))
    }

    /// A mean over different settings would mean nothing, unless it is asked for.
    @Test func differentSettingsAreNotMixed() throws {
        let records =
            patches(.float, [1, 2])
            + patches(.float, [3, 4]).map { record in
                var record = record
                record.parameters["photons"] = 1000
                return record
            }
        let mixed = ReportingError.mixedRecords(asker: "table quickstart/t", metric: "psnr", field: "photons")
        #expect(throws: mixed) { try cells(Measure("psnr"), records) }
        #expect(try cells(Measure("psnr"), pooled: ["photons"], records)[0][1] == .number(2.5))
        #expect(try cells(Measure("psnr"), rows: ["photons"], records).count == 2)
        let filter: [RecordField: [ParameterValue]] = [RecordField("photons"): ["none"]]
        #expect(try cells(Measure("psnr"), filter: filter, records)[0][1] == .number(1.5))
    }

    @Test func layersAreLeftOutUnlessAskedFor() throws {
        var layer = Sample.record(.encrypted, mode: "linear", metric: .products, 5)
        layer.layer = "conv1"
        let records = [Sample.record(.encrypted, mode: "linear", metric: .products, 7), layer]
        #expect(try cells(Measure("products"), records)[0][1] == .number(7))
        #expect(
            try cells(Measure("products"), rows: ["layer"], records)
                == [[.none, .number(7)], [.text("conv1"), .number(5)]])
        let filter: [RecordField: [ParameterValue]] = [RecordField("layer"): ["conv1"]]
        #expect(try cells(Measure("products"), filter: filter, records)[0][1] == .number(5))
    }

    @Test(arguments: [
        (Measure("psn"), "method", "table quickstart/t: nothing has 'psn'; expected one of: psnr"),
        (Measure("psnr"), "key_bitz", "table quickstart/t: nothing has 'key_bitz'; expected one of: method, mode,"),
    ])
    func whatNothingHasIsNamed(measure: Measure, row: String, message: String) throws {
        let error = #expect(throws: ReportingError.self) { try cells(measure, rows: [row], patches(.float, [1])) }
        #expect(error?.description.hasPrefix(message) == true)
    }

    /// Numbers ascend whatever the order of the records, which differs between a run and merged shards.
    @Test func rowsAreSorted() throws {
        let records = [3072, 1024, 2048].map { bits in
            var record = Sample.record(.encrypted, mode: "linear", metric: .rounds, 1)
            record.parameters[ParameterName.keyBits] = .integer(bits)
            return record
        }
        let found = try cells(Measure("rounds"), rows: ["key_bits"], records)
        #expect(found.map { $0[0] } == [.number(1024), .number(2048), .number(3072)])
    }

    /// Both samples constant: the ratio is known exactly. One value has no spread.
    @Test func medianRatio() {
        #expect(Bootstrap.interval(ofMedianRatio: [6, 6, 6], to: [2, 2], .init(seed: 0)) == 3...3)
        #expect(Bootstrap.interval(ofMedianRatio: [6], to: [2, 2], .init(seed: 0)) == nil)
        // Some resamples divide 0 by 0.
        #expect(Bootstrap.interval(ofMedianRatio: [0, 1, 2], to: [0, 1, 2], .init(seed: 0)) == nil)
    }

    /// A series whose neighbours are alike: blocks of them make the interval wider, as it has to be.
    @Test func blocksOfNeighbours() throws {
        // Autoregressive of order one with 0.8, 23 long as the published test slices.
        var generator = SeededGenerator(seed: 3)
        func series() -> [Double] {
            var value = generator.normal()
            return (0..<23).map { _ in
                value = 0.8 * value + 0.6 * generator.normal()
                return value
            }
        }
        func covered(_ shape: ([Double]) -> [[[Double]]]) throws -> Int {
            try (0..<1000).count { _ in
                try #require(Bootstrap.interval(ofMeanOf: shape(series()), .init(resamples: 100))).contains(0)
            }
        }
        let blocks = try covered { [$0.map { [$0] }] }
        let single = try covered { $0.map { [[$0]] } }
        #expect(blocks > single + 80, "\(blocks) and \(single) of 1000")
    }
}
