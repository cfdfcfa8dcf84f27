"""Peers that break the rules: the right error or a closed connection, and no harm to others."""

import os
import random
import socket
import struct
import threading

import pytest

from fakeserver import FakeServer
from waiting import wait_for
from wire import (
    CANCEL_REQUEST, Closed, LoginError, SSL_REQUEST, Wire, bind, cstring, execute, message, parse,
    password, query, request, startup, sync)


def outcome(wire):
    """What a client sees until it is closed: SQLSTATEs of errors, in order."""
    try:
        return [m.sqlstate for m in wire.read_to_end() if m.type == "E"]
    except (ConnectionResetError, BrokenPipeError):
        return []


def leave(wire):
    """Says that nothing more comes; the peer may have closed already."""
    try:
        wire.socket.shutdown(socket.SHUT_WR)
    except OSError:
        pass


# ---------------------------------------------------------------- before the login

BEFORE_LOGIN = {
    "random bytes": os.urandom(4096),
    "zeros": b"\0" * 64,
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "tls hello": bytes.fromhex("16030100a5010000a10303") + b"x" * 160,
    "length 0": struct.pack("!ii", 0, 196608),
    "length 3": struct.pack("!ii", 3, 196608),
    "length 7": struct.pack("!i", 7) + b"\0\3\0",
    "negative length": struct.pack("!ii", -5, 196608),
    "smallest length": struct.pack("!ii", -(2 ** 31), 196608),
    "length over the limit": struct.pack("!ii", 10_001, 196608) + b"x" * 9_993,
    "huge length": struct.pack("!ii", 2 ** 31 - 1, 196608),
    "no terminator": struct.pack("!ii", 17, 196608) + b"user\0app\0",
    "key without value": struct.pack("!ii", 13, 196608) + b"user\0",
    "empty body": struct.pack("!ii", 8, 196608),
    "query first": query("SELECT 1"),
    "password first": password("x"),
    "unknown protocol": struct.pack("!ii", 9, 99 << 16) + b"\0",
    "unknown request": struct.pack("!ii", 8, 80877199),
    "short cancel": struct.pack("!ii", 8, CANCEL_REQUEST),
    "long cancel": struct.pack("!iiii", 16, CANCEL_REQUEST, 1, 2) + b"x" * 50,
    "ssl request, then garbage": request(SSL_REQUEST) + b"\xff" * 100,
    "ssl request thrice": request(SSL_REQUEST) * 3 + b"\0\0\0\0",
}


@pytest.mark.parametrize("name", BEFORE_LOGIN)
def test_before_login(proxy, bystander, name):
    with Wire(proxy.port, seconds=20) as wire:
        wire.send(BEFORE_LOGIN[name])
        leave(wire)
        data = b""
        try:
            while piece := wire.socket.recv(65536):
                data += piece
        except ConnectionResetError:
            pass
        # Closed without a word, refused (N), or told what is wrong; never let in.
        stripped = data.lstrip(b"N")
        assert stripped == b"" or stripped[:1] in (b"E", b"v"), data
        assert b"R\0\0\0\x08\0\0\0\0" not in data
    bystander.wait_for_more()


def test_an_oversized_startup_is_refused_without_waiting_for_it(proxy):
    with Wire(proxy.port, seconds=20) as wire:
        wire.send(struct.pack("!ii", 1_000_000, 196608))
        seen = outcome(wire)
        assert seen in ([], ["08P01"])


def test_a_startup_of_exactly_the_limit_is_read(cluster, proxy):
    base = startup({"user": "app", "database": "app", "application_name": ""})
    packet = startup({"user": "app", "database": "app",
                      "application_name": "x" * (10_000 - len(base))})
    assert len(packet) == 10_000
    answers = []
    for port in (cluster.primary.port, proxy.port):
        with Wire(port) as wire:
            wire.send(packet)
            wire.authenticate("app", "app")
            answers.append(wire.value("SHOW application_name"))
    assert answers[0] == answers[1]


def test_messages_before_authentication_are_refused(proxy, bystander):
    for first in (query("SELECT 1"), sync(), parse("", "SELECT 1") + sync(), b"X\0\0\0\4",
                  b"d\0\0\0\5x", b"\0\0\0\0\0", message("p", b"x" * 70_000)):
        with Wire(proxy.port, seconds=20) as wire:
            wire.send(startup({"user": "app", "database": "app"}))
            assert wire.read().type == "R"
            wire.send(first)
            leave(wire)
            for state in outcome(wire):
                assert state in ("08P01", "28P01", "28000"), state
    bystander.wait_for_more()


