import Denoising
import PrivateDenoising

extension ProtocolSettings {
    /// With the layout that costs less for these images. The choice depends on counts alone, so that it is the same on every machine.
    /// - Throws: As `Agreement.init` where no layout is possible.
    func withCheaperLayout(_ network: IntegerNetwork, images: TensorShape) throws -> ProtocolSettings {
        var batch = self
        (batch.layout, batch.picksLayout) = (.batch, false)
        var tile = batch
        tile.layout = .tile
        guard tile.objection() == nil, let scheme = scheme.measured, let tiled = try? tile.cost(scheme, network, images)
        else { return batch }
        return try tiled < batch.cost(scheme, network, images) ? tile : batch
    }

    private func cost<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ network: IntegerNetwork, _ images: TensorShape
    ) throws -> Int {
        try ExpectedCost.products(
            prediction(scheme, agreement(network, images: images), network, key: Scheme.makeKey(key)))
    }

    /// What a run of the agreement will exchange and compute.
    /// - Throws: As `CostPrediction.init`.
    func prediction<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ agreement: Agreement, _ network: IntegerNetwork, key: Scheme.PrivateKey
    ) throws -> CostPrediction {
        try CostPrediction(
            scheme, agreement: agreement, network: network, key: Scheme.publicKey(of: key), memory: memoryBytes)
    }
}
