import CObliviousTransfer
import Testing

import ObliviousTransfer

@Suite struct ChoiceCodeTests {
    static let rows = 16

    /// The coordinates at which the codeword of `choice` is 1.
    static func support(of choice: Int) -> [Int] {
        (0..<Int(OT_COORDINATES)).filter {
            !(Int(ot_code_coordinates()[$0]) & choice).nonzeroBitCount.isMultiple(of: 2)
        }
    }

    /// Rank over GF(2) of the compression restricted to some coordinates: bit c of row r says whether coordinate c enters byte r.
    static func rank(of coordinates: [Int]) -> Int {
        var columns = coordinates.map { column in
            (0..<rows).reduce(UInt32(0)) { $0 | (ot_code_rows()[$1] >> UInt32(column) & 1) << UInt32($1) }
        }
        var rank = 0
        for bit in 0..<UInt32(rows) {
            guard let pivot = columns[rank...].firstIndex(where: { $0 >> bit & 1 == 1 }) else { continue }
            columns.swapAt(rank, pivot)
            for index in columns.indices where index != rank && columns[index] >> bit & 1 == 1 {
                columns[index] ^= columns[rank]
            }
            rank += 1
        }
        return rank
    }

    /// A matrix of random columns passes this about never: it is what the uniform offsets of every choice rest on.
    @Test func compressionHasFullRankOnEverySupport() {
        for choice in 1..<32 {
            let support = Self.support(of: choice)
            #expect(support.count == 16)
            #expect(Self.rank(of: support) == Self.rows, "choice \(choice)")
        }
    }

    @Test func rankSeesADependentColumn() {
        let support = Self.support(of: 1)
        #expect(Self.rank(of: Array(support.dropLast())) == Self.rows - 1)
    }

    @Test(arguments: [(TransferField.eight, [15, 22, 25, 26, 26]), (.four, [31, 46, 53, 56, 57])])
    func correctionsHaveTheDesignsSizes(field: TransferField, planes: [Int]) {
        #expect((1...5).map { TransferShape(index: $0, pad: .bits(1)).correctionPlanes(field) } == planes)
    }
}
