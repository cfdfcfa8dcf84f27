"""Reading one's own writes over replicas that lag, and how soon replicas are used again."""

import contextlib
import os
import random
import socket
import threading
import time

import psycopg
import pytest

from waiting import wait_for

DELAY = 0.2
CLIENTS = 4


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


@pytest.fixture
def delayed(healed):
    with apply_delay(healed, f"{int(DELAY * 1000)}ms"):
        yield healed


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


@pytest.fixture(scope="module")
def ledger(cluster):
    """A table with a row for each client, and functions that write to it."""
    cluster.run(
        "CREATE TABLE ledger (id int PRIMARY KEY, n bigint NOT NULL)",
        "INSERT INTO ledger SELECT g, 0 FROM generate_series(1, 64) AS g",
        "CREATE TABLE journal (id int, n bigint)",
        """CREATE FUNCTION write_ledger(who int, what bigint) RETURNS bigint LANGUAGE sql AS
           'UPDATE ledger SET n = what WHERE id = who RETURNING n'""",
        """CREATE PROCEDURE commit_ledger(who int, what bigint) LANGUAGE plpgsql AS
           $$ BEGIN UPDATE ledger SET n = what WHERE id = who; COMMIT; PERFORM 1; END $$""",
        "ALTER TABLE ledger OWNER TO app", "ALTER TABLE journal OWNER TO app")
    yield
    cluster.primary.query(
        "DROP TABLE ledger, journal; DROP FUNCTION write_ledger; DROP PROCEDURE commit_ledger")


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

    def run(self, loops, clients=CLIENTS, first=1):
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
                base = 1000 + (read_copied if self.writer == "copy" else read_simply)(
                    connection, who)[0] if self.writer != "copy" else int(time.time() * 1000)
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
        seen, port = reader(connection, who)
        with self.lock:
            self.reads += 1
            self.on_replicas += port in self.replica_ports
            self.stale += seen is None or seen < what


@pytest.mark.parametrize("writer", WRITERS)
def test_own_writes_are_always_seen(delayed, ledger, make_proxy, writer):
    proxy = make_proxy({"whenUnproven": {"waitMillis": 5000}})
    with stumbling_replay(delayed):
        loops = Loops(proxy, delayed, writer).run(8)
    assert loops.stale == 0
    # Nothing is shown by reads that never meet a replica.
    assert loops.on_replicas >= loops.reads // 2


def test_replicas_are_used_as_soon_as_they_are_proven(delayed, ledger, make_proxy):
    """Reads go on while the replicas catch up: the first on a replica must see the write, too."""
    proxy = make_proxy()
    loops = Loops(proxy, delayed, "simple", seconds_of_reading=4 * DELAY).run(8)
    assert loops.stale == 0
    assert loops.on_replicas > loops.reads // 10
    assert proxy.admin("SHOW STATS")[0]["unproven"] > 0


def test_without_it_reads_are_stale(delayed, ledger, make_proxy):
    """The same reads, so that the tests above can fail."""
    proxy = make_proxy({"consistency": "eventual"})
    loops = Loops(proxy, delayed, "simple").run(5)
    assert loops.stale > loops.reads // 2


def test_a_database_of_its_own_mind(delayed, ledger, make_proxy):
    proxy = make_proxy(
        {"consistency": "eventual",
         "databases": {"app": {"cluster": "main", "consistency": "session"}}})
    assert Loops(proxy, delayed, "simple").run(3).stale == 0


def test_writes_of_other_sessions(delayed, ledger, make_proxy):
    """With "database" the writes of all sessions count, over all workers."""
    def stale_reads(proxy):
        stale = 0
        with proxy.connect() as writer, proxy.connect() as reader, proxy.connect() as third:
            base = int(time.time() * 1000)
            for what in range(base, base + 10):
                write_simply(writer, 40, what)
                stale += sum(read_simply(client, 40)[0] < what for client in (reader, third))
        return stale

    assert stale_reads(make_proxy({"consistency": "database"})) == 0
    assert stale_reads(make_proxy({"consistency": "session"})) > 0


