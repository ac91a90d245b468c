import Foundation
import Synchronization
import TestSupport
import Testing
import Transport

/// Serves every connection with `body` for the length of a test.
private func withListener<Result>(
    _ security: Security = .insecure, patience: Patience = Patience(first: 5, grace: 2),
    refused: @escaping @Sendable (String) -> Void = { _ in },
    serve: @escaping @Sendable (Connection) -> Void, _ body: (Endpoint) throws -> Result
) throws -> Result {
    let listener = try Listener(
        Endpoint(host: "127.0.0.1", port: 0), security: security, patience: patience, maximumConnections: 32,
        refused: refused, serve: serve)
    defer { _ = listener.drain(seconds: 3) }
    return try body(listener.endpoint)
}

/// What a server's thread found, for the test's thread.
private final class Outcome: Sendable {
    private let found = Mutex<TransportError?>(nil)
    var value: TransportError? { found.withLock { $0 } }
    func set(_ error: TransportError?) { found.withLock { $0 = error } }
}

/// What receiving a message ends in; nil if it arrives.
private func failure(_ connection: Connection, limit: Int) -> TransportError? {
    do throws(TransportError) {
        _ = try connection.receive(limit: limit)
        return nil
    } catch {
        return error
    }
}

/// Sends every message back.
private let echo: @Sendable (Connection) -> Void = { connection in
    while let message = try? connection.receive(limit: 64 << 20) { try? connection.send(message) }
}

private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

/// A plain TCP socket, for peers that do not keep to the protocol.
private final class RawSocket: Sendable {
    let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) { _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// Waits until the other side closes. - Returns: false after `seconds`.
    func isClosed(within seconds: Int) -> Bool {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 { return true }
            if count < 0 { return errno == ECONNRESET }
        }
    }
}

@Suite struct EndpointTests {
    @Test(arguments: [
        ("127.0.0.1:7300", "127.0.0.1", 7300), ("[::1]:0", "::1", 0), ("node-3.cluster:65535", "node-3.cluster", 65535),
    ])
    func readsHostAndPort(text: String, host: String, port: Int) throws {
        let endpoint = try Endpoint(text)
        #expect(endpoint.host == host && endpoint.port == port && "\(endpoint)" == text)
    }

    @Test(arguments: ["", "host", "host:", ":1", "host:65536", "host:-1", "::1:80", "a b:1", "http://x:1", "[]:1"])
    func refusesWhatIsNoAddress(text: String) {
        #expect(throws: TransportError.badEndpoint(text)) { try Endpoint(text) }
    }

    /// A name is no address, however it looks.
    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("0:0:0:0:0:0:0:1", true), ("localhost", true),
        ("127.ct.example.com", false), ("127.0.0.example", false), ("128.0.0.1", false), ("::2", false),
        ("localhost.example", false),
    ])
    func onlyTheLoopbackIsLoopback(host: String, isLoopback: Bool) {
        #expect(Endpoint(host: host, port: 1).isLoopback == isLoopback)
    }

    @Test func plainTextStaysOnTheLoopback() {
        #expect(throws: TransportError.plainTextBeyondLoopback(host: "0.0.0.0")) {
            try Listener(
                Endpoint(host: "0.0.0.0", port: 0), security: .insecure, patience: Patience(first: 1),
                maximumConnections: 1, serve: echo)
        }
        #expect(throws: TransportError.plainTextBeyondLoopback(host: "10.0.0.1")) {
            try Connection.to(Endpoint(host: "10.0.0.1", port: 1), security: .insecure, patience: Patience(first: 1))
        }
    }
}

@Suite struct ConnectionTests {
    /// Around the size of a frame, and more than the inbox and the system's buffers hold together.
    @Test(arguments: [0, 1, 4095, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 24 << 20])
    func messagesArriveWhole(size: Int) throws {
        try withListener(serve: echo) { endpoint in
            let connection = try Connection.to(endpoint, security: .insecure, patience: Patience(first: 5))
            let message = pattern(size)
            for _ in 0..<2 {
                try connection.send(message)
                #expect(try connection.receive(limit: size) == message)
            }
            #expect(connection.traffic == (2 * size, 2 * size))
            connection.close()
        }
    }

