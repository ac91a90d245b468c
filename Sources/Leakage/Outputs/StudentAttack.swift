import Denoising
package import Imaging
import Numerics
import PrivateDenoising

/// H, the floor under every protocol: a network trained on pairs of what a client sent and what it got back.
///
/// Every client of every mode has such pairs, whatever the protocol hides in between. The student is trained from random weights by
/// Adam, 1e-3 to 1e-5, in batches of up to 8, for as many steps whatever the number of pairs.
package struct StudentAttack {
    package enum Student: String, CaseIterable, Sendable {
        /// The teacher's own architecture.
        case same
        /// Three layers and a quarter of the teacher's channels.
        case smaller
        /// The control: the teacher's architecture, every image with the output of another.
        case shuffled
    }

    private let images: Tensor
    private let outputs: Tensor
    private let teacher: Network

    private static let batchSize = 8
    private static let rates = (first: 1e-3, last: 1e-5)

    /// - Throws: `LeakageError.unsuitable` for a run that did not go to its end, or whose outputs the client's view does not hold.
    package init(_ view: ClientView) throws {
        let agreement = view.agreement
        guard view.rounds.count == agreement.rounds.count, agreement.shareBits == nil else {
            throw LeakageError.unsuitable(
                attack: "student", expected: "a whole run in a mode whose last answer is the output; all give the same")
        }
        (images, outputs) = (view.pixels, view.outputs)
        teacher = try Network(layers: agreement.layers.map(\.architecture))
    }

    package var count: Int { images.shape.count }

    /// - Parameters:
    ///   - pairs: the student learns from, the first there are.
    ///   - epochs: passes over all pairs there are; with fewer pairs there are as many steps.
    /// - Returns: What the student makes of other images, in HU.
    package func taught(
        _ student: Student, pairs: Int, epochs: Int, on low: [Image], window: HounsfieldWindow, seed: UInt64,
        threads: Int
    ) throws -> [Image] {
        let network = try network(student)
        let batch = min(Self.batchSize, pairs)
        let steps = epochs * max(1, count / Self.batchSize)
        let passes = max(1, steps / (pairs / batch))
        let settings = try TrainingSettings(
            epochs: passes, batchSize: batch, learningRate: Self.rates.first, finalLearningRate: Self.rates.last,
            seed: seed, augmentation: false)
        let trainer = try Trainer(network, settings: settings, threads: threads)
        let order = (0..<pairs).map { student == .shuffled ? ($0 + max(1, pairs / 2)) % pairs : $0 }
        let known = try TrainingPairs(inputs: images.images(0..<pairs), targets: outputs.images(order))
        for _ in 0..<passes { _ = try trainer.trainEpoch(known) }
        return try network.evaluate(Tensor(low, window: window), weights: trainer.weights(), threads: threads)
            .hounsfieldImages(window: window)
    }

    private func network(_ student: Student) throws -> Network {
        guard student == .smaller else { return teacher }
        return try Network.redCNN(
            depth: 3, channels: max(2, (teacher.layers[0].outputChannels + 3) / 4), relu: .all, decoder: .same)
    }
}
