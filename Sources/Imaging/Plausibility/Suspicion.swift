/// A reason to think that data are not what they are said to be.
public struct Suspicion: Equatable, Sendable {
    /// What is doubted, and the word by which a file or a command insists that it is right.
    public enum Matter: String, CaseIterable, Sendable, Codable {
        /// That values are HU.
        case values
        /// That one dose is lower than the other.
        case doses
        /// That the splits share nothing.
        case splits
    }

    public let matter: Matter
    /// What the data look like, in words.
    public let text: String

    public init(_ matter: Matter, _ text: String) {
        self.matter = matter
        self.text = text
    }
}

/// What values that are said to be HU look like, piece by piece.
public struct ValueEvidence: Sendable {
    private var count = 0
    private var low = Float.infinity
    private var high = -Float.infinity
    /// Zeros at even places, zeros and minus ones at odd ones: halves of wider numbers.
    private var evenZeros = 0, oddHalves = 0
    /// Air, lung and fat; dense bone; beyond any material.
    private var light = 0, dense = 0, beyond = 0

    public init() {}

    public mutating func add(_ values: some Sequence<Float>) {
        for value in values {
            low = min(low, value)
            high = max(high, value)
            if count & 1 == 0 {
                evenZeros += value == 0 ? 1 : 0
            } else {
                oddHalves += value == 0 || value == -1 ? 1 : 0
            }
            if value > -1100 && value < -200 { light += 1 }
            if value >= 800 && value <= 1400 { dense += 1 }
            if abs(value) > 4000 { beyond += 1 }
            count += 1
        }
    }

    /// Smallest and largest value; nil without any.
    public var range: ClosedRange<Float>? { count > 0 ? low...high : nil }

    /// The least range, in HU, that a CT image can have: its noise alone has more.
    private static let leastRange: Float = 50

    /// What the values look like if they cannot be HU; nil if they can, and below 121 values, the smallest patch.
    public var suspicion: Suspicion? {
        guard count >= 121 else { return nil }
        let span = "values from \(Self.text(low)) to \(Self.text(high))"
        func share(_ part: Int) -> Double { Double(part) / Double(count) }
        let looks: String?
        if share(evenZeros) > 0.45, share(oddHalves) < 0.45, high - low < Self.leastRange {
            looks = "float64 read as float32"
        } else if share(oddHalves) > 0.45, share(evenZeros) < 0.25 {
            looks = "32-bit integers read as 16-bit ones"
        } else if high - low < Self.leastRange {
            looks = lookOfSmallValues
        } else if share(beyond) > 0.2 {
            looks = "another byte order, or another type"
        } else if low >= 0 && high <= 260 {
            looks = "grey values of 0...255"
        } else if light == 0 && share(dense) > 0.3 {
            looks = "stored values without the rescale (HU + 1024)"
        } else {
            looks = nil
        }
        return looks.map { Suspicion(.values, "\(span) look like \($0)") }
    }

    private var lookOfSmallValues: String {
        if low == high { return "an empty image" }
        if low >= -0.01 && high <= 0.15 { return "attenuation in 1/mm" }
        if low >= -1.5 && high <= 2.5 { return "values normalised to 0...1" }
        return "no CT image, whose noise alone has a wider range"
    }

    private static func text(_ value: Float) -> String {
        value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\((value * 1000).rounded() / 1000)"
    }
}

/// Whether one dose looks lower than the other, piece by piece.
public struct DoseEvidence: Sendable {
    private var count = 0
    private var lowRoughness = 0.0, normalRoughness = 0.0
    private var isEqual = true

    public init() {}

    /// Rows of images of both doses, HU, [row][column].
    /// - Precondition: as many values of one as of the other, whole rows.
    public mutating func add(low: [Float], normal: [Float], width: Int) {
        precondition(low.count == normal.count && width > 0 && low.count % width == 0, "doses differ in length")
        isEqual = isEqual && low == normal
        for start in stride(from: 0, to: low.count, by: width) {
            for i in start..<max(start, start + width - 2) where normal[i + 1] > PatchExtraction.bodyThreshold {
                lowRoughness += Double(abs(low[i] - 2 * low[i + 1] + low[i + 2]))
                normalRoughness += Double(abs(normal[i] - 2 * normal[i + 1] + normal[i + 2]))
                count += 1
            }
        }
    }

    /// What speaks against a lower and a normal dose; nil if nothing does.
    public var suspicion: Suspicion? {
        guard count >= 121 else { return nil }
        if isEqual { return Suspicion(.doses, "low_dose and normal_dose are the same images") }
        // Real ones are twice as rough at a quarter of the dose; what is left of edges and structure is in both.
        guard lowRoughness < 0.95 * normalRoughness else { return nil }
        return Suspicion(.doses, "low_dose is smoother than normal_dose, as if the two were exchanged")
    }
}
