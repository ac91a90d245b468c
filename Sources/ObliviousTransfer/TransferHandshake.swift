import Crypto
import Foundation

/// Both ends that one side of a session holds. An object, so that it can be passed on but never doubled; one thread at a time uses it.
package final class TransferEnds: @unchecked Sendable {
    package var receiver: TransferReceiver
    package var sender: TransferSender

    init(receiver: consuming TransferReceiver, sender: consuming TransferSender) {
        self.receiver = receiver
        self.sender = sender
    }
}

/// Three messages - client, server, client - that make the seeds of both directions. Everything is drawn anew for every session.
///
/// 1. client: nonce (32 bytes); its offers as receiver of the base transfers of the direction in which it sends.
/// 2. server: nonce; its point and masked sums for that direction; its offers for the other.
/// 3. client: its point and masked sums for the other direction.
///
/// - Note: computational security, 128 bits, against parties that follow the protocol; not post-quantum (P-256).
package enum TransferHandshake {
    static let nonceBytes = 32
    private static let offersBytes = SeedTrees.baseTransfers * BaseTransfer.offerBytes

    private static func answerBytes(_ field: TransferField) -> Int {
        BaseTransfer.pointBytes + SeedTrees.sumBytes(field)
    }

    /// Bytes of the three messages.
    package static func messageBytes(_ field: TransferField) -> [Int] {
        [nonceBytes + offersBytes, nonceBytes + answerBytes(field) + offersBytes, answerBytes(field)]
    }

    fileprivate static func freshNonce() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<nonceBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    fileprivate static func sessionName(_ client: ArraySlice<UInt8>, _ server: ArraySlice<UInt8>) -> [UInt8] {
        Array(SHA256.hash(data: Array("ldct transfer session".utf8) + client + server))
    }

    /// Names a direction of a session in the keys of the pads' hashes.
    fileprivate static func padNonce(_ context: BaseTransfer.Context) -> UInt64 {
        SHA256.hash(data: Array("ldct pads".utf8) + context.session + [context.direction.rawValue]).prefix(8)
            .reduce(0) { $0 << 8 | UInt64($1) }
    }

    fileprivate static func check(_ message: ArraySlice<UInt8>, _ step: Int, _ field: TransferField)
        throws(ObliviousTransferError)
    {
        let expected = messageBytes(field)[step]
        guard message.count == expected else {
            throw .malformedMessage("\(message.count) bytes in message \(step + 1) of a session, \(expected) expected")
        }
    }

    /// The client, before the server's answer.
    package struct Client: ~Copyable, Sendable {
        private let field: TransferField
        private let kernel: TransferKernel
        private let own: [UInt8]
        private let receiving: Receiving
        /// The first message.
        package let message: [UInt8]

        package init(_ field: TransferField, kernel: TransferKernel) {
            self.field = field
            self.kernel = kernel
            own = freshNonce()
            receiving = Receiving(field, direction: .clientSends)
            message = own + receiving.offers
        }

        /// Reads the second message. - Returns: the client's two ends; `reply` is the third message.
        package consuming func finish(
            _ answer: ArraySlice<UInt8>, reply: inout [UInt8]
        ) throws(ObliviousTransferError) -> TransferEnds {
            try check(answer, 1, field)
            let borders = [nonceBytes, nonceBytes + answerBytes(field)].map { answer.startIndex + $0 }
            let session = sessionName(own[...], answer[..<borders[0]])
            let sender = try receiving.finish(answer[borders[0]..<borders[1]], session: session, kernel: kernel)
            let receiver = try wholeTrees(
                field, offers: answer[borders[1]...],
                context: BaseTransfer.Context(session: session, direction: .serverSends), kernel: kernel,
                message: &reply)
            return TransferEnds(receiver: receiver, sender: sender)
        }
    }

    /// The server, before the client's last message.
    package struct Server: ~Copyable, Sendable {
        private let field: TransferField
        private let kernel: TransferKernel
        private let session: [UInt8]
        private let receiving: Receiving
        private let receiver: TransferReceiver
        /// The second message.
        package let message: [UInt8]

        package init(
            _ field: TransferField, start: ArraySlice<UInt8>, kernel: TransferKernel
        ) throws(ObliviousTransferError) {
            try check(start, 0, field)
            let own = freshNonce()
            let border = start.startIndex + nonceBytes
            let session = sessionName(start[..<border], own[...])
            var message = own
            receiver = try wholeTrees(
                field, offers: start[border...],
                context: BaseTransfer.Context(session: session, direction: .clientSends),
                kernel: kernel, message: &message)
            receiving = Receiving(field, direction: .serverSends)
            self.message = message + receiving.offers
            self.session = session
            self.field = field
            self.kernel = kernel
        }

        /// Reads the third message. - Returns: the server's two ends.
        package consuming func finish(_ last: ArraySlice<UInt8>) throws(ObliviousTransferError) -> TransferEnds {
            try check(last, 2, field)
            let sender = try receiving.finish(last, session: session, kernel: kernel)
            return TransferEnds(receiver: receiver, sender: sender)
        }
    }

    /// The holder of whole trees: reads offers, appends its point and the masked sums.
    fileprivate static func wholeTrees(
        _ field: TransferField, offers: ArraySlice<UInt8>, context: BaseTransfer.Context, kernel: TransferKernel,
        message: inout [UInt8]
    ) throws(ObliviousTransferError) -> TransferReceiver {
        let base = BaseSender()
        let keys = try base.keys(offers: offers, context: context)
        message += base.message
        let seeds = SeedTrees.whole(field, baseKeys: keys, kernel: kernel, message: &message)
        return TransferReceiver(field, keys: seeds, nonce: padNonce(context), kernel: kernel)
    }

    /// The future sender of a direction, which receives in the base transfers.
    struct Receiving: ~Copyable, Sendable {
        private let field: TransferField
        private let direction: TransferDirection
        private let delta: SecretMemory
        private let base: OneTime<BaseReceiver>
        let offers: [UInt8]

        init(_ field: TransferField, direction: TransferDirection) {
            self.field = field
            self.direction = direction
            delta = SecretMemory(bytes: ChoiceCode.coordinates)
            delta.fillFromSystem()
            let base = BaseReceiver(
                choices: SeedTrees.baseChoices(field, delta: delta), count: SeedTrees.baseTransfers)
            offers = base.message
            self.base = OneTime(base)
        }

        consuming func finish(
            _ answer: ArraySlice<UInt8>, session: [UInt8], kernel: TransferKernel
        ) throws(ObliviousTransferError) -> TransferSender {
            let context = BaseTransfer.Context(session: session, direction: direction)
            let border = answer.startIndex + BaseTransfer.pointBytes
            let keys = try base.take().keys(sender: answer[..<border], context: context)
            let seeds = SeedTrees.punctured(
                field, delta: delta, baseKeys: keys, kernel: kernel, message: answer[border...])
            return TransferSender(field, keys: seeds, delta: delta, nonce: padNonce(context), kernel: kernel)
        }
    }
}
