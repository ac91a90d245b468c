import Configuration
import Transport

/// A server elsewhere (`ldct serve`) that has the network of an experiment's cases.
package struct ServerSettings: Sendable, Equatable, Encodable {
    /// `HOST:PORT`.
    package var address: String
    /// PEM files, relative to the current folder; nil with `insecurePlainText`.
    package var ca, certificate, key: String?
    /// Without TLS, on the loopback interface only.
    package var insecurePlainText = false

    enum CodingKeys: String, SchemaKey, CodingKey {
        case address, ca, certificate, key
        case insecurePlainText = "insecure_plain_text"

        var setting: Setting {
            switch self {
            case .address:
                Setting(.text, "`HOST:PORT` of an `ldct serve` that has the network of every case", isRequired: true)
            case .ca: Setting(.text, "certificates (PEM) of the authority that must have signed the server's")
            case .certificate: Setting(.text, "our certificate (PEM)")
            case .key: Setting(.text, "its private key (PEM)")
            case .insecurePlainText:
                Setting(.flag, "instead of the three: plain text, on the loopback interface only", usual: "false")
            }
        }
    }

    /// Reads the mapping, and whatever its files must hold.
    /// - Throws: `ConfigurationError` with the line of an address that is none, a file that is missing or not what it should be.
    init(_ mapping: StrictMapping<CodingKeys>) throws(ConfigurationError) {
        address = try mapping.text(.address)
        insecurePlainText = try mapping.flag(.insecurePlainText, default: false)
        let files = [CodingKeys.ca, .certificate, .key]
        if insecurePlainText {
            if let other = files.first(where: mapping.contains) {
                throw mapping.refusal(other, "stands beside 'insecure_plain_text'; expected one of them")
            }
        } else {
            (ca, certificate, key) = (
                try mapping.text(.ca), try mapping.text(.certificate), try mapping.text(.key)
            )
        }
        let endpoint: Endpoint
        do { endpoint = try Endpoint(address) } catch { throw mapping.refusal(.address, "\(error)") }
        if insecurePlainText, !endpoint.isLoopback {
            throw mapping.refusal(
                .insecurePlainText, "\(TransportError.plainTextBeyondLoopback(host: endpoint.host))")
        }
    }

    /// - Throws: `TransportError` for files that cannot be used.
    func security() throws(TransportError) -> Security {
        guard let ca, let certificate, let key else { return .insecure }
        return .mutualTLS(try Credentials(role: .client, certificate: certificate, key: key, authority: ca))
    }

    /// What makes connections, for the whole run.
    /// - Throws: `TransportError` as above.
    func connecting() throws(TransportError) -> @Sendable () throws -> Connection {
        let (endpoint, security) = (try Endpoint(address), try security())
        return { try Connection.to(endpoint, security: security, patience: Patience(first: 3600)) }
    }
}
