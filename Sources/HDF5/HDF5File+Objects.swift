import CHDF5

extension HDF5File {
    /// Whether a group or dataset of this path exists.
    public func contains(_ object: String) -> Bool {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        // The library can only look one link deep.
        var path = ""
        for name in object.split(separator: "/") {
            path += "/\(name)"
            guard H5Lexists(handle.id, path, chdf5_default()) > 0 else { return false }
        }
        return path.isEmpty || H5Oexists_by_name(handle.id, path, chdf5_default()) > 0
    }

    /// The names in a group, sorted.
    public func members(of group: String = "/") throws(HDF5Error) -> [String] {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        try require(group)
        var info = H5G_info_t()
        guard H5Gget_info_by_name(handle.id, group, &info, chdf5_default()) >= 0 else {
            throw failure("listing", group)
        }
        var names: [String] = []
        for index in 0..<info.nlinks {
            guard
                let name = Self.string(of: { buffer, size in
                    H5Lget_name_by_idx(
                        handle.id, group, H5_INDEX_NAME, H5_ITER_INC, index, buffer, size, chdf5_default())
                })
            else { throw failure("listing", group) }
            names.append(name)
        }
        return names
    }

    /// The type of a dataset's values.
    public func elementType(of dataset: String) throws(HDF5Error) -> HDF5ElementType {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let handle = try openDataset(dataset)
        return try elementType(of: handle, dataset)
    }

    /// The length of each axis of a dataset; empty for a single value.
    public func shape(of dataset: String) throws(HDF5Error) -> [Int] {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let handle = try openDataset(dataset)
        return try shape(of: handle, dataset)
    }

    func require(_ object: String) throws(HDF5Error) {
        guard contains(object) else { throw .missing(file: path, object: object) }
    }

    func openDataset(_ dataset: String) throws(HDF5Error) -> HDF5Handle {
        try require(dataset)
        let object = H5Oopen(handle.id, dataset, chdf5_default())
        guard let object = HDF5Handle(object, .object) else { throw failure("opening", dataset) }
        guard H5Iget_type(object.id) == H5I_DATASET else { throw .notADataset(file: path, object: dataset) }
        return object
    }

    func elementType(of dataset: borrowing HDF5Handle, _ name: String) throws(HDF5Error) -> HDF5ElementType {
        guard let type = HDF5Handle(H5Dget_type(dataset.id), .type) else { throw failure("reading the type", name) }
        return HDF5ElementType(of: type.id)
    }

    func shape(of dataset: borrowing HDF5Handle, _ name: String) throws(HDF5Error) -> [Int] {
        guard let space = HDF5Handle(H5Dget_space(dataset.id), .space) else { throw failure("reading the shape", name) }
        return try shape(ofSpace: space, name)
    }

    func shape(ofSpace space: borrowing HDF5Handle, _ name: String) throws(HDF5Error) -> [Int] {
        let rank = H5Sget_simple_extent_ndims(space.id)
        guard rank >= 0 else { throw failure("reading the shape", name) }
        var lengths = [hsize_t](repeating: 0, count: Int(rank))
        guard H5Sget_simple_extent_dims(space.id, &lengths, nil) >= 0 else { throw failure("reading the shape", name) }
        let shape = lengths.map { Int(clamping: $0) }
        // A damaged header can claim any size: refuse before memory is asked for.
        var count = 1
        for length in shape {
            let product = count.multipliedReportingOverflow(by: length)
            guard !product.overflow, product.partialValue <= Self.largestCount else {
                throw .wrongShape(
                    file: path, object: name, expected: "at most \(Self.largestCount) values", found: shape)
            }
            count = product.partialValue
        }
        return shape
    }

    /// 2^33 values: 64 GiB of doubles.
    static var largestCount: Int { 1 << 33 }

    /// Calls a length-then-copy function of the library (`ssize_t f(char *buffer, size_t size)`).
    static func string(of call: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> String? {
        let length = call(nil, 0)
        guard length >= 0 else { return nil }
        var bytes = [CChar](repeating: 0, count: length + 1)
        guard call(&bytes, length + 1) >= 0 else { return nil }
        return String(decoding: bytes.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
