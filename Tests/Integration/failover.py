"""A cluster whose primary changes, clients that write all the while, and what became of it."""

import contextlib
import os
import threading
import time

import psycopg

from cluster import Cluster, SUPERPASSWORD, SUPERUSER
from proxy import base_configuration, merged
from waiting import wait_for


def auto_configuration(cluster, changes=None):
    """All nodes `auto`; else as most tests have it."""
    configuration = merged(base_configuration(cluster), changes or {})
    for node in configuration["clusters"]["main"]["nodes"]:
        node["role"] = "auto"
    return configuration


class FailoverCluster(Cluster):
    """A primary, a standby that is synchronous and next in line, and another standby.

    No slots: a standby may be dropped and made again without asking anybody.
    """

    def create(self):
        self.write_secret()
        self.primary.run(
            "initdb", "-D", self.primary.folder, "-U", SUPERUSER,
            f"--pwfile={self.secret}", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8",
            "--data-checksums", "--no-sync")
        self.primary.configure()
        self.primary.start()
        self._create_roles()
        for replica in self.replicas:
            self.build(replica)
        self.arrange(self.replicas[0])

    def write_secret(self):
        self.secret = os.path.join(self.base, "password")
        with open(self.secret, "w") as file:
            file.write(SUPERPASSWORD)
        os.chmod(self.secret, 0o644)

    def build(self, node):
        """A fresh copy of the primary, streaming from it."""
        node.run(
            "pg_basebackup", "-h", "127.0.0.1", "-p", str(self.primary.port), "-U", SUPERUSER,
            "-D", node.folder, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        # Also what ALTER SYSTEM has set there came with it.
        self._settle_files(node)
        node.start()

    def _settle_files(self, node):
        with open(os.path.join(node.folder, "postgresql.auto.conf"), "w") as file:
            file.write(
                f"primary_conninfo = 'host=127.0.0.1 port={self.primary.port} "
                f"user={SUPERUSER} application_name={node.name}'\n")
        open(os.path.join(node.folder, "standby.signal"), "w").close()
        with open(os.path.join(node.folder, "postgresql.conf")) as file:
            lines = [line for line in file if not line.startswith(("port =", "cluster_name ="))]
        with open(os.path.join(node.folder, "postgresql.conf"), "w") as file:
            file.writelines(lines)
            file.write(f"port = {node.port}\ncluster_name = '{node.name}'\n")

    def arrange(self, heir):
        """Commits on the primary wait for this standby, and for no other."""
        self.heir = heir
        self.wait_for_standbys()
        self.primary.query(
            f"ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 ({heir.name})'", "postgres")
        # A WAL sender that has just begun may miss one reload.
        wait_for(
            lambda: self.primary.query("SELECT pg_reload_conf()", "postgres")
            and self.primary.value(
                "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'",
                "postgres") == 1, f"{heir.name} to be synchronous", 40, 0.3)

    def wait_for_standbys(self):
        wait_for(
            lambda: self.primary.value(
                "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'",
                "postgres") == len(self.nodes) - 1, "the standbys to stream", 40)

    def succeed(self, heir):
        """The books: this one is the primary now. Makes the other standby follow it."""
        former, self.primary = self.primary, heir
        self.replicas = [node for node in self.nodes if node is not heir]
        for node in self.replicas:
            if node is not former:
                self.follow(node)
        return former

    def follow(self, node):
        """A standby that runs turns to the primary of now."""
        node.query(
            f"ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port={self.primary.port} "
            f"user={SUPERUSER} application_name={node.name}'", "postgres")
        node.query("SELECT pg_reload_conf()", "postgres")
        timeline, position = self.primary.query(
            "SELECT ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int,"
            " pg_current_wal_insert_lsn()::text", "postgres")[0]
        try:
            wait_for(
                lambda: node.value(
                    f"SELECT received_tli = {timeline} AND pg_last_wal_replay_lsn() >= '{position}'"
                    " FROM pg_stat_wal_receiver", "postgres"), f"{node.name} to follow", 5)
        except AssertionError:
            # It was ahead of the one that was promoted.
            node.stop("fast")
            self.rewind(node)

    def streams(self, node):
        return self.primary.value(
            "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' "
            f"AND application_name = '{node.name}'", "postgres") == 1

    def rewind(self, node):
        """A node that is down becomes a standby of the primary of now."""
        self.primary.query("CHECKPOINT", "postgres")
        node.run(
            "pg_rewind", "-D", node.folder, "--no-sync",
            f"--source-server=host=127.0.0.1 port={self.primary.port} user={SUPERUSER} "
            f"password={SUPERPASSWORD} dbname=postgres")
        self._settle_files(node)
        node.start()
        wait_for(lambda: self.streams(node), f"{node.name} to stream", 20)


class LedgerWriter:
    """Inserts numbers into the ledger, one statement each, and keeps what was acknowledged."""

    def __init__(self, proxy, number):
        self.proxy = proxy
        self.number = number
        self.next = 0
        # By number: when it was sent, when acknowledged, and the port of the node that took it.
        self.acknowledged = {}
        self.sent = {}
        self.errors = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._ending.set()

    def join(self):
        self._thread.join(60)
        assert not self._thread.is_alive(), f"writer {self.number} hangs"

    def _work(self):
        while not self._ending.is_set():
            try:
                with self.proxy.connect() as connection:
                    self._write(connection)
            except psycopg.Error as error:
                self.errors.append((time.monotonic(), error.sqlstate, str(error)))
                self._ending.wait(0.01)

    def _write(self, connection):
        while not self._ending.is_set():
            value, self.next = self.next, self.next + 1
            self.sent[value] = time.monotonic()
            try:
                port = connection.execute(
                    "INSERT INTO ledger (writer, number) VALUES (%s, %s)"
                    " RETURNING inet_server_port()", (self.number, value)).fetchone()[0]
            except psycopg.Error as error:
                # It may have been written or not; the number is never sent again.
                self.errors.append((time.monotonic(), error.sqlstate, str(error)))
                if connection.closed:
                    return
                continue
            self.acknowledged[value] = (time.monotonic(), port)


class Reader(threading.Thread):
    """Reads in a loop; a read may fail while a node goes down, but not for long."""

    def __init__(self, proxy):
        super().__init__(daemon=True)
        self.proxy = proxy
        self.done = 0
        self.errors = []
        self._ending = threading.Event()

    def run(self):
        while not self._ending.is_set():
            try:
                with self.proxy.connect() as connection:
                    while not self._ending.wait(0.005):
                        connection.execute("SELECT count(*) FROM ledger WHERE writer = 0")
                        self.done += 1
            except psycopg.Error as error:
                self.errors.append((time.monotonic(), error.sqlstate, str(error)))
                self._ending.wait(0.01)

    def end(self):
        self._ending.set()
        self.join(60)


class Witness(threading.Thread):
    """Asks a standby itself, without a pause, until it takes writes."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node = node
        self.acceptsAt = None
        self._connection = node.connect("postgres")

    def run(self):
        with self._connection as connection:
            while self.acceptsAt is None:
                asked = time.monotonic()
                if not connection.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
                    self.acceptsAt = asked


@contextlib.contextmanager
def under_load(cluster, proxy, writers=8, readers=2):
    """Writers and readers at work; the ledger is empty at first."""
    cluster.primary.query("DROP TABLE IF EXISTS ledger")
    cluster.primary.query("CREATE TABLE ledger (writer int, number int)")
    cluster.primary.query("GRANT ALL ON ledger TO PUBLIC")
    cluster.wait_for_replay()
    working = [LedgerWriter(proxy, number).start() for number in range(writers)]
    reading = [Reader(proxy) for _ in range(readers)]
    for reader in reading:
        reader.start()
    try:
        yield working, reading
    finally:
        for one in working:
            one.stop()
        for one in working:
            one.join()
        for one in reading:
            one.end()


# How the primary goes: killed, shut down in order, not at all, or hanging.
WAYS = ("immediate", "fast", "split", "freeze")


def promote_under_load(cluster, writers, way):
    """One promotion. Returns its figures, and leaves the cluster as it was with roles changed."""
    former, heir = cluster.primary, cluster.heir
    start = time.monotonic()
    wait_for(lambda: _acknowledged_since(writers, start) > 20, "writes before the promotion", 30)
    witness = Witness(heir)
    witness.start()
    if way in ("immediate", "fast"):
        former.stop(way)
    elif way == "freeze":
        former.freeze()
    heir.query("SELECT pg_promote(false)", "postgres")
    first = wait_for(
        lambda: _first_on(writers, heir.port, start), f"a write on {heir.name}", 30, 0.005)
    witness.join(30)
    if way == "freeze":
        former.thaw()
    elif way in ("immediate", "fast"):
        # It comes back as it was: a primary of the timeline before.
        former.start()
    back = time.monotonic()
    wait_for(
        lambda: _acknowledged_since(writers, back) > 50, "writes with the old primary back", 30)
    late = _written_after(former, writers, first)
    former.stop("fast")
    cluster.succeed(heir)
    cluster.rewind(former)
    cluster.arrange(former)
    return {
        "way": way, "from": former.name, "to": heir.name,
        "milliseconds": max(0.0, first - witness.acceptsAt) * 1000,
        "late": late,
    }


def _acknowledged_since(writers, instant):
    return sum(
        1 for writer in writers for at, _ in list(writer.acknowledged.values()) if at > instant)


def _first_on(writers, port, since):
    """When the first write was acknowledged by the node with this port."""
    instants = [
        at for writer in writers for at, where in list(writer.acknowledged.values())
        if where == port and at > since]
    return min(instants) if instants else None


def _written_after(node, writers, instant):
    """Rows on a node that were sent after an instant."""
    rows = node.query("SELECT writer, number FROM ledger")
    sent = [dict(writer.sent) for writer in writers]
    return sum(1 for writer, number in rows if sent[writer].get(number, 0) > instant)


def settle_ledger(cluster, writers):
    """How many acknowledged rows are missing, and how many rows are there twice."""
    rows = cluster.primary.query("SELECT writer, number, count(*) FROM ledger GROUP BY 1, 2")
    found = {(writer, number): count for writer, number, count in rows}
    acknowledged = [
        (writer.number, number) for writer in writers for number in writer.acknowledged]
    return {
        "acknowledged": len(acknowledged),
        "lost": sum(1 for key in acknowledged if key not in found),
        "doubled": sum(1 for count in found.values() if count > 1),
    }
