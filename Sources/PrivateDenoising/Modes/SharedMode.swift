import Denoising
import func Foundation.log2
import Numerics
import ObliviousTransfer
import SharedEvaluation

/// Neither party sees a value: linear layers run on additive shares modulo 2^U, one of them encrypted, activations by oblivious
/// transfers (`SharedEvaluation`).
///
/// The client holds e and the server f, e + f = activation modulo 2^U. The server adds f to Enc(e), runs the layer, adds half a unit of
/// the rounding, takes a mask b off that is fresh and uniform on all U bits, and sends it: the client's a and the server's b add up to
/// the accumulator. The activation makes shares of what follows of them. The last ReLU is opened to the client alone.
///
/// Parties follow the protocol. A client that does not can shift its share and read bits out of the output (Lehmkuhl et al. 2021).
enum SharedMode: ModeDefinition {
    static let clientSees =
        "a uniform share of every value before and after a ReLU, the result, and the layers' shifts and widths"
    static let networkKind = IntegerNetwork.Kind.powerOfTwo
    static let layouts: Set<Layout> = [.batch, .tile]
    static let runsOffline = true

    /// Of the transfers.
    static let field = TransferField.eight
    /// Bits by which the noise above a share hides its wraps where a scheme computes over the integers.
    static let slackBits = 62

    static func objection(to network: IntegerNetwork) -> String? {
        for layer in network.layers {
            do {
                if layer.activation == .none { return "no ReLU after \(layer.name); one after every layer expected" }
                _ = try plan(
                    publicActivation(of: layer), width: layer.shareBits,
                    shareBits: shareBits(of: network.layers.map(\.shareBits)))
            } catch { return "layer \(layer.name): \(error)" }
        }
        return nil
    }

    static func objection(to permutation: Permutation, in mode: Mode) -> String? {
        "shares tell nothing that an order could hide"
    }

    /// As slots of integers: both parties' shares added, wraps and all, under a mask that hides how often they wrapped.
    static func widths(of network: IntegerNetwork, mask: MaskOptions?) -> [Int] {
        let bits = shareBits(of: network.layers.map(\.shareBits))
        return network.layers.map { layer in
            let wraps = (layer.largestSumOfShares(bits: bits) >> (bits - 1)) + BigInteger(2)
            return bits + slackBits + wraps.bitWidth + 2
        }
    }

    /// The client shifts and clamps with the server, and knows no multiplier.
    static func publicActivation(of layer: IntegerLayer) -> IntegerLayer.Activation {
        guard case .requantise(let requantiser) = layer.activation,
            let without = try? Requantiser(
                multipliers: Array(repeating: 1, count: requantiser.multipliers.count), shift: requantiser.shift,
                activationBits: requantiser.activationBits)
        else { return layer.activation }
        return .requantise(without)
    }

    static func publicBound(of layer: IntegerLayer) -> BigInteger { .one << (layer.shareBits - 1) }

    static func largestSeen(in round: Agreement.Round, of agreement: Agreement) -> BigInteger {
        .one << ((agreement.layers.map(\.bits).max() ?? 1) - 1)
    }

    // MARK: What follows from the agreement

    static func widthOfShares(_ agreement: Agreement) -> Int? { shareBits(of: agreement) }
    static func distanceOfShares(_ agreement: Agreement) -> Double? {
        agreement.hidesWraps ? distance(of: agreement) : nil
    }

    /// U: of shares between layers.
    static func shareBits(of agreement: Agreement) -> Int { shareBits(of: agreement.layers.map(\.bound.bitWidth)) }

    /// At least 20: the narrowest plaintexts of the lattice.
    private static func shareBits(of widths: [Int]) -> Int { max(20, widths.max() ?? 0) }

    static func plan(_ agreement: Agreement, round: Int) throws -> SharePlan {
        let layer = agreement.layers[agreement.rounds[round].layers.upperBound - 1]
        return try plan(layer.activation, width: layer.bound.bitWidth, shareBits: shareBits(of: agreement))
    }

    private static func plan(
        _ activation: IntegerLayer.Activation, width: Int, shareBits: Int
    ) throws(SharedEvaluationError) -> SharePlan {
        switch activation {
        case .none: throw .invalidWidths("a ReLU after every layer expected")
        case .relu: try SharePlan(.rectify, width: width, shareBits: width)
        case .requantise(let requantiser):
            try SharePlan(
                .requantise(shift: requantiser.shift, bits: requantiser.activationBits), width: width,
                shareBits: shareBits)
        }
    }

    /// The binary logarithm of a session's statistical distance from perfect shares, where a scheme hides wraps in slots: one part in
    /// 2^62 a value that is opened. 2^-40.8 for a 64x64 patch of ten layers and 96 channels.
    static func distance(of agreement: Agreement) -> Double {
        let values = agreement.layers.reduce(0) { $0 + $1.output.elementCount } * agreement.images.count
        return log2(Double(values)) - Double(slackBits)
    }

