import Foundation
import Imaging

/// The slices of a folder of DICOM files: sorted, checked against each other, and both doses in pairs.
struct DICOMTree: Sendable {
    struct Pair: Sendable {
        /// As the folder or the file calls the patient: identifying.
        let patient: String
        /// From 0, in the order of positions.
        let number: Int
        let normal: DICOMSlice
        /// nil where it is to be simulated.
        let low: DICOMSlice?
    }

    let layout: DICOMLayout
    private(set) var pairs: [Pair] = []
    /// What was wrong with the files that were left out.
    private(set) var skipped: [DICOMError] = []
    private let skipsBad: Bool

    /// A file with what its layout says about it.
    private struct Entry {
        let header: DICOMHeader
        let patient: String
        let isNormal: Bool
    }

    /// - Parameters:
    ///   - layout: nil finds it out.
    ///   - kind: What follows `full_` and `quarter_`; needed where there are several.
    ///   - skipsBad: Leaves out what is wrong rather than throw.
    ///   - onFile: Called after each file.
    /// - Throws: `DICOMError` naming the first file that is wrong.
    init(
        _ files: DICOMFiles, layout: DICOMLayout?, kind: String?, skipsBad: Bool, onFile: () -> Void = {}
    ) throws(DICOMError) {
        self.skipsBad = skipsBad
        let kinds = Self.kinds(of: files.paths)
        let isTree = layout == nil ? !kinds.isEmpty : layout == .mayo2016
        let wanted = isTree ? try Self.kind(kind, among: kinds, in: files.folder) : nil
        var headers: [DICOMHeader] = []
        var unread: [DICOMError] = []
        for path in files.paths {
            defer { onFile() }
            if let wanted, DICOMLayout.dose(ofFolder: Self.folder(of: path))?.kind != wanted { continue }
            do {
                headers.append(try DICOMHeader(reading: path))
            } catch {
                guard skipsBad else { throw error }
                unread.append(error)
            }
        }
        skipped = unread
        let described = Set(headers.compactMap { DICOMLayout.isNormal(series: $0.seriesDescription) })
        self.layout = layout ?? (isTree ? .mayo2016 : described.count == 2 ? .archive2020 : .plain)
        let entries = Self.entries(headers, layout: self.layout)
        for patient in Set(entries.map(\.patient)).sorted() {
            let own = entries.filter { $0.patient == patient }
            let normal = try series(own.filter(\.isNormal))
            guard self.layout != .plain else {
                pairs += normal.enumerated().map { Pair(patient: patient, number: $0, normal: $1, low: nil) }
                continue
            }
            try pair(normal, series(own.filter { !$0.isNormal }), patient: patient)
        }
        guard !pairs.isEmpty else {
            throw .folder(
                path: files.folder, found: "no slice that can be used in layout \(self.layout.rawValue)",
                expected: "CT slices" + (self.layout == .plain ? "" : " of both doses"))
        }
    }

    // MARK: - Folders

    private static func folder(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().lastPathComponent
    }

    /// The kinds that both doses have.
    private static func kinds(of paths: [String]) -> Set<String> {
        let doses = Set(paths.map(folder)).compactMap(DICOMLayout.dose)
        return Set(doses.filter(\.isNormal).map(\.kind)).intersection(doses.filter { !$0.isNormal }.map(\.kind))
    }

    private static func kind(_ wanted: String?, among kinds: Set<String>, in folder: String) throws(DICOMError)
        -> String
    {
        let list = kinds.sorted().joined(separator: ", ")
        if let wanted {
            guard kinds.contains(wanted) else {
                throw .folder(
                    path: folder, found: "no folders full_\(wanted) and quarter_\(wanted)",
                    expected: kinds.isEmpty ? "both doses" : "one of the kinds \(list)")
            }
            return wanted
        }
        guard let first = kinds.first else {
            throw .folder(path: folder, found: "no folders full_<kind> and quarter_<kind>", expected: "both doses")
        }
        guard kinds.count == 1 else {
            throw .folder(path: folder, found: "slices of several kinds (\(list))", expected: "--kind with one of them")
        }
        return first
    }

    private static func entries(_ headers: [DICOMHeader], layout: DICOMLayout) -> [Entry] {
        headers.compactMap { header in
            let folder = URL(fileURLWithPath: header.path).deletingLastPathComponent()
            switch layout {
            case .mayo2016:
                guard let dose = DICOMLayout.dose(ofFolder: folder.lastPathComponent) else { return nil }
                let patient = folder.deletingLastPathComponent().lastPathComponent
                return Entry(header: header, patient: patient, isNormal: dose.isNormal)
            case .archive2020:
                return DICOMLayout.isNormal(series: header.seriesDescription).map {
                    Entry(header: header, patient: header.patientID, isNormal: $0)
                }
            case .plain: return Entry(header: header, patient: header.patientID, isNormal: true)
            }
        }
    }

    // MARK: - Slices

    /// Throws, or notes the error where bad files are skipped.
    private mutating func refuse(_ error: DICOMError) throws(DICOMError) {
        guard skipsBad else { throw error }
        skipped.append(error)
    }

    /// The slices of one patient and dose in the order of their positions. The first file says what they have in common.
    private mutating func series(_ entries: [Entry]) throws(DICOMError) -> [DICOMSlice] {
        var slices: [DICOMSlice] = []
        for entry in entries {
            do {
                let slice = try DICOMSlice(entry.header)
                if let first = slices.first { try slice.requireFit(with: first, sameSeries: true) }
                slices.append(slice)
            } catch {
                try refuse(error)
            }
        }
        var result: [DICOMSlice] = []
        for slice in slices.sorted(by: { ($0.position, $0.path) < ($1.position, $1.path) }) {
            if let last = result.last, slice.position - last.position <= DICOMSlice.positionTolerance {
                try refuse(.duplicatePosition(file: slice.path, other: last.path))
            } else {
                result.append(slice)
            }
        }
        return result
    }

    /// Pairs two sorted series by position.
    private mutating func pair(_ normal: [DICOMSlice], _ low: [DICOMSlice], patient: String) throws(DICOMError) {
        var (n, l, number) = (0, 0, 0)
        while n < normal.count || l < low.count {
            let distance: Double
            if n < normal.count, l < low.count {
                distance = normal[n].position - low[l].position
            } else {
                distance = n < normal.count ? -.infinity : .infinity
            }
            if distance < -DICOMSlice.positionTolerance {
                try refuse(.missingPartner(file: normal[n].path, dose: "low"))
                n += 1
            } else if distance > DICOMSlice.positionTolerance {
                try refuse(.missingPartner(file: low[l].path, dose: "normal"))
                l += 1
            } else {
                do {
                    try low[l].requireFit(with: normal[n], sameSeries: false)
                    pairs.append(Pair(patient: patient, number: number, normal: normal[n], low: low[l]))
                    number += 1
                } catch {
                    try refuse(error)
                }
                n += 1
                l += 1
            }
        }
    }
}
