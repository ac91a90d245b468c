import Foundation
import Imaging

/// How folders of DICOM files tell the two doses and the patients apart.
package enum DICOMLayout: String, CaseIterable, Sendable {
    /// `<patient>/full_<kind>/` and `<patient>/quarter_<kind>/`, as in the 2016 challenge, or `full_<kind>/<patient>/`: patients are
    /// folders.
    case mayo2016 = "mayo-2016"
    /// Any folders; series called low dose and full dose, projections left alone, as in the 2020 archive: patients go by their ID.
    case archive2020 = "archive-2020"
    /// Normal-dose slices in any folders, whose low dose is simulated: patients go by their ID.
    case plain

    /// What the folders of a tree say about a slice.
    struct Place: Sendable {
        let isNormal: Bool
        let kind: String
        let patient: String
    }

    /// - Parameters:
    ///   - folders: From the prepared folder down to the file's, the prepared one not included.
    ///   - root: The prepared folder's name.
    /// - Returns: nil if none of them, or more than one, is called `full_<kind>` or `quarter_<kind>`.
    static func place(inFolders folders: [String], of root: String) -> Place? {
        let doses = folders.indices.compactMap { index in
            folders[index].wholeMatch(of: #/(full|quarter)_(.+)/#).map { (index, $0.1 == "full", String($0.2)) }
        }
        guard doses.count == 1, let (index, isNormal, kind) = doses.first else { return nil }
        // The patient is above, or below where nothing is above.
        let below = index + 1 < folders.count ? folders[index + 1] : root
        return Place(isNormal: isNormal, kind: kind, patient: index > 0 ? folders[index - 1] : below)
    }

    /// Whether a series is the normal dose's images; nil for what is neither dose's.
    static func isNormal(series description: String) -> Bool? {
        let text = description.lowercased()
        guard !text.contains("projection") else { return nil }
        if text.contains("full dose") { return true }
        return text.contains("low dose") || text.contains("quarter dose") ? false : nil
    }
}
