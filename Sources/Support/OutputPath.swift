import Foundation

/// What a command writes: a name for messages, and how a file of that kind is told from any other.
package struct OutputKind: Sendable {
    /// With its article: "a patch file".
    package let name: String
    /// How its names may end, in lower case without the dot, as the ending decides the format; any where there are none.
    package let endings: [String]
    /// Whether the file at a path is one that this program wrote.
    package let isOne: @Sendable (_ path: String) -> Bool

    package init(
        _ name: String, endings: [String] = [], _ isOne: @escaping @Sendable (_ path: String) -> Bool
    ) {
        self.name = name
        self.endings = endings
        self.isOne = isOne
    }
}

/// The one rule about what an output may replace, asked before the work starts.
///
/// An output is never an input, a device node, a pipe, a folder, or an existing file of another kind (a key is of another
/// kind than everything). An existing file of its own kind is replaced only when the user insists (`--force`).
package enum OutputPath {
    /// - Parameters:
    ///   - kind: What will be written.
    ///   - inputs: Files the command reads, links and all.
    ///   - force: The user insists on replacing an earlier result.
    /// - Throws: `FileError.refused` with what stands there.
    package static func require(
        _ path: String, _ kind: OutputKind, inputs: [String] = [], force: Bool
    ) throws(FileError) {
        let isThere = try exists(path, inputs: inputs)
        let ending = path.lastIndex(of: ".").map { path[path.index(after: $0)...].lowercased() }
        guard kind.endings.isEmpty || kind.endings.contains(ending ?? "") else {
            throw .refused(
                file: path, reason: "does not name \(kind.name)",
                expected: "a name that ends in \(kind.endings.map { "." + $0 }.joined(separator: " or "))")
        }
        guard isThere else { return }
        guard kind.isOne(path) else {
            throw .refused(
                file: path, reason: "exists, and is not \(kind.name)", expected: "a new name for \(kind.name)")
        }
        guard force else {
            throw .refused(file: path, reason: "exists", expected: "a new name, or --force to replace it")
        }
    }

    /// For what is never replaced, keys above all.
    /// - Throws: `FileError.refused` if anything stands there.
    package static func requireNew(_ path: String, _ what: String) throws(FileError) {
        guard try !exists(path, inputs: []) else {
            throw .refused(file: path, reason: "exists", expected: "a new name, as \(what) never replaces anything")
        }
    }

    /// Two outputs of one command. - Throws: `FileError.refused` if they are one file.
    package static func requireDifferent(_ first: String, _ second: String) throws(FileError) {
        guard areDifferent(first, second) else {
            throw .refused(file: second, reason: "named for two outputs", expected: "two files")
        }
    }

    /// Whether two paths, however they are spelt, lead to different places.
    package static func areDifferent(_ first: String, _ second: String) -> Bool { identity(first) != identity(second) }

    /// Whether something is there that may be looked at further; what may never be written is refused.
    private static func exists(_ path: String, inputs: [String]) throws(FileError) -> Bool {
        func refusal(_ reason: String, _ expected: String) -> FileError {
            .refused(file: path, reason: reason, expected: expected)
        }
        let target = try resolved(path)
        guard !path.isEmpty, !path.hasSuffix("/") else { throw refusal("names no file", "a file's name") }
        let folder = folder(of: target)
        var status = stat()
        guard stat(folder, &status) == 0 else {
            throw refusal("cannot be written (\(systemReason(errno)))", "a path in an existing, writable folder")
        }
        guard access(folder, W_OK) == 0 else {
            throw refusal("cannot be written (\(systemReason(errno)))", "a path in a writable folder")
        }
        guard stat(target, &status) == 0 else { return false }
        if let input = inputs.first(where: { identity($0) == identity(path) }) {
            throw refusal("is the input \(input)", "another file, as an output never replaces an input")
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return true
        case S_IFDIR: throw refusal("is a folder", "a file's name")
        default: throw refusal("is a device or a pipe", "a file's name")
        }
    }

    /// Where a path leads when its links are followed; the last component need not exist.
    /// - Throws: `FileError.refused` for a link that leads nowhere.
    static func resolved(_ path: String) throws(FileError) -> String {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
        guard let real = realpath(path, nil) else {
            throw .refused(
                file: path, reason: "is a link that leads nowhere (\(systemReason(errno)))", expected: "a file's name")
        }
        defer { free(real) }
        return String(cString: real)
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// What tells one file from another, however it is spelt: device and inode, of the folder where there is no file yet.
    private enum Identity: Equatable {
        case file(dev_t, ino_t)
        case absent(dev_t, ino_t, name: String)
        case nowhere(String)
    }

    private static func identity(_ path: String) -> Identity {
        var status = stat()
        if stat(path, &status) == 0 { return .file(status.st_dev, status.st_ino) }
        guard stat(folder(of: path), &status) == 0 else { return .nowhere(path) }
        let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        return .absent(status.st_dev, status.st_ino, name: name)
    }
}
