import Foundation
package import Reporting
import Support

/// A result folder opened for a run: locked, checked against what it already holds, ready for the cells that are left.
///
/// Finished cells are kept. They must have been made with the same settings, data, weights, machine and result format;
/// otherwise opening is refused, unless a restart moves them aside.
package struct ResultFolder {
    package let files: ResultFiles
    /// The cells without results, in the order given; of a shard, its own.
    package let remaining: [CellKey]

    private let lock: FolderLock
    private let records: RecordFile
    private let machine: String

    /// Opens `root/<experiment.id>`, and creates it if it is missing.
    /// - Parameters:
    ///   - datasets: The patch files the run reads.
    ///   - weights: The weights files the run reads.
    ///   - cells: Every cell of the run.
    ///   - shard: The part of the cells to measure.
    ///   - own: The cells of that part; nil where the shard's number says so.
    ///   - restart: Moves what is there to a folder `<id>.old-<number>` beside this one.
    /// - Throws: `ResultsError`, or an error of the files that are already there.
    package init(
        root: String, experiment: Experiment, datasets: [Artifact], weights: [Artifact],
        environment: RunEnvironment, cells: [CellKey], shard: Shard? = nil, own: [CellKey]? = nil, restart: Bool
    ) throws {
        files = try ResultFiles(root: root, id: experiment.id)
        try Self.create(files.folder)
        lock = try FolderLock(folder: files.folder)
        Self.removeLeftovers(in: files.folder)
        if restart { try Self.moveAside(files) }

        let manifest = RunManifest(cells: cells, shard: shard)
        let stored = try RunManifest(path: files.manifest)
        if let stored, stored.format != manifest.format {
            // Records of another format cannot even be read.
            let change = "result format was \(stored.format), is \(manifest.format)"
            throw ResultsError.changed(folder: files.folder, changes: [change])
        }
        let present = try Self.present(files)
        let finished = (stored ?? manifest).finished(present.finishedCells, among: cells)
        remaining = (own ?? shard?.cells(of: cells) ?? cells).filter { !finished.contains($0) }
        machine = environment.machineKind
        if present.finishedCells.isEmpty {
            try Self.store(experiment, in: files)
            try environment.write(to: files.environment)
            try manifest.write(to: files.manifest)
        } else {
            var changes = try Self.changes(from: files.configuration, to: experiment)
            changes += Self.changes(in: present.records, datasets: datasets, weights: weights)
            if let stored, stored.shard != shard {
                changes.append(
                    "shard was \(stored.shard?.description ?? "the whole"), is \(shard?.description ?? "the whole")")
            }
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
    package func finish(cell: CellKey, _ measurements: [ResultRecord]) throws {
        try records.append(cell: cell.description, machine: machine, measurements)
    }

    /// A file of that name which is no experiment is somebody else's; one with the same settings may be what is being run.
    private static func store(_ experiment: Experiment, in files: ResultFiles) throws {
        if FileManager.default.fileExists(atPath: files.configuration) {
            guard let changes = try? changes(from: files.configuration, to: experiment) else {
                throw FileError.refused(
                    file: files.configuration, reason: "exists, and is not an experiment's",
                    expected: "an empty folder, or another --results")
            }
            guard !changes.isEmpty else { return }
        }
        try AtomicFile.write(try experiment.yaml(), to: files.configuration)
    }

    static func create(_ folder: String) throws(ResultsError) {
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
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where AtomicFile.isLeftover(name) {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    /// Moves all but the lock, which this process holds. Records go first: without them the rest is written anew.
    static func moveAside(_ files: ResultFiles) throws(ResultsError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: files.folder)) ?? []
        let records = (files.records as NSString).lastPathComponent
        let old =
            names.filter { $0.hasPrefix(records) } + names.filter { !$0.hasPrefix(records) && $0 != FolderLock.name }
        guard !old.isEmpty else { return }
        do {
            var number = 1
            while FileManager.default.fileExists(atPath: "\(files.folder).old-\(number)") { number += 1 }
            let aside = "\(files.folder).old-\(number)"
            try FileManager.default.createDirectory(atPath: aside, withIntermediateDirectories: false)
            for name in old {
                try FileManager.default.moveItem(atPath: "\(files.folder)/\(name)", toPath: "\(aside)/\(name)")
            }
        } catch {
            throw .notWritable(folder: files.folder, reason: "old results cannot be moved aside")
        }
    }

    private static func present(_ files: ResultFiles) throws(ReportingError) -> RecordFile.Contents {
        guard RecordFile.exists(files.records) else { return RecordFile.Contents() }
        return try RecordFile.read(files.records)
    }
}
