import Dispatch
import NIOCore
import Synchronization

/// Frames between the event loop that reads them and the thread that waits for them.
///
/// It holds at most `capacity` bytes and what arrived with one read: the event loop stops reading from the socket beyond that, so that a
/// sender who is faster than the reader is slowed down by TCP.
final class Inbox: Sendable {
    struct Frame {
        let payload: ByteBuffer
        /// Whether the message ends with it.
        let isLast: Bool

        /// Bytes that it counts for: a small frame keeps the buffer it arrived in, and a place in the queue.
        var weight: Int { payload.readableBytes + 4096 }
    }

    private struct State {
        // Consumed from `next` on; emptied at once when all are.
        var frames: [Frame] = []
        var next = 0
        var bytes = 0
        var end: TransportError?
        /// Reads again; set while the event loop holds back.
        var resume: (@Sendable () -> Void)?
    }

    static let capacity = 4 << 20
    private let state = Mutex(State())
    private let arrivals = DispatchSemaphore(value: 0)

    // The event loop's side.

    func append(_ frame: Frame) {
        state.withLock {
            $0.frames.append(frame)
            $0.bytes += frame.weight
        }
        arrivals.signal()
    }

    /// No frame comes after this; only the first reason counts.
    func finish(_ error: TransportError) {
        state.withLock { $0.end = $0.end ?? error }
        arrivals.signal()
    }

    /// - Returns: Whether to read on now; otherwise `resume` is called when there is room.
    func hasRoom(resume: @escaping @Sendable () -> Void) -> Bool {
        state.withLock {
            guard $0.bytes > Self.capacity else { return true }
            $0.resume = resume
            return false
        }
    }

    /// What ended the connection, though frames may wait.
    var ending: TransportError? { state.withLock { $0.end } }

    // The reader's side.

    /// Waits for the next frame.
    /// - Returns: Nil when `deadline` passes.
    /// - Throws: what ended the connection, once all frames before it are taken.
    func next(before deadline: DispatchTime) throws(TransportError) -> Frame? {
        while true {
            if let frame = try take() { return frame }
            guard arrivals.wait(timeout: deadline) == .success else { return nil }
        }
    }

    private func take() throws(TransportError) -> Frame? {
        let (frame, end, resume) = state.withLock { state -> (Frame?, TransportError?, (@Sendable () -> Void)?) in
            guard state.next < state.frames.count else { return (nil, state.end, nil) }
            let frame = state.frames[state.next]
            state.next += 1
            state.bytes -= frame.weight
            if state.next == state.frames.count {
                state.frames.removeAll(keepingCapacity: true)
                state.next = 0
            }
            guard state.bytes <= Self.capacity / 2 else { return (frame, nil, nil) }
            defer { state.resume = nil }
            return (frame, nil, state.resume)
        }
        resume?()
        if let frame { return frame }
        if let end { throw end }
        return nil
    }
}
