import Denoising
import Foundation
import Lattice
import PrivateDenoising
import Reporting

/// The lattice keys of one run, each used for as many images as its budget allows.
///
/// Answers under one key are within a statistical distance of ones that do not depend on the network, which grows
/// with the square root
/// of their number. Where the images of a session would pass 2^-30 a new key is made.
struct LatticeKeys {
    /// log2 of the distance a key's session may come to.
    static let budget = -30.0

    private(set) var current: SecretKey?
    /// What making the current key took.
    private(set) var seconds: Double?
    private var used = 0.0
    private var made = 0
    private(set) var parameters: [String: ParameterValue] = [:]

    /// The key for the next run of an agreement.
    /// - Throws: `schemeMismatch` where not even a fresh key has room for the run's images.
    mutating func key(
        for agreement: Agreement, network: IntegerNetwork
    ) throws -> SecretKey {
        var key = try current ?? fresh()
        guard
            let distance = try LatticeScheme.floodingDistance(
                agreement: agreement, network: network, key: key.publicKey)
        else { return key }
        let (images, allowed) = (agreement.images.count, distance.patches(within: Self.budget))
        guard images <= allowed else {
            throw PrivateDenoisingError.schemeMismatch(
                scheme: .lattice,
                reason:
                    "\(images) images in one run pass a key's budget of 2^\(Int(Self.budget)), which is \(allowed) of them"
            )
        }
        // A share of the budget an image, so that networks of different distances can follow each other.
        let cost = Double(images) / Double(allowed)
        if used + cost > 1 { key = try fresh() }
        used += cost
        let single = Self.text(distance.log2Distance())
        let session = Self.text(distance.log2Distance(patches: images))
        let set = key.publicKey.parameters
        parameters = [
            ParameterName.parameterSet: .text(
                "\(set.name), N \(LatticeParameters.degree), log q \(Int(set.modulusBits.rounded())), "
                    + "\(Int(set.estimatedBits)) bits by the estimator (\(set.standardBits) by the standard)"),
            ParameterName.distance: .text(
                "2^\(single) an image, 2^\(session) for \(images), expected over honest encryption noise, a key's budget "
                    + "2^\(Int(Self.budget))"),
            ParameterName.keysUsed: .integer(made),
        ]
        return key
    }

    private mutating func fresh() throws -> SecretKey {
        let start = ContinuousClock.now
        let key = try SecretKey()
        seconds = (ContinuousClock.now - start) / .seconds(1)
        (current, used) = (key, 0)
        made += 1
        return key
    }

    private static func text(_ exponent: Double) -> String { String(format: "%.1f", exponent) }
}
