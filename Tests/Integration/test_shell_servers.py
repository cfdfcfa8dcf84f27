"""Server connections that end or fail, in every state they can be in."""

import os
import signal
import socket
import struct
import threading

import psycopg
import pytest

from waiting import wait_for
from wire import LoginError, Wire, query

WRITE_PID = "SELECT pg_backend_pid() FROM (SELECT 1) x FOR UPDATE"


def terminate(node, pid):
    assert node.value(f"SELECT pg_terminate_backend({pid})")
    wait_for(
        lambda: not node.value(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}"),
        "the backend to end")


def only_the_first_replica(configuration):
    main = configuration["clusters"]["main"]
    main["nodes"].pop()
    main["fallbackToPrimary"] = False


def test_the_end_of_one_connection_puts_no_node_out(cluster, make_proxy):
    """Anybody may end a backend of their own: reads of others must not be refused for it."""
    proxy = make_proxy(edit=only_the_first_replica, wait=False)
    replica = cluster.replicas[0]
    proxy.wait_for_nodes(replica.port)
    errors, done = [], threading.Event()

    def read():
        with Wire(proxy.port) as other:
            other.login("other", "other")
            while not done.is_set():
                errors.extend(m.fields for m in other.run("SELECT 1") if m.type == "E")
    reader = threading.Thread(target=read)
    reader.start()
    try:
        with Wire(proxy.port) as client:
            client.login()
            for _ in range(10):
                assert client.value("SELECT inet_server_port()") == str(replica.port)
                for pid, in replica.query(
                        "SELECT pid FROM pg_stat_activity WHERE usename = 'app'"):
                    terminate(replica, pid)
                assert client.value("SELECT 1") == "1", "an idle connection ends unnoticed"
    finally:
        done.set()
        reader.join()
    assert not errors, errors[:3]
    assert "is down" not in proxy.log(), proxy.log()


def test_a_connection_ends_in_a_transaction(cluster, make_proxy):
    proxy = make_proxy()
    with Wire(proxy.port) as client:
        client.login()
        client.run("BEGIN")
        pid = client.value(WRITE_PID)
        terminate(cluster.primary, pid)
        reply = client.read_to_end()
        assert [m.type for m in reply] == ["E"]
        assert reply[0].fields["S"] == "FATAL"
        assert "terminating connection" in reply[0].text
    proxy.assert_sound()


def test_a_connection_ends_in_a_read(cluster, make_proxy):
    """Nothing is held back: the client hears of it, and goes on."""
    proxy = make_proxy({"healing": {"holdBytes": 0}})
    with Wire(proxy.port) as client:
        client.login()
        client.send(query("SELECT pg_sleep(30)"))
        pids = []

        def sleeper():
            for node in cluster.replicas:
                pids[:] = node.query(
                    "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30%'")
                if pids:
                    return node
        node = wait_for(sleeper, "the read to run")
        terminate(node, pids[0][0])
        reply = client.read_until()
        error, ready = reply[-2:]
        assert error.fields["S"] == "ERROR" and ready.status == "I", reply
        assert client.value("SELECT 1") == "1"


@pytest.mark.parametrize("vanish", ["close", "reset"])
def test_a_client_vanishes_in_a_query(cluster, make_proxy, vanish):
    """What it ran is cancelled, and the connection goes with it. One that says goodbye in order is
    another matter: see test_goodbye.py."""
    proxy = make_proxy({"pooling": {"size": 1}})
    with Wire(proxy.port) as client:
        client.login()
        client.send(query("SELECT pg_sleep(77) FROM (SELECT 1) x FOR UPDATE"))
        running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(77%'"
        wait_for(lambda: cluster.primary.value(running) == 1, "the query to run")
        if vanish == "reset":
            client.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_for(lambda: cluster.primary.value(running) == 0, "the query to be cancelled", 5)
    with Wire(proxy.port) as other:
        other.login()
        assert other.value(WRITE_PID)
    wait_for(
        lambda: all(r["in_use"] == 0 for r in proxy.admin("SHOW POOLS")), "all to be given back")


def test_a_client_vanishes_in_the_queue(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"size": 1}, "workers": 1})
    with Wire(proxy.port) as holder:
        holder.login()
        holder.run("BEGIN")
        holder.run(WRITE_PID)
        waiting = [Wire(proxy.port).login() for _ in range(5)]
        for wire in waiting:
            wire.send(query(WRITE_PID))
        wait_for(
            lambda: sum(r["waiting"] for r in proxy.admin("SHOW POOLS")) == 5, "five to wait")
        for wire in waiting:
            wire.socket.close()
        wait_for(
            lambda: sum(r["waiting"] for r in proxy.admin("SHOW POOLS")) == 0, "none to wait")
        assert holder.value(WRITE_PID)
        holder.run("COMMIT")


