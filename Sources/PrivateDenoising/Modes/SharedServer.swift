import Denoising
import Numerics
import ObliviousTransfer
import SharedEvaluation

/// The server's half of `shared`. It draws the mask of an accumulator before the answer; the mask is its share, or in order `offline` a
/// part of it: its layer of its own share of the input comes on top once that is there.
///
/// A class, because what a session draws may not be copied; server and session drive it from one thread at a time.
final class SharedServer<Scheme: AdditiveScheme>: ServerHalf, @unchecked Sendable {
    private let context: ServerContext<Scheme>
    private let agreement: Agreement
    private let kernel: TransferKernel
    private let bits: Int
    private var handshake: OneTime<TransferHandshake.Server>?
    private var answer: [UInt8] = []
    private var ends: TransferEnds?
    private var random: SecretStream
    /// Activations at work, by round.
    private var parties: [Int: OneTime<ActivationParty>] = [:]
    /// Shares of activations, by index; the input is the client's alone.
    private var shares: [Int: IntegerTensor] = [:]
    /// What was added to the answers of the layer in work, band by band: half a unit of rounding less the mask.
    private var bands: [IntegerTensor] = []
    /// In order `offline`, by round: what is this side's of the accumulators already.
    private var masks: [Int: IntegerTensor] = [:]
    private var output: OneTime<SecretNumbers>?

    init(_ context: ServerContext<Scheme>, kernel: TransferKernel) {
        self.context = context
        agreement = context.agreement
        self.kernel = kernel
        bits = SharedMode.shareBits(of: context.agreement)
        random =
            context.protections.drawsFreshShares
            ? SecretStream(kernel: kernel) : SecretStream(unsafeSeed: 1, kernel: kernel)
    }

    // MARK: Linear layers

    func uncover(_ tensors: [Scheme.Encrypted], round: Int) throws -> Scheme.Encrypted {
        let index = agreement.rounds[round].layers.lowerBound
        return try uncover(tensors[0], activation: index, as: .input, round: round)
    }

