/// A five-character SQLSTATE (PostgreSQL documentation, appendix "PostgreSQL Error Codes").
package struct SQLState: Hashable, Sendable, CustomStringConvertible {
    package let code: StaticString

    package init(_ code: StaticString) { self.code = code }

    package var description: String { code.description }

    package static func == (a: Self, b: Self) -> Bool { a.description == b.description }

    package func hash(into hasher: inout Hasher) { hasher.combine(description) }

    package static let protocolViolation = SQLState("08P01")
    package static let connectionFailure = SQLState("08006")
    package static let connectionUnavailable = SQLState("08001")
    package static let featureNotSupported = SQLState("0A000")
    package static let invalidParameterValue = SQLState("22023")
    package static let untranslatableCharacter = SQLState("22P05")
    package static let invalidTransactionState = SQLState("25000")
    package static let inFailedTransaction = SQLState("25P02")
    package static let invalidAuthorization = SQLState("28000")
    package static let invalidPassword = SQLState("28P01")
    package static let invalidCatalogName = SQLState("3D000")
    package static let syntaxError = SQLState("42601")
    package static let serializationFailure = SQLState("40001")
    package static let cantChangeRuntimeParam = SQLState("55P02")
    package static let undefinedObject = SQLState("42704")
    package static let invalidSQLStatementName = SQLState("26000")
    package static let tooManyConnections = SQLState("53300")
    package static let programLimitExceeded = SQLState("54000")
    package static let insufficientPrivilege = SQLState("42501")
    package static let adminShutdown = SQLState("57P01")
    package static let cannotConnectNow = SQLState("57P03")
    package static let queryCanceled = SQLState("57014")
    package static let internalError = SQLState("XX000")
}
