import Dispatch
import Foundation

/// Keeps a second process out of a folder for as long as this object lives, on this machine and on others.
///
/// An advisory `flock` on `<folder>/.lock`: the system drops it when the process ends, however it ends. The file says who
/// holds it and is touched every few seconds, because some shared file systems keep such locks to one machine: a lock left
/// by another host is taken over only once nobody touches it any more.
package final class FolderLock: Sendable {
    package static let name = ".lock"
    /// Seconds between two signs of life.
    package static let heartbeat = 10.0
    /// A thread of its own, so that computing on every processor stops no heart.
    private static let signsOfLife = DispatchQueue(label: "ldct.lock")

    private let descriptor: Int32
    nonisolated(unsafe) private let timer: any DispatchSourceTimer

    /// - Parameter patience: Seconds without a sign of life after which another host's lock counts as left by the dead; waited
    ///   for here where the last sign is younger.
    /// - Throws: `FileError.locked`; `.refused` if the folder is missing or not writable, or a link or another program's file has the
    ///   lock's name.
    package init(folder: String, patience: Double = 4 * heartbeat) throws(FileError) {
        let isNoLock = FileError.refused(
            file: "\(folder)/\(Self.name)", reason: "exists, and is no lock of ldct", expected: "a folder without it")
        func refusal(_ code: Int32) -> FileError {
            code == ELOOP
                ? isNoLock
                : .refused(
                    file: folder, reason: "cannot be written (\(systemReason(code)))", expected: "a writable folder")
        }
        // No link: what it leads to would be emptied.
        let descriptor = open("\(folder)/\(Self.name)", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw refusal(errno) }
        let isLocked = Self.lock(descriptor)
        let code = errno
        let left = LockHolder(descriptor)
        guard isLocked else {
            close(descriptor)
            throw code == EWOULDBLOCK ? .locked(folder: folder, holder: left?.description) : refusal(code)
        }
        if let left, left.host != LockHolder.current.host, Self.isAlive(descriptor, patience: patience) {
            close(descriptor)
            throw .locked(folder: folder, holder: left.description)
        }
        // Another program's file of that name stays what it is.
        guard left != nil || lseek(descriptor, 0, SEEK_END) == 0 else {
            close(descriptor)
            throw isNoLock
        }
        LockHolder.current.write(to: descriptor)
        self.descriptor = descriptor
        timer = DispatchSource.makeTimerSource(queue: Self.signsOfLife)
        timer.schedule(deadline: .now() + Self.heartbeat, repeating: Self.heartbeat)
        timer.setEventHandler { futimens(descriptor, nil) }
        timer.setCancelHandler { close(descriptor) }
        timer.resume()
    }

    deinit {
        ftruncate(descriptor, 0)
        flock(descriptor, LOCK_UN)
        timer.cancel()
    }

    /// Who writes in a folder now; nil if nobody does.
    package static func holder(of folder: String) -> LockHolder? {
        let descriptor = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard let holder = LockHolder(descriptor) else { return nil }
        if holder.host == LockHolder.current.host {
            // Shared, and given back at once; whoever starts meanwhile tries for longer.
            return flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : holder
        }
        return secondsSinceTouched(descriptor) < 6 * heartbeat ? holder : nil
    }

    /// Tries for half a second: between its fork and its exec a child process holds whatever lock its parent has let go of.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<10 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK else { return false }
            usleep(50_000)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// Whether somebody touches the file. What was last touched long ago, whatever the two clocks say, needs no waiting.
    private static func isAlive(_ descriptor: Int32, patience: Double) -> Bool {
        guard secondsSinceTouched(descriptor) < 15 * patience else { return false }
        let before = touched(descriptor)
        let end = ContinuousClock.now + .seconds(patience)
        while ContinuousClock.now < end {
            usleep(100_000)
            if touched(descriptor) != before { return true }
        }
        return false
    }

    /// Seconds since 1970, by the clock of whoever keeps the file.
    private static func touched(_ descriptor: Int32) -> Double {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return 0 }
        return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
    }

    private static func secondsSinceTouched(_ descriptor: Int32) -> Double {
        Date().timeIntervalSince1970 - touched(descriptor)
    }
}

/// Who holds a `FolderLock`.
package struct LockHolder: Codable, Equatable, Sendable, CustomStringConvertible {
    package var host: String
    package var process: Int32
    /// Of Slurm, `12_3` in an array; nil outside.
    package var job: String?

    package init(host: String, process: Int32, job: String? = nil) {
        (self.host, self.process, self.job) = (host, process, job)
    }

    package static let current = LockHolder(
        host: ProcessInfo.processInfo.hostName, process: getpid(), job: SlurmAllocation.job)

    package var description: String { "process \(process) on \(host)" + (job.map { ", Slurm job \($0)" } ?? "") }

    /// Nil of an empty file, which nobody holds.
    fileprivate init?(_ descriptor: Int32) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0, let holder = try? JSONDecoder().decode(Self.self, from: Data(bytes.prefix(count))) else {
            return nil
        }
        self = holder
    }

    fileprivate func write(to descriptor: Int32) {
        guard let data = try? JSONEncoder().encode(self), ftruncate(descriptor, 0) == 0 else { return }
        _ = data.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }
}
