import Foundation
import Numerics
import Testing

/// Bytes of good inputs changed at random, for tests of parsers of foreign bytes.
///
/// `LDCT_MUTATIONS` and `LDCT_MUTATIONS_ISOLATED` set the number of inputs of a parser in this process and of one in a child process,
/// `LDCT_MUTATION_SEED` the first seed. `Tests/mutations.sh` runs the long test with them.
struct Mutants {
    /// Small in the normal tests: all parsers together get some 10^4.
    static let inProcess = setting("LDCT_MUTATIONS", 1000)
    static let isolated = setting("LDCT_MUTATIONS_ISOLATED", 500)
    static let firstSeed = setting("LDCT_MUTATION_SEED", 1)

    private static func setting(_ name: String, _ fallback: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? fallback
    }

    let originals: [Data]
    /// Bytes at the start that half of the changes hit: where most that is not values lies.
    let head: Int

    /// One changed input.
    func mutant(seed: Int) -> Data {
        var generator = SeededGenerator(seed: UInt64(seed))
        var bytes = originals[seed % originals.count]
        guard !bytes.isEmpty else { return bytes }
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let range = Bool.random(using: &generator) ? 0..<bytes.count : 0..<min(head, bytes.count)
            let place = bytes.startIndex + Int.random(in: range, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[place] = [0, 1, 0x7f, 0x80, 0xff, 0x39, 0x2d].randomElement(using: &generator) ?? 0
            default: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
        }
        switch Int.random(in: 0..<20, using: &generator) {
        case 0: bytes = bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))
        case 1:
            let start = bytes.startIndex + Int.random(in: 0..<bytes.count, using: &generator)
            bytes += bytes[start..<min(bytes.endIndex, start + 64)]
        default: break
        }
        return Data(bytes)
    }

    /// Numbers of a JSON or YAML text replaced by ones at and beyond the edges of every type.
    static func withOddNumbers(_ text: String, seed: Int) -> Data {
        var generator = SeededGenerator(seed: UInt64(seed))
        let odd = [
            "-1", "0", "1", "2147483648", "4294967296", "3037000500", "1048576", "4611686018427387904",
            "9223372036854775807",
            "-9223372036854775808", "18446744073709551616", "1e308", "1e-320", "-0.0", "0.5", "null", "true", "\"7\"",
            "[]", "{}",
        ]
        let numbers = text.ranges(of: #/-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/#)
        guard let range = numbers.randomElement(using: &generator), let value = odd.randomElement(using: &generator)
        else {
            return Data(text.utf8)
        }
        return Data(text.replacingCharacters(in: range, with: value).utf8)
    }

    /// Parses `count` mutants. Whatever comes of one is a value or an error of one line, within ten seconds of computing.
    /// - Returns: how many were refused.
    @discardableResult static func parse(
        _ what: String, count: Int, _ mutant: (Int) -> Data, _ body: (Data) throws -> Void
    ) -> Int {
        var (refused, slowest, slowestSeed) = (0, 0.0, 0)
        for seed in firstSeed..<firstSeed + count {
            let start = processorSeconds
            do {
                try body(mutant(seed))
            } catch {
                refused += 1
                let text = "\(error)"
                if text.contains("\n") || text.isEmpty { Issue.record("\(what), seed \(seed): \(text)") }
            }
            let took = processorSeconds - start
            if took > slowest { (slowest, slowestSeed) = (took, seed) }
        }
        #expect(slowest < 10, "\(what), seed \(slowestSeed)")
        print(
            "\(what): \(count) mutants from seed \(firstSeed), \(refused) refused, slowest \(slowest) s (seed \(slowestSeed))"
        )
        return refused
    }

    /// Of this thread: tests run beside each other.
    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Runs the program on mutants as a user would: a status of the design's list, one line, no file left, at most 4 GiB of addresses and
    /// ten seconds of computing.
    static func run(
        _ program: Program, _ what: String, count: Int, file: String, _ mutant: (Int) -> Data, arguments: String
    ) throws {
        for seed in firstSeed..<firstSeed + count {
            try mutant(seed).write(to: program.folder.appending(path: file))
            let before = program.files
            let result = try program.runLimited(arguments)
            let place = "\(what), seed \(seed): ldct \(arguments)"
            #expect([0, 1, 2].contains(result.status), "\(place): status \(result.status)")
            if result.status == 2 {
                #expect(
                    result.errors.hasPrefix("ldct: ") && result.errors.count { $0 == "\n" } == 1,
                    "\(place): \(result.errors)")
                #expect(program.files == before, "\(place) left \(program.files)")
            } else {
                for name in program.files where !before.contains(name) {
                    try FileManager.default.removeItem(atPath: program.path(name))
                }
            }
        }
    }
}

extension Program {
    /// Runs `ldct` under limits that a shell sets, or under another program.
    func runLimited(
        _ arguments: String, by shell: String = "ulimit -v 4194304; ulimit -t 10; exec"
    ) throws -> Result {
        let (output, errors) = (Pipe(), Pipe())
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "ldct")
            .path
        process.arguments = ["-c", "\(shell) \"$0\" \(arguments)", program]
        process.currentDirectoryURL = folder
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let result = try Self.result(of: process, output, errors)
        // A process that a signal ends has no status of the list.
        let status = process.terminationReason == .exit ? result.status : 128 + result.status
        return Result(status: status, output: result.output, errors: result.errors)
    }
}
