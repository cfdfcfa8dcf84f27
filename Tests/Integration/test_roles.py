"""Roles that are found out: promotions, old primaries, two primaries, and lag."""

import threading

import psycopg
import pytest

from failover import (
    FailoverCluster, auto_configuration, promote_under_load, settle_ledger, under_load)
from proxy import Proxy, base_configuration, merged
from waiting import wait_for


@pytest.fixture(scope="module")
def ring():
    """A cluster of its own: these tests change who is the primary."""
    made = FailoverCluster()
    try:
        made.create()
        yield made
    finally:
        made.destroy()


@pytest.fixture
def make_ring_proxy(ring):
    made = []

    def make(changes=None, edit=None):
        configuration = auto_configuration(ring, changes)
        if edit is not None:
            edit(configuration)
        made.append(Proxy(configuration).start())
        return made[-1]

    yield make
    try:
        for proxy in made:
            if proxy.process.returncode is None:
                proxy.stop()
    finally:
        for proxy in made:
            proxy.kill()


def nodes(proxy):
    return {row["node"]: row for row in proxy.admin("SHOW NODES")}


def wait_for_role(proxy, node, role, seconds=10):
    return wait_for(
        lambda: nodes(proxy)[node.name]["role"] == role, f"{node.name} to be {role}", seconds)


def write_port(proxy, **more):
    """The port of the node that takes a write now."""
    with proxy.connect(**more) as connection:
        return connection.execute(
            "SELECT inet_server_port() FROM pg_current_wal_insert_lsn()").fetchone()[0]


@pytest.mark.parametrize("way", ["immediate", "split", "freeze"])
def test_a_promotion_under_load(ring, make_ring_proxy, way):
    proxy = make_ring_proxy()
    with under_load(ring, proxy, writers=4, readers=2) as (writers, readers):
        figures = promote_under_load(ring, writers, way)
    ledger = settle_ledger(ring, writers)
    assert figures["late"] == 0, figures
    assert figures["milliseconds"] < 1000, figures
    assert ledger["acknowledged"] > 0
    assert ledger["lost"] == 0 and ledger["doubled"] == 0, ledger
    assert all(reader.done > 0 for reader in readers)
    # An error tells of a connection that broke; none says that the server takes no writes.
    states = {state for writer in writers for _, state, _ in writer.errors}
    assert states <= {"08006", "57P01", None}, [writer.errors for writer in writers]
    primary = wait_for_role(proxy, ring.primary, "primary") and nodes(proxy)[ring.primary.name]
    assert primary["timeline"] == ring.primary.value(
        "SELECT timeline_id FROM pg_control_checkpoint()")


def test_show_tells_roles_and_timelines(ring, make_ring_proxy):
    proxy = make_ring_proxy()
    wait_for_role(proxy, ring.primary, "primary")
    for replica in ring.replicas:
        wait_for_role(proxy, replica, "replica")
    found = nodes(proxy)
    assert {row["configured_role"] for row in found.values()} == {"auto"}
    assert len({row["timeline"] for row in found.values()}) == 1
    assert all(row["role_since_seconds"] >= 0 for row in found.values())
    name = ring.primary.name
    assert proxy.log().count(f"{name} is the primary of cluster main, timeline") == 1


def test_drivers_that_look_for_a_primary_find_one(ring, make_ring_proxy):
    proxy = make_ring_proxy()
    for wanted in ("read-write", "primary", "any", "prefer-standby"):
        with proxy.connect(target_session_attrs=wanted) as connection:
            assert connection.info.parameter_status("in_hot_standby") == "off"
    # As drivers ask servers that are too old to report it.
    with proxy.connect() as connection:
        for _ in range(8):
            assert connection.execute("SHOW transaction_read_only").fetchone()[0] == "off"
            assert connection.execute("SELECT pg_is_in_recovery()").fetchone()[0] is False


def test_writes_wait_while_there_is_no_primary(ring, make_ring_proxy):
    proxy = make_ring_proxy()
    assert write_port(proxy) == ring.primary.port
    client = proxy.connect()
    ring.primary.stop("immediate")
    try:
        wait_for_role(proxy, ring.primary, "unknown")
        # Reads go on.
        ports = {client.execute("SELECT inet_server_port()").fetchone()[0] for _ in range(6)}
        assert ports <= {replica.port for replica in ring.replicas}
        with pytest.raises(psycopg.errors.CannotConnectNow) as caught:
            with make_ring_proxy({"pooling": {"maxWaitMillis": 300}}).connect() as hasty:
                hasty.execute("SELECT pg_current_wal_insert_lsn()")
        assert 'cluster "main" has no primary' in str(caught.value)
        waiting = _Later(lambda: write_port(proxy))
        wait_for(
            lambda: any(row["state"] == "waiting" for row in proxy.admin("SHOW CLIENTS")),
            "the write to wait")
    finally:
        ring.primary.start()
    assert waiting.result() == ring.primary.port
    client.close()
    ring.wait_for_standbys()


