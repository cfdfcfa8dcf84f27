"""Transaction blocks that read on a replica until they write: `transactionReads`."""

import random

import psycopg
import pytest

from waiting import wait_for
from wire import Wire, bind, describe, execute, flush, parse, query, sync

PORT = "SELECT inet_server_port()"
# What the session has written itself has no say here in where it reads next.
EVENTUAL = {"consistency": "eventual"}
ROAMING = {"transactionReads": "replicaUntilWrite", **EVENTUAL}


@pytest.fixture(scope="module")
def roaming(make_lasting_proxy):
    return make_lasting_proxy(ROAMING)


@pytest.fixture(scope="module")
def proxy(make_lasting_proxy):
    return make_lasting_proxy(EVENTUAL)


def port(connection, suffix=""):
    return connection.execute(f"{PORT} {suffix}").fetchone()[0]


def replicas(cluster):
    return {node.port for node in cluster.replicas}


def test_reads_on_a_replica_until_it_writes(cluster, roaming, table):
    with roaming.connect() as connection:
        connection.execute("BEGIN")
        first = port(connection)
        assert first in replicas(cluster)
        assert port(connection) == first
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert connection.info.transaction_status.name == "INTRANS"
        connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        assert port(connection) == cluster.primary.port
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)
        connection.execute("COMMIT")
        assert connection.info.transaction_status.name == "IDLE"
    assert cluster.primary.query(f"SELECT * FROM {table}") == [(1, "a")]


@pytest.mark.parametrize("end, tag", [("COMMIT", "COMMIT"), ("ROLLBACK", "ROLLBACK")])
def test_a_block_that_only_reads_ends_there(cluster, roaming, end, tag):
    with roaming.connect() as connection:
        for _ in range(3):
            connection.execute("BEGIN")
            assert port(connection) in replicas(cluster)
            cursor = connection.execute(end)
            assert cursor.statusmessage == tag
            assert connection.info.transaction_status.name == "IDLE"


@pytest.mark.parametrize("begin", [
    "BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN ISOLATION LEVEL SERIALIZABLE",
    "BEGIN READ WRITE", "START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE",
    "BEGIN ISOLATION LEVEL READ COMMITTED, DEFERRABLE"])
def test_other_blocks_stay_on_the_primary(cluster, roaming, begin):
    with roaming.connect() as connection:
        connection.execute(begin)
        assert port(connection) == cluster.primary.port
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("begin", [
    "BEGIN ISOLATION LEVEL READ COMMITTED", "START TRANSACTION",
    "BEGIN ISOLATION LEVEL READ UNCOMMITTED"])
def test_read_committed_blocks_read_on_a_replica(cluster, roaming, begin):
    with roaming.connect() as connection:
        connection.execute(begin)
        assert port(connection) in replicas(cluster)
        assert port(connection, "FOR UPDATE") == cluster.primary.port
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("statement", [
    "SAVEPOINT a", "DECLARE c CURSOR FOR SELECT 1", "SET LOCAL work_mem = '8MB'",
    "SHOW work_mem", "LOCK TABLE pg_class IN ACCESS SHARE MODE", "SELECT now()",
    "SELECT current_date", "SELECT 'today'::date", "SELECT age(timestamp '2020-01-01')",
    "SELECT pg_current_xact_id()", "SELECT 1 FOR UPDATE", "PREPARE p AS SELECT 1",
    "NOTIFY x", "SELECT pg_advisory_xact_lock(1)", "CREATE TEMP TABLE tt (a int)",
    "SELECT nextval('roaming_sequence')"])
def test_what_moves_a_block(cluster, roaming, statement):
    cluster.run("CREATE SEQUENCE IF NOT EXISTS roaming_sequence",
                "ALTER SEQUENCE roaming_sequence OWNER TO app")
    with roaming.connect() as connection:
        connection.execute("BEGIN")
        assert port(connection) in replicas(cluster)
        connection.execute(statement)
        assert port(connection) == cluster.primary.port
        connection.execute("ROLLBACK")
        connection.execute("DISCARD ALL")
        # As the first statement it chooses the primary at once.
        connection.execute("BEGIN")
        connection.execute(statement)
        assert port(connection) == cluster.primary.port
        connection.execute("ROLLBACK")


def test_an_error_fails_the_block_where_it_is(cluster, roaming, table):
    with roaming.connect() as connection:
        connection.execute("BEGIN")
        assert port(connection) in replicas(cluster)
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1 / 0")
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        assert connection.info.transaction_status.name == "INERROR"
        assert connection.execute("COMMIT").statusmessage == "ROLLBACK"
        connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")


