/// When a message is sent. Online is what follows once the image is known.
public enum Phase: String, Sendable, Codable, CaseIterable {
    /// Once for a pair of parties.
    case setup
    /// For one run, before its image is known.
    case offline
    case online
}

/// One message of a run, before it is made: public, the same for both parties.
public struct Step: Sendable, Hashable {
    public let index: Int
    public let direction: Message.Direction
    public let kind: Message.Kind
    public let phase: Phase
    /// The round it belongs to; 0 for what comes before the first.
    public let round: Int
    /// The layer the message leads to (up) or comes from (down).
    public let layer: String
    /// In the body; 0 in messages without.
    public let ciphertexts: Int
    /// Of the body.
    public let bytes: Int
    /// Number of this message among those of its round, setup or exchange, from 0.
    public let number: Int

    package init(
        index: Int, direction: Message.Direction, kind: Message.Kind, phase: Phase, round: Int, layer: String,
        ciphertexts: Int, bytes: Int, number: Int
    ) {
        self.index = index
        self.direction = direction
        self.kind = kind
        self.phase = phase
        self.round = round
        self.layer = layer
        self.ciphertexts = ciphertexts
        self.bytes = bytes
        self.number = number
    }

    /// Of the whole message.
    public var messageBytes: Int { Message.headerBytes + bytes }
}

/// All messages of a run, in order: what an agreement means under a scheme.
///
/// Both parties derive it from the agreement alone, so numbers, order and sizes of messages depend on public values only, and what is
/// too long can be refused before memory is taken.
public struct Conversation<Scheme: AdditiveScheme>: Sendable {
    public let agreement: Agreement
    /// One per round.
    public let layouts: [Scheme.Layout]
    public let steps: [Step]

    /// The longest body whose randomness `Party.prepare` makes: beyond it memory is worth more than the time.
    private static var mostBytesPrepared: Int { 64 << 20 }

    /// - Throws: `schemeMismatch` or `slotsTooNarrow` if the scheme cannot run the agreement.
    public init(_ agreement: Agreement) throws {
        if let reason = Scheme.objection(to: agreement) {
            throw PrivateDenoisingError.schemeMismatch(scheme: Scheme.name, reason: reason)
        }
        self.agreement = agreement
        let layouts = try Scheme.layouts(for: agreement)
        self.layouts = layouts
        var steps: [Step] = []
        func add(
            _ direction: Message.Direction, _ kind: Message.Kind, _ phase: Phase, _ round: Int, number: Int = 0,
            ciphertexts: Int = 0, bytes: Int
        ) {
            let layers = agreement.rounds[round].layers
            let layer = agreement.layers[direction == .up ? layers.lowerBound : layers.upperBound - 1]
            steps.append(
                Step(
                    index: steps.count, direction: direction, kind: kind, phase: phase, round: round,
                    layer: layer.name, ciphertexts: ciphertexts, bytes: bytes, number: number))
        }
        let mode = agreement.mode.definition
        for (number, exchange) in mode.setup(of: agreement).enumerated() {
            add(exchange.sender, .exchange, exchange.phase, 0, number: number, bytes: exchange.bytes)
        }
        func ciphertexts(_ direction: Message.Direction, _ index: Int, _ phase: Phase) {
            let tensors = agreement.rounds[index].tensors(direction)
            add(
                direction, .ciphertexts, phase, index,
                ciphertexts: tensors.reduce(0) { $0 + layouts[index].ciphertexts($1) },
                bytes: tensors.reduce(0) { $0 + layouts[index].bytes($1) })
        }
        func exchanges(_ index: Int, where isWanted: (Exchange) -> Bool = { _ in true }) {
            for (number, exchange) in mode.exchange(after: index, of: agreement).enumerated() where isWanted(exchange) {
                add(exchange.sender, .exchange, exchange.phase, index, number: number, bytes: exchange.bytes)
            }
        }
        let (rounds, directions) = (agreement.rounds.indices, [Message.Direction.up, .down])
        switch agreement.order {
        case .interleaved:
            for index in rounds {
                ciphertexts(.up, index, .online)
                ciphertexts(.down, index, .online)
                exchanges(index)
            }
        case .offline:
            // Layers are independent then: two round trips for all of them.
            for sender in directions { for index in rounds { ciphertexts(sender, index, .offline) } }
            for sender in directions {
                for index in rounds { exchanges(index) { $0.phase == .offline && $0.sender == sender } }
            }
            for index in rounds { exchanges(index) { $0.phase == .online } }
        }
        self.steps = steps
    }

    /// Rounds whose uploads arrived before an answer and are answered after it.
    func waiting(at answer: Step) -> [Int] {
        agreement.order == .offline ? Array(agreement.rounds.indices.dropFirst(answer.round + 1)) : []
    }

    /// The tensors of a message of ciphertexts.
    /// - Throws: the scheme's error for bad ciphertexts.
    func tensors(
        of step: Step, in body: ArraySlice<UInt8>, key: Scheme.PublicKey, threads: Int
    ) throws -> [Scheme.Encrypted] {
        let layout = layouts[step.round]
        var rest = body
        return try agreement.rounds[step.round].tensors(step.direction).map { role in
            let part = rest.prefix(layout.bytes(role))
            rest = rest.dropFirst(part.count)
            return try Scheme.deserialise(part, as: role, layout: layout, key: key, threads: threads)
        }
    }

    /// The next message of ciphertexts from a side, if its randomness can be made ahead.
    func prepared(_ direction: Message.Direction, from position: Int) -> Step? {
        let step = steps[position...].first { $0.direction == direction && $0.kind == .ciphertexts }
        return step.flatMap { $0.bytes <= Self.mostBytesPrepared ? $0 : nil }
    }

    /// The upload that opens a round.
    func firstStep(ofRound round: Int) -> Int {
        steps.firstIndex { $0.round == round && $0.kind == .ciphertexts } ?? steps.count
    }
}

extension Message {
    /// - Throws: `malformedMessage` for another message, or one of another length than agreed.
    package func body(of step: Step) throws -> ArraySlice<UInt8> {
        let body = try body(direction: step.direction, kind: step.kind, step: step.index)
        guard body.count == step.bytes else {
            throw PrivateDenoisingError.malformedMessage("\(body.count) bytes, \(step.bytes) expected")
        }
        return body
    }

    package init(_ step: Step, body: [UInt8]) {
        precondition(body.count == step.bytes, "a message of \(body.count) bytes where \(step.bytes) were agreed")
        self.init(direction: step.direction, kind: step.kind, step: step.index, body: body)
    }
}
