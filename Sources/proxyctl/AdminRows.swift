/// The rows of an answer of the admin database, by column name.
struct AdminRows: Equatable {
    private(set) var records: [Record] = []

    /// One row; a column that is missing or null reads as nil, so that an older or newer proxy can
    /// be asked as well.
    struct Record: Equatable {
        var fields: [String: String] = [:]

        func text(_ column: String) -> String? { fields[column] }

        func number(_ column: String) -> Int64? { fields[column].flatMap { Int64($0) } }

        func count(_ column: String) -> Int64 { number(column) ?? 0 }
    }

    init(columns: [String], rows: [[String?]]) {
        records = rows.map { row in
            var record = Record()
            for (column, value) in zip(columns, row) { record.fields[column] = value }
            return record
        }
    }
}
