public import Denoising

extension CostPrediction {
    /// The agreement of a run whose server fits a memory: whole layers, or in the tile layout bands of them.
    ///
    /// The fewest bands that fit, halving; where there are several, of up to twice as many those that send the least, as a scheme may cut
    /// rows into pieces of its own.
    /// - Parameters:
    ///   - rows: Of the images.
    ///   - memory: Bytes, as for the run itself.
    ///   - largestMessage: The longest message that either side takes, bytes.
    ///   - compares: As in `init`.
    ///   - agreement: Makes the agreement with at most so many rows of a layer's output a round.
    /// - Throws: What `agreement` and `init` throw; `memoryLimit` if not even bands of one row fit, or the most of
    ///   1, 2, 4... bands that the scheme serves.
    public static func inBands<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, rows: Int, network: IntegerNetwork, key: Scheme.PublicKey, memory: Int,
        largestMessage: Int = .max, compares: Bool = true, agreement: (_ bandRows: Int) throws -> Agreement
    ) throws -> (Agreement, CostPrediction) {
        func fitting(_ bands: Int, isLastHope: Bool = false) throws -> (Agreement, CostPrediction)? {
            let agreement = try agreement((rows + bands - 1) / bands)
            do {
                let prediction = try CostPrediction(
                    scheme, agreement: agreement, network: network, key: key, memory: memory, compares: compares)
                let fits =
                    prediction.peakBytes <= memory
                    && prediction.messages.allSatisfy { $0.bytes <= largestMessage }
                return fits || isLastHope ? (agreement, prediction) : nil
            } catch let error as PrivateDenoisingError {
                guard case .memoryLimit = error, !isLastHope else { throw error }
                return nil
            }
        }
        if let whole = try fitting(1) { return whole }
        var mostServed = 1
        // A scheme may not serve as many pieces: then memory is what keeps it from fewer bands.
        while mostServed < rows, case let bands = min(2 * mostServed, rows),
            let tried = try served({ try fitting(bands) })
        {
            if let found = tried { return try leanest(around: bands, agreement: agreement, rows, fitting) ?? found }
            mostServed = bands
        }
        guard let found = try fitting(mostServed, isLastHope: true) else {
            preconditionFailure("the last hope is taken")
        }
        return found
    }

    /// Of numbers of bands about `bands` the one that sends the least and fits; the fewest of equals.
    private static func leanest(
        around bands: Int, agreement: (Int) throws -> Agreement, _ rows: Int,
        _ fitting: (_ bands: Int, _ isLastHope: Bool) throws -> (Agreement, CostPrediction)?
    ) throws -> (Agreement, CostPrediction)? {
        let last = min(2 * bands + 1, rows)
        let candidates = try stride(from: bands / 2 + 1, through: last, by: max(1, bands / 8)).compactMap { count in
            try served {
                let steps = try agreement((rows + count - 1) / count).steps
                return (bands: count, bytes: steps.reduce(0) { $0 + $1.messageBytes })
            }
        }
        for candidate in candidates.sorted(by: { ($0.bytes, $0.bands) < ($1.bytes, $1.bands) }) {
            if let found = try served({ try fitting(candidate.bands, false) }) ?? nil { return found }
        }
        return nil
    }

    /// Nil where the scheme does not serve what `body` asks of it.
    private static func served<Result>(_ body: () throws -> Result) throws -> Result? {
        do { return try body() } catch PrivateDenoisingError.schemeMismatch { return nil }
    }
}
