"""Talks as Postgrex does for Ecto: the same messages in the same order, Flush and all.

Modelled on `Postgrex.Protocol` and `Ecto.Adapters.SQL`: statements are prepared under names like
`ecto_42` with Close, Parse, Describe and Flush, their rows come in binary, transactions are simple
queries, and within a sandbox each statement stands between two simple queries without a Sync.
"""

import itertools
import struct

import wire

INT8, INT4, TEXT, VARCHAR, BOOL, TIMESTAMP, INT4_ARRAY, INT8_ARRAY = (
    20, 23, 25, 1043, 16, 1114, 1007, 1016)
ENDS_OF_DESCRIBE = "TnE"

# What Postgrex asks for at its first connection: every type, with the functions that read it.
BOOTSTRAP = """
SELECT t.oid, t.typname, t.typsend, t.typreceive, t.typoutput, t.typinput,
       coalesce(d.typelem, t.typelem), coalesce(r.rngsubtype, 0), ARRAY (
  SELECT a.atttypid
  FROM pg_attribute AS a
  WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attnum
)
FROM pg_type AS t
LEFT JOIN pg_type AS d ON t.typbasetype = d.oid
LEFT JOIN pg_range AS r ON r.rngtypid = t.oid OR r.rngmultitypid = t.oid
  OR (t.typbasetype <> 0 AND r.rngtypid = t.typbasetype)
WHERE (t.typrelid = 0)
AND (t.typelem = 0 OR NOT EXISTS (
  SELECT 1 FROM pg_catalog.pg_type s WHERE s.typrelid != 0 AND s.oid = t.typelem))"""


class PostgrexError(Exception):
    """An ErrorResponse, by its SQLSTATE."""

    def __init__(self, message):
        super().__init__(message.fields)
        self.sqlstate = message.sqlstate


def encoded(value, type):
    """A parameter in binary, as the described type wants it."""
    if value is None:
        return None
    if type in (INT4_ARRAY, INT8_ARRAY):
        element, form = (INT4, "!i") if type == INT4_ARRAY else (INT8, "!q")
        body = struct.pack("!iiiii", 1, 0, element, len(value), 1)
        return body + b"".join(
            struct.pack("!i", struct.calcsize(form)) + struct.pack(form, v) for v in value)
    form = {INT8: "!q", INT4: "!i", BOOL: "!?", TIMESTAMP: "!q"}.get(type)
    return struct.pack(form, value) if form else str(value).encode()


def decoded(value, type):
    """A column of a row."""
    form = {INT8: "!q", INT4: "!i", BOOL: "!?", TIMESTAMP: "!q"}.get(type)
    if value is None or form is None:
        return value if value is None or type not in (TEXT, VARCHAR) else value.decode()
    return struct.unpack(form, value)[0]


