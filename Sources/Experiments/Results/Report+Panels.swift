import Foundation
import HDF5
import Imaging
import Leakage
import PrivateDenoising
import Reporting

extension Report {
    /// Which picture it is. The same whether or not the images are there.
    static func caption(
        _ plan: PanelPlan, _ item: FigurePlan, _ records: [ResultRecord], _ experiment: Experiment
    ) -> Caption {
        let data = Set(records.map(\.dataset.shortDescription)).sorted().joined(separator: ", ")
        let place =
            place(of: plan, records, experiment) ?? place(ofAttacked: plan, experiment)
            ?? "Picture \(plan.index + 1) of \(plan.group) in the images.h5 of a run, which is not published."
        var notes = [place, "Data: \(data)."]
        if let truth = plan.truth {
            notes.append("PSNR is that of the picture against the \(words(truth)), range 4096 HU.")
        }
        return Caption(item.caption ?? "\(item.title ?? item.name).", notes: notes)
    }

    /// "Patient head, slice 97, patch 12 of the split": the patches of a case are those of its records, in their order.
    private static func place(
        of plan: PanelPlan, _ records: [ResultRecord], _ experiment: Experiment
    ) -> String? {
        guard let number = Int(plan.group.dropFirst("case-".count)), experiment.cases.indices.contains(number - 1)
        else { return nil }
        let mode = experiment.cases[number - 1].settings.mode.rawValue
        let patches = records.filter { $0.mode == mode && $0.metric == Metric.psnr.rawValue && $0.patch != nil }
            .inGroups { [$0.patch, $0.slice] }.map { $0.members[0] }
        guard patches.indices.contains(plan.index), let patch = patches[plan.index].patch else { return nil }
        let patient = patches[plan.index].patient.map { "Patient \($0), " } ?? ""
        let slice = patches[plan.index].slice.map { "slice \($0), " } ?? ""
        return "\(patient)\(slice)patch \(patch) of the split."
    }

    /// Scores of attacks are not of single patches: where their pictures come from follows from the experiment.
    private static func place(ofAttacked plan: PanelPlan, _ experiment: Experiment) -> String? {
        guard plan.group.hasPrefix("attack-"),
            let number = Int(plan.group.dropFirst("attack-".count).prefix(while: \.isNumber)),
            experiment.attacks.indices.contains(number - 1)
        else { return nil }
        let data = experiment.data
        return experiment.attacks[number - 1].kind.attack.picturesHeldOut
            ? "Patch \(plan.index + 1) of \(data.patches) evenly spaced ones of split \(data.split.rawValue)."
            : "A patch of split train, drawn with seed \(experiment.seed) for the first trial."
    }

    /// Nil if the images are not there.
    static func panels(_ plan: PanelPlan, _ name: String, _ files: ResultFiles) throws -> PanelFigure? {
        guard let group = try ImageGroup(plan, asker: "figure \(files.id)/\(name)", name: name, files: files) else {
            return nil
        }
        let differences = try plan.differences.map { item -> PanelFigure.Difference in
            let (of, from) = (try group.image(item.of), try group.image(item.from))
            let title = "\(Self.words(item.of)) - \(Self.words(item.from))"
            let values = zip(of.pixels, from.pixels).map { $0 - $1 }
            return (PanelFigure.Panel(title: title, width: of.width, values: values), item.range)
        }
        let label = try plan.truth.map(group.image)
        let images = try plan.panels.map { item in
            let image = try group.image(item)
            let score = label.flatMap { item == plan.truth ? nil : Self.score(of: image, against: $0) }
            return PanelFigure.Panel(title: Self.words(item), score: score, width: image.width, values: image.pixels)
        }
        return PanelFigure(images: images, differences: differences, window: plan.window, hasScale: plan.hasScale)
    }

    static func words(_ name: String) -> String { name.replacing("_", with: " ") }

