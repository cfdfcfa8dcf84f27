/// An object of the file whose keys are known. Hands out the values by key.
struct SectionReader {
    let section: Section
    let setting: Setting

    /// The value of an optional key; nil where it is absent.
    subscript(key: String) -> Setting? {
        assert(section.keys.contains(key), "\(section) has no key \(key)")
        return setting.node[key].map {
            Setting(node: $0, path: setting.path.key(key), report: setting.report)
        }
    }

    /// The value of a key that must be there; reports its absence.
    func required(_ key: String, _ what: String) -> Setting? {
        if let setting = self[key] { return setting }
        setting.error("\"\(key)\" is missing", expected: what)
        return nil
    }

    /// Sets `target` to what `read` makes of the value of `key`; leaves it alone where the key is
    /// absent or its value wrong.
    func read<Value>(_ key: String, into target: inout Value, _ read: (Setting) -> Value?) {
        if let setting = self[key], let value = read(setting) { target = value }
    }
}
