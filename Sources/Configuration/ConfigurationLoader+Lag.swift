extension ConfigurationLoader {
    /// How far replicas may be behind.
    func lag(_ setting: Setting) -> ProxyConfiguration.Lag? {
        guard let section = setting.section(.lag) else { return nil }
        var result = ProxyConfiguration.Lag()
        section.read("maxBytes", into: &result.maxBytes) {
            $0.integer(1...ProxyConfiguration.Lag.largestBytes, "bytes").map(Optional.some)
        }
        section.read("maxMillis", into: &result.maxMillis) {
            $0.integer(1...3_600_000, "milliseconds").map(Optional.some)
        }
        section.read("resumeBytes", into: &result.resumeBytes) {
            $0.integer(0...ProxyConfiguration.Lag.largestBytes, "bytes").map(Optional.some)
        }
        section.read("resumeMillis", into: &result.resumeMillis) {
            $0.integer(0...3_600_000, "milliseconds").map(Optional.some)
        }
        check(section, "resumeBytes", result.resumeBytes, "maxBytes", result.maxBytes)
        check(section, "resumeMillis", result.resumeMillis, "maxMillis", result.maxMillis)
        return result
    }

    private func check(
        _ section: SectionReader, _ key: String, _ resume: Int?, _ limitKey: String, _ limit: Int?
    ) {
        guard let resume else { return }
        guard let limit else {
            section[key]?.error("there is no bound to come back below", expected: limitKey)
            return
        }
        guard resume > limit else { return }
        section[key]?.error(
            "\(resume) is more than the bound", expected: "at most \(limitKey), \(limit)")
    }
}
