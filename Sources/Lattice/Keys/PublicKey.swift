internal import CLatticeKernel
public import Foundation

/// What a server needs to hide its answers: an encryption of zero, `b = e - a s` with `a` from a public seed.
public final class PublicKey: Sendable {
    let ring: LatticeRing
    let mask: PublicSeed
    /// Residues of b modulo both primes, as in files.
    let packed: [UInt8]
    private let memory: KernelMemory

    public var parameters: LatticeParameters { ring.parameters }
    /// Which arithmetic runs with this key.
    public var path: LatticePath { ring.path }

    /// - Throws: `malformedKey` for residues that are none.
    init(_ ring: LatticeRing, mask: PublicSeed, packed: [UInt8]) throws(LatticeError) {
        guard packed.count == ring.parameters.packedBytes else {
            throw .malformedKey("\"b\" has \(packed.count) bytes, \(ring.parameters.packedBytes) expected")
        }
        self.ring = ring
        self.mask = mask
        self.packed = packed
        memory = KernelMemory(count: lk_public_words(), isSecret: false)
        let workspace = KernelMemory.workspace()
        guard lk_public_init(ring.context, memory.pointer, packed, mask.bytes, workspace.pointer) != 0 else {
            throw .malformedKey("\"b\" has residues that are not below their primes")
        }
    }

    convenience init(_ ring: LatticeRing, _ file: KeyFile) throws(LatticeError) {
        guard let a = Data(base64Encoded: file.a), a.count == PublicSeed.byteCount, let b = Data(base64Encoded: file.b)
        else { throw .malformedKey("\"a\" with 32 bytes and \"b\", both in base64, expected") }
        try self.init(ring, mask: PublicSeed(received: a), packed: Array(b))
    }

    /// Reads a public key file, or the public part of a private one.
    /// - Throws: `malformedKey`.
    public convenience init(json: Data, path: LatticePath? = nil) throws(LatticeError) {
        let file = try KeyFile(json: json)
        try self.init(try LatticeRing(file.parameters, path: path), file)
    }

    /// The public key file, see `SecretKey.withJSON`.
    public func json(comment: String) throws -> Data { try KeyFile(self, comment: comment).encoded() }

    /// What a key file holds: the seed of a, then b packed.
    public var bytes: [UInt8] { mask.bytes + packed }

    var pointer: UnsafePointer<UInt64> { UnsafePointer(memory.pointer) }
}

/// Key files: JSON with `"kty": "LDCT-BFV"`.
struct KeyFile: Codable {
    static let keyType = "LDCT-BFV"

    var kty = keyType
    var set: String
    var version = 1
    var a: String
    var b: String
    var redraws: UInt64?
    var kid: String?

    init(_ key: PublicKey, comment: String) {
        set = key.parameters.name
        a = Data(key.mask.bytes).base64EncodedString()
        b = Data(key.packed).base64EncodedString()
        kid = comment
    }

    init(json: Data) throws(LatticeError) {
        guard let file = try? JSONDecoder().decode(KeyFile.self, from: json), file.kty == Self.keyType else {
            throw .malformedKey("JSON with \"kty\": \"LDCT-BFV\", \"set\", \"version\", \"a\" and \"b\" expected")
        }
        guard file.version == 1 else { throw .malformedKey("version \(file.version) found, 1 expected") }
        guard LatticeParameters(named: file.set) != nil else {
            throw .malformedKey(
                "parameter set \"\(file.set)\" found, \"\(LatticeParameters.flooded.name)\" expected")
        }
        self = file
    }

    /// Checked when the file was read.
    var parameters: LatticeParameters { LatticeParameters(named: set) ?? .flooded }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}
