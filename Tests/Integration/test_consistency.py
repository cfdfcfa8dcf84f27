"""Reading one's own writes over replicas that lag, and how soon replicas are used again."""

import os
import socket
import threading
import time

import psycopg
import pytest

from ownwrites import (
    WRITERS, Loops, apply_delay, make_ledger, read_prepared, read_simply, stumbling_replay,
    write_prepared, write_simply)
from waiting import wait_for

DELAY = 0.2


@pytest.fixture
def delayed(healed):
    with apply_delay(healed, f"{int(DELAY * 1000)}ms"):
        yield healed


@pytest.fixture(scope="module")
def ledger(cluster):
    make_ledger(cluster)
    yield
    cluster.primary.query(
        "DROP TABLE ledger, journal; DROP FUNCTION write_ledger; DROP PROCEDURE commit_ledger")


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
    proxy = make_proxy({"whenUnproven": "primary"})
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
    proxy = make_proxy({"whenUnproven": "primary"})
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
    proxy = make_proxy(
        {"consistency": "eventual", "maxStalenessMillis": 300, "whenUnproven": "primary"})
    ports = {replica.port for replica in healed.replicas}
    with proxy.connect() as reader:
        # At rest nothing is stale, for as long as it lasts.
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            assert port_of(reader) in ports
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
    # Who waits for a server connection is waiting, too, while others write.
    wait_for(
        lambda: sum(row["state"] == "waiting" for row in proxy.admin("SHOW CLIENTS")) == 8
        and sum(row["in_use"] + row["waiting"] for row in proxy.admin("SHOW POOLS")) == 0,
        "all reads to wait, and none for a server connection")
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
            before = loops.reads
            wait_for(lambda: loops.reads > before + 20, "reads to be under way")
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


# ---------------------------------------------------------------- tokens


def test_a_token_carries_over_to_another_session_and_proxy(delayed, ledger, make_proxy):
    """The reader has no consistency of its own, and is served by another process."""
    writing = make_proxy()
    reading = make_proxy({"consistency": "eventual", "whenUnproven": {"waitMillis": 5000}})
    ports = {replica.port for replica in delayed.replicas}
    base = int(time.time() * 1000)
    with writing.connect() as writer, reading.connect() as reader, reading.connect() as other:
        for what in range(base, base + 3):
            write_simply(writer, 44, what)
            token = writer.execute(b"SHOW switchyard.last_write").fetchone()[0]
            assert token.startswith("1/")
            assert read_simply(other, 44)[0] < what
            reader.execute(f"SET switchyard.read_after = '{token}'".encode())
            seen, port = read_simply(reader, 44)
            assert seen == what and port in ports
        reader.execute(b"RESET switchyard.read_after")
        write_simply(writer, 44, what + 1)
        assert read_simply(reader, 44)[0] == what


def test_a_token_without_a_proof_leads_to_the_primary(delayed, ledger, make_proxy):
    proxy = make_proxy({"whenUnproven": "primary"})
    base = int(time.time() * 1000)
    with proxy.connect() as writer, proxy.connect() as reader:
        write_prepared(writer, 44, base)
        token = writer.execute("SHOW switchyard.last_write", prepare=True).fetchone()[0]
        # As a constant: what a parameter sets is not known, and pins.
        reader.execute(f"SELECT set_config('switchyard.read_after', '{token}', false)".encode())
        assert read_prepared(reader, 44) == (base, delayed.primary.port)
        wait_for(
            lambda: read_prepared(reader, 44)[1] != delayed.primary.port,
            "a replica to have replayed that far", 5)


@pytest.mark.parametrize("token", ["0/3000148", "yesterday", "1/0/0/0", "0/0/1"])
def test_what_is_no_token_is_refused(proxy, token):
    with proxy.connect() as client:
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            client.execute(f"SET switchyard.read_after = '{token}'".encode())


def test_a_token_of_another_timeline_leads_to_the_primary(healed, proxy):
    """Nobody knows where such a timeline would have begun."""
    with proxy.connect() as client:
        client.execute(b"SET switchyard.read_after = '7/0/1'")
        for _ in range(5):
            assert port_of(client) == healed.primary.port
