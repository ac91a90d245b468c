internal import CLatticeKernel
import Synchronization

/// An upload of zeros that waits for its values: all of an encryption but adding them, done before the values are known.
///
/// Who has both it and the upload that came of it reads the values: it lives in memory that is wiped with it, and serves once. A second
/// use ends the program.
public final class ZeroUpload: Sendable {
    public let geometry: PolynomialGeometry
    public let images: Int
    public let channels: Int
    private let ring: LatticeRing
    private let byteCount: Int
    private let body: Mutex<KernelMemory?>

    /// - Parameters: as of `UploadedTensor.init(encrypting:)`.
    public init(
        geometry: PolynomialGeometry, images: Int, channels: Int, key: SecretKey,
        seeds: consuming MessageSeeds = MessageSeeds(), threads: Int = 1
    ) {
        self.geometry = geometry
        self.images = images
        self.channels = channels
        ring = key.ring
        byteCount = UploadedTensor.byteCount(
            key.ring.parameters, geometry: geometry, images: images, channels: channels)
        let memory = KernelMemory(count: (byteCount + 7) / 8, isSecret: true)
        // The bits of a plaintext modulus place a plaintext, and zero has no place.
        UploadedTensor.encrypt(
            images * geometry.uploaded(channels: channels), to: memory.bytes, plaintextBits: 1, key: key, seeds: seeds,
            threads: threads
        ) { $1.update(repeating: 0, count: LatticeParameters.degree) }
        body = Mutex(memory)
    }

    /// The upload of these values, byte for byte what the same seeds give where the values are known at once.
    /// - Parameters: as of `UploadedTensor.init(encrypting:)`.
    /// - Precondition: not used before.
    public func adding(_ values: [UInt64], format: AnswerFormat, threads: Int = 1) -> UploadedTensor {
        guard let memory = body.withLock({ $0.take() }) else { preconditionFailure("an upload of zeros used twice") }
        return UploadedTensor(
            withExtendedLifetime(memory) { Array(UnsafeBufferPointer(start: memory.bytes, count: byteCount)) },
            adding: values,
            plaintextBits: format.plaintextBits, geometry: geometry, images: images, channels: channels, ring: ring,
            threads: threads)
    }
}
