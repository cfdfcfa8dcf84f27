"""Runs strings of SQL straight on a server, and finds out what they have done there.

What it says is the truth that the proxy is measured by; it knows nothing of the proxy's rules.
"""

import json
from typing import NamedTuple, Optional

from psycopg import pq

from cluster import SUPERPASSWORD, SUPERUSER
from waiting import wait_for

DATABASE = "corpus"

# What a session has beyond its connection; one JSON text.
SESSION_STATE = b"""
SELECT pg_catalog.json_build_object(
    'settings', (SELECT pg_catalog.json_object_agg(name, setting ORDER BY name)
        FROM pg_catalog.pg_settings WHERE source = 'session'),
    'tenant', pg_catalog.current_setting('app.tenant', true),
    'prepared', (SELECT pg_catalog.array_agg(name ORDER BY name)
        FROM pg_catalog.pg_prepared_statements WHERE from_sql),
    'cursors', (SELECT pg_catalog.array_agg(name ORDER BY name)
        FROM pg_catalog.pg_cursors WHERE is_holdable),
    'channels', (SELECT pg_catalog.array_agg(c) FROM pg_catalog.pg_listening_channels() c),
    'temporary', (SELECT pg_catalog.count(*)
        FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema()),
    'user', current_user, 'session user', session_user,
    'advisory locks', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks
        WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid()))"""

# Locks of this transaction that a plain read does not take.
STRONG_LOCKS = b"""
SELECT pg_catalog.string_agg(DISTINCT locktype || ' ' || mode, ', ') FROM pg_catalog.pg_locks
WHERE pid = pg_catalog.pg_backend_pid() AND mode <> 'AccessShareLock' AND locktype <> 'virtualxid'"""

STATES = {
    pq.TransactionStatus.IDLE: "I", pq.TransactionStatus.INTRANS: "T",
    pq.TransactionStatus.INERROR: "E"}


class Answer(NamedTuple):
    """What a client sees of one string."""

    sqlstate: Optional[str]
    message: str
    columns: tuple
    rows: tuple
    tags: tuple

    def same_as(self, other, varies):
        """Whether a client could not tell them apart."""
        if self.sqlstate != other.sqlstate:
            return False
        if varies or self.sqlstate:
            return True
        return (self.columns, self.rows, self.tags) == (other.columns, other.rows, other.tags)

    def __str__(self):
        if self.sqlstate:
            return f"{self.sqlstate} {self.message}"
        return f"{self.tags} {self.columns} {self.rows[:3]} of {len(self.rows)}"


def connect(port, user="app", application="corpus", password=None):
    """A bare libpq connection to a server or proxy."""
    secret = {SUPERUSER: SUPERPASSWORD}.get(user, user) if password is None else password
    made = pq.PGconn.connect(
        f"host=127.0.0.1 port={port} dbname={DATABASE} user={user} password={secret} "
        f"application_name={application} client_encoding=UTF8 connect_timeout=20".encode())
    if made.status != pq.ConnStatus.OK:
        raise OSError(f"no connection to {port}: {made.error_message.decode()}")
    made.notice_handler = lambda _: None
    return made


def run(connection, sql, protocol="simple", parameters=()):
    """Runs one string by a protocol (`simple`, `extended` or `named`) and reads all of the answer."""
    values = [None if value is None else value.encode() for value in parameters]
    if protocol == "simple":
        connection.send_query(sql.encode())
    elif protocol == "extended":
        connection.send_query_params(sql.encode(), values)
    else:
        connection.send_prepare(b"corpus", sql.encode())
        prepared = _collect(connection)
        if prepared.sqlstate:
            return prepared
        connection.send_query_prepared(b"corpus", values)
    return _collect(connection)


def _collect(connection):
    sqlstate, message, columns, rows, tags = None, "", [], [], []
    while True:
        result = connection.get_result()
        if result is None:
            return Answer(sqlstate, message, tuple(columns), tuple(rows), tuple(tags))
        if result.status == pq.ExecStatus.COPY_OUT:
            while True:
                size, data = connection.get_copy_data(0)
                if size < 0:
                    break
                rows.append(bytes(data))
        elif result.status == pq.ExecStatus.COPY_IN:
            connection.put_copy_end(None)
        elif result.status == pq.ExecStatus.FATAL_ERROR:
            code = result.error_field(pq.DiagnosticField.SQLSTATE) or b"?????"
            text = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY)
            sqlstate = sqlstate or code.decode()
            message = message or (text or result.error_message).decode(errors="replace")
            if connection.status != pq.ConnStatus.OK:
                return Answer(sqlstate, message, tuple(columns), tuple(rows), tuple(tags))
        else:
            columns += [(result.fname(i), result.ftype(i)) for i in range(result.nfields)]
            rows += [
                tuple(result.get_value(r, c) for c in range(result.nfields))
                for r in range(result.ntuples)]
            if result.command_status:
                tags.append(result.command_status.decode())


