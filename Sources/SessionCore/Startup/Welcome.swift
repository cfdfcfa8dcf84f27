import PostgresWire

/// What clients of the same startup parameters are told at login: made once and shared by all.
package struct Welcome: Sendable {
    /// Every parameter that the server reports, in its order.
    package let reported: [ReportedSettings.Value]
    /// Those of them that speak of the session.
    let told: ReportedSettings
    /// The ParameterStatus messages of them, for clients of a cluster that takes writes whichever
    /// node has answered.
    package let messages: [UInt8]

    package init(_ reported: [ReportedSettings.Value]) {
        self.reported = reported
        told = ReportedSettings(reported)
        var writer = MessageWriter()
        for value in reported where value.name != Self.standby {
            writer.parameterStatus(value.name, value.value)
        }
        if reported.contains(where: { $0.name == Self.standby }) {
            writer.parameterStatus(Self.standby, "off")
        }
        messages = writer.bytes
    }

    /// Of a client that has not been told anything yet.
    package static let nothing = Welcome([])

    private static let standby = "in_hot_standby"
}
