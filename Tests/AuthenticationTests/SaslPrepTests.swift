import Testing

@testable import Authentication

struct SaslPrepTests {
    /// Passwords with the salt and the ServerKey that PostgreSQL 15 made of them.
    @Test(arguments: [
        // ASCII
        (
            "pencil", "a63W3uFc8rHz8v53YLCNFg==",
            "WuNr36xMYTOz12I7PuL4Iyn8uVU/hIjI+mIp/fNkEpM="
        ),
        // composed already
        (
            "p\u{e4}ssw\u{f6}rd", "StxD1ALAuv/u6dT6SOQ8jw==",
            "JMsyH9mGl/6bpok+LIm9vlOQ+4ht6/PFd9+vwcVeJso="
        ),
        // composed by NFKC
        (
            "pa\u{308}sswo\u{308}rd", "tlRxG0UQqrEdIZHTqKxxFQ==",
            "6byfNivK8beddZJYQnYM4ursFLl3JJR7JS/kgy7Cz/M="
        ),
        // a space that is not ASCII
        (
            "a\u{a0}b", "2HWqxVAksrxqwG0uEXyWFQ==",
            "9vc99JjlH1lr0SlOceosvlt4ensncQSXm5oJE6F+kHg="
        ),
        // mapped to nothing
        (
            "soft\u{ad}hyphen", "EwkjxKsEtvYO0h//FPXqGQ==",
            "WAMr/jvc/MXm5ZU1tyMQn360y8w7IIdSbtDfWqoDigM="
        ),
        // not in Unicode 3.2: as it is
        (
            "\u{1f418} elephant", "GzUj9JyFNXE3MdQMo8rX1w==",
            "qLZ7SdE/u6wXEpKO9W45tKKPP3CZlsoRzGZA9aJXMpc="
        ),
        // in Unicode 3.2, and a selector mapped to nothing
        (
            "\u{2764}\u{fe0f}", "/TmPmh7El2vbwOhmk3XJrw==",
            "rXrsWzVTHwLOuZQAlR8adzu61oLBGQWVbf6wWkaj+Bg="
        ),
        // not in Unicode 3.2, so the selector stays
        (
            "\u{1f937}\u{fe0f}", "5CsZOgeF2/Jdi2sbjvOHTQ==",
            "yzPvFn/GEcOrtbVojyqpHjg+s9Gy82Hk2qDswAFDIBc="
        ),
        // compatibility forms
        (
            "x\u{b2}\u{b5}\u{aa}\u{b4}", "IOYXTX6TUkiNVAHkxRiDPg==",
            "5d6Wiu5Jv0LDNiNQrPR5IjHBIQM48YlTgkfnITijglI="
        ),
        // full width
        (
            "\u{ff50}\u{ff41}\u{ff53}\u{ff53}", "V3mgvbTmZ3WXSdO4fSq9nA==",
            "OAH059vn5GvtETgZHmpBbf+H4V5ajchWPfMnWhUHsXM="
        ),
        // right to left throughout
        (
            "\u{5e9}\u{5dc}\u{a0}\u{5d5}\u{5dd}", "AXPCZWK12iqBpNHkT57vDg==",
            "a7lGFn+K4Gdacxj0KhO8KCAKnSYKwd5zoawww4eA/NA="
        ),
        // two directions: as it is
        (
            "abc\u{a0}\u{5e9}\u{5dc}\u{5d5}\u{5dd}", "q/OnjN12Rv5enbd+WEjQQw==",
            "IQJ7cSU8wFF83w/Y/drNwP2MFrwLY1icZ6DSFxgWpl0="
        ),
        // one character that becomes eighteen
        (
            "\u{fdfa}\u{ad}", "PyEyTySnaCeHXrRRCHQYug==",
            "iAPgEH3nANzHOLBM+FjkzKedG01+kWX2Z2IoOV/h/60="
        ),
        // ASCII controls are left alone
        (
            "a\u{9}b\u{7f}", "ofgVEFk91KlT3UREcodxcg==",
            "PQbDYoLVDi8MxflZ8MOg6A5nvjg95be7clXa2m1Vz+U="
        ),
        // a prohibited control: as it is
        (
            "\u{85}\u{a0}x", "SMyv1QZ/0KxH1CublTj3VQ==",
            "uy2BIGFhDnEeqv3EMM+KpI79MFRVCmasptoQn60Np2Q="
        ),
        // nothing to do
        (
            "\u{20ac} 20", "L85BLnZ1bAEX3FhrkDgwmg==",
            "IVR7VsYv1suilCZdqZaonq0nVCmLkmxta8N9AEEIf0M="
        ),
        // a ligature
        (
            "\u{fb01}sh", "S4zQsLqZxtEFP4KCYYKznA==",
            "tL/qKJo9PFUpIj+GgU3yTzHJbm43/hcTaNtJl6Ct+ME="
        ),
        // composed already
        (
            "\u{ac01}", "bnYaXXzGHD0vxfiMvKMcOw==",
            "7oXDdE3lM4kvNFej7FA6nMLRaUvpEPDGCGQHAXaxWiI="
        ),
        // nothing would be left: as it is
        (
            "\u{ad}", "doioc/+ZV1y7mxgUGG8GAQ==",
            "oQNkXh8HmGq+ki0dgw45w9iLUjR/RIASQuFqsqecPaU="
        ),
        // a prohibited tag: as it is
        (
            "x\u{e0041}\u{a0}", "ch2z3pExBwaoH5dX3i9dyg==",
            "dA/DDdkZbNMAGoz1IuV1/hu/KTwvonDj0tJar3+2p8s="
        ),
    ])
    func sameAsPostgreSQL(password: String, salt: String, serverKey: String) throws {
        let salt = try #require(Base64.decode(salt.utf8))
        let keys = ScramKeys(password: bytes(password), salt: salt, iterations: 4_096)
        #expect(text(Base64.encode(keys.serverKey)) == serverKey)
    }

    @Test(arguments: [
        [0xFF], [0x61, 0xC3], [0xC2, 0xA0, 0xFF], [0xED, 0xA0, 0x80], [0xE9, 0x74, 0xE9],
    ])
    func whatIsNotUTF8StaysAsItIs(password: [UInt8]) {
        #expect(SaslPrep.prepared(password) == password)
    }

    @Test func preparesOnce() {
        let texts = [
            "pässwörd", "x\u{b2}\u{b5}", "a\u{a0}b\u{ad}c", "\u{ff50}\u{fb01}", "\u{3311}",
        ]
        for password in texts {
            let once = SaslPrep.prepared(bytes(password))
            #expect(SaslPrep.prepared(once) == once)
        }
        #expect(text(SaslPrep.prepared(bytes("x\u{b2}\u{ff21}\u{fb01}\u{b4}"))) == "x2Afi \u{301}")
    }
}