    @Test func aMessageBeyondItsLimitIsRefused() throws {
        let outcome = Outcome()
        let done = DispatchSemaphore(value: 0)
        try withListener(serve: { connection in
            outcome.set(failure(connection, limit: 99))
            done.signal()
        }) { endpoint in
            let connection = try Connection.to(endpoint, security: .insecure, patience: Patience(first: 5))
            try connection.send(pattern(100))
            #expect(throws: TransportError.self) { try connection.receive(limit: 1) }
            #expect(done.wait(timeout: .now() + 5) == .success)
        }
        #expect(outcome.value == .messageTooLong(limit: 99))
    }

    /// A length of 2 GiB in a frame's header ends the connection before memory is taken; so does one byte too many, and in frames
    /// that are not a message's last one too few: a flood of empty ones would never come to the message's limit.
    @Test(
        arguments: [
            [0x7f, 0xff, 0xff, 0xff], [0x80, 0x10, 0, 1], [0, 0, 0, 0], [0, 0, 0, 1, 7], [0, 0x0f, 0xff, 0xff],
            Array("GET / HTTP/1.1\r\n\r\n".utf8),
        ] as [[UInt8]])
    func aFrameOfAnotherLengthEndsTheConnection(bytes: [UInt8]) throws {
        let outcome = Outcome()
        try withListener(serve: { connection in
            outcome.set(failure(connection, limit: 1 << 40))
        }) { endpoint in
            let socket = try RawSocket(port: endpoint.port)
            socket.write(bytes)
            #expect(socket.isClosed(within: 5))
        }
        let found = try #require(outcome.value)
        if case .malformedFrame = found { return }
        Issue.record("\(found)")
    }

    /// A sender of a frame byte by byte, one that stops after a message's first frame, and one that says nothing at all.
    @Test(arguments: [(UInt32(1 << 20), 0), (1 << 20, 1 << 20), (0, 0)])
    func slowSendersAreLeft(frame: UInt32, atOnce: Int) throws {
        let outcome = Outcome()
        try withListener(
            patience: Patience(first: 0.4, grace: 0.4, bytesPerSecond: 0x1p20),
            serve: { connection in
                outcome.set(failure(connection, limit: 1 << 20))
            }
        ) { endpoint in
            let socket = try RawSocket(port: endpoint.port)
            let writer = Thread {
                guard frame > 0 else { return }
                socket.write((0..<4).map { UInt8(truncatingIfNeeded: frame >> UInt32(24 - 8 * $0)) })
                socket.write(pattern(atOnce))
                for _ in 0..<20 where atOnce == 0 {
                    socket.write([7])
                    usleep(100_000)
                }
            }
            writer.start()
            #expect(socket.isClosed(within: 5))
        }
        let found = try #require(outcome.value)
        if case .timedOut = found { return }
        Issue.record("\(found)")
    }

