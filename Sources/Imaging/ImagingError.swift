/// What can be wrong with images, patch files and the parameters of a simulation, each told in one line.
///
/// No case carries a pixel value: a file may hold a patient's image.
public enum ImagingError: Error, Equatable, Sendable {
    /// A parameter out of its range.
    case parameter(name: String, found: String, expected: String)
    /// A part of a patch file that does not fit.
    case patchFile(file: String, object: String, found: String, expected: String)
    /// A pixel that is not a number, infinite, or beyond 32,767 HU; `place` names file, object or slice.
    case pixel(place: String, index: Int)
    /// No slice, or too few, left for a split.
    case tooFewSlices(found: Int, expected: String)
    /// A least-squares problem without a unique solution.
    case singular(problem: String, expected: String)
}

extension ImagingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .parameter(let name, let found, let expected): "\(name) is \(found); expected \(expected)"
        case .patchFile(let file, let object, let found, let expected):
            "\(file): \(object) \(found); expected \(expected)"
        case .pixel(let place, let index):
            "\(place): value \(index) is NaN, infinite or beyond 32767 HU; expected finite HU in [-32767, 32767]"
        case .tooFewSlices(let found, let expected): "\(found) slices hold a patch; expected \(expected)"
        case .singular(let problem, let expected): "\(problem) has no unique solution; expected \(expected)"
        }
    }
}