def value(connection, sql):
    """The first value of a query as text; None if it fails or there is none."""
    answer = run(connection, sql.decode() if isinstance(sql, bytes) else sql)
    return answer.rows[0][0].decode() if answer.rows and answer.rows[0][0] is not None else None


def run_entry(port, entry, protocol, application="corpus"):
    """The entry in a fresh session, after what must come before it; for a client's eyes only."""
    connection = connect(port, entry.user, application)
    try:
        for sql in entry.after:
            before = run(connection, sql)
            if before.sqlstate:
                return before
        return _run(connection, entry, protocol)
    finally:
        connection.finish()


def _run(connection, entry, protocol):
    if protocol == "simple":
        return run(connection, entry.as_one_string)
    return run(connection, entry.sql, protocol, entry.parameters)


class Witness:
    """Looks at what statements do on the primary and on a standby of one cluster."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.primary = connect(cluster.primary.port, SUPERUSER, "witness")
        self.standbys = [connect(r.port, SUPERUSER, "witness") for r in cluster.replicas]

    def close(self):
        for connection in [self.primary, *self.standbys]:
            connection.finish()

    def _marks(self):
        """What moves when any transaction writes or any sequence advances."""
        return value(self.primary, """
            SELECT pg_snapshot_xmax(pg_current_snapshot())::text || ' '
                || coalesce((SELECT string_agg(last_value::text, ',' ORDER BY schemaname, sequencename)
                    FROM pg_sequences), '')""")

    def effects(self, entry):
        """(answer, effects) of the entry on the primary; what it did is undone."""
        effects = []
        connection = connect(self.cluster.primary.port, entry.user)
        try:
            for sql in entry.after:
                run(connection, sql)
            earlier = self._session(connection)
            marks = self._marks()
            answer = _run(connection, entry, "simple")
            effects += self._session_effects(connection, earlier)
        finally:
            connection.finish()
        wait_for(lambda: value(self.primary, """
            SELECT count(*) FROM pg_stat_activity WHERE application_name = 'corpus'
            AND backend_type = 'client backend'""") == "0", "the session to end",
            pause=0.002)
        if self._marks() != marks:
            effects.append("writes")
            self.wait_for_replay()
        if not entry.alone and not entry.after:
            effects += self._locks(entry)
        if effects:
            self.undo(entry)
        return answer, effects

    def _session(self, connection):
        if connection.transaction_status not in STATES or connection.status != pq.ConnStatus.OK:
            return "gone", {}
        text = value(connection, SESSION_STATE)
        return STATES[connection.transaction_status], json.loads(text) if text else {}

    def _session_effects(self, connection, earlier):
        status = STATES.get(connection.transaction_status, "gone")
        if status != earlier[0]:
            yield f"transaction status {earlier[0]} to {status}"
        if status == "E":
            return
        later = self._session(connection)[1]
        for name, before in earlier[1].items():
            if later.get(name) != before:
                yield f"{name} of the session"

    def _locks(self, entry):
        connection = connect(self.cluster.primary.port, entry.user)
        try:
            run(connection, "BEGIN")
            if not _run(connection, entry, "simple").sqlstate:
                locks = value(connection, STRONG_LOCKS)
                if locks:
                    yield f"locks: {locks}"
        finally:
            connection.finish()

    def undo(self, entry):
        """Takes back what the entry has done on the primary, and lets the standbys follow."""
        for sql in entry.undo:
            undone = run(self.primary, sql)
            assert not undone.sqlstate, f"{entry.place}: undo {sql}: {undone}"
        self.wait_for_replay()

    def wait_for_replay(self):
        # A committed record of our own: what a server calls its end of WAL may lie in the middle of
        # a record that nobody flushes while the server rests.
        position = value(self.primary, "SELECT pg_logical_emit_message(true, 'corpus', '')")
        for standby in self.standbys:
            wait_for(
                lambda: value(
                    standby, f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn") == "t",
                f"a standby to replay {position}", pause=0.003)

    def on_standby(self, entry):
        """The answer of a standby."""
        return run_entry(self.cluster.replicas[0].port, entry, "simple")
