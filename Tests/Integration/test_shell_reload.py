"""Reloads while clients are in the middle of something."""

import os
import signal
import time

import pytest

from waiting import wait_for
from wire import LoginError, Wire, query

WRITE_PID = "SELECT pg_backend_pid() FROM (SELECT 1) x FOR UPDATE"


def reload(proxy):
    """Takes what the test has changed in `proxy.configuration` in, and waits for it."""
    before = proxy.log().count("configuration reloaded")
    proxy.write_configuration()
    proxy.process.send_signal(signal.SIGHUP)
    wait_for(lambda: proxy.log().count("configuration reloaded") > before, "the reload")


def test_the_last_node_is_removed_while_a_client_is_on_it(cluster, make_proxy):
    def only_the_last_replica(configuration):
        configuration["clusters"]["main"]["nodes"][1]["weight"] = 0
    proxy = make_proxy(edit=only_the_last_replica, wait=False)
    with Wire(proxy.port) as client:
        client.login()
        client.run("BEGIN READ ONLY")
        assert client.value("SELECT inet_server_port()") == str(cluster.replicas[1].port)
        nodes = proxy.configuration["clusters"]["main"]["nodes"]
        nodes.pop()
        nodes[1]["weight"] = 1
        reload(proxy)
        assert client.value("SELECT inet_server_port()") == str(cluster.replicas[1].port)
        client.run("COMMIT")
        assert client.value("SELECT inet_server_port()") == str(cluster.replicas[0].port)
    proxy.assert_sound()


def test_those_who_wait_follow_the_new_configuration(cluster, make_proxy):
    """A database moves to another cluster while a client waits for a place in its pool."""
    proxy = make_proxy({"pooling": {"size": 1}, "workers": 1})
    with Wire(proxy.port) as holder, Wire(proxy.port) as waiting:
        holder.login()
        waiting.login()
        holder.run("BEGIN")
        holder.run("SELECT 1 FROM (SELECT 1) x FOR UPDATE")
        waiting.send(query("SELECT inet_server_port() FROM (SELECT 1) x FOR UPDATE"))
        wait_for(lambda: sum(r["waiting"] for r in proxy.admin("SHOW POOLS")), "it to wait")
        main = proxy.configuration["clusters"]["main"]
        proxy.configuration["clusters"]["moved"] = {**main, "nodes": main["nodes"]}
        proxy.configuration["databases"]["*"]["cluster"] = "moved"
        reload(proxy)
        reply = waiting.read_until()
        assert [m.type for m in reply] == ["T", "D", "C", "Z"]
        assert [m.type for m in holder.run("COMMIT")] == ["C", "Z"]
        wait_for(
            lambda: {r["cluster"] for r in proxy.admin("SHOW SERVERS")} == {"moved"},
            "the connections of the old cluster to go")


def test_a_pool_of_the_same_name_gets_the_places_of_the_one_before(cluster, make_proxy):
    """A node changes its host's name only: its pools are new, their places are not."""
    proxy = make_proxy({"pooling": {"size": 1}, "workers": 1})
    with Wire(proxy.port) as holder, Wire(proxy.port) as waiting:
        holder.login()
        waiting.login()
        holder.run("BEGIN")
        holder.run("SELECT 1 FROM (SELECT 1) x FOR UPDATE")
        for node in proxy.configuration["clusters"]["main"]["nodes"]:
            node["host"] = "localhost"
        reload(proxy)
        waiting.send(query(WRITE_PID))
        wait_for(lambda: sum(r["waiting"] for r in proxy.admin("SHOW POOLS")), "it to wait")
        holder.run("COMMIT")
        waiting.socket.settimeout(5)
        assert [m.type for m in waiting.read_until()] == ["T", "D", "C", "Z"]


def cpu_seconds(proxy):
    with open(f"/proc/{proxy.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_two_pools_of_one_name_do_not_keep_the_workers_busy(cluster, make_proxy):
    """The one before still runs a transaction; those who wait for its place wait quietly."""
    proxy = make_proxy({"pooling": {"size": 2}, "workers": 3})
    wires = [Wire(proxy.port).login() for _ in range(11)]
    holders, waiting = wires[:2], wires[2:]
    for holder in holders:
        holder.run("BEGIN")
        holder.run(WRITE_PID)
    for wire in waiting[:4]:
        wire.send(query(WRITE_PID))
    for node in proxy.configuration["clusters"]["main"]["nodes"]:
        node["host"] = "localhost"
    reload(proxy)
    for wire in waiting[4:]:
        wire.send(query(WRITE_PID))
    wait_for(lambda: sum(r["waiting"] for r in proxy.admin("SHOW POOLS")) == 9, "all to wait")
    before, started = cpu_seconds(proxy), time.monotonic()
    wait_for(lambda: time.monotonic() > started + 2, "two seconds to pass", pause=0.5)
    assert cpu_seconds(proxy) - before < 0.4
    for holder in holders:
        holder.run("COMMIT")
    for wire in wires:
        if wire in waiting:
            assert [m.type for m in wire.read_until()] == ["T", "D", "C", "Z"]
        wire.socket.close()


def test_the_pool_mode_changes_from_session_to_transaction(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"mode": "session", "size": 1}, "workers": 1}, wait=False)
    with Wire(proxy.port) as first:
        first.login()
        pid = first.value(WRITE_PID)
        proxy.configuration["pooling"]["mode"] = "transaction"
        reload(proxy)
        with Wire(proxy.port, seconds=8) as second:
            second.login()
            assert second.value(WRITE_PID) == pid, "it was not given back"
            assert first.value(WRITE_PID) == pid
            second.run("BEGIN")
            second.value(WRITE_PID)
            first.socket.close()
            wait_for(
                lambda: len(proxy.admin("SHOW CLIENTS")) == 2, "the first client to be gone")
            assert second.value(WRITE_PID) == pid
            assert [m.type for m in second.run("COMMIT")] == ["C", "Z"]


