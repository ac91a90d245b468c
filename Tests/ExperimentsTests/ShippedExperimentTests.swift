import Configuration
import Experiments
import Foundation
import PrivateDenoising
import Reporting
import TestSupport
import Testing

/// The experiment files in Experiments/.
@Suite("Shipped experiments")
struct ShippedExperimentTests {
    static let folder = Repository.root.appending(path: "Experiments")
    static let required = [
        "quickstart", "quality", "key-sizes", "precision", "channels-and-depth", "paper-encoding", "dose", "modes",
        "growth",
    ]

    static func experiments(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".yaml") && !$0.hasPrefix("train-") }.map { String($0.dropLast(5)) }.sorted()
    }

    @Test func allAreThere() throws {
        let all = try Self.experiments(in: Self.folder)
        #expect(Set(Self.required).subtracting(all) == [])
        let smoke = try Self.experiments(in: Self.folder.appending(path: "smoke"))
        // The phantom is the quickstart for machines without the CT.
        #expect(Set(Self.required).subtracting(smoke) == [])
    }

    @Test(arguments: required, ["", "smoke/"]) func eachReadsAndIsNamedAsItsFile(id: String, prefix: String) throws {
        let path = Self.folder.appending(path: "\(prefix)\(id).yaml").path
        let points = try SweepPoint.all(of: ConfigurationFile(path: path))
        #expect(points.allSatisfy { $0.experiment.id == id && $0.experiment.title.hasSuffix("?") })
        #expect(prefix == "smoke/" || points.allSatisfy { $0.experiment.key.bits >= 2048 || id == "key-sizes" })
    }

    /// A smoke variant takes the same paths through the code: the same case kinds, and a sweep of the same settings.
    @Test(arguments: required) func smokeVariantsDoTheSame(id: String) throws {
        let whole = try Experiment(path: Self.folder.appending(path: "\(id).yaml").path)
        let smoke = try Experiment(path: Self.folder.appending(path: "smoke/\(id).yaml").path)
        func kinds(_ experiment: Experiment) -> Set<String> {
            Set(
                experiment.cases.map {
                    "\($0.settings.mode.rawValue) \($0.settings.scheme.rawValue) \($0.settings.layout.rawValue)"
                })
        }
        #expect(kinds(smoke) == kinds(whole))
        #expect(smoke.sweep.axes.map(\.path) == whole.sweep.axes.map(\.path))
        func names(_ report: ReportSection) -> [String] {
            report.plan.tables.map(\.name) + report.plan.figures.map(\.name)
        }
        #expect(names(smoke.report) == names(whole.report))
    }

    @Test func theIndexNamesAll() throws {
        let index = try String(contentsOf: Self.folder.appending(path: "README.md"), encoding: .utf8)
        for id in try Self.experiments(in: Self.folder) { #expect(index.contains("`\(id)`"), "\(id)") }
    }
}
