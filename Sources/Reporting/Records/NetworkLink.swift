/// A network between client and server whose time is derived from what a run counted, never measured.
package struct NetworkLink: Sendable {
    package let name: String
    package let bitsPerSecond: Double
    /// One per round: a request and its answer.
    package let roundTripSeconds: Double

    /// The links that cost tables name.
    package static let all = [
        NetworkLink(name: "LAN", bitsPerSecond: 1e9, roundTripSeconds: 0.001),
        NetworkLink(name: "WAN", bitsPerSecond: 100e6, roundTripSeconds: 0.040),
    ]

    /// Name of the derived metric: `seconds.lan`.
    package var metric: String { "seconds.\(name.lowercased())" }

    /// Seconds that `bytes` in both directions and `rounds` round trips take, nothing overlapping.
    package func seconds(bytes: Double, rounds: Double) -> Double {
        8 * bytes / bitsPerSecond + rounds * roundTripSeconds
    }
}
