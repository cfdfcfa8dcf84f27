// What reads on replicas must see.
extension ConfigurationLoader {
    /// Only what `section` says differs from `inheriting`.
    func consistency(
        _ section: SectionReader, inheriting: ProxyConfiguration.Consistency = .init()
    ) -> ProxyConfiguration.Consistency {
        var result = inheriting
        section.read("consistency", into: &result.scope) {
            $0.choice(ProxyConfiguration.Consistency.Scope.self, "consistency")
        }
        section.read("maxStalenessMillis", into: &result.maxStalenessMillis) {
            $0.integer(0...86_400_000, "milliseconds (0: no bound)")
        }
        section.read("whenUnproven", into: &result.whenUnproven, whenUnproven)
        return result
    }

    private func whenUnproven(_ setting: Setting) -> ProxyConfiguration.Consistency.Unproven? {
        if case .string(let text) = setting.node.value {
            if text == "primary" { return .primary }
            setting.error(
                "\(ConfigurationPath.quoted(text)) is not known",
                expected: "\"primary\", or an object with waitMillis")
            return nil
        }
        guard let section = setting.section(.whenUnproven),
            let wait = section.required("waitMillis", "milliseconds"),
            let milliseconds = wait.integer(1...86_400_000, "milliseconds")
        else { return nil }
        return .wait(milliseconds: milliseconds)
    }
}
