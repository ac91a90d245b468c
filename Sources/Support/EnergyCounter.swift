import Foundation

/// What the machine's processors took out of the wall, as Linux counts it (powercap, RAPL of Intel and AMD): everything on them, whoever
/// ran it.
///
/// Counters are readable by root alone on most systems (since CVE-2020-8694), and missing in most virtual machines.
package struct EnergyCounter {
    /// Where Linux shows them. `LDCT_POWERCAP` names another folder, for tests.
    package static let folder = ProcessInfo.processInfo.environment["LDCT_POWERCAP"] ?? "/sys/class/powercap"

    private let folder: String
    private let start = ContinuousClock.now
    private let readings: [Reading]

    private struct Reading {
        let zone: String
        let microjoules, range: UInt64
    }

    /// No machine takes more: beyond it a counter may have gone round more than once, and says nothing.
    private static let largestWatts = 2000.0

    /// Starts to count; nil where no counter of a whole package can be read.
    package init?(folder: String = Self.folder) {
        let readings = Self.packages(folder).compactMap { Self.reading($0, in: folder) }
        guard !readings.isEmpty else { return nil }
        self.folder = folder
        self.readings = readings
    }

    /// Joules since the start, over all packages; nil where a counter went away or may have gone round.
    package var joules: Double? {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        var sum = 0.0
        for first in readings {
            guard let now = Self.reading(first.zone, in: folder),
                Double(first.range) * 1e-6 > seconds * Self.largestWatts
            else { return nil }
            let passed =
                now.microjoules >= first.microjoules
                ? now.microjoules - first.microjoules : first.range - first.microjoules + now.microjoules
            sum += Double(passed) * 1e-6
        }
        return sum
    }

    /// Why there is nothing to read, in words; nil where there is.
    package static func absence(in folder: String = Self.folder) -> String? {
        guard EnergyCounter(folder: folder) == nil else { return nil }
        let packages = packages(folder)
        return packages.isEmpty
            ? "this machine shows no energy counters (\(folder))"
            : "the energy counters cannot be read (\(folder)/\(packages[0])/energy_uj; root can)"
    }

    /// Zones of whole processor packages; cores, memory and graphics are parts of them or not of all machines.
    private static func packages(_ folder: String) -> [String] {
        let zones = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return zones.sorted().filter { text("\($0)/name", in: folder)?.hasPrefix("package") == true }
    }

    private static func reading(_ zone: String, in folder: String) -> Reading? {
        guard let energy = text("\(zone)/energy_uj", in: folder).flatMap({ UInt64($0) }),
            let range = text("\(zone)/max_energy_range_uj", in: folder).flatMap({ UInt64($0) }), range >= energy
        else { return nil }
        return Reading(zone: zone, microjoules: energy, range: range)
    }

    private static func text(_ file: String, in folder: String) -> String? {
        (try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
