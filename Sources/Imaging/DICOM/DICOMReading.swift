internal import CDICOM
import Synchronization

/// How this module calls the C side.
enum DICOMReading {
    /// It forks: one call at a time.
    private static let serial = Mutex(())

    static func call(_ path: String, _ body: () -> cdicom_status) throws(DICOMError) {
        switch serial.withLock({ _ in body() }) {
        case CDICOM_OK: return
        case CDICOM_NOT_DICOM: throw .notDICOM(file: path)
        case CDICOM_NO_IMAGE: throw .noImage(file: path)
        case CDICOM_SYNTAX: throw .syntax(file: path, uid: "")
        case CDICOM_ENDLESS: throw .endless(file: path)
        case CDICOM_DAMAGED: throw .damaged(file: path)
        default: throw .unreadable(file: path)
        }
    }
}