def test_settings_and_reads_in_blocks_are_no_writes(delayed, make_proxy):
    proxy = make_proxy()
    ports = {replica.port for replica in delayed.replicas}
    with proxy.connect() as connection:
        for statement in (b"SET work_mem = '5MB'", b"SHOW work_mem", b"RESET work_mem"):
            connection.execute(statement)
        with connection.transaction():
            connection.execute(b"SELECT 1")
        assert connection.execute(b"SELECT inet_server_port()").fetchone()[0] in ports
        with connection.transaction():
            connection.execute(b"CREATE TABLE never_made (i int)")
            raise psycopg.Rollback()
        # Nothing is left of it, but nobody has looked whether that is so.
        assert connection.execute(b"SELECT inet_server_port()").fetchone()[0] not in ports


def test_what_a_notification_tells_of_is_seen(delayed, ledger, make_proxy):
    proxy = make_proxy()
    with proxy.connect() as writer, proxy.connect() as listener:
        listener.execute(b"LISTEN ledger")
        base = int(time.time() * 1000)
        for what in range(base, base + 5):
            with writer.transaction():
                write_simply(writer, 41, what)
                writer.execute(f"NOTIFY ledger, '{what}'".encode())
            told = next(listener.notifies(timeout=10, stop_after=1))
            assert read_simply(listener, 41)[0] >= int(told.payload)


def port_of(connection):
    return connection.execute(b"SELECT inet_server_port()").fetchone()[0]


def test_bounded_staleness(healed, ledger, make_proxy):
    proxy = make_proxy({"consistency": "eventual", "maxStalenessMillis": 300})
    ports = {replica.port for replica in healed.replicas}
    with proxy.connect() as reader:
        # At rest nothing is stale, for as long as it lasts.
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            assert port_of(reader) in ports
            time.sleep(0.05)
        for replica in healed.replicas:
            replica.query("SELECT pg_wal_replay_pause()", "postgres")
        healed.primary.query("UPDATE ledger SET n = n WHERE id = 42")
        wait_for(lambda: port_of(reader) == healed.primary.port, "the replicas to be too old", 2)
        for _ in range(20):
            assert port_of(reader) == healed.primary.port
        for replica in healed.replicas:
            replica.query("SELECT pg_wal_replay_resume()", "postgres")
        wait_for(lambda: port_of(reader) in ports, "the replicas to be used again")


def test_after_a_switch_of_the_segment_replicas_are_proven(healed, make_proxy):
    """The insert position then lies behind the header of an empty page."""
    proxy = make_proxy({"whenUnproven": {"waitMillis": 5000}})
    ports = {replica.port for replica in healed.replicas}
    with proxy.connect() as client:
        for _ in range(5):
            client.execute(b"CREATE TABLE switched (i int)")
            client.execute(b"DROP TABLE switched")
            healed.primary.query("SELECT pg_switch_wal()", "postgres")
            begun = time.monotonic()
            assert port_of(client) in ports
            assert time.monotonic() - begun < 3


@pytest.fixture
def paused(healed):
    """Replicas that hold still; they are resumed at the end."""
    for replica in healed.replicas:
        replica.query("SELECT pg_wal_replay_pause()", "postgres")
    for replica in healed.replicas:
        wait_for(
            lambda: replica.value("SELECT pg_get_wal_replay_pause_state()", "postgres") == "paused",
            f"{replica.name} to stand still")
    return healed


def test_a_read_waits_and_then_goes_to_the_primary(paused, ledger, make_proxy):
    proxy = make_proxy({"whenUnproven": {"waitMillis": 400}})
    with proxy.connect() as client:
        write_simply(client, 43, 1)
        begun = time.monotonic()
        assert read_simply(client, 43) == (1, paused.primary.port)
        assert 0.35 < time.monotonic() - begun < 3
    stats = next(row for row in proxy.admin("SHOW STATS") if row["database"] == "app")
    assert stats["proof_waits"] >= 1 and stats["proof_wait_ms"] >= 350


def test_a_waiting_read_is_cancelled(paused, ledger, make_proxy):
    proxy = make_proxy({"whenUnproven": {"waitMillis": 60_000}})
    with proxy.connect() as client:
        write_simply(client, 43, 2)
        timer = threading.Timer(0.3, client.cancel_safe)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            read_simply(client, 43)
        timer.join()
        write_simply(client, 43, 3)


