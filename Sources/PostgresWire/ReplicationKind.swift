/// What kind of replication connection a client asks for, if any.
package enum ReplicationKind: Sendable, Hashable {
    case none
    /// Streams the write-ahead log of the whole server; belongs to no database.
    case physical
    /// Decodes the changes of one database; takes SQL too.
    case database

    /// Reads the startup parameter `replication`; nil if it is none of the values that PostgreSQL
    /// takes (src/backend/tcop/backend_startup.c, `ProcessStartupPacket`).
    package init?(_ text: String?) {
        guard let text else {
            self = .none
            return
        }
        if text == "database" {
            self = .database
        } else if let isOn = Self.boolean(text.lowercased()) {
            self = isOn ? .physical : .none
        } else {
            return nil
        }
    }

    /// Words of a boolean may be cut short, as long as it is clear which is meant
    /// (src/backend/utils/adt/bool.c, `parse_bool`).
    private static func boolean(_ text: String) -> Bool? {
        if text.isEmpty { return nil }
        if "true".hasPrefix(text) || "yes".hasPrefix(text) || text == "1" { return true }
        if "false".hasPrefix(text) || "no".hasPrefix(text) || text == "0" { return false }
        if text == "on" { return true }
        return text == "of" || text == "off" ? false : nil
    }
}