def test_prepared_statements_move_along(cluster, roaming, table):
    with roaming.connect(prepare_threshold=0) as connection:
        counting = f"SELECT inet_server_port(), count(*) FROM {table} WHERE id > %s"
        for number in range(4):
            with connection.transaction():
                assert connection.execute(counting, (0,)).fetchone()[0] in replicas(cluster)
                connection.execute(f"INSERT INTO {table} VALUES (%s, %s)", (number, "a"))
                assert connection.execute(counting, (-1,)).fetchone() == (
                    cluster.primary.port, number + 1)


def test_a_pipeline_moves_as_a_whole(cluster, roaming, table):
    with Wire(roaming.port) as wire:
        wire.login()
        wire.run("BEGIN")
        assert int(wire.value(PORT)) in replicas(cluster)
        wire.send(
            parse("", PORT), bind(), execute(),
            parse("", f"INSERT INTO {table} VALUES (1, 'a')"), bind(), execute(),
            parse("", PORT), bind(), execute(), sync())
        rows = [int(m.row[0]) for m in wire.read_until() if m.type == "D"]
        assert rows == [cluster.primary.port] * 2
        wire.run("COMMIT")


def test_many_queries_without_waiting(cluster, roaming, table):
    """Simple queries in one write, the whole block and the next one."""
    with Wire(roaming.port) as wire:
        wire.login()
        wire.send(
            query("BEGIN"), query(PORT), query(PORT),
            query(f"INSERT INTO {table} VALUES (1, 'a')"), query(PORT), query("COMMIT"),
            query("BEGIN"), query(PORT), query("COMMIT"), query("SELECT 7"))
        reply = wire.read_until(times=10)
        rows = [int(m.row[0]) for m in reply if m.type == "D"]
        assert rows[0] in replicas(cluster) and rows[1] == rows[0]
        assert rows[2] == cluster.primary.port
        assert rows[4] == 7
        assert not [m for m in reply if m.type == "E"]
        assert [m.status for m in reply if m.type == "Z"] == list("TTTTTITTII")


def test_a_block_begun_in_the_extended_protocol(cluster, roaming, table):
    """As the JDBC driver does: BEGIN ahead of the first statement, in one segment."""
    with Wire(roaming.port) as wire:
        wire.login()
        for _ in range(2):
            wire.send(
                parse("", "BEGIN"), bind(), execute(),
                parse("", PORT), bind(), describe("P"), execute(), sync())
            reply = wire.read_until()
            assert int(next(m for m in reply if m.type == "D").row[0]) in replicas(cluster)
            assert reply[-1].status == "T"
            wire.send(
                parse("", f"INSERT INTO {table} VALUES (default, 'a')".replace(
                    "default", str(random.randrange(10**9)))), bind(), execute(), sync())
            assert wire.read_until()[-1].status == "T"
            assert int(wire.value(PORT)) == cluster.primary.port
            wire.send(parse("", "COMMIT"), bind(), execute(), sync())
            reply = wire.read_until()
            assert next(m for m in reply if m.type == "C").tag == "COMMIT"
            assert reply[-1].status == "I"


def test_flushed_segments(cluster, roaming, table):
    """As asyncpg does: Parse, Describe and Flush, then Bind, Execute and Sync."""
    with Wire(roaming.port) as wire:
        wire.login()
        wire.run("BEGIN")
        wire.send(parse("a", PORT), describe("S", "a"), flush())
        wire.read_until("T")
        wire.send(bind("", "a"), execute(), sync())
        assert int(next(m for m in wire.read_until() if m.type == "D").row[0]) in replicas(cluster)
        wire.send(parse("b", f"INSERT INTO {table} VALUES (1, 'a')"), describe("S", "b"), flush())
        wire.read_until("n")
        wire.send(bind("", "b"), execute(), sync())
        wire.read_until()
        wire.send(bind("", "a"), execute(), sync())
        assert int(
            next(m for m in wire.read_until() if m.type == "D").row[0]) == cluster.primary.port
        wire.run("COMMIT")


def test_a_named_portal_belongs_to_the_primary(cluster, roaming):
    with Wire(roaming.port) as wire:
        wire.login()
        wire.run("BEGIN")
        assert int(wire.value(PORT)) in replicas(cluster)
        wire.send(
            parse("", "SELECT inet_server_port() FROM generate_series(1, 5)"),
            bind("c", ""), execute("c", 2), sync())
        assert int(
            next(m for m in wire.read_until() if m.type == "D").row[0]) == cluster.primary.port
        wire.send(execute("c", 2), sync())
        assert len([m for m in wire.read_until() if m.type == "D"]) == 2
        wire.run("ROLLBACK")


