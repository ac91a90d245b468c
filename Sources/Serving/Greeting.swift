package import Denoising
package import Foundation
package import PrivateDenoising

/// What a client asks of a server before anything is encrypted. All of it is public: shapes, widths, options, the public key.
package struct Greeting: Sendable, Codable, Equatable {
    /// Of the format.
    package static let version = 1
    /// The longest that is read, keys included.
    package static let largestBytes = 1 << 20
    /// Until its first byte, once there is a connection.
    static let seconds = 20.0

    package let version: Int
    package let mode: Mode
    package let layout: Layout
    /// Of the batch, one channel.
    package let images: TensorShape
    package let precision: Precision
    package let mask: MaskOptions
    package let permutation: Permutation
    /// When linear layers run.
    package let order: Order
    /// In the tile layout at most so many rows of a layer's output a round; nil leaves it to the server.
    package private(set) var bandRows: Int?
    /// The longest message the client takes; where the server chooses bands it chooses them so.
    package let largestMessage: Int?
    /// Whether the client wants the agreement and no session.
    package private(set) var isQuestion: Bool
    /// Where the session starts: 0, or in the tile layout a later round that an earlier connection did not reach.
    package let firstRound: Int
    package let parameters: SchemeParameters
    /// The public key, in the scheme's own format.
    package let key: Data

    package init(
        _ request: RemoteRun.Request, images: TensorShape, isQuestion: Bool = false, firstRound: Int = 0,
        parameters: SchemeParameters, key: Data
    ) {
        version = Self.version
        (mode, layout, precision) = (request.mode, request.layout, request.precision)
        (mask, permutation, order) = (request.mask, request.permutation, request.order)
        (bandRows, largestMessage) = (request.bandRows, request.largestMessage)
        self.images = images
        self.isQuestion = isQuestion
        self.firstRound = firstRound
        self.parameters = parameters
        self.key = key
    }

    /// Reads what a client sent.
    /// - Throws: `ServingError.badGreeting`.
    init(message: [UInt8]) throws(ServingError) {
        struct Version: Codable { let version: Int }
        guard let version = try? JSONDecoder().decode(Version.self, from: Data(message)).version else {
            throw .badGreeting("it is no greeting of this protocol")
        }
        guard version == Self.version else {
            throw .badGreeting("it speaks version \(version) of this protocol; version \(Self.version) expected")
        }
        guard let greeting = try? JSONDecoder().decode(Greeting.self, from: Data(message)) else {
            throw .badGreeting("a setting is missing or unknown to this server")
        }
        self = greeting
        let sizes = [images.count, images.height, images.width]
        guard images.channels == 1, sizes.allSatisfy({ (1...1 << 14).contains($0) }),
            images.count <= 1 << 32 / (images.height * images.width)
        else { throw .badGreeting("images of \(images)") }
        guard firstRound >= 0, bandRows ?? 1 > 0, largestMessage ?? 1 > 0 else {
            throw .badGreeting("a round, a band or a length out of range")
        }
    }

    func message() throws -> [UInt8] { [UInt8](try JSONEncoder().encode(self)) }

    /// Whether this asks for the session, from its first round, that a question was about.
    /// - Parameter bandRows: as the question was answered.
    func isSession(of question: Greeting, bandRows: Int?) -> Bool {
        var asked = self
        (asked.isQuestion, asked.bandRows) = (true, question.bandRows)
        return !isQuestion && firstRound == 0 && self.bandRows == bandRows && asked == question
    }

    /// Whether an agreement is about what was asked for, and takes no more than that.
    func matches(_ agreement: Agreement) throws -> Bool {
        try isAsked(agreement) && agreement.largestMessage <= largestMessage ?? .max
            && agreement.clientBytes <= 4 * (largestMessage ?? .max / 4)
    }

    private func isAsked(_ agreement: Agreement) -> Bool {
        agreement.mode == mode && agreement.layout == layout && agreement.images == images
            && agreement.parameters == parameters && agreement.permutation == permutation && agreement.order == order
            && agreement.mask == (mode.usesMask ? mask : nil)
            && (layout == .tile ? bandRows == nil || agreement.bandRows == bandRows : agreement.bandRows == nil)
    }
}

/// A server's answer to a greeting.
enum Reply: Codable {
    /// The agreement, the window whose ends the smallest and largest input stand for, in HU, and the SHA-256 of the weights'
    /// content, by which results name their network.
    case agreed(Agreement, low: Float, high: Float, weights: String)
    /// Why not, in one line; whether it may be another answer later.
    case refused(String, forNow: Bool)

    /// The longest that is read: an agreement holds at most two numbers a channel.
    static let largestBytes = 16 << 20

    func message() throws -> [UInt8] { [UInt8](try JSONEncoder().encode(self)) }

    /// - Throws: `ServingError.badReply`.
    init(message: [UInt8]) throws(ServingError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(message))
        } catch {
            throw .badReply
        }
    }
}