def test_a_write_that_waits_can_be_cancelled(ring, make_ring_proxy):
    proxy = make_ring_proxy()
    write_port(proxy)
    client = proxy.connect()
    ring.primary.stop("immediate")
    try:
        wait_for_role(proxy, ring.primary, "unknown")
        waiting = _Later(lambda: client.execute("SELECT pg_current_wal_insert_lsn()"))
        wait_for(
            lambda: any(row["state"] == "waiting" for row in proxy.admin("SHOW CLIENTS")),
            "the write to wait")
        client.cancel()
        with pytest.raises(psycopg.errors.QueryCanceled):
            waiting.result()
        assert client.execute("SELECT 1").fetchone() == (1,)
    finally:
        ring.primary.start()
    client.close()
    ring.wait_for_standbys()


def test_a_start_while_no_node_is_up(ring, make_ring_proxy):
    for node in ring.nodes:
        node.stop("fast")
    proxy = make_ring_proxy()
    try:
        waiting = _Later(lambda: write_port(proxy))
        assert {row["role"] for row in nodes(proxy).values()} == {"unknown"}
    finally:
        for node in ring.nodes:
            node.start()
    assert waiting.result() == ring.primary.port
    ring.wait_for_standbys()


def test_one_node_is_enough(ring, make_ring_proxy):
    def alone(configuration):
        entries = configuration["clusters"]["main"]["nodes"]
        entries[:] = [one for one in entries if one["name"] == ring.primary.name]
    proxy = make_ring_proxy(edit=alone)
    with proxy.connect() as connection:
        for sql in ("SELECT inet_server_port()",
                    "SELECT inet_server_port() FROM pg_current_wal_insert_lsn()"):
            assert connection.execute(sql).fetchone()[0] == ring.primary.port


def test_a_pinned_session_is_told_when_its_primary_is_deposed(ring, make_ring_proxy):
    proxy = make_ring_proxy()
    # Not under load, and the heir is asynchronous here: commits on the old one shall not hang.
    former, heir = ring.primary, ring.heir
    former.query("ALTER SYSTEM RESET synchronous_standby_names", "postgres")
    former.query("SELECT pg_reload_conf()", "postgres")
    pinned, busy = proxy.connect(), proxy.connect(autocommit=False)
    pinned.execute("CREATE TEMP TABLE mine (n int)")
    busy.execute("SELECT txid_current()")
    # Nobody stops the old primary.
    heir.query("SELECT pg_promote()", "postgres")
    wait_for_role(proxy, heir, "primary")
    for client in (pinned, busy):
        with pytest.raises(psycopg.OperationalError) as caught:
            client.execute("SELECT txid_current()")
        assert "it is not the primary any more" in str(caught.value)
        assert client.closed
    assert write_port(proxy) == heir.port
    row = nodes(proxy)[former.name]
    assert row["role"] == "unknown" and row["usable"] is False
    assert row["reason"].startswith("is an old primary, of timeline ")
    ring.primary.stop("fast")
    ring.succeed(heir)
    ring.rewind(former)
    wait_for_role(proxy, former, "replica")
    ring.arrange(former)


def test_two_primaries_of_one_timeline(ring, make_ring_proxy):
    """A copy of a primary that runs as a primary of its own: nobody can tell which is meant."""
    copy = ring.heir
    # Promoted as a copy of the files is, without recovery: the timeline stays.
    copy.stop("fast")
    ring.primary.query("CHECKPOINT", "postgres")
    try:
        ring.primary.stop("fast")
        _clone(ring.primary, copy)
        ring.primary.start()
        proxy = make_ring_proxy({"pooling": {"maxWaitMillis": 500}})
        assert write_port(proxy) == ring.primary.port
        copy.start()
        wait_for_role(proxy, ring.primary, "unknown")
        with proxy.connect() as connection:
            with pytest.raises(psycopg.errors.CannotConnectNow) as caught:
                connection.execute("SELECT pg_current_wal_insert_lsn()")
            assert "are primaries of the same timeline" in str(caught.value)
            other = next(node for node in ring.replicas if node is not copy)
            assert connection.execute("SELECT inet_server_port()").fetchone()[0] == other.port
        copy.stop("fast")
        assert wait_for(lambda: write_port(proxy), "writes") == ring.primary.port
    finally:
        if copy.is_running():
            copy.stop("fast")
        _empty(copy)
        ring.build(copy)
        ring.arrange(copy)


