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
    /// Files of another kind or series than the wanted ones: how many, and what they are.
    private(set) var leftOut: [(count: Int, what: String)] = []
    /// The largest distance between the two doses of a slice, in mm.
    private(set) var largestDistance = 0.0
    private let skipsBad: Bool

    /// A file with what its layout says about it.
    private struct Entry {
        let header: DICOMHeader
        let patient: String
        let isNormal: Bool
    }

    /// A file of a tree of 2016, or of any other.
    private struct Found {
        let header: DICOMHeader
        let place: DICOMLayout.Place?
    }

    /// Two doses lie at one place if their positions differ by no more than rounding makes, in mm.
    static let pairTolerance = 0.1

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
        let root = FilePath(bytes: FilePath(files.folder).name).description
        let places = files.files.map { DICOMLayout.place(inFolders: $0.folders, of: root) }
        let kinds = Self.kinds(of: places)
        let isTree = layout == nil ? !kinds.isEmpty : layout == .mayo2016
        let wanted = isTree ? try Self.kind(kind, among: kinds, in: files.folder) : nil
        var found: [Found] = []
        var unread: [DICOMError] = []
        var ofOtherKind = 0
        for (file, place) in zip(files.files, places) {
            defer { onFile() }
            if let wanted, let place, place.kind != wanted {
                ofOtherKind += 1
                continue
            }
            do {
                found.append(Found(header: try DICOMHeader(reading: file.path), place: place))
            } catch {
                guard skipsBad else { throw error }
                unread.append(error)
            }
        }
        skipped = unread
        if ofOtherKind > 0 { leftOut.append((ofOtherKind, "slices of other kinds than \(wanted ?? "")")) }
        let described = Set(found.compactMap { DICOMLayout.isNormal(series: $0.header.seriesDescription) })
        self.layout = layout ?? (isTree ? .mayo2016 : described.count == 2 ? .archive2020 : .plain)
        let entries = try entries(found)
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

    /// The kinds that both doses have.
    private static func kinds(of places: [DICOMLayout.Place?]) -> Set<String> {
        let doses = places.compactMap { $0 }
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

    private mutating func entries(_ found: [Found]) throws(DICOMError) -> [Entry] {
        var entries: [Entry] = []
        var ofOtherSeries = 0
        for file in found {
            switch layout {
            case .mayo2016:
                if let place = file.place {
                    entries.append(Entry(header: file.header, patient: place.patient, isNormal: place.isNormal))
                } else {
                    try refuse(.misplaced(file: file.header.path, expected: "full_<kind> or quarter_<kind>"))
                }
            case .archive2020:
                if let isNormal = DICOMLayout.isNormal(series: file.header.seriesDescription) {
                    entries.append(Entry(header: file.header, patient: file.header.patientID, isNormal: isNormal))
                } else {
                    ofOtherSeries += 1
                }
            case .plain:
                entries.append(Entry(header: file.header, patient: file.header.patientID, isNormal: true))
            }
        }
        if ofOtherSeries > 0 { leftOut.append((ofOtherSeries, "files of series that are neither dose's images")) }
        if layout != .mayo2016 { try requirePatients(entries) }
        return entries
    }

    /// Patients go by their ID: an empty one is that of a single patient only.
    private func requirePatients(_ entries: [Entry]) throws(DICOMError) {
        for isNormal in [true, false] {
            let nameless = entries.filter { $0.patient.isEmpty && $0.isNormal == isNormal }
            let first = nameless.first?.header.seriesUID
            guard let other = nameless.first(where: { $0.header.seriesUID != first }) else { continue }
            throw .header(
                file: other.header.path, element: "PatientID", found: "empty, in several series",
                expected: "an ID that tells patients apart, or folders <patient>/full_<kind> and quarter_<kind>")
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
            if distance < -Self.pairTolerance {
                try refuse(.missingPartner(file: normal[n].path, dose: "low"))
                n += 1
            } else if distance > Self.pairTolerance {
                try refuse(.missingPartner(file: low[l].path, dose: "normal"))
                l += 1
            } else {
                do {
                    try requireOnePlace(low[l], normal[n])
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

    /// Checks that both doses show the same pixels.
    private mutating func requireOnePlace(_ low: DICOMSlice, _ normal: DICOMSlice) throws(DICOMError) {
        try low.requireFit(with: normal, sameSeries: false)
        let (along, inPlane) = low.distance(to: normal)
        guard inPlane <= Self.pairTolerance else {
            throw .mismatch(
                file: low.path, other: normal.path, element: "position",
                found: "\(Self.millimetres(inPlane)) mm away in the plane", expected: "the same place")
        }
        largestDistance = max(largestDistance, along, inPlane)
    }

    static func millimetres(_ length: Double) -> String { String(format: "%.3g", length) }
}
