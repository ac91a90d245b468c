import CHDF5

extension HDF5Output {
    /// Attaches text to the root, a group or a dataset that exists. An attribute of that name must not exist yet.
    package func setAttribute(_ name: String, to value: String, on object: String = "/") throws(HDF5Error) {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        // Variable length, because h5py gives such attributes back as str, fixed ones as bytes.
        let type = try stringType(length: Int(chdf5_variable_length()), object)
        let attribute = try createAttribute(name, type: type.id, count: nil, on: object)
        let status = value.withCString { text in
            withUnsafePointer(to: text) { H5Awrite(attribute.id, type.id, $0) }
        }
        guard status >= 0 else { throw failure("writing", "\(object)@\(name)") }
    }

    /// Attaches one number, an `Int` as `int64`, a `Double` as `float64`.
    package func setAttribute(_ name: String, to value: some HDF5Element, on object: String = "/") throws(HDF5Error) {
        try setAttribute(name, values: [value], count: nil, on: object)
    }

    /// Attaches a list of numbers, stored as `float64`.
    package func setAttribute(_ name: String, to values: [Double], on object: String = "/") throws(HDF5Error) {
        try setAttribute(name, values: values, count: values.count, on: object)
    }

    private func setAttribute<Element: HDF5Element>(
        _ name: String, values: [Element], count: Int?, on object: String
    ) throws(HDF5Error) {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let type = Element.identifiers
        let attribute = try createAttribute(name, type: type.file, count: count, on: object)
        guard values.withUnsafeBufferPointer({ H5Awrite(attribute.id, type.memory, $0.baseAddress) }) >= 0 else {
            throw failure("writing", "\(object)@\(name)")
        }
    }

    private func createAttribute(
        _ name: String, type: hid_t, count: Int?, on object: String
    ) throws(HDF5Error) -> HDF5Handle {
        try require(object)
        let extent = count.map { H5Screate_simple(1, [hsize_t($0)], nil) } ?? H5Screate(H5S_SCALAR)
        guard let space = HDF5Handle(extent, .space),
            let attribute = HDF5Handle(
                H5Acreate_by_name(
                    handle.id, object, name, type, space.id, chdf5_default(), chdf5_default(), chdf5_default()),
                .attribute)
        else { throw failure("creating", "\(object)@\(name)") }
        return attribute
    }

    /// - Throws: `HDF5Error.missing` unless a group or dataset of this path has been written.
    private func require(_ object: String) throws(HDF5Error) {
        // The library can only look one link deep.
        var link = ""
        for name in object.split(separator: "/") {
            link += "/\(name)"
            guard H5Lexists(handle.id, link, chdf5_default()) > 0 else { throw .missing(file: path, object: object) }
        }
    }

    // MARK: Strings

    /// Writes a list of strings as UTF-8 of one fixed length, padded by zeros.
    ///
    /// - Throws: `HDF5Error.library` if the name is taken or writing fails.
    package func write(_ strings: [String], to dataset: String) throws(HDF5Error) {
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

    /// A new UTF-8 string type of `length` bytes, or of variable length.
    func stringType(length: Int, _ object: String) throws(HDF5Error) -> HDF5Handle {
        guard let type = HDF5Handle(H5Tcopy(chdf5_c_string()), .type), H5Tset_size(type.id, length) >= 0,
            H5Tset_cset(type.id, H5T_CSET_UTF8) >= 0, H5Tset_strpad(type.id, H5T_STR_NULLPAD) >= 0
        else { throw failure("making a string type", object) }
        return type
    }
}