    /// What a session may leave of it.
    static let distanceBudget = -30.0
    /// What one patch of 64x64 pixels, or one smaller image, may leave of it under any scheme.
    static let askedOfAPatch = -40.0

    /// Why a run is refused that would not keep it.
    static func tooFar(_ patch: Double, because reason: String) -> String {
        "a patch would be \(KeyWear.power(patch)) from one that tells nothing of the network, where mode shared asks for "
            + "2^\(Int(askedOfAPatch)) (\(reason))"
    }

    static func objection(to agreement: Agreement) -> String? {
        guard distance(of: agreement) <= distanceBudget else {
            return "too many values for a session: their shares would be further than 2^-30 from perfect ones"
        }
        // Where shares are hidden in slots; the lattice's distance follows from the weights (`requireDistance`).
        let patch =
            distance(of: agreement) - log2(Double(agreement.images.count)) - log2(agreement.patchesAnImage)
        if agreement.hidesWraps, patch > askedOfAPatch {
            return tooFar(patch, because: "2^-\(slackBits) a value; a smaller network expected")
        }
        for round in agreement.rounds.indices {
            do { _ = try plan(agreement, round: round) } catch { return "round \(round + 1): \(error)" }
        }
        return nil
    }

    // MARK: Messages

    static func setup(of agreement: Agreement) -> [Exchange] {
        zip([Message.Direction.up, .down, .up], TransferHandshake.messageBytes(field))
            .map { Exchange(sender: $0, phase: .setup, bytes: $1) }
    }

    /// What one of the mode's own messages after an answer is.
    enum Part: Hashable {
        /// A side's choices of the activation's transfers.
        case choices
        /// The images less the client's share of them, which it has already sent encrypted.
        case input
        /// A message of the activation.
        case flow(Int)
        /// What takes the client's share of a result to the one it has already sent encrypted.
        case difference
        /// The server's share of the output.
        case output
    }

    /// Which party's share of the accumulators comes last: the client's, unless all answers came before the image was known.
    static func role(of sender: Message.Direction, _ order: Order) -> SharePlan.Role {
        (sender == .up) == (order == .interleaved) ? .late : .early
    }

    private static func sender(_ role: SharePlan.Role, _ order: Order) -> Message.Direction {
        role == self.role(of: .up, order) ? .up : .down
    }

    /// Choices of either side; the activation, which the late party starts; at the end the server's share of the output. Where linear
    /// layers ran before, what brings shares to those that were sent.
    private static func parts(after index: Int, of agreement: Agreement) -> [(exchange: Exchange, part: Part)] {
        let (round, order) = (agreement.rounds[index], agreement.order)
        guard round.isLastBand, let plan = try? plan(agreement, round: index) else { return [] }
        let count = round.output.elementCount
        func planes(_ bits: Int, of count: Int) -> Int { bits * BitPlanes.blocks(for: count) * BitPlanes.planeBytes }
        var result: [(Exchange, Part)] = SharePlan.Role.allCases.map {
            let bytes = plan.offlineBytes($0, count: count, field: field)
            return (Exchange(sender: sender($0, order), phase: .offline, bytes: bytes), .choices)
        }
        func add(_ sender: Message.Direction, _ part: Part, bytes: Int) {
            result.append((Exchange(sender: sender, phase: .online, bytes: bytes), part))
        }
        let bits = shareBits(of: agreement)
        if order == .offline, index == 0 { add(.up, .input, bytes: planes(bits, of: round.input.elementCount)) }
        for flow in 0..<plan.flows {
            add(sender(plan.sender(ofFlow: flow), order), .flow(flow), bytes: plan.bytes(ofFlow: flow, count: count))
        }
        if round.isLast {
            add(.down, .output, bytes: planes(plan.shareBits, of: count))
        } else if order == .offline {
            add(.up, .difference, bytes: planes(bits, of: count))
        }
        return result
    }

    static func exchange(after index: Int, of agreement: Agreement) -> [Exchange] {
        parts(after: index, of: agreement).map(\.exchange)
    }

    static func part(_ step: Step, of agreement: Agreement) throws -> Part {
        let parts = parts(after: step.round, of: agreement)
        guard parts.indices.contains(step.number) else { throw PrivateDenoisingError.noExchange }
        return parts[step.number].part
    }

    /// Before the image is known the server has no share to add: it adds it before its first message of the activation.
    static func completesAccumulators(_ step: Step, of agreement: Agreement) -> Bool {
        guard agreement.order == .offline else { return step.kind == .ciphertexts && step.direction == .down }
        return step.kind == .exchange && step.phase == .online && (try? part(step, of: agreement)) == .flow(0)
    }

