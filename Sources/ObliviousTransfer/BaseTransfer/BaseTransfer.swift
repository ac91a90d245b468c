import Crypto
import Foundation

/// One-of-two transfers of 128-bit keys from P-256, for parties that follow the protocol.
///
/// The receiver sends two points, of which it knows the logarithm of one: its choice. The other is a random point that nobody knows
/// the logarithm of. The sender answers with S = sG and takes as its keys hashes of s times each point. The receiver's choice is hidden
/// perfectly (both points are uniform), the other key by the computational Diffie-Hellman assumption with SHA-256 as a random oracle.
/// A receiver that knows both logarithms reads both keys: semi-honest only. Quantum computers break it.
///
/// Source: Bellare and Micali 1989 with a sampled in place of a derived point; swift-crypto offers no point addition.
enum BaseTransfer {
    static let pointBytes = 33
    static let keyBytes = 16
    /// Bytes of the receiver's message for each transfer.
    static let offerBytes = 2 * pointBytes

    /// What a key is bound to besides the points.
    struct Context {
        let session: [UInt8]
        let direction: TransferDirection
    }

    /// A point that nobody knows the logarithm of: random bytes with either prefix until they are one (about two tries; every point but
    /// infinity equally often, as a generated key's).
    static func sampledPoint() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        while true {
            var bytes = (0..<4).flatMap { _ in
                withUnsafeBytes(of: generator.next() as UInt64) { Array($0) }
            }
            bytes.insert(2 | UInt8.random(in: 0...1, using: &generator), at: 0)
            if (try? P256.KeyAgreement.PublicKey(compressedRepresentation: bytes)) != nil { return bytes }
        }
    }

    /// The key of one side of one transfer, written to `key`.
    static func derive(
        _ own: P256.KeyAgreement.PrivateKey, _ point: P256.KeyAgreement.PublicKey, context: Context, sender: [UInt8],
        offer: ArraySlice<UInt8>, index: Int, side: UInt8, to key: UnsafeMutablePointer<UInt8>
    ) throws(ObliviousTransferError) {
        guard let secret = try? own.sharedSecretFromKeyAgreement(with: point) else {
            throw .malformedMessage("a base transfer's point")
        }
        var hash = SHA256()
        hash.update(data: Array("ldct base transfer".utf8))
        hash.update(data: context.session)
        hash.update(data: [context.direction.rawValue])
        hash.update(data: sender)
        hash.update(data: Array(offer))
        hash.update(data: [UInt8(index >> 8), UInt8(index & 255), side])
        secret.withUnsafeBytes { hash.update(bufferPointer: $0) }
        hash.finalize().withUnsafeBytes { digest in
            for byte in 0..<keyBytes { key[byte] = digest[byte] }
        }
    }
}

/// The side that chooses.
struct BaseReceiver: ~Copyable {
    private let privateKeys: [P256.KeyAgreement.PrivateKey]
    private let choices: SecretMemory
    /// Two points a transfer.
    let message: [UInt8]

    /// - Parameter choices: a byte a transfer, 0 or 1.
    init(choices: consuming SecretMemory, count: Int) {
        let privateKeys = (0..<count).map { _ in P256.KeyAgreement.PrivateKey() }
        var message: [UInt8] = []
        for (index, privateKey) in privateKeys.enumerated() {
            let own = [UInt8](privateKey.publicKey.compressedRepresentation)
            let other = BaseTransfer.sampledPoint()
            let swap = 0 &- choices.bytes[index]
            message += zip(own, other).map { $0 ^ (swap & ($0 ^ $1)) }
            message += zip(own, other).map { $1 ^ (swap & ($0 ^ $1)) }
        }
        self.privateKeys = privateKeys
        self.choices = choices
        self.message = message
    }

    /// The chosen keys, 16 bytes each.
    /// - Throws: `malformedMessage` when the sender's point is none.
    consuming func keys(
        sender: ArraySlice<UInt8>, context: BaseTransfer.Context
    ) throws(ObliviousTransferError) -> SecretMemory {
        let point = try publicKey(sender)
        let result = SecretMemory(bytes: BaseTransfer.keyBytes * privateKeys.count)
        for (index, privateKey) in privateKeys.enumerated() {
            let offer = message[BaseTransfer.offerBytes * index..<BaseTransfer.offerBytes * (index + 1)]
            try BaseTransfer.derive(
                privateKey, point, context: context, sender: Array(sender), offer: offer, index: index,
                side: choices.bytes[index], to: result.bytes + BaseTransfer.keyBytes * index)
        }
        return result
    }
}

/// The side that gets both keys of every transfer. Its secret is fresh for each session and direction.
struct BaseSender {
    private let privateKey = P256.KeyAgreement.PrivateKey()
    var message: [UInt8] { [UInt8](privateKey.publicKey.compressedRepresentation) }

    /// 32 bytes a transfer: the keys of sides 0 and 1.
    /// - Throws: `malformedMessage` when a point of the offers is none.
    func keys(offers: ArraySlice<UInt8>, context: BaseTransfer.Context) throws(ObliviousTransferError) -> SecretMemory {
        let count = offers.count / BaseTransfer.offerBytes
        let own = message
        let result = SecretMemory(bytes: 2 * BaseTransfer.keyBytes * count)
        for index in 0..<count {
            let start = offers.startIndex + BaseTransfer.offerBytes * index
            let offer = offers[start..<start + BaseTransfer.offerBytes]
            for side in 0..<2 {
                let at = start + side * BaseTransfer.pointBytes
                let point = try publicKey(offers[at..<at + BaseTransfer.pointBytes])
                try BaseTransfer.derive(
                    privateKey, point, context: context, sender: own, offer: offer, index: index, side: UInt8(side),
                    to: result.bytes + BaseTransfer.keyBytes * (2 * index + side))
            }
        }
        return result
    }
}

private func publicKey(_ bytes: ArraySlice<UInt8>) throws(ObliviousTransferError) -> P256.KeyAgreement.PublicKey {
    guard let key = try? P256.KeyAgreement.PublicKey(compressedRepresentation: Array(bytes)) else {
        throw .malformedMessage("a base transfer's point is not on the curve")
    }
    return key
}