def test_a_login_byte_by_byte(proxy):
    with Wire(proxy.port) as wire:
        for byte in startup({"user": "app", "database": "app"}):
            wire.socket.send(bytes([byte]))
        wire.authenticate("app", "app")
        for byte in query("SELECT 'slow'"):
            wire.socket.send(bytes([byte]))
        assert [m.row for m in wire.read_until() if m.type == "D"] == [[b"slow"]]


def test_a_client_that_never_logs_in_is_disconnected(make_proxy):
    proxy = make_proxy({"loginTimeoutSeconds": 1})
    with Wire(proxy.port) as silent, Wire(proxy.port) as started, Wire(proxy.port) as slow:
        started.send(startup({"user": "app", "database": "app"}))
        assert started.read().type == "R"
        slow.socket.sendall(b"\0")
        for wire in (silent, started, slow):
            assert all(state.startswith(("08", "57", "28")) for state in outcome(wire))
        with proxy.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.timeout(240)
def test_5000_connections_that_never_log_in(make_proxy):
    proxy = make_proxy({"loginTimeoutSeconds": 3600, "maxClients": 6000})
    with proxy.connect() as connection:
        before = proxy.memory_kib()
        held = []
        try:
            for _ in range(5_000):
                idle = socket.socket()
                idle.settimeout(20)
                idle.connect(("127.0.0.1", proxy.port))
                held.append(idle)
            wait_for(lambda: proxy.descriptors() >= 5_000, "all to be accepted", 60)
            for _ in range(50):
                assert connection.execute("SELECT 1").fetchone() == (1,)
            with proxy.connect() as another:
                assert another.execute("SELECT 1").fetchone() == (1,)
            grown = proxy.memory_kib() - before
            assert grown < 5_000 * 8, f"{grown / 5_000:.1f} KiB for each"
        finally:
            for idle in held:
                idle.close()
        wait_for(lambda: proxy.descriptors() < 200, "all to be let go", 60)


# ---------------------------------------------------------------- after the login

AFTER_LOGIN = {
    "unknown type": message("z", b"hello"),
    "type 0": b"\0\0\0\0\4",
    "backend type": message("T", b"\0\0"),
    "length 0": b"Q\0\0\0\0",
    "length 3": b"Q\0\0\0\3",
    "negative length": message("Q", b"SELECT 1\0", length=-1),
    "smallest length": message("Q", b"x", length=-(2 ** 31)),
    "huge length": message("Q", b"x", length=2 ** 31 - 1),
    "huge length of copy data": message("d", b"x", length=2 ** 31 - 1),
    "unterminated query": message("Q", b"SELECT 1"),
    "empty query body": message("Q"),
    "query with two strings": message("Q", b"SELECT 1\0SELECT 2\0"),
    "unterminated parse": message("P", b"name without end"),
    "parse with false count": message("P", cstring("") + cstring("SELECT 1") + b"\x7f\xff"),
    "bind with negative counts": message("B", b"\0\0" + b"\xff\xff\xff\xff\xff\xff"),
    "bind with false length": message("B", b"\0\0" + b"\0\0\0\1\x7f\xff\xff\xff\0\0"),
    "bind too short": message("B", b"\0"),
    "describe of nothing": message("D"),
    "describe of a bad kind": message("D", b"Zx\0"),
    "execute too short": message("E", b"\0\0"),
    "close of a bad kind": message("C", b"Qx\0"),
    "sync with a body": message("S", b"body"),
    "function call too short": message("F", b"\0"),
    "password": password("late"),
    "random bytes": random.Random(1).randbytes(5000),
    "a startup packet": startup({"user": "app"}),
}


@pytest.mark.parametrize("name", AFTER_LOGIN)
def test_after_login_as_postgresql(cluster, proxy, bystander, name):
    """PostgreSQL's own answer is the measure."""
    answers = []
    for port in (cluster.primary.port, proxy.port):
        with Wire(port, seconds=20) as wire:
            wire.login()
            wire.send(AFTER_LOGIN[name] + sync())
            try:
                last = wire.read_until("EZ")[-1]
                answers.append(last.sqlstate if last.type == "E" else "ready")
            except (Closed, ConnectionResetError):
                answers.append("closed")
    assert answers[1] == answers[0]
    bystander.wait_for_more()


