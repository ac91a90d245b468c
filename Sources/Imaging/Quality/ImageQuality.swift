import Foundation

/// How near an image is to its normal-dose label. One definition of every metric, agreeing with scikit-image.
public struct ImageQuality: Equatable, Sendable {
    /// `10 log10(range^2 / MSE)` in dB after clipping to the window; range 4,096 for the standard one. Infinite for
    /// equal images.
    public let psnr: Double
    /// Mean structural similarity after clipping; see `ssim(_:_:dataRange:)`.
    public let ssim: Double
    /// Root of the mean squared error in HU, after clipping.
    public let rmseHU: Double
    /// PSNR as the code of the reference computes it: data range 3,072, nothing clipped.
    public let referencePSNR: Double
    /// SSIM as the code of the reference computes it; see `referenceSSIM(_:_:)`.
    public let referenceSSIM: Double

    /// - Precondition: Equal sizes, at least 11 x 11 (the window of SSIM).
    public init(of image: Image, against label: Image, window: HounsfieldWindow = .standard) {
        let clipped = (window.clip(image), window.clip(label))
        let error = Self.meanSquaredError(clipped.0, clipped.1)
        psnr = Self.psnr(meanSquaredError: error, dataRange: window.dataRange)
        rmseHU = error.squareRoot()
        ssim = Self.ssim(clipped.0, clipped.1, dataRange: window.dataRange)
        referencePSNR = Self.psnr(meanSquaredError: Self.meanSquaredError(image, label), dataRange: 3072)
        referenceSSIM = Self.referenceSSIM(image, label)
    }

    static func psnr(meanSquaredError: Double, dataRange: Double) -> Double {
        10 * log10(dataRange * dataRange / meanSquaredError)
    }

    static func meanSquaredError(_ a: Image, _ b: Image) -> Double {
        precondition(a.width == b.width && a.height == b.height && !a.pixels.isEmpty, "images differ in size")
        var sum = 0.0
        for (x, y) in zip(a.pixels, b.pixels) {
            let difference = Double(x) - Double(y)
            sum += difference * difference
        }
        return sum / Double(a.pixels.count)
    }
}
