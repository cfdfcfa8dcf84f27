/// Doubly linked lists through numbered places, so that one can be taken out of the middle in
/// constant time. Several lists may run through one chain, as long as each place is in one only.
struct PlaceChain: Sendable {
    /// One list: where it begins and ends, and how long it is. -1: nowhere.
    struct Ends: Sendable {
        fileprivate(set) var first = -1
        fileprivate(set) var last = -1
        fileprivate(set) var count = 0
    }

    private struct Link: Sendable {
        var before = -1
        var after = -1
    }

    private var links = ContiguousArray<Link>()

    /// The place behind this one in its list; -1: it is the last.
    func place(after place: Int) -> Int { links[place].after }

    /// Adds a place, which must be in no list, at the end.
    mutating func append(_ place: Int, to ends: inout Ends) {
        while links.count <= place { links.append(Link()) }
        links[place] = Link(before: ends.last, after: -1)
        if ends.last >= 0 { links[ends.last].after = place } else { ends.first = place }
        ends.last = place
        ends.count += 1
    }

    /// Takes a place out of the list that it is in.
    mutating func remove(_ place: Int, from ends: inout Ends) {
        let link = links[place]
        if link.before >= 0 {
            links[link.before].after = link.after
        } else {
            ends.first = link.after
        }
        if link.after >= 0 {
            links[link.after].before = link.before
        } else {
            ends.last = link.before
        }
        links[place] = Link()
        ends.count -= 1
    }
}