def test_a_client_leaves_while_it_waits(paused, ledger, make_proxy):
    proxy = make_proxy({"whenUnproven": {"waitMillis": 60_000}})
    client = proxy.connect()
    write_simply(client, 43, 4)
    client.pgconn.send_query(b"SELECT n FROM ledger WHERE id = 43")
    wait_for(
        lambda: [row["state"] for row in proxy.admin("SHOW CLIENTS")
                 if row["database"] == "app"] == ["waiting"], "the read to wait")
    # Without a goodbye: what precedes one is done first.
    with socket.socket(fileno=os.dup(client.pgconn.socket)) as line:
        line.shutdown(socket.SHUT_RDWR)
    wait_for(
        lambda: not [row for row in proxy.admin("SHOW CLIENTS") if row["database"] == "app"],
        "the client to be gone")


def test_waiting_reads_end_with_the_proof_and_hold_no_server(paused, ledger, make_proxy):
    proxy = make_proxy({"whenUnproven": {"waitMillis": 60_000}, "pooling": {"size": 2}})
    ports = {replica.port for replica in paused.replicas}
    answers = []

    def client(who):
        with proxy.connect() as connection:
            write_simply(connection, who, 77)
            answers.append(read_simply(connection, who))

    threads = [threading.Thread(target=client, args=(who,)) for who in range(50, 58)]
    for thread in threads:
        thread.start()
    wait_for(
        lambda: sum(row["state"] == "waiting" for row in proxy.admin("SHOW CLIENTS")) == 8,
        "all reads to wait")
    assert sum(row["in_use"] for row in proxy.admin("SHOW POOLS")) == 0
    for replica in paused.replicas:
        replica.query("SELECT pg_wal_replay_resume()", "postgres")
    for thread in threads:
        thread.join(20)
    assert len(answers) == 8
    assert all(n == 77 and port in ports for n, port in answers)


def test_where_the_primary_takes_no_reads_they_wait_and_are_refused(paused, ledger, make_proxy):
    proxy = make_proxy(
        {"clusters": {"main": {"fallbackToPrimary": False}},
         "whenUnproven": {"waitMillis": 400}})
    with proxy.connect() as client:
        write_simply(client, 43, 5)
        with pytest.raises(psycopg.OperationalError) as refusal:
            read_simply(client, 43)
        assert "is not proven to hold what was acknowledged" in str(refusal.value)
        for replica in paused.replicas:
            replica.query("SELECT pg_wal_replay_resume()", "postgres")
        wait_for(lambda: read_simply(client, 43)[0] == 5, "a replica to be proven")


def test_session_pooling(delayed, ledger, make_proxy):
    proxy = make_proxy({"pooling": {"mode": "session"}})
    loops = Loops(proxy, delayed, "simple", seconds_of_reading=2 * DELAY).run(5)
    assert loops.stale == 0
    assert loops.on_replicas > 0


def test_a_replica_that_has_crashed_proves_anew(healed, ledger, make_proxy):
    proxy = make_proxy()
    replica = healed.replicas[0]
    over = threading.Event()
    loops = Loops(proxy, healed, "simple", seconds_of_reading=0.05)

    def crash():
        for _ in range(3):
            time.sleep(0.5)
            replica.crash()
            replica.start()
        over.set()

    thread = threading.Thread(target=crash)
    thread.start()
    while not over.is_set():
        # A read that was running there is told of the crash.
        loops.failures = []
        try:
            loops.run(5)
        except AssertionError as error:
            assert "connection" in str(error) or "terminat" in str(error), error
    thread.join()
    assert loops.stale == 0


def test_the_age_of_proofs_is_shown(healed, make_proxy):
    proxy = make_proxy()
    wait_for(
        lambda: all(
            (row["proven_age_ms"] is not None) == (row["role"] == "replica")
            for row in proxy.admin("SHOW NODES")), "the replicas to be proven")
    assert all(
        row["proven_age_ms"] < 2000 for row in proxy.admin("SHOW NODES")
        if row["role"] == "replica")