def test_isolation_of_the_session(cluster, roaming):
    with roaming.connect() as connection:
        connection.execute("SET default_transaction_isolation = 'repeatable read'")
        connection.execute("BEGIN")
        assert port(connection) == cluster.primary.port
        connection.execute("COMMIT")
        connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED")
        connection.execute("BEGIN")
        assert port(connection) in replicas(cluster)
        connection.execute("COMMIT")


def test_isolation_of_the_role_is_found_out(cluster, make_proxy, table):
    cluster.run("ALTER ROLE other SET default_transaction_isolation = 'repeatable read'",
                f"GRANT ALL ON {table} TO other")
    proxy = make_proxy(ROAMING)
    try:
        with proxy.connect(user="other") as connection:
            for number in range(3):
                connection.execute("BEGIN")
                assert connection.execute(
                    "/* switchyard: auto */ SELECT inet_server_port()"
                ).fetchone()[0] == cluster.primary.port
                connection.execute(f"INSERT INTO {table} VALUES ({number}, 'a')")
                connection.execute("COMMIT")
        with proxy.connect() as connection:
            connection.execute("BEGIN")
            assert port(connection) in replicas(cluster)
            connection.execute("COMMIT")
    finally:
        cluster.run("ALTER ROLE other RESET default_transaction_isolation")


def test_asked_for_by_the_client(cluster, proxy, table):
    """Without the configuration: SET LOCAL, the session's setting, a comment ahead of BEGIN."""
    with proxy.connect() as connection:
        connection.execute("BEGIN")
        assert port(connection) == cluster.primary.port
        connection.execute("COMMIT")
        connection.execute("BEGIN")
        connection.execute("SET LOCAL switchyard.route = 'replica'")
        assert port(connection) in replicas(cluster)
        assert connection.execute("SHOW switchyard.route").fetchone() == ("replica",)
        connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        assert port(connection) == cluster.primary.port
        assert connection.execute("SHOW switchyard.route").fetchone() == ("replica",)
        connection.execute("COMMIT")
        assert connection.execute("SHOW switchyard.route").fetchone() == ("auto",)
        connection.execute("/* switchyard: replica */ BEGIN")
        assert port(connection) in replicas(cluster)
        connection.execute("COMMIT")
        connection.execute("SET switchyard.route = 'replica'")
        connection.execute("BEGIN")
        assert port(connection) in replicas(cluster)
        connection.execute("COMMIT")


def test_a_route_set_in_the_block_counts_after_it(cluster, roaming, table):
    with roaming.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("SET switchyard.route = 'replica'")
        assert port(connection) in replicas(cluster)
        connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        connection.execute("COMMIT")
        assert connection.execute("SHOW switchyard.route").fetchone() == ("replica",)
        connection.execute("BEGIN")
        connection.execute("SET switchyard.route = 'primary'")
        assert port(connection) == cluster.primary.port
        connection.execute("ROLLBACK")
        assert connection.execute("SHOW switchyard.route").fetchone() == ("replica",)


def test_what_a_replica_refuses_runs_on_the_primary(cluster, roaming):
    """A view that hides a write: the block moves, and the client sees nothing of it."""
    cluster.run(
        "CREATE SEQUENCE IF NOT EXISTS hidden_sequence",
        "ALTER SEQUENCE hidden_sequence OWNER TO app",
        "CREATE OR REPLACE FUNCTION hidden_write() RETURNS bigint LANGUAGE sql VOLATILE "
        "AS $$SELECT nextval('hidden_sequence')$$",
        "CREATE OR REPLACE VIEW hidden AS SELECT hidden_write() AS value",
        "ALTER VIEW hidden OWNER TO app")
    with roaming.connect() as connection:
        for _ in range(2):
            connection.execute("BEGIN")
            assert port(connection) in replicas(cluster)
            assert connection.execute("SELECT value FROM hidden").fetchone()[0] > 0
            assert port(connection) == cluster.primary.port
            connection.execute("COMMIT")


def test_the_replica_goes_away_between_two_reads(healed, make_proxy, table):
    cluster = healed
    proxy = make_proxy(ROAMING)
    with proxy.connect() as connection:
        connection.execute("BEGIN")
        first = port(connection)
        victim = next(node for node in cluster.replicas if node.port == first)
        victim.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = 'app' AND state = 'idle in transaction'", "postgres")
        connection.execute("SELECT 1")
        connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        connection.execute("COMMIT")
        connection.execute("BEGIN")
        first = port(connection)
        victim = next(node for node in cluster.replicas if node.port == first)
        victim.crash()
        assert port(connection) != first
        connection.execute(f"INSERT INTO {table} VALUES (2, 'a')")
        connection.execute("COMMIT")
    assert cluster.primary.value(f"SELECT count(*) FROM {table}") == 2


