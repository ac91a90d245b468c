package import Denoising
package import Foundation
import Lattice
import Paillier
package import PrivateDenoising

/// A scheme whose public keys travel.
package protocol ServableScheme: AdditiveScheme {
    /// A public key for the other side: the scheme's own documented format.
    static func transfer(_ key: PublicKey) throws -> Data
    /// Reads and checks a key that came from elsewhere.
    /// - Parameters:
    ///   - allowsInsecure: takes keys that protect nothing worth protecting, for measurements.
    ///   - isWanted: throws why not, once the key is read and before more is made of it.
    /// - Throws: `ServingError.badKey`, what `isWanted` throws.
    static func receive(
        _ data: Data, parameters: SchemeParameters, allowsInsecure: Bool, isWanted: () throws -> Void
    ) throws -> PublicKey
    /// Bytes that a key of these parameters takes for as long as it is there, made of it where it is received.
    static func residentBytes(of parameters: SchemeParameters) -> Int
    /// The share of what a key may be used for that a run takes: 0 where a key serves for ever, above 1 where one run is too much.
    static func wear(of key: PublicKey, by agreement: Agreement, network: IntegerNetwork) throws -> Double
}

extension ServableScheme {
    package static func residentBytes(of parameters: SchemeParameters) -> Int { 0 }
    package static func wear(of key: PublicKey, by agreement: Agreement, network: IntegerNetwork) throws -> Double { 0 }
}

extension SchemeName {
    /// What serves it; nil for an encoding that runs no protocol.
    package var servable: (any ServableScheme.Type)? { scheme as? any ServableScheme.Type }
}

extension PaillierScheme: ServableScheme {
    /// python-paillier's public key, and the randomness the client encrypts with: the server takes no shorter one.
    private struct Transfer: Codable {
        let key: Data
        let randomness: String
    }

    package static func transfer(_ key: PublicKey) throws -> Data {
        try JSONEncoder().encode(
            Transfer(key: key.key.json(comment: ""), randomness: key.randomness.rawValue))
    }

    package static func receive(
        _ data: Data, parameters: SchemeParameters, allowsInsecure: Bool, isWanted: () throws -> Void
    ) throws -> PublicKey {
        guard let transfer = try? JSONDecoder().decode(Transfer.self, from: data),
            let randomness = Randomness(rawValue: transfer.randomness)
        else { throw ServingError.badKey("not a Paillier public key") }
        do {
            let key = try Paillier.PublicKey(json: transfer.key, allowInsecure: allowsInsecure)
            guard parameters == .paillier(keyBits: key.bits) else {
                throw ServingError.badKey("it has \(key.bits) bits, other than announced")
            }
            try isWanted()
            // h^x only where the client encrypts with h too; never the short exponents, which are for measurements.
            return PublicKey(key, randomness: randomness == .full ? .full : .djn)
        } catch let error as PaillierError {
            throw ServingError.badKey("\(error)")
        }
    }

    package static func residentBytes(of parameters: SchemeParameters) -> Int {
        guard case .paillier(let bits) = parameters else { return 0 }
        return Rerandomizer.powersBytes(keyBits: bits)
    }

    /// Where shares are hidden in slots, of the distance from perfect ones; distances of sessions add up.
    package static func wear(of key: PublicKey, by agreement: Agreement, network: IntegerNetwork) throws -> Double {
        agreement.shareDistance.map { exp2($0 - Agreement.shareDistanceBudget) } ?? 0
    }
}

extension LatticeScheme: ServableScheme {
    package static func transfer(_ key: PublicKey) throws -> Data { try key.json(comment: "") }

    package static func receive(
        _ data: Data, parameters: SchemeParameters, allowsInsecure: Bool, isWanted: () throws -> Void
    ) throws -> PublicKey {
        do {
            let key = try PublicKey(json: data)
            guard parameters == .lattice(set: key.parameters.name) else {
                throw ServingError.badKey("it is of set \(key.parameters.name), other than announced")
            }
            try isWanted()
            return key
        } catch let error as LatticeError {
            throw ServingError.badKey("\(error)")
        }
    }

    /// Of the distance that answers under one key may have from ones that the network has no part in; it grows with the square root
    /// of the number of images.
    package static func wear(of key: PublicKey, by agreement: Agreement, network: IntegerNetwork) throws -> Double {
        guard let distance = try floodingDistance(agreement: agreement, network: network) else { return 0 }
        return Double(agreement.images.count) / Double(distance.patches(within: distanceBudget))
    }
}

extension CleartextScheme: ServableScheme {
    package static func transfer(_ key: PublicKey) throws -> Data { Data() }

    package static func receive(
        _ data: Data, parameters: SchemeParameters, allowsInsecure: Bool, isWanted: () throws -> Void
    ) throws -> PublicKey {
        guard case .cleartext(let bits) = parameters else { throw ServingError.badKey("not a cleartext key") }
        try isWanted()
        return Key(plaintextBits: bits)
    }
}
