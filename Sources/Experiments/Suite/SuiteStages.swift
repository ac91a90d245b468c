package import Configuration
import Denoising
import Foundation
import Imaging
import PrivateDenoising
import Support

/// The stages of a workload in the shape of the FHE Benchmarking Suite (HomomorphicEncryption.org, github.com/fhe-benchmarking): each a
/// process of its own, which knows nothing but files under `io/<size>/`.
///
/// The suite has one upload and one download, so the case is of a mode of one round. What a stage of the client reads is what a client
/// has: key, public terms, image; no network.
package struct SuiteStages {
    package enum Stage: String, CaseIterable, Sendable {
        /// Of the harness: the images, what they should become, and what the integer network makes of them in the clear.
        case harnessGenerateInput = "harness_generate_input"
        case clientKeyGeneration = "client_key_generation"
        case serverPreprocessModel = "server_preprocess_model"
        case clientPreprocessInput = "client_preprocess_input"
        case clientEncodeEncryptInput = "client_encode_encrypt_input"
        case serverEncryptedCompute = "server_encrypted_compute"
        case clientDecryptDecode = "client_decrypt_decode"
        case clientPostprocess = "client_postprocess"
    }

    /// The suite's names of instance sizes, and the patches of each here.
    package enum Size: Int, CaseIterable, Sendable {
        case single, small, medium, large

        package var name: String { ["single", "small", "medium", "large"][rawValue] }
        package var patches: Int { [1, 4, 16, 62][rawValue] }
    }

    /// What the server publishes of its model before anything is encrypted: `io/<size>/intermediate/terms.json`.
    private struct Terms: Codable {
        let agreement: Agreement
        /// HU that 0 and the largest input stand for.
        let low, high: Float
    }

    private let file: ConfigurationFile
    private let place: StageFolder

    /// - Parameters:
    ///   - file: An experiment of one case, whose `data.patches` the size replaces.
    ///   - root: The folder that `datasets`, `io` and `measurements` are in.
    package init(_ file: ConfigurationFile, size: Size, root: String) throws(ConfigurationError) {
        self.file = try file.overriding(["data.patches=\(size.patches)"])
        place = StageFolder(root: root, size: size)
    }

    package func run(_ stage: Stage) throws {
        switch stage {
        case .harnessGenerateInput: try generateInput()
        case .serverPreprocessModel: try publishTerms()
        case .clientPreprocessInput: try preprocessInput()
        case .clientPostprocess: try postprocess()
        case .clientKeyGeneration:
            let (item, agreement) = try prepared()
            try generateKeys(scheme(agreement), item.settings.key)
        case .clientEncodeEncryptInput: try encrypt(scheme(try terms().agreement))
        case .serverEncryptedCompute:
            let (item, agreement) = try prepared()
            try compute(scheme(agreement), item)
        case .clientDecryptDecode: try decrypt(scheme(try terms().agreement))
        }
    }

    // MARK: Harness

    private func generateInput() throws {
        let item = try prepared().item
        let patches = item.selection.patches
        try place.write(images: patches.map(\.lowDose), to: .lowDose)
        try place.write(images: patches.map(\.normalDose), to: .normalDose)
        let output = try item.network.output(of: item.input(), threads: item.settings.workers)
        try place.write(KitNumbers.text([output]), to: .expected)
    }

    // MARK: Client

    private func generateKeys<Scheme: MeasuredScheme>(_ scheme: Scheme.Type, _ settings: KeySettings) throws {
        let key = try Scheme.makeKey(settings)
        guard var secret = try Scheme.published(key, comment: "of the client of a benchmark") else {
            throw file.refusal("cases[1].scheme", "encrypts nothing; expected one that does")
        }
        defer { secret.resetBytes(in: secret.startIndex..<secret.endIndex) }
        try place.write(secret, to: .secretKey)
        try place.write(try Scheme.transfer(Scheme.publicKey(of: key)), to: .publicKey)
    }

    private func preprocessInput() throws {
        let terms = try terms()
        let input = try IntegerNetwork.input(
            place.images(.lowDose, terms.agreement.images),
            window: HounsfieldWindow(low: terms.low, high: terms.high), bits: terms.agreement.inputBits)
        try place.write(KitNumbers.text([input]), to: .input)
    }

    private func key<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ agreement: Agreement
    ) throws -> Scheme.PrivateKey {
        var data = try place.data(.secretKey)
        defer { data.resetBytes(in: data.startIndex..<data.endIndex) }
        return try Scheme.key(published: data, agreement.parameters)
    }

    private func encrypt<Scheme: MeasuredScheme>(_ scheme: Scheme.Type) throws {
        let agreement = try terms().agreement
        var client = try Client<Scheme>(
            agreement: agreement, key: key(scheme, agreement),
            images: place.numbers(.input, agreement.images), threads: Resources.threads)
        try place.write(Data(try client.send().bytes), to: .upload)
    }

    private func decrypt<Scheme: MeasuredScheme>(_ scheme: Scheme.Type) throws {
        let agreement = try terms().agreement
        var client = try Client<Scheme>(
            awaitingAnswerOf: agreement, key: key(scheme, agreement), threads: Resources.threads)
        try client.receive(Message(bytes: Array(place.data(.download))))
        guard let result = client.result, result.outOfRange == 0 else {
            throw EvidenceError.wrong(folder: place.folder, values: client.result?.outOfRange ?? 0)
        }
        try place.write(KitNumbers.text([result.output]), to: .output)
    }

    private func postprocess() throws {
        let terms = try terms()
        let agreement = terms.agreement
        let output = try place.numbers(.output, agreement.activationShapes[agreement.layers.count])
        try place.write(
            images: IntegerNetwork.images(
                output, window: HounsfieldWindow(low: terms.low, high: terms.high), scale: agreement.outputScale),
            to: .denoised)
    }

    // MARK: Server

    private func publishTerms() throws {
        let (item, agreement) = try prepared()
        let window = item.trained.window
        try place.write(
            try SortedJSON.file(Terms(agreement: agreement, low: window.low, high: window.high)), to: .terms)
    }

    private func compute<Scheme: MeasuredScheme>(_ scheme: Scheme.Type, _ item: PreparedCase) throws {
        let agreement = try terms().agreement
        let key = try Scheme.receive(place.data(.publicKey), parameters: agreement.parameters, allowsInsecure: false) {}
        var server = try Server<Scheme>(
            agreement: agreement, network: item.network, key: key, threads: item.settings.workers,
            memory: item.settings.memoryBytes)
        try server.receive(Message(bytes: Array(place.data(.upload))))
        try place.write(Data(try server.send().bytes), to: .download)
    }

    // MARK: What they share

    private func scheme(_ agreement: Agreement) throws -> any MeasuredScheme.Type {
        guard let scheme = agreement.parameters.name.measured else {
            throw file.refusal("cases[1].scheme", "exchanges no messages")
        }
        return scheme
    }

    private func prepared() throws -> (item: PreparedCase, agreement: Agreement) {
        let point = try RunInputs(file).points[0]
        guard point.cases.count == 1, let item = point.cases.first else {
            throw file.refusal("cases", "has \(point.cases.count) cases; expected one")
        }
        guard let agreement = item.agreement else { throw file.refusal("cases[1].scheme", "exchanges no messages") }
        guard agreement.rounds.count == 1 else {
            throw file.refusal(
                "cases[1].mode",
                "is \(item.settings.mode.rawValue), which takes more than one round; the suite's stages have one upload and one download"
            )
        }
        if let bits = try scheme(agreement).securityBits(keyBits: item.settings.key.bits),
            bits < SuiteReport.securityBits
        {
            throw file.refusal(
                "key.bits",
                "is \(item.settings.key.bits), \(bits) bits of security; the suite asks for \(SuiteReport.securityBits)"
            )
        }
        return (item, agreement)
    }

    private func terms() throws -> Terms {
        do { return try JSONDecoder().decode(Terms.self, from: place.data(.terms)) } catch let error as FileError {
            throw error
        } catch {
            throw FileError.unreadable(
                file: place.path(.terms), reason: "\(error)", expected: "what server_preprocess_model wrote")
        }
    }
}

