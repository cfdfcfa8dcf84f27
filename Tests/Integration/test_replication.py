"""Replication connections: with PostgreSQL's own tools, one to one to the primary."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading

import pytest

from cluster import SUPERUSER, Node, as_server_user, children_of
from ports import free_port
from proxy import Proxy, base_configuration, merged
from waiting import wait_for
from wire import LoginError, Wire, cancel_request, query, terminate

USER = {"replicator": {"password": "replicator"}}
# As in pg_hba.conf, `all` is no database for those who want the log of the whole server.
RULES = [
    {"database": name, "user": "all", "address": "127.0.0.1/32", "method": "scram-sha-256"}
    for name in ("replication", "all")]
CHANGES = {"users": USER, "authentication": RULES}


@pytest.fixture(scope="module")
def replicating(cluster):
    """A proxy that knows the user `replicator`, who may read what the tests write."""
    cluster.run("GRANT pg_read_all_data TO replicator")
    made = Proxy(merged(base_configuration(cluster), CHANGES)).start()
    made.wait_for_nodes(*(node.port for node in cluster.replicas))
    yield made
    made.stop()


@pytest.fixture
def folder(cluster):
    """A folder that the server's user may write to."""
    made = tempfile.mkdtemp(prefix="switchyard-replication-", dir=cluster.base)
    shutil.chown(made, *(["postgres", "postgres"] if os.geteuid() == 0 else []))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def tool(cluster, name, proxy, *arguments):
    """Starts one of PostgreSQL's own programs towards the proxy."""
    return subprocess.Popen(
        as_server_user(["env", "PGPASSWORD=replicator", os.path.join(cluster.binaries, name),
                        "-h", "127.0.0.1", "-p", str(proxy.port), "-U", "replicator",
                        *arguments]),
        cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)


def run(cluster, name, proxy, *arguments):
    process = tool(cluster, name, proxy, *arguments)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


def end(process, number=signal.SIGINT):
    """The program, which runs below `runuser`."""
    for pid in children_of(process.pid) or [process.pid]:
        os.kill(pid, number)
    process.communicate(timeout=60)


def login(proxy, replication, user="replicator", secret="replicator", database="app"):
    return Wire(proxy.port).login(user, secret, database, replication=replication)


def errors(messages):
    return [m.fields for m in messages if m.type == "E"]


def test_a_base_backup(cluster, replicating, folder):
    backup = os.path.join(folder, "backup")
    run(cluster, "pg_basebackup", replicating, "-D", backup, "-X", "stream", "-c", "fast")
    with open(os.path.join(backup, "backup_label")) as label:
        assert "BACKUP FROM: primary" in label.read()
    subprocess.run(
        as_server_user([os.path.join(cluster.binaries, "pg_verifybackup"), backup]), check=True,
        cwd="/", capture_output=True, timeout=120)
    replicating.assert_sound()


def test_the_log_is_received(cluster, replicating, folder):
    run(cluster, "pg_receivewal", replicating, "--create-slot", "--slot", "received")
    process = tool(cluster, "pg_receivewal", replicating, "-D", folder, "--slot", "received")
    try:
        wait_for(lambda: any(name.endswith(".partial") for name in os.listdir(folder)), "it to begin")
        segment = cluster.primary.value("SELECT pg_walfile_name(pg_switch_wal())")
        cluster.primary.query("SELECT txid_current()")
        wait_for(lambda: segment in os.listdir(folder), "the segment")
    finally:
        end(process)
    run(cluster, "pg_receivewal", replicating, "--drop-slot", "--slot", "received")


def test_changes_are_decoded(cluster, replicating, table):
    slot = ("--slot", "decoded", "-d", "app")
    run(cluster, "pg_recvlogical", replicating, *slot, "--create-slot", "-P", "test_decoding")
    cluster.run(f"INSERT INTO {table} VALUES (1, 'decoded')")
    stop = cluster.primary.value("SELECT pg_current_wal_lsn()")
    output = run(
        cluster, "pg_recvlogical", replicating, *slot, "--start", "-f", "-", "--endpos", stop,
        "--no-loop")
    assert f"table public.{table}: INSERT: id[integer]:1 text[text]:'decoded'" in output
    run(cluster, "pg_recvlogical", replicating, *slot, "--drop-slot")


