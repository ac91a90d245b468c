internal import CLatticeKernel
package import Numerics

/// A client's key: the ternary secret in wiped memory, and the public key that was made with it.
///
/// The public key is made once and kept: made anew with the same uniform half, its errors would average out to the
/// secret.
public final class SecretKey: Sendable {
    public let publicKey: PublicKey
    let ring: LatticeRing
    let seed: SecretSeed
    let redraws: UInt64
    private let secret: KernelMemory

    /// Proofs of noise take at most so many coefficients of the secret to be other than 0; a key beyond is drawn again. Mean
    /// 2731, standard deviation 30.
    static let largestNorm = 2900

    /// Draws a new key.
    public convenience init(_ parameters: LatticeParameters = .flooded, path: LatticePath? = nil) throws(LatticeError) {
        let ring = try LatticeRing(parameters, path: path)
        try self.init(ring, seed: SecretSeed(), error: SecretSeed(), mask: PublicSeed())
    }

    /// The same key every time, for tests.
    package convenience init(
        testing generator: inout SeededGenerator, _ parameters: LatticeParameters = .flooded, path: LatticePath? = nil
    ) throws(LatticeError) {
        let ring = try LatticeRing(parameters, path: path)
        let seed = SecretSeed(testing: &generator)
        let error = SecretSeed(testing: &generator)
        try self.init(ring, seed: seed, error: error, mask: PublicSeed(testing: &generator))
    }

    private convenience init(
        _ ring: LatticeRing, seed: consuming SecretSeed, error: consuming SecretSeed, mask: PublicSeed
    ) throws(LatticeError) {
        let workspace = KernelMemory.workspace()
        let secret = KernelMemory(count: lk_secret_words(), isSecret: true)
        var redraws: UInt64 = 0
        let (own, noise) = (seed.memory, error.memory)
        while lk_secret_init(ring.context, secret.pointer, own.bytes, redraws, workspace.pointer) > Self.largestNorm {
            redraws += 1
        }
        var packed = [UInt8](repeating: 0, count: ring.parameters.packedBytes)
        lk_public_make(ring.context, secret.pointer, &packed, noise.bytes, mask.bytes, workspace.pointer)
        let publicKey = try PublicKey(ring, mask: mask, packed: packed)
        self.init(ring, publicKey, seed: seed, redraws: redraws, secret: secret)
    }

    init(
        _ ring: LatticeRing, _ publicKey: PublicKey, seed: consuming SecretSeed, redraws: UInt64, secret: KernelMemory
    ) {
        self.ring = ring
        self.publicKey = publicKey
        self.seed = seed
        self.redraws = redraws
        self.secret = secret
    }

    /// Whether b + a s is small, which for another secret it is not.
    func isPublicKeyOwn() -> Bool {
        let workspace = KernelMemory.workspace()
        return lk_public_matches(ring.context, publicKey.pointer, UnsafePointer(secret.pointer), workspace.pointer) != 0
    }

    /// The secret as the kernel reads it: written while the key was made, read ever after.
    func withSecret<Result>(_ body: (UnsafePointer<UInt64>) throws -> Result) rethrows -> Result {
        try body(UnsafePointer(secret.pointer))
    }
}
