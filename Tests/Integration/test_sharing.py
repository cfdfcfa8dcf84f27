"""Turns of several clients on one server connection: everybody gets his own answer, and what happens
to one client harms no other."""

import contextlib
import socket
import time

import pytest

from waiting import wait_for
from wire import Wire, bind, describe, execute, parse, query, sync, types_of

# One worker, so that all clients meet.
ALONE = {"workers": 1, "pooling": {"size": 4}, "consistency": "eventual"}


def stats(proxy):
    return next(row for row in proxy.admin("SHOW STATS") if row["database"] == "app")


def shared(proxy):
    return int(stats(proxy)["shared_turns"])


@contextlib.contextmanager
def clients(proxy, count, **parameters):
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(Wire(proxy.port)).login(**parameters) for _ in range(count)]


def ask(protocol, text, name="s"):
    """The messages of one batch."""
    if protocol == "simple":
        return query(text)
    if protocol == "unnamed":
        return parse("", text) + bind() + describe("P") + execute() + sync()
    return bind(statement=name) + describe("P") + execute() + sync()


def answer(wire):
    """Of one batch: the first column of its rows, or the SQLSTATE of its error."""
    reply = wire.read_until()
    errors = [m.sqlstate for m in reply if m.type == "E"]
    return errors[0] if errors else [m.row[0].decode() for m in reply if m.type == "D"]


def train(wires, text="SELECT pg_sleep(0)"):
    """The statement is known to be fast."""
    for wire in wires:
        for _ in range(4):
            wire.run(text)


@pytest.fixture
def one_worker(cluster, make_proxy):
    """Everything on the primary, unless replicas are asked for."""
    def make(replicas=False, **changes):
        changes = {**ALONE, **changes}
        if replicas:
            return make_proxy(changes)
        node = {"name": "pg1", "host": "127.0.0.1", "port": cluster.primary.port,
                "role": "primary"}
        proxy = make_proxy({**changes, "clusters": {"main": {"nodes": [node]}}}, wait=False)
        with clients(proxy, 1) as wires:
            wires[0].run("SELECT 1")
        return proxy
    return make


@pytest.mark.parametrize("protocol", ["simple", "unnamed", "named"])
@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("replicas", [False, True])
def test_everybody_gets_his_own(one_worker, protocol, size, replicas):
    proxy = one_worker(replicas, pooling={"size": size})
    with clients(proxy, 24) as wires:
        for number, wire in enumerate(wires):
            if protocol == "named":
                wire.send(parse("s", f"SELECT {number} WHERE 1 = 1") + sync())
                wire.read_until()
        for turn in range(40):
            for number, wire in enumerate(wires):
                wire.send(ask(protocol, f"SELECT {number} WHERE 1 = 1"))
            for number, wire in enumerate(wires):
                assert answer(wire) == [str(number)], turn
        assert shared(proxy) > 40
        assert int(stats(proxy)["shared_depth"]) > 2


def test_off(one_worker):
    proxy = one_worker(sharedTurns="off")
    with clients(proxy, 12) as wires:
        for _ in range(20):
            for number, wire in enumerate(wires):
                wire.send(query(f"SELECT {number}"))
            for number, wire in enumerate(wires):
                assert answer(wire) == [str(number)]
    assert shared(proxy) == 0


