import Foundation
import Lattice
import Paillier
import PrivateDenoising

/// A scheme whose clients' keys can be kept in files, each in a format of its own.
protocol FiledKeys: AdditiveScheme {
    /// Calls `body` with the private key's file, whose bytes are wiped afterwards; nil where there is no secret to keep.
    static func withFile<Result>(
        of key: PrivateKey, comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result?
    /// The public key's file; nil where there is none.
    static func publicFile(of key: PrivateKey, comment: String) throws -> Data?
}

extension PaillierScheme: FiledKeys {
    static func withFile<Result>(
        of key: PrivateKey, comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result? { try key.key.withJSON(comment: comment, body) }

    static func publicFile(of key: PrivateKey, comment: String) throws -> Data? {
        try key.key.publicKey.json(comment: comment)
    }
}

extension LatticeScheme: FiledKeys {
    static func withFile<Result>(
        of key: PrivateKey, comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result? { try key.withJSON(comment: comment, body) }

    static func publicFile(of key: PrivateKey, comment: String) throws -> Data? {
        try key.publicKey.json(comment: comment)
    }
}

extension CleartextScheme: FiledKeys {
    static func withFile<Result>(
        of key: Key, comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) -> Result? { nil }

    static func publicFile(of key: Key, comment: String) -> Data? { nil }
}
