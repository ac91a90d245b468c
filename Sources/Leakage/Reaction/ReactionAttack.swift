package import Denoising
package import Paillier
@_spi(Unprotected) package import PrivateDenoising
import Numerics

/// F: a malicious server finds a pixel by whether the client complains of a value out of range.
///
/// It answers with the client's own encrypted pixel, moved so that it leaves the public range exactly from a threshold on, and
/// halves the interval with every session. A client that keeps silent until the end reacts the same to both.
package struct ReactionAttack: Sendable {
    /// Sessions with a client that sends the same images each time.
    package struct Victim: Sendable {
        private let agreement: Agreement
        private let key: PaillierScheme.PrivateKey
        private let images: IntegerTensor
        private let isSilent: Bool
        private let threads: Int

        /// - Parameter isSilent: false for a client that tells at once of a value out of range.
        package init(
            _ agreement: Agreement, key: PrivateKey, images: IntegerTensor, isSilent: Bool, threads: Int
        ) {
            self.agreement = agreement
            self.key = PaillierScheme.PrivateKey(key)
            self.images = images
            self.isSilent = isSilent
            self.threads = threads
        }

        /// One session. - Returns: whether the client went on after the server's answer.
        func goesOn(_ answer: (Message) throws -> Message) throws -> Bool {
            var client = try Client<PaillierScheme>(
                agreement: agreement, key: key, images: images, threads: threads,
                protections: isSilent ? .all : Protections.all.without(.silentRangeErrors))
            let upload = try client.send()
            do {
                try client.receive(answer(upload))
                return client.step != nil
            } catch PrivateDenoisingError.rangeErrorTold {
                return false
            }
        }
    }

    private let agreement: Agreement
    private let steps: [Step]
    private let layout: SlotLayout
    private let key: PublicKey
    private let threads: Int

    /// What the server owns: the public key and the agreement.
    /// - Throws: `LeakageError.unsuitable` in modes with one round, where no reaction follows.
    package init(_ agreement: Agreement, key: PublicKey, threads: Int) throws {
        guard agreement.rounds.count > 1, agreement.layout == .batch, agreement.parameters.name == .paillier else {
            throw LeakageError.unsuitable(
                attack: "reaction", expected: "a mode in which the client answers, in the batch layout, on Paillier")
        }
        self.agreement = agreement
        let conversation = try Conversation<PaillierScheme>(agreement)
        (steps, layout) = (conversation.steps, conversation.layouts[0])
        self.key = key
        self.threads = threads
    }

    /// Sessions that a pixel takes.
    package var sessions: Int { agreement.inputBits }

    /// Binary search for one pixel. - Parameter pixel: row by row.
    package func read(pixel: Int, image: Int = 0, of victim: Victim) throws -> Int {
        let zeros = [BigInteger](repeating: .zero, count: layout.ciphertexts(.output))
        let blank = Rerandomizer(key: key, randomness: .full)
            .encrypt(try Plaintexts(zeros, key: key), threads: threads).serialised()
        var (low, high) = (0, 1 << agreement.inputBits - 1)
        while low < high {
            let threshold = (low + high + 1) / 2
            let isBelow = try victim.goesOn {
                try answer($0, blank: blank, pixel: pixel, image: image, threshold: threshold)
            }
            if isBelow { high = threshold - 1 } else { low = threshold }
        }
        return low
    }

    /// An answer in which one value is the pixel, less the threshold, more than the largest honest value.
    private func answer(
        _ upload: Message, blank: [UInt8], pixel: Int, image: Int, threshold: Int
    ) throws -> Message {
        let round = agreement.rounds[0]
        let body = try upload.body(of: steps[0])
        let size = key.ciphertextBytes
        let (source, bit) = layout.place(image: image, position: pixel, as: .input)
        let start = body.startIndex + source * size
        let taken = try EncryptedValues(
            serialised: body[start..<start + size], count: 1, key: key, threads: threads)
        let offset = (agreement.largestSeen(in: round) + .one - BigInteger(threshold)) << bit
        let moved = taken.adding(try Plaintexts([offset], key: key)).ciphertexts().serialised()
        var bytes = blank
        let target = layout.place(image: image, position: 0, as: .output).ciphertext * size
        bytes.replaceSubrange(target..<target + size, with: moved)
        return Message(steps[1], body: bytes)
    }
}
