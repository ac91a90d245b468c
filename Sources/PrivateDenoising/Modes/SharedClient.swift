import Denoising
import Numerics
import ObliviousTransfer
import SharedEvaluation

/// The client's half of `shared`.
///
/// A class, because what a session draws may not be copied; client and session drive it from one thread at a time.
final class SharedClient: ClientHalf, @unchecked Sendable {
    private let agreement: Agreement
    private let kernel: TransferKernel
    private let threads: Int
    /// U.
    private let bits: Int
    private(set) var activations: [IntegerTensor] = []
    private let handshake: OneTime<TransferHandshake.Client>
    private let offer: [UInt8]
    private var reply: [UInt8] = []
    private var ends: TransferEnds?
    /// Activations at work, by round.
    private var parties: [Int: OneTime<ActivationParty>] = [:]
    /// This side's shares of accumulators, by round, until the activation is done.
    private var accumulators: [Int: IntegerTensor] = [:]
    /// In order `offline`: this side's share of every layer's input, drawn before the image is known.
    private var inputs: [IntegerTensor] = []
    /// None, but in the attack suite.
    private let shifts: ShareShifts

    init(_ context: ClientContext, kernel: TransferKernel) {
        agreement = context.agreement
        threads = context.threads
        shifts = context.shifts
        self.kernel = kernel
        bits = SharedMode.shareBits(of: context.agreement)
        let handshake = TransferHandshake.Client(SharedMode.field, kernel: kernel)
        offer = handshake.message
        self.handshake = OneTime(handshake)
        guard agreement.order == .offline else { return }
        var random =
            context.protections.drawsFreshShares
            ? SecretStream(kernel: kernel) : SecretStream(unsafeSeed: 2, kernel: kernel)
        inputs = agreement.rounds.map {
            let share = random.numbers(
                blocks: BitPlanes.blocks(for: $0.input.elementCount), bits: bits, threads: threads)
            if !context.protections.masksShares { share.map { _ in 0 } }
            return ShareTensor.tensor(share, $0.input, threads: threads)
        }
    }

    func begin(_ activation: IntegerTensor) { activations = [activation] }

    func uploads(in round: Int) throws -> [IntegerTensor] {
        let shares = agreement.order == .offline ? [inputs[round]] : activations
        return shares.map { shifted($0, by: shifts.inputs[round]) }
    }

    private func shifted(_ share: IntegerTensor, by shift: IntegerTensor?) -> IntegerTensor {
        guard let shift else { return share }
        return ShareTensor.combined(share, shift, bits: bits, threads: threads) { $0 &+ $1 }
    }

    func seen(_ values: IntegerTensor) -> IntegerTensor { ShareTensor.reduced(values, bits: bits, threads: threads) }

    func seen(round: Int) -> IntegerTensor? { agreement.order == .offline ? accumulators[round] : nil }

    func take(_ values: IntegerTensor, of round: Agreement.Round) throws {
        guard let index = agreement.rounds.firstIndex(of: round) else { throw PrivateDenoisingError.noExchange }
        let role = SharedMode.role(of: .up, agreement.order)
        var party = ActivationParty(
            try SharedMode.plan(agreement, round: index), role: role, count: round.output.elementCount, kernel: kernel,
            threads: threads)
        let share = shifted(seen(values), by: shifts.accumulators[index])
        accumulators[index] = share
        // The late party's share comes into play once the choices are made.
        if role == .early { party.begin(ShareTensor.numbers(share, threads: threads)) }
        parties[index] = OneTime(party)
    }

    // MARK: Messages

    func send(_ step: Step) throws -> [UInt8] {
        if step.phase == .setup { return step.number == 0 ? offer : reply }
        switch try SharedMode.part(step, of: agreement) {
        case .choices:
            guard let party = parties[step.round], let ends else { break }
            return party.change { $0.choose(from: &ends.receiver) }
        case .input:
            guard let image = activations.first else { break }
            return difference(image, from: 0)
        case .flow:
            guard let party = parties[step.round] else { break }
            let message = party.change { $0.send() }
            finish(step.round)
            return message
        case .difference:
            guard let result = activations.first else { break }
            activations = [inputs[step.round + 1]]
            return difference(result, from: step.round + 1)
        case .output: break
        }
        throw PrivateDenoisingError.noExchange
    }

    /// What a value differs by from this side's share of a layer's input, which was drawn before it.
    private func difference(_ value: IntegerTensor, from round: Int) -> [UInt8] {
        let difference = ShareTensor.combined(value, inputs[round], bits: bits, threads: threads) { $0 &- $1 }
        return ShareTensor.message(difference, bits: bits, kernel: kernel, threads: threads)
    }

    func receive(_ body: ArraySlice<UInt8>, _ step: Step) throws {
        if step.phase == .setup {
            ends = try handshake.take().finish(body, reply: &reply)
            return
        }
        switch try SharedMode.part(step, of: agreement) {
        case .choices:
            guard let party = parties[step.round], let ends else { throw PrivateDenoisingError.noExchange }
            try party.change { try $0.accept(body, from: &ends.sender) }
            if agreement.order == .interleaved, let share = accumulators[step.round] {
                party.change { $0.begin(ShareTensor.numbers(share, threads: threads)) }
            }
        case .flow:
            guard let party = parties[step.round] else { throw PrivateDenoisingError.noExchange }
            try party.change { try $0.receive(body) }
            finish(step.round)
        case .output: try open(body, of: agreement.rounds[step.round])
        case .input, .difference: throw PrivateDenoisingError.noExchange
        }
    }

    private func finish(_ round: Int) {
        guard let party = parties[round], party.change({ $0.isDone }) else { return }
        parties[round] = nil
        accumulators[round] = nil
        activations = [
            ShareTensor.tensor(party.take().finish(), agreement.rounds[round].output, threads: threads)
        ]
    }

    /// The output, of the server's share of it.
    private func open(_ body: ArraySlice<UInt8>, of round: Agreement.Round) throws {
        guard let own = activations.first, let width = agreement.layers.last?.bound.bitWidth else {
            throw PrivateDenoisingError.noExchange
        }
        let other = ShareTensor.tensor(body, bits: width, round.output, kernel: kernel, threads: threads)
        activations = [ShareTensor.combined(own, other, bits: width, threads: threads) { $0 &+ $1 }]
    }
}
