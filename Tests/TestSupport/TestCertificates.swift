import Foundation

/// An authority and certificates that it signed, made by openssl, one line each, as README documents.
package struct TestCertificates: Sendable {
    private let folder: TemporaryFolder

    /// - Returns: Nil where openssl is not installed.
    package init?() throws {
        folder = try TemporaryFolder()
        guard try authority("ca"), try authority("other-ca") else { return nil }
        for name in ["server", "client"] { _ = try signed(name, by: "ca") }
        _ = try signed("stranger", by: "other-ca")
        // OpenSSL before 3.4 has no dates; from 3.4 on it refuses an end before the beginning.
        let past = ["-not_before", "20200101000000Z", "-not_after", "20200102000000Z"]
        guard try signed("expired", by: "ca", for: ["-days", "-1"]) || signed("expired", by: "ca", for: past) else {
            throw CocoaError(.fileWriteUnknown)
        }
    }

    package func path(_ name: String) -> String { folder.file(name) }

    private func authority(_ name: String) throws -> Bool {
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).pem"),
        ])
    }

    private func signed(_ name: String, by authority: String, for time: [String] = ["-days", "2"]) throws -> Bool {
        try "subjectAltName=IP:127.0.0.1,DNS:localhost\n".write(
            toFile: path("names"), atomically: true, encoding: .utf8)
        let isAsked = try openssl([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", path("\(name).key"), "-out", path("\(name).csr"),
        ])
        let isSigned = try openssl(
            [
                "x509", "-req", "-in", path("\(name).csr"), "-CA", path("\(authority).pem"),
                "-CAkey", path("\(authority).key"), "-CAcreateserial", "-extfile", path("names"),
                "-out", path("\(name).pem"),
            ] + time)
        return isAsked && isSigned
    }

    private func openssl(_ arguments: [String]) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
