import Numerics

/// A convolution cut along one axis into even and odd samples: three convolutions of half the size take the place of four.
///
/// With the even and odd taps h0, h1 of the kernel and the even and odd samples x0, x1 of the padded input,
/// ```
/// y[2i]     = ((h0 + h1) * (x0 + x1))[i] - (h0 * x1)[i] - (h1 * x0)[i]
/// y[2i + 1] = (h0 * x1)[i] + (h1 * x0)[i + 1]
/// ```
/// This is exact over the integers, so plaintexts and slots stay as they are: a fast FIR algorithm (Mou and Duhamel 1991),
/// Karatsuba's identity on a Toeplitz matrix. On ciphertexts sums are products, the difference is one batched inversion, and
/// `h0 + h1` is one bit wider: 5 taps at 10 bits for each of two outputs become 3, 2 and 3 taps at 10, 10 and 11 bits for both.
struct PhaseSplit: Sendable {
    let axis: ConvolutionShape.Axis
    /// h0 * x1, h1 * x0 and (h0 + h1) * (x0 + x1), in this order.
    let parts: [ConvolutionShape]
    private let shape: ConvolutionShape

    /// nil when the axis is too short to cut.
    init?(_ shape: ConvolutionShape, axis: ConvolutionShape.Axis) {
        let line = shape.line(axis)
        guard line.kernel > 1, line.output > 1 else { return nil }
        self.shape = shape
        self.axis = axis
        let padding = line.padding / 2
        let input = (line.input + line.padding + 1) / 2 - padding
        let part = { (taps: Int, output: Int) in
            ConvolutionShape(
                shape, replacing: axis, by: .init(input: input, kernel: taps, output: output, padding: padding))
        }
        let long = part((line.kernel + 1) / 2, (line.output + 1) / 2)
        parts = [long, part(line.kernel / 2, line.output / 2 + 1), long]
    }

    /// The parts' filter banks, each `[out][in][ky][kx]`.
    func weights(_ weights: [Int32]) -> [[Int32]] {
        let whole = shape.kernelLines(axis)
        let halves = [0, 1].map { phase in
            let own = parts[phase].kernelLines(axis)
            return own.map { line, tap in weights[whole.index(line, 2 * tap + phase)] }
        }
        let (long, short) = (parts[0].kernelLines(axis), parts[1].kernelLines(axis))
        let sum = long.map { line, tap in
            halves[0][long.index(line, tap)] + (tap < short.length ? halves[1][short.index(line, tap)] : 0)
        }
        return halves + [sum]
    }

    /// The parts' inputs, x1, x0 and x0 + x1, as entries.
    func inputs(_ entries: [UInt64], ring: SquareRing, threads: Int) -> [[UInt64]] {
        let (whole, own) = (shape.inputLines(axis), parts[0].inputLines(axis))
        let (words, one) = (ring.entryWords, ring.one)
        let phases = [1, 0].map { phase in
            var samples: [UInt64] = []
            samples.reserveCapacity(own.count * words)
            own.each { line, position in
                // Outside the image lies an encrypted zero; without randomness that is 1.
                let source = 2 * position + phase - shape.line(axis).padding % 2
                guard (0..<whole.length).contains(source) else { return samples.append(contentsOf: one) }
                let start = whole.index(line, source) * words
                samples.append(contentsOf: entries[start..<start + words])
            }
            return samples
        }
        return phases + [ring.products(phases[0], phases[1], threads: threads)]
    }

