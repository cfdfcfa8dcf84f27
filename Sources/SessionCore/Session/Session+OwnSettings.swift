import PostgresWire
import StatementClassifier
import Vocabulary

// The proxy's own settings are custom settings to the servers, which keep the order and the
// transactions of what a client says of them. What a server cannot know is put in other words
// before it is sent: SHOW of a setting that nobody has told it of, and values that are refused.
extension Session {
    /// What is to be run in the place of a text that speaks of the proxy's own settings; nil: the
    /// text itself.
    func ownText(
        _ verdict: StatementVerdict, _ changes: [SettingChange], _ body: RawSpan,
        _ text: Range<Int>
    ) -> [UInt8]? {
        if verdict.reason == .showsSetting {
            return SettingStatement.shown(in: body.extracting(text))
                .flatMap(OwnSetting.init(rawValue:))
                .map { Array($0.question(route: settings.defaultRoute).utf8) }
        }
        for change in changes {
            if let refusal = Self.refusal(of: change) { return refusal.raising }
        }
        return nil
    }

    /// A change for one transaction, which nobody has to take along, may be of the proxy's own.
    func mayBeOwn(_ verdict: StatementVerdict, _ body: RawSpan, _ text: Range<Int>) -> Bool {
        (verdict.reason == .changesSetting || verdict.reason == .setsConfiguration)
            && SettingStatement.mentionsOwn(body.extracting(text))
    }

    /// Why a change cannot be made; nil: it can.
    private static func refusal(of change: SettingChange) -> ErrorReply? {
        guard let name = change.name, OwnSetting.owns(name) else { return nil }
        guard let setting = OwnSetting(rawValue: name) else { return .unknownSetting(name) }
        switch change {
        case .setConfig(_, let value, _): return setting.refusal(of: value)
        case .set, .amend: return .oneArgument(name)
        case .reset, .resetLocal: return setting == .lastWrite ? .fixedSetting(name) : nil
        case .resetSessionAuthorization, .resetAll, .discardAll: return nil
        }
    }

    /// The same message with another text: a Query, or a Parse whose name ends at `name`.
    static func rewritten(
        _ type: FrontendMessageType, _ body: RawSpan, _ text: Range<Int>, to other: [UInt8]
    ) -> [UInt8] {
        var writer = MessageWriter()
        writer.message(type.rawValue) {
            $0.bytes(of: body.extracting(0..<text.lowerBound))
            $0.data(other)
            $0.bytes(of: body.extracting(text.upperBound..<body.byteCount))
        }
        return writer.bytes
    }

    /// What becomes of a frame that the session itself has put in the place of the client's.
    mutating func instead(_ verdict: FrontendVerdict, _ frame: [UInt8]) -> FrontendVerdict {
        switch verdict {
        case .keep:
            injection.raw(frame)
            return .keepInstead
        case .route(let need):
            injection.raw(frame)
            return .routeInstead(need)
        case .forward, .forwardAfterInjection:
            injection.raw(frame)
            return .forwardInstead
        case .keepInstead, .routeInstead, .forwardInstead, .consumed, .stall,
            .stallAfterInjection, .listen, .depart, .fail:
            return verdict
        }
    }

    /// Changes to the proxy's own settings before a block's first statement: they may choose its
    /// node, so they are answered here and sent with it.
    mutating func setsAhead(
        _ verdict: StatementVerdict, _ changes: [SettingChange], _ body: RawSpan,
        _ frame: RawSpan, reply: inout MessageWriter
    ) -> Bool {
        guard deferred.state == .begun, verdict.statementCount == 1,
            verdict.reason == .changesSetting, !changes.isEmpty, changes.allSatisfy(\.isOwn),
            deferred.hasRoom(for: frame.byteCount), let tag = Self.tagOfSetting(body)
        else { return false }
        deferred.add(frame)
        settings.repaired(changes)
        reply.commandComplete(tag)
        reply.readyForQuery(deferred.status)
        return true
    }

    /// The command tag of a statement known to be SET or RESET.
    private static func tagOfSetting(_ body: RawSpan) -> String? {
        switch SettingStatement.firstLetter(of: body) {
        case UInt8(ascii: "s"): "SET"
        case UInt8(ascii: "r"): "RESET"
        case _: nil
        }
    }
}

extension OwnSetting {
    /// Why it cannot be set to this; nil: it can.
    func refusal(of value: [UInt8]) -> ErrorReply? {
        if self == .lastWrite { return .fixedSetting(rawValue) }
        guard !accepts(value) else { return nil }
        return .invalidSetting(
            rawValue, String(decoding: value, as: UTF8.self),
            hint: self == .route
                ? "Available values: "
                    + [RouteChoice.primary, .replica, .auto].map(\.rawValue)
                    .joined(separator: ", ") + "."
                : "Use what SHOW switchyard.last_write has told.")
    }
}

extension ErrorReply {
    /// A statement that raises this error on a server.
    var raising: [UInt8] {
        func constant(_ text: String) -> String {
            var words = "E'"
            for scalar in text.unicodeScalars {
                if scalar == "'" || scalar == "\\" { words.unicodeScalars.append(scalar) }
                words.unicodeScalars.append(scalar)
            }
            return words + "'"
        }
        var words = "BEGIN RAISE EXCEPTION USING ERRCODE = '\(state)', MESSAGE = "
        words += constant(message)
        if let hint { words += ", HINT = " + constant(hint) }
        words += "; END"
        var tag = "$switchyard$"
        while words.contains(tag) { tag = "$s" + tag.dropFirst() }
        return Array("DO \(tag)\(words)\(tag)".utf8)
    }
}
