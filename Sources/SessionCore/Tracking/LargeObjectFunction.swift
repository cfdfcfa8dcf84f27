import PostgresWire

/// The functions that clients call by FunctionCall: those of large objects, whose descriptors do
/// not outlive their transaction. Any other may leave something in the server session.
enum LargeObjectFunction {
    /// Object identifiers in src/include/catalog/pg_proc.dat, which never change: lo_create,
    /// lo_import, lo_export, lo_open, lo_close, loread, lowrite, lo_lseek, lo_creat, lo_tell,
    /// lo_unlink, lo_truncate, lo_lseek64, lo_tell64, lo_truncate64.
    private static let identifiers: Set<Int32> = [
        715, 764, 765, 952, 953, 954, 955, 956, 957, 958, 964, 1004, 3170, 3171, 3172,
    ]

    /// Whether a FunctionCall with this body calls one of them.
    static func isCalled(by body: RawSpan) -> Bool {
        var reader = BodyReader(body)
        return reader.int32().map(identifiers.contains) ?? false
    }
}
