import SessionCore

extension ServerLink.Refusal {
    /// The server is not there for anybody: it starts, stops or recovers (PostgreSQL documentation,
    /// "Error Codes", class 57).
    var tellsOfOutage: Bool { state.hasPrefix("57P0") && state != "57P04" }
}
