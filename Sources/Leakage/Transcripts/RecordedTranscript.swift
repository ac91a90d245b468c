package import PrivateDenoising
import Support

/// A run as it went over the wire: the only thing an attack is given, beside what its attacker owns.
package struct RecordedTranscript: Equatable, Sendable {
    package let header: TranscriptHeader
    /// In the order they were sent.
    package let messages: [Message]

    static func digest(_ message: Message) -> String { Digest.of(message.bytes) }

    /// The bytes of one message of the run behind its header; nil if it was never sent.
    func body(_ direction: Message.Direction, round: Int) throws -> (bytes: ArraySlice<UInt8>, ciphertexts: Int)? {
        guard let index = header.messages.firstIndex(where: { $0.direction == direction && $0.round == round }) else {
            return nil
        }
        let count = header.messages[index].ciphertexts
        return (try messages[index].body(direction: direction, round: round, ciphertexts: count), count)
    }
}
