import Foundation
import Synchronization

/// A TCP relay on the loopback interface that keeps what passes, and does what bad networks and bad peers do.
package final class Relay: Sendable {
    /// What becomes of a connection, once so many bytes have passed in one direction.
    package struct Fault: Sendable, CustomStringConvertible {
        package enum Kind: String, Sendable, CaseIterable {
            case cut, reset
            /// Nothing passes any more, and nobody is told.
            case stall
            /// Bytes are changed.
            case garble
        }

        package let kind: Kind
        package let isUp: Bool
        package let after: Int

        package init(_ kind: Kind, isUp: Bool, after: Int) {
            (self.kind, self.isUp, self.after) = (kind, isUp, after)
        }

        package var description: String { "\(kind.rawValue) after \(after) bytes \(isUp ? "up" : "down")" }
    }

    /// Two sockets, closed once both directions are done with them.
    private final class Pair: Sendable {
        let client, server: Int32
        private let users = Atomic(2)
        private let isEnded = Atomic(false)

        init(_ client: Int32, _ server: Int32) { (self.client, self.server) = (client, server) }

        /// Wakes whoever waits for either; with `abruptly` the peers see a reset, when both sockets are closed.
        func end(abruptly: Bool = false) {
            guard !isEnded.exchange(true, ordering: .acquiringAndReleasing) else { return }
            for descriptor in [client, server] {
                if abruptly {
                    var option = linger(l_onoff: 1, l_linger: 0)
                    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                }
                shutdown(descriptor, abruptly ? Int32(SHUT_RD) : Int32(SHUT_RDWR))
            }
        }

        func leave() {
            guard users.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
            close(client)
            close(server)
        }
    }

    private struct State {
        var up: [UInt8] = []
        var down: [UInt8] = []
        var pairs: [Pair] = []
        var isOpen = true
    }

    package let port: Int
    private let listener: Int32
    private let state = Mutex(State())

    /// - Parameters:
    ///   - port: of the server.
    ///   - bytesPerSecond: what passes in each direction; nil is as much as can.
    ///   - fault: of each connection, from 0.
    package init?(
        to target: Int, bytesPerSecond: Int? = nil,
        fault: @escaping @Sendable (_ connection: Int) -> Fault? = { _ in nil }
    ) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = Self.withAddress(&address) { pointer in
            bind(listener, pointer, length) == 0 && listen(listener, 64) == 0
                && getsockname(listener, pointer, &length) == 0
        }
        guard isBound else { return nil }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        let thread = Thread { [self] in
            var number = 0
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                forward(client, to: target, bytesPerSecond: bytesPerSecond, fault: fault(number))
                number += 1
            }
        }
        thread.start()
    }

    /// What has passed, of all connections.
    package var passed: (up: [UInt8], down: [UInt8]) { state.withLock { ($0.up, $0.down) } }

    package func end() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        let pairs = state.withLock { state in
            state.isOpen = false
            return state.pairs
        }
        for pair in pairs { pair.end() }
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    private static func withAddress<Result>(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
        }
    }

    private func forward(_ client: Int32, to target: Int, bytesPerSecond: Int?, fault: Fault?) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(target)
        let status = Self.withAddress(&address) { connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        let pair = Pair(client, server)
        guard status == 0 else {
            pair.leave()
            return pair.leave()
        }
        state.withLock { $0.pairs.append(pair) }
        for isUp in [true, false] {
            Thread { [self] in
                pump(pair, isUp: isUp, bytesPerSecond, fault.flatMap { $0.isUp == isUp ? $0 : nil })
                pair.leave()
            }.start()
        }
    }

    private func pump(_ pair: Pair, isUp: Bool, _ bytesPerSecond: Int?, _ fault: Fault?) {
        let (source, sink) = isUp ? (pair.client, pair.server) : (pair.server, pair.client)
        var buffer = [UInt8](repeating: 0, count: bytesPerSecond.map { max(1, $0 / 20) } ?? 1 << 16)
        var total = 0
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            total += count
            if let fault, total > fault.after {
                switch fault.kind {
                case .cut: return pair.end()
                case .reset: return pair.end(abruptly: true)
                case .stall:
                    while state.withLock({ $0.isOpen }) { usleep(20_000) }
                    return
                case .garble: for index in 0..<count where index % 7 == 3 { buffer[index] ^= 0x5a }
                }
            }
            let bytes = buffer[..<count]
            state.withLock { if isUp { $0.up += bytes } else { $0.down += bytes } }
            guard bytes.withUnsafeBytes({ send(sink, $0.baseAddress, count, Int32(MSG_NOSIGNAL)) }) == count else {
                break
            }
            if bytesPerSecond != nil { usleep(50_000) }
        }
        pair.end()
    }
}
