"""Cancel requests: they reach the query of their client, and nobody else's."""

import threading

import psycopg
import pytest

from waiting import wait_for
from wire import CANCEL_REQUEST, Wire, bind, execute, parse, query, request, sync

LOCKED = "FROM (SELECT 1) x FOR UPDATE"


def cancel(port, key):
    with Wire(port) as wire:
        wire.send(request(CANCEL_REQUEST, *key))
        wire.read_to_end()


def is_running(cluster, mark):
    return any(
        node.value("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
                   f"AND query LIKE '%{mark}%' AND pid <> pg_backend_pid()")
        for node in cluster.nodes)


@pytest.mark.parametrize("where", ["", LOCKED])
def test_a_cancel_reaches_the_running_query(cluster, proxy, where):
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(query(f"SELECT pg_sleep(600), 'mark one' {where}"))
        wait_for(lambda: is_running(cluster, "mark one"), "the query to run")
        cancel(proxy.port, wire.key)
        reply = wire.read_until()
        assert [m.type for m in reply if m.type in "EZ"] == ["E", "Z"]
        error = next(m for m in reply if m.type == "E")
        assert error.sqlstate == "57014"
        assert error.text == "canceling statement due to user request"
        assert wire.value("SELECT 5") == "5"


@pytest.mark.parametrize("where", ["", LOCKED])
def test_a_cancel_reaches_a_statement_that_is_prepared_on_the_way(cluster, make_proxy, where):
    """The server keeps the answer to the Parse that the proxy has added until all is over."""
    proxy = make_proxy()
    with Wire(proxy.port) as wire:
        wire.login()
        text = f"SELECT pg_sleep($1::float8), 'mark named{len(where)}' {where}"
        wire.send(parse("s", text) + sync())
        assert wire.read_until()[0].type == "1"
        for server in proxy.admin("SHOW SERVERS"):
            for node in cluster.nodes:
                if node.name == server["node"]:
                    node.value(f"SELECT pg_terminate_backend({server['server_pid']})")
        wait_for(lambda: not proxy.admin("SHOW SERVERS"), "all connections to be gone")
        wire.send(bind("", "s", ("600",)) + execute() + sync())
        wait_for(lambda: is_running(cluster, f"mark named{len(where)}"), "the query to run")
        cancel(proxy.port, wire.key)
        reply = wire.read_until()
        assert [m.sqlstate for m in reply if m.type == "E"] == ["57014"]
        assert wire.value("SELECT 5") == "5"


def test_a_cancel_by_libpq(cluster, proxy):
    with proxy.connect() as connection:
        failure = []

        def run():
            try:
                connection.execute("SELECT pg_sleep(600), 'mark two'")
            except psycopg.errors.QueryCanceled as error:
                failure.append(error)
        thread = threading.Thread(target=run)
        thread.start()
        wait_for(lambda: is_running(cluster, "mark two"), "the query to run")
        connection.cancel_safe(timeout=20)
        thread.join(30)
        assert len(failure) == 1
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_cancel_in_a_transaction_fails_it(cluster, proxy):
    with Wire(proxy.port) as wire:
        wire.login()
        wire.run("BEGIN")
        wire.send(query("SELECT pg_sleep(600), 'mark three'"))
        wait_for(lambda: is_running(cluster, "mark three"), "the query to run")
        cancel(proxy.port, wire.key)
        reply = wire.read_until()
        assert reply[-1].status == "E"
        assert wire.run("ROLLBACK")[-1].status == "I"


def test_a_waiting_client_can_be_cancelled(make_proxy):
    proxy = make_proxy({"pooling": {"size": 1}})
    with Wire(proxy.port) as holder, Wire(proxy.port) as waiter:
        holder.login()
        waiter.login()
        holder.run("BEGIN")
        holder.run("SELECT 1")
        waiter.send(query(f"SELECT 1 {LOCKED}"))
        wait_for(lambda: sum(r["waiting"] for r in proxy.admin("SHOW POOLS")) == 1, "it to wait")
        cancel(proxy.port, waiter.key)
        reply = waiter.read_until()
        assert [m.type for m in reply] == ["E", "Z"]
        assert reply[0].sqlstate == "57014"
        holder.run("COMMIT")
        assert waiter.value(f"SELECT 2 {LOCKED}") == "2"


def test_a_cancel_goes_through_although_the_pool_is_full(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"size": 1}})
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(query(f"SELECT pg_sleep(600), 'mark four' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "mark four"), "the query to run")
        cancel(proxy.port, wire.key)
        assert next(m for m in wire.read_until() if m.type == "E").sqlstate == "57014"


def test_a_wrong_key_does_nothing(cluster, proxy):
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(query("SELECT pg_sleep(0.3), 'mark five'"))
        wait_for(lambda: is_running(cluster, "mark five"), "the query to run")
        process, secret = wire.key
        for key in ((process, secret ^ 1), (process ^ 1, secret), (0, 0), (secret, process)):
            cancel(proxy.port, key)
        assert all(m.type != "E" for m in wire.read_until())


def test_keys_of_clients_differ(proxy):
    wires = [Wire(proxy.port).login() for _ in range(20)]
    try:
        assert len({wire.key for wire in wires}) == 20
        assert len({wire.key[1] for wire in wires}) > 15, "secrets must be random"
    finally:
        for wire in wires:
            wire.socket.close()


def test_a_late_cancel_never_hits_the_next_client(make_proxy):
    """One server connection for all: the victim's queries run right after the other's end,
    while cancels for the other keep coming."""
    proxy = make_proxy({"pooling": {"size": 1}})
    ending = threading.Event()
    failures = []
    with Wire(proxy.port) as canceller:
        canceller.login()

        def attack():
            while not ending.is_set():
                try:
                    cancel(proxy.port, canceller.key)
                except OSError as failure:
                    failures.append(failure)
                    return
        attackers = [threading.Thread(target=attack) for _ in range(2)]

        def tease():
            while not ending.is_set():
                canceller.run(f"SELECT 1 {LOCKED}")
        teaser = threading.Thread(target=tease)
        with Wire(proxy.port) as victim:
            victim.login()
            for thread in (*attackers, teaser):
                thread.start()
            try:
                for number in range(300):
                    reply = victim.run(f"SELECT pg_sleep(0.001), {number} {LOCKED}")
                    errors = [m.fields for m in reply if m.type == "E"]
                    assert not errors, f"after {number}: {errors}"
            finally:
                ending.set()
                for thread in (*attackers, teaser):
                    thread.join(30)
    assert not failures


def test_a_cancel_of_an_idle_client_is_forgotten(proxy):
    with Wire(proxy.port) as wire:
        wire.login()
        wire.run("SELECT 1")
        for _ in range(5):
            cancel(proxy.port, wire.key)
            assert wire.value("SELECT 2") == "2"
