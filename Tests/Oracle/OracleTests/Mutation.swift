/// Small changes to a statement: of its bytes, or of its words.
enum Mutation {
    static func mutate(_ seeds: [String], _ random: inout SeededRandom) -> String {
        let seed = random.pick(seeds)
        var text = seed
        repeat {
            text =
                random.oneIn(3)
                ? bytes(text, &random) : words(text, random.pick(seeds), &random)
        } while random.oneIn(3)
        return text
    }

    /// One character is dropped, doubled, or replaced by one that SQL gives a meaning.
    private static func bytes(_ text: String, _ random: inout SeededRandom) -> String {
        var characters = Array(text)
        guard !characters.isEmpty else { return text }
        let index = Int.random(in: 0..<characters.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: characters.remove(at: index)
        case 1: characters.insert(characters[index], at: index)
        default: characters[index] = random.pick(Array("'\"$(),;-/*\\ \n.:E&u[]=<>@~aX1"))
        }
        return String(characters)
    }

    /// A word is dropped, swapped with its neighbour, or a run of words comes in from elsewhere.
    private static func words(
        _ text: String, _ other: String, _ random: inout SeededRandom
    ) -> String {
        var words = text.split(separator: " ", omittingEmptySubsequences: false)
        let donor = other.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count > 1, !donor.isEmpty else { return text + " " + other }
        let index = Int.random(in: 0..<(words.count - 1), using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: words.remove(at: index)
        case 1: words.swapAt(index, index + 1)
        default:
            let start = Int.random(in: 0..<donor.count, using: &random)
            let count = Int.random(in: 1...4, using: &random)
            words.insert(contentsOf: donor[start...].prefix(count), at: index)
        }
        return words.joined(separator: " ")
    }
}
