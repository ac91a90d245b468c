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

    /// - Throws: `ConfigurationError` with the line of a key that is missing, unknown or names a patient a second time.
    package init(reading path: String) throws {
        let root = try ConfigurationFile(path: path).mapping(Split.self)
        var splits: [String: Split] = [:]
        for split in Split.allCases {
            for patient in try root.texts(split) {
                guard splits[patient] == nil else {
                    throw root.refusal(split, "names '\(patient)' again; expected every patient in one split")
                }
                splits[patient] = split
            }
        }
        self.splits = splits
        file = path
    }
}

extension Split: ConfigurationKey {}
