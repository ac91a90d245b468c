/// What can be wrong with a folder of DICOM files, each told in one line that names the file. Never an identifying value of its
/// header.
public enum DICOMError: Error, Equatable, Sendable {
    case notDICOM(file: String)
    case damaged(file: String)
    case noImage(file: String)
    case unreadable(file: String)
    /// An element of the header that says this is no CT slice we can use.
    case header(file: String, element: String, found: String, expected: String)
    /// A slice that does not go with another of its series, or with its partner in the other dose.
    case mismatch(file: String, other: String, element: String, found: String, expected: String)
    case duplicatePosition(file: String, other: String)
    /// A slice that is there in one dose only.
    case missingPartner(file: String, dose: String)
    /// A folder in which nothing is as the layout wants it.
    case folder(path: String, found: String, expected: String)
}

extension DICOMError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notDICOM(let file): "\(file): no DICOM file, or damaged before its pixels; expected a CT slice"
        case .damaged(let file): "\(file): truncated or damaged pixels; expected a whole file"
        case .noImage(let file): "\(file): no pixels that can be read; expected 8 or 16 bits of a grey image"
        case .unreadable(let file): "\(file): cannot be read (memory, processes); expected to have some left"
        case .header(let file, let element, let found, let expected):
            "\(file): \(element) is \(found); expected \(expected)"
        case .mismatch(let file, let other, let element, let found, let expected):
            "\(file): \(element) is \(found); expected \(expected) as in \(other)"
        case .duplicatePosition(let file, let other):
            "\(file): at the position of \(other); expected one slice at a position"
        case .missingPartner(let file, let dose):
            "\(file): no \(dose)-dose slice at its position; expected every slice in both doses"
        case .folder(let path, let found, let expected): "\(path): \(found); expected \(expected)"
        }
    }
}
