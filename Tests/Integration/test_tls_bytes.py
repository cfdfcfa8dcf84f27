"""Bytes over TLS: large ones, slow ones, cut ones, and clients that leave badly."""

import hashlib
import random
import select
import socket
import ssl
import struct
import threading

import pytest

from tlspeers import TLSServer
from tlswire import TLSWire, client_context
from waiting import wait_for
from wire import (
    Closed, SSL_REQUEST, bind, copy_data, copy_done, execute, parse, query, request, startup, sync,
    terminate)

MIB = 1 << 20


@pytest.fixture(scope="module")
def tls_server(certificates):
    server = TLSServer(certificates)
    try:
        server.create()
        yield server
    finally:
        server.destroy()


@pytest.fixture(params=["plain server", "TLS server"])
def tls_proxy(request, make_proxy, certificates, cluster):
    """TLS towards clients, and towards the server too or not."""
    certificate, key = certificates.server
    changes = {"listen": {"tls": {"mode": "require", "certificate": certificate, "key": key}}}
    if request.param == "TLS server":
        server = request.getfixturevalue("tls_server")
        nodes = [{"name": "pg1", "host": "127.0.0.1", "port": server.primary.port,
                  "role": "primary"}]
        changes["clusters"] = {"main": {"nodes": nodes, "tls": {"mode": "require"}}}
    return make_proxy(changes, wait=False)


ROWS = "SELECT g, repeat(md5(g::text), 32768) FROM generate_series(1, 100) AS g"


def expected_row(number):
    return hashlib.md5(str(number).encode()).hexdigest().encode() * 32_768


def test_100_mb_to_a_client(tls_proxy):
    """Each byte comes, and the proxy needs little memory for it."""
    with TLSWire(tls_proxy.port) as wire:
        wire.login()
        wire.run("SELECT 1")
        before = tls_proxy.memory_kib("VmHWM")
        wire.send(query(ROWS))
        count = 0
        while (m := wire.read()).type != "Z":
            if m.type == "D":
                count += 1
                assert m.row == [str(count).encode(), expected_row(count)]
        assert count == 100
        assert tls_proxy.memory_kib("VmHWM") - before < 32 * 1024


def test_a_slow_reader_holds_nobody_up(tls_proxy):
    with TLSWire(tls_proxy.port, receive_buffer=16_384) as slow:
        slow.login()
        before = tls_proxy.memory_kib()
        slow.send(query(ROWS))
        assert slow.read().type == "T"
        with TLSWire(tls_proxy.port) as other:
            other.login()
            for number in range(50):
                assert other.value(f"SELECT {number}") == str(number)
        assert tls_proxy.memory_kib() - before < 32 * 1024
        rows = [m for m in slow.read_until() if m.type == "D"]
        assert [m.row[1] for m in rows] == [expected_row(n) for n in range(1, 101)]


def test_100_mb_from_a_client(tls_proxy):
    """COPY in pieces of all sizes, which is counted and summed up by the server."""
    chance = random.Random(7)
    with TLSWire(tls_proxy.port) as wire:
        wire.login()
        wire.send(query("BEGIN; CREATE TEMPORARY TABLE t (x text); COPY t FROM STDIN"))
        assert wire.read_until("G")[-1].type == "G"
        line = b"0123456789abcdef" * 4_096 + b"\n"
        total = 100 * MIB // len(line)
        data = line * total
        at = 0
        while at < len(data):
            size = chance.choice((1, 100, 5_000, 16_384, 70_000, MIB))
            wire.send(copy_data(data[at:at + size]))
            at += size
        wire.send(copy_done())
        assert any(m.type == "C" and m.tag == f"COPY {total}" for m in wire.read_until())
        assert wire.value("SELECT sum(length(x)) FROM t") == str(65_536 * total)
        wire.run("ROLLBACK")


def test_many_small_records(tls_proxy):
    """Frames cut anywhere, each byte in a record of its own, several in one segment."""
    with TLSWire(tls_proxy.port) as wire:
        wire.login()
        batch = b"".join(
            parse("", f"SELECT {n}") + bind() + execute() + sync() for n in range(20))
        for byte in batch:
            wire.socket.send(bytes([byte]))
        values = [m.row[0] for m in wire.read_until(times=20) if m.type == "D"]
        assert values == [str(n).encode() for n in range(20)]


