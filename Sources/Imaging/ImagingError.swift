import Support

/// What can be wrong with images, patch files and the parameters of a simulation, each told in one line.
///
/// No case carries a pixel value: a file may hold a patient's image.
public enum ImagingError: Error, Equatable, Sendable {
    /// A parameter out of its range.
    case parameter(name: String, found: String, expected: String)
    /// A part of a patch file that does not fit.
    case patchFile(file: String, object: String, found: String, expected: String)
    /// A pixel that is not a number, infinite, or beyond 32,767 HU; `place` names file, object or slice.
    case pixel(place: String, row: Int, column: Int)
    /// Data that cannot be what they say, and nobody insisted that they are; `place` names the file.
    case implausible(place: String, Suspicion, remedy: String)
    /// What a patch file lacks.
    case incomplete(file: String, missing: [String])
    /// No slice, or too few, left for a split.
    case tooFewSlices(found: Int, expected: String)
    /// A least-squares problem without a unique solution.
    case singular(problem: String, expected: String)
}

extension ImagingError: CustomStringConvertible {
    /// One line, whatever a file's names and texts hold.
    public var description: String { Console.line(words) }

    private var words: String {
        switch self {
        case .parameter(let name, let found, let expected): "\(name) is \(found); expected \(expected)"
        case .patchFile(let file, let object, let found, let expected):
            "\(file): \(object) \(found); expected \(expected)"
        case .pixel(let place, let row, let column):
            "\(place): row \(row), column \(column) is NaN, infinite or beyond 32767 HU; expected finite HU in [-32767, 32767]"
        case .implausible(let place, let suspicion, let remedy):
            "\(place): \(suspicion.text); expected \(Self.expectation(of: suspicion.matter)) (\(remedy))"
        case .incomplete(let file, let missing):
            "\(file): no \(missing.joined(separator: ", ")); expected a patch file (its parts: README, 'Bring your own')"
        case .tooFewSlices(let found, let expected):
            "\(found) slice\(found == 1 ? "" : "s") hold\(found == 1 ? "s" : "") a patch, of which enough must be body "
                + "(--least-body, above -500 HU); expected \(expected)"
        case .singular(let problem, let expected): "\(problem) has no unique solution; expected \(expected)"
        }
    }
}

extension ImagingError {
    private static func expectation(of matter: Suspicion.Matter) -> String {
        switch matter {
        case .values: "Hounsfield units, air about -1000 and water 0"
        case .doses: "a low dose and a normal dose of it"
        case .splits: "every patient in one split"
        }
    }
}
