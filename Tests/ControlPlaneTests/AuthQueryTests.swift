import Testing

@testable import ControlPlane

/// What the answer of an auth query means.
struct AuthQueryTests {
    private static let verifier =
        "SCRAM-SHA-256$4096:a63W3uFc8rHz8v53YLCNFg==$OvlvrkzA20/6S8aqV1ncD78Mbm80DuYV918hqURspDE=:"
        + "WuNr36xMYTOz12I7PuL4Iyn8uVU/hIjI+mIp/fNkEpM="

    private func finding(
        _ rows: [[String?]], columns: [String] = ["usename", "passwd"]
    ) throws -> AuthQuery.Finding {
        try AuthQuery.finding("u", in: LibpqRows(columns: columns, rows: rows))
    }

    @Test func targetsDoNotShowPasswords() {
        let target = LibpqTarget(
            host: "h", port: 1, user: "u", password: "hunter2", database: "d", applicationName: "a")
        var dumped = ""
        dump(target, to: &dumped)
        for shown in ["\(target)", String(reflecting: target), "\([target])", dumped] {
            #expect(shown.contains("u@h:1/d") && !shown.contains("hunter2"))
        }
    }

    @Test func answers() throws {
        #expect(try finding([]) == .nobody)
        #expect(try finding([["u", nil]]) == .user(secret: nil))
        #expect(try finding([["u", ""]]) == .user(secret: nil))
        for secret in ["md55d93b2f7c3a6b0a2d5a5a5a5a5a5a5a5", Self.verifier, "plain"] {
            #expect(try finding([["u", secret]]) == .user(secret: secret))
        }
        #expect(
            try finding([["u", "plain", "more"]], columns: ["a", "b", "c"])
                == .user(secret: "plain"))
    }

    @Test(
        arguments: [
            ([["u"]], ["usename"], "returns 1 columns"),
            ([["u", "x"], ["u", "y"]], ["a", "b"], "returns 2 users for one"),
            ([["U", "x"]], ["a", "b"], "returns another user"),
            ([[nil, "x"]], ["a", "b"], "returns another user"),
            ([["u", "********"]], ["a", "b"], "asks a view that hides passwords"),
            ([["u", "SCRAM-SHA-256$4096:hunter2"]], ["a", "b"], "begins like a SCRAM verifier"),
        ] as [([[String?]], [String], String)])
    func nonsense(rows: [[String?]], columns: [String], problem: String) {
        #expect {
            try finding(rows, columns: columns)
        } throws: { error in
            guard let error = error as? LibpqError else { return false }
            return error.kind == .query && error.message.contains(problem)
                && !error.message.contains("hunter2")
        }
    }
}
