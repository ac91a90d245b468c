import Foundation
import Imaging
import Numerics

/// Trains a network: mean squared error, Adam, cosine learning-rate decay.
///
/// Every epoch draws its batch order and its augmentation from the seed and the epoch's number alone, so a run resumed
/// from a `TrainingState` continues bit for bit, on the same machine with the same thread count. Not Sendable, as
/// `NetworkEvaluator`.
///
/// With a quantisation the weights that Adam moves stay floats; every pass rounds them, and the activations, as the integer network
/// does, and gradients go straight through the roundings (`ActivationLevels.slope(_:)`).
public final class Trainer {
    public let network: Network
    public let settings: TrainingSettings
    /// What is trained for; nil for the float network.
    public let quantisation: FakeQuantisation?
    private let threads: Int?
    public private(set) var epochsDone = 0
    /// As in `TrainingState`.
    private var parameters: [Float]
    private var adam: Adam
    private var executor: NetworkExecutor?

    /// Starts from `initialWeights(seed:)`.
    public convenience init(
        _ network: Network, settings: TrainingSettings, threads: Int? = nil
    ) throws(DenoisingError) {
        let weights = try network.initialWeights(seed: settings.seed)
        try self.init(network, settings: settings, weights: weights, threads: threads)
    }

    /// Starts from given weights, with fresh moments.
    /// - Precondition: a quantisation of the same network, if there is one.
    public init(
        _ network: Network, settings: TrainingSettings, weights: Weights, quantisation: FakeQuantisation? = nil,
        threads: Int? = nil
    ) throws(DenoisingError) {
        precondition(quantisation.map { $0.network == network } ?? true)
        self.network = network
        self.settings = settings
        self.quantisation = quantisation
        self.threads = threads
        parameters = try network.canonicalConvolutions(weights).flatMap { $0.weights + $0.bias }
        adam = Adam(parameterCount: parameters.count)
    }

    /// The weights as they are now.
    public func weights() throws(DenoisingError) -> Weights { try weights(ofParameters: parameters) }

    /// Canonical gradients under the names and in the layout of `state_dict`.
    package func stateTensors(
        _ gradients: [(weights: [Float], bias: [Float])]
    ) throws(DenoisingError) -> [String: WeightTensor] {
        try network.stateTensors(
            zip(network.layers, gradients).map { CanonicalConvolution($0, weights: $1.weights, bias: $1.bias) })
    }

    /// One pass over the pairs in seeded order; pairs that do not fill a last batch wait for the next epoch's order.
    ///
    /// - Returns: mean of the batches' losses, each taken before its update.
    /// - Throws: `invalidConfiguration` if there are fewer pairs than one batch, `wrongShape` if targets are not of the output's
    ///   size, `nonFinite` if training diverges.
    public func trainEpoch(_ pairs: TrainingPairs) throws(DenoisingError) -> Double {
        let batches = pairs.count / settings.batchSize
        guard batches > 0 else {
            throw .invalidConfiguration(
                key: "batch_size", reason: "\(settings.batchSize), expected at most the \(pairs.count) training pairs")
        }
        // Stream 0 drew the first weights.
        var generator = SeededGenerator(seed: settings.seed, stream: UInt64(epochsDone) + 1)
        let order = Self.permutation(of: pairs.count, using: &generator)
        let total = Double(settings.epochs * batches)
        var sum = 0.0
        for batch in 0..<batches {
            let indices = order[(batch * settings.batchSize)..<((batch + 1) * settings.batchSize)]
            var (inputs, targets) = (pairs.inputs.images(indices), pairs.targets.images(indices))
            if settings.augmentation {
                let symmetries = indices.map { _ in Int(generator.next() >> 61) }
                inputs = SquareSymmetry.apply(symmetries, to: inputs)
                targets = SquareSymmetry.apply(symmetries, to: targets)
            }
            let done = Double(epochsDone * batches + batch) / total
            sum += try step(inputs, target: targets, learningRate: learningRate(at: done))
        }
        epochsDone += 1
        return sum / Double(batches)
    }

    /// One Adam step on one batch.
    /// - Returns: the mean squared error before the step.
    package func step(_ input: Tensor, target: Tensor, learningRate: Double) throws(DenoisingError) -> Double {
        let (loss, gradients) = try self.gradients(input, target: target)
        update(gradients, learningRate: learningRate)
        return loss
    }

    /// One Adam step down gradients by canonical weights and biases, a pair per layer.
    package func update(_ gradients: [(weights: [Float], bias: [Float])], learningRate: Double) {
        adam.update(&parameters, gradient: gradients.flatMap { $0.weights + $0.bias }, learningRate: learningRate)
    }

