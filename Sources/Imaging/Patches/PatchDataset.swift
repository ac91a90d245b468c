import Foundation

/// A patch file: pairs of low-dose and normal-dose patches, split, with the record of how they were made.
public struct PatchDataset: Equatable, Sendable {
    /// What a file says about itself: its root attributes.
    public struct Record: Equatable, Sendable {
        /// Where the normal-dose slices come from, licence included.
        public var source: String
        /// mm between slices, rows, columns.
        public var pixelSpacing: [Double]
        /// Photons of the low dose as a share of a normal dose; nominal where the dose is simulated.
        public var doseFraction: Double
        /// Which program or scanner made the low dose.
        public var generator: String
        /// The generator's parameters, a JSON object.
        public var parameters: String
        /// How patches were split.
        public var splitRule: String
        /// What this file insists on although it looks otherwise.
        public var insistence: Set<Suspicion.Matter>
        /// The part of the body, one line; nil where it is not stated.
        public var bodyRegion: String?

        public init(
            source: String, pixelSpacing: [Double], doseFraction: Double, generator: String, parameters: String,
            splitRule: String, insistence: Set<Suspicion.Matter> = [], bodyRegion: String? = nil
        ) {
            self.source = source
            self.pixelSpacing = pixelSpacing
            self.doseFraction = doseFraction
            self.generator = generator
            self.parameters = parameters
            self.splitRule = splitRule
            self.insistence = insistence
            self.bodyRegion = bodyRegion
        }
    }

    public static let schemaVersion = 1

    public let record: Record
    public let train: PatchSet
    public let validation: PatchSet
    public let test: PatchSet
    /// Standard deviation of low minus normal dose, in HU, over the body (normal dose above -500 HU) of all patches.
    public let measuredNoise: Double

    /// - Precondition: All sets have the same patch size.
    public init(record: Record, train: PatchSet, validation: PatchSet, test: PatchSet) {
        precondition(
            [validation, test].allSatisfy { $0.width == train.width && $0.height == train.height },
            "splits differ in patch size")
        self.record = record
        self.train = train
        self.validation = validation
        self.test = test
        measuredNoise = Self.noise(in: [train, validation, test])
    }

    /// - Parameter sets: of patches of one size; a split that is not there is empty.
    package init(record: Record, sets: [Split: PatchSet], width: Int, height: Int) {
        func set(_ split: Split) -> PatchSet { sets[split] ?? PatchSet(width: width, height: height) }
        self.init(record: record, train: set(.train), validation: set(.validation), test: set(.test))
    }

    public subscript(split: Split) -> PatchSet {
        switch split {
        case .train: train
        case .validation: validation
        case .test: test
        }
    }

    private static func noise(in sets: [PatchSet]) -> Double {
        var measurement = NoiseMeasurement()
        for set in sets { measurement.add(low: set.lowDose, normal: set.normalDose) }
        return measurement.standardDeviation
    }
}

/// Standard deviation of low minus normal dose over the body, piece by piece.
public struct NoiseMeasurement: Sendable {
    private var count = 0.0
    private var sum = 0.0
    private var squares = 0.0

    public init() {}

    /// - Precondition: as many values of one dose as of the other, in HU.
    public mutating func add(low: [Float], normal: [Float]) {
        precondition(low.count == normal.count, "doses differ in length")
        for (low, normal) in zip(low, normal) where normal > PatchExtraction.bodyThreshold {
            let difference = Double(low) - Double(normal)
            count += 1
            sum += difference
            squares += difference * difference
        }
    }

    /// In HU; 0 without any body.
    public var standardDeviation: Double {
        guard count > 0 else { return 0 }
        return max(0, squares / count - sum / count * (sum / count)).squareRoot()
    }
}
