import CHDF5

/// The type of a stored value, as far as this project cares.
package enum HDF5ElementType: Equatable, Sendable, CustomStringConvertible {
    case integer(bytes: Int, signed: Bool)
    case float(bytes: Int)
    case string
    /// Anything else (compound, enumeration, ...).
    case other(String)

    package var description: String {
        switch self {
        case .integer(let bytes, let signed): "\(signed ? "int" : "uint")\(8 * bytes)"
        case .float(let bytes): "float\(8 * bytes)"
        case .string: "strings"
        case .other(let name): name
        }
    }

    /// Whether values of this type can be read as `other`: whole numbers as any numbers, floats as floats. Whether each of them
    /// stays what it is depends on the value.
    package func converts(to other: HDF5ElementType) -> Bool {
        switch (self, other) {
        case (.integer, .integer), (.integer, .float), (.float, .float): true
        default: self == other
        }
    }
}

/// A number that a dataset can hold. Only the conformances of this module work: `Float`, `Double`, `UInt8`, `Int16`,
/// `Int32`, `Int64` and `Int` (stored as 64 bits).
package protocol HDF5Element: BitwiseCopyable, Sendable {
    static var elementType: HDF5ElementType { get }
    /// The value, if this type has it.
    init?(exactly value: Int64)
}

extension Float: HDF5Element { package static var elementType: HDF5ElementType { .float(bytes: 4) } }
extension Double: HDF5Element { package static var elementType: HDF5ElementType { .float(bytes: 8) } }
extension UInt8: HDF5Element { package static var elementType: HDF5ElementType { .integer(bytes: 1, signed: false) } }
extension Int16: HDF5Element { package static var elementType: HDF5ElementType { .integer(bytes: 2, signed: true) } }
extension Int32: HDF5Element { package static var elementType: HDF5ElementType { .integer(bytes: 4, signed: true) } }
extension Int64: HDF5Element { package static var elementType: HDF5ElementType { .integer(bytes: 8, signed: true) } }
extension Int: HDF5Element { package static var elementType: HDF5ElementType { .integer(bytes: 8, signed: true) } }

extension HDF5Element {
    /// The library's identifiers of this type in memory and in a file; they are never closed. The first makes the library begin.
    static var identifiers: (memory: hid_t, file: hid_t) {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        return switch elementType {
        case .float(bytes: 4): (chdf5_native_float(), chdf5_file_float())
        case .float: (chdf5_native_double(), chdf5_file_double())
        case .integer(bytes: 1, _): (chdf5_native_uint8(), chdf5_file_uint8())
        case .integer(bytes: 2, _): (chdf5_native_int16(), chdf5_file_int16())
        case .integer(bytes: 4, _): (chdf5_native_int32(), chdf5_file_int32())
        case .integer: (chdf5_native_int64(), chdf5_file_int64())
        case .string, .other: preconditionFailure("HDF5Element is not for conformances outside this module")
        }
    }
}
