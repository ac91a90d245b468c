import Leakage
import Denoising
import Foundation
import Support

extension EvidenceKit {
    /// Writes a folder that must not exist yet, in one piece.
    /// - Throws: `EvidenceError.occupied`, `FileError.unwritable`; nothing is left then.
    func write(
        to folder: String, key: Data?, trained: TrainedNetwork, plaintexts: [Int: [IntegerTensor]]
    ) throws {
        let files = FileManager.default
        guard !files.fileExists(atPath: folder) else { throw EvidenceError.occupied(folder: folder) }
        let temporary = "\(folder).\(ProcessInfo.processInfo.processIdentifier).tmp"
        do {
            for name in ["plaintexts", "server"] {
                try files.createDirectory(atPath: "\(temporary)/\(name)", withIntermediateDirectories: true)
            }
            try transcript.write(to: "\(temporary)/transcript")
            try trained.write(to: "\(temporary)/weights.h5")
            var contents = try derivedFiles(plaintexts).merging(numberFiles) { $1 }
            contents["kit.json"] = try SortedJSON.file(header)
            contents["key.json"] = key
            for (name, data) in contents { try AtomicFile.write(data, to: "\(temporary)/\(name)") }
            try AtomicFile.write(try Self.manifestText(of: temporary), to: "\(temporary)/\(Self.manifest)")
            try files.moveItem(atPath: temporary, toPath: folder)
        } catch {
            try? files.removeItem(atPath: temporary)
            if error is FileError { throw error }
            throw FileError.unwritable(file: folder, reason: "\(error)")
        }
    }

    /// A line a file, by name: its digest, two spaces, its name.
    static func manifestText(of folder: String) throws -> String {
        try fileNames(folder).filter { $0 != manifest }
            .map { "\(try Digest.ofFile("\(folder)/\($0)"))  \($0)\n" }.joined()
    }

    private static func fileNames(_ folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }

    /// The content of a regular file of a size that kits have; nil of anything else.
    static func content(_ path: String) -> Data? {
        InputFile.isRegular(path)
            ? try? InputFile.contents(path, expected: "a file of a kit", limit: 1 << 26) : nil
    }

    /// Files that are missing, too many or not as the manifest says.
    /// - Throws: `EvidenceError.noKit` where there is no manifest.
    static func changes(in folder: String) throws -> [String] {
        guard let stored = content("\(folder)/\(manifest)") else {
            throw EvidenceError.noKit(folder: folder, reason: "no \(manifest)")
        }
        let (found, listed) = (try manifestText(of: folder), String(decoding: stored, as: UTF8.self))
        guard Data(found.utf8) != stored else { return [] }
        let (there, said) = (
            Set(found.split(whereSeparator: \.isNewline)), Set(listed.split(whereSeparator: \.isNewline))
        )
        let names = there.symmetricDifference(said).map { $0.count > 66 ? String($0.dropFirst(66)) : manifest }
        return names.isEmpty ? [manifest] : Set(names).sorted()
    }
}

/// What is wrong with an evidence kit.
package enum EvidenceError: Error, Equatable {
    /// Not a kit at all.
    case noKit(folder: String, reason: String)
    /// Files that are not those that were published.
    case changed(folder: String, files: [String])
    /// A file that cannot be what it claims to be.
    case damaged(folder: String, file: String, reason: String)
    /// Something of the name is there.
    case occupied(folder: String)
    /// A run that does not equal its integer network.
    case wrong(folder: String, values: Int)
}

extension EvidenceError: ExitStatusError {
    package var exitStatus: Int32 {
        switch self {
        case .noKit, .occupied: 2
        case .changed, .damaged, .wrong: 1
        }
    }
}

extension EvidenceError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noKit(let folder, let reason):
            "\(folder): \(reason); expected an evidence kit as 'ldct run --evidence' writes it, or a folder of such"
        case .changed(let folder, let files):
            "\(folder): changed since it was published: \(files.joined(separator: ", ")); expected the files of \(EvidenceKit.manifest)"
        case .damaged(let folder, let file, let reason): "\(folder)/\(file): \(reason)"
        case .occupied(let folder):
            "\(folder): exists; expected a new folder, as an evidence kit never replaces anything"
        case .wrong(let folder, let values):
            "\(folder): \(values) values differ from the integer network; expected 0"
        }
    }
}
