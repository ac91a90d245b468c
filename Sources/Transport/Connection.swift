import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Whole messages over one TCP connection, with or without TLS.
///
/// Calls block the thread that makes them, which suits parties that compute for seconds between two messages; one thread may
/// send while another receives. A message travels in frames of at most 1 MiB. At most `framesInFlight` of them are with the
/// system before `send` waits: a slow receiver slows the sender down, it does not fill the sender's memory.
package final class Connection: Sendable {
    static let framesInFlight = 4
    private static let roomAtOnce = 64 << 20

    /// The other side's address, for logs.
    package let peer: String
    private let channel: any Channel
    private let inbox: Inbox
    private let patience: Patience
    // Starts at 0 and is filled: libdispatch wants no semaphore destroyed below its first value.
    private let permits = DispatchSemaphore(value: 0)
    private let counts = Mutex((sent: 0, received: 0))

    init(channel: any Channel, inbox: Inbox, patience: Patience) {
        self.channel = channel
        self.inbox = inbox
        self.patience = patience
        peer =
            channel.remoteAddress.map { "\(Endpoint(host: $0.ipAddress ?? "local", port: $0.port ?? 0))" } ?? "unknown"
        for _ in 0..<Self.framesInFlight { permits.signal() }
    }

    /// Bytes of messages so far, without headers of frames and TLS.
    package var traffic: (sent: Int, received: Int) { counts.withLock { $0 } }

    /// Whether nothing of the next message has come, and the connection is not known to have ended.
    package var isIdle: Bool { inbox.isIdle }

    /// Sends one message.
    ///
    /// Returns when its last frame is with the system, not when it has arrived.
    /// - Throws: `timedOut` if the other side takes it more slowly than `Patience` allows, `closed`, `malformedFrame`.
    package func send(_ message: [UInt8]) throws(TransportError) {
        let start = DispatchTime.now()
        var sent = 0
        repeat {
            let end = min(sent + FrameHandler.largestPayload, message.count)
            try waitForPermit(start + patience.limit(bytes: sent))
            write(message[sent..<end], isLast: end == message.count)
            sent = end
        } while sent < message.count
        counts.withLock { $0.sent += message.count }
    }

    private func waitForPermit(_ deadline: DispatchTime) throws(TransportError) {
        guard permits.wait(timeout: deadline) == .success else {
            close(now: true)
            throw .timedOut(waitingFor: "sending a message", seconds: patience.grace)
        }
        guard !channel.isActive else { return }
        permits.signal()
        throw inbox.ending ?? .closed(reason: "closed by the other side")
    }

    private func write(_ payload: ArraySlice<UInt8>, isLast: Bool) {
        var buffer = channel.allocator.buffer(capacity: FrameHandler.headerBytes + payload.count)
        buffer.writeInteger(FrameHandler.header(payload: payload.count, isLast: isLast))
        buffer.writeBytes(payload)
        channel.writeAndFlush(buffer).whenComplete { [permits] _ in permits.signal() }
    }

    /// Waits for the next message.
    /// - Parameters:
    ///   - limit: the longest message that is due here; nothing beyond it is ever kept in memory.
    ///   - seconds: until its first byte, where that is less than the connection's patience: nothing has to be computed for it.
    /// - Throws: `messageTooLong`, `timedOut`, `closed`, `malformedFrame`; the connection is closed after the first two.
    package func receive(limit: Int, within seconds: Double = .infinity) throws(TransportError) -> [UInt8] {
        var message: [UInt8] = []
        let first = min(seconds, patience.first)
        var deadline = DispatchTime.now() + first
        var start: DispatchTime?
        while true {
            guard let piece = try inbox.next(before: deadline) else {
                close(now: true)
                throw start == nil
                    ? .timedOut(waitingFor: "the other side's next message", seconds: first)
                    : .timedOut(waitingFor: "receiving a message", seconds: patience.limit(bytes: message.count))
            }
            guard message.count + piece.payload.readableBytes <= limit else {
                close(now: true)
                throw .messageTooLong(limit: limit)
            }
            // Room for all of an agreed length at once, up to 64 MiB; what is not written yet takes no memory.
            if message.isEmpty, !piece.isLast { message.reserveCapacity(min(limit, Self.roomAtOnce)) }
            message.append(contentsOf: piece.payload.readableBytesView)
            if piece.isLast { break }
            let begin = start ?? DispatchTime.now()
            start = begin
            deadline = begin + patience.limit(bytes: message.count)
        }
        counts.withLock { $0.received += message.count }
        return message
    }

    /// Closes once what was sent is with the system; at once with `now`.
    package func close(now: Bool = false) {
        if !now {
            let deadline = DispatchTime.now() + patience.grace
            var taken = 0
            while taken < Self.framesInFlight, permits.wait(timeout: deadline) == .success { taken += 1 }
            for _ in 0..<taken { permits.signal() }
        }
        try? channel.close().wait()
    }

    /// Connects to a listener.
    /// - Throws: `cannotConnect`, `handshakeFailed`, `plainTextBeyondLoopback`.
    package static func to(
        _ endpoint: Endpoint, security: Security, patience: Patience, seconds: Int64 = 10
    ) throws(TransportError) -> Connection {
        try security.check(endpoint)
        let inbox = Inbox()
        let ready = DispatchSemaphore(value: 0)
        let bootstrap = ClientBootstrap(group: Threads.shared)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: FrameHandler.readSizes)
            .connectTimeout(.seconds(seconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context = security.context {
                        // An address is checked against the certificate's addresses, a name against its names.
                        let name = endpoint.isAddress ? nil : endpoint.host
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                    }
                    try pipeline.addHandler(
                        FrameHandler(inbox: inbox, isEncrypted: security.context != nil) { _ in ready.signal() })
                }
            }
        let channel: any Channel
        do {
            channel = try bootstrap.connect(host: endpoint.host, port: endpoint.port).wait()
        } catch {
            throw .cannotConnect(endpoint: "\(endpoint)", reason: reason(error))
        }
        // The handshake ends in a ready channel or in the reason why the inbox ended.
        let deadline = DispatchTime.now() + .seconds(Int(seconds))
        while ready.wait(timeout: .now() + .milliseconds(50)) != .success {
            if let end = inbox.ending { throw end.asHandshake }
            guard DispatchTime.now() < deadline else {
                try? channel.close().wait()
                throw .cannotConnect(
                    endpoint: "\(endpoint)", reason: "no answer to the TLS handshake within \(seconds) s")
            }
        }
        return Connection(channel: channel, inbox: inbox, patience: patience)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return reason(first.error) }
            return error.dnsAError.map { _ in "no such host" } ?? "no address"
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout(let time): return "no answer within \(time.nanoseconds / 1_000_000_000) s"
        default: return "\(error)"
        }
    }
}

extension TransportError {
    /// What ended a connection before its handshake was done.
    var asHandshake: TransportError {
        if case .closed(let reason) = self { return .handshakeFailed(reason: reason) }
        return self
    }
}

/// The event loops of the process: two, so that both ends of a connection within it need not share one.
enum Threads {
    static let shared = MultiThreadedEventLoopGroup(numberOfThreads: 2)
}
