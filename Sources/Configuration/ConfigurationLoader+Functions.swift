import Vocabulary

extension ConfigurationLoader {
    /// Functions of whose effect the operator has the last word.
    func functions(_ setting: Setting) -> ProxyConfiguration.Functions? {
        guard let section = setting.section(.functions) else { return nil }
        var result = ProxyConfiguration.Functions()
        section.read("readOnly", into: &result.readOnly, functionNames)
        section.read("write", into: &result.write, functionNames)
        for pattern in result.readOnly where result.write.contains(pattern) {
            section["readOnly"]?.warning(
                "\(ConfigurationPath.quoted(pattern.text)) is in \"write\" as well, which counts")
        }
        return result
    }

    private func functionNames(_ setting: Setting) -> [NamePattern]? {
        let what = "a function as schema.name or name, or / and a regular expression"
        let patterns = setting.elements("functions")?.compactMap {
            pattern($0, what, isDatabase: false)
        }
        return patterns
    }
}