/// The files of an instance size, under the suite's names.
private struct StageFolder {
    let root: String
    let size: SuiteStages.Size

    enum File: String {
        case lowDose = "low_dose.txt"
        case normalDose = "normal_dose.txt"
        case expected = "expected.txt"
        case publicKey = "public_keys/key.json"
        case secretKey = "secret_key/key.json"
        case terms = "intermediate/terms.json"
        case input = "intermediate/input.txt"
        case upload = "ciphertexts_upload/000-up.ldct"
        case download = "ciphertexts_download/001-down.ldct"
        case output = "intermediate/output.txt"
        case denoised = "denoised.txt"

        /// What an earlier run of the stage left, by its first bytes.
        var kind: OutputKind {
            switch self {
            case .upload, .download:
                OutputKind("a message") { InputFile.head($0, 4) == Data("LDCT".utf8) }
            case .terms:
                OutputKind("terms of a stage") { InputFile.head($0, 64).starts(with: Data("{\n  \"agreement\"".utf8)) }
            default:
                OutputKind("numbers, one a line") {
                    InputFile.head($0, 4096).allSatisfy { Data("0123456789+-.e\n".utf8).contains($0) }
                }
            }
        }
    }

    var folder: String { "\(root)/io/\(size.name)" }

    func path(_ file: File) -> String {
        switch file {
        case .lowDose, .normalDose, .expected: "\(root)/datasets/\(size.name)/\(file.rawValue)"
        default: "\(folder)/\(file.rawValue)"
        }
    }

    func data(_ file: File) throws -> Data {
        try InputFile.contents(path(file), expected: "what an earlier stage wrote")
    }

    /// A stage that runs again replaces what it wrote and nothing else; a key is never replaced.
    func write(_ data: Data, to file: File) throws {
        let path = path(file)
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        switch file {
        case .secretKey, .publicKey: try OutputPath.requireNew(path, "a key")
        default: try OutputPath.require(path, file.kind, force: true)
        }
        try AtomicFile.write(data, to: path, access: file == .secretKey ? .secret : .usual)
    }

    func numbers(_ file: File, _ shape: TensorShape) throws -> IntegerTensor {
        guard let tensor = KitNumbers.tensor(try data(file), shape) else {
            throw FileError.unreadable(
                file: path(file), reason: "other content", expected: "\(shape.elementCount) whole numbers, one a line")
        }
        return tensor
    }

    /// HU, one a line, image by image.
    func write(images: [Image], to file: File) throws {
        let lines = images.flatMap { $0.pixels.map { "\($0)\n" } }
        try write(Data(lines.joined().utf8), to: file)
    }

    func images(_ file: File, _ shape: TensorShape) throws -> [Image] {
        let pixels = String(decoding: try data(file), as: UTF8.self).split(separator: "\n").compactMap { Float($0) }
        guard pixels.count == shape.elementCount, pixels.allSatisfy(\.isFinite) else {
            throw FileError.unreadable(
                file: path(file), reason: "\(pixels.count) numbers", expected: "\(shape.elementCount) HU, one a line")
        }
        let size = shape.height * shape.width
        return (0..<shape.count).map {
            Image(width: shape.width, height: shape.height, pixels: Array(pixels[$0 * size..<($0 + 1) * size]))
        }
    }
}
