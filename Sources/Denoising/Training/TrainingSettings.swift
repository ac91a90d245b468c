/// Everything that decides how a network is trained, apart from the data.
public struct TrainingSettings: Sendable, Hashable {
    /// Passes over the training pairs.
    public var epochs: Int
    public var batchSize: Int
    /// Adam's step at the start.
    public var learningRate: Double
    /// Adam's step at the end; in between it follows half a cosine, updated at every step.
    public var finalLearningRate: Double
    /// Of the first weights, the batch order and the augmentation.
    public var seed: UInt64
    /// Whether each pair is shown in one of its eight rotations and reflections, drawn anew every epoch.
    public var augmentation: Bool

    /// - Throws: `DenoisingError.invalidConfiguration` naming the value out of range.
    public init(
        epochs: Int, batchSize: Int, learningRate: Double, finalLearningRate: Double, seed: UInt64,
        augmentation: Bool = true
    ) throws(DenoisingError) {
        guard epochs > 0 else { throw .invalidConfiguration(key: "epochs", reason: "\(epochs), expected at least 1") }
        guard batchSize > 0 else {
            throw .invalidConfiguration(key: "batch_size", reason: "\(batchSize), expected at least 1")
        }
        guard learningRate.isFinite, learningRate > 0 else {
            throw .invalidConfiguration(key: "learning_rate", reason: "\(learningRate), expected a positive number")
        }
        guard (0...learningRate).contains(finalLearningRate) else {
            throw .invalidConfiguration(
                key: "final_learning_rate", reason: "\(finalLearningRate), expected 0...\(learningRate)")
        }
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.finalLearningRate = finalLearningRate
        self.seed = seed
        self.augmentation = augmentation
    }
}
