"""Nodes that fail, hang and come back: who is served by whom meanwhile."""

import os
import subprocess
import threading

import psycopg
import pytest

from cluster import server_binaries
from proxy import merged
from waiting import wait_for
from wire import Wire

WRITE = "SELECT inet_server_port() FROM (SELECT 1) x FOR UPDATE"


def state_of(proxy, name):
    return next(row for row in proxy.admin("SHOW NODES") if row["node"] == name)


def wait_for_state(proxy, name, state, seconds=20):
    wait_for(lambda: state_of(proxy, name)["state"] == state, f"{name} to be {state}", seconds)


def ports_of_reads(proxy, count=12):
    with proxy.connect() as connection:
        return {connection.execute("SELECT inet_server_port()").fetchone()[0]
                for _ in range(count)}


def test_a_start_with_a_replica_down(healed, make_proxy):
    cluster = healed
    gone, left = cluster.replicas
    gone.crash()
    proxy = make_proxy(wait=False)
    wait_for_state(proxy, gone.name, "down")
    assert ports_of_reads(proxy) == {left.port}
    row = state_of(proxy, gone.name)
    assert not row["usable"] and row["reason"]
    assert gone.name in proxy.log(), "the log must tell"
    gone.start()
    proxy.wait_for_nodes(*(node.port for node in cluster.replicas))


def test_a_start_with_the_primary_down(healed, make_proxy):
    cluster = healed
    cluster.primary.crash()
    proxy = make_proxy(wait=False, changes={"pooling": {"maxWaitMillis": 1000}})
    wait_for_state(proxy, "pg1", "down")
    assert ports_of_reads(proxy) == {node.port for node in cluster.replicas}
    with proxy.connect() as connection:
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(WRITE)
        assert caught.value.sqlstate[:2] in ("08", "57", "53"), caught.value.sqlstate
        assert "pg1" in str(caught.value) or "primary" in str(caught.value)
        # The session goes on: reads are served on the same connection.
        assert connection.execute("SELECT 1").fetchone() == (1,)
    cluster.primary.start()

    def writes():
        with proxy.connect() as connection:
            return connection.execute(WRITE).fetchone()[0] == cluster.primary.port
    wait_for(writes, "writes to be served again")


def test_a_start_with_everything_down(healed, make_proxy):
    cluster = healed
    for node in cluster.nodes:
        node.crash()
    proxy = make_proxy(wait=False, changes={"pooling": {"maxWaitMillis": 500}})
    for node in cluster.nodes:
        wait_for_state(proxy, node.name, "down")
    for sql in ("SELECT 1", WRITE):
        with pytest.raises(psycopg.Error) as caught, proxy.connect() as connection:
            connection.execute(sql)
        assert "pg1" in str(caught.value) or "primary" in str(caught.value)
    assert proxy.proxyctl("status").returncode == 1
    for node in cluster.nodes:
        node.start()
    proxy.wait_for_nodes(*(node.port for node in cluster.replicas))


@pytest.mark.timeout(240)
def test_a_replica_is_killed_under_load(healed, make_proxy):
    """pgbench goes on reading through kill -9; clients that send after the node was marked down
    see no error; the node takes reads again once it is back."""
    cluster = healed
    proxy = make_proxy()
    victim, left = cluster.replicas
    ending = threading.Event()
    errors, done = [], [0] * 8
    marked_down = threading.Event()

    def work(number):
        """One client: after an error it connects anew, as an application's pool would."""
        connection = None
        while not ending.is_set():
            sent_after = marked_down.is_set()
            try:
                if connection is None or connection.closed:
                    connection = proxy.connect()
                connection.execute("SELECT count(*) FROM pg_class")
                done[number] += 1
            except psycopg.Error as error:
                errors.append((sent_after, error.sqlstate, str(error)))
                if connection is not None:
                    connection.close()
                connection = None

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(done))]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: min(done) > 20, "the load to run")
        victim.crash()
        wait_for_state(proxy, victim.name, "down")
        marked_down.set()
        before = list(done)
        wait_for(lambda: all(now > then + 50 for now, then in zip(done, before)),
                 "every client to be served without the replica", 60)
        assert not [error for error in errors if error[0]], "errors after the mark-down"
        # Those that were running on it when it died may tell so, and nobody else.
        assert len(errors) <= len(done), errors
        victim.start()
        wait_for_state(proxy, victim.name, "up", 60)
        before = list(done)
        wait_for(lambda: all(now > then + 20 for now, then in zip(done, before)), "it to go on")
    finally:
        ending.set()
        for thread in threads:
            thread.join(30)
    assert not [error for error in errors if error[0]], errors
    assert victim.port in ports_of_reads(proxy, 20), "it takes reads again"


