"""Protocol 3.2 and its negotiation: as PostgreSQL 18, byte for byte."""

import struct
import threading

import psycopg
import pytest

from proxy import Proxy, base_configuration
from waiting import wait_for
from wire import CANCEL_REQUEST, PROTOCOL_3_0, SSL_REQUEST, Closed, Wire, cancel_request, query, startup

USER = {"user": "app", "database": "app"}


@pytest.fixture(scope="module")
def proxy18(cluster18):
    made = Proxy(base_configuration(cluster18)).start()
    yield made
    made.stop()


def outcome(port, packet):
    """What comes before authentication asks for something: messages, or how the connection ended."""
    with Wire(port, seconds=20) as wire:
        wire.send(packet)
        found = []
        while True:
            try:
                message = wire.read()
            except Closed as end:
                return [*found, ("closed", end.got)]
            if message.type == "R":
                return found
            # The authors of an error (file, line, routine) are left out.
            found.append(
                {key: value for key, value in message.fields.items() if key in "SVCMDH"}
                if message.type == "E" else message)


FIRST_PACKETS = {
    **{f"3.{minor}": startup(USER, PROTOCOL_3_0 + minor) for minor in (0, 1, 2, 3, 9999, 65535)},
    "an option": startup({**USER, "_pq_.one": "1"}),
    "two options": startup({**USER, "_pq_.one": "1", "_pq_.two": ""}),
    "3.1 and an option": startup({**USER, "_pq_.one": "1"}, PROTOCOL_3_0 + 1),
    "3.2 and an option": startup({**USER, "_pq_.one": "1"}, PROTOCOL_3_0 + 2),
    "3.9 and an option": startup({**USER, "_pq_.one": "1"}, PROTOCOL_3_0 + 9),
    "1.0": startup(USER, 1 << 16),
    "2.0": startup(USER, 2 << 16),
    "4.0": startup(USER, 4 << 16),
    "99.7": startup(USER, 99 << 16 | 7),
    "no user": startup({"database": "app"}),
    "no user, 3.7": startup({"database": "app"}, PROTOCOL_3_0 + 7),
    "replication maybe": startup({**USER, "replication": "maybe"}),
    "replication in capitals": startup({**USER, "replication": "DATABASE"}),
    "replication empty": startup({**USER, "replication": ""}),
    "replication wrong, no user": startup({"replication": "o"}),
    "length 7": struct.pack("!i", 7) + b"\0\3\0",
    "length 10005": struct.pack("!ii", 10_005, PROTOCOL_3_0) + b"x" * 9_997,
    "no terminator": struct.pack("!ii", 17, PROTOCOL_3_0) + b"user\0app\0",
    "longest packet": startup({**USER, "_pq_.x": "x" * (10_004 - 9 - 36)}),
    **{f"a cancel with {count} bytes": struct.pack("!iii", 12 + count, CANCEL_REQUEST, 1) + b"k" * count
       for count in (0, 1, 3, 4, 5, 32, 256, 257)},
    "a cancel without a number": struct.pack("!ii", 8, CANCEL_REQUEST),
}


@pytest.mark.parametrize("name", FIRST_PACKETS)
def test_first_packets_are_answered_as_by_postgresql_18(cluster18, proxy18, name):
    packet = FIRST_PACKETS[name]
    assert outcome(proxy18.port, packet) == outcome(cluster18.primary.port, packet)
    proxy18.assert_sound()


@pytest.mark.parametrize(
    "minor, length", [(0, 8), (1, 8), (2, 36), (3, 36), (9999, 36)])
def test_keys_have_the_length_of_their_protocol(cluster18, proxy18, minor, length):
    for port in (cluster18.primary.port, proxy18.port):
        with Wire(port) as wire:
            wire.send(startup(USER, PROTOCOL_3_0 + minor))
            if minor > 2:
                assert wire.read().type == "v"
            found = wire.authenticate("app", "app")
            key = next(m for m in found if m.type == "K")
            assert len(key.body) == length
            assert struct.unpack_from("!i", key.body)[0] > 0


@pytest.mark.parametrize("minor", [0, 2])
def test_a_cancel_by_a_key_of_any_length(cluster18, proxy18, minor):
    with Wire(proxy18.port) as wire:
        wire.send(startup(USER, PROTOCOL_3_0 + minor))
        key = next(m for m in wire.authenticate("app", "app") if m.type == "K").body
        wire.send(query(f"SELECT pg_sleep(600), 'long key {minor}'"))
        wait_for(
            lambda: any(
                node.value("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND "
                           f"query LIKE '%long key {minor}%' AND pid <> pg_backend_pid()")
                for node in cluster18.nodes), "the query to run")
        wrong = [key[:-1] + bytes([key[-1] ^ 1]), key[:-1], key + b"x", key[:4] + bytes(4)]
        for attempt in (*wrong, key):
            with Wire(proxy18.port) as canceller:
                if attempt is key:
                    wire.socket.settimeout(0.2)
                    with pytest.raises(TimeoutError):
                        wire.read()
                    wire.socket.settimeout(30)
                canceller.send(cancel_request(attempt))
                assert canceller.read_to_end() == []
        assert next(m for m in wire.read_until() if m.type == "E").sqlstate == "57014"


def test_libpq_18_asks_for_3_2_and_cancels(cluster18, proxy18):
    if psycopg.pq.version() < 180000:
        pytest.fail(f"the wheel of psycopg has libpq {psycopg.pq.version()}, not 18 or later")
    with proxy18.connect(min_protocol_version="3.2", max_protocol_version="latest") as connection:
        caught = []

        def run():
            try:
                connection.execute("SELECT pg_sleep(600), 'libpq 18'")
            except psycopg.errors.QueryCanceled as error:
                caught.append(error)
        thread = threading.Thread(target=run)
        thread.start()
        wait_for(
            lambda: any(
                node.value("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND "
                           "query LIKE '%libpq 18%' AND pid <> pg_backend_pid()")
                for node in cluster18.nodes), "the query to run")
        connection.cancel_safe(timeout=20)
        thread.join(30)
        assert len(caught) == 1


def test_what_follows_in_an_ssl_request_is_ignored(cluster, proxy):
    for port in (cluster.primary.port, proxy.port):
        with Wire(port) as wire:
            wire.send(struct.pack("!iii", 12, SSL_REQUEST, 0))
            assert wire.take(1) == b"N"
            assert wire.login().value("SELECT 1") == "1"
