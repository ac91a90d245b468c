/// The best linear denoiser of a 13 x 13 neighbourhood: a baseline that every network should beat.
///
/// `y = bias + sum_ij w_ij x(row + i - 6, column + j - 6)` on normalised, clipped values, with zeros (the window floor)
/// outside the patch, as the networks pad. Fitted by least squares from low dose to normal dose over every pixel of a
/// set.
public struct LinearFilter: Equatable, Sendable {
    public static let side = 13
    static let radius = side / 2
    static let taps = side * side

    /// Row-major, correlation order (not flipped).
    public let weights: [Double]
    /// In normalised units.
    public let bias: Double
    public let window: HounsfieldWindow

    init(weights: [Double], bias: Double, window: HounsfieldWindow) {
        precondition(weights.count == Self.taps)
        self.weights = weights
        self.bias = bias
        self.window = window
    }

    /// Filters a low-dose image; the result is clipped to the window.
    public func apply(_ image: Image) -> Image {
        let input = Self.padded(image, window)
        var output = [Double](repeating: bias, count: image.width * image.height)
        for (tap, weight) in weights.enumerated() {
            let (i, j) = tap.quotientAndRemainder(dividingBy: Self.side)
            for row in 0..<image.height {
                let source = (row + i) * input.width + j
                for column in 0..<image.width {
                    output[row * image.width + column] += weight * input.values[source + column]
                }
            }
        }
        let pixels = output.map { window.clip(window.denormalise(Float($0))) }
        return Image(width: image.width, height: image.height, pixels: pixels)
    }
    /// Clipped, normalised values with a border of zeros as wide as the filter's radius.
    static func padded(_ image: Image, _ window: HounsfieldWindow) -> PaddedImage {
        PaddedImage(image, margin: radius) { Double(window.normalise(window.clip($0))) }
    }
}
