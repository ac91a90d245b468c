import Foundation
import Support

/// The safetensors format: 8 bytes little-endian length, a JSON header of that length, then the tensors' bytes without
/// gaps.
///
/// Tensors of all number types become float32: exactly from the shorter ones, rounded from `F64`. The header may be padded with spaces at its end; tensors must not overlap, leave a gap
/// or miss the end.
/// - SeeAlso: the format's description in the safetensors repository, README "Format".
extension WeightsContent {
    private struct Entry: Codable {
        let dtype: String
        let shape: [Int]
        let offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    private enum HeaderValue: Decodable {
        case tensor(Entry)
        case texts([String: String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let entry = try? container.decode(Entry.self) {
                self = .tensor(entry)
            } else {
                self = .texts(try container.decode([String: String].self))
            }
        }
    }

    private static let metadataName = "__metadata__"
    /// The format's own limit.
    private static let largestHeader = 100_000_000

    init(safetensors data: Data) throws {
        let (header, body) = try Self.split(data)
        let values: [String: HeaderValue]
        do {
            values = try JSONDecoder().decode([String: HeaderValue].self, from: header)
        } catch {
            throw DenoisingError.malformedFile(reason: "header is not the JSON of a safetensors file")
        }
        guard values.count == Self.keys(header) else {
            throw DenoisingError.malformedFile(reason: "a name stands twice in the header, expected names that differ")
        }
        var entries: [(name: String, entry: Entry)] = []
        var metadata: [String: String] = [:]
        for (name, value) in values {
            switch value {
            case .tensor(let entry) where name != Self.metadataName: entries.append((name, entry))
            case .texts(let texts) where name == Self.metadataName: metadata = texts
            default: throw DenoisingError.malformedFile(reason: "header entry \(name) is not a tensor's")
            }
        }
        let digest = metadata.removeValue(forKey: Key.digest)
        // PyTorch's own writers leave one text, {"format": "pt"}: such a file has no metadata of ours, and no digest.
        if digest == nil, metadata[Key.schema] == nil { metadata = [:] }
        self.init(tensors: try Self.tensors(entries, body: body), metadata: metadata)
        if !metadata.isEmpty { try verify(digest) }
    }

    private static func split(_ data: Data) throws(DenoisingError) -> (header: Data, body: Data) {
        guard data.count >= 8 else {
            throw .malformedFile(reason: "has \(data.count) bytes, expected a safetensors header of at least 8")
        }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(min(largestHeader, data.count - 8)) else {
            throw .malformedFile(
                reason: "header of \(length) bytes, expected at most the \(data.count - 8) that follow")
        }
        let start = data.startIndex + 8
        return (data[start..<(start + Int(length))], data[(start + Int(length))...])
    }

    private static func tensors(
        _ entries: [(name: String, entry: Entry)], body: Data
    ) throws(DenoisingError) -> [String: WeightTensor] {
        var end = 0
        var result: [String: WeightTensor] = [:]
        let order = entries.sorted { ($0.entry.offsets.first ?? 0, $0.name) < ($1.entry.offsets.first ?? 0, $1.name) }
        for (name, entry) in order {
            guard let type = NumberType(rawValue: entry.dtype) else {
                throw .malformedFile(
                    reason: "tensor \(name) is of type \(entry.dtype), expected F32, F16, BF16, F64 or integers")
            }
            guard let count = elementCount(entry.shape), entry.offsets == [end, end + type.bytes * count],
                end + type.bytes * count <= body.count
            else {
                throw .malformedFile(
                    reason:
                        "tensor \(name) of shape \(entry.shape) lies at \(entry.offsets), expected a range from \(end) "
                        + "that fits its shape and the \(body.count) bytes there are")
            }
            let bytes = body[(body.startIndex + end)..<(body.startIndex + end + type.bytes * count)]
            result[name] = try WeightTensor(shape: entry.shape, values: type.floats(bytes))
            end += type.bytes * count
        }
        guard end == body.count else {
            throw .malformedFile(reason: "\(body.count - end) bytes after the last tensor, expected none")
        }
        return result
    }

    /// nil for a negative size, and where the product or its bytes overflow.
    private static func elementCount(_ shape: [Int]) -> Int? {
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow, product <= Int.max / 8 else { return nil }
            count = product
        }
        return count
    }

    /// Number types of the format, little endian.
    private enum NumberType: String {
        case f64 = "F64", f32 = "F32", f16 = "F16", bf16 = "BF16"
        case i64 = "I64", i32 = "I32", i16 = "I16", i8 = "I8", u8 = "U8", bool = "BOOL"

        var bytes: Int {
            switch self {
            case .f64, .i64: 8
            case .f32, .i32: 4
            case .f16, .bf16, .i16: 2
            case .i8, .u8, .bool: 1
            }
        }

        func floats(_ data: Data) -> [Float] {
            func read<Bits: FixedWidthInteger>(_ type: Bits.Type, _ convert: (Bits) -> Float) -> [Float] {
                data.withUnsafeBytes { bytes in
                    (0..<bytes.count / self.bytes).map {
                        convert(Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * self.bytes, as: Bits.self)))
                    }
                }
            }
            return switch self {
            case .f64: read(UInt64.self) { Float(Double(bitPattern: $0)) }
            case .f32: read(UInt32.self) { Float(bitPattern: $0) }
            case .f16: read(UInt16.self) { Float(Float16(bitPattern: $0)) }
            case .bf16: read(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
            case .i64: read(Int64.self) { Float($0) }
            case .i32: read(Int32.self) { Float($0) }
            case .i16: read(Int16.self) { Float($0) }
            case .i8: read(Int8.self) { Float($0) }
            case .u8, .bool: read(UInt8.self) { Float($0) }
            }
        }
    }

    /// How many names the outermost object of valid JSON has, those that stand twice counted twice: a decoder keeps one of them.
    private static func keys(_ json: Data) -> Int {
        var (depth, count) = (0, 0)
        var (inString, isEscaped) = (false, false)
        for byte in json {
            if inString {
                if byte == UInt8(ascii: "\""), !isEscaped { inString = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: count += 1
            default: break
            }
        }
        return count
    }

    func writeSafetensors(to path: String) throws {
        var header: [String: any Encodable] = [:]
        var body = Data()
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            let start = body.count
            for value in tensor.values { body.append(littleEndian: value.bitPattern) }
            header[name] = Entry(dtype: "F32", shape: tensor.shape, offsets: [start, body.count])
        }
        header[Self.metadataName] = metadata.merging([Key.digest: digest]) { _, new in new }
        let parts = try header.sorted { $0.key < $1.key }.map { name, value in
            try "\(SortedJSON.line(name)):\(SortedJSON.line(value))"
        }
        var text = Data("{\(parts.joined(separator: ","))}".utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        var file = Data()
        file.append(littleEndian: UInt64(text.count))
        try AtomicFile.write(file + text + body, to: path)
    }
}