    /// The convolution's output from the parts', as entries; nil when one has no inverse.
    func join(_ parts: [[UInt64]], ring: SquareRing, threads: Int) -> [UInt64]? {
        let words = ring.entryWords
        let whole = shape.outputLines(axis)
        let views = self.parts.map { $0.outputLines(axis) }
        let joined = parallelMap(chunks.count, threads: threads) { index -> [UInt64]? in
            let lines = chunks[index]
            func entries(_ part: Int, _ positions: Range<Int>) -> [UInt64] {
                lines.flatMap { line in
                    positions.flatMap { position in
                        let start = views[part].index(line, position) * words
                        return parts[part][start..<start + words]
                    }
                }
            }
            let even = 0..<views[0].length
            let outer = ring.products(entries(0, even), entries(1, even))
            guard let inverse = ring.inverses(outer) else { return nil }
            let odd = 0..<whole.length / 2
            return ring.products(entries(2, even), inverse)
                + ring.products(entries(0, odd), entries(1, 1..<odd.count + 1))
        }
        var output = [UInt64](repeating: 0, count: whole.count * words)
        for (lines, entries) in zip(chunks, joined) {
            guard let entries else { return nil }
            var source = 0
            for phase in 0...1 {
                for line in lines {
                    for position in stride(from: phase, to: whole.length, by: 2) {
                        let target = whole.index(line, position) * words
                        output.replaceSubrange(
                            target..<target + words, with: entries[source * words..<(source + 1) * words])
                        source += 1
                    }
                }
            }
        }
        return output
    }

    /// Lines that are joined, and their differences inverted, together.
    private var chunks: [Range<Int>] {
        let view = parts[0].outputLines(axis)
        return (0..<view.lines).cut(by: max(1, ConvolutionPlan.inversionBatch / view.length))
    }

    /// Modular products of `inputs` and `join`.
    var products: Int {
        let (even, odd) = (parts[0].outputLines(axis).length, shape.outputLines(axis).length / 2)
        return parts[0].inputCount
            + chunks.reduce(0) { $0 + $1.count * (2 * even + odd) + 3 * ($1.count * even - 1) }
    }

    /// Ciphertexts that exist beside the tables and accumulators of a part: inputs and outputs of all parts, and the output.
    var ciphertexts: Int { parts.reduce(shape.outputCount) { $0 + $1.inputCount + $1.outputCount } }
}

/// A tensor of planes seen as lines along one axis.
struct LineView {
    /// Lines of the whole tensor, and positions on each.
    let lines, length: Int
    private let lineStride: Int
    private let planeLines: Int
    private let step: Int

    fileprivate init(planes: Int, height: Int, width: Int, axis: ConvolutionShape.Axis) {
        (planeLines, length) = axis == .rows ? (width, height) : (height, width)
        lines = planes * planeLines
        (lineStride, step) = axis == .rows ? (1, width) : (width, 1)
    }

    var count: Int { lines * length }

    func index(_ line: Int, _ position: Int) -> Int {
        line / planeLines * planeLines * length + line % planeLines * lineStride + position * step
    }

    /// Calls `body` for every place in the order of the tensor.
    func each(_ body: (_ line: Int, _ position: Int) -> Void) {
        for plane in 0..<lines / planeLines {
            for outer in 0..<(step == 1 ? planeLines : length) {
                for inner in 0..<(step == 1 ? length : planeLines) {
                    let (line, position) = step == 1 ? (outer, inner) : (inner, outer)
                    body(plane * planeLines + line, position)
                }
            }
        }
    }

    func map(_ value: (_ line: Int, _ position: Int) -> Int32) -> [Int32] {
        var result: [Int32] = []
        each { result.append(value($0, $1)) }
        return result
    }
}

extension ConvolutionShape {
    fileprivate func kernelLines(_ axis: Axis) -> LineView {
        LineView(planes: inputChannels * outputChannels, height: kernelHeight, width: kernelWidth, axis: axis)
    }

    fileprivate func inputLines(_ axis: Axis) -> LineView {
        LineView(planes: inputChannels, height: inputHeight, width: inputWidth, axis: axis)
    }

    fileprivate func outputLines(_ axis: Axis) -> LineView {
        LineView(planes: outputChannels, height: outputHeight, width: outputWidth, axis: axis)
    }
}
