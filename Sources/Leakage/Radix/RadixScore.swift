package import Denoising
package import PrivateDenoising
import Numerics

extension RadixAttack.Reading {
    /// Share of the weights of all rows that one upload told exactly, up to a sign per row where the mode hides it.
    ///
    /// The truth is what a unit of each input changes in the accumulators of an output whose window lies inside the image.
    package func exactShare(
        of network: IntegerNetwork, _ transcript: Transcript, threads: Int
    ) throws -> Double {
        let agreement = transcript.agreement
        let plan = try RadixPlan(agreement, weightBits: network.weightBits, isNoisy: false)
        guard let spot = plan.spots.first else { return 0 }
        let input = agreement.rounds[0].input
        let size = input.with(count: 1).elementCount
        var images = IntegerArray(count: (plan.taps + 1) * size, limbs: 1)
        for (tap, position) in spot.inputs.enumerated() { images.words[tap * size + position] = 1 }
        var evaluation = try IntegerEvaluation(
            network, input: IntegerTensor(shape: input.with(count: plan.taps + 1), values: images))
        var sums = try evaluation.step(threads: threads)
        for _ in agreement.rounds[0].layers.dropFirst() { sums = try evaluation.step(threads: threads) }
        let plane = sums.shape.planeSize
        let exact = rows.enumerated().reduce(0) { total, row in
            func at(_ image: Int) -> BigInteger {
                sums.values[(image * sums.shape.channels + row.offset) * plane + spot.output]
            }
            let bias = at(plan.taps)
            let truth = (0..<plan.taps).map { at($0) - bias }
            let found = row.element ?? []
            let (same, opposite) = (
                zip(found, truth).count { $0 == $1 }, zip(found, truth).count { -$0 == $1 }
            )
            return total + (isSignKnown ? same : max(same, opposite))
        }
        return Double(exact) / Double(plan.taps * rows.count)
    }
}
