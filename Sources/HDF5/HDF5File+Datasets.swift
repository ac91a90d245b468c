import CHDF5Reader
import Foundation

/// Values in row-major order with the length of each axis.
package struct HDF5Array<Element: HDF5Element>: Sendable {
    package let shape: [Int]
    package let values: [Element]

    /// - Precondition: `values.count` is the product of `shape`.
    package init(shape: [Int], values: [Element]) {
        precondition(values.count == shape.reduce(1, *), "values do not fill the shape")
        self.shape = shape
        self.values = values
    }
}

extension HDF5Array: Equatable where Element: Equatable {}

extension HDF5File {
    /// The type of a dataset's values.
    package func elementType(of dataset: String) throws(HDF5Error) -> HDF5ElementType {
        try reader.ask(HDF5_READER_DATASET, dataset).type
    }

    /// The length of each axis of a dataset; empty for a single value.
    package func shape(of dataset: String) throws(HDF5Error) -> [Int] {
        let shape = try reader.ask(HDF5_READER_DATASET, dataset).shape
        _ = try count(of: shape, dataset)
        return shape
    }

    /// Reads a whole dataset. Any integers are read as integers or floats, any floats as floats, as long as every value stays what
    /// it is; a float may become the nearest of a shorter type. Floats are never integers.
    ///
    /// - Throws: `HDF5Error.missing`, `.notADataset`, `.wrongType`; `.lossy` for a value that the type cannot hold; `.elsewhere`,
    ///   `.notStored`, `.filter` for values that are not in this file or cannot be unpacked; `.library` or `.damaged` for damaged
    ///   data.
    package func read<Element: HDF5Element>(
        _ type: Element.Type = Element.self, from dataset: String
    ) throws(HDF5Error) -> HDF5Array<Element> {
        try read(type, from: dataset, part: nil)
    }

    /// Reads a dataset of a known rank.
    ///
    /// - Throws: as `read(_:from:)`, and `HDF5Error.wrongShape` if the number of axes differs.
    package func read<Element: HDF5Element>(
        _ type: Element.Type = Element.self, from dataset: String, rank: Int
    ) throws(HDF5Error) -> HDF5Array<Element> {
        let shape = try shape(of: dataset)
        guard shape.count == rank else {
            throw .wrongShape(file: path, object: dataset, expected: "\(rank) axes", found: shape)
        }
        return try read(type, from: dataset)
    }

    /// Reads the steps `rows` of the first axis.
    ///
    /// - Throws: as `read(_:from:)`, and `HDF5Error.wrongShape` if `rows` is not inside the first axis.
    package func read<Element: HDF5Element>(
        _ type: Element.Type = Element.self, from dataset: String, rows: Range<Int>
    ) throws(HDF5Error) -> HDF5Array<Element> {
        try read(type, from: dataset, part: rows)
    }

    private func read<Element: HDF5Element>(
        _ type: Element.Type, from dataset: String, part: Range<Int>?
    ) throws(HDF5Error) -> HDF5Array<Element> {
        let declared = try reader.ask(HDF5_READER_DATASET, dataset)
        guard declared.type.converts(to: Element.elementType) else {
            throw .wrongType(
                file: path, object: dataset, expected: "\(Element.elementType)", found: "\(declared.type)")
        }
        var shape = declared.shape
        if let part {
            guard let first = shape.first, part.lowerBound >= 0, part.upperBound <= first else {
                throw .wrongShape(file: path, object: dataset, expected: "rows \(part) to be there", found: shape)
            }
            shape[0] = part.count
        }
        let count = try count(of: shape, dataset)
        guard count > 0 else { return HDF5Array(shape: shape, values: []) }
        // As they come from the child and as they are kept; long integers on the way to floats a third time.
        let isWide =
            switch (declared.type, Element.elementType) {
            case (.integer(bytes: 4..., _), .float): true
            default: false
            }
        let most = Self.mostBytes / (isWide ? 8 + 8 + MemoryLayout<Element>.stride : 2 * MemoryLayout<Element>.stride)
        guard count <= most else {
            throw .wrongShape(
                file: path, object: dataset, expected: "at most \(most) values, half of this machine's memory",
                found: shape)
        }
        if isWide {
            // The library's own check takes negative numbers for longer than they are.
            let whole = try reader.values(Int64.self, dataset, rows: part, count: count)
            let values = whole.compactMap(Element.init(exactly:))
            guard values.count == count else { throw .lossy(file: path, object: dataset) }
            return HDF5Array(shape: shape, values: values)
        }
        return HDF5Array(shape: shape, values: try reader.values(type, dataset, rows: part, count: count))
    }

    /// How many values a declared shape has.
    private func count(of shape: [Int], _ dataset: String) throws(HDF5Error) -> Int {
        var count = 1
        for length in shape {
            let product = count.multipliedReportingOverflow(by: length)
            guard !product.overflow, product.partialValue <= Self.largestCount else {
                throw .wrongShape(
                    file: path, object: dataset, expected: "at most \(Self.largestCount) values", found: shape)
            }
            count = product.partialValue
        }
        return count
    }

    /// What a dataset may take while it is read, in bytes.
    private static let mostBytes = Int(ProcessInfo.processInfo.physicalMemory / 2)

    /// 2^33 values: 64 GiB of doubles, which would still have to be stored.
    private static var largestCount: Int { 1 << 33 }

    // MARK: Strings

    /// Reads a list of strings, stored with a fixed or a variable length (as h5py does).
    ///
    /// - Throws: as `read(_:from:)`, `HDF5Error.wrongShape` if there is not exactly one axis.
    package func readStrings(from dataset: String) throws(HDF5Error) -> [String] {
        let declared = try reader.ask(HDF5_READER_DATASET, dataset)
        guard declared.shape.count == 1 else {
            throw .wrongShape(file: path, object: dataset, expected: "one axis", found: declared.shape)
        }
        guard declared.type == .string else {
            throw .wrongType(file: path, object: dataset, expected: "strings", found: "\(declared.type)")
        }
        return try strings(reader.ask(HDF5_READER_STRINGS, dataset).bytes, dataset)
    }

    /// Texts of a reply: the length of each in 32 bits, and its bytes.
    func strings(_ bytes: [UInt8], _ object: String) throws(HDF5Error) -> [String] {
        var strings: [String] = []
        var next = 0
        while next < bytes.count {
            let length =
                bytes.count - next < 4
                ? -1
                : bytes.withUnsafeBytes {
                    Int($0.loadUnaligned(fromByteOffset: next, as: UInt32.self))
                }
            guard length >= 0, length <= bytes.count - next - 4 else {
                throw .damaged(file: path, reason: "the texts of \(object) cannot be told apart")
            }
            strings.append(String(decoding: bytes[next + 4..<next + 4 + length], as: UTF8.self))
            next += 4 + length
        }
        return strings
    }
}
