import CHDF5Reader
import Foundation

/// The child process in which the library reads one file, and the requests to it.
///
/// libhdf5 follows what a damaged file says out of its own memory. In a process of its own, with bounded memory and time, which can
/// write nothing, that ends in a reply that does not come: one more way to say that the file is damaged.
struct HDF5Reader: ~Copyable {
    let path: String
    private let child: hdf5_reader

    /// What a request came back with.
    struct Reply {
        let type: HDF5ElementType
        /// As declared; nothing is proven about it.
        let shape: [Int]
        let bytes: [UInt8]
    }

    /// Names and texts of one reply: beyond what the child gives.
    private static let mostBytes = 1 << 28

    /// - Throws: `HDF5Error.unreadable` or `.damaged`.
    static func opening(_ path: String) throws(HDF5Error) -> HDF5Reader {
        var child = hdf5_reader()
        // The child gets a copy of the library's state: no other thread may be changing it.
        HDF5Library.enter()
        let status = hdf5_reader_start(path, &child)
        HDF5Library.leave()
        guard status == 0 else {
            throw .library(
                file: path, object: "/", call: "starting a process", reason: String(cString: strerror(status)))
        }
        let reader = HDF5Reader(path: path, child: child)
        do {
            _ = try reader.receive("/")
        } catch .library(_, _, _, let reason) {
            throw .damaged(file: path, reason: reason)
        } catch .missing {
            throw .unreadable(file: path)
        }
        return reader
    }

    deinit {
        withUnsafePointer(to: child) { hdf5_reader_end($0) }
    }

    // MARK: Requests

    /// The numbers of an attribute.
    func numbers<Element: HDF5Element>(
        _ type: Element.Type, _ object: String, _ name: String
    ) throws(HDF5Error) -> [Element] {
        var request = hdf5_reader_request()
        request.type = Element.readerType.rawValue
        let bytes = try ask(HDF5_READER_ATTRIBUTE_VALUES, object, name, request).bytes
        return bytes.withUnsafeBytes { source in
            stride(from: 0, to: source.count, by: MemoryLayout<Element>.stride).map {
                source.loadUnaligned(fromByteOffset: $0, as: Element.self)
            }
        }
    }

