import Foundation
package import Leakage
package import Paillier
import PrivateDenoising
package import Support

/// Key files on disk: python-paillier's format, and other schemes' own.
package enum KeyFile {
    /// Writes both files of a pair, each in one piece; if the second fails, the first is removed.
    /// - Parameter comment: Stored in the files, as python-paillier does.
    /// - Throws: `FileError`: keys are never overwritten, for what they encrypted would be lost.
    package static func writePair(
        _ key: ClientKey, private privatePath: String, public publicPath: String, comment: String
    ) throws {
        func write<Scheme: MeasuredScheme>(_ scheme: Scheme.Type) throws {
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
        if let scheme = key.scheme as? any MeasuredScheme.Type { try write(scheme) }
    }

    /// Writes a client's private key alone, for its owner's eyes; nothing where there is none.
    /// - Throws: As `writePair`.
    package static func writePrivate(_ key: ClientKey, to path: String, comment: String) throws {
        func write<Scheme: MeasuredScheme>(_ scheme: Scheme.Type) throws {
            guard let key = key.key(of: scheme) else { return }
            _ = try scheme.withFile(of: key, comment: comment) { bytes in
                try OutputPath.requireNew(path, "a key")
                try AtomicFile.write(bytes, to: path, access: .secret, existing: .kept)
            }
        }
        if let scheme = key.scheme as? any MeasuredScheme.Type { try write(scheme) }
    }

    /// A fresh key of a scheme.
    /// - Precondition: it has keys.
    package static func fresh(_ scheme: ExperimentScheme, _ settings: KeySettings) throws -> ClientKey {
        func fresh<Scheme: MeasuredScheme>(_ scheme: Scheme.Type) throws -> ClientKey {
            ClientKey(scheme, try scheme.makeKey(settings))
        }
        guard let measured = scheme.measured else { preconditionFailure("no keys") }
        return try fresh(measured)
    }

    /// Reads a client's private key, of the scheme whose format it has; python-paillier's is expected otherwise.
    package static func clientKey(_ path: String, allowInsecure: Bool) throws -> ClientKey {
        var data = try InputFile.contents(path, expected: "a private key in JSON", limit: 1 << 20)
        defer { data.resetBytes(in: data.startIndex..<data.endIndex) }
        func read<Scheme: MeasuredScheme>(_ scheme: Scheme.Type) throws -> ClientKey {
            do { return ClientKey(scheme, try scheme.key(file: data, allowInsecure: allowInsecure)) } catch {
                throw KeyFileError.unreadable(path: path, problem: "\(error)")
            }
        }
        let scheme: any MeasuredScheme.Type = SchemeName.ofKeyFile(data) ?? PaillierScheme.self
        let key = try read(scheme)
        InputFile.tellIfOthersCanRead(path)
        return key
    }

    /// Reads a public key, from its own file or from a private key's.
    package static func publicKey(_ path: String, allowInsecure: Bool) throws -> Paillier.PublicKey {
        try paillierKey(path, "a JSON file", limit: largest) { data throws(PaillierError) in
            try PublicKey(json: data, allowInsecure: allowInsecure)
        }
    }

    package static func privateKey(_ path: String, allowInsecure: Bool) throws -> PrivateKey {
        let key = try paillierKey(path, "a private key in JSON", limit: 1 << 20) { data throws(PaillierError) in
            try PrivateKey(json: data, allowInsecure: allowInsecure)
        }
        InputFile.tellIfOthersCanRead(path)
        return key
    }

    /// Numbers are encrypted under Paillier keys alone. What was read is wiped: either kind of file may hold a private key.
    private static func paillierKey<Key>(
        _ path: String, _ expected: String, limit: Int, _ read: (Data) throws(PaillierError) -> Key
    ) throws -> Key {
        var data = try InputFile.contents(path, expected: expected, limit: limit)
        defer { data.resetBytes(in: data.startIndex..<data.endIndex) }
        if let scheme = SchemeName.ofKeyFile(data) { throw KeyFileError.otherScheme(path: path, scheme.name) }
        do throws(PaillierError) { return try read(data) } catch { throw KeyFileError.inFile(path: path, error) }
    }

    /// Decrypts a ciphertext file.
    package static func decrypt(_ path: String, key: PrivateKey) throws -> [DecryptedNumber] {
        let data = try InputFile.contents(path, expected: "a JSON file", limit: largest)
        do throws(PaillierError) { return try CiphertextFile.decrypt(data, key: key) } catch {
            throw KeyFileError.inFile(path: path, error)
        }
    }

    /// Whole files, of ciphertexts too: 2^28 bytes are 54,000 numbers under a key of 8192 bits.
    private static let largest = 1 << 28

    /// - Throws: `FileError.refused` unless both files can be made.
    package static func requireNew(private privatePath: String, public publicPath: String) throws(FileError) {
        try OutputPath.requireDifferent(privatePath, publicPath)
        for path in [privatePath, publicPath] { try OutputPath.requireNew(path, "a key") }
    }
}
