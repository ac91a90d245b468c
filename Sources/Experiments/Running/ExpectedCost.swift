import Denoising
import PrivateDenoising

/// What runs are expected to cost beside each other, by counts alone: for the choice of a layout, and for progress.
enum ExpectedCost {
    /// In products of the server, by what ciphertexts cost at 2048 bits: encryption as much as 100 products, decryption with
    /// re-randomisation as much as 700 (Results/reference/key-sizes).
    static func products(_ prediction: CostPrediction) -> Int {
        prediction.products + 100 * prediction.ciphertexts(.up) + 700 * prediction.ciphertexts(.down)
    }

    /// What part of all cells each is expected to take, 0 to 1. What cannot be told counts little.
    static func shares(of cells: [Cell]) -> [Double] {
        var keys = RunKeys()
        var known: [CaseKey: Double] = [:]
        let costs = cells.map { cell -> Double in
            switch cell {
            case .baselines, .float: return 1e5
            case .attack: return 1e7
            case .run(let point, let item, let trial):
                let key = CaseKey(number: item.number, settings: point.settings(ofCase: item.number))
                let once = known[key] ?? cost(item, &keys)
                known[key] = once
                return once * Double(1 + (trial == 1 ? point.experiment.warmUp : 0))
            }
        }
        let total = costs.reduce(0, +)
        return costs.map { $0 / total }
    }

    private struct CaseKey: Hashable {
        let number: Int
        let settings: [SweepSetting]
    }

    private static func cost(_ item: PreparedCase, _ keys: inout RunKeys) -> Double {
        guard let agreement = item.agreement, let scheme = item.settings.scheme.measured,
            let products = try? products(scheme, item, agreement, &keys)
        else { return 1e6 }
        return Double(max(products, 100_000))
    }

    private static func products<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ item: PreparedCase, _ agreement: Agreement, _ keys: inout RunKeys
    ) throws -> Int {
        products(
            try CostPrediction(
                scheme, agreement: agreement, network: item.network,
                key: Scheme.publicKey(of: keys(scheme, item.settings.key).key), memory: item.settings.memoryBytes))
    }
}