@pytest.fixture
def subscriber(cluster, folder):
    """A server that is no part of the cluster."""
    node = Node("subscriber", os.path.join(folder, "subscriber"), cluster.binaries)
    node.run("initdb", "-D", node.folder, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync")
    node.configure()
    with open(os.path.join(node.folder, "pg_hba.conf"), "w") as file:
        file.write("host all all 127.0.0.1/32 trust\n")
    node.start()
    yield node
    node.stop("immediate")


def test_a_subscription(cluster, replicating, subscriber, table):
    subscriber.query(f"CREATE TABLE {table} (id int PRIMARY KEY, text text)", "postgres")
    cluster.run(
        f"INSERT INTO {table} SELECT n, repeat('x', 1000) FROM generate_series(1, 5000) n",
        f"CREATE PUBLICATION pub_{table} FOR TABLE {table}")

    def count():
        return subscriber.value(f"SELECT count(*) FROM {table}", "postgres")
    try:
        subscriber.query(
            f"CREATE SUBSCRIPTION sub CONNECTION 'host=127.0.0.1 port={replicating.port} "
            f"user=replicator password=replicator dbname=app' PUBLICATION pub_{table}", "postgres")
        wait_for(lambda: count() == 5000, "the first copy", 60)
        cluster.run(f"INSERT INTO {table} SELECT n, 'y' FROM generate_series(5001, 20000) n")
        wait_for(lambda: count() == 20000, "the changes", 60)
        rows = [r for r in replicating.admin("SHOW CLIENTS") if r["state"] == "replication"]
        assert [(r["user"], r["database"], r["node"]) for r in rows] == [
            ("replicator", "app", "pg1")]
    finally:
        subscriber.query("DROP SUBSCRIPTION IF EXISTS sub", "postgres")
        cluster.run(f"DROP PUBLICATION pub_{table}")


def test_a_standby_streams_through_the_proxy(cluster, replicating, folder, table):
    """And goes on after the proxy was replaced by another one on the same port."""
    proxy = Proxy(merged(base_configuration(cluster), CHANGES)).start()
    node = Node("standby", os.path.join(folder, "standby"), cluster.binaries)
    try:
        run(cluster, "pg_basebackup", proxy, "-D", node.folder, "-R", "-X", "stream", "-c", "fast",
            "-C", "-S", "through_proxy", "--no-sync")
        node.configure()
        node.start()
        cluster.run(f"INSERT INTO {table} VALUES (1, 'streamed')")
        wait_for(lambda: node.value(f"SELECT count(*) FROM {table}") == 1, "the row to arrive")
        # A stream is taken up again where it was left: it does not hold up the end of a process.
        proxy.configuration["shutdownTimeoutSeconds"] = 60
        assert proxy.terminate(20) == 0
        proxy.start()
        cluster.run(f"INSERT INTO {table} VALUES (2, 'streamed again')")
        wait_for(lambda: node.value(f"SELECT count(*) FROM {table}") == 2, "the next row", 40)
    finally:
        if node.is_running():
            node.stop("immediate")
        if proxy.is_running():
            proxy.stop()
        wait_for(
            lambda: cluster.primary.query("SELECT pg_drop_replication_slot('through_proxy')"),
            "the slot to be free")


def test_a_backup_that_runs_is_finished_before_the_end(cluster, folder):
    proxy = Proxy(merged(
        base_configuration(cluster), {**CHANGES, "shutdownTimeoutSeconds": 60})).start()
    try:
        backup = os.path.join(folder, "backup")
        process = tool(cluster, "pg_basebackup", proxy, "-D", backup, "-X", "none", "-c", "fast",
                       "--max-rate=8M", "--no-sync")
        wait_for(lambda: os.path.exists(os.path.join(backup, "base")), "the backup to begin")
        assert proxy.terminate(60) == 0
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
    finally:
        proxy.kill()


@pytest.mark.parametrize("replication", ["true", "on", "1", "yes", "database"])
def test_commands_of_the_replication_protocol(cluster, replicating, replication):
    answers = []
    for port in (cluster.primary.port, replicating.port):
        with Wire(port).login("replicator", "replicator", "app", replication=replication) as wire:
            seen = [wire.run("IDENTIFY_SYSTEM"), wire.run("SHOW wal_segment_size"),
                    wire.run("NO SUCH COMMAND")]
            parameters = dict(wire.parameters)
            answers.append((
                [[(m.type, m.body if m.type in "TCZ" else None) for m in part] for part in seen],
                parameters))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("replication", ["true", "database"])
def test_who_may_not_replicate_hears_it_from_the_server(cluster, replicating, replication):
    for port in (cluster.primary.port, replicating.port):
        with pytest.raises(LoginError) as refused:
            Wire(port).login("app", "app", "app", replication=replication)
        assert refused.value.message.sqlstate == "42501"


def test_a_rule_for_all_databases_is_none_for_replication(make_proxy):
    proxy = make_proxy({"users": USER})
    with login(proxy, "database") as wire:
        assert wire.value("SELECT 1") == "1"
    with pytest.raises(LoginError) as refused:
        login(proxy, "true")
    assert refused.value.message.sqlstate == "28000"
    assert "no pg_hba.conf entry for replication connection" in refused.value.message.text


def test_who_is_not_who_he_says_is_refused_here(replicating):
    with pytest.raises(LoginError) as refused:
        login(replicating, "true", secret="wrong")
    assert refused.value.message.sqlstate == "28P01"
    assert [r for r in replicating.admin("SHOW SERVERS") if r["user"] == "replicator"] == []


def test_never_a_replica(replicating):
    for _ in range(6):
        with login(replicating, "database") as wire:
            assert wire.value("SELECT pg_is_in_recovery()") == "f"


def test_an_unknown_database(cluster, make_proxy):
    proxy = make_proxy(CHANGES, edit=lambda c: c.update(databases={"app": {"cluster": "main"}}))
    with pytest.raises(LoginError) as refused:
        login(proxy, "database", database="nowhere")
    assert refused.value.message.sqlstate == "3D000"
    # The log is that of the server, whatever the database.
    with login(proxy, "true", database="nowhere") as wire:
        assert not errors(wire.run("IDENTIFY_SYSTEM"))


def test_they_are_seen_and_counted(cluster, make_proxy):
    proxy = make_proxy({**CHANGES, "clusters": {"main": {"maxWalSenders": 2}}})

    def servers():
        return [r for r in proxy.admin("SHOW SERVERS") if r["state"] == "replication"]
    first, second = login(proxy, "true"), login(proxy, "database")
    with first, second:
        rows = servers()
        assert {r["node"] for r in rows} == {"pg1"}
        assert len(rows) == 2
        clients = [r for r in proxy.admin("SHOW CLIENTS") if r["state"] == "replication"]
        assert {r["client_id"] for r in clients} == {r["client_id"] for r in rows}
        assert {r["server_pid"] for r in clients} == {r["server_pid"] for r in rows}
        with pytest.raises(LoginError) as refused:
            login(proxy, "true")
        assert refused.value.message.sqlstate == "53300"
        # They take no place of the pools.
        assert all(r["user"] != "replicator" for r in proxy.admin("SHOW POOLS"))
        first.send(terminate())
        assert first.read_to_end() == []
        wait_for(lambda: len(servers()) == 1, "the first to be gone")
        with login(proxy, "true") as third:
            assert not errors(third.run("IDENTIFY_SYSTEM"))
    wait_for(lambda: not servers(), "all to be gone")


def test_a_cancel_reaches_a_replication_connection(cluster, replicating):
    with login(replicating, "database") as wire:
        wire.send(query("SELECT pg_sleep(600), 'replication cancel'"))
        wait_for(
            lambda: cluster.primary.value(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE "
                "'%replication cancel%' AND pid <> pg_backend_pid()"), "the query to run")
        with Wire(replicating.port) as canceller:
            canceller.send(cancel_request(wire.long_key))
            assert canceller.read_to_end() == []
        assert [e["C"] for e in errors(wire.read_until())] == ["57014"]
        assert wire.value("SELECT 1") == "1"


def test_a_client_that_does_not_read_costs_no_memory(cluster, replicating):
    """A whole backup waits at the server, not in the proxy."""
    with Wire(replicating.port, receive_buffer=4096) as wire:
        wire.login("replicator", "replicator", "app", replication="true")
        before = replicating.memory_kib()
        wire.send(query("BASE_BACKUP (CHECKPOINT 'fast', PROGRESS)"))
        wait_for(
            lambda: cluster.primary.value(
                "SELECT count(*) FROM pg_stat_progress_basebackup "
                "WHERE phase = 'streaming database files' AND backup_streamed > 0"), "it to begin")
        seen = []

        def stands():
            seen.append(cluster.primary.value(
                "SELECT sum(backup_streamed) FROM pg_stat_progress_basebackup"))
            return len(seen) > 20 and seen[-1] == seen[-15]
        wait_for(stands, "the backup to stand still")
        assert replicating.memory_kib() < before + 4096
        assert seen[-1] < 20_000_000
        size = sum(len(m.body) for m in wire.read_until())
        assert size > 20_000_000


def test_the_primary_is_down(cluster, make_proxy):
    nowhere = free_port()

    def edit(configuration):
        configuration["clusters"]["main"]["nodes"][0]["port"] = nowhere
    proxy = make_proxy(CHANGES, edit=edit)
    with pytest.raises(LoginError) as refused:
        login(proxy, "true")
    assert refused.value.message.sqlstate == "08006"
    assert "pg1" in refused.value.message.text


def test_many_come_and_go(cluster, replicating):
    before = replicating.descriptors()

    def come_and_go():
        for _ in range(10):
            with login(replicating, "database") as wire:
                assert wire.value("SELECT 3") == "3"
    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    wait_for(lambda: replicating.descriptors() <= before + 2, "all to be closed")
    replicating.assert_sound()
