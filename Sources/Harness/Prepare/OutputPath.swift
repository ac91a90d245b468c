import Foundation

/// Checks before long work that its result can be written.
public enum OutputPath {
    /// - Throws: `PrepareError.unwritable` unless the folder of `path` exists and is writable, and `path` is not a
    ///   folder.
    public static func requireWritable(_ path: String) throws(PrepareError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard access(folder, W_OK) == 0 else { throw .unwritable(file: path, reason: String(cString: strerror(errno))) }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw .unwritable(file: path, reason: "it is a folder")
        }
    }
}
