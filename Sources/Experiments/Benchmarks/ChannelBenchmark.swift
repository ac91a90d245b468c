import Foundation
package import Transport

/// What the channel between two machines carries on this one: messages sent back while they are sent, both directions at once, under TLS
/// beside plain text.
package struct ChannelBenchmark {
    private let options: BenchmarkOptions
    private let server, client: Security
    private let messages: Int

    /// Of one message, that of a frame.
    private static let messageBytes = 1 << 20
    private static let patience = Patience(first: 60)

    /// - Parameters:
    ///   - server: How the listener proves itself, to 127.0.0.1 too.
    ///   - client: How the other end does.
    ///   - mebibytes: Sent in each direction by a run.
    /// - Throws: `BenchmarkError.option`.
    package init(_ options: BenchmarkOptions, server: Security, client: Security, mebibytes: Int) throws {
        try BenchmarkRange.check([("mebibytes", mebibytes, 1...1 << 14)])
        (self.options, self.server, self.client, messages) = (options, server, client, mebibytes)
    }

    package func run() throws -> BenchmarkReport {
        var report = BenchmarkReport()
        let ends = [try Ends(server, client, messages), try Ends(.insecure, .insecure, messages)]
        defer { for end in ends { end.close() } }
        let seconds = try options.seconds("echoing", ends.map { end in { try end.echo() } })
        let setting = BenchmarkSetting(keyBits: nil, kernel: "boringssl", threads: 1)
        let megabytes = Double(messages * Self.messageBytes) / 1e6
        report.records.append(
            setting.rate(
                "channel.throughput", seconds[0], of: megabytes, unit: "MB/s",
                beside: ("plain", seconds[1], megabytes)))
        report.notes.append(
            """
            Each way, in messages of 1 MiB over the loopback interface, TLS 1.3 with certificates on both sides; echoed while they are \
            sent, so that both directions are busy. Baseline plain: the same without TLS.
            """)
        return report
    }

    /// A connection whose other end sends everything back.
    private struct Ends: Sendable {
        let listener: Listener
        let connection: Connection
        let messages: Int

        init(_ server: Security, _ client: Security, _ messages: Int) throws {
            listener = try Listener(
                Endpoint(host: "127.0.0.1", port: 0), security: server, patience: patience, maximumConnections: 1
            ) { connection in
                while let message = try? connection.receive(limit: messageBytes) { try? connection.send(message) }
            }
            connection = try Connection.to(listener.endpoint, security: client, patience: patience)
            self.messages = messages
        }

        func echo() throws {
            let message = [UInt8](repeating: 7, count: messageBytes)
            let sender = Thread { [connection, messages] in
                for _ in 0..<messages { guard (try? connection.send(message)) != nil else { return } }
            }
            sender.start()
            for _ in 0..<messages { _ = try connection.receive(limit: messageBytes) }
        }

        func close() {
            connection.close()
            _ = listener.drain(seconds: 5)
        }
    }
}
