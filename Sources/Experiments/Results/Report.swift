import Foundation
import HDF5
import PrivateDenoising
package import Reporting

/// Tables and figures of one result folder, made from its records and images and nothing else.
package struct Report {
    package let files: ResultFiles
    package let plan: ReportPlan
    /// In the order of the plan.
    package let tables: [(name: String, table: Table)]
    /// Those that can be made: panels need images, or the data of an earlier report.
    package let figures: [Figure]
    /// Figures that keep what was made of them when there were images.
    let keptFigures: [(name: String, title: String, caption: Caption)]
    let records: [ResultRecord]
    /// "Results/mine: incomplete: 4 of 6 cells", with the command that goes on; nil where nothing is missing.
    package let gap: String?
    let environment: RunEnvironment
    /// Takes the place of the stored one, for its report section.
    let experiment: Experiment?

    /// - Parameter experiment: With the report section to use, instead of the one that the run was started with.
    /// - Throws: `ResultsError.noResults` without finished cells; `ReportingError` or `ConfigurationError` for what is malformed or asks for
    ///   what is not there.
    package init(_ files: ResultFiles, experiment: Experiment? = nil) throws {
        self.files = files
        self.experiment = experiment
        let settings = try experiment ?? Experiment(path: files.configuration)
        let plan = settings.report.plan
        self.plan = plan
        let contents = try Self.contents(files)
        let records = contents.measurements
        self.records = records
        let missing = try Self.missing(files, contents)
        gap = missing?.gap
        let context = try Self.context(
            files, plan.bootstrap, incompleteness: missing.map { "Incomplete: \($0.cells)." })
        environment = context.environment
        tables = try plan.tables.map { ($0.name, try Self.table($0, records, context)) }
        var figures: [Figure] = []
        var kept: [(String, String, Caption)] = []
        for item in plan.figures {
            switch item.content {
            case .curve(let curve):
                figures.append(
                    try CurveFigure.make(
                        curve, name: item.name, title: item.title, caption: item.caption, records: records,
                        context: context))
            case .heatMap(let map):
                figures.append(
                    try HeatMapFigure.make(
                        map, name: item.name, title: item.title, caption: item.caption, records: records,
                        context: context))
            case .panels(let panels):
                let title = panels.title(item.title)
                let caption = Self.caption(panels, item, records, settings)
                if let figure = try Self.panels(panels, item.name, files) {
                    figures.append(figure.figure(name: item.name, title: title, caption: caption))
                } else {
                    kept.append((item.name, title, caption))
                }
            }
        }
        self.figures = figures
        keptFigures = kept
    }

    static func context(
        _ files: ResultFiles, _ bootstrap: Bootstrap.Settings = Bootstrap.Settings(), incompleteness: String? = nil
    ) throws -> ReportContext {
        ReportContext(
            environment: try RunEnvironment(path: files.environment), modeNotes: modeNotes,
            schemeNotes: schemeNotes, experiment: files.id, usualScheme: ProtocolSettings().scheme.rawValue,
            bootstrap: bootstrap, incompleteness: incompleteness)
    }

    /// What is missing of a run, and the command that goes on with it; nil where nothing is.
    static func gap(_ files: ResultFiles) throws -> String? { try missing(files, contents(files))?.gap }

    /// "4 of 6 cells", alone and as a `gap`; nil where all cells of the run, or of its shard, are there.
    private static func missing(
        _ files: ResultFiles, _ contents: RecordFile.Contents
    ) throws -> (cells: String, gap: String)? {
        guard let manifest = try RunManifest(path: files.manifest) else { return nil }
        let wanted = manifest.shard?.cells(of: manifest.cells) ?? manifest.cells
        let present = wanted.count(where: contents.finishedCells.contains)
        guard present < wanted.count else { return nil }
        let cells = "\(present) of \(wanted.count) cells"
        // An experiment of one's own is known by its file, wherever that is.
        let isUsual = ResultName.experimentFile(files.id) != files.id
        var command = "ldct run \(isUsual ? files.id : "FILE-OF-\(files.id)")"
        var root = files.root
        if let shard = manifest.shard {
            command += " --shard \(shard)"
            root = (root as NSString).deletingLastPathComponent
        }
        if root != "Results" { command += " --results \(root.isEmpty ? "." : root)" }
        return (cells, "\(files.folder): incomplete: \(cells); '\(command)' goes on")
    }

    /// What every mode shows the client, by its name.
    private static let modeNotes = Dictionary(uniqueKeysWithValues: Mode.allCases.map { ($0.rawValue, $0.clientSees) })

    /// What every scheme says of its records.
    private static let schemeNotes: [@Sendable ([ResultRecord]) -> String?] =
        SchemeName.allCases.map { scheme in { scheme.caption($0) } }

    /// The records of finished cells.
    /// - Throws: `ResultsError.noResults` if there are none.
    static func measurements(_ files: ResultFiles) throws -> [ResultRecord] { try contents(files).measurements }

    private static func contents(_ files: ResultFiles) throws -> RecordFile.Contents {
        guard RecordFile.exists(files.records) else {
            throw ResultsError.noResults(folder: files.folder)
        }
        let contents = try RecordFile.read(files.records)
        guard !contents.measurements.isEmpty else { throw ResultsError.noResults(folder: files.folder) }
        return contents
    }

    private static func table(_ item: TablePlan, _ records: [ResultRecord], _ context: ReportContext) throws -> Table {
        switch item.content {
        case .standard:
            records.allSatisfy { $0.method == .attack }
                ? try AttackTable.make(records, name: item.name, caption: item.caption, context: context)
                : DenoisingTable.make(records, name: item.name, caption: item.caption, context: context)
        case .records(let plan):
            try RecordTable.make(plan, name: item.name, caption: item.caption, records: records, context: context)
        case .anchors(let file):
            Anchor.table(
                try Anchor.read(file), caption: item.caption, label: "\(context.experiment)-\(item.name)")
        }
    }
}
