import Foundation
import Lattice
import Numerics
import Testing

struct KeyTests {
    @Test func parameterSetsLieBelowTheStandard() throws {
        for parameters in [LatticeParameters.flooded, .plain] {
            let limits = try #require(SecurityStandard.largestModulusBits[LatticeParameters.degree])
            let limit = try #require(limits[parameters.standardBits])
            #expect(parameters.modulusBits <= limit)
        }
        #expect(LatticeParameters.flooded.standardBits == 128)
        #expect(LatticeParameters.plain.standardBits == 192)
        #expect(abs(LatticeParameters.flooded.modulusBits - 98) < 0.01)
        #expect(SecurityStandard.level(degree: 4096, modulusBits: 110) == nil)
    }

    /// Only the flooded set can be named, so only it reaches a protocol.
    @Test func thePlainSetHasNoName() {
        #expect(LatticeParameters(named: "F") == .flooded)
        #expect(LatticeParameters(named: "P") == nil)
    }

    @Test func keyFilesRoundTrip() throws {
        let key = try SecretKey()
        let json = try key.json(comment: "test")
        let again = try SecretKey(json: json)
        #expect(try again.json(comment: "test") == json)
        #expect(try PublicKey(json: json).json(comment: "") == key.publicKey.json(comment: ""))
        #expect(String(decoding: try key.publicKey.json(comment: "c"), as: UTF8.self).contains("\"s\"") == false)
        // What one encrypts the other decrypts.
        let geometry = try PolynomialGeometry(
            kernelHeight: 1, kernelWidth: 1, padding: 0, inputHeight: 2, inputWidth: 2)
        let format = try AnswerFormat(.flooded, width: 20)
        let upload = UploadedTensor(
            encrypting: [1, 2, 3, 4], geometry: geometry, images: 1, channels: 1, format: format, key: key)
        let layer = try LatticeConvolution(
            geometry: geometry, inputs: 1, outputs: 1, weights: [7], bias: [1], format: format, key: again.publicKey)
        #expect(try AnsweredTensor(layer, input: upload, kept: nil).decrypted(again) == [8, 15, 22, 29])
    }

    /// The public key is made once: with the same uniform half and another error each time, errors would average out.
    @Test func thePublicKeyIsStored() throws {
        let key = try SecretKey()
        #expect(key.publicKey === key.publicKey)
        let files = try (0..<2).map { _ in try SecretKey(json: key.json(comment: "")).publicKey.json(comment: "") }
        #expect(files[0] == files[1])
        #expect(files[0] == (try key.publicKey.json(comment: "")))
    }

    /// Seeds of 256 bits: by chance once in 2^256.
    @Test func twoKeysHaveNothingInCommon() throws {
        let one = try #require(JSONSerialization.jsonObject(with: SecretKey().json(comment: "")) as? [String: Any])
        let two = try #require(JSONSerialization.jsonObject(with: SecretKey().json(comment: "")) as? [String: Any])
        for name in ["a", "b", "s"] { #expect(one[name] as? String != two[name] as? String) }
        #expect(one["a"] as? String != one["s"] as? String)
    }

    @Test(arguments: [
        ("kty", "DAJ"), ("set", "P"), ("set", "Q"), ("version", "2"), ("a", "AAAA"), ("b", "AAAA"), ("s", "AAAA"),
        ("redraws", "-1"), ("a", "!"), ("s", "other"), ("b", "ones"), ("a", "other"), ("redraws", "7"),
    ])
    func changedFilesAreRefused(name: String, value: String) throws {
        let key = try SecretKey()
        var file = try #require(JSONSerialization.jsonObject(with: key.json(comment: "")) as? [String: Any])
        switch value {
        case "other": file[name] = Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
        case "ones": file[name] = Data(repeating: 0xff, count: 50_176).base64EncodedString()
        default: file[name] = Int(value) ?? value
        }
        let json = try JSONSerialization.data(withJSONObject: file)
        let error = #expect(throws: LatticeError.self) { try SecretKey(json: json) }
        guard case .malformedKey = error else { Issue.record("\(String(describing: error))"); return }
    }

    @Test func otherFilesAreRefused() {
        for text in ["", "{}", "[1]", "{\"kty\": \"LDCT-BFV\"}"] {
            #expect(throws: LatticeError.self) { try PublicKey(json: Data(text.utf8)) }
        }
    }
}
