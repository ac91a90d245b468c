import Foundation
import Support
import TestSupport
import Testing

/// RAPL as Linux shows it, in a folder of our own.
@Suite struct EnergyCounterTests {
    private func set(_ folder: String, _ zone: String, name: String, _ microjoules: UInt64, range: UInt64) throws {
        let path = "\(folder)/\(zone)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (file, text) in [("name", name), ("energy_uj", "\(microjoules)"), ("max_energy_range_uj", "\(range)")] {
            try Data("\(text)\n".utf8).write(to: URL(fileURLWithPath: "\(path)/\(file)"))
        }
    }

    @Test func packagesAddUpAndPartsDoNot() throws {
        try withTemporaryFolder { folder in
            let range: UInt64 = 262_143_328_850
            try set(folder, "intel-rapl:0", name: "package-0", 1_000_000, range: range)
            try set(folder, "intel-rapl:1", name: "package-1", range - 500_000, range: range)
            try set(folder, "intel-rapl:0:0", name: "core", 7, range: range)
            #expect(EnergyCounter.absence(in: folder) == nil)
            let counter = try #require(EnergyCounter(folder: folder))
            #expect(counter.joules == 0)
            try set(folder, "intel-rapl:0", name: "package-0", 3_500_000, range: range)
            // It went round.
            try set(folder, "intel-rapl:1", name: "package-1", 250_000, range: range)
            try set(folder, "intel-rapl:0:0", name: "core", 70_000_000, range: range)
            #expect(abs(try #require(counter.joules) - 3.25) < 1e-9)
        }
    }

    /// A counter that is full within the time may have gone round several times.
    @Test func whatMayHaveGoneRoundTwiceIsNotTold() throws {
        try withTemporaryFolder { folder in
            try set(folder, "intel-rapl:0", name: "package-0", 10, range: 20)
            let counter = try #require(EnergyCounter(folder: folder))
            Thread.sleep(forTimeInterval: 0.01)
            #expect(counter.joules == nil)
        }
    }

    @Test func absenceIsTold() throws {
        try withTemporaryFolder { folder in
            #expect(EnergyCounter(folder: folder) == nil && EnergyCounter(folder: "\(folder)/missing") == nil)
            #expect(EnergyCounter.absence(in: folder)?.contains("shows no energy counters") == true)
            try set(folder, "intel-rapl:0", name: "package-0", 10, range: 20)
            try FileManager.default.removeItem(atPath: "\(folder)/intel-rapl:0/energy_uj")
            #expect(EnergyCounter(folder: folder) == nil)
            #expect(EnergyCounter.absence(in: folder)?.contains("cannot be read") == true)
        }
    }
}
