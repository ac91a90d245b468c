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
        var known: [CellKey: Double] = [:]
        let costs = cells.map { cell -> Double in
            switch cell {
            case .baselines, .float: return 1e5
            case .attack: return 1e7
            case .run(_, let item, _):
                let once = known[cell.key.ofEveryTrial] ?? cost(item, &keys)
                known[cell.key.ofEveryTrial] = once
                return once * Double(cell.runs)
            }
        }
        let total = costs.reduce(0, +)
        return costs.map { $0 / total }
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
        try products(
            item.settings.prediction(
                scheme, agreement, item.network, key: keys(scheme, item.settings.key).key))
    }
}
