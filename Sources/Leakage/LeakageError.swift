/// Why a transcript cannot be read or an attack cannot be made, each told in one line.
package enum LeakageError: Error, Equatable {
    /// A transcript folder that is missing, damaged or of another version.
    case transcript(folder: String, problem: String)
    /// The attack needs another transcript, another key, or more of it.
    case unsuitable(attack: String, found: String? = nil, expected: String)
    case unwritable(folder: String, reason: String)
}

extension LeakageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .transcript(let folder, let problem): "\(folder): not a transcript: \(problem)"
        case .unsuitable(let attack, let found, let expected):
            "attack \(attack): \(found.map { "\($0); " } ?? "")expected \(expected)"
        case .unwritable(let folder, let reason): "\(folder): the transcript cannot be written: \(reason)"
        }
    }
}
