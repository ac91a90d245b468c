import Configuration

/// Every setting of experiment files with its default and meaning, from the keys that the reader knows.
package enum SettingsTable {
    /// What needs no row of its own beside those of its settings, or is told elsewhere already.
    private static let unlisted = ["data", "key", "precision", "cases"]

    /// By path from the root, `key.bits` or `cases[].mode`, in the order of a file.
    static var rows: [(path: String, setting: Setting)] {
        Experiment.CodingKeys.mapping.settings().filter { path, setting in
            setting.meaning != nil && !unlisted.contains(path) && !path.hasPrefix("cases[].precision.")
        }
    }

    /// A table for `Experiments/README.md`.
    package static var markdown: String {
        let head = ["| key | default | meaning |", "| :-- | :-- | :-- |"]
        return (head + rows.map { "| `\($0)` | \($1.usual ?? "") | \($1.meaning ?? "") |" }).joined(separator: "\n")
    }

    /// A JSON schema of experiment files, by which editors complete and check them.
    package static var schema: String {
        Experiment.CodingKeys.mapping.schema(title: "An experiment of ldct")
    }
}
