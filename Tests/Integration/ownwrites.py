"""Clients that write and read back what they wrote, over replicas that are made to lag."""

import contextlib
import random
import threading
import time

from waiting import wait_for


@contextlib.contextmanager
def apply_delay(cluster, text):
    """Replicas apply each commit so long after it was made."""
    try:
        for replica in cluster.replicas:
            set_delay(replica, text)
        yield
    finally:
        for replica in cluster.replicas:
            set_delay(replica, None)


def set_delay(replica, text):
    change = f"SET recovery_min_apply_delay = '{text}'" if text else "RESET recovery_min_apply_delay"
    replica.query(f"ALTER SYSTEM {change}", "postgres")
    replica.query("SELECT pg_reload_conf()", "postgres")
    wait_for(
        lambda: replica.value("SHOW recovery_min_apply_delay", "postgres") == (text or "0"),
        f"{replica.name} to have its delay")


@contextlib.contextmanager
def stumbling_replay(cluster):
    """Replay is paused and resumed on both replicas, again and again."""
    over = threading.Event()

    def stumble():
        while not over.is_set():
            for replica in cluster.replicas:
                replica.query("SELECT pg_wal_replay_pause()", "postgres")
            over.wait(random.uniform(0.02, 0.3))
            for replica in cluster.replicas:
                replica.query("SELECT pg_wal_replay_resume()", "postgres")
            over.wait(random.uniform(0.02, 0.3))

    thread = threading.Thread(target=stumble)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for replica in cluster.replicas:
            replica.query("SELECT pg_wal_replay_resume()", "postgres")


def make_ledger(cluster):
    """A table with a row for each client, a journal, and functions that write."""
    cluster.run(
        "CREATE TABLE ledger (id int PRIMARY KEY, n bigint NOT NULL)",
        "INSERT INTO ledger SELECT g, 0 FROM generate_series(1, 64) AS g",
        "CREATE TABLE journal (id int, n bigint)",
        """CREATE FUNCTION write_ledger(who int, what bigint) RETURNS bigint LANGUAGE sql AS
           'UPDATE ledger SET n = what WHERE id = who RETURNING n'""",
        """CREATE PROCEDURE commit_ledger(who int, what bigint) LANGUAGE plpgsql AS
           $$ BEGIN UPDATE ledger SET n = what WHERE id = who; COMMIT; PERFORM 1; END $$""",
        "ALTER TABLE ledger OWNER TO app", "ALTER TABLE journal OWNER TO app")


def write_simply(connection, who, what):
    connection.execute(f"UPDATE ledger SET n = {what} WHERE id = {who}".encode())


def write_prepared(connection, who, what):
    connection.execute(
        "UPDATE ledger SET n = %s WHERE id = %s", (what, who), prepare=True)


def write_pipelined(connection, who, what):
    with connection.pipeline():
        for step in (what - 1, what):
            connection.execute("UPDATE ledger SET n = %s WHERE id = %s", (step, who))


def write_in_function(connection, who, what):
    connection.execute("SELECT write_ledger(%s, %s)", (who, what))


def write_in_procedure(connection, who, what):
    connection.execute(f"CALL commit_ledger({who}, {what})".encode())


def write_in_block(connection, who, what):
    with connection.transaction():
        connection.execute("SELECT n FROM ledger WHERE id = %s", (who,))
        connection.execute("UPDATE ledger SET n = %s WHERE id = %s", (what, who))


def write_by_copy(connection, who, what):
    cursor = connection.cursor()
    with cursor.copy("COPY journal (id, n) FROM STDIN") as copy:
        copy.write_row((who, what))


def write_asynchronously(connection, who, what):
    connection.execute("SET synchronous_commit = off")
    write_simply(connection, who, what)


WRITERS = {
    "simple": write_simply, "prepared": write_prepared, "pipelined": write_pipelined,
    "function": write_in_function, "procedure": write_in_procedure, "block": write_in_block,
    "copy": write_by_copy, "asynchronous": write_asynchronously,
}


def read_simply(connection, who):
    return connection.execute(
        f"SELECT n, inet_server_port() FROM ledger WHERE id = {who}".encode()).fetchone()


def read_prepared(connection, who):
    return connection.execute(
        "SELECT n, inet_server_port() FROM ledger WHERE id = %s", (who,), prepare=True).fetchone()


def read_in_block(connection, who):
    connection.execute(b"BEGIN READ ONLY")
    try:
        return read_simply(connection, who)
    finally:
        connection.execute(b"COMMIT")


def read_copied(connection, who):
    return connection.execute(
        "SELECT max(n), inet_server_port() FROM journal WHERE id = %s", (who,)).fetchone()


READERS = {"simple": read_simply, "prepared": read_prepared, "block": read_in_block}


class Loops:
    """Clients that write, then read what they wrote for a while, and what they saw."""

    def __init__(self, proxy, cluster, writer, seconds_of_reading=0.0, **connection):
        self.proxy = proxy
        self.replica_ports = {replica.port for replica in cluster.replicas}
        self.writer = writer
        self.seconds_of_reading = seconds_of_reading
        self.connection = connection
        self.lock = threading.Lock()
        self.reads = self.on_replicas = self.stale = 0
        self.failures = []
        # Of each read, in seconds.
        self.times = []

    def joined(self, other):
        """The sum of both."""
        self.reads += other.reads
        self.on_replicas += other.on_replicas
        self.stale += other.stale
        self.times += other.times
        return self

    def run(self, loops, clients=4, first=1):
        threads = [
            threading.Thread(target=self._client, args=(first + number, loops))
            for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not self.failures, self.failures[0]
        return self

    def _client(self, who, loops):
        try:
            with self.proxy.connect(**self.connection) as connection:
                base = int(time.time() * 1000)
                for what in range(base, base + 2 * loops, 2):
                    WRITERS[self.writer](connection, who, what)
                    until = time.monotonic() + random.uniform(0, self.seconds_of_reading)
                    self._read(connection, who, what)
                    while time.monotonic() < until:
                        self._read(connection, who, what)
        except Exception as error:
            self.failures.append(repr(error))

    def _read(self, connection, who, what):
        reader = read_copied if self.writer == "copy" else random.choice(list(READERS.values()))
        begun = time.monotonic()
        seen, port = reader(connection, who)
        taken = time.monotonic() - begun
        with self.lock:
            self.times.append(taken)
            self.reads += 1
            self.on_replicas += port in self.replica_ports
            self.stale += seen is None or seen < what