def test_a_held_connection_ends_in_session_mode(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"mode": "session", "size": 2}, "workers": 1}, wait=False)
    with Wire(proxy.port) as client:
        client.login()
        pid = client.value(WRITE_PID)
        assert client.value(WRITE_PID) == pid, "it keeps its connection"
        terminate(cluster.primary, pid)
        assert client.value(WRITE_PID) != pid
    # Given back, put back and lent to somebody else, many times over.
    for _ in range(20):
        with Wire(proxy.port) as client:
            client.login()
            assert client.value("SELECT 1 FROM (SELECT 1) x FOR UPDATE") == "1"
            assert client.value("SELECT 1") == "1"
    wait_for(
        lambda: all(r["in_use"] == 0 for r in proxy.admin("SHOW POOLS")), "all to be given back")
    assert "broke the protocol" not in proxy.log()


def test_a_fallback_in_session_mode_takes_no_second_connection(cluster, make_proxy):
    def without_replicas(configuration):
        for node in configuration["clusters"]["main"]["nodes"][1:]:
            node["weight"] = 0
    proxy = make_proxy(
        {"pooling": {"mode": "session", "size": 1, "maxWaitMillis": 2000}}, edit=without_replicas,
        wait=False)
    with Wire(proxy.port) as client:
        client.login()
        pid = client.value(WRITE_PID)
        assert client.value("SELECT pg_backend_pid()") == pid


def test_min_idle_does_not_outlive_the_meaning_of_its_profile(cluster, make_proxy):
    """The pool opens connections for parameters that no client has any more: for one that only
    the opening of a connection can set, and for one that any connection is given."""
    proxy = make_proxy({"pooling": {"size": 4, "minIdle": 1}, "workers": 1}, wait=False)
    with Wire(proxy.port) as client:
        client.login(ignore_system_indexes="on", search_path="pg_catalog")
        assert client.value("SELECT current_setting('ignore_system_indexes') "
                            "FROM (SELECT 1) x FOR UPDATE") == "on"
        pid = int(client.value(WRITE_PID))

    def idle():
        return {r["server_pid"] for r in proxy.admin("SHOW SERVERS")
                if r["node"] == cluster.primary.name and r["user"] == "app"
                and r["state"] == "idle"}
    wait_for(lambda: pid in idle(), "the idle connection")
    terminate(cluster.primary, pid)
    wait_for(lambda: idle() - {pid}, "it to be opened again", 10)
    for number in range(5):
        with Wire(proxy.port) as client:
            name = f"later{number}"
            client.login(application_name=name)
            assert client.value("SHOW application_name") == name
            for setting, value in (("search_path", '"$user", public'), ("application_name", name),
                                   ("ignore_system_indexes", "off")):
                assert client.value(f"SELECT current_setting('{setting}') "
                                    "FROM (SELECT 1) x FOR UPDATE") == value


def test_reported_parameters_are_those_of_the_client(cluster, make_proxy):
    """Of two databases with the same parameters one is left; then others log in."""
    proxy = make_proxy(
        {"pooling": {"idleTimeoutSeconds": 1}, "workers": 1}, wait=False)
    for database in ("app", "second"):
        with Wire(proxy.port) as client:
            client.login(database=database, client_encoding="LATIN1")
    wait_for(
        lambda: not [r for r in proxy.admin("SHOW SERVERS") if r["user"] == "app"],
        "idle connections to go")
    for encoding in ("UTF8", "LATIN2", "LATIN9"):
        for database in ("app", "second"):
            with Wire(proxy.port) as client:
                client.login(database=database, client_encoding=encoding)
                assert client.parameters["client_encoding"] == encoding


