/// What a piece of text is, for a terminal to colour.
enum Style: Equatable {
    case plain, heading, good, doubtful, bad, faint

    /// The parameters of its escape sequence (ECMA-48, SGR); nil: none.
    fileprivate var parameters: String? {
        switch self {
        case .plain: nil
        case .heading: "1"
        case .good: "32"
        case .doubtful: "33"
        case .bad: "31"
        case .faint: "2"
        }
    }
}

/// Text of one style.
struct StyledText: Equatable {
    var text: String
    var style: Style

    init(_ text: String, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }

    /// With escape sequences if `colour` says so.
    func rendered(colour: Bool) -> String {
        guard colour, let parameters = style.parameters, !text.isEmpty else { return text }
        return "\u{1B}[\(parameters)m\(text)\u{1B}[0m"
    }

    /// At most `width` characters; what was cut shows by a tilde at its end.
    func cut(to width: Int) -> StyledText {
        guard text.count > width else { return self }
        return StyledText(String(text.prefix(max(0, width - 1))) + "~", style)
    }
}
