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
        let prediction = try CostPrediction(
            scheme, agreement: agreement(network, images: images), network: network,
            key: Scheme.publicKey(of: Scheme.makeKey(key)), memory: memoryBytes)
        return ExpectedCost.products(prediction)
    }
}
