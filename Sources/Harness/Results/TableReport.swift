import Foundation
import PrivateDenoising
import Reporting

/// Makes the tables of a result folder from its records, and nothing else.
package enum TableReport {
    /// Writes `table.md`, `table.csv` and `table.tex` beside the records, and the table into the marked place of a
    /// Markdown file, if there is such a file and such a place.
    /// - Returns: The table in Markdown.
    package static func write(_ files: ResultFiles, readme: String) throws -> String {
        let table = DenoisingTable.make(
            try measurements(files), environment: try RunEnvironment(path: files.environment),
            modeNotes: modeNotes, label: files.id)
        let markdown = table.markdown()
        try AtomicFile.write(markdown, to: files.markdown)
        try AtomicFile.write(table.csv(), to: files.csv)
        try AtomicFile.write(table.latex(), to: files.latex)
        try TableMarkers(id: files.id).fill(readme, with: markdown)
        return markdown
    }

    /// What every mode shows the client, by its name.
    private static let modeNotes = Dictionary(uniqueKeysWithValues: Mode.allCases.map { ($0.rawValue, $0.clientSees) })

    /// The records of finished cells.
    /// - Throws: `ResultsError.noResults` if there are none.
    static func measurements(_ files: ResultFiles) throws -> [ResultRecord] {
        guard FileManager.default.fileExists(atPath: files.records) else {
            throw ResultsError.noResults(folder: files.folder)
        }
        let measurements = try RecordFile.read(files.records).measurements
        guard !measurements.isEmpty else { throw ResultsError.noResults(folder: files.folder) }
        return measurements
    }
}