    /// Values of a dataset.
    /// - Parameters:
    ///   - rows: steps of the first axis; nil is all of it.
    ///   - count: values that these are.
    func values<Element: HDF5Element>(
        _ type: Element.Type, _ object: String, rows: Range<Int>?, count: Int
    ) throws(HDF5Error) -> [Element] {
        let bytes = count * MemoryLayout<Element>.stride
        let failure = HDF5Error.library(
            file: path, object: object, call: "reading", reason: "no memory for \(bytes) bytes")
        let isShared = ftruncate(child.memory, bytes) == 0
        defer { if isShared { _ = ftruncate(child.memory, 0) } }
        var request = hdf5_reader_request()
        request.type = Element.readerType.rawValue | (isShared ? 0 : HDF5_READER_INLINE)
        request.first = UInt64(rows?.lowerBound ?? 0)
        request.count = rows.map { UInt64($0.count) } ?? .max
        request.bytes = UInt64(bytes)
        let reply = try ask(HDF5_READER_VALUES, object, "", request)
        guard count > 0 else { return [] }
        guard isShared else {
            guard reply.bytes.count == bytes else { throw failure }
            return [Element](unsafeUninitializedCapacity: count) { buffer, initialised in
                UnsafeMutableRawBufferPointer(buffer).copyBytes(from: reply.bytes)
                initialised = count
            }
        }
        guard let source = mmap(nil, bytes, PROT_READ, MAP_SHARED, child.memory, 0), source != MAP_FAILED else {
            throw failure
        }
        defer { munmap(source, bytes) }
        return [Element](unsafeUninitializedCapacity: count) { buffer, initialised in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(start: source, count: bytes))
            initialised = count
        }
    }

    /// - Parameter request: type and range, where the operation takes them.
    /// - Throws: `HDF5Error` of every kind that reading has.
    func ask(
        _ operation: hdf5_reader_operation, _ object: String, _ name: String = "",
        _ request: hdf5_reader_request = hdf5_reader_request()
    ) throws(HDF5Error) -> Reply {
        let (objectBytes, nameBytes) = ([UInt8](object.utf8), [UInt8](name.utf8))
        let longest = 1 << 16
        guard objectBytes.count < longest, nameBytes.count < longest else {
            throw .missing(file: path, object: place(object, name))
        }
        var request = request
        request.operation = operation.rawValue
        request.object_length = UInt32(objectBytes.count)
        request.name_length = UInt32(nameBytes.count)
        let message = withUnsafeBytes(of: request) { [UInt8]($0) } + objectBytes + nameBytes
        guard hdf5_reader_send(child.channel, message, message.count) else { throw death() }
        return try receive(place(object, name))
    }

    private func place(_ object: String, _ name: String) -> String { name.isEmpty ? object : "\(object)@\(name)" }

    // MARK: Replies

    private func receive(_ place: String) throws(HDF5Error) -> Reply {
        let size = MemoryLayout<hdf5_reader_reply>.size
        guard let header = receive(size) else { throw death() }
        let reply = header.withUnsafeBytes { $0.loadUnaligned(as: hdf5_reader_reply.self) }
        guard reply.length <= UInt64(Self.mostBytes), reply.rank <= UInt32(HDF5_READER_RANK),
            let bytes = receive(Int(reply.length))
        else { throw death() }
        let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
        switch hdf5_reader_status(reply.status) {
        case HDF5_READER_OK: break
        case HDF5_READER_MISSING: throw .missing(file: path, object: place)
        case HDF5_READER_NOT_A_DATASET: throw .notADataset(file: path, object: place)
        case HDF5_READER_ELSEWHERE: throw .elsewhere(file: path, object: place, how: text)
        case HDF5_READER_NOT_STORED: throw .notStored(file: path, object: place, found: text)
        case HDF5_READER_FILTER: throw .filter(file: path, object: place, filter: text)
        case HDF5_READER_LOSSY: throw .lossy(file: path, object: place)
        default: throw .library(file: path, object: place, call: "reading", reason: text)
        }
        let shape = withUnsafeBytes(of: reply.shape) { lengths in
            (0..<Int(reply.rank)).map {
                Int(clamping: lengths.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
            }
        }
        return Reply(type: HDF5ElementType(reply), shape: shape, bytes: bytes)
    }

    /// nil if the child gives no more.
    private func receive(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return hdf5_reader_receive(child.channel, &bytes, count) ? bytes : nil
    }

    /// Why there is no answer.
    private func death() -> HDF5Error {
        let signal = withUnsafePointer(to: child) { hdf5_reader_cause($0) }
        return .damaged(
            file: path,
            reason: signal == SIGXCPU ? "reading it does not end" : "the HDF5 library fails on what it says")
    }
}

extension HDF5ElementType {
    fileprivate init(_ reply: hdf5_reader_reply) {
        switch hdf5_reader_class(reply.value_class) {
        case HDF5_READER_INTEGER: self = .integer(bytes: Int(reply.value_bytes), signed: reply.is_signed != 0)
        case HDF5_READER_FLOAT: self = .float(bytes: Int(reply.value_bytes))
        case HDF5_READER_TEXT: self = .string
        case HDF5_READER_ENUMERATION: self = .other("an enumeration (Python's bool?)")
        case HDF5_READER_COMPOUND: self = .other("compound values")
        default: self = .other("values of another type")
        }
    }
}

extension HDF5Element {
    /// This type in a request.
    fileprivate static var readerType: hdf5_reader_type {
        switch elementType {
        case .float(bytes: 4): HDF5_READER_FLOAT32
        case .float: HDF5_READER_FLOAT64
        case .integer(bytes: 1, _): HDF5_READER_UINT8
        case .integer(bytes: 2, _): HDF5_READER_INT16
        case .integer(bytes: 4, _): HDF5_READER_INT32
        case .integer: HDF5_READER_INT64
        case .string, .other: preconditionFailure("HDF5Element is not for conformances outside this module")
        }
    }
}
