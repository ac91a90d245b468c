public import Denoising
import Numerics
import SharedEvaluation

/// What no message of a run holds, published with a key that protects nothing so that anyone can check every value: the masks of the
/// server, or the shares of mode `shared`. Made by `Transcript.disclosing`, never by a run that protects anything.
public struct Disclosure: Sendable, Equatable {
    /// By round, in the shape of its output: what the server multiplied the accumulators by before it sent them. In mode `shared` its
    /// share b of them, modulo 2^U: what the client decrypts and b add up to the accumulator times the layer's multiplier, plus half a
    /// unit of the rounding.
    public package(set) var covers: [IntegerTensor]
    /// In mode `shared`: the server's share modulo 2^U of what a layer passed on, by the number of layers done; the last is opened.
    public package(set) var shares: [Int: IntegerTensor]
    /// In mode `shared`: the client's share of the output, which the server's last message adds to.
    public package(set) var outputShare: IntegerTensor?

    package init(
        covers: [IntegerTensor] = [], shares: [Int: IntegerTensor] = [:], outputShare: IntegerTensor? = nil
    ) {
        self.covers = covers
        self.shares = shares
        self.outputShare = outputShare
    }

    /// After a message arrived, when both parties have read it.
    mutating func note<Scheme: AdditiveScheme>(
        after step: Step, _ client: Client<Scheme>, _ server: Server<Scheme>
    ) throws {
        let agreement = client.agreement
        let round = agreement.rounds[step.round]
        let nothing = IntegerTensor(shape: round.output, limbs: 1)
        if agreement.mode.definition.completesAccumulators(step, of: agreement) {
            covers.append(try cover(of: server, step.round, nothing))
        }
        guard let bits = agreement.shareBits, covers.count > step.round else { return }
        guard let next = client.step else { return }
        if next.round > step.round, let rest = try server.held(nothing, round: step.round) {
            shares[round.layers.upperBound] = ShareTensor.combined(nothing, rest, bits: bits) { $0 &- $1 }
        }
        if next.kind == .exchange, try SharedMode.part(next, of: agreement) == .output { outputShare = client.held }
    }

    /// What the client has to see of ones, or in mode `shared` of zeros.
    private func cover<Scheme: AdditiveScheme>(
        of server: Server<Scheme>, _ index: Int, _ nothing: IntegerTensor
    ) throws -> IntegerTensor {
        guard let bits = server.agreement.shareBits else {
            var ones = nothing
            for index in 0..<ones.values.count { ones.values.words[index] = 1 }
            return try server.seen(ones, round: index)
        }
        let half = try SharedMode.plan(server.agreement, round: index).roundingConstant
        return ShareTensor.combined(nothing, try server.seen(nothing, round: index), bits: bits) { half &- $1 }
    }
}

extension Transcript {
    /// A whole run with every message kept, and what its messages do not hold.
    ///
    /// Both parties' secrets come out of it: for keys and images that are published anyway.
    /// - Throws: `permutationMismatch` where the server sends values in another order, which is not disclosed.
    public static func disclosing<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, agreement: Agreement, network: IntegerNetwork, key: Scheme.PrivateKey,
        images: IntegerTensor, threads: Int
    ) throws -> (transcript: Transcript, disclosure: Disclosure, output: IntegerTensor) {
        guard agreement.permutation == .none else {
            throw PrivateDenoisingError.permutationMismatch(
                agreement.permutation, reason: "a run is checked value by value in the network's order")
        }
        var disclosure = Disclosure()
        let run = try recorded(
            scheme, agreement: agreement, network: network, key: key, images: images, threads: threads
        ) { try disclosure.note(after: $0, $1, $2) }
        guard let output = run.output else {
            throw PrivateDenoisingError.malformedMessage("the run ended early")
        }
        return (run.transcript, disclosure, output)
    }
}
