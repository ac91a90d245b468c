import CObliviousTransfer

/// The code that makes 1-of-2^i transfers out of one vector OLE per coordinate.
///
/// Coordinates are the 31 non-zero g of GF(2)^5; the codeword of a choice x is <g, x>. Sixteen rows compress the 31 bytes of
/// `codeword * Delta` to 128 bits. For a uniform Delta the result is uniform for every x other than 0 if and only if the columns of
/// every codeword's support have full rank; each offset is then uniform, and so is each difference of two, but they are not
/// jointly independent.
///
/// Source: Kolesnikov and Kumaresan 2013, section 3, for the use of codes; the compression is ours.
enum ChoiceCode {
    static let coordinates = Int(OT_COORDINATES)
}