def test_fuzzed_sessions_harm_nobody(proxy, bystander):
    """Valid sessions with bytes changed, cut and doubled, from a fixed seed."""
    chance = random.Random(20_240_601)
    valid = [
        query("SELECT 1"), query("BEGIN"), query("COMMIT"),
        parse("s", "SELECT $1::int") + bind("", "s", (1,)) + execute() + sync(),
        query("SET work_mem = '4MB'"), query("COPY (SELECT 1) TO STDOUT"), sync()]
    for round in range(150):
        data = bytearray(b"".join(chance.choices(valid, k=4)))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(data))
            kind = chance.randrange(4)
            if kind == 0:
                data[at] = chance.randrange(256)
            elif kind == 1:
                del data[at:at + chance.randrange(1, 9)]
            elif kind == 2:
                data[at:at] = chance.randbytes(chance.randrange(1, 9))
            else:
                data[at:at] = data[at:at + 20]
            if not data:
                data = bytearray(b"x")
        with Wire(proxy.port, seconds=20) as wire:
            wire.login()
            try:
                wire.send(bytes(data))
                leave(wire)
                while wire.socket.recv(65536):
                    pass
            except (ConnectionResetError, BrokenPipeError):
                pass
            except TimeoutError:
                pytest.fail(f"round {round}: neither answered nor closed: {bytes(data)!r}")
    bystander.wait_for_more()


def test_a_client_that_is_cut_off_in_a_message(proxy, bystander):
    whole = query("SELECT " + "1 + " * 1000 + "1")
    for cut in (1, 3, 5, 100, len(whole) - 1):
        with Wire(proxy.port) as wire:
            wire.login()
            wire.send(whole[:cut])
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(message("d", b"x" * 100, length=1 << 29))
    bystander.wait_for_more()


def test_rude_clients_by_the_hundred(proxy, bystander):
    """Logging in and leaving at every stage, from several sides at once."""
    failures = []

    def rude(seed):
        chance = random.Random(seed)
        try:
            for _ in range(60):
                with Wire(proxy.port) as wire:
                    stage = chance.randrange(5)
                    if stage == 0:
                        continue
                    wire.send(startup({"user": "app", "database": "app"}))
                    if stage == 1:
                        continue
                    wire.authenticate("app", "app")
                    wire.send(query("SELECT repeat('x', 100000)"))
                    if stage == 2:
                        continue
                    wire.read()
                    if stage == 3:
                        wire.socket.setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        continue
                    wire.send(query("BEGIN") + query("SELECT 1"))
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=rude, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures
    bystander.wait_for_more()
    wait_for(lambda: len(proxy.admin("SHOW CLIENTS")) <= 2, "the rude ones to be forgotten")


# ---------------------------------------------------------------- servers

def with_node(fake):
    """A cluster whose only node is the fake one; the monitor finds it down or odd."""
    def edit(configuration):
        configuration["clusters"]["main"]["nodes"] = [
            {"name": "fake", "host": "127.0.0.1", "port": fake.port, "role": "primary"}]
        configuration["pooling"].update({"maxWaitMillis": 3000, "size": 3})
    return edit


GREETING = (
    message("R", struct.pack("!i", 0)) + message("S", b"server_version\x0015.0\0")
    + message("S", b"client_encoding\0UTF8\0") + message("S", b"DateStyle\0ISO, MDY\0")
    + message("S", b"standard_conforming_strings\0on\0") + message("S", b"integer_datetimes\0on\0")
    + message("K", struct.pack("!II", 1, 2)) + message("Z", b"I"))
ROW = message("D", b"\0\1\0\0\0\1x")

LOGIN_NONSENSE = {
    "random bytes": os.urandom(200),
    "nothing": b"",
    "unknown authentication": message("R", struct.pack("!i", 99)),
    "negative length": message("R", b"\0\0\0\0", length=-1),
    "huge length": message("R", b"\0\0\0\0", length=2 ** 31 - 1),
    "short authentication": message("R", b"\0"),
    "ready without authentication": message("Z", b"I"),
    "an error without fields": message("E", b""),
    "an unterminated error": message("E", b"SFATAL"),
    "scram with an empty list": message("R", struct.pack("!i", 10) + b"\0"),
    "rows before the login": ROW * 5,
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}


