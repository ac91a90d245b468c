import Denoising
import Imaging
import Leakage
import Testing

/// P and H: what a client learns from what every client has.
///
/// Images, weights, batches and the numbers that features are multiplied with come from seeds, and nothing is masked: figures are the
/// same in every run, but for last bits of sums that another processor adds up in another order.
@Suite struct OutputAttackTests {
    private func settings(_ methods: [String], patches: [Int], epochs: Int) -> AttackSettings {
        var settings = AttackSettings()
        (settings.methods, settings.patches, settings.epochs) = (methods, patches, epochs)
        return settings
    }

    /// P: plain features teach the last two layers, features times fresh normal numbers do not.
    @Test func theLastLayersAreImitatedFromPlainFeaturesAlone() throws {
        let settings = settings(["repaired", "repaired-masked"], patches: [16], epochs: 400)
        let stage = Scenes.stage(
            settings, trained: try Scenes.trained(channels: 4), size: 24, training: try Scenes.pairs(16, side: 24))
        let results = try ImitationTest.evidence(stage).flatMap(ImitationTest.results)
        #expect(results.map(\.method) == ["imitation-repaired", "imitation-repaired-masked"])
        #expect(results[0].score(.fidelity) > results[0].score(.ownImage) + 1, "\(results[0].scores)")
        #expect(results[1].score(.success) == 0, "\(results[1].scores)")
        #expect(results[0].score(.fidelity) > results[1].score(.fidelity) + 6, "\(results.map(\.scores))")
    }

    /// As published: steps of 1e-6, of which the first few move each parameter by about as much, so that the decoder is still the initial
    /// one; and under masks its image is far from the output.
    @Test func publishedStepsAreSmall() throws {
        let stage = Scenes.stage(
            settings(["published", "published-masked"], patches: [4], epochs: 2),
            trained: try Scenes.trained(channels: 4), size: 24, training: try Scenes.pairs(4, side: 24))
        let evidence = try ImitationTest.evidence(stage)[0]
        let view = try ClientView(evidence.transcript, key: evidence.key, threads: 2)
        let test = try ImitationTest(view, unit: 1)
        func decoded(_ steps: Int) throws -> [Float] {
            try test.decoded(
                .published, steps: steps, seed: Scenes.seed, window: .standard, threads: 2)[0].pixels
        }
        let (start, later) = (try decoded(0), try decoded(2))
        let moved = zip(start, later).map { abs($0 - $1) }.max() ?? 0
        // 2 steps of 1e-6 on 505 parameters, in HU.
        #expect(moved > 0 && moved < 4, "\(moved)")
        let masked = try ImitationTest.results(evidence).first { $0.method == "imitation-published-masked" }
        #expect(masked?.score(.success) == 0, "\(String(describing: masked?.scores))")
    }

    /// H: outputs teach a student the more the more there are of them; outputs of other images teach nothing.
    @Test func outputsTeachAStudent() throws {
        let settings = settings(["same", "smaller", "shuffled"], patches: [2, 24], epochs: 60)
        let stage = Scenes.stage(
            settings, trained: try Scenes.trained(channels: 4), size: 24, training: try Scenes.pairs(24, side: 24),
            heldOut: try Scenes.patches(32, side: 24)[28...].map { ($0, $0) })
        let results = try StudentAttack.evidence(stage).flatMap(StudentAttack.results)
        func fidelity(_ method: String, _ pairs: Int) -> Double {
            results.first { $0.method == method && $0.patches == pairs }?.score(.fidelity) ?? .nan
        }
        #expect(results.count == 6)
        #expect(fidelity("student-same", 24) > fidelity("student-shuffled", 24) + 6, "\(results.map(\.scores))")
        #expect(fidelity("student-same", 24) > fidelity("student-same", 2), "\(results.map(\.scores))")
    }
}
