import Foundation
import Numerics

/// One patient of `Phantom`: HU as a function of place. Millimetres; x to the patient's left (right in the image), y to
/// the back, z up.
struct Anatomy: Sendable {
    private struct Ellipsoid: Sendable {
        var centre: SIMD3<Float>
        var radii: SIMD3<Float>
        var hu: Float = 0

        /// Below 1 inside, 1 on the surface.
        func distance(_ p: SIMD3<Float>) -> Float {
            let d = (p - centre) / radii
            return (d * d).sum().squareRoot()
        }
    }

    private let head: Ellipsoid
    private let skullThickness: Float
    private let scalpThickness: Float
    private let cortexThickness: Float
    private let compact: Float
    private let ventricles: [Ellipsoid]
    private let air: [Ellipsoid]
    private let orbits: [Ellipsoid]
    private let lesions: [Ellipsoid]
    private let tilt: (cosine: Float, sine: Float)
    private let noise: ValueNoise

    init(using generator: inout SeededGenerator) {
        func draw(_ low: Double, _ high: Double) -> Float { Float(generator.uniform(low...high)) }
        let angle = draw(-0.12, 0.12)
        tilt = (cos(angle), sin(angle))
        head = Ellipsoid(centre: [draw(-6, 6), draw(-6, 6), 0], radii: [draw(70, 80), draw(86, 98), draw(84, 94)])
        skullThickness = draw(5, 8.5)
        scalpThickness = draw(4.5, 8)
        cortexThickness = draw(3, 4.5)
        compact = draw(1050, 1450)

        let size = draw(0.8, 1.5)
        ventricles =
            [Float(-1), 1].flatMap { side in
                [
                    Ellipsoid(centre: [side * 9, -14, 18], radii: [4.5 * size, 17 * size, 9]),
                    Ellipsoid(centre: [side * 15, 22, 16], radii: [6 * size, 14 * size, 10]),
                ]
            } + [Ellipsoid(centre: [0, 4, 5], radii: [2.2 * size, 11, 9])]

        let front = -head.radii.y + scalpThickness + skullThickness
        air = [
            Ellipsoid(centre: [draw(-14, -9), front - 1, -14], radii: [draw(7, 13), 5, draw(8, 15)]),
            Ellipsoid(centre: [draw(9, 14), front - 1, -14], radii: [draw(7, 13), 5, draw(8, 15)]),
            Ellipsoid(centre: [-5, front + 22, -30], radii: [4.5, 17, 16]),
            Ellipsoid(centre: [5, front + 22, -30], radii: [4.5, 17, 16]),
        ]
        orbits = [Float(-1), 1].map { side in
            Ellipsoid(centre: [side * draw(30, 34), front + 12, -27], radii: [12, 12.5, 12])
        }
        // Bleeding, infarct, calcification, metastasis.
        let kinds: [(hu: Double, small: Double, large: Double)] = [
            (65, 4, 12), (20, 8, 18), (180, 1.5, 3.5), (45, 3, 8),
        ]
        lesions = (0..<4 + Int(draw(0, 5))).map { index in
            let kind = kinds[index % kinds.count]
            let direction = draw(0, 2 * Double.pi)
            let reach = draw(0.2, 0.62)
            return Ellipsoid(
                centre: [70 * reach * cos(direction), 85 * reach * sin(direction), draw(-15, 55)],
                radii: [draw(kind.small, kind.large), draw(kind.small, kind.large), draw(kind.small, kind.large) + 4],
                hu: draw(kind.hu * 0.85, kind.hu * 1.15))
        }
        noise = ValueNoise(using: &generator)
    }

    func hu(_ x: Float, _ y: Float, _ z: Float) -> Float {
        // The head lies a little turned and off the centre.
        let (dx, dy) = (x - head.centre.x, y - head.centre.y)
        let p: SIMD3<Float> = [tilt.cosine * dx + tilt.sine * dy, tilt.cosine * dy - tilt.sine * dx, z]
        let shape = noise(p.x / 60 + 9, p.y / 60 + 3, p.z / 60 + 5, octaves: 2)
        // Depth below the skin in mm, near enough for thin layers; slightly narrower in front, as skulls are.
        let narrowed: SIMD3<Float> = [p.x * (1 - 0.0012 * min(p.y, 0)), p.y, p.z]
        let distance = Ellipsoid(centre: .zero, radii: head.radii).distance(narrowed)
        let depth = (1 - distance) * 82 + 2.5 * shape
        if depth < 0 { return -1000 }
        if depth < scalpThickness { return scalp(p, depth) }
        if let face = face(p, depth) { return face }
        let bone = skullThickness * (1 + 0.25 * shape)
        if depth < scalpThickness + bone { return skull(p, (depth - scalpThickness) / bone) }
        return brain(p, depth - scalpThickness - bone)
    }

    /// Skin, then fat and muscle in strands.
    private func scalp(_ p: SIMD3<Float>, _ depth: Float) -> Float {
        if depth < 1.8 { return 20 }
        let strand = noise(p.x / 9, p.y / 9, p.z / 9, octaves: 2)
        return strand > 0.3 ? 50 : -95 + 40 * strand
    }

    /// Air and orbits, in front and below.
    private func face(_ p: SIMD3<Float>, _ depth: Float) -> Float? {
        for cavity in air {
            let wall = cavity.distance(p) + 0.18 * noise(p.x / 7, p.y / 7, p.z / 7, octaves: 2)
            if wall < 1 { return -990 }
            if wall < 1.16 { return 700 }
        }
        for orbit in orbits {
            let distance = orbit.distance(p)
            if distance < 0.92 { return 12 }
            if distance < 1 { return 45 }
            if distance < 1.3 { return -85 }
            if distance < 1.45 { return 800 }
        }
        return nil
    }

    /// `place` runs from 0, outside, to 1, inside: compact bone, diploe, compact bone.
    private func skull(_ p: SIMD3<Float>, _ place: Float) -> Float {
        let texture = noise(p.x / 4, p.y / 4, p.z / 4, octaves: 3)
        if place < 0.3 || place > 0.72 { return compact + 120 * texture }
        return 0.5 * compact + 260 * texture
    }

    private func brain(_ p: SIMD3<Float>, _ depth: Float) -> Float {
        let fine = noise(p.x / 5, p.y / 5, p.z / 8, octaves: 3)
        for lesion in lesions where lesion.distance(p) + 0.25 * fine < 1 { return lesion.hu + 6 * fine }
        for ventricle in ventricles where ventricle.distance(p) + 0.06 * fine < 1 { return 6 }
        let folds = noise(p.x / 11 + 3, p.y / 11 + 7, p.z / 16, octaves: 2)
        // Fluid below the skull and in the furrows between the folds, and along the midline (falx: a thin bright line).
        if depth < 1.5 + 1.5 * max(folds, 0) { return 10 }
        if abs(folds) < 0.045 && depth < 16 { return 14 }
        if abs(p.x + 2 * fine) < 0.8 && abs(p.y) > 30 { return 55 }
        let isGrey = depth + 9 * folds < 2 * cortexThickness || nuclei(p)
        return (isGrey ? 38 : 28) + 3 * fine + 2 * folds
    }

    /// Deep grey matter beside the ventricles.
    private func nuclei(_ p: SIMD3<Float>) -> Bool {
        let mirrored: SIMD3<Float> = [abs(p.x), p.y, p.z]
        return Ellipsoid(centre: [14, 4, 8], radii: [6, 12, 10]).distance(mirrored) < 1
            || Ellipsoid(centre: [22, -10, 8], radii: [5, 13, 10]).distance(mirrored) < 1
    }
}
