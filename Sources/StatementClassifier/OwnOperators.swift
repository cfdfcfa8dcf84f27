/// The operators that PostgreSQL ships (`select distinct oprname from pg_operator`, alike in 15, 17
/// and 18, and `!=`, which the lexer of PostgreSQL makes `<>`). All of them are stable or
/// immutable.
enum OwnOperators {
    private static let names = """
        !! != !~ !~* !~~ !~~* # ## #- #> #>> % & && &< &<| &> * *< *<= *<> *= *> *>= + - -> ->>
        -|- / < <-> << <<= <<| <= <> <@ <^ = > >= >> >>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@
        @@@ ^ ^@ | |&> |/ |>> || ||/ ~ ~* ~<=~ ~<~ ~= ~>=~ ~>~ ~~ ~~*
        """

    /// The names as integers, the first byte highest, sorted.
    private static let packed: ContiguousArray<UInt64> = {
        let words = names.split(whereSeparator: { $0 == " " || $0 == "\n" })
        return ContiguousArray(words.map { $0.utf8.reduce(0) { $0 << 8 | UInt64($1) } }.sorted())
    }()

    /// Whether `name`, `length` bytes with the first highest, is one of them.
    static func contains(_ name: UInt64, _ length: Int) -> Bool {
        guard length <= 4 else { return false }
        var low = 0
        var high = packed.count
        while low < high {
            let middle = (low + high) / 2
            if packed[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low < packed.count && packed[low] == name
    }

    /// Whether PostgreSQL ships an operator of this name.
    static func contains(_ name: String) -> Bool {
        contains(name.utf8.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }, name.utf8.count)
    }
}
