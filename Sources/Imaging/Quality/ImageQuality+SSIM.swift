import Foundation

extension ImageQuality {
    /// Mean structural similarity.
    ///
    /// `((2 ux uy + C1)(2 vxy + C2)) / ((ux^2 + uy^2 + C1)(vx + vy + C2))` with `C1 = (0.01 L)^2`, `C2 = (0.03 L)^2`
    /// and moments under an 11 x 11 Gaussian of sigma 1.5, averaged where that window lies inside the image.
    /// - SeeAlso: Wang et al., IEEE TIP 13(4), 2004; equals
    ///   `skimage.metrics.structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)` on
    ///   float64 images, which crops the same border of five pixels.
    static func ssim(_ a: Image, _ b: Image, dataRange: Double) -> Double {
        precondition(a.width == b.width && a.height == b.height, "images differ in size")
        return ssim(
            a.pixels.map(Double.init), b.pixels.map(Double.init), width: a.width, dataRange: dataRange,
            kernel: usualGaussian, covarianceFactor: 1)
    }

    /// SSIM as the code of Yang et al. computes it (`ssim_met` in `test_ct_patch.py`): 11 x 11 Gaussian of sigma 1.5 whose centre is half a
    /// pixel off, zeros around the image, the mean over all its pixels, `C1 = 0.01^2`, `C2 = 0.03^2`, nothing clipped.
    ///
    /// It sees values of `(stored + 1024) / 3072`, where Mayo files store HU + 1024 and the code leaves their intercept out: HU + 2048
    /// over 3072. Unlike PSNR, SSIM depends on that offset, and on the zeros at the edge.
    static func referenceSSIM(_ a: Image, _ b: Image) -> Double {
        precondition(a.width == b.width && a.height == b.height, "images differ in size")
        func padded(_ image: Image) -> PaddedImage {
            PaddedImage(image, margin: referenceGaussian.count / 2) { (Double($0) + 2048) / 3072 }
        }
        let (x, y) = (padded(a), padded(b))
        return ssim(
            x.values, y.values, width: x.width, dataRange: 1, kernel: referenceGaussian, covarianceFactor: 1)
    }

    private static let referenceGaussian = gaussian(count: 11, centre: 5.5, sigma: 1.5)

    /// SSIM of values row by row, with any window and either covariance.
    /// - Parameters:
    ///   - kernel: Weights of the separable window; they sum to 1. It has to fit into the image.
    ///   - covarianceFactor: 1 for population covariances, n/(n - 1) for those of a sample of n.
    static func ssim(
        _ x: [Double], _ y: [Double], width: Int, dataRange: Double, kernel: [Double], covarianceFactor: Double
    ) -> Double {
        let height = x.count / width
        precondition(min(width, height) >= kernel.count, "SSIM needs at least \(kernel.count) x \(kernel.count) pixels")
        let mean = { (values: [Double]) in smoothed(values, width: width, height: height, kernel: kernel) }
        let (ux, uy) = (mean(x), mean(y))
        let (uxx, uyy) = (mean(x.map { $0 * $0 }), mean(y.map { $0 * $0 }))
        let uxy = mean(zip(x, y).map { $0 * $1 })

        let (c1, c2) = (pow(0.01 * dataRange, 2), pow(0.03 * dataRange, 2))
        var sum = 0.0
        for i in ux.indices {
            let (mx, my) = (ux[i], uy[i])
            let vx = covarianceFactor * (uxx[i] - mx * mx)
            let vy = covarianceFactor * (uyy[i] - my * my)
            let vxy = covarianceFactor * (uxy[i] - mx * my)
            sum += (2 * mx * my + c1) * (2 * vxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
        }
        return sum / Double(ux.count)
    }

    /// Sigma 1.5 truncated at 3.5 sigma: radius `Int(3.5 * 1.5 + 0.5)` = 5.
    private static let usualGaussian = gaussian(count: 11, centre: 5, sigma: 1.5)

    /// `exp(-(x - centre)^2 / (2 sigma^2))` for x from 0 to `count - 1`, divided by its sum.
    static func gaussian(count: Int, centre: Double, sigma: Double) -> [Double] {
        let weights = (0..<count).map { exp(-0.5 * pow((Double($0) - centre) / sigma, 2)) }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }

    /// The separable weighted mean at every place where the window lies inside: (width - n + 1) x (height - n + 1) values for a
    /// kernel of n weights.
    static func smoothed(_ values: [Double], width: Int, height: Int, kernel: [Double]) -> [Double] {
        let (w, h) = (width - kernel.count + 1, height - kernel.count + 1)
        var rows = [Double](repeating: 0, count: w * height)
        for y in 0..<height {
            for (k, weight) in kernel.enumerated() {
                for x in 0..<w { rows[y * w + x] += weight * values[y * width + x + k] }
            }
        }
        var result = [Double](repeating: 0, count: w * h)
        for y in 0..<h {
            for (k, weight) in kernel.enumerated() {
                for x in 0..<w { result[y * w + x] += weight * rows[(y + k) * w + x] }
            }
        }
        return result
    }
}
