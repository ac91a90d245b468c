package import Denoising
package import Paillier
@_spi(Unprotected) package import PrivateDenoising
import Numerics

/// Who draws which randomness, in the runs that attack D compares.
package enum RandomnessSetting: String, Sendable, CaseIterable {
    /// The server does not re-randomise; the client encrypts with h^x, or with r^n.
    case off = "none"
    case offFull = "none-client-full"
    /// The protocol's choices: exponents of half the modulus, of the modulus and 104 bits more, and a fresh r^n.
    case djnShort = "djn-short"
    case djn
    case full
    /// The trap: a client that uses r^n, and a server that re-randomises with h^x all the same.
    case mixed = "client-full-server-djn"

    private var parties: (client: Randomness, server: Randomness) {
        switch self {
        case .off, .djn: (.djn, .djn)
        case .djnShort: (.djn, .djnShort)
        case .offFull, .full: (.full, .full)
        case .mixed: (.full, .djn)
        }
    }

    private var protections: Protections {
        self == .off || self == .offFull ? Protections.all.without(.rerandomisation) : .all
    }

    /// The first upload and answer of a run.
    package func record(
        _ mode: Mode = .clientAided, key: PrivateKey, network: IntegerNetwork, images: IntegerTensor, threads: Int
    ) throws -> Transcript {
        let agreement = try Agreement(
            mode: mode, network: network, images: images.shape,
            parameters: .paillier(keyBits: key.publicKey.bits))
        let setup = try agreement.steps.prefix { $0.phase == .setup }.count
        return try .recording(
            PaillierScheme.self, agreement: agreement, network: network,
            key: PaillierScheme.PrivateKey(key, randomness: parties.client),
            serverKey: PaillierScheme.PublicKey(key.publicKey, randomness: parties.server), images: images,
            messages: setup + 2, protections: protections, threads: threads)
    }
}
