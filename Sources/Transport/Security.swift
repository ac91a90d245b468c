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
        let own: NIOSSLPrivateKey
        let expected = "a private key in PEM, without a passphrase"
        do {
            guard Self.isRegular(key) else { throw CocoaError(.fileReadUnknown) }
            own = try NIOSSLPrivateKey(file: key, format: .pem)
        } catch {
            throw .badCredentials(file: key, reason: Self.reason(key, expected: expected))
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
        let expected = "a certificate in PEM"
        do {
            let found = Self.isRegular(file) ? try NIOSSLCertificate.fromPEMFile(file) : []
            if !found.isEmpty { return found }
        } catch {
            throw .badCredentials(file: file, reason: reason(file, expected: expected))
        }
        throw .badCredentials(file: file, reason: reason(file, expected: expected))
    }

    private static func reason(_ file: String, expected: String) -> String {
        if access(file, F_OK) != 0 { return "does not exist; expected \(expected)" }
        if access(file, R_OK) != 0 { return "cannot be read; expected \(expected)" }
        return isRegular(file) ? "expected \(expected)" : "is no regular file; expected \(expected)"
    }

    /// NIOSSL opens by name: for a named pipe that nobody writes to it would wait for ever.
    private static func isRegular(_ file: String) -> Bool {
        var status = stat()
        return stat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
