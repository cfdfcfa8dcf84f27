"""Prepared statements that are shared by the connections of a pool: sizes, eviction, pipelines.

Counterparts of PgBouncer's test_prepared.py; the table in README.md says which of which."""

import threading

import pytest

from waiting import wait_for
from wire import (
    Wire, bind, close, describe, execute, flush, parse, query, sync, types_of)

# Buffers of the proxy: what one reads at once, and what is kept of one frame; and PgBouncer's.
BUFFERS = (4096, 16 * 1024, 32 * 1024, 64 * 1024)
SIZES = sorted({factor * size + more for size in BUFFERS for factor in (1, 4)
                for more in (-40, -5, 0, 1, 300)})


@pytest.fixture(scope="module")
def one(make_lasting_proxy):
    """One server connection per node, and few statements on each."""
    return make_lasting_proxy({
        "workers": 1, "pooling": {"size": 1, "maxPreparedStatements": 5}})


@pytest.fixture(autouse=True)
def soundly(one):
    yield
    one.assert_sound()


def rows(reply):
    errors = [m.fields for m in reply if m.type == "E"]
    assert not errors, errors
    return [m.row for m in reply if m.type == "D"]


def padded(sql, size):
    """The text made so long by a comment."""
    return sql + " -- " + "x" * max(size - len(sql) - 4, 0)


# ---------------------------------------------------------------- sizes

@pytest.mark.parametrize("what", ["text", "parameter", "name"])
@pytest.mark.parametrize("changed", [False, True], ids=["", "with a setting to apply first"])
def test_sizes_around_the_buffers(one, what, changed):
    """Messages around the sizes of buffers are prepared, bound and rewritten whole, also when the
    server must first be brought in line with the settings of the client."""
    with Wire(one.port) as wire, Wire(one.port) as other:
        wire.login()
        other.login()
        if changed:
            wire.run("SET TimeZone = 'Asia/Tokyo'")
            other.run("SET TimeZone = 'Europe/Berlin'")
        zone = b"Asia/Tokyo" if changed else None
        for size in SIZES:
            # PostgreSQL takes no Close of more than 10,000 bytes (PQ_SMALL_MESSAGE_LIMIT).
            name = "n" * min(size, 9_900) if what == "name" else "n"
            text = "SELECT length($1::text), current_setting('TimeZone')"
            if what == "text":
                text = padded(text, size)
            value = "v" * (size if what == "parameter" else 7)
            wire.send(parse(name, text) + sync())
            assert types_of(wire.read_until()) == "1Z", size
            for _ in range(2):
                assert rows(other.run("SELECT current_setting('TimeZone')"))
                wire.send(bind("", name, (value,)) + execute() + sync())
                [[length, shown]] = rows(wire.read_until())
                assert int(length) == len(value), size
                assert zone in (None, shown)
            wire.send(close("S", name) + sync())
            assert types_of(wire.read_until()) == "3Z"


# ---------------------------------------------------------------- eviction

def test_more_statements_than_a_server_keeps(one):
    """Of 40 statements a server keeps 5: each is prepared again when it is used again."""
    with Wire(one.port) as wire:
        wire.login()
        for n in range(40):
            wire.send(parse(f"s{n}", f"SELECT {n} + $1::int") + sync())
            assert types_of(wire.read_until()) == "1Z"
        for round in range(3):
            for n in (*range(40), *range(0, 40, 7), *range(39, -1, -1)):
                wire.send(bind("", f"s{n}", (round,)) + execute() + sync())
                assert rows(wire.read_until()) == [[str(n + round).encode()]]


def test_a_server_never_holds_more_than_it_should(cluster, one):
    """What falls out is closed there."""
    with Wire(one.port) as wire:
        wire.login()
        for n in range(60):
            wire.send(parse(f"s{n}", f"SELECT {n}, 1 FROM pg_class LIMIT 1 FOR SHARE") + sync())
            wire.read_until()
            wire.send(bind("", f"s{n}") + execute() + sync())
            wire.read_until()
        count = wire.value(
            "BEGIN; SELECT count(*) FROM pg_prepared_statements; COMMIT")
        assert int(count) <= 5


def test_eviction_within_one_pipeline(one):
    """More statements in one pipeline than a server keeps, and in one batch."""
    with Wire(one.port) as wire:
        wire.login()
        for together in (False, True):
            end = b"" if together else sync()
            data = b"".join(
                parse(f"p{together}{n}", f"SELECT {n}") + bind("", f"p{together}{n}") + execute()
                + end for n in range(30))
            wire.send(data + sync())
            reply = wire.read_until("Z", 1 if together else 31)
            assert rows(reply) == [[str(n).encode()] for n in range(30)]
            data = b"".join(
                bind("", f"p{together}{n}") + execute() + end for n in range(30))
            wire.send(data + sync())
            reply = wire.read_until("Z", 1 if together else 31)
            assert rows(reply) == [[str(n).encode()] for n in range(30)]


