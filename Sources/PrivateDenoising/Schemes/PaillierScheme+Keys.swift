public import Denoising
public import struct Foundation.Data
public import class Foundation.JSONDecoder
public import class Foundation.JSONEncoder
public import func Foundation.exp2
public import func Foundation.log2
import Paillier

/// Public keys that travel, and what a run takes of them.
extension PaillierScheme {
    /// python-paillier's public key, and the randomness the client encrypts with: the server takes no shorter one.
    private struct Transfer: Codable {
        let key: Data
        let randomness: String
    }

    public static func transfer(_ key: PublicKey) throws -> Data {
        try JSONEncoder().encode(
            Transfer(key: key.key.json(comment: ""), randomness: key.randomness.rawValue))
    }

    public static func receive(
        _ data: Data, parameters: SchemeParameters, allowsInsecure: Bool, isWanted: () throws -> Void
    ) throws -> PublicKey {
        guard let transfer = try? JSONDecoder().decode(Transfer.self, from: data),
            let randomness = Randomness(rawValue: transfer.randomness)
        else { throw PrivateDenoisingError.badKey("not a Paillier public key") }
        let key: Paillier.PublicKey
        do throws(PaillierError) {
            key = try Paillier.PublicKey(json: transfer.key, allowInsecure: allowsInsecure)
        } catch { throw PrivateDenoisingError.badKey("\(error)") }
        guard parameters == .paillier(keyBits: key.bits) else {
            throw PrivateDenoisingError.badKey("it has \(key.bits) bits, other than announced")
        }
        try isWanted()
        // h^x only where the client encrypts with h too; never the short exponents, which are for measurements.
        return PublicKey(key, randomness: randomness == .full ? .full : .djn)
    }

    public static func residentBytes(of parameters: SchemeParameters) -> Int {
        guard case .paillier(let bits) = parameters else { return 0 }
        return Rerandomizer.powersBytes(keyBits: bits)
    }

    /// Where shares are hidden in slots, of the distance from perfect ones; distances of sessions add up.
    public static func wear(by agreement: Agreement, _ network: IntegerNetwork) throws -> KeyWear? {
        guard let distance = agreement.shareDistance else { return nil }
        let (images, budget) = (agreement.images.count, SharedMode.distanceBudget)
        return KeyWear(
            share: exp2(distance - budget),
            words: "\(KeyWear.power(distance - log2(Double(images)))) an image, \(KeyWear.power(distance)) for "
                + "\(images), a key's budget 2^\(Int(budget))")
    }
}
