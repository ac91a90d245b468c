import CHDF5Reader

extension HDF5File {
    /// Whether a group or dataset of this path exists in this file.
    package func contains(_ object: String) -> Bool {
        (try? reader.ask(HDF5_READER_EXISTS, object)) != nil
    }

    /// The names in a group, sorted.
    ///
    /// - Throws: `HDF5Error.missing`, `.elsewhere`, `.library`.
    package func members(of group: String = "/") throws(HDF5Error) -> [String] {
        try strings(reader.ask(HDF5_READER_MEMBERS, group).bytes, group)
    }

    // MARK: Attributes

    /// Whether an object has an attribute of this name.
    package func hasAttribute(_ name: String, on object: String = "/") -> Bool {
        (try? reader.ask(HDF5_READER_ATTRIBUTE, object, name)) != nil
    }

    /// The names of an object's attributes, sorted.
    package func attributeNames(of object: String = "/") throws(HDF5Error) -> [String] {
        try strings(reader.ask(HDF5_READER_ATTRIBUTES, object).bytes, object)
    }

    /// - Throws: `HDF5Error.missing`, `.wrongType`.
    package func attribute(_ name: String, as type: String.Type, on object: String = "/") throws(HDF5Error) -> String {
        _ = try count(ofAttribute: name, on: object, isSingle: true, as: .string)
        return try strings(reader.ask(HDF5_READER_ATTRIBUTE_STRINGS, object, name).bytes, "\(object)@\(name)").first
            ?? ""
    }

    /// - Throws: `HDF5Error.missing`, `.wrongType` if it is not an integer, `.lossy` if it has more than 64 bits.
    package func attribute(_ name: String, as type: Int.Type, on object: String = "/") throws(HDF5Error) -> Int {
        try numbers(name, as: Int.self, on: object, isSingle: true)[0]
    }

    /// Reads one number; a stored integer is welcome.
    ///
    /// - Throws: `HDF5Error.missing`, `.wrongType` if it is not a number.
    package func attribute(_ name: String, as type: Double.Type, on object: String = "/") throws(HDF5Error) -> Double {
        try numbers(name, as: Double.self, on: object, isSingle: true)[0]
    }

    /// Reads a list of numbers; stored integers are welcome.
    ///
    /// - Throws: `HDF5Error.missing`, `.wrongType` if they are not numbers.
    package func attribute(_ name: String, as type: [Double].Type, on object: String = "/") throws(HDF5Error)
        -> [Double]
    {
        try numbers(name, as: Double.self, on: object, isSingle: false)
    }

    private func numbers<Element: HDF5Element>(
        _ name: String, as type: Element.Type, on object: String, isSingle: Bool
    ) throws(HDF5Error) -> [Element] {
        let count = try count(ofAttribute: name, on: object, isSingle: isSingle, as: Element.elementType)
        let values = try reader.numbers(type, object, name)
        guard values.count == count else { throw .damaged(file: path, reason: "\(object)@\(name) is cut short") }
        return values
    }

    /// The number of an attribute's values, whose type was checked.
    /// - Parameter isSingle: whether it must be one value.
    private func count(
        ofAttribute name: String, on object: String, isSingle: Bool, as type: HDF5ElementType
    ) throws(HDF5Error) -> Int {
        let declared = try reader.ask(HDF5_READER_ATTRIBUTE, object, name)
        let place = "\(object)@\(name)"
        let count = declared.shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
        guard !isSingle || count == 1 else {
            throw .wrongShape(file: path, object: place, expected: "one value", found: declared.shape)
        }
        guard declared.type.converts(to: type) else {
            throw .wrongType(file: path, object: place, expected: "\(type)", found: "\(declared.type)")
        }
        return count
    }
}
