import Support

/// What can be wrong with a folder of DICOM files, each told in one line that names the file. Never an identifying value of its
/// header.
public enum DICOMError: Error, Equatable, Sendable {
    case notDICOM(file: String)
    case damaged(file: String)
    case noImage(file: String)
    case unreadable(file: String)
    /// A name that leads to nothing, or to what may not be read; `reason` is the system's.
    case closed(file: String, reason: String)
    /// Reading did not end within the time allowed.
    case endless(file: String)
    /// Pixels stored in a way that is not decoded here.
    case syntax(file: String, uid: String)
    /// A slice in none of the folders that the layout gives a meaning.
    case misplaced(file: String, expected: String)
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
    /// One line, whatever a file's names and texts hold.
    public var description: String { Console.line(words) }

    private var words: String {
        switch self {
        case .notDICOM(let file): "\(file): no DICOM file, or damaged before its pixels; expected a CT slice"
        case .damaged(let file): "\(file): truncated or damaged pixels; expected a whole file"
        case .noImage(let file): "\(file): no pixels that can be read; expected 8 or 16 bits of a grey image"
        case .unreadable(let file): "\(file): cannot be read (memory, processes); expected to have some left"
        case .closed(let file, let reason):
            "\(file): cannot be opened (\(reason)); expected a slice (is it a link to data that are not here?)"
        case .endless(let file): "\(file): reading it does not end; expected a slice"
        case .syntax(let file, let uid):
            "\(file): transfer syntax is \(uid)\(DICOMError.name(ofSyntax: uid)); "
                + "expected raw pixels, RLE, JPEG, JPEG-LS or JPEG 2000"
        case .misplaced(let file, let expected): "\(file): a slice in another folder; expected \(expected)"
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

extension DICOMError {
    /// What transfer syntaxes that are met, and not read, are called.
    private static func name(ofSyntax uid: String) -> String {
        let names = [
            "1.2.840.10008.1.2.1.99": "deflated", "1.2.840.10008.1.2.4.201": "High-Throughput JPEG 2000, lossless",
            "1.2.840.10008.1.2.4.202": "High-Throughput JPEG 2000, lossless",
            "1.2.840.10008.1.2.4.203": "High-Throughput JPEG 2000", "1.2.840.10008.1.2.4.92": "JPEG 2000 part 2",
            "1.2.840.10008.1.2.4.93": "JPEG 2000 part 2", "1.2.840.10008.1.2.4.94": "JPIP, pixels elsewhere",
            "1.2.840.10008.1.2.4.95": "JPIP, pixels elsewhere", "1.2.840.10008.1.2.4.110": "JPEG XL",
            "1.2.840.10008.1.2.4.111": "JPEG XL", "1.2.840.10008.1.2.4.112": "JPEG XL",
        ]
        if let name = names[uid] { return " (\(name))" }
        return uid.hasPrefix("1.2.840.10008.1.2.4.10") ? " (MPEG video)" : ""
    }
}
