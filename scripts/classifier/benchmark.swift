import StatementClassifier

let statements: [(String, String)] = [
    ("SELECT 1", "SELECT 1"),
    ("pgbench -S", "SELECT abalance FROM pgbench_accounts WHERE aid = 4711;"),
    ("60 bytes", "SELECT id, owner, balance FROM accounts WHERE id = $1 LIMIT 1"),
    ("insert", "INSERT INTO accounts (id, owner, balance) VALUES ($1, $2, $3) RETURNING id"),
    (
        "ORM, 300 bytes",
        "SELECT accounts_1.id AS accounts_1_id, accounts_1.owner AS accounts_1_owner, "
            + "count(o.total) AS total_1 FROM accounts AS accounts_1 LEFT OUTER JOIN orders AS o "
            + "ON accounts_1.id = o.account_id WHERE accounts_1.balance > $1::NUMERIC(12, 2) AND "
            + "lower(accounts_1.owner) = 'some one' ORDER BY accounts_1.id LIMIT $2"
    ),
    ("literals", "SELECT 1 WHERE 'x' IN (" + String(repeating: "'value', ", count: 200) + "'')"),
    ("begin", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"),
]

/// Nanoseconds per call, the best of ten rounds.
func measure(_ sql: String, cached: Int) -> Double {
    var classifier = Classifier(seed: 0x1234_5678_9ABC_DEF0, cachedVerdicts: cached)
    let bytes = Array(sql.utf8)
    let rounds = max(1_000, 20_000_000 / (bytes.count + 20))
    var best = Double.infinity
    var sum: UInt64 = 0
    for _ in 0..<10 {
        let time = ContinuousClock().measure {
            for _ in 0..<(rounds / 10) {
                sum &+= classifier.classify(bytes.span.bytes).fingerprint
            }
        }
        let nanoseconds =
            Double(time.components.seconds) * 1e9 + Double(time.components.attoseconds) / 1e9
        best = min(best, nanoseconds / Double(rounds / 10))
    }
    precondition(sum != 1)
    return best
}

print("bytes   first sight   known     statement")
for (name, sql) in statements {
    let columns = [Double(sql.utf8.count), measure(sql, cached: 0), measure(sql, cached: 16_384)]
    let texts = columns.map { value in
        let digits = String(Int(value + 0.5))
        return String(repeating: " ", count: max(0, 6 - digits.count)) + digits
    }
    print("\(texts[0])   \(texts[1]) ns   \(texts[2]) ns   \(name)")
}
