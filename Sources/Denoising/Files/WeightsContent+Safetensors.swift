import Foundation
import Support

/// The safetensors format: 8 bytes little-endian length, a JSON header of that length, then the tensors' bytes without
/// gaps.
///
/// Only `F32` tensors are read. The header may be padded with spaces at its end; tensors must not overlap, leave a gap
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

    init(safetensors path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DenoisingError.malformedFile(reason: "cannot be read, expected a safetensors file")
        }
        let (header, body) = try Self.split(data)
        let values: [String: HeaderValue]
        do {
            values = try JSONDecoder().decode([String: HeaderValue].self, from: header)
        } catch {
            throw DenoisingError.malformedFile(reason: "header is not the JSON of a safetensors file")
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
            guard entry.dtype == "F32" else {
                throw .malformedFile(reason: "tensor \(name) is of type \(entry.dtype), expected F32")
            }
            guard let count = elementCount(entry.shape), entry.offsets == [end, end + 4 * count],
                end + 4 * count <= body.count
            else {
                throw .malformedFile(
                    reason:
                        "tensor \(name) of shape \(entry.shape) lies at \(entry.offsets), expected a range from \(end) "
                        + "that fits its shape and the \(body.count) bytes there are")
            }
            let bytes = body[(body.startIndex + end)..<(body.startIndex + end + 4 * count)]
            result[name] = try WeightTensor(shape: entry.shape, values: floats(bytes))
            end += 4 * count
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

    private static func floats(_ bytes: Data) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(bytes.count / 4)
        var bits: UInt32 = 0
        for (index, byte) in bytes.enumerated() {
            bits |= UInt32(byte) << UInt32(8 * (index % 4))
            if index % 4 == 3 {
                result.append(Float(bitPattern: bits))
                bits = 0
            }
        }
        return result
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
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let parts = try header.sorted { $0.key < $1.key }.map { name, value in
            String(decoding: try encoder.encode(name), as: UTF8.self) + ":"
                + String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        var text = Data("{\(parts.joined(separator: ","))}".utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        var file = Data()
        file.append(littleEndian: UInt64(text.count))
        try AtomicFile.write(file + text + body, to: path)
    }
}
