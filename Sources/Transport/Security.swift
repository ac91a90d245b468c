import Foundation
import NIOSSL

/// How a party proves who it is: TLS 1.3 with a certificate on both sides, or nothing at all on the loopback interface.
package enum Security: Sendable {
    case mutualTLS(Credentials)
    /// Plain text, for measurements and tests on one machine. Anyone on it can read and change what passes.
    case insecure

    /// - Throws: `plainTextBeyondLoopback`.
    func check(_ endpoint: Endpoint) throws(TransportError) {
        if case .insecure = self, !endpoint.isLoopback { throw .plainTextBeyondLoopback(host: endpoint.host) }
    }

    var context: NIOSSLContext? {
        if case .mutualTLS(let credentials) = self { return credentials.context }
        return nil
    }
}

/// A party's certificate and key, and the authority that must have signed the other side's.
package struct Credentials: Sendable {
    package enum Role: Sendable {
        case client
        case server
    }

    let context: NIOSSLContext

    /// Reads PEM files.
    ///
    /// A client checks that the server's certificate names the host it asked for; a server takes any name that the authority
    /// signed. Nothing older than TLS 1.3 is spoken.
    /// - Parameters:
    ///   - authority: One or more certificates; the other side's must be signed by one of them, or be one of them.
    /// - Throws: `badCredentials` naming the file: unreadable, not PEM, or a key that is not the certificate's.
    package init(role: Role, certificate: String, key: String, authority: String) throws(TransportError) {
        let chain = try Self.certificates(certificate)
        let roots = try Self.certificates(authority)
        let own = try Self.read(key, expected: "a private key in PEM, without a passphrase") {
            try NIOSSLPrivateKey(file: key, format: .pem)
        }
        var configuration: TLSConfiguration
        switch role {
        case .client:
            configuration = .makeClientConfiguration()
            configuration.trustRoots = .certificates(roots)
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(own)
            configuration.certificateVerification = .fullVerification
        case .server:
            configuration = .makeServerConfigurationWithMTLS(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(own),
                trustRoots: .certificates(roots))
            configuration.certificateVerification = .noHostnameVerification
        }
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = ["ldct/1"]
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw .badCredentials(file: key, reason: "is not the key of the certificate in \(certificate)")
        }
    }

    private static func certificates(_ file: String) throws(TransportError) -> [NIOSSLCertificate] {
        try read(file, expected: "a certificate in PEM") {
            let found = try NIOSSLCertificate.fromPEMFile(file)
            return found.isEmpty ? nil : found
        }
    }

    /// What `body` makes of a file, which it opens by name: for a named pipe that nobody writes to NIOSSL would wait for ever.
    private static func read<Content>(
        _ file: String, expected: String, _ body: () throws -> Content?
    ) throws(TransportError) -> Content {
        var status = stat()
        let isRegular = stat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        if isRegular, let content = try? body() { return content }
        let problem =
            if access(file, F_OK) != 0 {
                "does not exist; "
            } else if access(file, R_OK) != 0 {
                "cannot be read; "
            } else {
                isRegular ? "" : "is no regular file; "
            }
        throw .badCredentials(file: file, reason: "\(problem)expected \(expected)")
    }
}
