import Foundation
import Support
import TestSupport
import Testing

@Suite("Folder locks")
struct FolderLockTests {
    private func withFolder(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { try body(URL(fileURLWithPath: $0)) }
    }

    private func write(_ holder: LockHolder, in folder: URL) throws {
        try JSONEncoder().encode(holder).write(to: folder.appending(path: FolderLock.name))
    }

    private let elsewhere = LockHolder(host: "node-of-another-name", process: 1, job: "12_3")

    @Test func namesItsHolderAndForgetsIt() throws {
        try withFolder { folder in
            #expect(FolderLock.holder(of: folder.path) == nil)
            let lock = try FolderLock(folder: folder.path)
            #expect(FolderLock.holder(of: folder.path) == LockHolder.current)
            let expected = FileError.locked(folder: folder.path, holder: LockHolder.current.description)
            #expect(throws: expected) { try FolderLock(folder: folder.path) }
            withExtendedLifetime(lock) {}
        }
    }

    @Test func emptiesNoFileOfAnybodyElse() throws {
        try withFolder { folder in
            let (target, link) = (folder.appending(path: "notes"), folder.appending(path: FolderLock.name))
            try Data("mine".utf8).write(to: target)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
            let refusal = FileError.refused(
                file: "\(folder.path)/\(FolderLock.name)", reason: "exists, and is no lock of ldct",
                expected: "a folder without it")
            #expect(throws: refusal) { _ = try FolderLock(folder: folder.path) }
            #expect(try String(contentsOf: target, encoding: .utf8) == "mine")
            // Nor one that stands there itself.
            try FileManager.default.removeItem(at: link)
            try FileManager.default.moveItem(at: target, to: link)
            #expect(throws: refusal) { _ = try FolderLock(folder: folder.path) }
            #expect(try String(contentsOf: link, encoding: .utf8) == "mine")
        }
    }

    @Test func isFreeOnceReleased() throws {
        try withFolder { folder in
            for _ in 0..<3 {
                do {
                    let lock = try FolderLock(folder: folder.path)
                    withExtendedLifetime(lock) {}
                }
                #expect(FolderLock.holder(of: folder.path) == nil)
            }
        }
    }

    /// What a process of this machine left when it was killed.
    @Test func theDeadOfThisMachineHoldNothing() throws {
        try withFolder { folder in
            try write(LockHolder(host: LockHolder.current.host, process: 1), in: folder)
            #expect(FolderLock.holder(of: folder.path) == nil)
            _ = try FolderLock(folder: folder.path)
        }
    }

    /// A file system that keeps locks to one machine: the other's signs of life are all there is.
    @Test func theLivingOfAnotherMachineAreWaitedFor() throws {
        try withFolder { folder in
            try write(elsewhere, in: folder)
            let path = folder.appending(path: FolderLock.name).path
            let timer = DispatchSource.makeTimerSource(queue: .global())
            timer.schedule(deadline: .now(), repeating: 0.1)
            timer.setEventHandler { utimes(path, nil) }
            timer.resume()
            defer { timer.cancel() }
            #expect(FolderLock.holder(of: folder.path) == elsewhere)
            #expect(
                throws: FileError.locked(
                    folder: folder.path, holder: "process 1 on node-of-another-name, Slurm job 12_3")
            ) {
                try FolderLock(folder: folder.path, patience: 5)
            }
        }
    }

    @Test func theSilentOfAnotherMachineAreNot() throws {
        try withFolder { folder in
            try write(elsewhere, in: folder)
            let lock = try FolderLock(folder: folder.path, patience: 0.5)
            #expect(FolderLock.holder(of: folder.path) == LockHolder.current)
            withExtendedLifetime(lock) {}
        }
    }

    /// Long silence needs no waiting: with the usual patience this test would take most of a minute.
    @Test func theLongDeadAreNotWaitedFor() throws {
        try withFolder { folder in
            try write(elsewhere, in: folder)
            let past = Date(timeIntervalSinceNow: -3600)
            try FileManager.default.setAttributes(
                [.modificationDate: past], ofItemAtPath: folder.appending(path: FolderLock.name).path)
            #expect(FolderLock.holder(of: folder.path) == nil)
            let start = ContinuousClock.now
            _ = try FolderLock(folder: folder.path)
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }
}

@Suite("Allocations")
struct AllocationTests {
    /// Lines as Linux writes them (proc(5)).
    @Test(arguments: [("ff", 8), ("00000000,00000001", 1), ("ffffffff,0000000f", 36), ("0", nil), ("", nil)])
    func affinityMasksAreCounted(mask: String, count: Int?) throws {
        try withTemporaryFolder { folder in
            let file = "\(folder)/status"
            try Data("Name:\tldct\nCpus_allowed:\t\(mask)\nCpus_allowed_list:\t0\n".utf8)
                .write(to: URL(fileURLWithPath: file))
            #expect(Resources.mask(statusOf: file) == count)
        }
    }

    @Test(arguments: [
        (8, [:], 8), (8, ["SLURM_CPUS_ON_NODE": "3"], 3), (2, ["SLURM_CPUS_ON_NODE": "4"], 2),
        (8, ["SLURM_CPUS_ON_NODE": "8", "SLURM_CPUS_PER_TASK": "2"], 2), (4, ["SLURM_CPUS_ON_NODE": "x"], 4),
    ])
    func threadsFollowMaskAndJob(mask: Int, environment: [String: String], threads: Int) {
        #expect(Resources.allowed(mask: mask, environment: environment) == threads)
    }
}
