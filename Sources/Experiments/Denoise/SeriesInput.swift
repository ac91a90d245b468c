import Foundation
import Imaging
import Preparation
import Support

/// A folder of CT slices, and where each goes.
package struct SeriesInput: Sendable {
    /// One slice and its output.
    package struct Item: Sendable {
        package let input: String
        package let output: String
    }

    /// From one end of the series to the other.
    package let items: [Item]
    /// Files that are no CT slices, a line each.
    package let skipped: [String]

    /// - Parameters:
    ///   - folder: Its own files, not those of folders in it.
    ///   - output: Another folder; made if it is missing.
    ///   - ending: Of the outputs' names, `.dcm`.
    /// - Throws: `PrepareError.parameter` if nothing in the folder is a CT slice, or if the folders are one; `FileError`.
    package init(folder: String, output: String, ending: String) throws {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }
        var slices: [(slice: DICOMSlice, name: String)] = []
        var skipped: [String] = []
        for name in names.sorted() {
            let path = "\(folder)/\(name)"
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            do {
                slices.append((try DICOMSlice(DICOMHeader(reading: path)), name))
            } catch {
                skipped.append("\(error)")
            }
        }
        guard !slices.isEmpty else {
            throw PrepareError.parameter(
                name: "input", found: "'\(folder)'", expected: "a folder with CT slices in DICOM files")
        }
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw FileError.unwritable(file: output, reason: "the folder cannot be made")
        }
        guard OutputPath.areDifferent(folder, output) else {
            throw PrepareError.parameter(
                name: "output", found: "'\(output)'", expected: "another folder than the input")
        }
        self.skipped = skipped
        items = slices.sorted { ($0.slice.position, $0.name) < ($1.slice.position, $1.name) }.map { slice, name in
            let stem = ImageFormat(path: name) == .dicom ? (name as NSString).deletingPathExtension : name
            return Item(input: slice.path, output: "\(output)/\(stem)\(ending)")
        }
    }
}
