import StatementClassifier

/// What a text asks of statements that are known by their own names in SQL.
enum PreparedNameUse: Sendable {
    case nothing
    case one(PreparedNameStatement)
    /// Of any: the text is not a single statement that can be read.
    case any

    /// The name; nil: nothing, or any.
    var name: [UInt8]? {
        guard case .one(let statement) = self else { return nil }
        return switch statement {
        case .prepare(let name), .execute(let name), .deallocate(let name): name
        case .deallocateAll: nil
        }
    }

    /// The statement that a DEALLOCATE is for.
    var deallocated: [UInt8]? {
        guard case .one(.deallocate(let name)) = self else { return nil }
        return name
    }

    /// The statement that a PREPARE makes.
    var prepared: [UInt8]? {
        guard case .one(.prepare(let name)) = self else { return nil }
        return name
    }
}
