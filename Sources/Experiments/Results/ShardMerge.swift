import Foundation
import Reporting
import Support

/// Joins the results of shards into those of the whole run.
package struct ShardMerge {
    package let files: ResultFiles
    /// Cells that no shard has finished; `ldct run` measures them.
    package let missing: [String]
    /// Cells of the whole run.
    package let total: Int

    private struct Part {
        let folder: String
        let lock: FolderLock
        let manifest: RunManifest
        let experiment: Experiment
        let environment: RunEnvironment
        let contents: RecordFile.Contents

        init(_ folder: String) throws {
            guard RecordFile.exists("\(folder)/records.jsonl"),
                let manifest = try RunManifest(path: "\(folder)/cells.json")
            else { throw ResultsError.noResults(folder: folder) }
            self.folder = folder
            self.manifest = manifest
            lock = try FolderLock(folder: folder)
            experiment = try Experiment(path: "\(folder)/config.yaml")
            environment = try RunEnvironment(path: "\(folder)/environment.json")
            contents = try RecordFile.read("\(folder)/records.jsonl")
        }

        /// Where it differs from another part of the same run.
        func changes(from other: Part) throws -> [String] {
            var changes = try ResultFolder.changes(from: "\(folder)/config.yaml", to: other.experiment)
            if manifest.format != other.manifest.format {
                changes.append("result format was \(manifest.format), is \(other.manifest.format)")
            }
            let datasets = other.contents.records.map(\.dataset).distinct
            let weights = other.contents.records.compactMap(\.weights).distinct
            // A shard need not have met every file, but a file of one name must be the same everywhere.
            changes += ResultFolder.changes(
                in: contents.records.filter { record in datasets.contains { $0.name == record.dataset.name } },
                datasets: datasets,
                weights: weights
                    + contents.records.compactMap(\.weights).filter { own in
                        !weights.contains { $0.name == own.name }
                    })
            return changes
        }
    }

    /// Merges result folders into `root/<experiment>`, which must not hold results yet.
    /// - Throws: `ResultsError` naming the folder that belongs to another run, or the cell that two folders hold.
    /// - Parameter force: Moves results that are there aside, as a run does.
    package init(_ folders: [String], into root: String, force: Bool = false) throws {
        var parts: [Part] = []
        for folder in folders {
            guard parts.allSatisfy({ OutputPath.areDifferent($0.folder, folder) }) else {
                throw FileError.refused(file: folder, reason: "named twice", expected: "every shard once")
            }
            let part = try Part(folder)
            if let first = parts.first {
                let changes = try part.changes(from: first)
                guard changes.isEmpty, part.experiment.id == first.experiment.id else {
                    throw ResultsError.otherRun(folder: folder, first: first.folder, changes: changes)
                }
            }
            parts.append(part)
        }
        guard let first = parts.first else { throw ResultsError.noResults(folder: root) }
        files = try ResultFiles(root: root, id: first.experiment.id)
        let records = try Self.records(of: parts)
        missing = first.manifest.cells.filter { records[$0] == nil }
        total = first.manifest.cells.count
        guard folders.allSatisfy({ OutputPath.areDifferent($0, files.folder) }) else {
            throw FileError.refused(
                file: files.folder, reason: "is one of the shards", expected: "another --results for the whole")
        }
        try write(
            first, force: force, RunEnvironment(joining: parts.map(\.environment)),
            first.manifest.cells.flatMap { records[$0] ?? [] }, Self.images(folders))
    }

    /// The records of every finished cell, the closing one included.
    private static func records(of parts: [Part]) throws(ResultsError) -> [String: [ResultRecord]] {
        var records: [String: [ResultRecord]] = [:]
        var owners: [String: String] = [:]
        for part in parts {
            for cell in part.contents.finishedCells {
                if let other = owners.updateValue(part.folder, forKey: cell) {
                    throw .measuredTwice(cell: cell, folders: [other, part.folder])
                }
            }
            for record in part.contents.records {
                if let cell = record.cell, owners[cell] == part.folder { records[cell, default: []].append(record) }
            }
        }
        return records
    }

    private func write(
        _ first: Part, force: Bool, _ environment: RunEnvironment, _ records: [ResultRecord], _ images: [CaseImages]
    ) throws {
        try ResultFolder.create(files.folder)
        let lock = try FolderLock(folder: files.folder)
        if force { try ResultFolder.moveAside(files) }
        guard !RecordFile.exists(files.records) else {
            throw FileError.refused(
                file: files.folder, reason: "holds results",
                expected: "a folder without any, another --results, or --force, which moves them aside")
        }
        try AtomicFile.write(try first.experiment.yaml(), to: files.configuration)
        try environment.write(to: files.environment)
        var manifest = first.manifest
        manifest.shard = nil
        try manifest.write(to: files.manifest)
        if !images.isEmpty { try CaseImages.write(images, to: files.images) }
        var lines = Data()
        for record in records { lines += try record.jsonLine() + Data("\n".utf8) }
        try AtomicFile.write(lines, to: files.records)
        withExtendedLifetime(lock) {}
    }

    /// Read before anything is written: a damaged file leaves nothing half merged.
    private static func images(_ folders: [String]) throws -> [CaseImages] {
        let paths = folders.map { "\($0)/images.h5" }.filter { FileManager.default.fileExists(atPath: $0) }
        let images = try paths.flatMap { try CaseImages.all(in: $0) }
        // A case with several trials may have been met by several shards; its images are the same.
        return images.inGroups(by: \.id).map { $0.members[0] }
    }
}
