import Denoising
import Numerics
import ObliviousTransfer
import SharedEvaluation

/// The client's half of `shared`: the late party of every activation.
///
/// A class, because what a session draws may not be copied; client and session drive it from one thread at a time.
final class SharedClient: ClientHalf, @unchecked Sendable {
    private let agreement: Agreement
    private let kernel: TransferKernel
    private let threads: Int
    private let bits: Int
    private(set) var activations: [IntegerTensor] = []
    private let handshake: OneTime<TransferHandshake.Client>
    private let offer: [UInt8]
    private var reply: [UInt8] = []
    private var ends: TransferEnds?
    private var party: OneTime<ActivationParty>?
    /// This side's share of the last accumulators.
    private var share: IntegerTensor?

    init(_ context: ClientContext, kernel: TransferKernel) {
        agreement = context.agreement
        threads = context.threads
        self.kernel = kernel
        bits = SharedMode.shareBits(of: context.agreement)
        let handshake = TransferHandshake.Client(SharedMode.field, kernel: kernel)
        offer = handshake.message
        self.handshake = OneTime(handshake)
    }

    func begin(_ activation: IntegerTensor) { activations = [activation] }

    func seen(_ values: IntegerTensor) -> IntegerTensor { ShareTensor.reduced(values, bits: bits) }

    func take(_ values: IntegerTensor, of round: Agreement.Round) throws {
        share = seen(values)
        guard let index = agreement.rounds.firstIndex(of: round) else { throw PrivateDenoisingError.noExchange }
        party = OneTime(
            ActivationParty(
                try SharedMode.plan(agreement, round: index), role: .late, count: round.output.elementCount,
                kernel: kernel, threads: threads))
    }

    func send(_ step: Step) throws -> [UInt8] {
        if step.phase == .setup { return step.number == 0 ? offer : reply }
        guard let party, let ends else { throw PrivateDenoisingError.noExchange }
        let message = party.change { $0.isTurn && step.phase == .online ? $0.send() : $0.choose(from: &ends.receiver) }
        finish(step)
        return message
    }

    func receive(_ body: ArraySlice<UInt8>, _ step: Step) throws {
        if step.phase == .setup {
            ends = try handshake.take().finish(body, reply: &reply)
            return
        }
        guard let ends else { throw PrivateDenoisingError.noExchange }
        guard let party else { return try open(body, of: agreement.rounds[step.round]) }
        if step.phase == .offline {
            try party.change { try $0.accept(body, from: &ends.sender) }
            if let share { party.change { $0.begin(ShareTensor.numbers(share)) } }
            share = nil
        } else {
            try party.change { try $0.receive(body) }
            finish(step)
        }
    }

    private func finish(_ step: Step) {
        guard let party, party.change({ $0.isDone }) else { return }
        self.party = nil
        activations = [ShareTensor.tensor(party.take().finish(), agreement.rounds[step.round].output)]
    }

    /// The output, of the server's share of it.
    private func open(_ body: ArraySlice<UInt8>, of round: Agreement.Round) throws {
        guard let own = activations.first, let width = agreement.layers.last?.bound.bitWidth else {
            throw PrivateDenoisingError.noExchange
        }
        let planes = BitPlanes(count: width, reading: body)
        let other = ShareTensor.tensor(SecretNumbers(planes, kernel: kernel), round.output)
        activations = [ShareTensor.combined(own, other, bits: width) { $0 &+ $1 }]
    }
}
