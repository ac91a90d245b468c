import Foundation
package import Paillier

/// Key files on disk, in python-paillier's format.
package enum KeyFile {
    /// Writes both files of a pair, each in one piece; if the second fails, the first is removed.
    /// - Parameter comment: Stored in the files, as python-paillier does.
    /// - Throws: `KeyFileError.unwritable`, `.exists`: keys are never overwritten, for what they encrypted would be lost.
    package static func writePair(
        _ key: PrivateKey, private privatePath: String, public publicPath: String, comment: String
    )
        throws
    {
        guard privatePath != publicPath else { throw KeyFileError.samePath(privatePath) }
        for path in [privatePath, publicPath] { try requireNew(path) }
        let publicFile = try key.publicKey.json(comment: comment)
        try key.withJSON(comment: comment) { try create(privatePath, mode: 0o600, $0) }
        do {
            try publicFile.withUnsafeBytes { try create(publicPath, mode: 0o644, $0) }
        } catch {
            unlink(privatePath)
            throw error
        }
    }

    /// Writes a private key's file alone, for its owner's eyes.
    /// - Throws: As `writePair`.
    package static func writePrivate(_ key: PrivateKey, to path: String, comment: String) throws {
        try requireNew(path)
        try key.withJSON(comment: comment) { try create(path, mode: 0o600, $0) }
    }

    /// Reads a public key, from its own file or from a private key's.
    package static func publicKey(_ path: String, allowInsecure: Bool) throws -> PublicKey {
        let data = try contents(path)
        return try inFile(path) { () throws(PaillierError) in try PublicKey(json: data, allowInsecure: allowInsecure) }
    }

    package static func privateKey(_ path: String, allowInsecure: Bool) throws -> PrivateKey {
        let data = try contents(path)
        return try inFile(path) { () throws(PaillierError) in try PrivateKey(json: data, allowInsecure: allowInsecure) }
    }

    /// Decrypts a ciphertext file.
    package static func decrypt(_ path: String, key: PrivateKey) throws -> [Double] {
        let data = try contents(path)
        return try inFile(path) { () throws(PaillierError) in try CiphertextFile.decrypt(data, key: key) }
    }

    private static func inFile<Value>(_ path: String, _ body: () throws(PaillierError) -> Value) throws -> Value {
        do throws(PaillierError) { return try body() } catch { throw KeyFileError.inFile(path: path, error) }
    }

    private static func contents(_ path: String) throws(KeyFileError) -> Data {
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path) }
        return data
    }

    private static func requireNew(_ path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { throw KeyFileError.exists(path) }
        try OutputPath.requireWritable(path)
    }

    /// Secrets must not pass through Foundation's writers, which copy: the file is made with its mode from the start.
    private static func create(_ path: String, mode: mode_t, _ bytes: UnsafeRawBufferPointer) throws(KeyFileError) {
        let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .unwritable(path, reason: String(cString: strerror(errno))) }
        var isWritten = write(descriptor, bytes.baseAddress, bytes.count) == bytes.count && fsync(descriptor) == 0
        isWritten = close(descriptor) == 0 && isWritten && rename(temporary, path) == 0
        guard isWritten else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw .unwritable(path, reason: reason)
        }
    }
}
