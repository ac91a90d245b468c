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
    /// Those that can be made: panels need the images, which published results leave out.
    package let figures: [Figure]
    /// Figures that keep what was made of them when there were images.
    let keptFigures: [(name: String, title: String, caption: String)]
    let records: [ResultRecord]
    /// Takes the place of the stored one, for its report section.
    let experiment: Experiment?

    /// - Parameter experiment: With the report section to use, instead of the one that the run was started with.
    /// - Throws: `ResultsError.noResults` without finished cells; `ReportingError` or `ConfigurationError` for what is malformed or asks for
    ///   what is not there.
    package init(_ files: ResultFiles, experiment: Experiment? = nil) throws {
        self.files = files
        self.experiment = experiment
        let plan = try (experiment ?? Experiment(path: files.configuration)).report.plan
        self.plan = plan
        records = try Self.measurements(files)
        let context = ReportContext(
            environment: try RunEnvironment(path: files.environment), modeNotes: Self.modeNotes, experiment: files.id,
            bootstrap: plan.bootstrap)
        var tables: [(String, Table)] = []
        for item in plan.tables { tables.append((item.name, try Self.table(item, records, context))) }
        self.tables = tables
        var figures: [Figure] = []
        var kept: [(String, String, String)] = []
        for item in plan.figures {
            switch item.content {
            case .curve(let curve):
                figures.append(
                    try CurveFigure.make(
                        curve, name: item.name, title: item.title, caption: item.caption, records: records,
                        context: context))
            case .panels(let panels):
                let title = panels.title(item.title)
                let caption = Self.caption(panels, item, records)
                if FileManager.default.fileExists(atPath: files.images) {
                    figures.append(
                        try Self.panels(panels, item.name, files).figure(
                            name: item.name, title: title, caption: caption))
                } else {
                    kept.append((item.name, title, caption))
                }
            }
        }
        self.figures = figures
        keptFigures = kept
    }

    /// What every mode shows the client, by its name.
    private static let modeNotes = Dictionary(uniqueKeysWithValues: Mode.allCases.map { ($0.rawValue, $0.clientSees) })

    /// The records of finished cells.
    /// - Throws: `ResultsError.noResults` if there are none.
    static func measurements(_ files: ResultFiles) throws -> [ResultRecord] {
        guard RecordFile.exists(files.records) else {
            throw ResultsError.noResults(folder: files.folder)
        }
        let measurements = try RecordFile.read(files.records).measurements
        guard !measurements.isEmpty else { throw ResultsError.noResults(folder: files.folder) }
        return measurements
    }

    private static func table(_ item: TablePlan, _ records: [ResultRecord], _ context: ReportContext) throws -> Table {
        switch item.content {
        case .standard:
            DenoisingTable.make(records, name: item.name, caption: item.caption, context: context)
        case .records(let plan):
            try RecordTable.make(plan, name: item.name, caption: item.caption, records: records, context: context)
        case .anchors(let file):
            Anchor.table(
                try Anchor.read(file), caption: item.caption, label: "\(context.experiment)-\(item.name)")
        }
    }

    /// The same whether or not the images are there.
    private static func caption(_ plan: PanelPlan, _ item: FigurePlan, _ records: [ResultRecord]) -> String {
        let data = Set(records.map(\.dataset.shortDescription)).sorted().joined(separator: ", ")
        return [item.caption, "Image \(plan.index) of \(plan.group) in images.h5.", "Data: \(data)."].compactMap { $0 }
            .joined(separator: " ")
    }

    private static func panels(_ plan: PanelPlan, _ name: String, _ files: ResultFiles) throws -> PanelFigure {
        let images = try HDF5File(reading: files.images)
        let asker = "figure \(files.id)/\(name)"
        guard try images.members().contains(plan.group) else {
            throw ReportingError.unmatchedPlan(asker: asker, name: plan.group, valid: try images.members())
        }
        let members = try images.members(of: "/\(plan.group)")
        func panel(_ name: String, title: String) throws -> PanelFigure.Panel {
            guard members.contains(name) else {
                throw ReportingError.unmatchedPlan(asker: asker, name: name, valid: members)
            }
            let stored = try images.read(Float.self, from: "/\(plan.group)/\(name)", rank: 3)
            guard plan.index < stored.shape[0] else {
                throw ReportingError.unmatchedPlan(
                    asker: asker, name: "patch \(plan.index)", valid: ["0 to \(stored.shape[0] - 1)"])
            }
            let area = stored.shape[1] * stored.shape[2]
            return PanelFigure.Panel(
                title: title, width: stored.shape[2],
                values: Array(stored.values[plan.index * area..<(plan.index + 1) * area]))
        }
        func words(_ name: String) -> String { name.replacing("_", with: " ") }
        let differences = try plan.differences.map { item in
            let (of, from) = (try panel(item.of, title: item.of), try panel(item.from, title: item.from))
            let factor = ParameterValue.number(item.factor).description
            return PanelFigure.Panel(
                title: "\(words(item.of)) -\n\(words(item.from)), x \(factor)", width: of.width,
                values: zip(of.values, from.values).map { ($0 - $1) * Float(item.factor) })
        }
        return PanelFigure(
            images: try plan.panels.map { try panel($0, title: words($0)) }, differences: differences,
            window: plan.window)
    }
}
