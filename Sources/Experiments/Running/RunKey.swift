import Paillier
import PrivateDenoising

/// The client's key pair of one run, made when a case first needs it.
struct RunKey {
    let pair: PaillierScheme.PrivateKey
    /// What making it took.
    let seconds: Double

    init(_ settings: KeySettings) throws {
        let start = ContinuousClock.now
        pair = PaillierScheme.PrivateKey(
            try PrivateKey(bits: settings.bits, allowInsecure: settings.insecure), randomness: settings.randomness)
        seconds = (ContinuousClock.now - start) / .seconds(1)
    }
}