def test_a_node_of_another_cluster_is_refused(ring, cluster, make_ring_proxy):
    def stranger(configuration):
        configuration["clusters"]["main"]["nodes"].append(
            {"name": "stranger", "host": "127.0.0.1", "port": cluster.primary.port,
             "role": "auto"})
    proxy = make_ring_proxy(edit=stranger)
    assert write_port(proxy) == ring.primary.port
    row = wait_for(
        lambda: nodes(proxy)["stranger"]["reason"] and nodes(proxy)["stranger"],
        "the stranger to be known")
    assert row["reason"].startswith("belongs to another cluster: its system identifier is ")


def test_a_lagging_replica_takes_no_reads_until_it_has_caught_up(ring, make_ring_proxy):
    changes = {
        "clusters": {"main": {"lag": {"maxBytes": 1_000_000}}},
        "databases": {"*": {"cluster": "main"}}}
    proxy = make_ring_proxy(changes)
    slow, quick = ring.replicas
    proxy.wait_for_nodes(slow.port, quick.port)
    slow.query("SELECT pg_wal_replay_pause()", "postgres")
    try:
        with proxy.connect() as connection:
            connection.execute("CREATE TABLE load (text text)")
            connection.execute(
                "INSERT INTO load SELECT repeat('x', 100) FROM generate_series(1, 20000)")
        row = wait_for(
            lambda: nodes(proxy)[slow.name]["state"] == "lagging" and nodes(proxy)[slow.name],
            "the replica to lag")
        assert "MB behind (limit 1 MB)" in row["reason"]
        assert proxy.proxyctl("status").returncode == 1
        proxy.wait_for_nodes(quick.port)
    finally:
        slow.query("SELECT pg_wal_replay_resume()", "postgres")
    proxy.wait_for_nodes(slow.port, quick.port)
    log = proxy.log()
    assert log.count(f"replica {slow.name} of cluster main takes no reads") == 1
    assert log.count(f"replica {slow.name} of cluster main takes reads again") == 1
    ring.run("DROP TABLE load")


def test_asserted_roles_stay_as_they_are(ring):
    """Without `auto` nothing is found out: a contradiction takes the node out."""
    configuration = merged(base_configuration(ring), {})
    for entry in configuration["clusters"]["main"]["nodes"]:
        entry["role"] = "primary" if entry["name"] == ring.replicas[0].name else "replica"
    proxy = Proxy(configuration).start()
    try:
        row = wait_for(
            lambda: nodes(proxy)[ring.primary.name]["reason"] and nodes(proxy)[ring.primary.name],
            "the contradiction")
        assert row["reason"] == "configured as a replica but is not in recovery"
        assert nodes(proxy)[ring.replicas[0].name]["reason"] == (
            "configured as the primary but is in recovery")
        proxy.stop()
    finally:
        proxy.kill()


def _clone(source, target):
    """The files of a server that is down, as another server that is no standby."""
    _empty(target)
    source.run_any("cp", "-a", source.folder + "/.", target.folder)
    settings = target.folder + "/postgresql.conf"
    with open(settings, "a") as file:
        file.write(f"port = {target.port}\ncluster_name = '{target.name}'\n")
    with open(target.folder + "/postgresql.auto.conf", "w") as file:
        file.write("")


def _empty(node):
    node.run_any("rm", "-rf", node.folder)
    node.run_any("mkdir", "-m", "700", node.folder)


class _Later:
    """A call in a thread of its own."""

    def __init__(self, call):
        self._outcome = None
        self._thread = threading.Thread(target=self._work, args=(call,), daemon=True)
        self._thread.start()

    def _work(self, call):
        try:
            self._outcome = (call(), None)
        except Exception as error:
            self._outcome = (None, error)

    def result(self, seconds=40):
        self._thread.join(seconds)
        assert self._outcome is not None, "the call does not come back"
        value, error = self._outcome
        if error is not None:
            raise error
        return value
