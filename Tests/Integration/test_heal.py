"""Reads that a replica refuses, or dies of, are run elsewhere, and the client does not notice.

Each class of errors is produced by a real standby: see the table in Routing.md, "Healing".
"""

import contextlib
import os
import signal
import threading

import pytest

from waiting import wait_for
from wire import Wire, bind, describe, execute, flush, parse, query, sync, types_of

OBJECTS = """
    DROP SCHEMA IF EXISTS heal CASCADE;
    CREATE SCHEMA heal;
    GRANT USAGE ON SCHEMA heal TO PUBLIC;
    CREATE SEQUENCE heal.numbers;
    GRANT USAGE ON SEQUENCE heal.numbers TO PUBLIC;
    CREATE VIEW heal.ticket AS SELECT nextval('heal.numbers') AS n;
    CREATE UNLOGGED TABLE heal.scratch AS SELECT 7 AS n;
    CREATE VIEW heal.position AS SELECT pg_current_wal_lsn() AS n;
    CREATE VIEW heal.message AS SELECT pg_logical_emit_message(true, 'heal', 'x') AS n;
    CREATE TABLE heal.plain AS SELECT n FROM generate_series(1, 1000) n;
    GRANT SELECT ON ALL TABLES IN SCHEMA heal TO PUBLIC;
"""

# What every standby refuses, by SQLSTATE: a query whose row ends with the port it ran on.
REFUSED = {
    "25006": "SELECT n > 0, inet_server_port() FROM heal.ticket",
    "0A000": "SELECT n = 7, inet_server_port() FROM heal.scratch",
    "55000": "SELECT n IS NOT NULL, inet_server_port() FROM heal.position",
    "XX000": "SELECT n IS NOT NULL, inet_server_port() FROM heal.message",
}

WAYS = ("simple", "several in one", "unnamed", "prepared", "flushed", "pipelined", "read only")


@pytest.fixture(scope="module", autouse=True)
def objects(cluster):
    cluster.run(OBJECTS)
    yield
    cluster.run("DROP SCHEMA heal CASCADE")


@contextlib.contextmanager
def client(proxy):
    with Wire(proxy.port) as wire:
        yield wire.login()


def send(wire, way, sql):
    """Sends a query in one of the `WAYS`; what is returned reads the messages of its reply."""
    run = bind("", "s" if way in ("prepared", "flushed") else "") + execute()
    if way == "simple":
        wire.send(query(sql))
        return wire.read_until
    if way == "several in one":
        wire.send(query(f"SELECT 1; {sql}; SELECT 2"))
        return wire.read_until
    if way == "read only":
        wire.send(query("BEGIN READ ONLY"), query(sql), query("COMMIT"))
        return lambda: wire.read_until(times=3)
    if way == "unnamed":
        wire.send(parse("", sql) + bind() + describe("P") + execute() + sync())
        return wire.read_until
    if way == "prepared":
        wire.send(parse("s", sql) + describe("S", "s") + sync())
        return lambda: wire.read_until() + (wire.send(run + sync()) or wire.read_until())
    if way == "flushed":
        wire.send(parse("s", sql) + describe("S", "s") + flush())
        return lambda: wire.read_until("TE") + (wire.send(run + sync()) or wire.read_until())
    assert way == "pipelined"
    one = parse("", sql) + bind() + execute()
    wire.send(one + one + sync() + query("SELECT 1, 'after'") + one + sync())
    return lambda: wire.read_until(times=3)


def ask(wire, way, sql):
    return send(wire, way, sql)()


def rows(reply):
    return [m.row for m in reply if m.type == "D"]


def ports(reply):
    """The ports that the query has told, wherever it stands in the reply."""
    return [int(row[-1]) for row in rows(reply) if row[-1].isdigit() and int(row[-1]) > 1024]


def errors(reply):
    return [m.sqlstate for m in reply if m.type == "E"]


def without_ports(reply):
    return [(m.type, m.body if m.type != "D" else m.row[:-1]) for m in reply]


# ---------------------------------------------------------------- what every standby refuses

@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("state", REFUSED)
def test_what_every_standby_refuses_runs_on_the_primary(cluster, make_proxy, state, way):
    if (state, way) == ("25006", "read only"):
        pytest.skip("the primary refuses it too: the transaction is READ ONLY")
    proxy = make_proxy()
    sql = REFUSED[state]
    with Wire(cluster.primary.port) as direct:
        expected = ask(direct.login(), way, sql)
    assert not errors(expected)
    for _ in range(3):
        with client(proxy) as wire:
            reply = ask(wire, way, sql)
            assert without_ports(reply) == without_ports(expected)
            assert set(ports(reply)) == {cluster.primary.port}


def test_it_has_run_once(cluster, make_proxy):
    """What was refused has drawn no number, and what ran elsewhere has drawn one."""
    proxy = make_proxy()
    with client(proxy) as wire:
        before = cluster.primary.value("SELECT nextval('heal.numbers')")
        for way in ("simple", "unnamed", "prepared"):
            assert not errors(ask(wire, way, REFUSED["25006"]))
        assert cluster.primary.value("SELECT nextval('heal.numbers')") == before + 4


@pytest.mark.parametrize("way", ("simple", "unnamed", "prepared", "flushed", "read only"))
@pytest.mark.parametrize("state", REFUSED)
def test_where_the_primary_is_forbidden_the_replica_is_believed(make_proxy, state, way):
    proxy = make_proxy({"clusters": {"main": {"fallbackToPrimary": False}}})
    for _ in range(3):
        with client(proxy) as wire:
            assert errors(ask(wire, way, REFUSED[state])) == [state]
            assert wire.value("SELECT 1") == "1"


def failing_late(count, before):
    """Rows, and after some of them an error on a standby."""
    return (f"SELECT i, CASE WHEN i = {before} THEN (SELECT n FROM heal.ticket) END, "
            f"inet_server_port() FROM generate_series(1, {count}) i")


@pytest.mark.parametrize("way", ("simple", "unnamed"))
def test_an_error_after_a_thousand_rows(cluster, make_proxy, way):
    proxy = make_proxy()
    with client(proxy) as wire:
        reply = ask(wire, way, failing_late(1500, 1000))
        assert not errors(reply)
        assert [int(row[0]) for row in rows(reply)] == list(range(1, 1501))
        assert set(ports(reply)) == {cluster.primary.port}


@pytest.mark.parametrize("way", ("simple", "unnamed"))
def test_an_error_behind_more_than_is_held_is_the_clients(make_proxy, way):
    proxy = make_proxy()
    with client(proxy) as wire:
        reply = ask(wire, way, failing_late(100_000, 90_000))
        assert errors(reply) == ["25006"]
        assert len(rows(reply)) == 89_999
        assert wire.value("SELECT 1") == "1"


def test_an_error_that_the_primary_would_give_is_given_once(cluster, make_proxy):
    proxy = make_proxy()
    with client(proxy) as wire:
        for sql, state in (("SELECT 1/0", "22012"), ("SELECT 'x'::int", "22P02"),
                           ("SELECT FROM nowhere", "42P01"), ("SELECT nothing", "42703"),
                           ("SELECT * FROM no.where", "42P01"), ("SELEC", "42601")):
            with Wire(cluster.primary.port) as direct:
                expected = ask(direct.login(), "simple", sql)
            for way in ("simple", "unnamed"):
                reply = ask(wire, way, sql)
                assert errors(reply) == [state]
                assert reply[-2].fields["M"] == expected[-2].fields["M"]
