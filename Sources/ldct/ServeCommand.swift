import ArgumentParser
import Denoising
import Dispatch
import Experiments
import Foundation
import Serving
import Support
import Synchronization
import Transport

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a network to clients elsewhere: ldct denoise --server.",
        discussion: """
            Clients and server prove each other by certificates (TLS 1.3). A client says what it wants, the server answers with the \
            agreement or one line why not; from then on only messages of the protocol pass. Weights never leave the server. TERM \
            and Ctrl-C let running sessions finish for a minute.

            An authority, and a certificate that it signs, in three lines of openssl (for the client the same with another name):
              openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=authority -keyout ca.key -out ca.pem
              openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server -addext subjectAltName=DNS:HOST -keyout server.key -out server.csr
              openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -copy_extensions copy -out server.pem

            Example:
              ldct serve --weights Experiments/weights/3-relu.h5 --listen 0.0.0.0:7300 --ca ca.pem --certificate server.pem --key server.key
            """)

    @Option(help: "The weights file.")
    var weights: String

    @Option(help: "HOST:PORT to listen on; port 0 lets the system choose.")
    var listen: String

    @OptionGroup var credentials: CredentialOptions

    @Option(help: "Clients at once; one more is told to come later.")
    var clients = 16

    @Option(help: "Threads for each client.")
    var threads = 1

    @Option(help: "MiB for all clients together, in equal shares.")
    var memory = 4096

    @Option(help: "Seconds to wait for a client's next message.")
    var patience = 600.0

    @Flag(help: "Take Paillier keys below 2048 bits, for measurements as in the paper.")
    var insecureKeys = false

    func validate() throws {
        try GivenOptions.require("--clients", clients, in: 1...1024)
        try GivenOptions.require("--threads", threads, in: 1...1024)
        try GivenOptions.require("--memory", memory, in: 1...1 << 20)
        try GivenOptions.require("--patience", patience, in: 1...1_000_000, unit: "seconds")
    }

    func run() throws {
        let endpoint = try Endpoint(listen)
        let security = try credentials.security(.server)
        var settings = Service.Settings()
        Resources.keepFreedMemory(memory << 20 >= settings.memory)
        (settings.clients, settings.threads, settings.memory) = (clients, threads, memory << 20)
        settings.allowsInsecureKeys = insecureKeys
        let service = try Service(try TrainedNetwork(reading: weights), settings: settings) { Self.log("\($0)") }
        let listener = try Listener(
            endpoint, security: security, patience: Patience(first: patience), maximumConnections: 4 * clients,
            refused: { Self.log($0) }
        ) { service.serve($0) }
        Self.log("serving \(weights) on \(listener.endpoint)")
        let signal = Self.waitForSignal()
        service.stop()
        Self.log("stopping: \(listener.served) clients may finish within 60 s")
        let closed = listener.drain(seconds: 60)
        if closed > 0 { Self.log("\(closed) sessions were cut off") }
        throw ExitCode(128 + signal)
    }

    private static func log(_ line: String) {
        Console.error("\(Date.now.formatted(.iso8601)) \(Console.line(line))\n")
    }

    /// Returns at the first TERM or INT, and which it was; a second one ends the process.
    private static func waitForSignal() -> Int32 {
        let arrived = DispatchSemaphore(value: 0)
        let first = Mutex<Int32>(0)
        let sources = Interruption.listen(to: [SIGINT, SIGTERM]) { number in
            signal(number, SIG_DFL)
            first.withLock { $0 = number }
            arrived.signal()
        }
        arrived.wait()
        for source in sources { source.cancel() }
        return first.withLock { $0 }
    }
}

/// How a party proves who it is.
struct CredentialOptions: ParsableArguments {
    @Option(help: "Certificates (PEM) of the authority that must have signed the other side's.")
    var ca: String?

    @Option(help: "Our certificate (PEM).")
    var certificate: String?

    @Option(help: "Its private key (PEM), for our eyes only.")
    var key: String?

    @Flag(help: "Plain text, on the loopback interface only: for tests and measurements.")
    var insecurePlainText = false

    /// - Throws: `ValidationError` where something is given.
    func requireNone() throws {
        let given = files.first { $0.1 != nil }?.0 ?? (insecurePlainText ? "--insecure-plain-text" : nil)
        if let given { throw ValidationError("\(given) goes with --server.") }
    }

    private var files: [(String, String?)] { [("--ca", ca), ("--certificate", certificate), ("--key", key)] }

    /// - Throws: `ValidationError` for files that are missing or too many; what `Credentials` throws.
    func security(_ role: Credentials.Role) throws -> Security {
        if insecurePlainText {
            if let (name, _) = files.first(where: { $0.1 != nil }) {
                throw ValidationError("\(name) and --insecure-plain-text exclude each other.")
            }
            return .insecure
        }
        guard let ca, let certificate, let key else {
            let missing = files.filter { $0.1 == nil }.map(\.0).joined(separator: ", ")
            throw ValidationError(
                "\(missing) missing: both sides prove themselves by certificates (ldct serve --help).")
        }
        let credentials = try Credentials(role: role, certificate: certificate, key: key, authority: ca)
        InputFile.tellIfOthersCanRead(key)
        return .mutualTLS(credentials)
    }
}