class Connection:
    """One connection of a Repo's pool."""

    def __init__(self, port, application, prepare="named", database="app"):
        self.wire = wire.Wire(port)
        self.wire.login("app", "app", database, application_name=application)
        self.application, self.prepare = application, prepare
        self.names = itertools.count(2)
        self.prepared = {}  # text: (name, types of parameters, types of columns)
        self.status = "I"
        self.types = self.simple(BOOTSTRAP)
        assert self.types, "no types"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """As DBConnection leaves: Terminate, and the socket is closed."""
        try:
            self.wire.send(wire.terminate())
        finally:
            self.wire.socket.close()

    # ------------------------------------------------------------ transactions

    def simple(self, sql):
        """A simple query: rows as text."""
        self.wire.send(wire.query(sql))
        return self._finish(())

    def begin(self):
        self.simple("BEGIN")

    def commit(self):
        self.simple("COMMIT")

    def rollback(self):
        self.simple("ROLLBACK")

    def savepoint(self):
        """`Repo.transaction` within the sandbox."""
        self.simple("SAVEPOINT postgrex_savepoint")

    def release(self):
        self.simple("RELEASE SAVEPOINT postgrex_savepoint")

    def rollback_to_savepoint(self):
        self.simple(
            "ROLLBACK TO SAVEPOINT postgrex_savepoint;RELEASE SAVEPOINT postgrex_savepoint")

    # ------------------------------------------------------------ statements

    def query(self, sql, *parameters, mode="transaction", cached=True):
        """`Repo.all` and kin; `mode="savepoint"` is how the sandbox runs statements."""
        if mode == "savepoint":
            return self._in_savepoint(sql, parameters)
        known = self.prepared.get(sql)
        name = known[0] if known else self._new_name(cached)
        if not known:
            known = self._prepare(name, sql, ())
        self.wire.send(
            self._bind(known, parameters), wire.execute(),
            b"" if name else wire.close("S", ""), wire.sync())
        return self._finish(known[2])

    def _new_name(self, cached):
        return f"ecto_{next(self.names)}" if cached and self.prepare == "named" else ""

    def _prepare(self, name, sql, ahead):
        """Parse and Describe up to a Flush: the types decide how the parameters are sent."""
        self.wire.send(
            *ahead, wire.close("S", name) if name else b"", wire.parse(name, sql),
            wire.describe("S", name), wire.flush())
        if ahead:
            self._finish(())
        parameters, columns = [], []
        while True:
            m = self.wire.read()
            if m.type == "E":
                if not ahead:
                    self.wire.send(wire.sync())
                    self.status = self.wire.read_until()[-1].status
                raise PostgrexError(m)
            if m.type == "t":
                (count,) = struct.unpack_from("!h", m.body)
                parameters = list(struct.unpack_from(f"!{count}I", m.body, 2))
            elif m.type == "T":
                columns = column_types(m.body)
            if m.type in ENDS_OF_DESCRIBE:
                break
        known = (name, parameters, columns)
        if name:
            self.prepared[sql] = known
        return known

    def _bind(self, known, parameters, portal=""):
        name, types, columns = known
        assert len(types) == len(parameters), (types, parameters)
        values = [encoded(value, type) for value, type in zip(parameters, types)]
        return wire.bind(portal, name, values, [1] * len(values), [1] * len(columns))

    def _in_savepoint(self, sql, parameters):
        """Between two simple queries, without a Sync: after an error comes one, and a rollback."""
        ahead = [wire.query("SAVEPOINT postgrex_query")]
        known = self.prepared.get(sql)
        try:
            if not known:
                known = self._prepare(self._new_name(True), sql, ahead)
                ahead = []
            self.wire.send(
                *ahead, self._bind(known, parameters), wire.execute(),
                wire.query("RELEASE SAVEPOINT postgrex_query"))
            if ahead:
                self._finish(())
            rows = self._rows_up_to_complete(known[2])
        except PostgrexError:
            self.wire.send(
                wire.sync(), wire.query(
                    "ROLLBACK TO SAVEPOINT postgrex_query;RELEASE SAVEPOINT postgrex_query"))
            self._settle(2)
            raise
        self._finish(())
        return rows

    def _rows_up_to_complete(self, columns):
        rows = []
        while True:
            m = self.wire.read()
            if m.type == "D":
                rows.append([decoded(v, t) for v, t in zip(m.row, columns)])
            elif m.type == "E":
                raise PostgrexError(m)
            elif m.type == "C":
                return rows

    def _settle(self, times):
        """Reads what is left of a failed statement: a RELEASE after the error may be answered."""
        while times:
            m = self.wire.read()
            if m.type == "Z":
                self.status = m.status
                times -= 1

    def _finish(self, columns):
        rows, error = [], None
        for m in self.wire.read_until():
            if m.type == "D":
                rows.append([decoded(v, t) for v, t in zip(m.row, columns)] if columns else m.row)
            elif m.type == "E":
                error = error or m
            elif m.type == "Z":
                self.status = m.status
        if error:
            raise PostgrexError(error)
        return rows

    # ------------------------------------------------------------ streams

    def stream(self, sql, *parameters, max_rows=500):
        """`Repo.stream`: a named portal, read in pieces, within a transaction."""
        assert self.status == "T"
        known = self.prepared.get(sql) or self._prepare(self._new_name(True), sql, ())
        self.wire.send(self._bind(known, parameters, "PORTAL"), wire.sync())
        self._finish(())
        more = True
        while more:
            self.wire.send(wire.execute("PORTAL", max_rows), wire.sync())
            reply = self.wire.read_until()
            more = any(m.type == "s" for m in reply)
            yield [
                [decoded(v, t) for v, t in zip(m.row, known[2])] for m in reply if m.type == "D"]
        self.wire.send(wire.close("P", "PORTAL"), wire.sync())
        self._finish(())


def column_types(body):
    """The types of a RowDescription."""
    (count,), at, types = struct.unpack_from("!h", body), 2, []
    for _ in range(count):
        at = body.index(b"\0", at) + 1
        types.append(struct.unpack_from("!IhIhih", body, at)[2])
        at += 18
    return types
