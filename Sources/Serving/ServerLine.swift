import Synchronization
package import Transport

/// The way to a server: connections made when they are needed, one at a time.
///
/// One that a question went over is kept for the session that follows, so that neither side does the same work twice. A server closes it
/// when nothing follows for a while; then the next one is made anew.
package final class ServerLine: Sendable {
    private let connect: @Sendable () throws -> Connection
    private let kept = Mutex<Connection?>(nil)

    package init(_ connect: @escaping @Sendable () throws -> Connection) { self.connect = connect }

    deinit { kept.withLock { $0?.close() } }

    func keep(_ connection: Connection) {
        let earlier = kept.withLock { kept in
            defer { kept = connection }
            return kept
        }
        earlier?.close()
    }

    /// Asks on the kept connection, or on a new one where there is none or the server has closed it.
    /// - Returns: what `ask` says, and the connection, which is the caller's.
    func asking<Answer>(
        _ ask: (Connection) throws -> Answer
    ) throws -> (answer: Answer, connection: Connection) {
        if let connection = kept.withLock({ $0.take() }) {
            do {
                return (try ask(connection), connection)
            } catch TransportError.closed {
                connection.close(now: true)
            } catch {
                connection.close()
                throw error
            }
        }
        let connection = try connect()
        do {
            return (try ask(connection), connection)
        } catch {
            connection.close()
            throw error
        }
    }
}
