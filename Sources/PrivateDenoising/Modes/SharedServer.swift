import Denoising
import Numerics
import ObliviousTransfer
import SharedEvaluation

/// The server's half of `shared`: the early party of every activation. It draws the mask of an accumulator, which is its share, before
/// the answer.
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
    private var party: OneTime<ActivationParty>?
    /// Shares of activations, by index; the input is the client's alone.
    private var shares: [Int: IntegerTensor] = [:]
    /// What was added to the answers of the layer in work, band by band: half a unit of rounding less the mask.
    private var bands: [IntegerTensor] = []
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
        if agreed.isLastBand { try start(plan, agreed) }
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
        let drawn = random.numbers(blocks: BitPlanes.blocks(for: shape.elementCount), bits: bits)
        if !context.protections.masksShares { drawn.map { _ in 0 } }
        let mask = UInt64.max >> UInt64(64 - bits)
        drawn.map { (half &- $0) & mask }
        return ShareTensor.tensor(drawn, shape)
    }

    private func start(_ plan: SharePlan, _ round: Agreement.Round) throws {
        let added = bands.count == 1 ? bands[0] : IntegerTensor(bands: bands)
        let own = ShareTensor.numbers(added)
        own.map { plan.roundingConstant &- $0 }
        var party = ActivationParty(
            plan, role: .early, count: round.output.elementCount, kernel: kernel, threads: context.threads)
        party.begin(own)
        self.party = OneTime(party)
    }

    // MARK: Messages

    func send(_ step: Step) throws -> [UInt8] {
        if step.phase == .setup { return answer }
        guard let party, let ends else { return try outputShare() }
        let message = party.change { $0.isTurn && step.phase == .online ? $0.send() : $0.choose(from: &ends.receiver) }
        finish(step)
        return message
    }

    func receive(_ body: ArraySlice<UInt8>, _ step: Step) throws {
        if step.phase == .setup {
            if step.number == 0 {
                let handshake = try TransferHandshake.Server(SharedMode.field, start: body, kernel: kernel)
                answer = handshake.message
                self.handshake = OneTime(handshake)
            } else {
                ends = try handshake?.take().finish(body)
                handshake = nil
            }
            return
        }
        guard let party, let ends else { throw PrivateDenoisingError.noExchange }
        if step.phase == .offline {
            try party.change { try $0.accept(body, from: &ends.sender) }
        } else {
            try party.change { try $0.receive(body) }
            finish(step)
        }
    }

    private func finish(_ step: Step) {
        guard let party, party.change({ $0.isDone }) else { return }
        self.party = nil
        let round = agreement.rounds[step.round]
        let share = party.take().finish()
        if round.isLast {
            output = OneTime(share)
            return
        }
        let needed = Set(agreement.rounds[(step.round + 1)...].compactMap(\.repeatedSkip))
        shares = shares.filter { needed.contains($0.key) }
        shares[round.layers.upperBound] = ShareTensor.tensor(share, round.output)
    }

    private func outputShare() throws -> [UInt8] {
        guard let output, let width = agreement.layers.last?.bound.bitWidth else {
            throw PrivateDenoisingError.noExchange
        }
        self.output = nil
        let share = output.take()
        let planes = BitPlanes(share, count: width, kernel: kernel)
        var message: [UInt8] = []
        for plane in 0..<width { planes.append(plane, to: &message) }
        return message
    }

    // MARK: Comparison

    /// Share and accumulator add up: what the client has to see.
    func seen(_ accumulators: IntegerTensor, round: Int) throws -> IntegerTensor {
        guard let mask = bands.last else { throw PrivateDenoisingError.noExchange }
        let layer = context.network.layers[agreement.rounds[round].layers.upperBound - 1]
        let factors = (0..<layer.outputChannels).map { layer.multiplier(of: $0).words(count: 1)[0] }
        var products = ShareTensor.reduced(accumulators, bits: 64)
        let plane = products.shape.planeSize
        for index in 0..<products.values.count {
            products.values.words[index] &*= factors[index / plane % factors.count]
        }
        return ShareTensor.combined(products, mask, bits: bits) { $0 &+ $1 }
    }

    func held(_ activations: IntegerTensor, round: Int) throws -> IntegerTensor? {
        guard let share = shares[agreement.rounds[round].layers.upperBound] else { return nil }
        return ShareTensor.combined(activations, share, bits: bits) { $0 &- $1 }
    }
}