    /// Where nothing has to be computed for a message it may be asked for sooner than the connection's patience ends.
    @Test func aMessageCanBeDueSoon() throws {
        try withListener(serve: { _ = failure($0, limit: 1) }) { endpoint in
            let connection = try Connection.to(endpoint, security: .insecure, patience: Patience(first: 60))
            #expect(throws: TransportError.timedOut(waitingFor: "the other side's next message", seconds: 0.2)) {
                try connection.receive(limit: 1, within: 0.2)
            }
        }
    }

    /// A receiver that takes nothing: the sender stops after a bounded amount and gives up in time.
    @Test func slowReceiversAreLeft() throws {
        let held = DispatchSemaphore(value: 0)
        try withListener(serve: { _ in _ = held.wait(timeout: .now() + 10) }) { endpoint in
            let connection = try Connection.to(
                endpoint, security: .insecure, patience: Patience(first: 1, grace: 0.5, bytesPerSecond: 0x1p30))
            #expect(throws: TransportError.self) {
                for _ in 0..<64 { try connection.send(pattern(1 << 20)) }
            }
            held.signal()
        }
    }

    /// What was poured into a connection that nobody reads to its end is freed with it: in a process of its own, whose memory stays
    /// what it was. Each connection holds 4 MiB and more when it ends.
    @Test func unreadBytesAreFreed() async {
        await #expect(processExitsWith: .success) {
            // Sockets of tests beside this one came along, and would be open to their other ends for as long as this takes.
            for descriptor: Int32 in 3..<1024 {
                var status = stat()
                if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { close(descriptor) }
            }
            func residentBytes() throws -> Int {
                let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
                return (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
            }
            let listener = try Listener(
                Endpoint(host: "127.0.0.1", port: 0), security: .insecure, patience: Patience(first: 5, grace: 5),
                maximumConnections: 32
            ) { connection in
                usleep(300_000)
                _ = failure(connection, limit: 1)
            }
            let message = pattern(16 << 20)
            var resident: [Int] = []
            for _ in 0..<5 {
                DispatchQueue.concurrentPerform(iterations: 8) { _ in
                    let connection = try? Connection.to(
                        listener.endpoint, security: .insecure, patience: Patience(first: 5, grace: 5))
                    try? connection?.send(message)
                    connection?.close(now: true)
                }
                while listener.served > 0 { usleep(10_000) }
                resident.append(try residentBytes())
            }
            // 128 MiB would be left of four rounds.
            precondition(resident[4] - resident[0] < 64 << 20, "\(resident)")
        }
    }

    @Test func aConnectionThatBreaksSaysSo() throws {
        try withListener(serve: { connection in _ = try? connection.receive(limit: 10) }) { endpoint in
            let connection = try Connection.to(endpoint, security: .insecure, patience: Patience(first: 5))
            try connection.send([1])
            #expect(throws: TransportError.closed(reason: "closed by the other side")) {
                try connection.receive(limit: 10)
            }
            #expect(throws: TransportError.self) { for _ in 0..<8 { try connection.send([1]) } }
        }
    }

    @Test func nobodyListens() throws {
        let listener = try Listener(
            Endpoint(host: "127.0.0.1", port: 0), security: .insecure, patience: Patience(first: 1),
            maximumConnections: 1, serve: echo)
        #expect(listener.drain(seconds: 1) == 0)
        let endpoint = listener.endpoint
        #expect(throws: TransportError.cannotConnect(endpoint: "\(endpoint)", reason: "Connection refused")) {
            try Connection.to(endpoint, security: .insecure, patience: Patience(first: 1))
        }
    }

    /// Written as an address that can be given again; over IPv6 where the machine has it.
    @Test(arguments: ["127.0.0.1", "::1"]) func peersAreNamedByTheirAddress(host: String) throws {
        let found = try? Listener(
            Endpoint(host: host, port: 0), security: .insecure, patience: Patience(first: 1), maximumConnections: 1,
            serve: echo)
        guard let listener = found else { return #expect(host == "::1") }
        defer { _ = listener.drain(seconds: 1) }
        let connection = try Connection.to(listener.endpoint, security: .insecure, patience: Patience(first: 1))
        #expect(try Endpoint(connection.peer) == listener.endpoint)
        connection.close()
    }

    @Test func sixteenConnectionsAtOnce() throws {
        try withListener(serve: echo) { endpoint in
            let failures = Mutex(0)
            DispatchQueue.concurrentPerform(iterations: 16) { index in
                do {
                    let connection = try Connection.to(endpoint, security: .insecure, patience: Patience(first: 10))
                    let message = pattern(300_000 + index)
                    for _ in 0..<4 {
                        try connection.send(message)
                        if try connection.receive(limit: message.count) != message { failures.withLock { $0 += 1 } }
                    }
                    connection.close()
                } catch {
                    failures.withLock { $0 += 1 }
                }
            }
            #expect(failures.withLock { $0 } == 0)
        }
    }
}

@Suite struct MutualTLSTests {
    private static let certificates = try? TestCertificates()

