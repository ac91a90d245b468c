import NIOCore

/// A host and a TCP port, written `HOST:PORT`; an IPv6 address stands in brackets.
package struct Endpoint: Sendable, Equatable, CustomStringConvertible {
    package let host: String
    /// 0 lets the system choose, for a listener.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// - Throws: `badEndpoint`.
    package init(_ text: String) throws(TransportError) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw .badEndpoint(text)
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .badEndpoint(text)
        }
        guard !host.isEmpty, host.allSatisfy({ !$0.isWhitespace && $0 != "/" }) else { throw .badEndpoint(text) }
        self.init(host: String(host), port: Int(port))
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether the host is an IP address rather than a name.
    var isAddress: Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

    /// Whether only this machine can reach it. Names other than `localhost` are not looked up.
    package var isLoopback: Bool {
        guard let address = try? SocketAddress(ipAddress: host, port: 0) else { return host == "localhost" }
        return address.ipAddress.map { $0 == "::1" || $0.hasPrefix("127.") } ?? false
    }
}
