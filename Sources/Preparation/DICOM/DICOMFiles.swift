import Foundation
import Imaging

/// The files below a folder that look like slices, and how many others there are.
///
/// Links are followed, every real folder is entered once. Left alone: names that begin with a dot, and indices (DICOMDIR).
struct DICOMFiles: Sendable {
    struct File: Sendable {
        let path: FilePath
        /// The folders from the prepared one down, it not included.
        let folders: [String]
    }

    let folder: String
    /// In the order of their paths. Files that begin as DICOM files do, that are called as slices are (`.dcm`, `.ima`, ...), or that
    /// have no ending and can be read as DICOM files.
    let files: [File]
    /// Files that look like nothing of the kind.
    let others: Int

    /// - Throws: `DICOMError.folder` if it is none, or holds no DICOM file; `.closed` for a folder that may not be read.
    init(in folder: String) throws(DICOMError) {
        let root = FilePath(folder)
        guard let status = root.status, status.st_mode & S_IFMT == S_IFDIR else {
            throw .folder(path: folder, found: "no such folder", expected: "a folder of DICOM files")
        }
        var walk = Walk()
        try walk.enter(root, [])
        self.folder = folder
        files = walk.files
        others = walk.others
        guard !files.isEmpty else {
            throw .folder(path: folder, found: "no DICOM file", expected: "some, or folders of them")
        }
    }

    private struct Walk {
        struct Place: Hashable {
            let device: UInt64
            let inode: UInt64
        }

        var files: [File] = []
        var others = 0
        var entered: Set<Place> = []

        mutating func enter(_ folder: FilePath, _ folders: [String]) throws(DICOMError) {
            guard let status = folder.status else { return }
            guard entered.insert(Place(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))).inserted else {
                return
            }
            guard let members = folder.members else {
                throw .closed(file: folder.description, reason: String(cString: strerror(errno)))
            }
            for name in members where name.first != UInt8(ascii: ".") && name != Array("DICOMDIR".utf8) {
                let path = folder.appending(name)
                if let status = path.status, status.st_mode & S_IFMT == S_IFDIR {
                    try enter(path, folders + [FilePath(bytes: name).description])
                } else if Self.isCandidate(path) {
                    files.append(File(path: path, folders: folders))
                } else {
                    others += 1
                }
            }
        }

        private static let endings: Set = ["dcm", "ima", "dicom", "dic", "dc3"]

        private static func isCandidate(_ path: FilePath) -> Bool {
            // `x.dcm.gz` is a slice too, which will be refused.
            let parts = FilePath(bytes: path.name).description.lowercased().split(separator: ".").dropFirst()
            if parts.contains(where: { endings.contains(String($0)) }) { return true }
            guard path.whyClosed == nil, let head = head(of: path) else { return parts.isEmpty }
            if head.count == 132 && head.suffix(4).elementsEqual("DICM".utf8) { return true }
            // Neither preamble nor ending, as old archives write them; their names are often numbers.
            let isBare = parts.allSatisfy { $0.allSatisfy(\.isNumber) }
            return isBare && ((try? DICOMHeader(reading: path)).map { !$0.modality.isEmpty } ?? false)
        }

        private static func head(of path: FilePath) -> [UInt8]? {
            guard let file = path.withBytes({ fopen($0, "r") }) else { return nil }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 132)
            let count = fread(&bytes, 1, bytes.count, file)
            return Array(bytes.prefix(count))
        }
    }
}
