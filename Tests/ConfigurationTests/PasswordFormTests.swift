import Testing

@testable import Configuration

struct PasswordFormTests {
    static let md5 = "md51de551d627e829c0ade28c4f078abd55"
    private static let salt = "a63W3uFc8rHz8v53YLCNFg=="
    private static let key = "OvlvrkzA20/6S8aqV1ncD78Mbm80DuYV918hqURspDE="

    @Test func formsAreToldApart() {
        #expect(PasswordForm(of: "pencil") == .plain)
        #expect(PasswordForm(of: Self.md5) == .md5)
        #expect(PasswordForm(of: Self.md5.uppercased()) == .plain)
        #expect(PasswordForm(of: Self.md5 + "0") == .plain)
        #expect(PasswordForm(of: "md5" + String(repeating: "g", count: 32)) == .plain)
        let verifier = "SCRAM-SHA-256$4096:\(Self.salt)$\(Self.key):\(Self.key)"
        #expect(PasswordForm(of: verifier) == .scram)
    }

    @Test(arguments: [
        ("4096:\(salt)", "it needs one more `$`, before its keys"),
        ("4096$\(key):\(key)", "it needs `:` between iterations and salt"),
        ("4096:\(salt)$\(key)", "it needs `:` between StoredKey and ServerKey"),
        ("0:\(salt)$\(key):\(key)", "its iterations are not a number from 1 to 10000000"),
        ("x:\(salt)$\(key):\(key)", "its iterations are not a number from 1 to 10000000"),
        ("-1:\(salt)$\(key):\(key)", "its iterations are not a number from 1 to 10000000"),
        ("1:$\(key):\(key)", "its salt is not base64"),
        ("1:a===$\(key):\(key)", "its salt is not base64"),
        ("1:ab_d$\(key):\(key)", "its salt is not base64"),
        ("1:\(salt)$\(key)A:\(key)", "its StoredKey is not 32 bytes of base64"),
        ("1:\(salt)$\(key):AAAA", "its ServerKey is not 32 bytes of base64"),
    ])
    func malformedVerifiers(rest: String, fault: String) {
        #expect(PasswordForm(of: "SCRAM-SHA-256$" + rest) == .malformedScram(fault))
    }
}