def test_both_directions_at_once(tls_proxy):
    """Requests go on while replies come slowly: nothing locks up."""
    number = 3_000
    with TLSWire(tls_proxy.port) as wire:
        wire.login()
        requests = b"".join(query(f"SELECT {n}, repeat('x', 3000)") for n in range(number))
        exchange(wire, requests, number * 3_000)
        rows = [m.row for m in wire.read_until(times=number) if m.type == "D"]
    assert [int(row[0]) for row in rows] == list(range(number))
    assert all(row[1] == b"x" * 3_000 for row in rows)


def exchange(wire, data, expected):
    """Sends while it receives, until all is sent and `expected` bytes have come."""
    secure, sent = wire.socket, 0
    secure.setblocking(False)
    while sent < len(data) or len(wire.buffer) < expected:
        select.select([secure], [secure] if sent < len(data) else [], [], 20)
        try:
            wire.buffer += secure.recv(10_000)
        except ssl.SSLWantReadError:
            pass
        try:
            sent += secure.send(data[sent:sent + 10_000]) if sent < len(data) else 0
        except ssl.SSLWantWriteError:
            pass
    secure.setblocking(True)


def test_leaving_without_a_word(tls_proxy):
    """No close_notify, no Terminate, a reset: an ordinary end, which is not worth a warning."""
    before = tls_proxy.descriptors()
    for way in range(20):
        wire = TLSWire(tls_proxy.port)
        wire.login()
        wire.value("SELECT 1")
        raw = wire.socket
        if way % 4 == 0:
            wire.send(terminate())
            assert raw.recv(1) == b"", "close_notify comes, and nothing else"
        if way % 4 == 1:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if way % 4 == 2:
            raw.unwrap()
        raw.close()
    wait_for(
        lambda: not [r for r in tls_proxy.admin("SHOW CLIENTS") if r["user"] == "app"],
        "the clients to be forgotten")
    # Server connections may stay; sockets of clients may not.
    wait_for(lambda: tls_proxy.descriptors() <= before + 22, "the sockets to be closed")
    loud = [line for line in tls_proxy.log().splitlines()
            if "WARNING" in line.upper() or "ERROR" in line.upper()]
    assert [line for line in loud if "SSL" in line or "EOF" in line] == []


class Cutter:
    """Passes on what a client sends, up to `limit` bytes of it; then it cuts the line."""

    def __init__(self, port, limit):
        self.limit = limit
        self.target = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.near, self.far = socket.socketpair()
        self.threads = [
            threading.Thread(target=self._pump, args=(self.far, self.target, limit), daemon=True),
            threading.Thread(target=self._pump, args=(self.target, self.far, None), daemon=True)]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _pump(source, target, limit):
        try:
            while limit is None or limit > 0:
                data = source.recv(4_096 if limit is None else min(limit, 4_096))
                if not data:
                    break
                target.sendall(data)
                if limit is not None:
                    limit -= len(data)
        except OSError:
            pass
        Cutter._shut_down(source, target)

    @staticmethod
    def _shut_down(*ends):
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        # What a thread reads from would live on after a mere close.
        self._shut_down(self.far, self.target)
        for thread in self.threads:
            thread.join()
        for end in (self.near, self.far, self.target):
            end.close()


def test_cut_off_anywhere(tls_proxy):
    """The client's side breaks after any number of bytes: in the handshake, in a record, between."""
    context = client_context()
    finished = 0
    for limit in [*range(1, 60, 7), *range(60, 2_000, 97)]:
        cutter = Cutter(tls_proxy.port, limit)
        try:
            cutter.near.settimeout(20)
            cutter.near.sendall(request(SSL_REQUEST))
            if cutter.near.recv(1) == b"S":
                secure = context.wrap_socket(cutter.near, server_hostname="localhost")
                secure.sendall(startup({"user": "app", "database": "app"}))
                while secure.recv(4_096):
                    secure.sendall(b"p" * 700)
                finished += 1
        except (OSError, Closed):
            pass
        finally:
            cutter.close()
    tls_proxy.assert_sound()
    wait_for(
        lambda: not [r for r in tls_proxy.admin("SHOW CLIENTS") if r["state"] == "login"],
        "the cut ones to be forgotten")
    with TLSWire(tls_proxy.port) as wire:
        assert wire.login().value("SELECT 1") == "1"


def test_flipped_bits_end_the_connection(tls_proxy):
    """A record that was tampered with is not taken for data."""
    with TLSWire(tls_proxy.port) as wire:
        wire.login()
        raw = socket.socket(fileno=socket.dup(wire.socket.fileno()))
        raw.settimeout(20)
        raw.sendall(b"\x17\x03\x03\x00\x30" + bytes(48))
        data = b""
        while piece := raw.recv(4_096):
            data += piece
        raw.close()
    tls_proxy.assert_sound()
