import Configuration
import Foundation
import Imaging

/// Which patients train, validate and test, as a YAML file says.
///
/// ```
/// train: [L067, L096]
/// validation: [L143]
/// test: [L506]
/// ```
package struct PatientSplit: Sendable {
    let file: String
    let splits: [String: Split]

    private enum Key: String, ConfigurationKey {
        case train, validation, test
    }

    /// - Throws: `ConfigurationError` with the line of a key that is missing, unknown or names a patient a second time.
    package init(reading path: String) throws {
        let root = try ConfigurationFile(path: path).mapping(Key.self)
        var splits: [String: Split] = [:]
        for (key, split) in [(Key.train, Split.train), (.validation, .validation), (.test, .test)] {
            for patient in try root.texts(key) {
                guard splits[patient] == nil else {
                    throw root.refusal(key, "names '\(patient)' again; expected every patient in one split")
                }
                splits[patient] = split
            }
        }
        self.splits = splits
        file = path
    }
}
