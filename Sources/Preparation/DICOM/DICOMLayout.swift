import Foundation
import Imaging

/// How folders of DICOM files tell the two doses and the patients apart.
public enum DICOMLayout: String, CaseIterable, Sendable {
    /// `<patient>/full_<kind>/` and `<patient>/quarter_<kind>/`, as in the 2016 challenge: patients are folders.
    case mayo2016 = "mayo-2016"
    /// Any folders; series called low dose and full dose, projections left alone, as in the 2020 archive: patients go by their ID.
    case archive2020 = "archive-2020"
    /// Normal-dose slices in any folders, whose low dose is simulated: patients go by their ID.
    case plain

    /// `full_3mm` is the normal dose of kind `3mm`.
    static func dose(ofFolder name: String) -> (isNormal: Bool, kind: String)? {
        guard let match = name.wholeMatch(of: #/(full|quarter)_(.+)/#) else { return nil }
        return (match.1 == "full", String(match.2))
    }

    /// Whether a series is the normal dose's images; nil for what is neither dose's.
    static func isNormal(series description: String) -> Bool? {
        let text = description.lowercased()
        guard !text.contains("projection") else { return nil }
        if text.contains("full dose") { return true }
        return text.contains("low dose") || text.contains("quarter dose") ? false : nil
    }
}

/// The DICOM files below a folder.
struct DICOMFiles: Sendable {
    let folder: String
    /// Sorted. Files that begin as DICOM files do, or are called `.dcm` or `.ima`; hidden ones and indices (DICOMDIR) left out.
    let paths: [String]

    /// - Throws: `DICOMError.folder` if it is none, or holds no DICOM file.
    init(in folder: String) throws(DICOMError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw .folder(path: folder, found: "no such folder", expected: "a folder of DICOM files")
        }
        // An enumerator does not follow a link to its folder.
        let real = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        let names = FileManager.default.enumerator(atPath: real)?.compactMap { $0 as? String } ?? []
        paths = names.filter { name in
            !name.split(separator: "/").contains { $0.hasPrefix(".") || $0 == "DICOMDIR" }
        }.sorted().map { "\(folder)/\($0)" }.filter(Self.isCandidate)
        self.folder = folder
        guard !paths.isEmpty else {
            throw .folder(path: folder, found: "no DICOM file", expected: "some, or folders of them")
        }
    }

    private static func isCandidate(_ path: String) -> Bool {
        guard let handle = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? handle.close() }
        // Opening a folder works, reading from it does not.
        guard let head = try? handle.read(upToCount: 132) else { return false }
        let isNamed = ["dcm", "ima"].contains(URL(fileURLWithPath: path).pathExtension.lowercased())
        return isNamed || head.suffix(4) == Data("DICM".utf8) && head.count == 132
    }
}
