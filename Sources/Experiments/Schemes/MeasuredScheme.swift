import Foundation
package import PrivateDenoising
package import Reporting

/// What experiments and key files ask of a scheme beside the protocol. To measure another scheme, conform in a file of its own here.
protocol MeasuredScheme: AdditiveScheme {
    static func makeKey(_ settings: KeySettings) throws -> PrivateKey
    /// Whether a key may be used only so often.
    static var keysWear: Bool { get }
    /// Key and parameters in a few words, for files that tell how they were made.
    static func words(of key: PrivateKey) -> String
    /// How tables name a key.
    static func parameters(of key: PrivateKey) -> [String: ParameterValue]
    /// What captions say of keys and protections, given the records of encrypted runs of any scheme; nil where none of them is of this.
    static func caption(_ records: [ResultRecord]) -> String?
    /// Bits of security that a key has, of `keyBits` bits where keys have a size; nil where nothing is encrypted.
    static func securityBits(keyBits: Int?) -> Int?
    /// How fast this machine works with the key, for predictions; nil where nothing is encrypted.
    static func speed(with key: PrivateKey, threads: Int) throws -> MachineSpeed?
    /// What `key:` asks for that cannot be had, or nil.
    /// - Parameter consent: How a weak key would be allowed, in the words of whoever asks.
    static func objection(to settings: KeySettings, consent: String) -> String?
    /// Whether `key:` says anything about it.
    static var hasKeySettings: Bool { get }

    // Key files, each scheme's in a format of its own.

    /// Whether a file says that it is of this scheme's format; one that says nothing is python-paillier's, or of no format.
    static func isKeyFile(_ data: Data) -> Bool
    /// Calls `body` with the private key's file, whose bytes are wiped afterwards; nil where there is no secret to keep.
    static func withFile<Result>(
        of key: PrivateKey, comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result?
    /// The public key's file; nil where there is none.
    static func publicFile(of key: PrivateKey, comment: String) throws -> Data?
    /// Reads a private key's file, which is the caller's to wipe.
    static func key(file data: Data, allowInsecure: Bool) throws -> PrivateKey
    /// Reads a private key's file back, whatever its size: a published key protects nothing.
    /// - Throws: What reading a key throws; `foreignKey` where there is none and one is needed.
    static func key(published data: Data?, _ parameters: SchemeParameters) throws -> PrivateKey
}

extension MeasuredScheme {
    static var keysWear: Bool { false }
    static var hasKeySettings: Bool { true }
    static func objection(to settings: KeySettings, consent: String) -> String? { nil }
    static func securityBits(keyBits: Int?) -> Int? { nil }
    static func isKeyFile(_ data: Data) -> Bool { false }
    static func withFile<Result>(
        of key: PrivateKey, comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result? { nil }
    static func publicFile(of key: PrivateKey, comment: String) throws -> Data? { nil }
    static func key(file data: Data, allowInsecure: Bool) throws -> PrivateKey {
        throw PrivateDenoisingError.foreignKey(name)
    }
    static func key(published data: Data?, _ parameters: SchemeParameters) throws -> PrivateKey {
        guard let data else { throw PrivateDenoisingError.foreignKey(name) }
        return try key(file: data, allowInsecure: true)
    }
    /// The private key's file, for keys that are published; nil where there is none.
    static func published(_ key: PrivateKey, comment: String) throws -> Data? {
        try withFile(of: key, comment: comment) { Data($0) }
    }
}

extension SchemeName {
    /// The scheme whose key file this is; nil where it does not say.
    static func ofKeyFile(_ data: Data) -> (any MeasuredScheme.Type)? {
        allCases.compactMap(\.measured).first { $0.isKeyFile(data) }
    }

    /// Nil for an encoding that runs no protocol: every scheme of the protocol conforms.
    var measured: (any MeasuredScheme.Type)? { scheme as? any MeasuredScheme.Type }

    /// What captions say of keys and protections, given the records of encrypted runs; nil where none of them is of this scheme.
    package func caption(_ records: [ResultRecord]) -> String? { measured?.caption(records) }
}

extension ExperimentScheme {
    /// What client and server exchange messages under; nil where they exchange none.
    var measured: (any MeasuredScheme.Type)? { name?.measured }
    /// Whether `key:` says anything about it.
    package var hasKeySettings: Bool { measured?.hasKeySettings ?? true }
}