def test_eviction_and_a_pipeline_that_fails(one):
    """Statements whose preparation an error skipped are prepared when they are needed."""
    with Wire(one.port) as wire:
        wire.login()
        for n in range(12):
            wire.send(parse(f"s{n}", f"SELECT {n}") + sync())
            wire.read_until()
        wire.send(parse("fails", "SELECT 1 / $1::int") + sync())
        wire.read_until()
        for _round in range(5):
            wire.send(b"".join(bind("", f"s{n}") + execute() for n in range(6))
                      + bind("", "fails", (0,)) + execute()
                      + b"".join(bind("", f"s{n}") + execute() for n in range(6, 12)) + sync())
            reply = wire.read_until()
            # Division by zero is found when the plan is made: at Bind.
            assert types_of(reply) == "2DC" * 6 + "EZ", types_of(reply)
            for n in (11, 6, 0, 8):
                wire.send(bind("", f"s{n}") + execute() + sync())
                assert rows(wire.read_until()) == [[str(n).encode()]]


def test_statements_come_back_after_the_connection_was_replaced(cluster, one):
    """A server connection that ends takes its statements along, and no client notices."""
    with Wire(one.port) as wire:
        wire.login()
        wire.send(parse("s", "SELECT 'still here', pg_backend_pid()") + sync())
        wire.read_until()
        seen = set()
        for _ in range(3):
            wire.send(bind("", "s") + execute() + sync())
            [[text, pid]] = rows(wire.read_until())
            assert text == b"still here"
            seen.add(pid)
            for node in cluster.nodes:
                node.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                           "WHERE usename = 'app'")
            wait_for(
                lambda: not any(int(row["idle"]) for row in one.admin("SHOW POOLS")
                                if row["user"] == "app"), "the connections to be gone")
        assert len(seen) == 3


# ---------------------------------------------------------------- DDL

def test_a_changed_result_type_is_healed(cluster, one, table):
    """Outside of a transaction the statement is prepared anew and run once more."""
    with Wire(one.port) as wire:
        wire.login()
        for text in (f"SELECT * FROM {table}", f"SELECT * FROM {table} FOR UPDATE"):
            name = f"s{len(text)}"
            wire.send(parse(name, text) + sync())
            wire.read_until()
            for column in ("one", "two"):
                wire.send(bind("", name) + describe("P") + execute() + sync())
                before = wire.read_until()
                assert not rows(before)
                cluster.run(f"ALTER TABLE {table} ADD {column} int")
                wire.send(bind("", name) + describe("P") + execute() + sync())
                after = wire.read_until()
                assert not rows(after)
                count = [int.from_bytes(m.body[:2], "big") for m in before + after if m.type == "T"]
                assert count[1] == count[0] + 1
            cluster.run(f"ALTER TABLE {table} DROP one, DROP two")


def test_a_changed_result_type_in_a_transaction_is_passed_on(cluster, one, table):
    with Wire(one.port) as wire:
        wire.login()
        wire.send(parse("s", f"SELECT * FROM {table}") + sync())
        wire.read_until()
        wire.run("BEGIN")
        wire.send(bind("", "s") + execute() + sync())
        rows(wire.read_until())
        wire.run(f"ALTER TABLE {table} ADD three int")
        wire.send(bind("", "s") + execute() + sync())
        reply = wire.read_until()
        assert [m.sqlstate for m in reply if m.type == "E"] == ["0A000"]
        assert reply[-1].status == "E"
        wire.run("ROLLBACK")
        wire.send(bind("", "s") + execute() + sync())
        assert not rows(wire.read_until())


# ---------------------------------------------------------------- who has the connection

def test_the_server_is_kept_until_sync(one):
    """Between Execute and Sync nobody else gets the connection, however long it takes."""
    with Wire(one.port) as wire, Wire(one.port) as other:
        wire.login()
        other.login()
        text = "SELECT id FROM (SELECT 1 AS id) x FOR UPDATE"
        wire.send(parse("s", text) + sync())
        wire.read_until()
        wire.send(bind("", "s") + execute() + flush())
        wire.read_until("C")
        other.send(query(text))
        wait_for(
            lambda: sum(int(row["waiting"]) for row in one.admin("SHOW POOLS")) == 1,
            "the other to wait")
        wire.send(bind("", "s") + execute() + flush())
        wire.read_until("C")
        wire.send(sync())
        assert types_of(wire.read_until()) == "Z"
        assert rows(other.read_until()) == [[b"1"]]


def test_a_flushed_pipeline_is_answered_at_once(one):
    """The answer comes with the Flush, not with the Sync."""
    with Wire(one.port) as wire:
        wire.login()
        wire.send(parse("s", "SELECT $1::int") + flush())
        assert types_of(wire.read_until("1")) == "1"
        for n in range(20):
            wire.send(bind("", "s", (n,)) + execute() + flush())
            assert rows(wire.read_until("C")) == [[str(n).encode()]]
        wire.send(sync())
        assert types_of(wire.read_until()) == "Z"


