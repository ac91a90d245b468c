import TestSupport
import Testing

/// What the arrangement of the sources promises, as far as their text shows it.
@Suite struct HouseTests {
    private static func sources(below folder: String) throws -> [(path: String, text: String)] {
        try Repository.swiftFiles(below: "Sources/\(folder)").map {
            (String($0.dropFirst("Sources/".count)), try Repository.text($0))
        }
    }

    /// How values sit in ciphertexts is a scheme's own business.
    @Test func nobodyOutsideASchemeKnowsHowValuesSit() throws {
        let words = ["Packing", "packing", "plaintextBits", "slotBits", "Tiling", "tiling", "unusedSlots"]
        let places = [
            "PrivateDenoising/Session", "PrivateDenoising/Modes", "PrivateDenoising/Messages", "Leakage", "Preparation",
            "Experiments",
        ]
        let files = try places.flatMap(Self.sources)
        #expect(files.count > 100)
        // These two time the schemes' own layers, below any protocol.
        let exempt = ["LayerBenchmark.swift", "LatticeBenchmark.swift"].map { "Experiments/Benchmarks/\($0)" }
        #expect(Set(exempt).isSubset(of: files.map(\.path)))
        let word = try Regex("\\b(\(words.joined(separator: "|")))\\b")
        for (path, text) in files where !exempt.contains(path) {
            let code = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
            for line in code {
                if words.contains(where: { line.contains($0) }), line.contains(word) {
                    Issue.record("\(path): \(line)")
                }
                // A modulus of so many bits holds plaintexts of one less.
                #expect(!line.contains("publicKey.bits - 1") && !line.contains("keyBits - 1"), "\(path): \(line)")
            }
        }
    }

    /// M8: the lattice set without flooding, and answers without protection, are named by the library, its benchmark and attack I alone;
    /// a scheme takes protections off only as it is told to.
    @Test func unprotectedAnswersStayInTheLaboratory() throws {
        let allowed = [
            "plain": ["Experiments/Benchmarks/LatticeBenchmark.swift"],
            "answering": ["Leakage/Answers/LatticeAnswerAttack.swift", "PrivateDenoising/Schemes/LatticeScheme.swift"],
            "unswitched": ["Leakage/Answers/LatticeAnswerAttack.swift"],
        ]
        let patterns = [
            "plain": #"LatticeParameters\.plain|\[LatticeParameters\.flooded, \.plain\]|\(\.plain"#,
            "answering": #"\.answering\("#, "unswitched": #"\.unswitched\("#,
        ]
        for folder in ["PrivateDenoising", "Experiments", "Leakage", "Serving", "ldct"] {
            for (path, text) in try Self.sources(below: folder) {
                for (name, pattern) in patterns where text.contains(try Regex(pattern)) {
                    #expect(allowed[name]?.contains(path) == true, "\(path): \(name)")
                }
            }
        }
        let scheme = try #require(
            Self.sources(below: "PrivateDenoising/Schemes").first { $0.path.hasSuffix("/LatticeScheme.swift") })
        #expect(
            scheme.text.contains(
                "protections.rerandomises\n            ? layer.convolution : layer.convolution.answering("))
    }

    /// Schemes and modes are asked what they are. Who names one is listed: its own file, attacks made on it, yardsticks of the paper.
    @Test func schemesAndModesAreAskedNotNamed() throws {
        let schemes = [
            "Experiments/Running/AttackCell.swift", "Leakage/Reaction/ReactionAttack.swift",
            "Leakage/Ciphertexts/ServerView.swift",
        ]
        let modes = [
            "Experiments/Benchmarks/NetworkBenchmark.swift", "Experiments/Experiment/ProtocolSettings.swift",
            "Experiments/Running/PaperMeasurement.swift",
            "Leakage/Answers/LatticeAnswerAttack+Attack.swift", "Leakage/Intermediate/MaskVariant.swift",
            "Leakage/Randomness/RandomnessAttack+Attack.swift", "Leakage/Shares/ShareProbes.swift",
            "PrivateDenoising/Session/Agreement+Check.swift", "ldct/BenchCommand.swift",
        ]
        let patterns = [
            (#"(case|==|!=) \.(paillier|lattice|cleartext)\b"#, "PrivateDenoising/Schemes/", schemes),
            (
                #"(case|==|!=) \.(linear|linearFused|clientAided|positiveMask|signedMask|signPair|shared)\b"#,
                "PrivateDenoising/Modes/", modes
            ),
        ]
        for (pattern, folder, listed) in patterns {
            let word = try Regex(pattern)
            var found: Set<String> = []
            for module in ["PrivateDenoising", "Leakage", "Serving", "Experiments", "ldct"] {
                for (path, text) in try Self.sources(below: module) where text.contains(word) { found.insert(path) }
            }
            #expect(found.contains { $0.hasPrefix(folder) })
            #expect(found.filter { !$0.hasPrefix(folder) } == Set(listed))
        }
    }

    /// Parties know no clock but for the seconds of their stages, no socket and no file.
    @Test func partiesAreStateMachines() throws {
        for (path, text) in try Self.sources(below: "PrivateDenoising") {
            for module in ["NIO", "Foundation", "Dispatch", "Glibc"]
            where path != "PrivateDenoising/PrivateDenoisingError.swift" {
                #expect(!text.contains("import \(module)"), "\(path) imports \(module)")
            }
        }
    }

    /// A client is made of an agreement, a key and images: nothing it holds names a network.
    @Test func aClientKnowsNoNetwork() throws {
        let client = try #require(
            Self.sources(below: "PrivateDenoising/Session").first { $0.path.hasSuffix("/Client.swift") })
        #expect(!client.text.contains("IntegerNetwork"))
    }

    /// One maker of temporary folders, which removes them.
    @Test func testsMakeTemporaryFoldersAtOnePlace() throws {
        let makers = ["FileManager.default." + "temporaryDirectory", "mk" + "dtemp"]
        // A Python environment is made once for all runs.
        let exempt = ["Tests/TestSupport/TemporaryFolder.swift", "Tests/CommandTests/Prepare/OwnImagesTests.swift"]
        for path in Repository.swiftFiles(below: "Tests") where !exempt.contains(path) {
            let text = try Repository.text(path)
            for maker in makers { #expect(!text.contains(maker), "\(path)") }
        }
    }
}
