/// The result of a query in text form.
package struct LibpqRows: Sendable, Equatable {
    /// Names of the columns.
    package var columns: [String]
    /// Values by row and column; nil: null.
    package var rows: [[String?]]
    /// The command tag, as `SELECT 3`.
    package var tag: String

    package init(columns: [String], rows: [[String?]], tag: String = "") {
        self.columns = columns
        self.rows = rows
        self.tag = tag
    }
}
