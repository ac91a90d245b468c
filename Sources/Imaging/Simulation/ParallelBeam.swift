import Foundation

/// A parallel-beam scanner: views equally spaced over 180 degrees, detector bins as wide as a pixel, covering the
/// diagonal.
///
/// Lengths are in mm, images in 1/mm (linear attenuation), sinograms dimensionless line integrals [view][bin]. View
/// angle `a` measures `t = x cos a + y sin a`; x runs to the right, y downwards, the origin is the image's centre.
package struct ParallelBeam: Sendable {
    let width: Int
    let height: Int
    /// Side of a pixel and of a bin, mm.
    let spacing: Double
    let views: Int
    package let bins: Int
    private let directions: [(cosine: Double, sine: Double)]
    private let kernel: [Float]

    package init(width: Int, height: Int, spacing: Double, views: Int) {
        self.width = width
        self.height = height
        self.spacing = spacing
        self.views = views
        let diagonal = (Double(width * width) + Double(height * height)).squareRoot()
        // Odd, so that one bin looks through the centre.
        bins = 2 * Int((diagonal / 2).rounded(.up)) + 3
        directions = (0..<views).map { view in
            let angle = Double.pi * Double(view) / Double(views)
            return (cos(angle), sin(angle))
        }
        kernel = Self.hannRamp(radius: bins - 1, spacing: spacing)
    }

    private var centre: (x: Double, y: Double) { (Double(width - 1) / 2, Double(height - 1) / 2) }
    private var centreBin: Double { Double(bins - 1) / 2 }

    // MARK: Projection

    /// Line integrals by Joseph's method: one linearly interpolated sample per row (or column, whichever the ray
    /// crosses more steeply).
    ///
    /// - SeeAlso: Joseph, "An improved algorithm for reprojecting rays through pixel images", IEEE TMI 1(3), 1982.
    package func project(_ attenuation: [Float]) -> [Float] {
        precondition(attenuation.count == width * height)
        let transposed = Self.transposed(attenuation, width: width, height: height)
        var sinogram: [Float] = []
        sinogram.reserveCapacity(views * bins)
        for direction in directions {
            let steep = abs(direction.cosine) >= abs(direction.sine)
            sinogram +=
                steep
                ? projectLines(
                    attenuation, length: width, lines: height, along: direction.cosine, across: direction.sine,
                    centre: centre)
                : projectLines(
                    transposed, length: height, lines: width, along: direction.sine, across: direction.cosine,
                    centre: (centre.y, centre.x))
        }
        return sinogram
    }

    /// One view: each line of the image adds its interpolated values to all bins whose rays cross it.
    private func projectLines(
        _ values: [Float], length: Int, lines: Int, along: Double, across: Double, centre: (x: Double, y: Double)
    ) -> [Float] {
        var view = [Float](repeating: 0, count: bins)
        // Bin b crosses line y at x(b) = start + b * step.
        let step = 1 / along
        for line in 0..<lines {
            let start = centre.x - (centreBin + (Double(line) - centre.y) * across) * step
            let base = line * length
            for bin in Self.bins(where: start, step, isIn: 0...Double(length - 1), of: bins) {
                let x = start + Double(bin) * step
                let left = Int(x)
                let weight = Float(x - Double(left))
                let right = min(left + 1, length - 1)
                view[bin] += values[base + left] * (1 - weight) + values[base + right] * weight
            }
        }
        let scale = Float(spacing * abs(step))
        return view.map { $0 * scale }
    }

    /// The bins b with `start + b * step` inside `range`.
    private static func bins(
        where start: Double, _ step: Double, isIn range: ClosedRange<Double>, of count: Int
    ) -> Range<Int> {
        let ends = ((range.lowerBound - start) / step, (range.upperBound - start) / step)
        var first = max(0, Int(min(ends.0, ends.1).rounded(.up)))
        var last = min(count - 1, Int(max(ends.0, ends.1).rounded(.down)))
        // The division rounds: the multiplication that follows decides.
        while first <= last, !range.contains(start + Double(first) * step) { first += 1 }
        while first <= last, !range.contains(start + Double(last) * step) { last -= 1 }
        return first..<max(first, last + 1)
    }

    private static func transposed(_ values: [Float], width: Int, height: Int) -> [Float] {
        var result = [Float](repeating: 0, count: values.count)
        for y in 0..<height {
            for x in 0..<width { result[x * height + y] = values[y * width + x] }
        }
        return result
    }

    // MARK: Reconstruction

    /// Filtered back-projection: Ram-Lak under a Hann window that ends at the Nyquist frequency, linear interpolation
    /// between bins.
    package func reconstruct(_ sinogram: [Float]) -> [Float] {
        precondition(sinogram.count == views * bins)
        var image = [Float](repeating: 0, count: width * height)
        for (view, direction) in directions.enumerated() {
            let filtered = filter(sinogram[view * bins..<(view + 1) * bins])
            let step = Float(direction.cosine)
            for y in 0..<height {
                // Bins cover the diagonal with one to spare: every index below lies inside.
                let offset = centreBin - centre.x * direction.cosine + (Double(y) - centre.y) * direction.sine
                let start = Float(offset)
                for x in 0..<width {
                    let position = start + Float(x) * step
                    let left = Int(position)
                    let weight = position - Float(left)
                    image[y * width + x] += filtered[left] + (filtered[left + 1] - filtered[left]) * weight
                }
            }
        }
        let scale = Float(Double.pi / Double(views))
        return image.map { $0 * scale }
    }

    /// Linear (not cyclic) convolution of one view.
    private func filter(_ view: ArraySlice<Float>) -> [Float] {
        var result = [Float](repeating: 0, count: bins)
        for (source, value) in view.enumerated() where value != 0 {
            // kernel[k] belongs to the distance k - (bins - 1).
            let base = bins - 1 - source
            for bin in 0..<bins { result[bin] += value * kernel[base + bin] }
        }
        return result
    }

    /// The filter for the distances -radius...radius, multiplied by the bin width of the convolution sum; unit 1/mm.
    ///
    /// The band-limited ramp is `h(0) = 1/(4 a^2)`, `h(n) = -1/(pi n a)^2` for odd n, 0 for even n (Kak and Slaney,
    /// "Principles of Computerized Tomographic Imaging", 1988, eq. 3.61). The Hann window `1/2 + 1/2 cos(2 pi f a)` is
    /// a shift by one bin in either direction, so the product is exact in space: `h(n)/2 + (h(n-1) + h(n+1))/4`.
    package static func hannRamp(radius: Int, spacing: Double) -> [Float] {
        func ramp(_ n: Int) -> Double {
            if n == 0 { return 1 / (4 * spacing * spacing) }
            return n.isMultiple(of: 2) ? 0 : -1 / pow(Double.pi * Double(n) * spacing, 2)
        }
        return (-radius...radius).map { n in
            Float(spacing * (ramp(n) / 2 + (ramp(n - 1) + ramp(n + 1)) / 4))
        }
    }
}
