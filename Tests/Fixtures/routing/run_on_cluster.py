#!/usr/bin/env python3
"""Runs the routing corpus on a real primary and a standby of it.

    run_on_cluster.py PRIMARY_DSN STANDBY_DSN

Makes a database "routing_corpus" on the primary (dropping an old one) and waits until the standby
has it. Then every statement runs on the primary, where only those marked "invalid" may fail, and
every statement whose route is "replica" on the standby, where its rows (unless marked "varies") and
its SQLSTATE must be the same. Both users must be superusers. Needs psycopg 3. Exit code 1 if
anything differs.
"""
import pathlib
import re
import sys
import time

import psycopg
from psycopg import pq

HERE = pathlib.Path(__file__).parent
DATABASE = "routing_corpus"
HEADER = re.compile(r"-- (replica|primary): (\w+)((?:; .*)?)$")


class Entry:
    def __init__(self, file, line, header, sql):
        match = HEADER.match(header)
        if not match:
            sys.exit(f"{file}:{line}: not a header: {header}")
        self.place = f"{file}:{line}"
        self.route, self.reason = match[1], match[2]
        self.sql = sql
        self.words = [word.strip() for word in match[3].split(";") if word.strip()]
        self.after = [word[6:] for word in self.words if word.startswith("after ")]

    def has(self, word):
        return word in self.words

    def is_invalid(self, version):
        for word in self.words:
            before = re.fullmatch(r"invalid before (\d+)", word)
            if word == "invalid" or before and version < int(before[1]):
                return True
        return False


def read_corpus():
    for path in sorted(HERE.glob("*.sql")):
        if path.name == "schema.sql":
            continue
        lines = path.read_text(encoding="utf-8").split("\n")
        index = 0
        while index < len(lines):
            if not lines[index]:
                index += 1
                continue
            last = index + 1
            while last < len(lines) and lines[last]:
                last += 1
            yield Entry(path.name, index + 1, lines[index], "\n".join(lines[index + 1:last]))
            index = last + 1


def connect(dsn, database=DATABASE):
    return psycopg.connect(dsn, dbname=database, autocommit=True, connect_timeout=10)


def run(connection, sql):
    """(SQLSTATE or None, rows) of one string, as a driver would send it."""
    raw = connection.pgconn
    parameters = [int(n) for n in re.findall(r"\$(\d+)\b(?!\w*\$)", sql)]
    if parameters and not re.search(r"\$\w*\$|^\s*PREPARE", sql):
        result = raw.exec_params(sql.encode(), [None] * max(parameters))
    else:
        result = raw.exec_(sql.encode())
    rows = []
    if result.status == pq.ExecStatus.COPY_OUT:
        while True:
            size, data = raw.get_copy_data(0)
            if size < 0:
                break
            rows.append(bytes(data))
        result = raw.get_result() or result
    elif result.status == pq.ExecStatus.COPY_IN:
        raw.put_copy_end(None)
        result = raw.get_result() or result
    while raw.get_result():
        pass
    if result.status == pq.ExecStatus.FATAL_ERROR:
        return (result.error_field(pq.DiagnosticField.SQLSTATE) or b"?????").decode(), []
    if result.status == pq.ExecStatus.TUPLES_OK:
        rows = [[result.get_value(r, c) for c in range(result.nfields)]
                for r in range(result.ntuples)]
    return None, rows


def run_entry(dsn, entry, in_transaction):
    with connect(dsn) as connection:
        connection.execute("SET statement_timeout = '20s'")
        if entry.has("conforming off"):
            connection.execute("SET standard_conforming_strings = off")
        if in_transaction:
            connection.execute("BEGIN")
        for sql in entry.after:
            connection.execute(sql)
        answer = run(connection, entry.sql)
        if connection.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            connection.pgconn.exec_(b"ROLLBACK")
        return answer


def set_up(primary, standby):
    with connect(primary, "postgres") as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")
    with connect(primary) as connection:
        connection.execute((HERE / "schema.sql").read_text())
        wait_for_standby(connection, standby)
        return connection.info.server_version // 10000


def wait_for_standby(connection, standby):
    position = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()[0]
    deadline = time.monotonic() + 30
    with connect(standby, "postgres") as replica:
        while time.monotonic() < deadline:
            replayed = replica.execute(
                "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn",
                (position,)).fetchone()[0]
            if replayed:
                return
            time.sleep(0.05)
    sys.exit("the standby did not replay the schema within 30 s (is it a standby of the primary?)")


def check(entry, primary, standby, version):
    """Complaints about one entry."""
    state, rows = run_entry(primary, entry, not entry.has("alone") and entry.route == "primary")
    if state == "0A000" and "xml" in entry.sql.lower():
        return  # a server built without libxml
    if entry.is_invalid(version):
        if state is None:
            yield "marked invalid, but the primary runs it"
    elif state is not None:
        yield f"the primary refuses it: {state}"
    if entry.route == "replica":
        standby_state, standby_rows = run_entry(standby, entry, False)
        if standby_state != state:
            yield f"primary: {state}, standby: {standby_state}"
        elif rows != standby_rows and not entry.has("varies"):
            yield f"other rows on the standby: {standby_rows[:2]} instead of {rows[:2]}"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    primary, standby = sys.argv[1:]
    version = set_up(primary, standby)
    count = {"replica": 0, "primary": 0}
    failures = 0
    for entry in read_corpus():
        if entry.has("not run"):
            continue
        count[entry.route] += 1
        for complaint in check(entry, primary, standby, version):
            failures += 1
            print(f"{entry.place}: {complaint}\n    {entry.sql[:200]}")
    print(f"PostgreSQL {version}: {count['replica']} statements on the standby, "
          f"{count['primary']} on the primary alone, {failures} failures")
    sys.exit(1 if failures or not count["replica"] else 0)


main()
