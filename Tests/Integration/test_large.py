"""Large results and inputs pass in bounded memory, and a slow peer slows only its own."""

import socket
import threading

import pytest

from waiting import wait_for
from wire import Wire, bind, copy_data, copy_done, execute, parse, query, sync

MIB = 1 << 20
# What one large transfer may add to the resident memory: buffers of both directions on each
# worker, and what the allocator keeps. Far below the size of what passes.
BOUND_KIB = 32 * 1024


class Discard:
    """Reads a reply without keeping it: counts bytes and messages, and stops at ReadyForQuery."""

    def __init__(self, wire):
        self.socket = wire.socket
        self.rows = self.bytes = 0
        self.error = None

    def run(self):
        buffer = bytearray()
        skip = 0
        while True:
            data = self.socket.recv(1 << 20)
            assert data, "closed in the middle"
            self.bytes += len(data)
            if skip >= len(data):
                skip -= len(data)
                continue
            buffer += data[skip:]
            skip = at = 0
            while len(buffer) - at >= 5:
                kind = buffer[at]
                length = int.from_bytes(buffer[at + 1:at + 5], "big")
                self.rows += kind == ord("D")
                if kind == ord("E"):
                    self.error = bytes(buffer[at:at + 1 + length])
                if kind == ord("Z"):
                    return self
                if kind != ord("E") and len(buffer) - at < 1 + length:
                    skip = 1 + length - (len(buffer) - at)
                    at = len(buffer)
                    break
                if len(buffer) - at < 1 + length:
                    break
                at += 1 + length
            del buffer[:at]


@pytest.fixture
def measured(make_proxy):
    """A fresh proxy that has served a little, with its resident memory at that point."""
    proxy = make_proxy()
    with proxy.connect() as connection:
        for _ in range(20):
            connection.execute("SELECT repeat('x', 100000)")
    proxy.baseline_kib = proxy.memory_kib()

    def grown():
        return proxy.memory_kib("VmHWM") - proxy.baseline_kib

    proxy.grown_kib = grown
    return proxy


@pytest.mark.timeout(300)
@pytest.mark.parametrize("extended", [False, True])
def test_a_result_of_1_gb_passes_in_bounded_memory(measured, extended):
    sql = "SELECT repeat('x', 10000) FROM generate_series(1, 100000)"
    with Wire(measured.port, seconds=120) as wire:
        wire.login()
        wire.send(parse("", sql) + bind() + execute() + sync() if extended else query(sql))
        result = Discard(wire).run()
    assert result.error is None
    assert result.rows == 100_000 and result.bytes > 1_000_000_000
    assert measured.grown_kib() < BOUND_KIB, f"{measured.grown_kib()} KiB more"


@pytest.mark.timeout(300)
def test_a_row_of_100_mb_passes_in_bounded_memory(measured):
    with Wire(measured.port, seconds=120) as wire:
        wire.login()
        wire.send(query("SELECT repeat('x', 100000000)"))
        result = Discard(wire).run()
    assert result.error is None and result.rows == 1 and result.bytes > 100_000_000
    assert measured.grown_kib() < BOUND_KIB, f"{measured.grown_kib()} KiB more"


@pytest.mark.timeout(300)
def test_a_parameter_of_100_mb_passes(cluster, measured):
    with Wire(measured.port, seconds=120) as wire:
        wire.login()
        wire.send(parse("", "SELECT length($1::text)") + bind(parameters=[b"x" * 100_000_000])
                  + execute() + sync())
        reply = wire.read_until()
        assert [m.row for m in reply if m.type == "D"] == [[b"100000000"]]
    assert measured.grown_kib() < BOUND_KIB, f"{measured.grown_kib()} KiB more"


@pytest.mark.timeout(300)
def test_a_copy_in_of_1_gb_passes_in_bounded_memory(cluster, measured):
    cluster.run(
        "CREATE TABLE discarded (text text)",
        "CREATE FUNCTION discard() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER discard BEFORE INSERT ON discarded FOR EACH ROW "
        "EXECUTE FUNCTION discard()",
        "GRANT ALL ON discarded TO app")
    try:
        chunk = copy_data((b"x" * 9_999 + b"\n") * 100)
        with Wire(measured.port, seconds=120) as wire:
            wire.login()
            wire.send(query("COPY discarded FROM STDIN"))
            wire.read_until("G")
            for _ in range(1_000):
                wire.send(chunk)
            wire.send(copy_done())
            reply = wire.read_until()
        assert reply[0].type == "C", reply[0].fields
        assert reply[0].tag == "COPY 0"
        assert measured.grown_kib() < BOUND_KIB, f"{measured.grown_kib()} KiB more"
    finally:
        cluster.run("DROP TABLE discarded", "DROP FUNCTION discard")