    func uncover(skip: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted {
        try uncover(skip, activation: agreement.rounds[round].repeatedSkip ?? 0, as: .skip, round: round)
    }

    private func uncover(
        _ tensor: Scheme.Encrypted, activation: Int, as role: TensorRole, round: Int
    ) throws -> Scheme.Encrypted {
        guard let share = shares[activation] else { return tensor }
        return try Scheme.addShares(
            share, to: tensor, as: role, layout: context.layouts[round], key: context.key, threads: context.threads)
    }

    func cover(_ values: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted {
        let agreed = agreement.rounds[round]
        let plan = try SharedMode.plan(agreement, round: round)
        let shape = TensorShape(
            count: agreed.output.count, channels: agreed.output.channels, height: agreed.rows.count,
            width: agreed.output.width)
        let mask = mask(shape, half: plan.roundingConstant)
        bands = agreed.rows.lowerBound == 0 ? [mask] : bands + [mask]
        if agreed.isLastBand { start(plan, round) }
        return try Scheme.maskShares(
            multiplied(values, round: round), with: mask, layout: context.layouts[round], key: context.key,
            threads: context.threads)
    }

    /// Accumulators times the multipliers of a network that has them.
    private func multiplied(_ values: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted {
        let layer = context.network.layers[agreement.rounds[round].layers.upperBound - 1]
        let (factors, layout) = ((0..<layer.outputChannels).map(layer.multiplier), context.layouts[round])
        guard factors.contains(where: { $0 != .one }) else { return values }
        let count = layout.ciphertexts(.output)
        // Ciphertexts lie by group of images, then by channel.
        let perGroup = count / max(1, layout.outputGroups)
        let plane = perGroup / layer.outputChannels
        return try Scheme.mask(
            values, factors: (0..<count).map { factors[$0 % perGroup / plane] }, layout: layout, key: context.key,
            threads: context.threads)
    }

    /// `half` less a uniform number, modulo 2^U.
    private func mask(_ shape: TensorShape, half: UInt64) -> IntegerTensor {
        let threads = context.threads
        let drawn = random.numbers(
            blocks: BitPlanes.blocks(for: shape.elementCount), bits: bits, threads: threads)
        if !context.protections.masksShares { drawn.map { _ in 0 } }
        let mask = UInt64.max >> UInt64(64 - bits)
        drawn.map(threads: threads) { (half &- $0) & mask }
        return ShareTensor.tensor(drawn, shape, threads: threads)
    }

    /// The activation of a round whose answer is about to go.
    private func start(_ plan: SharePlan, _ index: Int) {
        let round = agreement.rounds[index]
        let added = bands.count == 1 ? bands[0] : IntegerTensor(bands: bands)
        let own = ShareTensor.numbers(added, threads: context.threads)
        let half = plan.roundingConstant
        own.map(threads: context.threads) { half &- $0 }
        var party = ActivationParty(
            plan, role: SharedMode.role(of: .down, agreement.order), count: round.output.elementCount, kernel: kernel,
            threads: context.threads)
        if agreement.order == .offline {
            masks[index] = ShareTensor.tensor(own, round.output, threads: context.threads)
        } else {
            party.begin(own)
        }
        parties[index] = OneTime(party)
    }

    /// This side's share of the accumulators in order `offline`: the mask and the layer of its own shares.
    private func begin(_ index: Int) throws {
        let round = agreement.rounds[index]
        guard let party = parties[index], let input = shares[round.layers.lowerBound],
            let mask = masks.removeValue(forKey: index)
        else { throw PrivateDenoisingError.noExchange }
        let layer = context.network.layers[round.layers.upperBound - 1]
        let sums = try layer.accumulate(
            shares: input, skipped: layer.skip.flatMap { shares[$0.source] }, modulo: bits,
            plus: [BigInteger](repeating: .zero, count: layer.outputChannels), threads: context.threads)
        let share = ShareTensor.combined(
            layer.multiplied(sums, threads: context.threads), mask, bits: bits, threads: context.threads
        ) { $0 &+ $1 }
        party.change { $0.begin(ShareTensor.numbers(share, threads: context.threads)) }
        // What the client's share has to be short of.
        let half = try SharedMode.plan(agreement, round: index).roundingConstant
        bands = [ShareTensor.combined(share, share, bits: bits, threads: context.threads) { own, _ in half &- own }]
    }

    // MARK: Messages

    func send(_ step: Step) throws -> [UInt8] {
        if step.phase == .setup { return answer }
        switch try SharedMode.part(step, of: agreement) {
        case .choices:
            guard let party = parties[step.round], let ends else { break }
            return party.change { $0.choose(from: &ends.receiver) }
        case .flow(let flow):
            if flow == 0 { try begin(step.round) }
            guard let party = parties[step.round] else { break }
            let message = party.change { $0.send() }
            finish(step)
            return message
        case .output: return try outputShare()
        case .input, .difference: break
        }
        throw PrivateDenoisingError.noExchange
    }

    func receive(_ body: ArraySlice<UInt8>, _ step: Step) throws {
        if step.phase == .setup { return try setUp(body, step) }
        let round = agreement.rounds[step.round]
        switch try SharedMode.part(step, of: agreement) {
        case .choices:
            guard let party = parties[step.round], let ends else { throw PrivateDenoisingError.noExchange }
            try party.change { try $0.accept(body, from: &ends.sender) }
        case .flow:
            guard let party = parties[step.round] else { throw PrivateDenoisingError.noExchange }
            try party.change { try $0.receive(body) }
            finish(step)
        case .input:
            shares[0] = ShareTensor.tensor(
                body, bits: bits, round.input, kernel: kernel, threads: context.threads)
        case .difference:
            guard let own = shares[round.layers.upperBound] else { throw PrivateDenoisingError.noExchange }
            let difference = ShareTensor.tensor(
                body, bits: bits, round.output, kernel: kernel, threads: context.threads)
            shares[round.layers.upperBound] = ShareTensor.combined(
                own, difference, bits: bits, threads: context.threads
            ) { $0 &+ $1 }
        case .output: throw PrivateDenoisingError.noExchange
        }
    }

    private func setUp(_ body: ArraySlice<UInt8>, _ step: Step) throws {
        guard step.number == 0 else {
            ends = try handshake?.take().finish(body)
            handshake = nil
            return
        }
        let handshake = try TransferHandshake.Server(SharedMode.field, start: body, kernel: kernel)
        answer = handshake.message
        self.handshake = OneTime(handshake)
    }

    private func finish(_ step: Step) {
        guard let party = parties[step.round], party.change({ $0.isDone }) else { return }
        parties[step.round] = nil
        let round = agreement.rounds[step.round]
        let share = party.take().finish()
        if round.isLast {
            output = OneTime(share)
            return
        }
        let later = agreement.rounds[(step.round + 1)...]
        let needed = Set(
            agreement.order == .offline
                ? later.compactMap { agreement.layers[$0.layers.upperBound - 1].architecture.skip }
                : later.compactMap(\.repeatedSkip))
        shares = shares.filter { needed.contains($0.key) }
        shares[round.layers.upperBound] = ShareTensor.tensor(share, round.output, threads: context.threads)
    }

    private func outputShare() throws -> [UInt8] {
        guard let output, let width = agreement.layers.last?.bound.bitWidth else {
            throw PrivateDenoisingError.noExchange
        }
        self.output = nil
        return ShareTensor.message(
            ShareTensor.tensor(
                output.take(), agreement.rounds[agreement.rounds.count - 1].output, threads: context.threads),
            bits: width, kernel: kernel, threads: context.threads)
    }

    // MARK: Comparison

    /// Share and accumulator add up: what the client has to see.
    func seen(_ accumulators: IntegerTensor, round: Int) throws -> IntegerTensor {
        // In order `offline` made by `begin`.
        guard let mask = bands.last else { throw PrivateDenoisingError.noExchange }
        let layer = context.network.layers[agreement.rounds[round].layers.upperBound - 1]
        let products = layer.multiplied(
            ShareTensor.reduced(accumulators, bits: 64, threads: context.threads), threads: context.threads)
        return ShareTensor.combined(products, mask, bits: bits, threads: context.threads) { $0 &+ $1 }
    }

    func held(_ activations: IntegerTensor, round: Int) throws -> IntegerTensor? {
        guard let share = shares[agreement.rounds[round].layers.upperBound] else { return nil }
        return ShareTensor.combined(activations, share, bits: bits, threads: context.threads) { $0 &- $1 }
    }
}

extension IntegerLayer {
    /// Accumulators, one word each, times the multipliers of their channels.
    func multiplied(_ accumulators: IntegerTensor, threads: Int = 1) -> IntegerTensor {
        let factors = (0..<outputChannels).map { multiplier(of: $0).words(count: 1)[0] }
        guard factors.contains(where: { $0 != 1 }) else { return accumulators }
        var products = accumulators
        parallelChange(&products.values.words, of: products.shape.planeSize, threads: threads) { plane, words in
            let factor = factors[plane % factors.count]
            for index in words.indices { words[index] &*= factor }
        }
        return products
    }
}
