import Testing

@testable import Authentication

struct HashesTests {
    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func sha256() {
        // FIPS 180-2, appendix B.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(hexadecimal(Hashes.sha256(bytes("abc"))) == abc)
        #expect(hexadecimal(Hashes.sha256(bytes("a"), [], bytes("bc"))) == abc)
        #expect(
            hexadecimal(Hashes.sha256())
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func md5() throws {
        // RFC 1321, appendix A.5.
        #expect(
            hexadecimal(try #require(Hashes.md5(bytes("abc"))))
                == "900150983cd24fb0d6963f7d28e17f72")
    }

    @Test func hmac() {
        // RFC 4231, test cases 2 and 6.
        #expect(
            hexadecimal(
                Hashes.hmacSHA256(key: bytes("Jefe"), bytes("what do ya want for nothing?")))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            hexadecimal(
                Hashes.hmacSHA256(
                    key: [UInt8](repeating: 0xAA, count: 131),
                    bytes("Test Using Larger Than Block-Size Key - Hash Key First")))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        #expect(Hashes.hmacSHA256(key: [], []).count == 32)
    }

    @Test func pbkdf2() {
        // RFC 7914, section 11: the first half of each.
        #expect(
            hexadecimal(
                Hashes.pbkdf2SHA256(password: bytes("passwd"), salt: bytes("salt"), iterations: 1))
                == "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc")
        #expect(
            hexadecimal(
                Hashes.pbkdf2SHA256(
                    password: bytes("Password"), salt: bytes("NaCl"), iterations: 80_000))
                == "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56")
        #expect(Hashes.pbkdf2SHA256(password: [], salt: [], iterations: 0).count == 32)
    }

    @Test func equality() {
        #expect(Hashes.areEqual([1, 2, 3], [1, 2, 3]))
        #expect(!Hashes.areEqual([1, 2, 3], [1, 2, 4]))
        #expect(!Hashes.areEqual([1, 2, 3], [1, 2]))
        // Nothing proves nothing.
        #expect(!Hashes.areEqual([], []))
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func base64(plain: String, encoded: String) {
        // RFC 4648, section 10.
        #expect(text(Base64.encode(bytes(plain))) == encoded)
        #expect(Base64.decode(encoded.utf8) == bytes(plain))
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "====", "Zm9v=", "Zg==Zg==", "Z=g=", "Zm9 ", "Zm9\n", "Zm9_",
        "Zm-v", "=m9v", "Zm9vé===",
    ])
    func notBase64(encoded: String) { #expect(Base64.decode(encoded.utf8) == nil) }

    @Test func base64OfEveryByte() {
        let all = (0...255).map { UInt8($0) }
        for count in 0...all.count {
            #expect(
                Base64.decode(Base64.encode(Array(all.prefix(count)))) == Array(all.prefix(count)))
        }
    }
}
