/// A table of aligned columns.
struct TextTable {
    struct Column {
        var title: String
        /// Numbers are aligned to the right.
        var isNumber = false
        /// May be cut when the table is too wide.
        var isFlexible = false
    }

    var columns: [Column]
    var rows: [[StyledText]] = []

    /// Lines of at most `width` characters, as long as cutting the flexible columns achieves that.
    func lines(width: Int, colour: Bool) -> [String] {
        let widths = fitted(to: width)
        let titles = columns.map { StyledText($0.title, .heading) }
        return ([titles] + rows).map { row in
            zip(row, columns.indices)
                .map { aligned($0, in: $1, width: widths[$1], colour: colour) }
                .joined(separator: Self.gap)
        }
    }

    private func aligned(_ cell: StyledText, in index: Int, width: Int, colour: Bool) -> String {
        let cell = cell.cut(to: width)
        let text = cell.rendered(colour: colour)
        let blanks = String(repeating: " ", count: max(0, width - cell.text.count))
        if columns[index].isNumber { return blanks + text }
        return index == columns.count - 1 ? text : text + blanks
    }

    private static let gap = " "

    /// The width of every column: natural, or cut if it is flexible and the line is too long.
    private func fitted(to width: Int) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(columns[index].title.count) { widest, row in
                max(widest, row.indices.contains(index) ? row[index].text.count : 0)
            }
        }
        var excess = widths.reduce(0, +) + Self.gap.count * (columns.count - 1) - width
        while excess > 0 {
            let flexible = columns.indices.filter { columns[$0].isFlexible && widths[$0] > 4 }
            guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}

/// Breaks text between words into lines of at most `width` characters; a longer word stays whole
/// unless nothing else helps.
func wrapped(_ text: String, width: Int, indent: String = "  ") -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
        var word = word
        let start = lines.isEmpty ? "" : indent
        if line.isEmpty {
            line = start
        } else if line.count + 1 + word.count <= width {
            line += " "
        } else {
            lines.append(line)
            line = indent
        }
        while line.count + word.count > width {
            let room = max(1, width - line.count)
            lines.append(line + word.prefix(room))
            word = word.dropFirst(room)
            line = indent
        }
        line += word
    }
    return line.isEmpty ? lines : lines + [line]
}
