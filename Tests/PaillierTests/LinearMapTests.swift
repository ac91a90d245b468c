import Paillier
import Testing
import Numerics

/// Encrypted linear maps with filters per position against the definition, and counted products against the plan.
@Suite struct LinearMapTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let inputs, outputs, height, width: Int
        let rows, columns: [Range<Int>]
        let bits: Int
        var testDescription: String {
            "\(inputs)->\(outputs) \(height)x\(width) to \(rows.count)x\(columns.count) w\(bits)"
        }

        /// Windows of a padded correlation.
        static func padded(_ size: Int, reach: Int) -> [Range<Int>] {
            (0..<size).map { max(0, $0 - reach)..<min(size, $0 + reach + 1) }
        }

        func map(filters count: Int) -> LinearMap {
            // Filters of one size can be shared; others have to be their own.
            var filterOf: [Int] = []
            var filters: [[Int32]] = []
            var known: [Int: [Int]] = [:]
            let limit = Int32(1) << Int32(bits - 1)
            for row in rows {
                for column in columns {
                    let size = outputs * inputs * row.count * column.count
                    if known[size, default: []].count < count {
                        known[size, default: []].append(filters.count)
                        filters.append((0..<size).map { _ in Int32.random(in: -limit...(limit - 1)) })
                    }
                    filterOf.append(known[size]?.randomElement() ?? 0)
                }
            }
            return LinearMap(
                inputChannels: inputs, inputHeight: height, inputWidth: width, outputChannels: outputs, rows: rows,
                columns: columns, filterOf: filterOf, filters: filters)
        }
    }

    /// A padded correlation of one channel.
    static let padded = Case(
        inputs: 1, outputs: 1, height: 9, width: 11, rows: Case.padded(9, reach: 3), columns: Case.padded(11, reach: 2),
        bits: 10)
    static let cases = [
        Case(inputs: 1, outputs: 1, height: 1, width: 1, rows: [0..<1], columns: [0..<1], bits: 10), padded,
        Case(
            inputs: 2, outputs: 3, height: 5, width: 6, rows: Case.padded(5, reach: 1),
            columns: Case.padded(6, reach: 6), bits: 4),
        Case(
            inputs: 1, outputs: 1, height: 14, width: 13, rows: [0..<14, 3..<4, 13..<14], columns: [0..<2, 12..<13],
            bits: 1),
        Case(inputs: 3, outputs: 2, height: 4, width: 4, rows: [0..<4], columns: [0..<4], bits: 7),
    ]

    @Test(arguments: cases, KernelTests.paths) func equalsTheDefinition(test: Case, path: KernelPath) throws {
        let key = try PrivateKey(unsafeBits: 128, path: path)
        let map = test.map(filters: 2)
        let input = (0..<map.inputCount).map { _ in Int.random(in: -2048...2047) }
        let encrypted = EncryptedValues(key.encrypt(try Plaintexts(input.map { BigInteger($0) }, key: key.publicKey)))
        for (threads, memory) in [(1, 1 << 30), (3, 1 << 17)] {
            let layer = try EncryptedLinearMap(map, key: key.publicKey, memory: memory)
            let (output, products) = try layer(encrypted, threads: threads)
            let decrypted = try key.decrypt(output.ciphertexts())
            #expect(
                (0..<output.count).map { decrypted.signed($0, key: key.publicKey).exactInt } == reference(map, input))
            #expect(products == layer.plan.products, "\(layer.plan)")
        }
    }

    @Test func littleMemoryMeansSeveralPasses() throws {
        let key = try PrivateKey(unsafeBits: 128).publicKey
        let map = Self.padded.map(filters: 1)
        let small = try EncryptedLinearMap(map, key: key, memory: 1 << 17).plan
        let large = try EncryptedLinearMap(map, key: key).plan
        #expect(small.lanesAtOnce < large.lanesAtOnce && small.products > large.products)
        #expect(throws: PaillierError.self) { try EncryptedLinearMap(map, key: key, memory: 1000) }
    }

    private func reference(_ map: LinearMap, _ input: [Int]) -> [Int?] {
        (0..<map.outputCount).map { index in
            let (row, column) = (index / map.columns.count % map.rows.count, index % map.columns.count)
            let filter = map.filters[map.filterOf[row * map.columns.count + column]]
            let channel = index / (map.rows.count * map.columns.count)
            var weights = filter.dropFirst(channel * filter.count / map.outputChannels)
            var sum = 0
            for plane in 0..<map.inputChannels {
                for y in map.rows[row] {
                    for x in map.columns[column] {
                        sum += Int(weights.removeFirst()) * input[(plane * map.inputHeight + y) * map.inputWidth + x]
                    }
                }
            }
            return sum
        }
    }
}
