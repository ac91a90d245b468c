package import Imaging

/// What one way of making an attack came to.
package struct AttackResult: Sendable {
    package struct Score: Sendable, Equatable {
        package let metric: LeakMetric
        package let value: Double
    }

    /// Something the attacker holds in the end, for whoever has no truth to score it by.
    package struct Loot: Sendable, Equatable {
        package let name: String
        package let value: Double
        package var unit = "1"
    }

    package struct Pictures: Sendable {
        /// What an attack's pictures differ in, beside what its cells do.
        package let method: String
        package let label: String
        package let images: [String: [Image]]
    }

    /// `elimination`, `ridge` ...
    package let method: String
    /// That the attacker used.
    package var patches: Int?
    /// The layer that scores are about; all together without it.
    package var layer: String?
    package var scores: [Score]
    package var loot: [Loot] = []
    package var pictures: Pictures?

    init(
        _ method: String, patches: Int? = nil, layer: String? = nil, _ scores: [(LeakMetric, Double)],
        loot: [Loot] = [], pictures: Pictures? = nil
    ) {
        self.method = method
        self.patches = patches
        self.layer = layer
        self.scores = scores.map { Score(metric: $0, value: $1) }
        self.loot = loot
        self.pictures = pictures
    }
}

func timed<Result>(_ body: () throws -> Result) rethrows -> (result: Result, seconds: Double) {
    let start = ContinuousClock.now
    let result = try body()
    return (result, (ContinuousClock.now - start) / .seconds(1))
}

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

/// Means over images, each beside the one at its place.
/// - Throws: `LeakageError.unsuitable` for images smaller than the window of SSIM.
func meanQuality(_ images: [Image], against others: [Image]) throws -> (psnr: Double, ssim: Double) {
    guard images.allSatisfy({ min($0.width, $0.height) >= 11 }) else {
        throw LeakageError.unsuitable(
            attack: "scores", found: "images of \(images[0].width)x\(images[0].height)", expected: "at least 11x11")
    }
    let quality = zip(images, others).map { ImageQuality(of: $0, against: $1) }
    return (mean(quality.map(\.psnr)), mean(quality.map(\.ssim)))
}
