import CHDF5

extension HDF5File {
    // MARK: Writing

    /// Attaches text to the root, a group or a dataset that exists. An attribute of that name must not exist yet.
    public func setAttribute(_ name: String, to value: String, on object: String = "/") throws(HDF5Error) {
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

    /// Attaches one number, stored as `int64`.
    public func setAttribute(_ name: String, to value: Int, on object: String = "/") throws(HDF5Error) {
        try setAttribute(name, values: [value], count: nil, on: object)
    }

    /// Attaches one number, stored as `float64`.
    public func setAttribute(_ name: String, to value: Double, on object: String = "/") throws(HDF5Error) {
        try setAttribute(name, values: [value], count: nil, on: object)
    }

    /// Attaches a list of numbers, stored as `float64`.
    public func setAttribute(_ name: String, to values: [Double], on object: String = "/") throws(HDF5Error) {
        try setAttribute(name, values: values, count: values.count, on: object)
    }

    // MARK: Reading

    /// - Throws: `HDF5Error.missing`, `.wrongType`.
    public func attribute(_ name: String, as type: String.Type, on object: String = "/") throws(HDF5Error) -> String {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let attribute = try openAttribute(name, on: object)
        let place = "\(object)@\(name)"
        try requireSingle(attribute, place)
        guard let stored = HDF5Handle(H5Aget_type(attribute.id), .type) else { throw failure("reading", place) }
        return try strings(stored, count: 1, place) { H5Aread(attribute.id, $0, $1) }[0]
    }

    /// - Throws: `HDF5Error.missing`, `.wrongType` if it is not an integer.
    public func attribute(_ name: String, as type: Int.Type, on object: String = "/") throws(HDF5Error) -> Int {
        try numbers(name, as: Int.self, on: object, single: true)[0]
    }

    /// Reads one number; a stored integer is welcome.
    ///
    /// - Throws: `HDF5Error.missing`, `.wrongType` if it is not a number.
    public func attribute(_ name: String, as type: Double.Type, on object: String = "/") throws(HDF5Error) -> Double {
        try numbers(name, as: Double.self, on: object, single: true)[0]
    }

    /// Reads a list of numbers; stored integers are welcome.
    ///
    /// - Throws: `HDF5Error.missing`, `.wrongType` if they are not numbers.
    public func attribute(_ name: String, as type: [Double].Type, on object: String = "/") throws(HDF5Error) -> [Double]
    {
        try numbers(name, as: Double.self, on: object, single: false)
    }

    /// Whether an object has an attribute of this name.
    public func hasAttribute(_ name: String, on object: String = "/") -> Bool {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        return contains(object) && H5Aexists_by_name(handle.id, object, name, chdf5_default()) > 0
    }

    /// The names of an object's attributes, sorted.
    public func attributeNames(of object: String = "/") throws(HDF5Error) -> [String] {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        try require(object)
        var names: [String] = []
        // Asking past the last one is how the library tells the end; H5Oget_info changed its signature between
        // versions.
        while let name = Self.string(of: { buffer, size in
            H5Aget_name_by_idx(
                handle.id, object, H5_INDEX_NAME, H5_ITER_INC, hsize_t(names.count), buffer, size, chdf5_default())
        }) {
            names.append(name)
        }
        return names
    }

    // MARK: Parts

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

    private func openAttribute(_ name: String, on object: String) throws(HDF5Error) -> HDF5Handle {
        guard hasAttribute(name, on: object) else { throw .missing(file: path, object: "\(object)@\(name)") }
        let opened = H5Aopen_by_name(handle.id, object, name, chdf5_default(), chdf5_default())
        guard let attribute = HDF5Handle(opened, .attribute) else { throw failure("opening", "\(object)@\(name)") }
        return attribute
    }

    private func numbers<Element: HDF5Element>(
        _ name: String, as type: Element.Type, on object: String, single: Bool
    ) throws(HDF5Error) -> [Element] {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let attribute = try openAttribute(name, on: object)
        let place = "\(object)@\(name)"
        if single { try requireSingle(attribute, place) }
        guard let stored = HDF5Handle(H5Aget_type(attribute.id), .type),
            let space = HDF5Handle(H5Aget_space(attribute.id), .space)
        else { throw failure("reading", place) }
        let found = HDF5ElementType(of: stored.id)
        guard found.converts(to: Element.elementType) || Self.isWelcome(found, as: Element.elementType) else {
            throw .wrongType(file: path, object: place, expected: "\(Element.elementType)", found: "\(found)")
        }
        let count = try shape(ofSpace: space, place).reduce(1, *)
        guard count > 0 else { return [] }
        let id = attribute.id
        var status: herr_t = -1
        let values = [Element](unsafeUninitializedCapacity: count) { buffer, initialised in
            status = H5Aread(id, Element.identifiers.memory, buffer.baseAddress)
            initialised = status >= 0 ? count : 0
        }
        guard status >= 0 else { throw failure("reading", place) }
        return values
    }

    private func requireSingle(_ attribute: borrowing HDF5Handle, _ place: String) throws(HDF5Error) {
        guard let space = HDF5Handle(H5Aget_space(attribute.id), .space) else { throw failure("reading", place) }
        let shape = try shape(ofSpace: space, place)
        guard shape.reduce(1, *) == 1 else {
            throw .wrongShape(file: path, object: place, expected: "one value", found: shape)
        }
    }

    /// Python writes `20000` where `2e4` is meant.
    private static func isWelcome(_ found: HDF5ElementType, as wanted: HDF5ElementType) -> Bool {
        if case .integer = found, wanted == Double.elementType { true } else { false }
    }
}
