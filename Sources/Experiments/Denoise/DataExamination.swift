import Foundation
package import Imaging
import Support

/// What `ldct data check` says of a file: what is in it, and what speaks against it.
package struct DataExamination: Sendable {
    package let lines: [String]
    package let suspicions: [Suspicion]

    /// - Throws: what reading the file throws, but not that its values are implausible.
    package init(_ path: String, dataset: String?, index: Int?) throws {
        if dataset != nil || Self.isDICOM(path) {
            let slice = try SliceInput(reading: path, dataset: dataset ?? "", index: index, isInsisting: true).image
            var evidence = ValueEvidence()
            evidence.add(slice.pixels)
            lines = ["\(path)", "  slice    \(slice.height)x\(slice.width), \(Self.range(evidence)) HU"]
            suspicions = [evidence.suspicion].compactMap { $0 }
            return
        }
        let patches = try PatchDataset(examining: path)
        lines = ["\(path)"] + Self.record(patches) + Split.allCases.map { Self.line($0, patches[$0]) }
        suspicions = patches.suspicions()
    }

    private static func isDICOM(_ path: String) -> Bool {
        let head = InputFile.head(path, 132)
        return head.count == 132 && head.suffix(4) == Data("DICM".utf8)
            || ["dcm", "ima"].contains(URL(fileURLWithPath: path).pathExtension.lowercased())
    }

    private static func record(_ patches: PatchDataset) -> [String] {
        let record = patches.record
        let spacing = record.pixelSpacing.map { String(format: "%g", $0) }.joined(separator: " x ")
        let insistence = record.insistence.map(\.rawValue).sorted().joined(separator: ", ")
        return [
            "  source   \(record.source)", "  made by  \(record.generator)",
            "  spacing  \(spacing) mm (slices, rows, columns)\(record.bodyRegion.map { ", \($0)" } ?? "")",
            "  dose     \(String(format: "%g", record.doseFraction)) of the normal one, "
                + "\(String(format: "%.1f", patches.measuredNoise)) HU of noise in the body",
            "  split    \(record.splitRule)",
        ] + (insistence.isEmpty ? [] : ["  insists  on \(insistence), whatever they look like"])
    }

    private static func line(_ split: Split, _ set: PatchSet) -> String {
        let name = split.rawValue.padding(toLength: 11, withPad: " ", startingAt: 0)
        guard set.count > 0 else { return "  \(name)no patches" }
        var (low, normal) = (ValueEvidence(), ValueEvidence())
        low.add(set.lowDose)
        normal.add(set.normalDose)
        let patients = Set(set.slices.map(\.patient)).count
        let short = set.shortCount > 0 ? " (\(set.shortCount) of them over the edge)" : ""
        return
            "  \(name)\(set.count) patches of \(set.height)x\(set.width)\(short), \(Set(set.slices).count) slices of "
            + "\(patients) patient\(patients == 1 ? "" : "s"); low dose \(range(low)) HU, normal dose \(range(normal)) HU"
    }

    private static func range(_ evidence: ValueEvidence) -> String {
        guard let range = evidence.range else { return "no" }
        return String(format: "%g to %g", Double(range.lowerBound) + 0, Double(range.upperBound) + 0)
    }
}
