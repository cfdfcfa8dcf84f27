import WireFixtures

/// What one simulated client sends: requests of all kinds, each with texts that no other client
/// has.
struct ClientProgram {
    private var random: SeededRandom
    private let client: Int
    private var number = 0
    /// Texts that this client's rows may have.
    private(set) var tags: Set<String> = ["0"]
    /// Whether servers may die: then only what is answered the same whenever it is cut off.
    let isFaulty: Bool

    init(client: Int, seed: UInt64, isFaulty: Bool) {
        self.client = client
        self.isFaulty = isFaulty
        random = SeededRandom(seed: seed &* 1_000 &+ UInt64(client))
    }

    private mutating func tag() -> String {
        number += 1
        let tag = "\(client)\(String(repeating: "0", count: 4 - String(number).count))\(number)"
        tags.insert(tag)
        return tag
    }

    /// A text that this client sends again and again, and only as an unnamed statement.
    private mutating func repeated() -> String {
        let tag = "\(client)\(ServerModel.unsteady)"
        tags.insert(tag)
        return "select \(tag)"
    }

    private mutating func read() -> String { "select \(tag())" }

    private mutating func statement() -> String {
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<6: return read()
        case 6..<9: return "insert into t values (\(tag()))"
        case 9: return "select \(tag())/0"
        case 10: return "selec \(tag())"
        case _: return setting()
        }
    }

    private mutating func setting() -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return "reset all"
        case 1: return "reset work_mem"
        case 2..<5: return "show work_mem"
        case _: return "set work_mem to \(tag())"
        }
    }

    /// The next thing that it does.
    mutating func next() -> [WireMessage] {
        switch Int.random(in: 0..<20, using: &random) {
        case 16..<20: return once(repeated()) + [sync()]
        case 0..<3: return [query(statement())]
        case 3: return [query("\(statement());\(statement())")]
        case 4..<7: return pipeline(segments: 1)
        case 7: return pipeline(segments: Int.random(in: 2...3, using: &random))
        case 8: return block(isReadOnly: true)
        case 9: return block(isReadOnly: false)
        case 10: return pipelinedBlock()
        case 11: return flushed()
        case 12: return named()
        case 13: return copy()
        case 14: return odd()
        case _: return [query("deallocate all")]
        }
    }

    private mutating func once(_ statement: String, portal: String = "") -> [WireMessage] {
        wire {
            parse("", statement)
            bind("", portal: portal)
            if random.once(in: 2) { describe(portal: portal) }
            execute(portal)
        }
    }

    private mutating func pipeline(segments: Int) -> [WireMessage] {
        var messages: [WireMessage] = []
        for _ in 0..<segments {
            if random.once(in: 2) { messages += once(repeated()) }
            for _ in 0..<Int.random(in: 1...3, using: &random) { messages += once(statement()) }
            if random.once(in: 3) { messages = once(repeated()) }
            messages.append(sync())
        }
        return messages
    }

    /// A block, by simple queries or in segments; READ ONLY ones leave no state behind.
    private mutating func block(isReadOnly: Bool) -> [WireMessage] {
        var messages = [query(isReadOnly ? "begin read only" : "begin")]
        if !isReadOnly && random.once(in: 4) {
            messages.append(query("set transaction read only"))
            return messages + blockBody(isReadOnly: true)
        }
        return messages + blockBody(isReadOnly: isReadOnly)
    }

    private mutating func blockBody(isReadOnly: Bool) -> [WireMessage] {
        var messages: [WireMessage] = []
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let text = isReadOnly && !random.once(in: 6) ? read() : statement()
            let allowed = isReadOnly && text.contains("set ") ? read() : text
            if random.once(in: 2) {
                messages.append(query(allowed))
            } else {
                messages += once(allowed) + [sync()]
            }
        }
        let end = random.once(in: 3) ? "rollback" : "commit"
        return messages + (random.once(in: 3) ? once(end) + [sync()] : [query(end)])
    }

    /// A whole block in one segment.
    private mutating func pipelinedBlock() -> [WireMessage] {
        var messages = once(random.once(in: 2) ? "begin read only" : "begin")
        for _ in 0..<Int.random(in: 0...2, using: &random) { messages += once(read()) }
        messages += once("commit")
        if random.once(in: 2) { messages += once(statement()) }
        return messages + [sync()]
    }

    /// Flush at any place of a segment.
    private mutating func flushed() -> [WireMessage] {
        var messages = once(statement()) + once(statement())
        messages.insert(flush(), at: Int.random(in: 0...messages.count, using: &random))
        return messages + [sync()]
    }

    private mutating func named() -> [WireMessage] {
        let name = ["s1", "s2"].randomElement(using: &random) ?? "s1"
        var messages: [WireMessage] = []
        if !random.once(in: 3) { messages.append(parse(name, statement())) }
        if random.once(in: 3) { messages.append(sync()) }
        messages += wire {
            bind(name)
            execute()
        }
        if random.once(in: 2) { messages += once(statement()) }
        if random.once(in: 2) { messages.append(close(statement: name)) }
        if random.once(in: 6) { messages.append(close(statement: name)) }
        return messages + [sync()]
    }

    private mutating func copy() -> [WireMessage] {
        let data = random.once(in: 3) ? "bad" : "good"
        let end = random.once(in: 5) ? copyFail("no") : copyDone()
        if isFaulty || random.once(in: 2) {
            return [query("copy t from stdin"), copyData(data), end]
        }
        // All of it at once, or as libpq does: Sync first, then the data.
        if random.once(in: 2) {
            return once("copy t from stdin") + [
                copyData(data), end, sync(), close(statement: ""), sync(),
            ]
        }
        // The statement is not left behind, where it might be run without data.
        return once("copy t from stdin") + [
            sync(), copyData(data), end, sync(), close(statement: ""), sync(),
        ]
    }

    /// What few drivers do.
    private mutating func odd() -> [WireMessage] {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return [sync(), sync()]
        case 1: return [flush(), sync()]
        case 2: return [query("")]
        case 3: return [bind(), execute(), sync()]
        case 4: return [describe(portal: "none"), sync()]
        case 5: return [close(statement: "none"), close(portal: "none"), sync()]
        case 6:
            return isFaulty ? [functionCall(957)] : once(statement()) + [functionCall(957), sync()]
        case _: return isFaulty ? [sync()] : once(statement()) + [query(statement()), sync()]
        }
    }
}
