import Denoising
import Testing
import Numerics

/// Linear networks folded into one map: against the layered network, and in whole numbers against the definition.
@Suite("Fused networks")
struct FusedNetworkTests {
    @Test(arguments: [ReLUPlacement.none, .last])
    func operatorEqualsTheNetworkAtEveryPosition(relu: ReLUPlacement) throws {
        for example in try RandomNetwork.all(relu: relu) {
            let map = try LinearOperator(
                example.network, weights: example.weights, height: example.input.height, width: example.input.width)
            let input = try example.normalised(example.randomInput(bits: 12, seed: 41), bits: 12)
            let expected = try example.network.evaluate(input, weights: example.weights)
            let last = try #require(example.network.layers.last)
            let found = map.apply(input).map { last.relu ? max($0, 0) : $0 }
            #expect(found.count == expected.values.count)
            // Float inference rounds to 24 bits in every layer; the values are of order 1.
            let largest = zip(found, expected.values).map { abs($0 - Double($1)) }.max() ?? 1
            #expect(largest < 2e-5, "\(example.name)")
        }
    }

    @Test(arguments: [DecoderKind.same, .valid])
    func positionsFarFromBordersShareAFilter(decoder: DecoderKind) throws {
        // Three layers of 5 x 5 reach 6 pixels: 6 kinds of line at either border and one inside. In the valid network conv1 is not
        // padded, but what conv2 and tconv1 miss beyond their smaller images is cut at the same distances.
        let kinds = 13
        let network = try Network.redCNN(depth: 3, channels: 2, relu: .none, decoder: decoder)
        let map = try LinearOperator(network, weights: network.initialWeights(seed: 1), height: 24, width: 30)
        #expect(Set(map.grid.rows.map(\.kind)).count == kinds && Set(map.grid.columns.map(\.kind)).count == kinds)
        #expect(Set(map.grid.filters).count == kinds * kinds && map.filters.count == kinds * kinds)
        #expect(Set(map.grid.rows[8..<16].map(\.kind)).count == 1)
        #expect(map.grid.rows[12].window == 6..<19)
    }

    @Test(arguments: [ReLUPlacement.none, .last], [4, 10, 16])
    func fusedNetworkEqualsItsDefinition(relu: ReLUPlacement, weightBits: Int) throws {
        for example in try RandomNetwork.all(relu: relu) where example.name != "dense" {
            let network = try IntegerNetwork(
                fusing: example.network, weights: example.weights, height: example.input.height,
                width: example.input.width, weightBits: weightBits)
            let rows = try #require(network.layers[0].rows)
            let limit = Int32(1) << Int32(weightBits - 1) - 1
            #expect(rows.filters.joined().allSatisfy { abs($0) <= limit })
            let input = example.randomInput(bits: 12, seed: 42)
            let trace = try network.evaluate(input)
            let expected = try naive(network, input)
            let sums = trace.accumulators[0]
            #expect((0..<sums.values.count).map { sums.values[$0] } == expected)
            let bound = try #require(network.layers[0].accumulatorBounds.max())
            #expect(expected.allSatisfy { $0.absoluteValue <= bound })
            // Neighbouring errors cancel to a unit in every run, so an input that varies by at most its range moves a sum of
            // errors by no more than a unit per coefficient; plus half a unit of the bias.
            let float = try example.network.evaluate(example.normalised(input, bits: 12), weights: example.weights)
            let taps = Double(rows.filters[0].count + 2)
            let unit = network.outputScale * Double(network.largestInput)
            for (index, value) in float.values.enumerated() {
                let difference = Double(trace.output.values[index]) * network.outputScale - Double(value)
                #expect(abs(difference) <= taps * unit + 1e-4, "\(example.name)")
            }
        }
    }

