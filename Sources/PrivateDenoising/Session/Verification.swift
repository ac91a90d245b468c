import Denoising
import Numerics

/// Compares a run with its integer network, every value of every round: what the client sees of the accumulators (under the server's
/// masks and order, or its share), what it holds of the activations where the mode shares them, and the output.
struct Verification {
    private var expected: IntegerEvaluation
    private var accumulators: IntegerTensor?
    private let agreement: Agreement
    private let threads: Int
    /// Values that differ.
    private(set) var mismatched = 0
    /// Activations beyond what the calibration foresaw, which both sides clamp alike.
    var saturated: Int { expected.saturated }

    /// - Parameters:
    ///   - reference: the integer network to compare with.
    ///   - round: the first that is compared; earlier layers are run only.
    init(_ reference: IntegerNetwork, images: IntegerTensor, agreement: Agreement, from round: Int, threads: Int) throws
    {
        expected = try IntegerEvaluation(reference, input: images)
        self.agreement = agreement
        self.threads = threads
        for _ in 0..<agreement.rounds[round].layers.lowerBound { _ = try expected.step(threads: threads) }
    }

    /// After a message arrived, when both parties have read it.
    mutating func check<Scheme: AdditiveScheme>(
        after step: Step, _ client: Client<Scheme>, _ server: Server<Scheme>
    ) throws {
        let round = agreement.rounds[step.round]
        if agreement.mode.definition.completesAccumulators(step, of: agreement) {
            if round.rows.lowerBound == 0 {
                for _ in round.layers { accumulators = try expected.step(threads: threads) }
            }
            if let accumulators {
                count(
                    client.seen(round: step.round),
                    try server.seen(accumulators.rows(round.rows), round: step.round))
            }
        }
        // The end of a round: the next message is another's, or there is none.
        guard round.isLastBand, accumulators != nil, client.step.map({ $0.round > step.round }) ?? true,
            let activation = expected.activation
        else { return }
        if client.step == nil {
            count(client.result?.output, activation)
        } else if let held = try server.held(activation, round: step.round) {
            count(client.held, held)
        }
    }

    private mutating func count(_ found: IntegerTensor?, _ expected: IntegerTensor) {
        mismatched += found?.values.mismatches(with: expected.values) ?? expected.values.count
    }
}
