import Support

/// In place of the standard library's: that one loses what a full or closed standard output does not take, in silence.
/// - Throws: `FileError.unwritable`, which ends the program with status 1.
func print(_ text: String, terminator: String = "\n") throws(FileError) { try Console.output(text + terminator) }
