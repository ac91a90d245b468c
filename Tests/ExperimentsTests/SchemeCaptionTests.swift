import Experiments
import PrivateDenoising
import Reporting
import Testing

/// What captions say of keys: a reader meets it beside the figures.
@Suite struct SchemeCaptionTests {
    private func records(_ parameters: [String: ParameterValue]) -> [ResultRecord] {
        let data = Artifact(name: "d.h5", sha256: String(repeating: "0", count: 64))
        return [
            ResultRecord(
                experiment: "e", parameters: parameters, method: .encrypted, mode: "client-aided", dataset: data,
                weights: nil, patient: nil, slice: nil, patch: nil, metric: .rounds, value: 1, trial: 1)
        ]
    }

    /// Whoever adds a scheme to the protocol has to say how it is measured: slices are encrypted under all that encrypt.
    @Test func everySchemeOfTheProtocolIsMeasured() {
        let schemes = SchemeName.allCases.filter { $0.encrypts && $0.scheme != nil }
        #expect(ExperimentScheme.slices == schemes.map(ExperimentScheme.scheme))
    }

    /// Damgard, Jurik and Nielsen (2010): exponents of half the modulus.
    @Test func weakerRandomnessIsNamed() throws {
        let said = try #require(
            SchemeName.paillier.caption(
                records([ParameterName.keyBits: .integer(2048), ParameterName.randomness: .text("djn-short")])))
        #expect(said.contains("djn-short (about 80 bits of security against the key's owner at 2048)"))
        #expect(SchemeName.lattice.caption(records([ParameterName.keyBits: .integer(2048)])) == nil)
    }

    /// NIST SP 800-57 part 1 revision 5, table 2; sizes in between have the level below.
    @Test(arguments: [
        (1024, "80"), (1280, "80"), (2048, "112"), (3072, "128"), (4096, "128"), (7680, "192"), (512, "below 80"),
    ])
    func securityIsNamedInBits(bits: Int, security: String) throws {
        let said = try #require(SchemeName.paillier.caption(records([ParameterName.keyBits: .integer(bits)])))
        #expect(said.hasPrefix("Paillier key: \(bits) bits (\(security) bits of security, post-quantum: no)"))
    }

    @Test func cleartextSaysThatItIs() {
        #expect(
            SchemeName.cleartext.caption(records([ParameterName.scheme: .text("cleartext")]))?.contains("0 bits")
                == true)
        #expect(SchemeName.cleartext.caption(records([ParameterName.keyBits: .integer(2048)])) == nil)
    }

    @Test func latticeNamesSetAndDistance() throws {
        let said = try #require(
            SchemeName.lattice.caption(
                records([ParameterName.parameterSet: .text("F"), ParameterName.distance: .text("2^-50 an image")])))
        #expect(said.contains("F") && said.contains("2^-50 an image") && said.contains("post-quantum: yes"))
        #expect(SchemeName.paillier.caption(records([ParameterName.parameterSet: .text("F")])) == nil)
        // Records of attacks name the scheme alone.
        let attacked = try #require(SchemeName.lattice.caption(records([ParameterName.scheme: .text("lattice")])))
        #expect(attacked.contains("bits by the estimator") && attacked.hasSuffix("post-quantum: yes."))
    }
}
