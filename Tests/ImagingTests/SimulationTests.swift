import Foundation
import Imaging
import Testing

@Suite struct ParallelBeamTests {
    /// A disc of radius r and attenuation m, 4 x 4 samples per pixel so that its edge is right to a fraction of a
    /// pixel.
    static func disc(size: Int, radius: Double, spacing: Double, at centre: (x: Double, y: Double), value: Double)
        -> [Float]
    {
        (0..<size * size).map { index in
            let (row, column) = index.quotientAndRemainder(dividingBy: size)
            var inside = 0
            for sample in 0..<16 {
                let x = (Double(column) + (Double(sample % 4) - 1.5) / 4 - Double(size - 1) / 2) * spacing - centre.x
                let y = (Double(row) + (Double(sample / 4) - 1.5) / 4 - Double(size - 1) / 2) * spacing - centre.y
                if x * x + y * y < radius * radius { inside += 1 }
            }
            return Float(value * Double(inside) / 16)
        }
    }

    /// Chords of a disc off the centre: `2 m sqrt(r^2 - (t - t0)^2)` with `t0 = x cos a + y sin a`. Fixes angles and
    /// orientation.
    @Test func chordsOfADisc() {
        let (size, spacing, radius, centre) = (128, 0.8, 20.0, (x: 12.0, y: -7.0))
        let beam = ParallelBeam(width: size, height: size, spacing: spacing, views: 36)
        let image = Self.disc(size: size, radius: radius, spacing: spacing, at: centre, value: 0.02)
        let sinogram = beam.project(image)
        for view in 0..<36 {
            let angle = Double.pi * Double(view) / 36
            for bin in 0..<beam.bins {
                let t =
                    (Double(bin) - Double(beam.bins - 1) / 2) * spacing - centre.x * cos(angle) - centre.y * sin(angle)
                // Near the edge the chord is steep: leave out two pixels.
                guard abs(abs(t) - radius) > 2 * spacing else { continue }
                let chord = abs(t) < radius ? 2 * 0.02 * (radius * radius - t * t).squareRoot() : 0
                #expect(abs(Double(sinogram[view * beam.bins + bin]) - chord) < 0.02, "view \(view), t \(t)")
            }
        }
    }

    /// The total attenuation is seen by every view, whatever the shape of the image.
    @Test(arguments: [(40, 40), (31, 50), (64, 20)]) func everyViewSeesAll(width: Int, height: Int) {
        let beam = ParallelBeam(width: width, height: height, spacing: 1, views: 90)
        var image = [Float](repeating: 0, count: width * height)
        for row in height / 4..<height * 3 / 4 {
            for column in width / 4..<width * 3 / 4 { image[row * width + column] = 0.02 }
        }
        let total = image.reduce(0, +)
        let sinogram = beam.project(image)
        for view in 0..<90 {
            let sum = sinogram[view * beam.bins..<(view + 1) * beam.bins].reduce(0, +)
            #expect(abs(sum - total) < 0.01 * total, "view \(view)")
        }
    }

    @Test func reconstructsADiscWhereItWas() {
        let (size, spacing) = (96, 1.2)
        let beam = ParallelBeam(width: size, height: size, spacing: spacing, views: 180)
        let image = Self.disc(size: size, radius: 22, spacing: spacing, at: (15, -18), value: 0.02)
        let back = beam.reconstruct(beam.project(image))
        let wide = Self.disc(size: size, radius: 22 + 5, spacing: spacing, at: (15, -18), value: 1)
        let narrow = Self.disc(size: size, radius: 22 - 5, spacing: spacing, at: (15, -18), value: 1)
        for index in image.indices where wide[index] == 0 || narrow[index] == 1 {
            #expect(abs(back[index] - image[index]) < 0.02 * 0.03, "pixel \(index)")
        }
    }

    /// The Hann window lets nothing through at the Nyquist frequency and the ramp nothing at zero.
    @Test func filterAtTheEndsOfTheSpectrum() {
        let kernel = ParallelBeam.hannRamp(radius: 2000, spacing: 0.7).map(Double.init)
        let atZero = kernel.reduce(0, +)
        let atNyquist = kernel.enumerated().reduce(0.0) {
            $0 + ($1.offset.isMultiple(of: 2) ? $1.element : -$1.element)
        }
        let peak = kernel[2000]
        #expect(abs(atZero) < 1e-3 * peak)
        #expect(abs(atNyquist) < 1e-3 * peak)
        // In the middle of the band: |f| a * 1/a * (1/2 + 1/2 cos(pi/2)) with f = 1/(4 a).
        let middle = kernel.enumerated().reduce(0.0) { $0 + $1.element * cos(Double.pi / 2 * Double($1.offset - 2000)) }
        #expect(abs(middle - 0.5 / (4 * 0.7)) < 1e-3)
    }
}

@Suite struct DoseSimulationTests {
    let head: Image
    init() throws { head = try Phantom(seed: 3, patient: 0, slices: 4, size: 128).slice(2) }

