import Vocabulary

extension AdminCommand {
    /// Reads a string of commands; empty ones between semicolons are dropped, so an empty or
    /// commented-out string is no command at all.
    /// - Throws: `AdminError` 42601 naming the known commands.
    package static func parse(_ sql: String) throws(AdminError) -> [AdminCommand] {
        var commands: [AdminCommand] = []
        for tokens in try AdminTokenizer.tokens(of: sql).split(separator: .symbol(";")) {
            var grammar = AdminGrammar(tokens: tokens)
            commands.append(try grammar.command())
        }
        return commands
    }
}

extension [AdminToken] {
    fileprivate func split(separator: AdminToken.Kind) -> [ArraySlice<AdminToken>] {
        split { $0.kind == separator }
    }
}

/// Reads one command off its tokens, of which there is at least one.
private struct AdminGrammar {
    private var tokens: ArraySlice<AdminToken>
    private let start: AdminToken?

    init(tokens: ArraySlice<AdminToken>) {
        self.tokens = tokens
        start = tokens.first
    }

    mutating func command() throws(AdminError) -> AdminCommand {
        guard let verb = takeWord() else { throw unknown() }
        switch verb {
        case "show": return try show()
        case "reload": return try ended(.reload)
        case "help": return try ended(.show(.help))
        case "explain": return try explain()
        case "select": return try select()
        default:
            guard let courtesy = Self.courtesy(verb, next: tokens.first) else { throw unknown() }
            return .courtesy(courtesy)
        }
    }

    /// Statements whose first word says enough; the rest of them is not looked at.
    private static func courtesy(_ verb: String, next: AdminToken?) -> AdminCourtesy? {
        switch verb {
        case "set", "reset", "unlisten", "deallocate": .accepted(tag: verb.uppercased())
        case "discard" where next?.kind == .word("all"): .accepted(tag: "DISCARD ALL")
        case "close" where next?.kind == .word("all"): .accepted(tag: "CLOSE CURSOR ALL")
        case "begin": .begin
        case "start" where next?.kind == .word("transaction"): .begin
        case "commit", "end": .commit
        case "rollback", "abort": .rollback
        default: nil
        }
    }

    private mutating func show() throws(AdminError) -> AdminCommand {
        guard let token = tokens.first, var name = takeName() else { throw unknown() }
        if let report = AdminReport(rawValue: name) { return try ended(.show(report)) }
        if name == "transaction", takeWord("isolation"), takeWord("level") {
            name = "transaction_isolation"
        }
        guard AdminSession.reportedParameters.contains(name) else {
            throw .unknownCommand("unknown report \"\(name)\"", at: token.position)
        }
        return try ended(.courtesy(.parameter(name)))
    }

    private mutating func explain() throws(AdminError) -> AdminCommand {
        guard takeWord("route") else { throw unknown() }
        guard case .string(let sql)? = tokens.first?.kind else {
            throw .unknownCommand(
                "EXPLAIN ROUTE needs the statement as a string constant",
                at: tokens.first?.position)
        }
        tokens.removeFirst()
        var question = RouteQuestion(sql: sql)
        while let token = tokens.first {
            if question.database == nil, takeWord("database") {
                question.database = try takeOperand(of: "DATABASE")
            } else if question.user == nil, takeWord("user") {
                question.user = try takeOperand(of: "USER")
            } else {
                throw unexpected(token)
            }
        }
        return .explainRoute(question)
    }

    private mutating func select() throws(AdminError) -> AdminCommand {
        guard let token = tokens.first else { throw unknown() }
        tokens.removeFirst()
        switch token.kind {
        case .integer(let value) where Int32(exactly: value) != nil:
            return try ended(.courtesy(.integer(value)))
        case .string(let value):
            return try ended(.courtesy(.text(value)))
        case .word(let name):
            guard let function = AdminFunction(rawValue: name) else { break }
            if takeSymbol("("), !takeSymbol(")") { break }
            return try ended(.courtesy(.function(function)))
        case .integer, .name, .symbol: break
        }
        throw .unknownCommand(
            "the admin database runs no queries", at: start?.position)
    }

    private mutating func takeOperand(of keyword: String) throws(AdminError) -> String {
        let position = tokens.first?.position
        if case .string(let text)? = tokens.first?.kind {
            tokens.removeFirst()
            return text
        }
        guard let name = takeName() else {
            throw AdminError(.syntaxError, "\(keyword) needs a name", position: position)
        }
        return name
    }

    private mutating func takeName() -> String? {
        if case .name(let name)? = tokens.first?.kind {
            tokens.removeFirst()
            return name
        }
        return takeWord()
    }

    private mutating func takeWord() -> String? {
        guard case .word(let word)? = tokens.first?.kind else { return nil }
        tokens.removeFirst()
        return word
    }

    private mutating func takeWord(_ word: String) -> Bool { take(.word(word)) }

    private mutating func takeSymbol(_ symbol: Character) -> Bool { take(.symbol(symbol)) }

    private mutating func take(_ kind: AdminToken.Kind) -> Bool {
        guard tokens.first?.kind == kind else { return false }
        tokens.removeFirst()
        return true
    }

    private func ended(_ command: AdminCommand) throws(AdminError) -> AdminCommand {
        if let token = tokens.first { throw unexpected(token) }
        return command
    }

    private func unexpected(_ token: AdminToken) -> AdminError {
        .unknownCommand("unexpected text after the command", at: token.position)
    }

    private func unknown() -> AdminError {
        .unknownCommand("unknown command", at: start?.position)
    }
}
