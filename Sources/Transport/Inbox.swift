import Dispatch
import NIOCore
import Synchronization

/// Pieces of messages between the event loop that reads them and the thread that waits for them.
///
/// It holds at most `capacity` bytes and what arrived with one read: the event loop stops reading from the socket beyond that, so that a
/// sender who is faster than the reader is slowed down by TCP.
final class Inbox: Sendable {
    struct Piece {
        let payload: ByteBuffer
        /// Whether the message ends with it.
        let isLast: Bool

        /// Bytes that it counts for: a small piece takes a buffer of its own, and a place in the queue.
        var weight: Int { payload.readableBytes + 4096 }
    }

    private struct State {
        var pieces = CircularBuffer<Piece>()
        var bytes = 0
        var end: TransportError?
        /// Reads again; set while the event loop holds back.
        var resume: (@Sendable () -> Void)?
    }

    static let capacity = 4 << 20
    private let state = Mutex(State())
    private let arrivals = DispatchSemaphore(value: 0)

    // The event loop's side.

    func append(_ piece: Piece) {
        state.withLock {
            // What comes behind a malformed frame is nobody's.
            guard $0.end == nil else { return }
            $0.pieces.append(piece)
            $0.bytes += piece.weight
        }
        arrivals.signal()
    }

    /// No piece comes after this; only the first reason counts.
    func finish(_ error: TransportError) {
        state.withLock {
            $0.end = $0.end ?? error
            // It holds the event loop's side, which holds this inbox.
            $0.resume = nil
        }
        arrivals.signal()
    }

    /// - Returns: Whether to read on now; otherwise `resume` is called when there is room.
    func hasRoom(resume: @escaping @Sendable () -> Void) -> Bool {
        state.withLock {
            guard $0.bytes > Self.capacity, $0.end == nil else { return true }
            $0.resume = resume
            return false
        }
    }

    /// What ended the connection, though pieces may wait.
    var ending: TransportError? { state.withLock { $0.end } }

    // The reader's side.

    /// Nothing has come that is not taken, and more may come.
    var isIdle: Bool { state.withLock { $0.pieces.isEmpty && $0.end == nil } }

    /// Waits for the next piece.
    /// - Returns: Nil when `deadline` passes.
    /// - Throws: what ended the connection, once all pieces before it are taken.
    func next(before deadline: DispatchTime) throws(TransportError) -> Piece? {
        while true {
            if let piece = try take() { return piece }
            guard arrivals.wait(timeout: deadline) == .success else { return nil }
        }
    }

    private func take() throws(TransportError) -> Piece? {
        let (piece, end, resume) = state.withLock { state -> (Piece?, TransportError?, (@Sendable () -> Void)?) in
            guard let piece = state.pieces.popFirst() else { return (nil, state.end, nil) }
            state.bytes -= piece.weight
            guard state.bytes <= Self.capacity / 2 else { return (piece, nil, nil) }
            defer { state.resume = nil }
            return (piece, nil, state.resume)
        }
        resume?()
        if let piece { return piece }
        if let end { throw end }
        return nil
    }
}
