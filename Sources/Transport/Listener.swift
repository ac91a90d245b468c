import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Accepts connections, each served on a thread of its own.
package final class Listener: Sendable {
    /// Seconds for a handshake.
    static let handshakeSeconds: Int64 = 10

    /// With the port the system chose where 0 was asked for.
    package let endpoint: Endpoint
    private let channel: any Channel
    private let guests: Guests

    /// Listens, and serves until `drain`.
    ///
    /// - Parameters:
    ///   - maximumConnections: beyond so many a new one is closed before its handshake.
    ///   - serve: called on a new thread for each connection; the connection is closed when it returns.
    ///   - refused: called with one line for a connection whose handshake failed.
    /// - Throws: `cannotListen`, `plainTextBeyondLoopback`.
    package init(
        _ endpoint: Endpoint, security: Security, patience: Patience, maximumConnections: Int,
        refused: @escaping @Sendable (String) -> Void = { _ in },
        serve: @escaping @Sendable (Connection) -> Void
    ) throws(TransportError) {
        try security.check(endpoint)
        let guests = Guests(maximum: maximumConnections, serve: serve)
        let bootstrap = ServerBootstrap(group: Threads.shared)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: FrameHandler.readSizes)
            .childChannelInitializer { channel in
                guard guests.enter() else { return channel.close() }
                channel.closeFuture.whenComplete { _ in guests.leave() }
                return channel.eventLoop.makeCompletedFuture {
                    try Self.prepare(channel, security, patience, guests, refused)
                }
            }
        do {
            channel = try bootstrap.bind(host: endpoint.host, port: endpoint.port).wait()
        } catch {
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw .cannotListen(endpoint: "\(endpoint)", reason: reason)
        }
        self.endpoint = Endpoint(host: endpoint.host, port: channel.localAddress?.port ?? endpoint.port)
        self.guests = guests
    }

    private static func prepare(
        _ channel: any Channel, _ security: Security, _ patience: Patience, _ guests: Guests,
        _ refused: @escaping @Sendable (String) -> Void
    ) throws {
        let inbox = Inbox()
        let isReady = NIOLoopBoundBox(false, eventLoop: channel.eventLoop)
        let pipeline = channel.pipeline.syncOperations
        if let context = security.context {
            try pipeline.addHandler(NIOSSLServerHandler(context: context))
        }
        try pipeline.addHandler(
            FrameHandler(inbox: inbox, isEncrypted: security.context != nil) { channel in
                isReady.value = true
                guests.serve(Connection(channel: channel, inbox: inbox, patience: patience))
            })
        let timer = channel.eventLoop.scheduleTask(in: .seconds(handshakeSeconds)) {
            guard !isReady.value else { return }
            inbox.finish(.timedOut(waitingFor: "a TLS handshake", seconds: Double(handshakeSeconds)))
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in
            timer.cancel()
            guard !isReady.value, let end = inbox.ending else { return }
            refused("\(end.asHandshake)")
        }
    }

    /// Connections that are being served.
    package var served: Int { guests.served }

    /// Accepts nobody any more and waits for those who are being served; closes what is left after `seconds`.
    /// - Returns: How many had to be closed.
    package func drain(seconds: Double) -> Int {
        try? channel.close().wait()
        return guests.drain(seconds: seconds)
    }
}

/// Who is connected: counted from the first packet, served from the end of the handshake.
private final class Guests: Sendable {
    private struct State {
        var entered = 0
        var served: [ObjectIdentifier: Connection] = [:]
    }

    private let maximum: Int
    private let body: @Sendable (Connection) -> Void
    private let state = Mutex(State())

    init(maximum: Int, serve: @escaping @Sendable (Connection) -> Void) {
        self.maximum = maximum
        body = serve
    }

    var served: Int { state.withLock { $0.served.count } }

    func enter() -> Bool {
        state.withLock {
            guard $0.entered < maximum else { return false }
            $0.entered += 1
            return true
        }
    }

    func leave() { state.withLock { $0.entered -= 1 } }

    func serve(_ connection: Connection) {
        state.withLock { $0.served[ObjectIdentifier(connection)] = connection }
        let thread = Thread { [self] in
            body(connection)
            connection.close()
            state.withLock { $0.served[ObjectIdentifier(connection)] = nil }
        }
        // Convolutions keep their plans on the heap; the default of 512 KiB is small for the C kernels' tables.
        thread.stackSize = 8 << 20
        thread.start()
    }

    func drain(seconds: Double) -> Int {
        let deadline = DispatchTime.now() + seconds
        while served > 0, DispatchTime.now() < deadline { usleep(20_000) }
        let left = state.withLock { Array($0.served.values) }
        for connection in left { connection.close(now: true) }
        return left.count
    }
}
