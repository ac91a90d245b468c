package import Foundation
import Synchronization

/// Files that are either the old or the new version, never half of one: written beside their place under a temporary
/// name, brought to disk, then renamed.
///
/// Links are followed, so that the file they lead to is replaced and the link stays. Device nodes, pipes and folders are
/// never replaced. Whether a result may replace what stands there is `OutputPath`'s question, asked before the work.
package enum AtomicFile {
    /// Who may read a file.
    package enum Access {
        /// What the file there before allowed, otherwise what the process's mask leaves of 0666.
        case usual
        /// Its owner alone, from its creation on: 0600.
        case secret
    }

    /// What becomes of a file that has the name already.
    package enum Existing {
        case replaced
        /// Kept, and an error: two writers of one name cannot overwrite each other's file either.
        case kept
    }

    /// - Throws: `FileError.unwritable` naming the file, with the system's reason.
    package static func write(
        _ data: Data, to path: String, access: Access = .usual, existing: Existing = .replaced
    ) throws(FileError) {
        try data.bytes.withUnsafeBytes { bytes throws(FileError) in
            try write(bytes, to: path, access: access, existing: existing)
        }
    }

    /// - Throws: `FileError.unwritable` naming the file, with the system's reason.
    package static func write(_ text: String, to path: String, access: Access = .usual) throws(FileError) {
        try write(Data(text.utf8), to: path, access: access)
    }

    /// The same from memory that the caller wipes: nothing is copied.
    package static func write(
        _ bytes: UnsafeRawBufferPointer, to path: String, access: Access, existing: Existing
    ) throws(FileError) {
        try Interruption.whileWriting { () throws(FileError) in
            let place = try Place(path, access: access)
            let descriptor = place.descriptor
            let isFilled = writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
            let code = errno
            close(descriptor)
            try place.finish(isFilled ? 0 : code, existing)
        }
    }

    /// Lets `body` fill a file of a temporary name, which exists and is empty, then puts it in its place.
    ///
    /// Whatever fails, the temporary file is removed and an older file stays as it was.
    /// - Throws: `FileError.unwritable`, or what `body` throws.
    package static func replace<Result>(
        _ path: String, access: Access = .usual, _ body: (String) throws -> Result
    ) throws -> Result {
        try Interruption.whileWriting {
            let place = try Place(path, access: access)
            close(place.descriptor)
            do {
                let result = try body(place.temporary)
                let descriptor = open(place.temporary, O_RDONLY | O_CLOEXEC)
                let code = descriptor >= 0 && fsync(descriptor) == 0 ? 0 : errno
                if descriptor >= 0 { close(descriptor) }
                try place.finish(code, .replaced)
                return result
            } catch {
                unlink(place.temporary)
                throw error
            }
        }
    }

    /// Why no more bytes can be added to a file, in the system's words, where a library only tells that writing failed: the
    /// disk is full, or a limit is reached. Nil if they can. The file is worth nothing afterwards.
    package static func whyFull(_ path: String) -> String? {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { return systemReason(errno) }
        defer { close(descriptor) }
        let some = [UInt8](repeating: 0, count: 1 << 20)
        let isWritten = some.withUnsafeBytes { writeAll($0, to: descriptor) } && fsync(descriptor) == 0
        return isWritten ? nil : systemReason(errno)
    }

    /// All of it, however often the system stops half-way. - Returns: false with `errno` set.
    package static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 {
                guard errno == EINTR else { return false }
            } else {
                rest = rest.dropFirst(count)
            }
        }
        return true
    }

    /// A temporary file, made beside the one it will become.
    private struct Place {
        /// As the caller wrote it, for messages.
        let path: String
        /// Links followed.
        let target: String
        let temporary: String
        let descriptor: Int32

        private static let counter = Atomic<Int>(0)

        init(_ path: String, access: Access) throws(FileError) {
            self.path = path
            target = try OutputPath.resolved(path)
            var old = stat()
            let isThere = stat(target, &old) == 0
            guard !isThere || old.st_mode & S_IFMT == S_IFREG else {
                throw .unwritable(file: path, reason: "not a file")
            }
            let number = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
            temporary = "\(target).\(getpid())-\(number)-\(AtomicFile.host)\(AtomicFile.suffix)"
            // Only a process that was killed and had our number can have left it.
            unlink(temporary)
            if access == .usual { AtomicFile.removeLeftovers(of: target) }
            descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, access == .secret ? 0o600 : 0o666)
            guard descriptor >= 0 else { throw .unwritable(file: path, reason: systemReason(errno)) }
            if isThere, access == .usual { fchmod(descriptor, old.st_mode & 0o777) }
        }

        /// - Parameter code: What went wrong so far, 0 for nothing.
        func finish(_ code: Int32, _ existing: Existing) throws(FileError) {
            var code = code
            if code == 0 {
                let isPlaced: Bool
                switch existing {
                case .replaced: isPlaced = rename(temporary, target) == 0
                // A second name, which fails where there is one already.
                case .kept: isPlaced = link(temporary, target) == 0 && unlink(temporary) == 0
                }
                code = isPlaced ? 0 : errno
            }
            guard code == 0 else {
                unlink(temporary)
                throw .unwritable(file: path, reason: systemReason(code))
            }
        }
    }

    private static let suffix = ".tmp"

    /// Whether a name is a temporary one of this type, which only a process that was killed leaves behind.
    package static func isLeftover(_ name: String) -> Bool {
        name.wholeMatch(of: /.+\.\d+(-\d+(-[0-9a-f]+)?)?\.tmp/) != nil
    }

    /// Tells this machine's processes from those of others that write into the same folder.
    private static let host = String(UInt(truncatingIfNeeded: gethostid()), radix: 16)

    /// Temporary files of one target whose process on this machine was killed.
    private static func removeLeftovers(of target: String) {
        let folder = OutputPath.folder(of: target)
        let base = target.lastIndex(of: "/").map { String(target[target.index(after: $0)...]) } ?? target
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix(base + ".") && name.hasSuffix("-\(host)\(suffix)") && isLeftover(name) {
            let digits = name.dropFirst(base.count + 1).prefix { $0.isNumber }
            if let process = Int32(digits), kill(process, 0) != 0, errno == ESRCH { unlink("\(folder)/\(name)") }
        }
    }
}
