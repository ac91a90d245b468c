internal import CLatticeKernel
public import Foundation
internal import Numerics

/// The private key file.
///
/// JSON: `kty` "LDCT-BFV", `set`, `version` 1, `a` the seed of the public key's uniform half, `b` its packed residues modulo both
/// primes, `s` the seed of the secret and `redraws` how often it was drawn again; all bytes in base64.
extension SecretKey {
    /// Whether a file says that it is of this format.
    public static func isKeyFile(_ json: Data) -> Bool { json.range(of: Data("\"\(KeyFile.keyType)\"".utf8)) != nil }

    /// Reads a key file. Copies of the secret's seed made here are wiped; `json` is the caller's to wipe.
    /// - Throws: `malformedKey` for another format, set or length, a secret of another seed than the public key's, or one whose norm
    ///   the proofs do not cover.
    public convenience init(json: Data, path: LatticePath? = nil) throws(LatticeError) {
        let fault = LatticeError.malformedKey(
            "not a private key: \"s\" with 32 bytes in base64 and \"redraws\" expected")
        guard var blanked = BlankedSecrets(json, named: ["s"]) else { throw fault }
        defer { blanked.wipe() }
        let file = try KeyFile(json: blanked.json)
        guard let redraws = file.redraws, let bytes = blanked.secrets["s"], bytes.count == PublicSeed.byteCount else {
            throw fault
        }
        let ring = try LatticeRing(file.parameters, path: path)
        let publicKey = try PublicKey(ring, file)
        let seed = SecretSeed(stored: bytes)
        let workspace = KernelMemory.workspace()
        let secret = KernelMemory(count: lk_secret_words(), isSecret: true)
        let norm = lk_secret_init(ring.context, secret.pointer, seed.memory.bytes, redraws, workspace.pointer)
        guard norm <= Self.largestNorm else { throw .malformedKey("\"redraws\" is not that of the secret's seed") }
        self.init(ring, publicKey, seed: seed, redraws: redraws, secret: secret)
        guard isPublicKeyOwn() else { throw .malformedKey("the public key is not the secret's") }
    }

    /// Calls `body` with the private key file, whose bytes are wiped afterwards. Files of it belong to mode 0600.
    /// - Parameter comment: any text; it is escaped.
    public func withJSON<Result>(comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let shared = try publicKey.json(comment: comment).dropLast(2)
        return try withSecretText(
            capacity: shared.count + 128,
            { text in
                text += shared
                text += Array(",\"redraws\":\(redraws),\"s\":\"".utf8)
                let bytes = UnsafeBufferPointer(start: seed.memory.bytes, count: PublicSeed.byteCount)
                SecretBase64.append(bytes, to: &text, .usual)
                text += Array("\"}\n".utf8)
            }, body)
    }
}
