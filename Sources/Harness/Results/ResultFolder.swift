import Foundation
package import Reporting

/// A result folder opened for a run: locked, checked against what it already holds, ready for the cells that are left.
///
/// Finished cells are kept. They must have been made with the same settings, data, weights and machine; otherwise
/// opening is refused, unless a restart discards them.
package struct ResultFolder {
    package let files: ResultFiles
    /// The cells without results, in the order given.
    package let remaining: [String]

    private let lock: FolderLock
    private let records: RecordFile

    /// Opens `root/<experiment.id>`, and creates it if it is missing.
    /// - Parameters:
    ///   - dataset: The patch file the run reads.
    ///   - weights: The weights files the run reads.
    ///   - cells: Every cell of the run, by a name that says what it measures.
    ///   - restart: Discards what is there.
    /// - Throws: `ResultsError`, or an error of the files that are already there.
    package init(
        root: String, experiment: Experiment, dataset: Artifact, weights: [Artifact], environment: RunEnvironment,
        cells: [String], restart: Bool
    ) throws {
        files = try ResultFiles(root: root, id: experiment.id)
        try Self.create(files.folder)
        lock = try FolderLock(folder: files.folder)
        Self.removeLeftovers(in: files.folder)
        if restart { try Self.discard(files) }

        let present = try Self.present(files)
        let finished = present.finishedCells
        remaining = cells.filter { !finished.contains($0) }
        if finished.isEmpty {
            try AtomicFile.write(try experiment.yaml(), to: files.configuration)
            try environment.write(to: files.environment)
        } else {
            var changes = try Self.changes(from: files.configuration, to: experiment)
            changes += Self.changes(in: present.records, dataset: dataset, weights: weights)
            // Timings of two machines must not meet in one table; a folder that is complete may be read anywhere.
            if !remaining.isEmpty {
                changes += try RunEnvironment(path: files.environment).differences(from: environment).map {
                    "other \($0)"
                }
            }
            guard changes.isEmpty else { throw ResultsError.changed(folder: files.folder, changes: changes) }
        }
        records = try RecordFile(appendingTo: files.records)
    }

    /// Stores a cell's records; after this call it will not be measured again.
    package func finish(cell: String, _ measurements: [ResultRecord]) throws {
        try records.append(cell: cell, measurements)
    }

    private static func create(_ folder: String) throws(ResultsError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            let isFile = FileManager.default.fileExists(atPath: folder)
            throw .notWritable(
                folder: folder, reason: isFile ? "a file of that name is in the way" : "the folder cannot be made")
        }
    }

    /// Temporary files of a run that was killed while it wrote one; the lock says that nobody writes now.
    private static func removeLeftovers(in folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(".tmp") {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    private static func discard(_ files: ResultFiles) throws(ResultsError) {
        for path in files.all where FileManager.default.fileExists(atPath: path) {
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch {
                throw .notWritable(folder: files.folder, reason: "old results cannot be removed")
            }
        }
    }

    private static func present(_ files: ResultFiles) throws(ReportingError) -> RecordFile.Contents {
        guard FileManager.default.fileExists(atPath: files.records) else { return RecordFile.Contents() }
        return try RecordFile.read(files.records)
    }
}