    /// Mean squared error over all output values, and its gradient by canonical weights and biases.
    package func gradients(
        _ input: Tensor, target: Tensor
    ) throws(DenoisingError) -> (loss: Double, gradients: [(weights: [Float], bias: [Float])]) {
        let output = try executor(for: input.shape).shapes[network.layers.count]
        guard target.shape == output else {
            throw .wrongShape(
                what: "training target", found: target.shape.dimensions, expected: output.dimensions)
        }
        return try gradients(input) { output in
            let scale = 2 / Float(output.count)
            var loss = 0.0
            var slope = [Float](repeating: 0, count: output.count)
            for index in output.indices {
                let difference = output[index] - target.values[index]
                loss += Double(difference) * Double(difference)
                slope[index] = scale * difference
            }
            return (loss / Double(output.count), slope)
        }
    }

    /// Any loss of the output values, and its gradient by canonical weights and biases.
    /// - Parameter loss: of the output's values; its value, and its derivative by each of them.
    package func gradients(
        _ input: Tensor, loss: (_ output: [Float]) -> (value: Double, slope: [Float])
    ) throws(DenoisingError) -> (loss: Double, gradients: [(weights: [Float], bias: [Float])]) {
        let executor = try self.executor(for: input.shape)
        let convolutions = convolutions(of: parameters)
        try executor.setParameters(quantisation?.rounded(convolutions) ?? convolutions)
        try executor.forward(input.values)
        let (value, slope) = loss(try executor.activation(executor.shapes.count - 1))
        guard value.isFinite else { throw .nonFinite(tensor: "loss", index: 0) }
        return (value, try executor.backward(slope))
    }

    /// What runs each layer's passes - forward, input's gradient but for the first layer, weights' gradient - by oneDNN's names: a reference loop among them makes a step take seconds.
    package func implementations(for input: TensorShape) throws(DenoisingError) -> [[String]] {
        try executor(for: input).implementations
    }

    /// Fisher-Yates, spelled out: the standard library does not promise the algorithm of its `shuffled`.
    private static func permutation(of count: Int, using generator: inout SeededGenerator) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, Int(generator.uniform() * Double(last + 1)))
        }
        return order
    }

    private func learningRate(at progress: Double) -> Double {
        let (first, last) = (settings.learningRate, settings.finalLearningRate)
        return last + (first - last) * (1 + cos(.pi * progress)) / 2
    }

    private func executor(for input: TensorShape) throws(DenoisingError) -> NetworkExecutor {
        if let executor, executor.shapes[0] == input { return executor }
        let new = try NetworkExecutor(
            network, convolutions: convolutions(of: parameters), input: input, levels: quantisation?.levels ?? [],
            training: true,
            threads: threads)
        executor = new
        return new
    }
}

// MARK: - Resuming

/// A trainer between two epochs: parameters and Adam's moments, each a flat vector in the order of the layers, weights
/// (canonical order) before biases.
public struct TrainingState: Sendable, Equatable {
    public var completedEpochs: Int
    public var step: Int
    public var parameters: [Float]
    public var firstMoments: [Float]
    public var secondMoments: [Float]

    public init(
        completedEpochs: Int, step: Int, parameters: [Float], firstMoments: [Float], secondMoments: [Float]
    ) {
        self.completedEpochs = completedEpochs
        self.step = step
        self.parameters = parameters
        self.firstMoments = firstMoments
        self.secondMoments = secondMoments
    }
}

extension Trainer {
    public var state: TrainingState {
        TrainingState(
            completedEpochs: epochsDone, step: adam.step, parameters: parameters, firstMoments: adam.firstMoment,
            secondMoments: adam.secondMoment)
    }

    /// Continues from a state of the same network.
    /// - Throws: `DenoisingError.wrongShape` if the state has another number of parameters, `valueOutOfRange` for counts that
    ///   cannot be.
    public func resume(from state: TrainingState) throws(DenoisingError) {
        for vector in [state.parameters, state.firstMoments, state.secondMoments] { try requireFlat(vector) }
        guard (0...Int(Int32.max)).contains(state.completedEpochs), (0...Int(Int32.max)).contains(state.step) else {
            throw .valueOutOfRange(what: "training state's epochs or steps", expected: "0 to \(Int32.max)")
        }
        (epochsDone, parameters) = (state.completedEpochs, state.parameters)
        (adam.step, adam.firstMoment, adam.secondMoment) = (state.step, state.firstMoments, state.secondMoments)
    }

    /// The weights of an earlier `TrainingState.parameters`, such as the best epoch's.
    /// - Throws: `DenoisingError.wrongShape` if there is another number of them.
    public func weights(ofParameters parameters: [Float]) throws(DenoisingError) -> Weights {
        try requireFlat(parameters)
        return try network.weights(of: convolutions(of: parameters))
    }

    private func requireFlat(_ vector: [Float]) throws(DenoisingError) {
        guard vector.count == parameters.count else {
            throw .wrongShape(what: "training state", found: [vector.count], expected: [parameters.count])
        }
    }

    private func convolutions(of parameters: [Float]) -> [CanonicalConvolution] {
        var rest = parameters[...]
        func next(_ count: Int) -> [Float] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        return network.layers.map { layer in
            let weights = next(layer.weightShape.reduce(1, *))
            return CanonicalConvolution(layer, weights: weights, bias: next(layer.outputChannels))
        }
    }
}
