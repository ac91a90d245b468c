public import Foundation

/// A path as the system knows it: bytes, which need not be text.
public struct FilePath: Hashable, Sendable, CustomStringConvertible {
    /// Without a zero.
    public let bytes: [UInt8]

    public init(_ text: String) { bytes = Array(text.utf8) }

    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// The last component's bytes.
    public var name: [UInt8] { bytes.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? [] }

    /// A member of this folder.
    public func appending(_ name: [UInt8]) -> FilePath {
        FilePath(bytes: bytes + (bytes.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]) + name)
    }

    /// As text, with `\\xNN` for bytes that are none.
    public var description: String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            let length = (1...4).first { String(validating: rest.prefix($0), as: UTF8.self) != nil && rest.count >= $0 }
            if let length, let character = String(validating: rest.prefix(length), as: UTF8.self) {
                text += character
                rest = rest.dropFirst(length)
            } else {
                text += "\\x" + (first < 16 ? "0" : "") + String(first, radix: 16)
                rest = rest.dropFirst()
            }
        }
        return text
    }

    public func withBytes<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let terminated = bytes.map { CChar(bitPattern: $0) } + [0]
        return terminated.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("a terminated array is not empty") }
            return body(start)
        }
    }

    /// What the path leads to, links followed; nil if it leads nowhere.
    public var status: stat? {
        var status = stat()
        let failure = withBytes { stat($0, &status) }
        return failure == 0 ? status : nil
    }

    /// The system's reason if it is no regular file that may be read.
    public var whyClosed: String? {
        guard withBytes({ access($0, R_OK) }) == 0 else { return String(cString: strerror(errno)) }
        guard let status, status.st_mode & S_IFMT == S_IFREG else { return "no regular file" }
        return nil
    }

    /// The members of a folder without `.` and `..`, in the order of their bytes; nil if it cannot be read.
    public var members: [[UInt8]]? {
        guard let folder = withBytes({ opendir($0) }) else { return nil }
        defer { closedir(folder) }
        var names: [[UInt8]] = []
        while true {
            // The end and an error are told apart by it alone.
            errno = 0
            guard let entry = readdir(folder) else { break }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != Array(".".utf8) && name != Array("..".utf8) { names.append(name) }
        }
        guard errno == 0 else { return nil }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
