/// A source of random transfers for the side that chooses. The choices are random too: who needs others sends corrections.
///
/// `TransferReceiver` makes them by SoftSpoken extension; a source that expands correlations in silence (Ferret) would fit as well.
package protocol RandomTransferReceiver: ~Copyable, Sendable {
    /// Bytes that `choose` writes for a batch.
    func messageBytes(_ shape: TransferShape, blocks: Int) -> Int
    /// The next `512 blocks` transfers; what the other side needs to make its pads is appended to `message`.
    mutating func choose(_ shape: TransferShape, blocks: Int, threads: Int, message: inout [UInt8]) -> ChosenTransfers
}

/// The same for the side that holds all pads.
package protocol RandomTransferSender: ~Copyable, Sendable {
    func messageBytes(_ shape: TransferShape, blocks: Int) -> Int
    /// - Throws: `malformedMessage` when `message` has another size than `messageBytes`.
    mutating func offer(
        _ shape: TransferShape, blocks: Int, threads: Int, message: ArraySlice<UInt8>
    ) throws(ObliviousTransferError) -> OfferedTransfers
}
