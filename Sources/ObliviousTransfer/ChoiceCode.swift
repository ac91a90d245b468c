import CObliviousTransfer

/// The code that makes 1-of-2^i transfers out of one vector OLE per coordinate.
///
/// Coordinates are the 31 non-zero g of GF(2)^5; the codeword of a choice x is <g, x>. Sixteen rows compress the 31 bytes of
/// `codeword * Delta` to 128 bits. For a uniform Delta the result is uniform for every x other than 0 if and only if the columns of
/// every codeword's support have full rank; each offset is then uniform, and so is each difference of two, but they are not
/// jointly independent.
///
/// Source: Kolesnikov and Kumaresan 2013, section 3, for the use of codes; the compression is ours.
package enum ChoiceCode {
    package static let coordinates = Int(OT_COORDINATES)
    package static let rows = 16

    /// The coordinates as five-bit vectors, unit vectors first.
    package static let elements: [Int] = (0..<coordinates).map { Int(ot_code_coordinates()[$0]) }
    /// Bit c of row r says whether coordinate c enters byte r.
    package static let compression: [UInt32] = (0..<rows).map { ot_code_rows()[$0] }

    /// The coordinates at which the codeword of `choice` is 1.
    package static func support(of choice: Int) -> [Int] {
        (0..<coordinates).filter { !(elements[$0] & choice).nonzeroBitCount.isMultiple(of: 2) }
    }

    /// Rank over GF(2) of the compression restricted to some coordinates.
    package static func rank(of coordinates: [Int]) -> Int {
        var columns = coordinates.map { column in
            (0..<rows).reduce(UInt32(0)) { $0 | (compression[$1] >> UInt32(column) & 1) << UInt32($1) }
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
}