@pytest.mark.parametrize("protocol", ["simple", "unnamed"])
def test_errors_are_their_own(one_worker, protocol):
    proxy = one_worker(pooling={"size": 1})
    with clients(proxy, 12) as wires:
        for turn in range(30):
            for number, wire in enumerate(wires):
                divisor = (number + turn) % 3
                wire.send(ask(protocol, f"SELECT {number} / {divisor}"))
            for number, wire in enumerate(wires):
                divisor = (number + turn) % 3
                assert answer(wire) == ([str(number // divisor)] if divisor else "22012")
        assert shared(proxy) > 30


def test_settings_are_their_own(one_worker):
    """Who has set something shares with those alone who have set the same."""
    proxy = one_worker(pooling={"size": 2})
    with clients(proxy, 12) as wires:
        for number, wire in enumerate(wires):
            if number // 4:
                wire.run(f"SET TimeZone = 'Etc/GMT-{number // 4}'")
        for _ in range(20):
            for wire in wires:
                wire.send(query("SELECT '2020-01-01 00:00:00+00'::timestamptz"))
            for number, wire in enumerate(wires):
                zone = number // 4
                got = answer(wire)[0]
                if zone:
                    assert got == f"2020-01-01 0{zone}:00:00+0{zone}"
        assert shared(proxy) > 0


def test_who_waits_behind_a_slow_one_is_run_elsewhere(one_worker):
    proxy = one_worker(pooling={"size": 3})
    with clients(proxy, 8) as wires, Wire(proxy.port) as busy:
        busy.login()
        train(wires)
        # Two lines, each with a slow one at its head; the third connection is somebody's.
        busy.run("BEGIN")
        busy.run("SELECT pg_backend_pid()")
        for wire in wires[:2]:
            wire.send(query("SELECT pg_sleep(4)"))
        began = time.monotonic()
        for wire in wires[2:]:
            wire.send(query("SELECT pg_sleep(0.0)"))
        wait_for(lambda: int(stats(proxy)["reruns"]) >= 1, "the slow ones to be left")
        busy.run("COMMIT")
        for wire in wires[2:]:
            assert answer(wire) == [""]
        # The slow ones are not done.
        assert time.monotonic() - began < 3.5
        for wire in wires[:2]:
            assert answer(wire) == [""]
        assert time.monotonic() - began > 3.5
        assert [answer_of(wire, "SELECT 1") for wire in wires] == [["1"]] * 8


def answer_of(wire, text):
    wire.send(query(text))
    return answer(wire)


def stuck_line(wires, seconds=3):
    """All clients on one connection, the first with a slow statement; before the proxy notices."""
    train(wires)
    wires[0].send(query(f"SELECT pg_sleep({seconds})"))
    for wire in wires[1:]:
        wire.send(query("SELECT pg_sleep(0.0)"))


def test_statement_timeouts_are_their_own(one_worker):
    proxy = one_worker(pooling={"size": 1})
    with clients(proxy, 6, options="-c statement_timeout=500") as wires:
        stuck_line(wires)
        assert answer(wires[0]) == "57014"
        for wire in wires[1:]:
            assert answer(wire) == [""]
        assert [answer_of(wire, "SELECT 1") for wire in wires] == [["1"]] * 6


@pytest.mark.parametrize("who", [0, 3])
def test_a_cancel_hits_nobody_else(one_worker, who):
    proxy = one_worker(pooling={"size": 1})
    with clients(proxy, 6) as wires:
        for _ in range(5):
            stuck_line(wires, 0.4)
            cancel(proxy, wires[who])
            for number, wire in enumerate(wires):
                got = answer(wire)
                # A cancel may come too late.
                assert got == [""] or got == "57014" and number == who
        assert [answer_of(wire, "SELECT 1") for wire in wires] == [["1"]] * 6


def cancel(proxy, wire):
    import struct
    with socket.create_connection(("127.0.0.1", proxy.port)) as connection:
        connection.sendall(struct.pack("!IIII", 16, 80877102, *wire.key))
        connection.recv(1)


@pytest.mark.parametrize("who", [0, 3])
def test_who_vanishes_harms_nobody_else(one_worker, who):
    proxy = one_worker(pooling={"size": 2})
    for _ in range(5):
        with clients(proxy, 6) as wires:
            stuck_line(wires, 0.4)
            wires[who].socket.close()
            rest = [wire for wire in wires if wire is not wires[who]]
            for wire in rest:
                assert answer(wire) == [""]
            assert [answer_of(wire, "SELECT 1") for wire in rest] == [["1"]] * 5


def test_who_does_not_read_harms_nobody_else(one_worker):
    proxy = one_worker(pooling={"size": 2})
    with clients(proxy, 6) as wires, Wire(proxy.port, receive_buffer=4096) as lazy:
        lazy.login()
        train([*wires, lazy], "SELECT repeat('x', 1)")
        for _ in range(3):
            lazy.send(query("SELECT repeat('x', 30000000)"))
            for wire in wires:
                wire.send(query("SELECT repeat('x', 2)"))
            for wire in wires:
                assert answer(wire) == ["xx"]
            assert len(answer(lazy)[0]) == 30_000_000


@pytest.mark.parametrize("seconds", [0.01, 2])
def test_a_connection_that_breaks_is_nobodys_trouble(cluster, one_worker, seconds):
    """Nobody has got anything of the answer: all are run once more."""
    proxy = one_worker(pooling={"size": 1})
    with clients(proxy, 6) as wires:
        train(wires)
        for _ in range(3):
            wires[0].send(query(f"SELECT pg_sleep({seconds}) FROM (SELECT 1) AS marked"))
            for wire in wires[1:]:
                wire.send(query("SELECT pg_sleep(0.0)"))
            cluster.primary.query(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE usename = 'app' AND pid <> pg_backend_pid()")
            for wire in wires[1:]:
                assert answer(wire) == [""]
            assert answer(wires[0]) in ([""], "57P01", "08006")


@pytest.mark.parametrize("replicas", [False, True])
def test_a_changed_table(cluster, one_worker, replicas):
    """Plans that do not fit any more are made anew for everybody."""
    proxy = one_worker(replicas, pooling={"size": 2})
    cluster.run("DROP TABLE IF EXISTS changing", "CREATE TABLE changing AS SELECT 1 AS a",
                "GRANT SELECT ON changing TO PUBLIC")
    with clients(proxy, 10) as wires:
        for wire in wires:
            wire.send(parse("s", "SELECT * FROM changing") + sync())
            assert types_of(wire.read_until()) == "1Z"
        for turn in range(6):
            for _ in range(5):
                for wire in wires:
                    wire.send(ask("named", ""))
                for wire in wires:
                    assert answer(wire) == ["1"]
            cluster.run(f"ALTER TABLE changing ADD COLUMN c{turn} int")
        assert shared(proxy) > 20
    cluster.run("DROP TABLE changing")


def test_an_exclusive_turn_gets_its_connection(one_worker):
    """However many share: who needs a connection for himself gets one."""
    proxy = one_worker(pooling={"size": 1})
    with clients(proxy, 8) as wires, Wire(proxy.port) as writer:
        writer.login()
        train(wires, "SELECT 1")
        done = 0
        for turn in range(60):
            for wire in wires:
                wire.send(query("SELECT 2"))
            if turn % 3 == 0:
                writer.send(query("CREATE TEMP TABLE IF NOT EXISTS own (n int) ON COMMIT DROP"))
                done += 1
            for wire in wires:
                assert answer(wire) == ["2"]
            if turn % 3 == 0:
                assert types_of(writer.read_until())[-1] == "Z"
        assert done == 20


def test_pipelines_keep_their_order(one_worker):
    proxy = one_worker(pooling={"size": 2})
    with clients(proxy, 8) as wires:
        for _ in range(20):
            for number, wire in enumerate(wires):
                wire.send(*(
                    ask("unnamed", f"SELECT {number * 100 + step} WHERE 1 = 1")
                    for step in range(10)))
            for number, wire in enumerate(wires):
                for step in range(10):
                    assert answer(wire) == [str(number * 100 + step)]
        assert shared(proxy) > 0
