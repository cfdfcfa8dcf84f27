"""COPY in both directions and both protocols, and the function call message."""

import pytest

from transparency import Step, assert_same, play
from wire import (
    Wire, bind, copy_data, copy_done, copy_fail, execute, flush, function_call, parse, query,
    sync, types_of)


def lines(*rows):
    return b"".join(copy_data(row.encode() + b"\n") for row in rows)


def copy_scripts(t):
    """Each ends outside of COPY, in sync. What was written is read with a lock: on the primary."""
    count = query(f"SELECT count(*) FROM (SELECT 1 FROM {t} FOR UPDATE) x")
    start = Step(query(f"COPY {t} FROM STDIN"), "GE")
    extended = parse("", f"COPY {t} FROM STDIN") + bind() + execute()
    return {
        "in": [start, lines("1\ta", "2\tb") + copy_done(), query(f"SELECT * FROM {t} FOR UPDATE")],
        "in, nothing": [start, copy_done()],
        "in, failed by the client": [start, lines("1\ta") + copy_fail("changed my mind"),
                                     count],
        "in, bad data": [start, lines("1\ta", "x\tb") + copy_done(), query("SELECT 1")],
        "in, duplicate key": [start, lines("1\ta", "1\tb") + copy_done(), query("SELECT 1")],
        "in, split rows": [
            start, copy_data(b"1\tab") + copy_data(b"c\n2") + copy_data(b"\tx\n") + copy_done(),
            query(f"SELECT * FROM {t} ORDER BY 1 FOR UPDATE")],
        "in, all in one go": [Step(
            query(f"COPY {t} FROM STDIN") + lines("1\ta", "2\tb") + copy_done(), "Z")],
        "in, unknown table": [query("COPY nowhere FROM STDIN"), query("SELECT 1")],
        "in, unknown table, data sent at once": [Step(
            query("COPY nowhere FROM STDIN") + lines("1\ta") + copy_done() + query("SELECT 1"),
            "Z", 2)],
        "in, then another statement in the string": [
            Step(query(f"COPY {t} FROM STDIN; SELECT count(*) FROM {t}"), "G"),
            lines("1\ta") + copy_done()],
        "in, twice in one string": [
            Step(query(f"COPY {t} FROM STDIN; COPY {t} FROM STDIN"), "G"),
            Step(lines("1\ta") + copy_done(), "G"), lines("2\tb") + copy_done()],
        "in, with flush and sync between": [
            start, lines("1\ta") + flush() + sync() + lines("2\tb") + copy_done(),
            count],
        "in, in a transaction": [
            query("BEGIN"), start, lines("1\ta") + copy_done(), query("ROLLBACK"),
            count],
        "in, extended": [Step(extended + sync(), "G"), lines("1\ta") + copy_done() + sync(),
                         count],
        "in, extended, flush first": [
            Step(extended + flush(), "G"), lines("1\ta") + copy_done() + sync(),
            count],
        "in, extended, all in one go": [Step(
            extended + lines("1\ta") + copy_done() + sync(), "Z")],
        "in, extended, failed by the client": [
            Step(extended + flush(), "G"), copy_fail("no") + sync(), query("SELECT 1")],
        "in, extended, bad data": [
            Step(extended + flush(), "G"), lines("x\ta") + copy_done() + sync(),
            query("SELECT 1")],
        "out": [query("COPY (SELECT n, 'r' || n FROM generate_series(1, 2000) n) TO STDOUT")],
        "out of a table": [query(f"INSERT INTO {t} VALUES (1, 'a')"),
                           query(f"BEGIN; COPY {t} TO STDOUT; COMMIT")],
        "out, binary": [query("COPY (SELECT 1, 'x') TO STDOUT (FORMAT binary)")],
        "out, failing midway": [
            query("COPY (SELECT 1/(1000-n) FROM generate_series(1, 2000) n) TO STDOUT"),
            query("SELECT 1")],
        "out, extended": [parse("", "COPY (VALUES (1), (2)) TO STDOUT") + bind() + execute()
                          + sync()],
        "stray copy messages": [lines("1\ta") + copy_done() + copy_fail("x") + query("SELECT 1")],
        "csv": [Step(query(f"COPY {t} FROM STDIN (FORMAT csv, HEADER)"), "G"),
                lines("id,text", '1,"a, b"') + copy_done(), query(f"SELECT * FROM {t} FOR UPDATE")],
    }


@pytest.mark.parametrize("name", copy_scripts("t"))
def test_same_bytes_as_postgresql(cluster, proxy, table, name):
    messages = assert_same(
        cluster, proxy, copy_scripts(table)[name], prepare=[f"TRUNCATE {table}"])
    assert messages[-1].type == "Z"


