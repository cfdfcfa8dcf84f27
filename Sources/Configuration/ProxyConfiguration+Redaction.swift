/// Whoever prints, interpolates or dumps a configuration gets `***` in place of a password.
extension ProxyConfiguration.User: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package var description: String {
        "User(name: \(name), password: \(password == nil ? "none" : "***"))"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror {
        Mirror(self, children: ["name": name, "password": password == nil ? "none" : "***"])
    }
}

extension ProxyConfiguration.Monitor: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package var description: String {
        let shown = password == nil ? "none" : "***"
        return "Monitor(user: \(user), password: \(shown), database: \(database))"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror {
        let shown = password == nil ? "none" : "***"
        return Mirror(
            self, children: ["user": user, "password": shown, "database": database])
    }
}

extension ProxyConfiguration.AuthQuery: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package var description: String {
        let shown = password == nil ? "none" : "***"
        return "AuthQuery(user: \(user), password: \(shown), database: \(database))"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror {
        let shown = password == nil ? "none" : "***"
        return Mirror(
            self,
            children: ["user": user, "password": shown, "database": database, "query": query])
    }
}
