import Crypto
package import Foundation

/// SHA-256, part by part.
package struct Digest {
    private var hash = SHA256()

    package init() {}

    package mutating func update(_ data: some DataProtocol) { hash.update(data: data) }
    package mutating func update(_ text: String) { update(Data(text.utf8)) }
    package mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

    /// The bits of a number, little endian.
    package mutating func update<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { hash.update(bufferPointer: $0) }
    }

    /// 32 bytes.
    package var bytes: [UInt8] { Array(hash.finalize()) }
    /// 64 lower-case digits.
    package var hexadecimal: String { bytes.hexadecimal }

    package static func of(_ data: some DataProtocol) -> String { SHA256.hash(data: data).hexadecimal }
    /// Of a text's UTF-8 bytes.
    package static func of(_ text: String) -> String { of(Data(text.utf8)) }

    /// Of a regular file, read in parts.
    /// - Throws: `FileError.unreadable`.
    package static func ofFile(_ path: String, expected: String = "a file") throws(FileError) -> String {
        func refusal(_ code: Int32) -> FileError {
            .unreadable(file: path, reason: systemReason(code), expected: expected)
        }
        guard InputFile.isRegular(path) || !FileManager.default.fileExists(atPath: path) else {
            throw .unreadable(file: path, reason: "no regular file", expected: expected)
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw refusal(errno) }
        defer { close(descriptor) }
        var digest = Digest()
        var part = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw refusal(errno) }
            guard count > 0 else { return digest.hexadecimal }
            digest.update(part[..<count])
        }
    }
}

extension Sequence<UInt8> {
    /// Two lower-case digits a byte.
    package var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
