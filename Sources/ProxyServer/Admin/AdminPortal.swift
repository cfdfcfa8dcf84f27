/// A command bound for execution, and how far its rows have been fetched.
struct AdminPortal {
    /// nil: an empty query.
    let command: AdminCommand?
    let formats: AdminFormats
    /// Rows not fetched yet; nil: not run yet.
    private(set) var pending: ArraySlice<[AdminValue]>?
    /// Rows that were fetched.
    private(set) var fetched = 0

    init(command: AdminCommand?, formats: AdminFormats) {
        self.command = command
        self.formats = formats
    }

    /// The command was run; nil: it returns no rows.
    mutating func fill(_ table: AdminTable?) { pending = (table?.rows ?? [])[...] }

    /// The next rows, at most `limit` of them unless it is 0, and whether the limit cut them off.
    mutating func fetch(limit: Int) -> (rows: ArraySlice<[AdminValue]>, isSuspended: Bool) {
        let rows = limit > 0 ? (pending ?? []).prefix(limit) : pending ?? []
        pending = pending?.dropFirst(rows.count)
        fetched += rows.count
        return (rows, limit > 0 && rows.count == limit)
    }
}

extension AdminWriter {
    /// A table as DataRows, after its RowDescription if that is owed.
    mutating func rows(_ table: AdminTable, _ formats: AdminFormats, describe: Bool) {
        if describe { rowDescription(table.columns, formats) }
        for row in table.rows { dataRow(row, of: table.columns, formats) }
    }
}
