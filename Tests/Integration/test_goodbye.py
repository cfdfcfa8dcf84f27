"""A client that says goodbye behind a statement: what it sent before is done first, as by PostgreSQL."""

import struct

import pytest

from waiting import wait_for
from wire import Wire


def query(text):
    body = text.encode() + b"\0"
    return b"Q" + struct.pack("!i", len(body) + 4) + body


TERMINATE = b"X\0\0\0\4"


def test_the_answer_comes_before_the_end(proxy):
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(query("SELECT 'last'") + TERMINATE)
        kinds = "".join(message.type for message in wire.read_until())
        assert kinds == "TDCZ"


@pytest.mark.parametrize("slow", [False, True])
def test_a_write_is_not_lost(proxy, cluster, slow):
    cluster.run(
        "DROP TABLE IF EXISTS goodbye", "CREATE TABLE goodbye (n int)",
        "GRANT INSERT ON goodbye TO PUBLIC")
    work = "INSERT INTO goodbye SELECT 1" + (" FROM pg_sleep(0.5)" if slow else "")
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(query(work) + TERMINATE)
    wait_for(lambda: cluster.primary.value("SELECT count(*) FROM goodbye") == 1, "the row")