# ---------------------------------------------------------------- many

def test_pipelines_of_many_clients(make_proxy):
    """Each with statements of its own under common names, long pipelines, some with errors."""
    proxy = make_proxy({"pooling": {"size": 2, "maxPreparedStatements": 7}})
    failures = []

    def work(me):
        try:
            with Wire(proxy.port) as wire:
                wire.login()
                for round in range(4):
                    names = [f"s{n}" for n in range(12)]
                    wire.send(b"".join(
                        parse(name, f"SELECT '{me} {round} {name}', $1::int") + sync()
                        for name in names))
                    assert types_of(wire.read_until("Z", 12)) == "1Z" * 12
                    wire.send(b"".join(
                        bind("", names[n % 12], ("x" if n % 25 == 24 else n,)) + execute() + sync()
                        for n in range(100)))
                    for n in range(100):
                        reply = wire.read_until()
                        if n % 25 == 24:
                            assert [m.sqlstate for m in reply if m.type == "E"] == ["22P02"]
                        else:
                            assert rows(reply) == [
                                [f"{me} {round} {names[n % 12]}".encode(), str(n).encode()]]
                    wire.send(b"".join(close("S", name) for name in names) + sync())
                    assert types_of(wire.read_until()) == "3" * 12 + "Z"
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(me,), daemon=True) for me in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
        assert not thread.is_alive(), "a client hangs"
    assert not failures, failures[0]
    proxy.assert_sound()


def test_half_a_message_then_the_rest(one):
    """A Parse that stops half-way holds nobody up, and is whole when the rest comes."""
    data = parse("half", padded("SELECT 'half'", 30_000)) + bind("", "half") + execute() + sync()
    with Wire(one.port) as wire, Wire(one.port) as other:
        wire.login()
        other.login()
        for cut in (3, 5, 20, 4096, 16_384, 29_990):
            wire.send(data[:cut])
            assert rows(other.run("SELECT 2")) == [[b"2"]]
            wire.send(data[cut:])
            assert rows(wire.read_until()) == [[b"half"]]
            wire.send(close("S", "half") + sync())
            wire.read_until()


# ---------------------------------------------------------------- parameters

def test_equal_startup_parameters_share_a_connection(one):
    """Whatever the case of their names, and though the value is the default."""
    pids = set()
    for parameters in ({"DateStyle": "ISO, MDY"}, {"datestyle": "ISO, MDY"}, {},
                       {"TIMEZONE": "Etc/UTC"}, {"application_name": ""}):
        with Wire(one.port) as wire:
            wire.login(**parameters)
            pids.add(wire.value("BEGIN; SELECT pg_backend_pid(); COMMIT"))
    assert len(pids) == 1, pids


# ---------------------------------------------------------------- tables that change

@pytest.mark.parametrize("describes", [True, False])
@pytest.mark.parametrize("again", ["the same name", "another name", "two of them"])
@pytest.mark.parametrize("role", ["primary", "replica"])
def test_what_is_parsed_again_is_planned_anew(cluster, one, describes, again, role):
    """The server has the statement, and its plan does not fit the table any more. Who sends a Parse
    must not hear of that."""
    cluster.run("DROP TABLE IF EXISTS reshaped", "CREATE TABLE reshaped AS SELECT 1 AS a",
                "GRANT SELECT ON reshaped TO PUBLIC")
    with Wire(one.port) as wire:
        wire.login()
        wire.run(f"SET switchyard.route = '{role}'")
        text = "SELECT * FROM reshaped"
        wire.send(parse("s", text) + bind(statement="s") + execute() + sync())
        assert rows(wire.read_until()) == [[b"1"]]
        # On the other replica, too.
        wire.send(bind(statement="s") + execute() + sync())
        assert rows(wire.read_until()) == [[b"1"]]
        cluster.run("ALTER TABLE reshaped ADD b int")
        name = "s" if again == "the same name" else "t"
        batch = close("S", "s") if name == "s" else b""
        batch += parse(name, text)
        if again == "two of them":
            batch += parse("u", "SELECT 2")
        batch += bind(statement=name) + (describe("P") if describes else b"") + execute()
        if again == "two of them":
            batch += bind(statement="u") + execute()
        wire.send(batch + sync())
        reply = wire.read_until()
        assert rows(reply) == [[b"1", None]] + ([[b"2"]] if again == "two of them" else [])
        expected = ("3" if name == "s" else "") + ("11" if again == "two of them" else "1")
        assert types_of(reply).startswith(expected + "2")
        assert types_of(reply).count("1") == expected.count("1")
        wire.run("DISCARD ALL")
    cluster.run("DROP TABLE reshaped")