    static func noise(_ low: Image, _ normal: Image) -> Double {
        let differences = zip(low.pixels, normal.pixels).filter { $0.1 > -500 }.map { Double($0.0 - $0.1) }
        let mean = differences.reduce(0, +) / Double(differences.count)
        return (differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(differences.count)).squareRoot()
    }

    @Test func theStreamDecidesTheNoise() throws {
        let simulation = try DoseSimulation(seed: 9)
        let first = simulation.lowDose(of: head, spacing: 1.7, stream: 4)
        #expect(simulation.lowDose(of: head, spacing: 1.7, stream: 4) == first)
        #expect(simulation.lowDose(of: head, spacing: 1.7, stream: 5) != first)
        #expect(try DoseSimulation(seed: 10).lowDose(of: head, spacing: 1.7, stream: 4) != first)
        #expect(first.pixels.allSatisfy { $0 == $0.rounded() })
    }

    /// Quantum noise goes with one over the root of the photons.
    @Test func noiseFollowsThePhotons() throws {
        let noise = try [1e5, 4e5, 1.6e6].map { photons in
            let simulation = try DoseSimulation(photons: photons, electronicNoise: 0)
            return Self.noise(simulation.lowDose(of: head, spacing: 1.7, stream: 1), head)
        }
        #expect(abs(noise[0] / noise[1] - 2) < 0.1)
        #expect(abs(noise[1] / noise[2] - 2) < 0.1)
    }

    /// Against theory: in air every ray counts N0, so a line integral has variance 1/N0, and filtered back-projection
    /// of white noise has the variance `pi^2 / views * sum(h^2)` times the mean of `w^2 + (1-w)^2 + 2 w (1-w) rho` over
    /// the place w between two bins.
    @Test func noiseInAirAgreesWithTheory() throws {
        let (size, spacing, photons) = (96, 1.0, 1e5)
        let air = Image(width: size, height: size, filledWith: -1000)
        let simulation = try DoseSimulation(photons: photons, electronicNoise: 0, views: 360)
        let low = simulation.lowDose(of: air, spacing: spacing, stream: 8)
        let values = low.pixels.map { Double($0) + 1000 }
        let measured = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()

        let h = ParallelBeam.hannRamp(radius: 400, spacing: spacing).map(Double.init)
        let power = h.reduce(0) { $0 + $1 * $1 }
        let rho = zip(h, h.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / power
        let variance = Double.pi * Double.pi / 360 * power * (2 / 3 + rho / 3) / photons
        // Plus rounding to integers.
        let expected = (variance * pow(1000 / DoseSimulation.waterAttenuation, 2) + 1 / 12).squareRoot()
        #expect(abs(measured / expected - 1) < 0.05, "measured \(measured), expected \(expected) HU")
    }

    @Test func photonStarvationStaysFinite() throws {
        let low = try DoseSimulation(photons: 1, electronicNoise: 50, views: 30)
            .lowDose(of: Image(width: 32, height: 32, filledWith: 30000), spacing: 5, stream: 0)
        #expect(low.pixels.allSatisfy { $0.isFinite })
    }

    @Test(arguments: [(0.5, 0, 10), (.nan, 0, 10), (1e4, -1, 10), (1e4, .infinity, 10), (1e4, 0, 0)])
    func nonsenseIsRefused(photons: Double, electronicNoise: Double, views: Int) {
        #expect(throws: ImagingError.self) {
            try DoseSimulation(photons: photons, electronicNoise: electronicNoise, views: views)
        }
    }
}

@Suite struct PhantomTests {
    @Test func isSeededAndPatientsDiffer() throws {
        let slice = { (seed: UInt64, patient: Int) in
            try Phantom(seed: seed, patient: patient, slices: 3, size: 64).slice(1)
        }
        #expect(try slice(1, 0) == slice(1, 0))
        #expect(try slice(1, 0) != slice(1, 1))
        #expect(try slice(1, 0) != slice(2, 0))
    }

    /// Every patient has what a head has: air around and within, fat, brain, bone; and it does not touch the border.
    @Test(arguments: 0..<6) func hasTheTissuesOfAHead(patient: Int) throws {
        let phantom = try Phantom(seed: 1, patient: patient, slices: 5, size: 96)
        for index in 0..<5 {
            let image = phantom.slice(index)
            let share = { (range: ClosedRange<Float>) in
                Double(image.pixels.count { range.contains($0) }) / Double(image.pixels.count)
            }
            #expect(share(-1024 ... -900) > 0.2)
            #expect(share(15...75) > 0.06)
            #expect(share(600...2000) > 0.02)
            #expect(share(-130 ... -50) > 0.003)
            for i in 0..<96 {
                #expect([image[0, i], image[95, i], image[i, 0], image[i, 95]] == [-1000, -1000, -1000, -1000])
            }
        }
    }

    @Test(arguments: [(0, 3, 63), (0, 0, 64), (-1, 3, 64), (0, 3, 4096)])
    func nonsenseIsRefused(patient: Int, slices: Int, size: Int) {
        #expect(throws: ImagingError.self) { try Phantom(seed: 1, patient: patient, slices: slices, size: size) }
    }
}
