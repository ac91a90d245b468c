import Foundation
import NIOCore
import NIOSSL
import NIOTLS

/// Cuts a byte stream into frames and puts them into an inbox.
///
/// A frame is four bytes, big-endian, and a payload: the highest bit says that a message ends with it, the rest is the
/// payload's length, at most `largestPayload`, and that in all frames but a message's last. Another length ends the connection before
/// any memory is taken for it: no sequence of frames goes on without bytes of a message.
final class FrameHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static let largestPayload = 1 << 20
    static let headerBytes = 4
    /// Of reads from the system: more at a time where more waits.
    static let readSizes = AdaptiveRecvByteBufferAllocator(minimum: 1 << 10, initial: 1 << 16, maximum: 1 << 18)
    private static let last: UInt32 = 1 << 31

    private let inbox: Inbox
    private let onReady: @Sendable (any Channel) -> Void
    private let isEncrypted: Bool
    /// Of the next frame, as far as it has come.
    private var header: [UInt8] = []
    /// Bytes of the frame in work that are still to come, and whether a message ends with it.
    private var missing = 0
    private var endsMessage = false
    private var holdsRead = false
    private var isReady = false

    /// - Parameter onReady: Called once, when frames can be sent: after the handshake where there is one.
    init(inbox: Inbox, isEncrypted: Bool, onReady: @escaping @Sendable (any Channel) -> Void) {
        self.inbox = inbox
        self.isEncrypted = isEncrypted
        self.onReady = onReady
    }

    static func header(payload: Int, isLast: Bool) -> UInt32 { UInt32(payload) | (isLast ? last : 0) }

    func channelActive(context: ChannelHandlerContext) {
        if !isEncrypted { becomeReady(context) }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { becomeReady(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func becomeReady(_ context: ChannelHandlerContext) {
        guard !isReady else { return }
        isReady = true
        onReady(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        while bytes.readableBytes > 0 {
            if missing == 0 {
                guard let frame = nextFrame(&bytes) else { return }
                guard frame.payload == Self.largestPayload || frame.isLast && frame.payload < Self.largestPayload else {
                    inbox.finish(.malformedFrame(complaint(of: frame.payload)))
                    return context.close(promise: nil)
                }
                (missing, endsMessage) = (frame.payload, frame.isLast)
                if missing == 0 { inbox.append(Inbox.Piece(payload: ByteBuffer(), isLast: true)) }
            }
            guard let piece = bytes.readSlice(length: min(missing, bytes.readableBytes)), piece.readableBytes > 0 else {
                continue
            }
            missing -= piece.readableBytes
            let payload = Self.isolated(piece, context.channel.allocator)
            inbox.append(Inbox.Piece(payload: payload, isLast: missing == 0 && endsMessage))
        }
    }

    /// A piece as it arrived, where that is most of its buffer; a copy where it would keep a large buffer for a few bytes.
    private static func isolated(_ piece: ByteBuffer, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        guard 2 * piece.readableBytes < piece.storageCapacity else { return piece }
        var copy = allocator.buffer(capacity: piece.readableBytes)
        copy.writeImmutableBuffer(piece)
        return copy
    }

    private func complaint(of length: Int) -> String {
        // The beginning of a TLS record, an alert or a handshake.
        if [0x1503, 0x1603].contains(length >> 16) && !isEncrypted { return "the other side speaks TLS" }
        let expected = length < Self.largestPayload ? "in all frames but a message's last" : "at most"
        return "a frame of \(length) bytes, \(expected) \(Self.largestPayload) expected"
    }

    /// The frame that begins here; nil while its header is not whole.
    private func nextFrame(_ bytes: inout ByteBuffer) -> (payload: Int, isLast: Bool)? {
        while header.count < Self.headerBytes, let byte = bytes.readInteger(as: UInt8.self) { header.append(byte) }
        guard header.count == Self.headerBytes else { return nil }
        let word = header.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        header.removeAll(keepingCapacity: true)
        return (Int(word & ~Self.last), word & Self.last != 0)
    }

    /// The channel asks for the next read here: it waits while the inbox is full.
    func read(context: ChannelHandlerContext) {
        guard !holdsRead else { return }
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        let hasRoom = inbox.hasRoom {
            loop.execute {
                let (handler, context) = bound.value
                handler.holdsRead = false
                context.read()
            }
        }
        if hasRoom { context.read() } else { holdsRead = true }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let isCut = missing > 0 || !header.isEmpty
        inbox.finish(.closed(reason: isCut ? "in the middle of a frame" : "closed by the other side"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.finish(Self.reason(error, isReady: isReady))
        context.close(promise: nil)
    }

    private static func reason(_ error: any Error, isReady: Bool) -> TransportError {
        switch error {
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            .handshakeFailed(
                reason: "the server's certificate does not name the host or address that was asked for (subjectAltName)"
            )
        case let error as NIOSSLExtraError: .handshakeFailed(reason: error.description)
        case NIOSSLError.uncleanShutdown: .closed(reason: "cut off")
        case let error as IOError: .closed(reason: String(cString: strerror(error.errnoCode)))
        default: isReady ? lateReason("\(error)") : .handshakeFailed(reason: tlsReason("\(error)"))
        }
    }

    /// In TLS 1.3 a client's handshake is done before the server has looked at its certificate.
    private static func lateReason(_ text: String) -> TransportError {
        let isRefusal = ["CERTIFICATE", "UNKNOWN_CA"].contains { text.contains($0) }
        return isRefusal ? .handshakeFailed(reason: tlsReason(text)) : .closed(reason: tlsReason(text))
    }

    /// What BoringSSL's error strings mean for someone who keeps certificates.
    private static func tlsReason(_ text: String) -> String {
        let meanings = [
            ("CERTIFICATE_EXPIRED", "a certificate has expired"),
            (
                "CERTIFICATE_VERIFY_FAILED",
                "the other side's certificate is not signed by the given authority, or expired"
            ),
            ("UNKNOWN_CA", "the other side does not know the authority that signed our certificate"),
            ("CERTIFICATE_REQUIRED", "the other side asks for a certificate"),
            ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "the other side showed no certificate"),
            ("WRONG_VERSION_NUMBER", "the other side does not speak TLS"),
            ("HTTP_REQUEST", "the other side does not speak TLS"),
            ("UNSUPPORTED_PROTOCOL", "the other side speaks no TLS 1.3"),
            ("PROTOCOL_VERSION", "the other side speaks no TLS 1.3"),
            ("ALERT_BAD_CERTIFICATE", "the other side refused our certificate"),
            ("ALERT_CERTIFICATE", "the other side refused our certificate"),
        ]
        return meanings.first { text.contains($0.0) }?.1 ?? text
    }
}
