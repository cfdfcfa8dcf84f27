/// What clients of the same startup parameters are told at login: made once and shared by all.
package struct Welcome: Sendable {
    /// Every parameter that the server reports, in its order.
    package let reported: [ReportedSettings.Value]
    /// Those of them that speak of the session.
    let told: ReportedSettings

    package init(_ reported: [ReportedSettings.Value]) {
        self.reported = reported
        told = ReportedSettings(reported)
    }
}
