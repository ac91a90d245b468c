internal import CLatticeKernel
package import Numerics

/// The seed of something uniform and public: half of an upload or of a public key. The only kind of seed that is ever
/// serialised.
public struct PublicSeed: Sendable, Hashable {
    let bytes: [UInt8]

    static let byteCount = Int(LK_SEED_BYTES)

    /// Fresh, from the system's generator.
    init() {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        lk_random(&bytes, bytes.count)
        self.bytes = bytes
    }

    /// Repeatable, for tests.
    init(testing generator: inout SeededGenerator) {
        bytes = (0..<Self.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// As received.
    init(received bytes: some Collection<UInt8>) {
        precondition(bytes.count == Self.byteCount, "a seed has 32 bytes")
        self.bytes = Array(bytes)
    }
}

/// The seed of secrets: a key, an upload's errors, an answer's zero and noise. Never sent, never shared with anything public,
/// used for one message and gone; wiped.
struct SecretSeed: ~Copyable, Sendable {
    let memory: KernelMemory

    /// Fresh, from the system's generator.
    init() {
        memory = KernelMemory(count: PublicSeed.byteCount / 8, isSecret: true)
        lk_random(memory.pointer, PublicSeed.byteCount)
    }

    /// The seed of a secret key, from its file.
    init(stored bytes: [UInt8]) {
        precondition(bytes.count == PublicSeed.byteCount, "a seed has 32 bytes")
        memory = KernelMemory(count: PublicSeed.byteCount / 8, isSecret: true)
        UnsafeMutableRawPointer(memory.pointer).copyMemory(from: bytes, byteCount: bytes.count)
    }

    /// Repeatable, for tests that compare the kernel's paths byte for byte.
    init(testing generator: inout SeededGenerator) {
        self.init(stored: (0..<PublicSeed.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}

/// Where the randomness of a message comes from: drawn afresh everywhere but in tests, and used up by the one message.
public struct MessageSeeds: ~Copyable, Sendable {
    let secret: SecretSeed
    let mask: PublicSeed

    public init() {
        secret = SecretSeed()
        mask = PublicSeed()
    }

    /// Repeatable, for tests.
    package init(testing generator: inout SeededGenerator) {
        secret = SecretSeed(testing: &generator)
        mask = PublicSeed(testing: &generator)
    }
}