    /// "48.49 dB"; nil for pictures too small for the metrics.
    static func score(of image: Image, against label: Image) -> String? {
        guard min(image.width, image.height) >= 11, image.width == label.width, image.height == label.height else {
            return nil
        }
        let psnr = ImageQuality(of: image, against: label).psnr
        return psnr.isFinite ? "\(Table.NumberFormat.decimals(2).text(psnr)) dB" : nil
    }
}

extension PanelPlan {
    /// What the other pictures are compared with: nil where none of them is, or where greys are no HU.
    fileprivate var truth: String? { hasScale ? ["normal_dose", "original"].first(where: panels.contains) : nil }
}

/// The pictures that a figure needs, to a tenth of a HU as its data file holds them: from a group of `images.h5`, or, where published
/// results leave that out, from the data file of an earlier report.
private struct ImageGroup {
    private let asker: String
    private let images: [String: Image]

    /// - Returns: Nil if neither file holds them.
    /// - Throws: `ReportingError.unmatchedPlan` for a group or dataset that is not in `images.h5`, `.malformedFile` for pictures of several
    ///   sizes, `HDF5Error`.
    init?(_ plan: PanelPlan, asker: String, name: String, files: ResultFiles) throws {
        self.asker = asker
        let names = Set(plan.panels + plan.differences.flatMap { [$0.of, $0.from] })
        let isStored = FileManager.default.fileExists(atPath: files.images)
        let path = isStored ? files.images : "\(files.folder)/\(name).csv"
        if isStored {
            images = try Self.stored(plan, names, asker: asker, path: path)
        } else {
            guard let drawn = Self.drawn(path), names.allSatisfy({ drawn[$0] != nil }) else { return nil }
            images = drawn
        }
        let sizes = Set(images.values.map { [$0.width, $0.height] })
        guard sizes.count == 1, !sizes.joined().contains(0) else {
            throw ReportingError.malformedFile(
                file: path, problem: "the pictures of \(asker) are empty or differ in size; expected one size")
        }
    }

    private static func stored(
        _ plan: PanelPlan, _ names: Set<String>, asker: String, path: String
    ) throws -> [String: Image] {
        let file = try HDF5File(reading: path)
        guard try file.members().contains(plan.group) else {
            throw ReportingError.unmatchedPlan(asker: asker, name: plan.group, valid: try file.members())
        }
        let members = try file.members(of: "/\(plan.group)")
        var images: [String: Image] = [:]
        for name in names {
            guard members.contains(name) else {
                throw ReportingError.unmatchedPlan(asker: asker, name: name, valid: members)
            }
            let stored = try file.images("/\(plan.group)/\(name)")
            guard stored.indices.contains(plan.index) else {
                throw ReportingError.unmatchedPlan(
                    asker: asker, name: "patch \(plan.index)", valid: ["0 to \(stored.count - 1)"])
            }
            let image = stored[plan.index]
            images[name] = Image(
                width: image.width, height: image.height, pixels: image.pixels.map { ($0 * 10).rounded() / 10 })
        }
        return images
    }

    /// Blocks of rows under `# title`, as `PanelFigure` writes them; nil if the file is none of those.
    private static func drawn(_ path: String) -> [String: Image]? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        var images: [String: Image] = [:]
        for block in text.components(separatedBy: "\n\n\n") {
            let lines = block.split(separator: "\n")
            guard let title = lines.first, title.hasPrefix("# ") else { return nil }
            let rows = lines.dropFirst().map { $0.split(separator: ",").compactMap { Float($0) } }
            guard let width = rows.first?.count, width > 0, rows.allSatisfy({ $0.count == width }) else { return nil }
            let name = String(title.dropFirst(2)).replacing(" ", with: "_")
            images[name] = Image(width: width, height: rows.count, pixels: rows.flatMap { $0 })
        }
        return images
    }

    func image(_ name: String) throws -> Image {
        guard let image = images[name] else {
            throw ReportingError.unmatchedPlan(asker: asker, name: name, valid: images.keys.sorted())
        }
        return image
    }
}
