"""Cancels that come late, slowly, in masses, or never: they hit their own client's query or nothing."""

import threading
import time

import pytest

from cancelgate import CancelGate
from waiting import wait_for
from wire import Wire, cancel_request, query

LOCKED = "FROM (SELECT 1) x FOR UPDATE"


@pytest.fixture
def gate(cluster):
    with CancelGate(cluster.primary.port) as made:
        yield made


@pytest.fixture
def gated(gate, make_proxy):
    """A proxy with one worker that reaches the primary through the gate."""
    def start(**changes):
        def edit(configuration):
            configuration["clusters"]["main"]["nodes"][0]["port"] = gate.port
        return make_proxy({"workers": 1, **changes}, edit=edit)
    return start


def cancel_in_background(port, key):
    """A cancel whose end is not waited for; `is_alive` until the connection is closed."""
    def run():
        with Wire(port) as wire:
            wire.send(cancel_request(key))
            wire.read_to_end()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def is_running(cluster, mark):
    return cluster.primary.value(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
        f"AND query LIKE '%{mark}%' AND pid <> pg_backend_pid()")


def states(proxy):
    return [r["state"] for r in proxy.admin("SHOW SERVERS") if r["node"] == "pg1"]


def test_a_slow_cancel_does_not_hit_the_next_client(cluster, gate, gated):
    """The query ends by itself while its cancel is on the way; the next client waits until that
    has arrived, and is not hit."""
    proxy = gated(pooling={"size": 1})
    with Wire(proxy.port).login() as first, Wire(proxy.port).login() as second:
        first.run(f"SELECT 1 {LOCKED}")
        gate.close()
        first.send(query(f"SELECT pg_sleep(0.5), 'slow one' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "slow one"), "the query to run")
        canceller = cancel_in_background(proxy.port, first.long_key)
        wait_for(lambda: gate.seen == 1, "the cancel to leave")
        assert [m.type for m in first.read_until() if m.type in "EZ"] == ["Z"]
        second.send(query(f"SELECT pg_sleep(1), 'slow two' {LOCKED}"))
        wait_for(lambda: states(proxy) == ["resetting"], "the connection to be held back")
        assert canceller.is_alive()
        gate.open()
        assert [m.type for m in second.read_until() if m.type in "EZ"] == ["Z"]
        canceller.join(20)
        assert not canceller.is_alive()


def test_a_slow_cancel_in_a_transaction_hits_what_its_own_client_runs(cluster, gate, gated):
    """As with PostgreSQL: who sends on before the cancel was answered has himself to blame."""
    proxy = gated()
    with Wire(proxy.port).login() as wire:
        wire.run("BEGIN")
        gate.close()
        wire.send(query(f"SELECT pg_sleep(0.3), 'own one' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "own one"), "the query to run")
        cancel_in_background(proxy.port, wire.long_key)
        wait_for(lambda: gate.seen == 1, "the cancel to leave")
        assert wire.read_until()[-1].status == "T"
        wire.send(query(f"SELECT pg_sleep(600), 'own two' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "own two"), "the next query to run")
        gate.open()
        assert next(m for m in wire.read_until() if m.type == "E").sqlstate == "57014"
        assert wire.run("ROLLBACK")[-1].status == "I"


def test_a_second_cancel_is_not_lost_behind_the_first(cluster, gate, gated):
    """The first came when nothing ran; the second is asked for before that is known."""
    proxy = gated()
    with Wire(proxy.port).login() as wire:
        wire.run("BEGIN")
        gate.close()
        gate.keep_answers()
        wire.send(query(f"SELECT pg_sleep(0.3), 'again one' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "again one"), "the query to run")
        cancellers = [cancel_in_background(proxy.port, wire.long_key)]
        wait_for(lambda: gate.seen == 1, "the cancel to leave")
        assert wire.read_until()[-1].status == "T"
        gate.gate.set()
        wait_for(lambda: gate.passed == 1, "the cancel to arrive")
        wire.send(query(f"SELECT pg_sleep(600), 'again two' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "again two"), "the next query to run")
        cancellers.append(cancel_in_background(proxy.port, wire.long_key))
        wait_for(
            lambda: sum(r["state"] == "cancel" for r in proxy.admin("SHOW CLIENTS")) == 2,
            "both to wait")
        gate.open()
        assert next(m for m in wire.read_until() if m.type == "E").sqlstate == "57014"
        for thread in cancellers:
            thread.join(20)
            assert not thread.is_alive()
        assert gate.passed == 2


def test_a_cancel_that_is_never_answered_costs_its_connection(cluster, gate, gated):
    """Nobody knows whether it will still arrive: the server connection is not lent again."""
    proxy = gated(pooling={"size": 1, "maxWaitMillis": 60_000})
    with Wire(proxy.port).login() as first, Wire(proxy.port, seconds=60).login() as second:
        backend = first.value(f"SELECT pg_backend_pid() {LOCKED}")
        gate.close()
        first.send(query(f"SELECT pg_sleep(0.3), 'never one' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "never one"), "the query to run")
        canceller = cancel_in_background(proxy.port, first.long_key)
        wait_for(lambda: gate.seen == 1, "the cancel to leave")
        first.read_until()
        second.send(query(f"SELECT pg_backend_pid() {LOCKED}"))
        reply = second.read_until()
        assert next(m for m in reply if m.type == "D").row[0].decode() != backend
        canceller.join(30)
        assert not canceller.is_alive(), "whoever cancels is not kept waiting for ever"
        # Now it arrives, at a backend that is gone.
        second.send(query(f"SELECT pg_sleep(0.5), 'never two' {LOCKED}"))
        gate.open()
        wait_for(lambda: gate.passed == 1, "the cancel to arrive")
        assert [m.type for m in second.read_until() if m.type in "EZ"] == ["Z"]


def test_a_storm_of_cancels_is_bounded(cluster, gate, gated):
    """Each running query is cancelled, though only 32 cancels are under way at a time."""
    proxy = gated(pooling={"size": 80}, maxClients=2_000)
    wires = [Wire(proxy.port).login() for _ in range(80)]
    try:
        for wire in wires:
            wire.send(query(f"SELECT pg_sleep(600), 'storm' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "storm") == 80, "all to run", 40)
        gate.close()
        cancellers = [
            cancel_in_background(proxy.port, wire.long_key) for _ in range(3) for wire in wires]
        wait_for(lambda: gate.here == 32, "the lane to be full")
        assert all(thread.is_alive() for thread in cancellers)
        gate.open()
        for wire in wires:
            assert next(m for m in wire.read_until() if m.type == "E").sqlstate == "57014"
        for thread in cancellers:
            thread.join(20)
            assert not thread.is_alive()
        assert gate.most == 32
        for wire in wires:
            assert wire.value(f"SELECT 1 {LOCKED}") == "1"
    finally:
        for wire in wires:
            wire.socket.close()


def test_cancels_that_wait_too_long_are_dropped(cluster, gate, gated):
    """The lane is full of cancels that nobody answers; the others are dropped after 10 seconds."""
    proxy = gated(pooling={"size": 60})
    wires = [Wire(proxy.port, seconds=60).login() for _ in range(50)]
    try:
        for wire in wires:
            wire.send(query(f"SELECT pg_sleep(30), 'too long' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "too long") == 50, "all to run", 40)
        gate.close()
        began = time.monotonic()
        cancellers = [cancel_in_background(proxy.port, wire.long_key) for wire in wires]
        for thread in cancellers:
            thread.join(30)
            assert not thread.is_alive()
        assert 9 < time.monotonic() - began < 25
        proxy.assert_sound()
    finally:
        for wire in wires:
            wire.socket.close()


def test_what_waits_in_line_is_withdrawn_when_its_query_ends(cluster, gate, gated):
    """Queries end while their cancels wait: those never leave, and no connection is held back."""
    proxy = gated(pooling={"size": 60})
    blockers = [Wire(proxy.port).login() for _ in range(32)]
    with Wire(proxy.port).login() as short:
        try:
            for wire in blockers:
                wire.send(query(f"SELECT pg_sleep(600), 'blocker' {LOCKED}"))
            wait_for(lambda: is_running(cluster, "blocker") == 32, "all to run", 40)
            gate.close()
            for wire in blockers:
                cancel_in_background(proxy.port, wire.long_key)
            wait_for(lambda: gate.here == 32, "the lane to be full")
            short.send(query(f"SELECT pg_sleep(0.5), 'in line' {LOCKED}"))
            wait_for(lambda: is_running(cluster, "in line"), "the query to run")
            canceller = cancel_in_background(proxy.port, short.long_key)
            assert [m.type for m in short.read_until() if m.type in "EZ"] == ["Z"]
            canceller.join(20)
            assert not canceller.is_alive()
            assert short.value(f"SELECT 1 {LOCKED}") == "1"
            gate.open()
            wait_for(lambda: gate.passed == 32, "the others to pass")
            assert gate.seen == 32
        finally:
            for wire in blockers:
                wire.socket.close()


def test_a_client_that_leaves_while_its_cancel_is_on_the_way(cluster, gate, gated):
    proxy = gated(pooling={"size": 1})
    gate.close()
    with Wire(proxy.port).login() as wire:
        wire.send(query(f"SELECT pg_sleep(600), 'leaves' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "leaves"), "the query to run")
        canceller = cancel_in_background(proxy.port, wire.long_key)
        wait_for(lambda: gate.seen == 1, "the cancel to leave")
    with Wire(proxy.port).login() as other:
        assert other.value(f"SELECT 1 {LOCKED}") == "1"
        gate.open()
        wait_for(lambda: not is_running(cluster, "leaves"), "the query to be cancelled")
        canceller.join(20)
        assert not canceller.is_alive()
        assert other.value(f"SELECT 1 {LOCKED}") == "1"
    proxy.assert_sound()