def test_without_a_replica(cluster, make_proxy, table):
    """The primary is where such blocks belong: `fallbackToPrimary` has no say."""
    def alone(configuration):
        for node in configuration["clusters"]["main"]["nodes"]:
            if node["role"] == "replica":
                node["weight"] = 0
        configuration["clusters"]["main"]["fallbackToPrimary"] = False
    proxy = make_proxy(ROAMING, wait=False, edit=alone)
    with proxy.connect() as connection:
        connection.execute("BEGIN")
        assert port(connection) == cluster.primary.port
        connection.execute("COMMIT")
        with Wire(proxy.port) as wire:
            wire.login()
            wire.send(parse("", "BEGIN"), bind(), execute(),
                      parse("", PORT), bind(), execute(), sync())
            reply = wire.read_until()
            assert int(next(m for m in reply if m.type == "D").row[0]) == cluster.primary.port
            wire.run("COMMIT")


def test_session_mode(cluster, make_proxy, table):
    proxy = make_proxy({
        **ROAMING, "pooling": {"mode": "session"}})
    with proxy.connect() as connection:
        for number in range(3):
            connection.execute("BEGIN")
            assert port(connection) in replicas(cluster)
            connection.execute(f"INSERT INTO {table} VALUES ({number}, 'a')")
            assert port(connection) == cluster.primary.port
            connection.execute("COMMIT")
            connection.execute("BEGIN")
            assert port(connection) in replicas(cluster)
            connection.execute("COMMIT")


def test_a_client_that_leaves_in_the_middle(cluster, make_proxy):
    proxy = make_proxy({
        **ROAMING, "pooling": {"size": 1}, "workers": 1})
    for _ in range(4):
        with Wire(proxy.port) as wire:
            wire.login()
            wire.run("BEGIN")
            wire.value(PORT)
    with proxy.connect() as connection:
        assert {port(connection) for _ in range(4)} == replicas(cluster)


def test_nobody_waits_for_a_parked_connection_for_ever(cluster, make_proxy, table):
    """Two clients move at once while each pool has one connection."""
    proxy = make_proxy({
        **ROAMING, "pooling": {"size": 1}, "workers": 1})
    with proxy.connect() as one, proxy.connect() as two:
        for connection in (one, two):
            connection.execute("BEGIN")
            assert port(connection) in replicas(cluster)
        one.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        one.execute("COMMIT")
        two.execute(f"INSERT INTO {table} VALUES (2, 'a')")
        two.execute("COMMIT")


READ_ONLY = [
    "BEGIN READ ONLY", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "START TRANSACTION READ ONLY, ISOLATION LEVEL READ COMMITTED"]


@pytest.mark.parametrize("begin", READ_ONLY)
def test_read_only_blocks_keep_one_replica_and_one_snapshot(cluster, proxy, table, begin):
    cluster.run(f"INSERT INTO {table} VALUES (1, 'a')")
    with proxy.connect() as connection:
        connection.execute(begin)
        pid = "SELECT inet_server_port(), count(*) FROM " + table
        first = connection.execute(pid).fetchone()
        assert first[0] in replicas(cluster) and first[1] == 1
        cluster.run(f"INSERT INTO {table} VALUES (2, 'b')")
        count = 1 if "REPEATABLE" in begin else 2
        for _ in range(3):
            assert connection.execute(pid).fetchone() == (first[0], count)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute(f"INSERT INTO {table} VALUES (3, 'c')")
        connection.execute("ROLLBACK")


def test_set_transaction_after_begin(cluster, roaming, table):
    with roaming.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("SET TRANSACTION READ ONLY")
        assert port(connection) in replicas(cluster)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        connection.execute("ROLLBACK")
        connection.execute("BEGIN READ ONLY")
        connection.execute("SET TRANSACTION READ WRITE")
        assert port(connection) == cluster.primary.port
        connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        connection.execute("COMMIT")
        connection.execute("BEGIN")
        connection.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        assert port(connection) == cluster.primary.port
        connection.execute("COMMIT")


@pytest.mark.parametrize("set_it", [
    "SET default_transaction_read_only = on",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"])
def test_read_only_by_default(cluster, roaming, table, set_it):
    with roaming.connect() as connection:
        connection.execute(set_it)
        connection.execute("BEGIN")
        assert port(connection) in replicas(cluster)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        connection.execute("ROLLBACK")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        connection.execute("BEGIN READ WRITE")
        connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        connection.execute("COMMIT")