def test_copy_in_lands_on_the_primary(cluster, proxy, table):
    with proxy.connect() as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for n in range(50_000):
                copy.write_row((n, f"row {n}"))
        assert cursor.rowcount == 50_000
    assert cluster.primary.value(f"SELECT count(*) FROM {table}") == 50_000


def test_copy_out_of_a_query_runs_on_a_replica(cluster, proxy):
    messages = play(proxy.port, [query("COPY (SELECT inet_server_port()) TO STDOUT")])
    port = next(int(m.body) for m in messages if m.type == "d")
    assert port in {node.port for node in cluster.replicas}


@pytest.mark.parametrize("extended", [False, True])
def test_late_data_after_an_error_reaches_nobody_else(make_proxy, table, extended):
    """The server fails the COPY while the client still sends: with one server connection for
    both clients, what comes late must neither reach the other client's server nor hang it."""
    proxy = make_proxy({"pooling": {"size": 1}, "clusters": {"main": {"fallbackToPrimary": True}}})
    with Wire(proxy.port) as copier, Wire(proxy.port) as other:
        copier.login()
        other.login()
        for _ in range(5):
            if extended:
                copier.send(parse("", f"COPY {table} FROM STDIN") + bind() + execute() + sync())
            else:
                copier.send(query(f"COPY {table} FROM STDIN"))
            assert copier.read_until("GE")[-1].type == "G"
            # PostgreSQL looks at data only once enough of it has come.
            copier.send(copy_data(b"not a number\tx\n") * 20_000)
            reply = copier.read_until("E")
            assert reply[-1].sqlstate == "22P02"
            copier.send(copy_data(b"1\tlate\n"))
            if not extended:
                # The server is ready again; after an extended query it still waits for Sync.
                assert other.value("SELECT count(*) FROM generate_series(1, 3)") == "3"
            copier.send(copy_data(b"2\tlater\n") + copy_done() + (sync() if extended else b""))
            assert types_of(copier.read_until("Z")) == "Z"
            assert copier.value("SELECT 'alive'") == "alive"
            assert other.run(f"INSERT INTO {table} VALUES (1, 'x')")[0].tag == "INSERT 0 1"
            assert other.run(f"TRUNCATE {table}")[0].tag == "TRUNCATE TABLE"


@pytest.mark.parametrize(
    "statement", ["COPY {table} FROM STDIN", "SELECT 1", "SELECT pg_sleep(0)"])
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_half_a_message_of_late_data_reaches_nobody_else(make_proxy, table, statement, mode):
    """The turn is over when a CopyData message that the server has not waited for is not whole: the
    server would take what the next client says for the rest of it."""
    proxy = make_proxy({
        "pooling": {"size": 1, "mode": mode},
        "clusters": {"main": {"fallbackToPrimary": True}}})
    late = copy_data(b"select late" * 100)
    with Wire(proxy.port) as copier:
        copier.login()
        for _ in range(3):
            # In one packet: the server gets all of it before it answers.
            copier.send(
                query(statement.format(table=table)) + copy_data(b"not a number\tx\n") * 1_000
                + late[:500])
            copier.read_until("Z")
            if mode == "transaction":
                with Wire(proxy.port) as other:
                    other.login()
                    assert other.run(f"INSERT INTO {table} VALUES (1, 'x')")[0].tag == "INSERT 0 1"
                    assert other.value("SELECT 'unharmed'") == "unharmed"
            copier.send(late[500:] + copy_done())
            assert copier.value("SELECT 'alive'") == "alive"
            assert copier.run(f"TRUNCATE {table}")[0].tag == "TRUNCATE TABLE"


def test_a_client_that_vanishes_in_a_copy_leaves_nothing(cluster, make_proxy, table):
    proxy = make_proxy({"pooling": {"size": 1}})
    with Wire(proxy.port) as other:
        other.login()
        for _ in range(3):
            with Wire(proxy.port) as copier:
                copier.login()
                copier.send(query(f"COPY {table} FROM STDIN"))
                copier.read_until("G")
                copier.send(copy_data(b"1\tx\n"))
            assert other.run(f"INSERT INTO {table} VALUES (2, 'y')")[0].tag == "INSERT 0 1"
            assert other.run(f"DELETE FROM {table}")[0].tag == "DELETE 1"


# pg_proc oids of PostgreSQL's own functions: int4pl, int4div.
INT4PL, INT4DIV = 177, 154


def test_function_calls_answer_like_postgresql(cluster, proxy):
    messages = assert_same(cluster, proxy, [
        function_call(INT4PL, [b"40", b"2"]), function_call(INT4DIV, [b"1", b"0"]),
        function_call(4_000_000_000, []), query("BEGIN"), function_call(INT4PL, [b"1", b"2"]),
        query("ROLLBACK")])
    assert types_of(messages).startswith("VZEZEZ")
