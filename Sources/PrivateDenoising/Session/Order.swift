/// When the server's linear layers run.
public enum Order: String, Sendable, Codable, CaseIterable {
    /// Layer by layer, once a layer's input is there.
    case interleaved
    /// All of them before the image is known, on shares that are drawn in advance: in mode `shared`, whole images.
    case offline
}
