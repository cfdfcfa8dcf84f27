import Testing

@testable import proxyctl

@Suite struct UnitsTests {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1.0K"), (12_345, "12.3K"), (999_999, "999K"),
        (1_200_000, "1.2M"), (.max, "9.2E"), (-5, "0"),
    ])
    func counts(value: Int64, text: String) { #expect(Units.count(value) == text) }

    @Test(arguments: [
        (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 kB"), (3_700_000_000, "3.4 GB"),
    ])
    func bytes(value: Int64, text: String) { #expect(Units.bytes(value) == text) }

    @Test(arguments: [
        (0, "0 ms"), (999, "999 ms"), (3_250, "3.2 s"), (59_999, "59.9 s"), (60_000, "1 m"),
        (7_200_000, "2 h"), (172_800_000, "2 d"), (.min, "0 ms"),
    ])
    func spans(value: Int64, text: String) { #expect(Units.milliseconds(value) == text) }
}