@pytest.mark.timeout(300)
def test_a_copy_out_of_1_gb_passes_in_bounded_memory(measured):
    with Wire(measured.port, seconds=120) as wire:
        wire.login()
        wire.send(query(
            "COPY (SELECT repeat('x', 10000) FROM generate_series(1, 100000)) TO STDOUT"))
        result = Discard(wire).run()
    assert result.error is None and result.bytes > 1_000_000_000
    assert measured.grown_kib() < BOUND_KIB, f"{measured.grown_kib()} KiB more"


def test_a_client_that_does_not_read_stops_its_server_alone(cluster, measured):
    """Nobody takes 500 MB: the server must block on its socket, and others go on meanwhile."""
    with Wire(measured.port, receive_buffer=8 * 1024) as slow:
        slow.login(application_name="slow reader")
        slow.send(query("SELECT repeat('x', 10000) FROM generate_series(1, 50000)"))

        def blocked():
            return any(
                node.value("SELECT count(*) FROM pg_stat_activity "
                           "WHERE wait_event = 'ClientWrite' AND query LIKE '%repeat%' "
                           "AND pid <> pg_backend_pid()")
                for node in cluster.nodes)
        wait_for(blocked, "the server to block on writing")
        with measured.connect() as other:
            for _ in range(100):
                assert other.execute("SELECT 1").fetchone() == (1,)
        assert measured.grown_kib() < BOUND_KIB, f"{measured.grown_kib()} KiB more"
        result = Discard(slow).run()
        assert result.rows == 50_000 and result.error is None
    assert measured.grown_kib() < BOUND_KIB


def test_a_server_that_does_not_read_stops_its_client_alone(cluster, measured, table):
    """The table is locked, so COPY data piles up: the client must block, memory must not grow."""
    with cluster.primary.connect() as locker:
        locker.execute("BEGIN")
        locker.execute(f"CREATE OR REPLACE FUNCTION wait_{table}() RETURNS trigger LANGUAGE "
                       "plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END'")
        locker.execute(f"CREATE TRIGGER w BEFORE INSERT ON {table} FOR EACH ROW "
                       f"EXECUTE FUNCTION wait_{table}()")
        locker.execute("COMMIT")
        locker.execute("SELECT pg_advisory_lock(4711)")
        with Wire(measured.port) as wire:
            wire.login()
            wire.send(query(f"COPY {table} FROM STDIN"))
            wire.read_until("G")
            chunk = copy_data(b"1\t" + b"x" * 60_000 + b"\n")
            wire.socket.setblocking(False)
            sent = pieces = 0

            def stuck():
                nonlocal sent, pieces
                rest = chunk
                try:
                    while True:
                        rest = rest[wire.socket.send(rest):]
                        if not rest:
                            rest, pieces = chunk, pieces + 1
                            sent += len(chunk)
                            assert sent < 200 * MIB, "the proxy swallows without bound"
                except BlockingIOError:
                    wire.pending = rest
                    return True
            assert stuck()
            with measured.connect() as other:
                for _ in range(50):
                    other.execute("SELECT 1")
            assert measured.grown_kib() < BOUND_KIB, f"{measured.grown_kib()} KiB more"
            locker.execute("SELECT pg_advisory_unlock(4711)")
            wire.socket.settimeout(60)
            wire.send(wire.pending if wire.pending != chunk else b"", copy_done())
            reply = wire.read_until()
            assert reply[0].type == "C", reply[0].fields
    cluster.run(f"DROP TRIGGER w ON {table}", f"DROP FUNCTION wait_{table}")


def test_many_slow_readers_at_once(measured):
    """Ten clients that leave large results unread: memory is bounded for all together."""
    slow = []
    try:
        for _ in range(10):
            wire = Wire(measured.port, receive_buffer=8 * 1024)
            wire.login()
            wire.send(query("SELECT repeat('x', 10000) FROM generate_series(1, 20000)"))
            slow.append(wire)
        readers = [threading.Thread(target=Discard(wire).run) for wire in slow]
        with measured.connect(user="other") as other:
            for _ in range(50):
                other.execute("SELECT 1")
        assert measured.grown_kib() < BOUND_KIB, f"{measured.grown_kib()} KiB more"
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(90)
            assert not reader.is_alive(), "a slow reader hangs"
    finally:
        for wire in slow:
            wire.socket.shutdown(socket.SHUT_RDWR)
            wire.socket.close()