    static func client(_ context: ClientContext) throws -> any ClientHalf {
        try SharedClient(context, kernel: .selected())
    }
    static func server<Scheme: AdditiveScheme>(_ context: ServerContext<Scheme>) throws -> any ServerHalf<Scheme> {
        try SharedServer(context, kernel: .selected())
    }
}

extension IntegerLayer {
    /// The largest magnitude of the layer's sum over the integers where its inputs are sums of two shares of `bits` bits.
    fileprivate func largestSumOfShares(bits: Int) -> BigInteger {
        let taps = weights.count / outputChannels
        let largest = BigInteger.one << (bits + 1)
        return bias.indices.map { channel in
            let norm = weights[(channel * taps)..<((channel + 1) * taps)].reduce(0) { $0 + Int($1.magnitude) }
            let factor = BigInteger(norm) + (skip?.multipliers[channel].absoluteValue ?? .zero)
            return (factor * largest + bias[channel].absoluteValue) * multiplier(of: channel)
        }.max() ?? .zero
    }
}

extension IntegerLayer {
    /// What an accumulator of a channel is multiplied by before the shift.
    func multiplier(of channel: Int) -> BigInteger {
        guard case .requantise(let requantiser) = activation else { return .one }
        return BigInteger(Int(requantiser.multipliers[channel]))
    }
}

/// Shares as tensors and as the numbers activations work on.
enum ShareTensor {
    /// One word each, reduced modulo 2^bits.
    static func reduced(_ tensor: IntegerTensor, bits: Int, threads: Int = 1) -> IntegerTensor {
        let (limbs, mask) = (tensor.values.limbs, UInt64.max >> UInt64(64 - bits))
        return made(tensor.shape, threads: threads) { first, words in
            let from = tensor.values.words.span
            for index in words.indices { words[index] = from[(first + index) * limbs] & mask }
        }
    }

    /// `body(value, other value)` modulo 2^bits; other values may be wider.
    static func combined(
        _ tensor: IntegerTensor, _ other: IntegerTensor, bits: Int, threads: Int = 1,
        _ body: @Sendable (UInt64, UInt64) -> UInt64
    ) -> IntegerTensor {
        precondition(tensor.shape == other.shape, "tensors of one shape")
        let (limbs, otherLimbs, mask) = (tensor.values.limbs, other.values.limbs, UInt64.max >> UInt64(64 - bits))
        return made(tensor.shape, threads: threads) { first, words in
            let (left, right) = (tensor.values.words.span, other.values.words.span)
            for index in words.indices {
                let place = first + index
                words[index] = body(left[place * limbs], right[place * otherLimbs]) & mask
            }
        }
    }

    /// Values of one word, plane by plane.
    private static func made(
        _ shape: TensorShape, threads: Int, _ write: @Sendable (_ first: Int, inout MutableSpan<UInt64>) -> Void
    ) -> IntegerTensor {
        let plane = shape.planeSize
        let words = parallelWords(shape.count * shape.channels, of: plane, threads: threads) { write($0 * plane, &$1) }
        return IntegerTensor(shape: shape, values: IntegerArray(words: words))
    }

    /// The low bits of a tensor as a message: planes of all values, lowest first.
    static func message(_ tensor: IntegerTensor, bits: Int, kernel: TransferKernel, threads: Int = 1) -> [UInt8] {
        let planes = BitPlanes(numbers(tensor, threads: threads), count: bits, kernel: kernel, threads: threads)
        var message: [UInt8] = []
        message.reserveCapacity(8 * bits * planes.planeWords)
        for plane in 0..<bits { planes.append(plane, to: &message) }
        return message
    }

    static func tensor(
        _ message: ArraySlice<UInt8>, bits: Int, _ shape: TensorShape, kernel: TransferKernel, threads: Int = 1
    ) -> IntegerTensor {
        let planes = BitPlanes(count: bits, reading: message)
        return tensor(SecretNumbers(planes, kernel: kernel, threads: threads), shape, threads: threads)
    }

    /// - Precondition: one word each.
    static func numbers(_ tensor: IntegerTensor, threads: Int = 1) -> SecretNumbers {
        precondition(tensor.values.limbs == 1, "shares of one word")
        let numbers = SecretNumbers(blocks: BitPlanes.blocks(for: tensor.values.count))
        let words = Address(numbers.words)
        forEachRange(of: numbers.blocks, threads: threads) { range in
            let from = tensor.values.words.span
            for index in BitPlanes.block * range.lowerBound..<min(BitPlanes.block * range.upperBound, from.count) {
                words.pointer[index] = from[index]
            }
        }
        return numbers
    }

    static func tensor(_ numbers: borrowing SecretNumbers, _ shape: TensorShape, threads: Int = 1) -> IntegerTensor {
        let from = Address(numbers.words)
        return made(shape, threads: threads) { first, words in
            for index in words.indices { words[index] = from.pointer[first + index] }
        }
    }
}
