import Foundation
import Support

/// A YAML configuration file, read once; `mapping(_:)` decodes it strictly.
///
/// Every error names the file as the user wrote it and the line it is about.
package struct ConfigurationFile: Sendable {
    /// The file as error messages name it.
    package let name: String
    /// The text exactly as read.
    package let text: String

    package let root: ConfigurationNode

    /// Reads and parses a file.
    /// - Throws: `ConfigurationError.unreadable` if it is missing, a folder or not UTF-8; `.malformed` if it is not YAML.
    package init(path: String) throws(ConfigurationError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .unreadable(.init(file: path), reason: "no such file")
        }
        if isFolder.boolValue { throw .unreadable(.init(file: path), reason: "is a folder; expected a YAML file") }
        let data: Data
        do {
            data = try InputFile.contents(path, expected: "a YAML file", limit: 1 << 24)
        } catch {
            guard case .unreadable(_, let reason, _) = error else {
                throw .unreadable(.init(file: path), reason: "cannot be read")
            }
            throw .unreadable(.init(file: path), reason: "cannot be read: \(reason)")
        }
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw .unreadable(.init(file: path), reason: "is not UTF-8 text")
        }
        try self.init(text: text, name: path)
    }

    /// Parses text that is already in memory, under a name for error messages.
    package init(text: String, name: String) throws(ConfigurationError) {
        self.name = name
        self.text = text
        root = try ConfigurationNode(yaml: text, file: name)
    }

    private init(_ file: ConfigurationFile, name: String, root: ConfigurationNode) {
        self.name = name
        text = file.text
        self.root = root
    }

    /// The file with another tree; messages still name its lines, and it or what is told instead.
    package func with(root: ConfigurationNode, name: String? = nil) -> ConfigurationFile {
        ConfigurationFile(self, name: name ?? self.name, root: root)
    }

    /// The whole file as a mapping whose only keys are the cases of `Key`.
    package func mapping<Key: ConfigurationKey>(_ keys: Key.Type = Key.self) throws(ConfigurationError)
        -> StrictMapping<Key>
    {
        guard case .mapping(let entries, let line) = root else {
            throw .malformed(
                .init(file: name, line: root.line), problem: "is \(root.summary); expected 'key: value' lines")
        }
        return try StrictMapping(entries, path: "", place: .init(file: name, line: line))
    }
}
