import Foundation
import Imaging
import Reporting
import Support

extension Report {
    /// Name of the page beside the records.
    package static let pageName = "report.html"

    private var pagePath: String { "\(files.folder)/\(Self.pageName)" }

    /// - Throws: `FileError.refused` where something else has the name of one of these pages or of their index.
    package static func requirePages(_ reports: [Report], root: String) throws {
        for path in reports.map(\.pagePath) + [ReportIndex.path(root: root)] {
            try OutputPath.require(path, .page, force: true)
        }
    }

    /// Writes the page, after the figures it shows and `requirePages`; returns its path.
    package func writePage(index: String = "../index.html") throws -> String {
        try AtomicFile.write(try page(index: index), to: pagePath)
        return pagePath
    }

    private func page(index: String) throws -> String {
        let settings = try experiment ?? Experiment(path: files.configuration)
        let drawings = figures.map { figure in
            (figure, try? String(contentsOfFile: "\(files.folder)/\(figure.name).svg", encoding: .utf8))
        }
        let name = files.root == "Results" ? files.id : files.folder
        return ReportPage.html(
            title: settings.title, id: files.id, short: try short(), doubts: TimingDoubts(records).sentences,
            tables: tables.map(\.table), figures: drawings, viewers: try viewers(),
            environment: try RunEnvironment(path: files.environment),
            commands: [
                "ldct run Experiments/\(files.id).yaml", "ldct report \(name) --html", "ldct check \(name)",
            ], configuration: try settings.yaml(), index: index)
    }

    private func short() throws -> Table {
        DenoisingTable.short(records, context: try Self.context(files, plan.bootstrap))
    }

    /// One per case that kept images, with up to eight of its patches. An unreadable file of images has none.
    private func viewers() throws -> [ImageViewer] {
        let cases = (try? CaseImages.all(in: files.images)) ?? []
        return cases.sorted { $0.id < $1.id }.compactMap { item in
            let names =
                Self.order.filter { item.images[$0] != nil }
                + item.images.keys.filter { !Self.order.contains($0) }.sorted()
            let sizes = Set(names.compactMap { item.images[$0]?.first }.map { [$0.width, $0.height] })
            guard sizes.count == 1, let count = names.compactMap({ item.images[$0]?.count }).min(), count > 0 else {
                return nil
            }
            let chosen = Set((0..<min(count, 8)).map { $0 * count / min(count, 8) }).sorted()
            return ImageViewer(chosen.map { Self.set(item, names, $0) })
        }
    }

    /// From what went in to what should come out.
    private static let order = ["low_dose", "linear_filter", "float", "integer", "encrypted", "normal_dose"]

    private static func set(_ item: CaseImages, _ names: [String], _ index: Int) -> ImageViewer.Set {
        let label = item.images["normal_dose"]?[index]
        let pictures = names.compactMap { name -> ImageViewer.Picture? in
            guard let image = item.images[name]?[index] else { return nil }
            let score = label.flatMap { name == "normal_dose" ? nil : Self.score(of: image, against: $0) }
            let title = Self.words(name)
            return ImageViewer.Picture(
                title: title, label: score.map { "\(title), \($0)" } ?? title, pixels: image.pixels)
        }
        var place = "\(item.mode), \(item.network)"
        if item.patches.indices.contains(index), item.slices.indices.contains(index),
            item.patients.indices.contains(index)
        {
            place += ", patient \(item.patients[index]), slice \(item.slices[index]), patch \(item.patches[index])"
        }
        return ImageViewer.Set(place: place, width: item.images[names[0]]?[index].width ?? 1, images: pictures)
    }
}

/// The index of all pages below a folder of results.
package enum ReportIndex {
    fileprivate static func path(root: String) -> String { "\(root)/index.html" }

    /// Writes `<root>/index.html`, after `Report.requirePages`; returns its path. Results that cannot be read are left out.
    package static func write(root: String) throws -> String {
        let files = try ResultFiles.reported([], in: root)
        let entries = files.compactMap { files -> IndexPage.Entry? in
            let page = "\(files.folder)/\(Report.pageName)"
            guard FileManager.default.fileExists(atPath: page), let report = try? Report(files) else { return nil }
            return entry(report, root: root, page: page)
        }
        let path = path(root: root)
        try AtomicFile.write(IndexPage.html(entries), to: path)
        return path
    }

    private static func entry(_ report: Report, root: String, page: String) -> IndexPage.Entry? {
        let files = report.files
        guard let environment = try? RunEnvironment(path: files.environment),
            let experiment = try? Experiment(path: files.configuration)
        else { return nil }
        let checks = report.records.filter { $0.metric == Metric.mismatchedValues.rawValue }
        return IndexPage.Entry(
            id: files.id, title: experiment.title, date: environment.date ?? "-", commit: environment.commit ?? "-",
            link: String(page.dropFirst(root.count + 1)), isPublished: files.root != root,
            rows: ResultSummary(report.records).rows.count,
            mismatchedValues: checks.isEmpty ? nil : checks.reduce(0) { $0 + $1.value })
    }
}
