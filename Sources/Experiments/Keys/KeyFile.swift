import Foundation
import Lattice
package import Leakage
package import Paillier
import PrivateDenoising
package import Support

/// Key files on disk: python-paillier's format, and the lattice scheme's own.
package enum KeyFile {
    /// Writes both files of a pair, each in one piece; if the second fails, the first is removed.
    /// - Parameter comment: Stored in the files, as python-paillier does.
    /// - Throws: `FileError`: keys are never overwritten, for what they encrypted would be lost.
    package static func writePair(
        _ key: ClientKey, private privatePath: String, public publicPath: String, comment: String
    ) throws {
        func write<Scheme: FiledKeys>(_ scheme: Scheme.Type) throws {
            guard let file = try key.key(of: scheme).flatMap({ try scheme.publicFile(of: $0, comment: comment) }) else {
                return
            }
            try writePrivate(key, to: privatePath, comment: comment)
            do {
                try AtomicFile.write(file, to: publicPath, existing: .kept)
            } catch {
                unlink(privatePath)
                throw error
            }
        }
        try requireNew(private: privatePath, public: publicPath)
        if let scheme = key.scheme as? any FiledKeys.Type { try write(scheme) }
    }

    /// Writes a client's private key alone, for its owner's eyes; nothing where there is none.
    /// - Throws: As `writePair`.
    package static func writePrivate(_ key: ClientKey, to path: String, comment: String) throws {
        func write<Scheme: FiledKeys>(_ scheme: Scheme.Type) throws {
            guard let key = key.key(of: scheme) else { return }
            _ = try scheme.withFile(of: key, comment: comment) { bytes in
                try OutputPath.requireNew(path, "a key")
                try AtomicFile.write(bytes, to: path, access: .secret, existing: .kept)
            }
        }
        if let scheme = key.scheme as? any FiledKeys.Type { try write(scheme) }
    }

    /// Reads a client's private key, of the scheme that its file names: python-paillier's format or the lattice's.
    package static func clientKey(_ path: String, allowInsecure: Bool) throws -> ClientKey {
        var data = try InputFile.contents(path, expected: "a private key in JSON", limit: 1 << 20)
        defer { data.resetBytes(in: data.startIndex..<data.endIndex) }
        guard SecretKey.isKeyFile(data) else { return .paillier(try paillierKey(data, path, allowInsecure)) }
        let key: SecretKey
        do throws(LatticeError) { key = try SecretKey(json: data) } catch {
            throw KeyFileError.latticeFile(path: path, error)
        }
        InputFile.tellIfOthersCanRead(path)
        return .lattice(key)
    }

    /// Reads a public key, from its own file or from a private key's.
    package static func publicKey(_ path: String, allowInsecure: Bool) throws -> Paillier.PublicKey {
        let data = try contents(path)
        try requirePaillier(data, path)
        return try inFile(path) { () throws(PaillierError) in
            try Paillier.PublicKey(json: data, allowInsecure: allowInsecure)
        }
    }

    package static func privateKey(_ path: String, allowInsecure: Bool) throws -> PrivateKey {
        var data = try InputFile.contents(path, expected: "a private key in JSON", limit: 1 << 20)
        defer { data.resetBytes(in: data.startIndex..<data.endIndex) }
        return try paillierKey(data, path, allowInsecure)
    }

    private static func paillierKey(_ data: Data, _ path: String, _ allowInsecure: Bool) throws -> PrivateKey {
        try requirePaillier(data, path)
        let key = try inFile(path) { () throws(PaillierError) in
            try PrivateKey(json: data, allowInsecure: allowInsecure)
        }
        InputFile.tellIfOthersCanRead(path)
        return key
    }

    /// Numbers are encrypted under Paillier keys alone.
    private static func requirePaillier(_ data: Data, _ path: String) throws(KeyFileError) {
        if SecretKey.isKeyFile(data) { throw .otherScheme(path: path) }
    }

    /// Decrypts a ciphertext file.
    package static func decrypt(_ path: String, key: PrivateKey) throws -> [DecryptedNumber] {
        let data = try contents(path)
        return try inFile(path) { () throws(PaillierError) in try CiphertextFile.decrypt(data, key: key) }
    }

    private static func inFile<Value>(_ path: String, _ body: () throws(PaillierError) -> Value) throws -> Value {
        do throws(PaillierError) { return try body() } catch { throw KeyFileError.inFile(path: path, error) }
    }

    /// Whole files, of ciphertexts too: 2^28 bytes are 54,000 numbers under a key of 8192 bits.
    private static func contents(_ path: String) throws(FileError) -> Data {
        try InputFile.contents(path, expected: "a JSON file", limit: 1 << 28)
    }

    /// - Throws: `FileError.refused` unless both files can be made.
    package static func requireNew(private privatePath: String, public publicPath: String) throws(FileError) {
        try OutputPath.requireDifferent(privatePath, publicPath)
        for path in [privatePath, publicPath] { try OutputPath.requireNew(path, "a key") }
    }
}
