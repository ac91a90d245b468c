import Foundation
import Support

/// A YAML configuration file, read once; `mapping(_:)` decodes it strictly.
///
/// Every error names the file as the user wrote it and the line it is about.
package struct ConfigurationFile: Sendable {
    /// The file as error messages name it.
    package private(set) var name: String
    /// The text exactly as read.
    package let text: String

    package private(set) var root: ConfigurationNode

    /// Reads and parses a file.
    /// - Throws: `ConfigurationError.malformed` if it is missing, a folder, not UTF-8 or not YAML.
    package init(path: String) throws(ConfigurationError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .malformed(.init(file: path), problem: "no such file")
        }
        if isFolder.boolValue { throw .malformed(.init(file: path), problem: "is a folder; expected a YAML file") }
        let data: Data
        do {
            data = try InputFile.contents(path, expected: "a YAML file", limit: 1 << 24)
        } catch {
            throw .malformed(.init(file: path), problem: "cannot be read: \(error.reason)")
        }
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw .malformed(.init(file: path), problem: "is not UTF-8 text")
        }
        try self.init(text: text, name: path)
    }

    /// Parses text that is already in memory, under a name for error messages.
    package init(text: String, name: String) throws(ConfigurationError) {
        self.name = name
        self.text = text
        root = try ConfigurationNode(yaml: text, file: name)
    }

    /// The file with another tree; messages still name its lines, and it or what is told instead.
    package func with(root: ConfigurationNode, name: String? = nil) -> ConfigurationFile {
        var file = self
        (file.name, file.root) = (name ?? self.name, root)
        return file
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
