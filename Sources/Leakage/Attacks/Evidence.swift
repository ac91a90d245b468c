package import Denoising
package import Imaging
import Paillier
package import PrivateDenoising

/// What an attack is made on: a transcript, what its attacker owns, and, for scores alone, what is true.
package struct Evidence: Sendable {
    package let transcript: Transcript
    /// An earlier session of the same client, where masks were the same.
    package var earlier: Transcript?
    /// Of a client that attacks; none for a server.
    package let key: ClientKey
    package var settings: AttackSettings
    /// Of the values before a ReLU; `additive` has the attacker see through an oracle.
    package let mask: MaskVariant
    package let seed: UInt64
    package let threads: Int
    package var truth = Truth()
    /// Of attack I: what its client would see of answers that are never sent.
    var answers: LatticeAnswerAttack.Scene?
    /// Of attack G: what its client ended with.
    var shifts: ShareShiftAttack.Scene?

    // How results are told apart, beside method and patches.

    /// Which transcript of the attack, in names of files.
    package var part = ""
    /// The mode that results are about; nil where none matters.
    package var mode: Mode?
    package var parameters: [String: String] = [:]

    /// Known to whoever scores, never used by the attack itself.
    package struct Truth: Sendable {
        /// The network attacked.
        package var network: IntegerNetwork?
        package var window = HounsfieldWindow.standard
        /// Real values of the largest activations, layer by layer; empty where they are not known.
        package var activationLimits: [Double] = []
        /// What the client sent, for attacks of the server.
        package var originals: [Image] = []
        /// What neither party sent.
        package var heldOut: [(low: Image, normal: Image)] = []
    }

    package init(
        _ transcript: Transcript, key: ClientKey = .none, settings: AttackSettings = AttackSettings(),
        mask: MaskVariant? = nil, seed: UInt64, threads: Int
    ) {
        self.transcript = transcript
        self.key = key
        self.settings = settings
        self.mask = mask ?? MaskVariant(of: transcript.agreement)
        self.seed = seed
        self.threads = threads
    }
}

extension Evidence {
    /// What the client sees, masks of the oracle included.
    func clientView() throws -> ClientView {
        let view = try ClientView(transcript, key: key, threads: threads)
        if let earlier { return view.less(try ClientView(earlier, key: key, threads: threads)) }
        return mask.view(view, seed: seed)
    }

    /// - Throws: `LeakageError.unsuitable` without one.
    func privateKey() throws -> PrivateKey {
        guard let key = key.key(of: PaillierScheme.self) else {
            throw LeakageError.unsuitable(attack: "of a client", found: "no key", expected: "the client's private key")
        }
        return key.key
    }

    /// Numbers of patches to use, none beyond those there are.
    func patches(of count: Int) -> [Int] {
        settings.patches.isEmpty ? [count] : settings.patches.map { min($0, count) }
    }

    /// The methods to try. Whoever takes names from a user compares them with the attack's own.
    func methods<Method: RawRepresentable<String>>(_ attack: any Attack.Type) -> [Method] {
        (settings.methods.isEmpty ? attack.usualMethods : settings.methods).compactMap(Method.init)
    }
}

extension MaskVariant {
    /// The variant whose masks and order a transcript shows.
    fileprivate init(of agreement: Agreement) {
        self =
            Self.allCases.first { variant in
                variant.mode == agreement.mode && variant.permutation == agreement.permutation
                    && agreement.mask.map { variant.options(bits: $0.bits) == $0 } ?? true
            } ?? .none
    }
}
