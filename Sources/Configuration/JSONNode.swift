/// A value of a JSON text with the place where it begins.
package struct JSONNode: Hashable, Sendable {
    /// A member of an object; `position` is that of its key.
    package struct Member: Hashable, Sendable {
        package var key: String
        package var position: TextPosition
        package var value: JSONNode
    }

    package enum Value: Hashable, Sendable {
        case null
        case boolean(Bool)
        /// As written, since what it may be (an integer, its range) is for the reader to say.
        case number(String)
        case string(String)
        case array([JSONNode])
        /// In the order of the text; keys are distinct.
        case object([Member])
    }

    package var value: Value
    package var position: TextPosition

    package init(_ value: Value, at position: TextPosition) {
        self.value = value
        self.position = position
    }

    /// The kind of value, as error messages name it.
    package var kind: String {
        switch value {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The whole number that is written here, also as `5.0` or `1e3`; nil for anything else, and
    /// for what an `Int` cannot hold.
    package var integer: Int? {
        guard case .number(let text) = value else { return nil }
        if let integer = Int(text) { return integer }
        return Double(text).flatMap { Int(exactly: $0) }
    }

    /// The member named `key` of an object; nil for other kinds, too.
    package subscript(key: String) -> JSONNode? {
        guard case .object(let members) = value else { return nil }
        return members.first { $0.key == key }?.value
    }
}
