import Foundation

/// Metrics of the low-dose CT literature, computed as ldct-benchmark computes them, so that a table can be laid beside its own.
///
/// Values differ by far from `ImageQuality`'s, whose range is 4096 HU: a narrow window spends its range on a few HU, and SSIM's window
/// is another.
/// - SeeAlso: ldct-benchmark, Eulig et al., Med. Phys. 51(12), 2024, `ldctbench/evaluate/utils.py`.
public struct FieldQuality: Equatable, Sendable {
    public struct Windowed: Equatable, Sendable {
        /// `10 log10(1 / MSE)` in dB of images windowed to [0, 1]. Infinite where the window hides every difference.
        public let psnr: Double
        /// scikit-image's `structural_similarity(data_range=1)` of windowed images: uniform 7 x 7 window, sample covariance.
        public let ssim: Double
    }

    public let windowed: [ClinicalWindow: Windowed]
    /// Visual information fidelity in the pixel domain, sigma_n^2 = 2, of values clipped to [-1024, 1900] HU. As ldct-benchmark
    /// passes them to torchmetrics: the image is the reference, the label what is rated. Nil below 41 x 41 pixels, which the
    /// largest filter and three halvings need.
    public let vif: Double?

    /// - Precondition: Equal sizes, at least 7 x 7.
    public init(of image: Image, against label: Image) {
        precondition(image.width == label.width && image.height == label.height, "images differ in size")
        windowed = Dictionary(
            uniqueKeysWithValues: ClinicalWindow.allCases.map { window in
                (window, Self.windowed(window.apply(image), window.apply(label), width: image.width))
            })
        func clipped(_ image: Image) -> [Double] { image.pixels.map { min(max(Double($0) + 1024, 0), 2924) } }
        vif = Self.vif(of: clipped(label), reference: clipped(image), width: image.width)
    }

    private static func windowed(_ image: [Double], _ label: [Double], width: Int) -> Windowed {
        let error = zip(image, label).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(image.count)
        let side = 7
        return Windowed(
            psnr: 10 * log10(1 / error),
            ssim: ImageQuality.ssim(
                image, label, width: width, dataRange: 1,
                kernel: Array(repeating: 1 / Double(side), count: side),
                covarianceFactor: Double(side * side) / Double(side * side - 1)))
    }

    /// Sheikh and Bovik's VIF in the pixel domain over four scales.
    /// - Returns: Nil if an image is too small for the filters of all scales.
    /// - SeeAlso: Sheikh and Bovik, IEEE TIP 15(2), 2006; the pixel-domain form is their `vifp_mscale`.
    private static func vif(of image: [Double], reference: [Double], width: Int) -> Double? {
        let noise = 2.0
        var (x, y, width) = (reference, image, width)
        var (information, total) = (0.0, 0.0)
        for scale in 0..<4 {
            let count = (1 << (4 - scale)) + 1
            let kernel = ImageQuality.gaussian(count: count, centre: Double(count / 2), sigma: Double(count) / 5)
            var height = x.count / width
            if scale > 0 {
                guard min(width, height) >= kernel.count else { return nil }
                (x, y) = (halved(x, width, height, kernel), halved(y, width, height, kernel))
                let rows = (height - kernel.count + 2) / 2
                (width, height) = ((width - kernel.count + 2) / 2, rows)
            }
            guard min(width, height) >= kernel.count else { return nil }
            let mean = { (values: [Double]) in
                ImageQuality.smoothed(values, width: width, height: height, kernel: kernel)
            }
            let (mx, my) = (mean(x), mean(y))
            let (mxx, myy, mxy) = (mean(zip(x, x).map(*)), mean(zip(y, y).map(*)), mean(zip(x, y).map(*)))
            for i in mx.indices {
                let parts = channel(
                    xVariance: max(0, mxx[i] - mx[i] * mx[i]), yVariance: max(0, myy[i] - my[i] * my[i]),
                    covariance: mxy[i] - mx[i] * my[i])
                information += log10(1 + parts.gain * parts.gain * parts.variance / (parts.distortion + noise))
                total += log10(1 + parts.variance / noise)
            }
        }
        return total > 0 ? information / total : nil
    }

    /// Gain, noise and source variance of the distortion channel at one place; the corner cases are the reference code's.
    private static func channel(
        xVariance: Double, yVariance: Double, covariance: Double
    ) -> (gain: Double, distortion: Double, variance: Double) {
        let least = 1e-10
        var gain = covariance / (xVariance + least)
        var distortion = yVariance - gain * covariance
        var variance = xVariance
        if xVariance < least { (gain, distortion, variance) = (0, yVariance, 0) }
        if yVariance < least { (gain, distortion) = (0, 0) }
        if gain < 0 { (gain, distortion) = (0, yVariance) }
        return (gain, max(distortion, least), variance)
    }

    /// Smoothed, and of that every second pixel of every second row.
    private static func halved(_ values: [Double], _ width: Int, _ height: Int, _ kernel: [Double]) -> [Double] {
        let smooth = ImageQuality.smoothed(values, width: width, height: height, kernel: kernel)
        let columns = width - kernel.count + 1
        let rows = smooth.count / columns
        return stride(from: 0, to: rows, by: 2).flatMap { row in
            stride(from: 0, to: columns, by: 2).map { smooth[row * columns + $0] }
        }
    }
}
