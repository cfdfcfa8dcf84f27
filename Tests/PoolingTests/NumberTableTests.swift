import Testing

@testable import Pooling

@Suite("Number table")
struct NumberTableTests {
    @Test("an empty table finds and removes nothing")
    func empty() {
        var table = NumberTable()
        #expect(table[0] == nil)
        let removed = table.remove(0)
        #expect(removed == nil)
    }

    @Test("a key set again has the new number")
    func replaced() {
        var table = NumberTable()
        table.set(7, to: 1)
        table.set(7, to: 2)
        #expect(table[7] == 2)
        #expect(table.count == 1)
    }

    @Test(
        "random changes agree with a dictionary, for keys near and far",
        arguments: [UInt64(40), 3_000, .max])
    func model(range: UInt64) {
        var random = SeededRandom(seed: range)
        var table = NumberTable()
        var model: [UInt64: Int] = [:]
        for step in 0..<20_000 {
            let key = UInt64.random(in: 0..<range, using: &random)
            if Int.random(in: 0..<5, using: &random) < 2 {
                table.set(key, to: step)
                model[key] = step
            } else {
                let known = range == .max ? model.keys.first ?? key : key
                #expect(table.remove(known) == model.removeValue(forKey: known))
            }
            #expect(table.count == model.count)
            #expect(table[key] == model[key])
        }
        for (key, value) in model { #expect(table[key] == value) }
    }
}
