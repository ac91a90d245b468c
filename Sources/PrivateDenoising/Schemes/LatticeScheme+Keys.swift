public import Denoising
public import struct Foundation.Data
public import func Foundation.log2
public import Lattice
import Numerics

/// Public keys that travel, and what a run takes of them.
extension LatticeScheme {
    public static func transfer(_ key: PublicKey) throws -> Data { try key.json(comment: "") }

    public static func receive(
        _ data: Data, parameters: SchemeParameters, allowsInsecure: Bool, isWanted: () throws -> Void
    ) throws -> PublicKey {
        let key: PublicKey
        do throws(LatticeError) { key = try PublicKey(json: data) } catch {
            throw PrivateDenoisingError.badKey("\(error)")
        }
        guard parameters == .lattice(set: key.parameters.name) else {
            throw PrivateDenoisingError.badKey("it is of set \(key.parameters.name), other than announced")
        }
        try isWanted()
        return key
    }

    /// log2 of the distance that all answers under one key may come to.
    public static let distanceBudget = -30.0

    /// The distance of the answers of a whole run of one image from answers that the weights have no part in.
    /// - Throws: what `layouts` throws.
    public static func floodingDistance(agreement: Agreement, network: IntegerNetwork) throws -> FloodingDistance? {
        var total: FloodingDistance?
        for (round, layout) in zip(agreement.rounds, try layouts(for: agreement)) {
            let layer = network.layers[round.layers.lowerBound]
            let variance = FloodingDistance.noiseVariance(
                weights: layer.weights, multipliers: layer.skip?.multipliers.map { Double($0) },
                outputs: layer.outputChannels, coefficients: layout.geometry.sentCoefficients,
                areShares: agreement.shareBits != nil)
            let before = total?.variance ?? 0
            total = try layout.format().distance(variance: before + variance)
        }
        return total
    }

    /// Mode `shared` keeps `SharedMode.askedOfAPatch`: these weights under this width of shares have to.
    public static func requireDistance(_ agreement: Agreement, _ network: IntegerNetwork) throws {
        guard agreement.shareBits != nil,
            let distance = try floodingDistance(agreement: agreement, network: network)?.log2Distance()
        else { return }
        // It grows with the square root of what is sent.
        let patch = distance - log2(agreement.patchesAnImage) / 2
        guard patch > SharedMode.askedOfAPatch else { return }
        throw PrivateDenoisingError.schemeMismatch(
            scheme: name,
            reason: SharedMode.tooFar(
                patch, because: "shares of \(agreement.shareBits ?? 0) bits; weights of fewer bits expected"))
    }

    /// Answers under one key are within a distance of ones that the network has no part in, which grows with the square root of the
    /// number of images: a share of the budget an image, so that networks of different distances can follow each other under one
    /// key.
    public static func wear(by agreement: Agreement, _ network: IntegerNetwork) throws -> KeyWear? {
        guard let distance = try floodingDistance(agreement: agreement, network: network) else { return nil }
        let images = agreement.images.count
        let asked = agreement.shareBits == nil ? "" : ", 2^\(Int(SharedMode.askedOfAPatch)) asked of a patch and kept"
        return KeyWear(
            share: Double(images) / Double(distance.patches(within: distanceBudget)),
            words: "\(KeyWear.power(distance.log2Distance())) an image\(asked), "
                + "\(KeyWear.power(distance.log2Distance(patches: images))) for \(images), expected over honest encryption "
                + "noise, a key's budget 2^\(Int(distanceBudget))")
    }
}