def test_a_database_is_removed_while_a_session_keeps_its_server(cluster, make_proxy):
    """The server is put back once, not put back and lent at the same time."""
    proxy = make_proxy({
        "pooling": {"mode": "session", "size": 1}, "workers": 1,
        "databases": {"*": {"cluster": "main"}, "app": {"cluster": "main"}}},
        wait=False)
    with Wire(proxy.port) as leaving:
        leaving.login()
        leaving.send(query("SELECT pg_sleep(0.5) FROM (SELECT 1) x FOR UPDATE"))
        wait_for(lambda: any(r["state"] == "active" for r in proxy.admin("SHOW SERVERS")), "it")
        del proxy.configuration["databases"]["*"]
        proxy.configuration["databases"] = {"second": {"cluster": "main"}}
        reload(proxy)
        reply = leaving.read_to_end()
        assert [m.type for m in reply] == ["T", "D", "C", "Z", "E"], reply
        assert reply[-1].sqlstate == "57P01"
    wait_for(
        lambda: not [r for r in proxy.admin("SHOW SERVERS") if r["database"] == "app"],
        "the connections to go")
    assert "broke the protocol" not in proxy.log(), proxy.log()


def test_a_pipeline_goes_on_though_its_database_was_removed(cluster, make_proxy):
    """What it still does is not left lying about: every connection goes in the end."""
    proxy = make_proxy({
        "pooling": {"size": 2}, "workers": 1, "databases": {"app": {"cluster": "main"}}})
    with Wire(proxy.port) as client:
        client.login()
        client.send(*[
            query("SELECT pg_sleep(0.3) FROM (SELECT 1) x FOR UPDATE"), query("SELECT 2"),
            query("SELECT 3"), query("SELECT 4 FROM (SELECT 1) x FOR UPDATE")])
        wait_for(lambda: any(r["state"] == "active" for r in proxy.admin("SHOW SERVERS")), "it")
        proxy.configuration["databases"] = {"second": {"cluster": "main"}}
        reload(proxy)
        reply = client.read_to_end()
        assert [m.type for m in reply] == ["T", "D", "C", "Z"] * 4 + ["E"]
    wait_for(
        lambda: not [r for r in proxy.admin("SHOW SERVERS") if r["database"] == "app"],
        "the connections to go", 10)


def test_a_broken_file_changes_nothing(cluster, make_proxy):
    proxy = make_proxy()
    with Wire(proxy.port) as client:
        client.login()
        with open(proxy.path, "w") as file:
            file.write('{"clusters": [')
        os.kill(proxy.pid, signal.SIGHUP)
        wait_for(lambda: "nothing was changed" in proxy.log(), "the refusal")
        assert client.value("SELECT 1") == "1"
        with Wire(proxy.port) as other:
            other.login()
            assert other.value("SELECT 2") == "2"


def test_a_password_changes(cluster, make_proxy):
    """On the servers and in the configuration: new clients prove the new one, and so do we."""
    proxy = make_proxy({"workers": 1})
    with Wire(proxy.port) as staying:
        staying.login("other", "other")
        assert staying.value(WRITE_PID)
        try:
            cluster.run("ALTER ROLE other PASSWORD 'changed'")
            proxy.configuration["users"]["other"]["password"] = "changed"
            reload(proxy)
            for node in cluster.nodes:
                node.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE usename = 'other'")
            with Wire(proxy.port) as client:
                client.login("other", "changed")
                assert client.value(WRITE_PID)
            with Wire(proxy.port) as client:
                with pytest.raises(LoginError) as caught:
                    client.login("other", "other")
                assert caught.value.message.sqlstate == "28P01"
            assert staying.value(WRITE_PID)
            assert "changed" not in proxy.log().replace("nothing was changed", "")
        finally:
            cluster.run("ALTER ROLE other PASSWORD 'other'")