    /// On an even image nothing but the last error of a row and the bias's are left: brightness is kept.
    @Test func evenAreasKeepTheirBrightness() throws {
        let network = try Network.redCNN(depth: 10, channels: 2, kernel: 3, relu: .none, decoder: .same)
        let weights = try network.initialWeights(seed: 3)
        let fused = try IntegerNetwork(fusing: network, weights: weights, height: 40, width: 40)
        let shape = TensorShape(channels: 1, height: 40, width: 40)
        let input = IntegerTensor(shape: shape, values: IntegerArray([Int](repeating: 4095, count: 1600)))
        let output = try fused.evaluate(input).output
        let float = try network.evaluate(Tensor(repeating: 1, shape: shape), weights: weights)
        for index in 0..<1600 {
            let difference = Double(output.values[index]) * fused.outputScale - Double(float.values[index])
            #expect(abs(difference) <= 0.51 * fused.outputScale * (4095 + 1) + 2e-5)
        }
    }

    @Test func whatCannotBeFusedIsRefused() throws {
        let relus = try Network.redCNN(depth: 3, channels: 2, relu: .all, decoder: .same)
        let weights = try relus.initialWeights(seed: 1)
        let complaint = "layer conv1: has a ReLU; only a network without ReLUs before its last is one linear map"
        #expect {
            try IntegerNetwork(fusing: relus, weights: weights, height: 8, width: 8)
        } throws: { "\($0)" == complaint }
        let valid = try Network.redCNN(depth: 10, channels: 2, relu: .none, decoder: .valid)
        #expect(throws: DenoisingError.self) {
            try IntegerNetwork(fusing: valid, weights: valid.initialWeights(seed: 1), height: 20, width: 40)
        }
        let fused = try IntegerNetwork(fusing: valid, weights: valid.initialWeights(seed: 1), height: 24, width: 40)
        #expect {
            try fused.activationShapes(for: TensorShape(channels: 1, height: 40, width: 24))
        } throws: { "\($0)" == "layer fused: input is 1x1x40x24, fused for images of 1x1x24x40" }
    }

    private func naive(_ network: IntegerNetwork, _ input: IntegerTensor) throws -> [BigInteger] {
        let layer = network.layers[0]
        let rows = try #require(layer.rows)
        let (source, target) = (rows.grid.input, rows.grid.output)
        return (0..<input.shape.count).flatMap { image in
            (0..<target.elementCount).map { index in
                let (row, column) = (index / target.width % target.height, index % target.width)
                let filter = rows.grid.filters[row * target.width + column]
                let channel = index / target.planeSize
                var taps = rows.filters[filter].dropFirst(channel * rows.filters[filter].count / target.channels)
                var sum = rows.biases[filter][channel]
                for plane in 0..<source.channels {
                    for y in rows.grid.rows[row].window {
                        for x in rows.grid.columns[column].window {
                            let at = ((image * source.channels + plane) * source.height + y) * source.width + x
                            sum += BigInteger(taps.removeFirst()) * input.values[at]
                        }
                    }
                }
                if let skip = layer.skip {
                    sum += skip.multipliers[channel] * input.values[image * source.elementCount + index]
                }
                return sum
            }
        }
    }
}

extension LinearOperator {
    /// The affine map, without any ReLU.
    fileprivate func apply(_ input: Tensor) -> [Double] {
        let (source, target) = (grid.input, grid.output)
        return (0..<input.shape.count).flatMap { image in
            (0..<target.elementCount).map { index in
                let (row, column) = (index / target.width % target.height, index % target.width)
                let filter = grid.filters[row * target.width + column]
                let channel = index / target.planeSize
                var tap = channel * filters[filter].count / target.channels
                var sum = biases[filter][channel]
                for plane in 0..<source.channels {
                    for y in grid.rows[row].window {
                        for x in grid.columns[column].window {
                            let at = ((image * source.channels + plane) * source.height + y) * source.width + x
                            sum += filters[filter][tap] * Double(input.values[at])
                            tap += 1
                        }
                    }
                }
                return sum
            }
        }
    }
}