def test_a_frozen_primary_does_not_stop_logins_and_reads(healed, make_proxy):
    cluster = healed
    proxy = make_proxy({"workers": 1})
    cluster.primary.freeze()
    try:
        # Well before a login to the primary is given up for lost.
        with Wire(proxy.port, seconds=14) as client:
            client.login(application_name="never seen before")
            assert client.value("SELECT 1") == "1"
    finally:
        cluster.primary.thaw()


def test_a_frozen_replica_does_not_stop_reads(healed, make_proxy):
    cluster = healed
    proxy = make_proxy()
    cluster.replicas[0].freeze()
    try:
        for _ in range(8):
            with Wire(proxy.port) as client:
                client.login("other", "other")
                assert client.value("SELECT inet_server_port()")
    finally:
        cluster.replicas[0].thaw()


def test_a_dead_primary_is_not_logged_for_every_client(healed, make_proxy):
    cluster = healed
    proxy = make_proxy({"pooling": {"maxWaitMillis": 6000}})
    clients = [Wire(proxy.port).login(application_name=f"client {n}") for n in range(150)]
    before = len(proxy.log().splitlines())
    cluster.primary.crash()
    for client in clients:
        client.send(query(WRITE_PID))
    replies = [client.read_until() for client in clients]
    assert {types for types in map(lambda r: "".join(m.type for m in r), replies)} == {"EZ"}
    assert {r[0].sqlstate for r in replies} <= {"53300", "08006"}
    lines = len(proxy.log().splitlines()) - before
    assert lines < 100, proxy.log()[-3000:]
    cluster.primary.start()
    for client in clients:
        assert client.value(WRITE_PID)
        client.socket.close()


def test_a_wrong_password_on_the_servers_is_told(cluster, make_proxy):
    def wrong(configuration):
        configuration["users"]["scram_user"] = {"password": "not it"}
    proxy = make_proxy(edit=wrong)
    with Wire(proxy.port, seconds=8) as client:
        with pytest.raises(LoginError) as caught:
            client.login("scram_user", "not it")
        assert caught.value.message.sqlstate == "28P01"
    assert "not it" not in proxy.log()


@pytest.mark.parametrize("parameters, state", [
    ({"database": "nowhere"}, "3D000"),
    ({"no_such_setting": "1"}, "42704"),
    ({"work_mem": "a lot"}, "22023"),
])
def test_what_the_server_refuses_is_told_in_its_words(cluster, make_proxy, parameters, state):
    proxy = make_proxy(wait=False)
    with Wire(proxy.port, seconds=8) as client:
        with pytest.raises(LoginError) as caught:
            client.login(**parameters)
        assert caught.value.message.sqlstate == state
        assert caught.value.message.fields["S"] == "FATAL"


def test_names_and_ipv6_as_hosts(cluster, make_proxy):
    def by_name(configuration):
        for node in configuration["clusters"]["main"]["nodes"]:
            node["host"] = "localhost"
        configuration["listen"]["host"] = "localhost"
    proxy = make_proxy(edit=by_name)
    with Wire(proxy.port) as client:
        assert client.login().value("SELECT 1") == "1"


def test_a_unix_socket(cluster, make_proxy, tmp_path):
    def local(configuration):
        configuration["listen"]["unixSocketDirectory"] = str(tmp_path)
        configuration["authentication"].append(
            {"database": "all", "user": "all", "address": "local", "method": "scram-sha-256"})
    proxy = make_proxy(edit=local)
    with psycopg.connect(
            host=str(tmp_path), port=proxy.port, user="app", password="app",
            dbname="app") as client:
        assert client.execute("SELECT 1").fetchone() == (1,)
        assert "unix" in {value for r in proxy.admin("SHOW CLIENTS") for value in r.values()}
    path = tmp_path / f".s.PGSQL.{proxy.port}"
    assert path.exists()
    os.kill(proxy.pid, signal.SIGTERM)
    assert proxy.process.wait(20) == 0
    assert not path.exists()
    proxy.process = None