    @discardableResult
    private func withServer<Result>(
        _ certificates: TestCertificates, certificate: String = "server", _ body: (Endpoint) throws -> Result
    ) throws -> Result {
        try withListener(try certificates.credentials(.server, certificate), serve: echo, body)
    }

    /// What the first answer says; in TLS 1.3 a client learns only then that the server refused its certificate.
    private func answer(
        _ endpoint: Endpoint, _ client: Security, host: String = "127.0.0.1"
    ) throws -> [UInt8] {
        let connection = try Connection.to(
            Endpoint(host: host, port: endpoint.port), security: client, patience: Patience(first: 5))
        defer { connection.close() }
        try connection.send([1, 2, 3])
        return try connection.receive(limit: 3)
    }

    @Test(.enabled(if: certificates != nil, "openssl is not installed"), arguments: ["127.0.0.1", "localhost"])
    func bothSidesProveThemselves(host: String) throws {
        let certificates = try #require(Self.certificates)
        let client = try certificates.credentials(.client, "client")
        #expect(try withServer(certificates) { try answer($0, client, host: host) } == [1, 2, 3])
    }

    @Test(
        .enabled(if: certificates != nil, "openssl is not installed"),
        arguments: [
            ("server", "stranger", "ca"), ("server", "expired", "ca"), ("server", "client", "other-ca"),
            ("expired", "client", "ca"),
        ])
    func wrongCertificatesAreRefused(server: String, client: String, authority: String) throws {
        let certificates = try #require(Self.certificates)
        let security = try certificates.credentials(.client, client, authority: authority)
        try withServer(certificates, certificate: server) { endpoint in
            let error = #expect(throws: TransportError.self) { try answer(endpoint, security) }
            #expect("\(error!)".contains("certificate"), "\(error!)")
        }
    }

    @Test(.enabled(if: certificates != nil, "openssl is not installed"))
    func plainTextToATLSServerIsRefused() throws {
        try withServer(try #require(Self.certificates)) { endpoint in
            #expect(throws: TransportError.self) { try answer(endpoint, .insecure) }
        }
    }

    /// Bytes changed on the way end the connection: nothing of them is ever taken for a message.
    @Test(.enabled(if: certificates != nil, "openssl is not installed"), arguments: [true, false])
    func changedBytesAreNoticed(isUp: Bool) throws {
        let certificates = try #require(Self.certificates)
        let client = try certificates.credentials(.client, "client")
        try withServer(certificates) { endpoint in
            let relay = try #require(Relay(to: endpoint.port) { _ in Relay.Fault(.garble, isUp: isUp, after: 20_000) })
            defer { relay.end() }
            let connection = try Connection.to(
                Endpoint(host: "127.0.0.1", port: relay.port), security: client, patience: Patience(first: 5))
            #expect(throws: TransportError.self) {
                for _ in 0..<4 {
                    try connection.send(pattern(300_000))
                    _ = try connection.receive(limit: 300_000)
                }
            }
        }
    }

    @Test(.enabled(if: certificates != nil, "openssl is not installed"))
    func filesThatAreNoCertificatesAreNamed() throws {
        let certificates = try #require(Self.certificates)
        let (good, key) = (certificates.path("client.pem"), certificates.path("client.key"))
        for (certificate, key, authority, named) in [
            ("/nowhere.pem", key, good, "/nowhere.pem"), (key, key, good, key), (good, good, good, good),
            (good, certificates.path("server.key"), good, certificates.path("server.key")),
        ] {
            let error = #expect(throws: TransportError.self) {
                try Credentials(role: .client, certificate: certificate, key: key, authority: authority)
            }
            #expect("\(error!)".hasPrefix(named), "\(error!)")
        }
    }
}

extension TestCertificates {
    fileprivate func credentials(_ role: Credentials.Role, _ name: String, authority: String = "ca") throws -> Security
    {
        .mutualTLS(
            try Credentials(
                role: role, certificate: path("\(name).pem"), key: path("\(name).key"),
                authority: path("\(authority).pem")))
    }
}
