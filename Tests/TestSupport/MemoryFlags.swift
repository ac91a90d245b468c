import Foundation

/// What the system has been told of a page of memory, as /proc names it: `wf`, wiped for child processes; `dd`, in no core file.
package enum MemoryFlags {
    /// - Returns: nothing for an address of no mapping. - Throws: an error of reading /proc/self/smaps.
    package static func of(_ address: UnsafePointer<UInt64>) throws -> Set<String> {
        let place = UInt(bitPattern: address)
        // Its size is said to be 0, and a reader of strings stops after the first part.
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps"))
        let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        var isInside = false
        for line in text.split(separator: "\n") {
            if let range = line.wholeMatch(of: /([0-9a-f]+)-([0-9a-f]+) .*/) {
                let (start, end) = (UInt(range.1, radix: 16) ?? 0, UInt(range.2, radix: 16) ?? 0)
                isInside = start <= place && place < end
            } else if isInside, line.hasPrefix("VmFlags:") {
                return Set(line.split(separator: " ").dropFirst().map(String.init))
            }
        }
        return []
    }
}
