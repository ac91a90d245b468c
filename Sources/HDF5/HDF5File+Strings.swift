import CHDF5
import Foundation

extension HDF5File {
    /// Writes a list of strings as UTF-8 of one fixed length, padded by zeros.
    ///
    /// - Throws: `HDF5Error.library` if the name is taken or writing fails.
    public func write(_ strings: [String], to dataset: String) throws(HDF5Error) {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let length = max(1, strings.map(\.utf8.count).max() ?? 1)
        let type = try stringType(length: length, dataset)
        let created = try create(dataset, type: type.id, shape: [strings.count], storage: .contiguous)
        var bytes: [UInt8] = []
        for string in strings {
            bytes.append(contentsOf: string.utf8)
            bytes.append(contentsOf: repeatElement(0, count: length - string.utf8.count))
        }
        guard H5Dwrite(created.id, type.id, chdf5_whole_space(), chdf5_whole_space(), chdf5_default(), bytes) >= 0
        else {
            throw failure("writing", dataset)
        }
    }

    /// Reads a list of strings, stored with a fixed or a variable length (as h5py does).
    ///
    /// - Throws: `HDF5Error.missing`, `.wrongType`, `.wrongShape` if there is not exactly one axis.
    public func readStrings(from dataset: String) throws(HDF5Error) -> [String] {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let opened = try openDataset(dataset)
        let shape = try shape(of: opened, dataset)
        guard shape.count == 1 else {
            throw .wrongShape(file: path, object: dataset, expected: "one axis", found: shape)
        }
        guard let type = HDF5Handle(H5Dget_type(opened.id), .type) else { throw failure("reading the type", dataset) }
        guard shape[0] > 0 else { return [] }
        return try strings(type, count: shape[0], dataset) { memory, buffer in
            H5Dread(opened.id, memory, chdf5_whole_space(), chdf5_whole_space(), chdf5_default(), buffer)
        }
    }

    /// Reads `count` strings of the stored `type` through a dataset's or an attribute's own read call.
    func strings(
        _ type: borrowing HDF5Handle, count: Int, _ object: String, read: (hid_t, UnsafeMutableRawPointer?) -> herr_t
    ) throws(HDF5Error) -> [String] {
        guard H5Tget_class(type.id) == H5T_STRING else {
            let found = HDF5ElementType(of: type.id)
            throw .wrongType(file: path, object: object, expected: "strings", found: "\(found)")
        }
        guard H5Tis_variable_str(type.id) == 0 else {
            return try variableStrings(type, count: count, object, read: read)
        }
        let length = H5Tget_size(type.id)
        var bytes = [UInt8](repeating: 0, count: count * length)
        guard bytes.withUnsafeMutableBytes({ read(type.id, $0.baseAddress) }) >= 0 else {
            throw failure("reading", object)
        }
        let padding: UInt8 = H5Tget_strpad(type.id) == H5T_STR_SPACEPAD ? 0x20 : 0
        return (0..<count).map { index in
            var text = bytes[index * length..<(index + 1) * length]
            if padding == 0 {
                text = text.prefix { $0 != 0 }
            } else {
                while text.last == padding { text.removeLast() }
            }
            return String(decoding: text, as: UTF8.self)
        }
    }

    private func variableStrings(
        _ type: borrowing HDF5Handle, count: Int, _ object: String, read: (hid_t, UnsafeMutableRawPointer?) -> herr_t
    ) throws(HDF5Error) -> [String] {
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        // The library allocates each string; it is given back by the same library.
        defer { for pointer in pointers { H5free_memory(pointer) } }
        guard pointers.withUnsafeMutableBytes({ read(type.id, $0.baseAddress) }) >= 0 else {
            throw failure("reading", object)
        }
        return pointers.map { $0.map { String(cString: $0) } ?? "" }
    }

    /// A new UTF-8 string type of `length` bytes, or of variable length.
    func stringType(length: Int, _ object: String) throws(HDF5Error) -> HDF5Handle {
        guard let type = HDF5Handle(H5Tcopy(chdf5_c_string()), .type), H5Tset_size(type.id, length) >= 0,
            H5Tset_cset(type.id, H5T_CSET_UTF8) >= 0, H5Tset_strpad(type.id, H5T_STR_NULLPAD) >= 0
        else { throw failure("making a string type", object) }
        return type
    }
}
