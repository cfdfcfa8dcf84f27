/// Blanks out comments and the contents of string literals, so that a rule sees code alone. Line
/// breaks stay; what is interpolated into a string is blanked with it.
struct CodeOnly {
    private let text: [Character]
    private var offset = 0
    private var result = ""

    static func blanked(_ text: String) -> String {
        var walk = CodeOnly(text: Array(text))
        while walk.offset < walk.text.count { walk.step() }
        return walk.result
    }

    private init(text: [Character]) { self.text = text }

    private mutating func step() {
        if starts(with: "//") {
            while offset < text.count, !text[offset].isNewline { blank() }
        } else if starts(with: "/*") {
            blockComment()
        } else if let hashes = stringOpening() {
            string(hashes: hashes)
        } else {
            result.append(text[offset])
            offset += 1
        }
    }

    private func starts(with prefix: String, at place: Int? = nil) -> Bool {
        let place = place ?? offset
        return text[min(place, text.count)...].starts(with: prefix)
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where offset < text.count {
            result.append(text[offset].isNewline ? "\n" : " ")
            offset += 1
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && offset < text.count
    }

    /// The number of # signs before a quote that opens here; nil: none does.
    private func stringOpening() -> Int? {
        var place = offset
        while place < text.count, text[place] == "#" { place += 1 }
        return place < text.count && text[place] == "\"" ? place - offset : nil
    }

    private mutating func string(hashes: Int) {
        let fence = String(repeating: "#", count: hashes)
        blank(hashes)
        let quote = starts(with: "\"\"\"") ? "\"\"\"" : "\""
        blank(quote.count)
        while offset < text.count, !starts(with: quote + fence) {
            if starts(with: "\\" + fence + "(") {
                blank(hashes + 2)
                interpolation()
            } else if starts(with: "\\" + fence) {
                blank(hashes + 2)
            } else {
                blank()
            }
        }
        blank(quote.count + hashes)
    }

    /// Up to the parenthesis that closes it; strings within are walked over.
    private mutating func interpolation() {
        var depth = 1
        while depth > 0, offset < text.count {
            if let hashes = stringOpening() {
                string(hashes: hashes)
                continue
            }
            if text[offset] == "(" { depth += 1 }
            if text[offset] == ")" { depth -= 1 }
            blank()
        }
    }
}