def test_pgbench_reads_through_a_crash(healed, make_proxy, cluster):
    """As operators would try it: pgbench -S with kill -9 in the middle."""
    tables = os.path.join(server_binaries(), "pgbench")
    environment = {**os.environ, "PGPASSWORD": "app"}
    subprocess.run(
        [tables, "-i", "-q", "-s", "1", "-h", "127.0.0.1", "-p", str(cluster.primary.port),
         "-U", "app", "app"], check=True, env=environment, capture_output=True)
    cluster.wait_for_replay()
    proxy = make_proxy()
    load = subprocess.Popen(
        [tables, "-S", "-n", "-c", "4", "-T", "6", "--max-tries=1",
         "-h", "127.0.0.1", "-p", str(proxy.port), "-U", "app", "app"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        def reads():
            return sum(row["reads"] for row in proxy.admin("SHOW STATUS"))
        wait_for(lambda: reads() > 200, "pgbench to run")
        healed.replicas[0].crash()
        wait_for_state(proxy, healed.replicas[0].name, "down")
        before = reads()
        wait_for(lambda: reads() > before + 500, "reads to go on")
        output, _ = load.communicate(timeout=60)
    finally:
        load.kill()
    # Clients whose statement died with the node end; the others finish.
    assert "number of transactions actually processed" in output, output
    for line in output.splitlines():
        if "error" in line.lower():
            assert any(word in line for word in ("57P01", "08006", "terminating", "lost", "aborted",
                                                 "connection", "number of failed")), line


def test_a_replica_that_hangs_is_taken_out(healed, make_proxy):
    """It accepts connections and never answers, as a machine that swaps to death."""
    cluster = healed
    proxy = make_proxy()
    frozen, left = cluster.replicas
    frozen.freeze()
    try:
        wait_for_state(proxy, frozen.name, "down", 30)
        assert ports_of_reads(proxy) == {left.port}
    finally:
        frozen.thaw()
    wait_for_state(proxy, frozen.name, "up", 30)


def test_without_replicas_reads_fall_back_to_the_primary(healed, make_proxy):
    cluster = healed
    proxy = make_proxy()
    for replica in cluster.replicas:
        replica.crash()
    for replica in cluster.replicas:
        wait_for_state(proxy, replica.name, "down")
    assert ports_of_reads(proxy) == {cluster.primary.port}


def test_without_fallback_the_error_names_each_replica(healed, make_proxy):
    cluster = healed
    proxy = make_proxy({"clusters": {"main": {"fallbackToPrimary": False}}})
    for replica in cluster.replicas:
        replica.crash()
    for replica in cluster.replicas:
        wait_for_state(proxy, replica.name, "down")
    with proxy.connect() as connection:
        with pytest.raises(psycopg.Error) as caught:
            connection.execute("SELECT 1")
        told = "\n".join(filter(None, (
            caught.value.diag.message_primary, caught.value.diag.message_detail,
            caught.value.diag.message_hint)))
        for replica in cluster.replicas:
            assert replica.name in told, told
        assert caught.value.sqlstate[:2] in ("08", "57", "53")
        assert connection.execute(WRITE).fetchone()[0] == cluster.primary.port


def test_no_replicas_configured_sends_all_to_the_primary(cluster, make_proxy):
    def only_primary(configuration):
        nodes = configuration["clusters"]["main"]["nodes"]
        configuration["clusters"]["main"]["nodes"] = nodes[:1]
    proxy = make_proxy(wait=False, edit=only_primary)
    assert ports_of_reads(proxy) == {cluster.primary.port}
    with proxy.connect() as connection:
        connection.execute("BEGIN READ ONLY")
        assert connection.execute("SELECT inet_server_port()").fetchone()[0] == cluster.primary.port
        connection.execute("COMMIT")


def test_the_primary_restarts(healed, make_proxy, table):
    """Idle server connections die with it: nobody may be handed a dead one afterwards."""
    cluster = healed
    proxy = make_proxy()
    with Wire(proxy.port) as wire:
        wire.login()
        wire.value(WRITE)
        cluster.primary.stop("fast")
        cluster.primary.start()
        wait_for_state(proxy, "pg1", "up")
        for number in range(10):
            reply = wire.run(f"INSERT INTO {table} VALUES ({number}, 'x')")
            assert reply[0].type == "C", reply[0].fields


def test_a_replica_restarts_and_idle_clients_do_not_notice(healed, make_proxy):
    cluster = healed
    proxy = make_proxy()
    with proxy.connect() as connection:
        for _ in range(4):
            connection.execute("SELECT 1")
        for replica in cluster.replicas:
            replica.stop("fast")
            replica.start()
        for _ in range(20):
            assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("algorithm", [
    "random", "roundRobin", "weightedRandom", "weighted", "leastConnections", "lowestLatency"])
def test_each_algorithm_reads_from_replicas(cluster, make_proxy, algorithm):
    proxy = make_proxy({"clusters": {"main": {"balancing": {"algorithm": algorithm}}}})
    with Wire(proxy.port) as wire:
        wire.login()
        # A tenth of the reads at least, for the sake of those that draw or measure.
        ports = [wire.value("SELECT inet_server_port()") for _ in range(200)]
    for replica in cluster.replicas:
        # One client alone gives lowestLatency no reason to leave the faster one.
        if algorithm != "lowestLatency":
            assert ports.count(str(replica.port)) > 0, (algorithm, set(ports))
    assert str(cluster.primary.port) not in ports


def test_weights(cluster, make_proxy):
    def weigh(configuration):
        for node, weight in zip(configuration["clusters"]["main"]["nodes"][1:], (3, 1)):
            node["weight"] = weight
        configuration["clusters"]["main"]["balancing"] = {"algorithm": "weighted"}
        configuration["workers"] = 1
    proxy = make_proxy(edit=weigh)
    with Wire(proxy.port) as wire:
        wire.login()
        ports = [wire.value("SELECT inet_server_port()") for _ in range(80)]
    heavy = str(cluster.replicas[0].port)
    assert ports.count(heavy) == 60
    # Spread, not in bursts: never more than three of the heavy one in a row.
    drawn = "".join("h" if port == heavy else "l" for port in ports)
    assert max(map(len, drawn.split("l"))) <= 3


def test_weight_0_takes_no_reads(cluster, make_proxy):
    def weigh(configuration):
        configuration["clusters"]["main"]["nodes"][1]["weight"] = 0
        configuration["clusters"]["main"]["balancing"] = {"algorithm": "weighted"}
    proxy = make_proxy(wait=False, edit=weigh)
    proxy.wait_for_nodes(cluster.replicas[1].port)
    assert ports_of_reads(proxy, 30) == {cluster.replicas[1].port}


def test_several_clusters_behind_one_endpoint(cluster, make_proxy):
    """Two data sources, told apart by the database a client asks for."""
    def two(configuration):
        main = configuration["clusters"]["main"]
        configuration["clusters"] = {
            "left": merged(main, {"nodes": [main["nodes"][0], main["nodes"][1]]}),
            "right": merged(main, {"nodes": [main["nodes"][0], main["nodes"][2]]})}
        configuration["databases"] = {
            "left_app": {"cluster": "left", "database": "app"},
            "right_app": {"cluster": "right", "database": "second"}}
    proxy = make_proxy(wait=False, edit=two)
    proxy.wait_for_nodes(cluster.replicas[0].port, dbname="left_app")
    proxy.wait_for_nodes(cluster.replicas[1].port, dbname="right_app")
    with proxy.connect(dbname="right_app") as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("second",)