@pytest.mark.parametrize("name", LOGIN_NONSENSE)
def test_a_server_that_answers_a_login_with_nonsense(make_proxy, name):
    with FakeServer(login=LOGIN_NONSENSE[name]) as fake:
        proxy = make_proxy(wait=False, edit=with_node(fake))
        with Wire(proxy.port, seconds=40) as wire:
            try:
                wire.login()
                reply = wire.run("SELECT 1")
                errors = [m for m in reply if m.type == "E"]
                assert errors, reply
                state = errors[0].sqlstate
            except LoginError as failure:
                state = failure.message.fields.get("C", "none")
            assert state[:2] in ("08", "53", "57", "28"), state
        proxy.assert_sound()


REPLY_NONSENSE = {
    "random bytes": random.Random(2).randbytes(300),
    "unknown type": message("\x7f", b"hello"),
    "negative length": message("D", b"x", length=-1),
    "smallest length": message("T", b"x", length=-(2 ** 31)),
    "length 3": message("D", b"", length=3),
    "an unterminated error": message("E", b"SERROR\0C22012\0Mwhat"),
    "ready in no known state": message("C", b"SELECT 1\0") + message("Z", b"Q"),
    "ready without a state": message("C", b"SELECT 1\0") + message("Z", b""),
    "an authentication request": message("R", struct.pack("!i", 3)),
    "a client's message": query("SELECT 1"),
    "dies mid-row": message("T", struct.pack("!h", 0)) + ROW * 3 + ROW[:4],
    "dies between rows": message("T", struct.pack("!h", 0)) + ROW * 3,
    "dies at once": b"",
}


@pytest.mark.parametrize("name", REPLY_NONSENSE)
def test_a_server_that_answers_a_query_with_nonsense(make_proxy, name):
    with FakeServer(login=GREETING, reply=REPLY_NONSENSE[name], close=True) as fake:
        proxy = make_proxy(wait=False, edit=with_node(fake))
        with Wire(proxy.port, seconds=40) as wire:
            seen = []
            try:
                wire.login()
                wire.send(query("SELECT 'x'"))
                seen = wire.read_until("EZ")
            except LoginError as failure:
                seen = [failure.message]
            except Closed:
                pass
            assert not any(m.type == "Z" for m in seen), "nonsense passed as a good answer"
            errors = [m for m in seen if m.type == "E"]
            assert errors or name == "dies mid-row", "closed without a word"
        proxy.assert_sound()


def test_a_server_that_says_more_than_was_asked(make_proxy):
    """What comes after the reply is over is nobody's: it must not reach the next client."""
    reply = (message("T", struct.pack("!h", 0)) + message("C", b"SELECT 0\0") + message("Z", b"I")
             + ROW * 2 + message("C", b"SELECT 2\0") + message("Z", b"I"))
    with FakeServer(login=GREETING, reply=reply) as fake:
        proxy = make_proxy(wait=False, edit=with_node(fake))
        for _ in range(4):
            with Wire(proxy.port, seconds=40) as wire:
                try:
                    wire.login()
                    seen = wire.run("SELECT 1")
                    assert sum(m.type == "D" for m in seen) == 0, "rows of another reply"
                except (LoginError, Closed):
                    pass
        proxy.assert_sound()


def test_a_server_that_dies_in_the_middle_of_a_result(healed, make_proxy):
    cluster = healed
    proxy = make_proxy()
    with Wire(proxy.port) as wire, proxy.connect() as other:
        wire.login()
        wire.run("BEGIN")
        pid = int(wire.value("SELECT pg_backend_pid()"))
        wire.send(query(
            "SELECT repeat('x', 1000), pg_sleep(0.001) FROM generate_series(1, 100000)"))
        assert wire.read_until("D")
        cluster.primary.query(f"SELECT pg_terminate_backend({pid})")
        seen = wire.read_to_end()
        errors = [m for m in seen if m.type == "E"]
        assert errors and errors[-1].sqlstate in ("57P01", "08006"), errors
        assert other.execute("SELECT 1").fetchone() == (1,)
