import Configuration
import Leakage

/// Every setting of experiment files with its default and meaning, from the keys that the reader knows.
package enum SettingsTable {
    /// One setting, by its path from the root: `key.bits`, `cases[].mode`.
    struct Row {
        let path: String
        let usual: String?
        let meaning: String
    }

    /// In the order of a file.
    static var rows: [Row] {
        Experiment.CodingKeys.allCases.flatMap { key -> [Row] in
            switch key {
            case .data: rows(Experiment.DataSelection.CodingKeys.self, "data.")
            case .key: rows(KeySettings.CodingKeys.self, "key.")
            case .precision: rows(PrecisionKey.self, "precision.")
            case .server: [row(key)] + rows(ServerSettings.CodingKeys.self, "server.")
            case .cases: cases
            case .attacks: [row(key)] + rows(AttackSettings.Key.self, "attacks[].")
            default: [row(key)]
            }
        }
    }

    private static var cases: [Row] {
        Experiment.Case.CodingKeys.allCases.flatMap { key -> [Row] in
            switch key {
            case .network: [row(key, "cases[].")] + rows(RandomNetwork.CodingKeys.self, "cases[].network.")
            case .crop: [row(key, "cases[].")] + rows(Experiment.Crop.CodingKeys.self, "cases[].crop.")
            default: [row(key, "cases[].")]
            }
        }
    }

    private static func rows<Key: DocumentedKey>(_ keys: Key.Type, _ path: String) -> [Row] {
        keys.allCases.map { row($0, path) }
    }

    private static func row<Key: DocumentedKey>(_ key: Key, _ path: String = "") -> Row {
        Row(path: path + key.rawValue, usual: key.usual, meaning: key.meaning)
    }

    /// A table for `Experiments/README.md`.
    package static var markdown: String {
        let head = ["| key | default | meaning |", "| :-- | :-- | :-- |"]
        return (head + rows.map { "| `\($0.path)` | \($0.usual ?? "") | \($0.meaning) |" }).joined(separator: "\n")
    }

    /// A JSON schema of experiment files, by which editors complete and check them.
    package static var schema: String {
        Experiment.CodingKeys.mapping.schema(title: "An experiment of ldct")
    }

    /// The meaning and the default of a setting, for comments in a file.
    static func comment(_ path: String) -> String? {
        rows.first { $0.path == path }.map { ExplainedFile.comment($0.meaning, usual: $0.usual) }
    }
}
