import CHDF5

/// How the values of a dataset lie in the file.
package enum HDF5Storage: Equatable, Sendable {
    /// One run of bytes.
    case contiguous
    /// Chunks of this many steps of the first axis, shuffled and compressed by gzip at level 4.
    case compressed(rows: Int)
}

extension HDF5Output {
    /// Writes a new dataset; groups on the way are made.
    ///
    /// - Parameters:
    ///   - values: Row-major, as many as the product of `shape` (an empty shape is a single value).
    ///   - storage: Compression needs at least one axis; without values the dataset is stored contiguously.
    /// - Throws: `HDF5Error.wrongShape` if the count does not fit, `.library` if the name is taken or writing fails.
    package func write<Element: HDF5Element>(
        _ values: [Element], shape: [Int], to dataset: String, storage: HDF5Storage = .contiguous
    ) throws(HDF5Error) {
        guard shape.allSatisfy({ $0 >= 0 }), values.count == shape.reduce(1, *) else {
            throw .wrongShape(
                file: path, object: dataset, expected: "\(values.count) values, as were given", found: shape)
        }
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let type = Element.identifiers
        let created = try create(dataset, type: type.file, shape: shape, storage: storage)
        let status = values.withUnsafeBufferPointer {
            H5Dwrite(created.id, type.memory, chdf5_whole_space(), chdf5_whole_space(), chdf5_default(), $0.baseAddress)
        }
        guard status >= 0 else { throw failure("writing", dataset) }
    }

    /// Writes a new dataset of which no more than a piece is in memory.
    ///
    /// - Parameters:
    ///   - rows: Steps of the first axis in a piece; a multiple of the chunk's rows, or every chunk is compressed twice.
    ///   - values: The values of a range of steps, asked for in order.
    /// - Throws: as `write(_:shape:to:storage:)`, or what `values` throws.
    package func write<Element: HDF5Element>(
        shape: [Int], to dataset: String, storage: HDF5Storage, rows: Int, _ values: (Range<Int>) throws -> [Element]
    ) throws {
        precondition(rows > 0 && !shape.isEmpty && shape.allSatisfy { $0 >= 0 }, "a dataset without steps")
        let created = try create(dataset, type: Element.identifiers.file, shape: shape, storage: storage)
        for first in stride(from: 0, to: shape[0], by: rows) {
            let range = first..<min(first + rows, shape[0])
            let part = [range.count] + shape.dropFirst()
            let piece = try values(range)
            guard piece.count == part.reduce(1, *) else {
                throw HDF5Error.wrongShape(
                    file: path, object: dataset, expected: "\(piece.count) values, as were given", found: part)
            }
            try write(piece, part: part, at: first, of: created, dataset)
        }
    }

    private func write<Element: HDF5Element>(
        _ values: [Element], part: [Int], at first: Int, of created: borrowing HDF5Handle, _ dataset: String
    ) throws(HDF5Error) {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let start = [hsize_t(first)] + [hsize_t](repeating: 0, count: part.count - 1)
        let lengths = part.map { hsize_t($0) }
        guard let file = HDF5Handle(H5Dget_space(created.id), .space),
            let memory = HDF5Handle(H5Screate_simple(Int32(part.count), lengths, nil), .space),
            H5Sselect_hyperslab(file.id, H5S_SELECT_SET, start, nil, lengths, nil) >= 0,
            H5Dwrite(created.id, Element.identifiers.memory, memory.id, file.id, chdf5_default(), values) >= 0
        else { throw failure("writing", dataset) }
    }

    func create(_ dataset: String, type: hid_t, shape: [Int], storage: HDF5Storage) throws(HDF5Error) -> HDF5Handle {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let lengths = shape.map { hsize_t($0) }
        let extent = shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), lengths, nil)
        guard let space = HDF5Handle(extent, .space),
            let links = HDF5Handle(H5Pcreate(chdf5_link_creation()), .properties),
            H5Pset_create_intermediate_group(links.id, 1) >= 0,
            let layout = HDF5Handle(H5Pcreate(chdf5_dataset_creation()), .properties),
            H5Pset_obj_track_times(layout.id, false) >= 0,
            Self.set(storage, of: shape, in: layout),
            let created = HDF5Handle(
                H5Dcreate2(handle.id, dataset, type, space.id, links.id, layout.id, chdf5_default()), .dataset)
        else { throw failure("creating", dataset) }
        return created
    }

    private static func set(_ storage: HDF5Storage, of shape: [Int], in layout: borrowing HDF5Handle) -> Bool {
        guard case .compressed(let rows) = storage, let first = shape.first, !shape.contains(0) else { return true }
        let chunk = [hsize_t(min(max(rows, 1), first))] + shape.dropFirst().map { hsize_t($0) }
        return H5Pset_chunk(layout.id, Int32(chunk.count), chunk) >= 0
            && H5Pset_shuffle(layout.id) >= 0
            && H5Pset_deflate(layout.id, 4) >= 0
    }
}
