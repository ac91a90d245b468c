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
    private let output: String

    /// - Parameters:
    ///   - folder: Its own files, not those of folders in it.
    ///   - output: Another folder, which need not be there.
    ///   - ending: Of the outputs' names, `.dcm`.
    /// - Throws: `PrepareError.parameter` if nothing in the folder is a CT slice, if the folders are one, or for an ending that no
    ///   format has.
    package init(folder: String, output: String, ending: String) throws {
        guard ending.hasPrefix("."), ImageFormat(path: "slice\(ending)") != nil else {
            throw PrepareError.parameter(name: "--ending", found: "'\(ending)'", expected: "one of: \(ImageFormat.all)")
        }
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
        guard OutputPath.areDifferent(folder, output) else {
            throw PrepareError.parameter(
                name: "output", found: "'\(output)'", expected: "another folder than the input")
        }
        self.skipped = skipped
        self.output = output
        // Without the ending of their kind, unless two slices differ in nothing else.
        func stem(_ name: String) -> String {
            ImageFormat(path: name) == .dicom ? (name as NSString).deletingPathExtension : name
        }
        let stems = Dictionary(grouping: slices.map { stem($0.name).lowercased() }, by: \.self).mapValues(\.count)
        items = slices.sorted { ($0.slice.position, $0.name) < ($1.slice.position, $1.name) }.map { slice, name in
            let isAlone = stems[stem(name).lowercased()] == 1
            return Item(input: slice.path, output: "\(output)/\(isAlone ? stem(name) : name)\(ending)")
        }
    }

    /// Makes the output folder if it is missing.
    /// - Throws: `FileError`: refused where something else has its name.
    package func makeFolder() throws {
        var isFolder: ObjCBool = false
        guard !FileManager.default.fileExists(atPath: output, isDirectory: &isFolder) || isFolder.boolValue else {
            throw FileError.refused(file: output, reason: "is no folder", expected: "one for the slices of a series")
        }
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw FileError.unwritable(file: output, reason: "the folder cannot be made")
        }
    }

    /// - Parameter others: What is written beside an output.
    /// - Throws: `PrepareError.parameter` naming two slices of which one would replace what is written of the other.
    package func requireOwnNames(_ others: (Item) -> [String]) throws {
        var writers: [String: String] = [:]
        for item in items {
            for path in [item.output] + others(item) {
                if let earlier = writers.updateValue(item.input, forKey: path) {
                    throw PrepareError.parameter(
                        name: "input",
                        found: "'\(earlier)' and '\(item.input)', of which '\(path)' would be written twice",
                        expected: "names of slices that differ otherwise")
                }
            }
        }
    }
}
