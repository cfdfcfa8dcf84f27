"""The extended protocol: the same answers as PostgreSQL's, message by message."""

import psycopg
import pytest

from transparency import Step, assert_same, play
from wire import (
    Wire, bind, close, describe, execute, flush, parse, query, sync, types_of)

INT4, TEXT = 23, 25


def once(sql, parameters=(), **more):
    return parse("", sql) + bind(parameters=parameters, **more) + describe("P") + execute()


SCRIPTS = {
    "one statement": [once("SELECT 1") + sync()],
    "parameters": [once("SELECT $1::int + $2::int, $3::text", (40, 2, None)) + sync()],
    "binary results": [once("SELECT 1::int4, 'x'::text", results=(1, 0)) + sync()],
    "binary parameters": [
        parse("", "SELECT $1::int4", [INT4])
        + bind(parameters=[b"\0\0\0\x2a"], formats=[1]) + execute() + sync()],
    "only sync": [sync(), sync()],
    "empty statement": [once("") + sync()],
    "no describe": [parse("", "SELECT 1") + bind() + execute() + sync()],
    "describe statement": [
        parse("s", "SELECT $1::int AS a, $2::text AS b") + describe("S", "s") + sync(),
        bind("", "s", (1, "x")) + execute() + sync(), close("S", "s") + sync()],
    "describe without rows": [parse("s", "BEGIN") + describe("S", "s") + sync(),
                              close("S", "s") + sync()],
    "unnamed kept after sync": [
        parse("", "SELECT $1::int * 2") + describe("S") + sync(),
        bind(parameters=(21,)) + execute() + sync(),
        bind(parameters=(4,)) + execute() + sync()],
    "unnamed replaced": [
        parse("", "SELECT 1") + sync(), parse("", "SELECT 2") + sync(),
        bind() + execute() + sync()],
    "unnamed gone after a simple query": [
        parse("", "SELECT 1") + sync(), query("SELECT 2"), bind() + execute() + sync()],
    "unnamed gone after a failed parse": [
        parse("", "SELECT 1") + sync(), parse("", "SELEC") + sync(), bind() + execute() + sync()],
    "unknown unnamed": [bind() + execute() + sync()],
    "unknown named": [bind("", "nope") + execute() + sync()],
    "unknown portal": [execute("nope") + sync(), describe("P", "nope") + sync()],
    "describe unknown": [describe("S", "nope") + sync()],
    "named statement": [
        parse("a", "SELECT $1::text") + sync(), bind("", "a", ("x",)) + execute() + sync(),
        bind("", "a", ("y",)) + execute() + sync(), close("S", "a") + sync(),
        bind("", "a", ("z",)) + execute() + sync()],
    "named twice": [parse("a", "SELECT 1") + sync(), parse("a", "SELECT 2") + sync()],
    "close unknown": [close("S", "nope") + close("P", "nope") + sync()],
    "portal with row limits": [
        parse("", "SELECT n FROM generate_series(1, 5) n") + bind("p") + describe("P", "p")
        + execute("p", 2) + execute("p", 2) + execute("p", 2) + sync()],
    "portal across sync in a transaction": [
        query("BEGIN"),
        parse("", "SELECT n FROM generate_series(1, 5) n") + bind("p") + execute("p", 2) + sync(),
        execute("p", 2) + sync(), execute("p", 0) + sync(), close("P", "p") + sync(),
        query("COMMIT")],
    "portal gone after sync": [
        parse("", "SELECT n FROM generate_series(1, 5) n") + bind("p") + execute("p", 2) + sync(),
        execute("p", 2) + sync()],
    "flush": [Step(once("SELECT 1") + flush(), "C"), sync()],
    "flush after each": [
        Step(parse("", "SELECT $1::int") + flush(), "1"),
        Step(describe("S") + flush(), "T"), Step(bind(parameters=(1,)) + flush(), "2"),
        Step(execute() + flush(), "C"), sync()],
    "flush after an error": [Step(parse("", "SELEC") + flush(), "E"),
                             Step(bind() + execute() + flush(), times=0), sync()],
    "several in one batch": [once("SELECT 1") + once("SELECT 2") + once("SELECT 3") + sync()],
    "error skips to sync": [
        once("SELECT 1") + once("SELECT 1/0") + once("SELECT 2") + sync(),
        once("SELECT 3") + sync()],
    "error in parse": [parse("", "SELEC") + bind() + execute() + sync(), query("SELECT 1")],
    "error in bind": [
        parse("", "SELECT $1::int") + bind(parameters=("x",)) + execute() + sync()],
    "too few parameters": [parse("", "SELECT $1::int") + bind() + execute() + sync()],
    "several statements in one parse": [parse("", "SELECT 1; SELECT 2") + sync()],
    "pipeline of syncs": [Step(
        once("SELECT 1") + sync() + once("SELECT 1/0") + sync() + once("SELECT 2") + sync(),
        "Z", 3)],
    "delayed sync after an error": [Step(once("SELECT 1/0"), times=0), Step(
        once("SELECT 1"), times=0), sync(), once("SELECT 2") + sync()],
    "transaction in a pipeline": [Step(
        once("BEGIN") + sync() + once("SELECT 1") + sync() + once("COMMIT") + sync(), "Z", 3)],
    "transaction in one batch": [once("BEGIN") + once("SELECT 1") + once("COMMIT") + sync()],
    "begin by extended, then simple": [once("BEGIN") + sync(), query("SELECT 1"), query("COMMIT")],
    "begin described": [
        parse("", "BEGIN") + describe("S") + bind() + describe("P") + execute() + sync(),
        once("COMMIT") + sync()],
    "begin prepared, bound later": [
        parse("b", "BEGIN") + sync(), bind("", "b") + execute() + sync(),
        once("SELECT 1") + sync(), once("ROLLBACK") + sync(), close("S", "b") + sync()],
    "failed transaction": [
        once("BEGIN") + sync(), once("SELECT 1/0") + sync(), once("SELECT 1") + sync(),
        once("ROLLBACK") + sync()],
    "set by extended": [once("SET TimeZone = 'Asia/Tokyo'") + sync(),
                        once("SHOW TimeZone") + sync()],
    "simple query in the middle of a batch": [
        Step(parse("", "SELECT 1") + bind() + query("SELECT 2"), "Z"), sync()],
    "long statement name": [
        parse("n" * 60_000, "SELECT 1") + bind("", "n" * 60_000) + execute() + sync()],
    "long parameter": [once("SELECT length($1::text)", ("x" * 300_000,)) + sync()],
    "long text": [once("SELECT 1 -- " + "x" * 300_000) + sync()],
    "many parameters": [
        once("SELECT " + "+".join(f"${n}::int" for n in range(1, 1001)), [1] * 1000) + sync()],
    "wrong describe kind": [describe("X") + sync(), query("SELECT 1")],
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_same_bytes_as_postgresql(cluster, proxy, name):
    messages = assert_same(cluster, proxy, SCRIPTS[name])
    assert messages[-1].type == "Z"


def test_writes_by_extended_protocol(cluster, proxy, table):
    messages = assert_same(
        cluster, proxy,
        [once(f"INSERT INTO {table} VALUES ($1, $2)", (1, "a")) + sync(),
         once(f"INSERT INTO {table} VALUES (2, 'b') RETURNING *") + sync(),
         once(f"INSERT INTO {table} VALUES (1, 'c')") + once("SELECT 1") + sync(),
         # All of a batch up to Sync is one transaction: the error takes the insert with it.
         once(f"INSERT INTO {table} VALUES (3, 'd')") + once("SELECT 1/0") + sync(),
         query(f"SELECT * FROM {table} ORDER BY 1 FOR UPDATE")],
        prepare=[f"TRUNCATE {table}"])
    assert [m.row for m in messages if m.type == "D"][-2:] == [[b"1", b"a"], [b"2", b"b"]]


def test_where_batches_run(cluster, proxy):
    replicas = {str(node.port).encode() for node in cluster.replicas}
    read = play(proxy.port, [once("SELECT inet_server_port()") + sync()])
    write = play(proxy.port, [once("SELECT inet_server_port(), lastval() IS NULL") + sync()])
    locked = play(proxy.port, [
        once("SELECT inet_server_port() FROM (SELECT 1) x FOR UPDATE") + sync()])
    assert next(m.row[0] for m in read if m.type == "D") in replicas
    for messages in (write, locked):
        row = next((m.row for m in messages if m.type == "D"), None)
        assert row is None or row[0] == str(cluster.primary.port).encode()


def test_a_batch_with_a_write_runs_on_the_primary_as_a_whole(cluster, proxy, table):
    messages = play(proxy.port, [
        once("SELECT inet_server_port()") + once(f"INSERT INTO {table} VALUES (1, 'x')")
        + once("SELECT inet_server_port()") + sync()])
    ports = {m.row[0] for m in messages if m.type == "D"}
    assert ports == {str(cluster.primary.port).encode()}


def test_an_unnamed_statement_is_never_anothers(proxy):
    """Whatever another client prepared on the shared server connection must not be seen."""
    with Wire(proxy.port) as first, Wire(proxy.port) as second:
        first.login()
        second.login()
        for _ in range(6):
            first.send(parse("", "SELECT 'secret of the first'") + bind() + execute() + sync())
            first.read_until()
            second.send(bind() + execute() + sync())
            reply = second.read_until()
            assert types_of(reply) == "EZ", reply
            assert reply[0].sqlstate == "26000"


def test_named_statements_of_two_clients_do_not_meet(proxy):
    with Wire(proxy.port) as first, Wire(proxy.port) as second:
        for wire, text in ((first, "one"), (second, "two")):
            wire.login()
            wire.send(parse("s", f"SELECT '{text}'") + sync())
            assert types_of(wire.read_until()) == "1Z"
        for _ in range(5):
            for wire, text in ((first, b"one"), (second, b"two")):
                wire.send(bind("", "s") + execute() + sync())
                reply = wire.read_until()
                assert [m.row[0] for m in reply if m.type == "D"] == [text]


def test_psycopg_pipeline_mode(proxy, table):
    with proxy.connect(autocommit=True) as connection:
        with connection.pipeline():
            for n in range(200):
                connection.execute(f"INSERT INTO {table} VALUES (%s, %s)", (n, f"row {n}"))
            rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert rows == (200,)
        with pytest.raises(psycopg.errors.DivisionByZero):
            with connection.pipeline():
                connection.execute("SELECT 1/0")
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_long_pipeline_is_answered_while_it_is_still_sent(proxy):
    """Replies must flow before the last request is sent: neither side may wait for the other."""
    rounds = 4000
    with Wire(proxy.port, receive_buffer=16 * 1024) as wire:
        wire.login()
        batch = once("SELECT repeat('x', 2000)") + sync()
        sent = 0
        wire.socket.setblocking(False)
        pending, finished = b"", 0
        import select
        while finished < rounds:
            readable, writable, _ = select.select(
                [wire.socket], [wire.socket] if pending or sent < rounds else [], [], 30)
            assert readable or writable, f"stuck after {finished} of {rounds} replies"
            if writable:
                if not pending:
                    pending = batch * 20
                    sent += 20
                pending = pending[wire.socket.send(pending):]
            if readable:
                data = wire.socket.recv(1 << 16)
                assert data
                wire.buffer += data
                at = 0
                while len(wire.buffer) - at >= 5:
                    length = int.from_bytes(wire.buffer[at + 1:at + 5], "big")
                    if len(wire.buffer) - at < 1 + length:
                        break
                    assert wire.buffer[at:at + 1] != b"E"
                    finished += wire.buffer[at:at + 1] == b"Z"
                    at += 1 + length
                del wire.buffer[:at]
