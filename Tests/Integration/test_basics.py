"""Simple queries: where they run, and that the answer is PostgreSQL's own."""

import subprocess

import psycopg
import pytest

from transparency import Step, assert_same, play
from wire import PROTOCOL_3_0, Wire, query, startup, terminate, types_of


def port_of(connection, suffix=""):
    return connection.execute(f"SELECT inet_server_port() {suffix}").fetchone()[0]


def test_insert_lands_on_the_primary(cluster, proxy, table):
    with proxy.connect() as connection:
        port = connection.execute(
            f"INSERT INTO {table} VALUES (1, 'a') RETURNING inet_server_port()").fetchone()[0]
    assert port == cluster.primary.port
    assert cluster.primary.query(f"SELECT * FROM {table}") == [(1, "a")]


def test_reads_take_both_replicas_in_turn(cluster, proxy):
    with proxy.connect() as connection:
        ports = [port_of(connection) for _ in range(10)]
    assert set(ports) == {node.port for node in cluster.replicas}
    assert all(a != b for a, b in zip(ports, ports[1:])), f"not in turn: {ports}"


def test_a_read_with_a_row_lock_runs_on_the_primary(cluster, proxy, table):
    with proxy.connect() as connection:
        connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        port = connection.execute(
            f"SELECT inet_server_port() FROM {table} FOR UPDATE").fetchone()[0]
    assert port == cluster.primary.port


def test_an_unknown_function_runs_on_the_primary(cluster, proxy):
    cluster.run(
        "CREATE OR REPLACE FUNCTION app_port() RETURNS int LANGUAGE sql "
        "AS 'SELECT inet_server_port()'")
    with proxy.connect() as connection:
        assert connection.execute("SELECT app_port()").fetchone()[0] == cluster.primary.port


def test_psql_runs(cluster, proxy, table):
    script = f"""
        \\set ON_ERROR_STOP on
        INSERT INTO {table} SELECT n, 'row ' || n FROM generate_series(1, 3) n;
        BEGIN; UPDATE {table} SET text = 'changed' WHERE id = 2; COMMIT;
        BEGIN; SELECT text FROM {table} WHERE id = 2; COMMIT;
        \\d {table}
        \\copy {table} TO STDOUT
    """
    done = subprocess.run(
        ["psql", "-X", "-q", proxy.url()], input=script, capture_output=True, text=True,
        timeout=60)
    assert done.returncode == 0, done.stderr
    assert "changed" in done.stdout
    assert "3\trow 3" in done.stdout
    assert done.stderr == ""


def test_a_string_of_statements_runs_on_one_node(cluster, proxy, table):
    messages = play(proxy.port, [query(
        f"INSERT INTO {table} VALUES (1, 'a'); SELECT inet_server_port(); "
        f"SELECT text FROM {table} FOR UPDATE")])
    assert types_of(messages) == "CTDCTDCZ"
    rows = [m.row[0] for m in messages if m.type == "D"]
    assert rows == [str(cluster.primary.port).encode(), b"a"]


SCRIPTS = {
    "rows of many types": [query(
        "SELECT 1, 'two'::text, NULL::int, 3.5::float8, '{1,2}'::int[], '\\x00ff'::bytea, true")],
    "several statements": [query("SELECT 1; SELECT 'b' AS b, 2; VALUES (1), (2), (3)")],
    "no rows": [query("SELECT 1 WHERE false")],
    "no columns": [query("SELECT")],
    "empty query": [query("")],
    "only a comment": [query("-- nothing\n")],
    "only semicolons": [query(" ; ;; ")],
    "empty statement among others": [query("SELECT 1;;SELECT 2;")],
    "syntax error": [query("SELEC 1"), query("SELECT 1")],
    "syntax error with position": [query("SELECT 1 FROM\n  nowhere WHERE x = )")],
    "unterminated quote": [query("SELECT 'abc"), query("SELECT 1")],
    "unterminated comment": [query("SELECT 1 /* abc")],
    "unknown table": [query("SELECT * FROM nowhere_at_all")],
    "unknown column with hint": [query("SELECT relnam FROM pg_class")],
    "unknown function": [query("SELECT no_such_function(1)")],
    "division by zero after rows": [query("SELECT 1/(3-n) FROM generate_series(1, 5) n")],
    "error among several statements": [query("SELECT 1; SELECT 1/0; SELECT 2")],
    "invalid bytes": [query(b"SELECT '\xff\xfe'"), query("SELECT 1")],
    "umlauts": [query("SELECT 'Grüße aus Köln — ☃', U&'\\0041', E'\\u00e4'")],
    "dollar quotes": [query("SELECT $a$it's; SELECT$a$, $$x$$")],
    "show": [query("SHOW server_version"), query("SHOW no_such_setting")],
    "explain": [query("EXPLAIN (COSTS OFF) SELECT * FROM pg_class WHERE oid = 1")],
    "notice": [query("DO $$ BEGIN RAISE NOTICE 'hello %', 1; RAISE WARNING 'w'; END $$")],
    "error with detail and hint": [query(
        "DO $$ BEGIN RAISE EXCEPTION 'm' USING DETAIL = 'd', HINT = 'h', ERRCODE = 'P0123', "
        "COLUMN = 'c', CONSTRAINT = 'k', DATATYPE = 't', TABLE = 'tt', SCHEMA = 's'; END $$")],
    "commit and nothing": [query("BEGIN"), query("COMMIT")],
    "rollback and nothing": [query("BEGIN"), query("ROLLBACK")],
    "begin twice": [query("BEGIN"), query("BEGIN"), query("COMMIT")],
    "commit outside": [query("COMMIT"), query("ROLLBACK"), query("ABORT"), query("END")],
    "start transaction": [query("START TRANSACTION"), query("SELECT 1"), query("END")],
    "begin with a mistake": [query("BEGIN NONSENSE"), query("SELECT 1")],
    "begin in one string": [query("BEGIN; SELECT 1"), query("SELECT 2"), query("COMMIT")],
    "failed transaction": [
        query("BEGIN"), query("SELECT 1/0"), query("SELECT 1"), query("COMMIT"),
        query("SELECT 1")],
    "failed first statement": [query("BEGIN"), query("SELEC"), query("ROLLBACK")],
    "savepoints": [
        query("BEGIN"), query("SAVEPOINT a"), query("SELECT 1/0"), query("ROLLBACK TO a"),
        query("SELECT 2"), query("RELEASE a"), query("RELEASE a"), query("ROLLBACK")],
    "savepoint outside": [query("SAVEPOINT a"), query("ROLLBACK TO a")],
    "chain": [query("BEGIN"), query("SELECT 1"), query("COMMIT AND CHAIN"), query("SELECT 2"),
              query("ROLLBACK AND CHAIN"), query("ROLLBACK")],
    "transaction options": [
        query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ WRITE, NOT DEFERRABLE"),
        query("SHOW transaction_isolation"), query("SHOW transaction_read_only"),
        query("COMMIT")],
    "serializable": [
        query("BEGIN ISOLATION LEVEL SERIALIZABLE"), query("SHOW transaction_isolation"),
        query("COMMIT")],
    "set transaction isolation first": [
        query("BEGIN"), query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
        query("SHOW transaction_isolation"), query("COMMIT")],
    "parameter status in reply": [
        query("SET application_name = 'x y'"), query("SET TimeZone = 'Asia/Tokyo'"),
        query("SET DateStyle = 'German'"), query("SELECT date '2024-02-03'"),
        query("RESET ALL")],
    "parameter status in a transaction": [
        query("BEGIN"), query("SET LOCAL TimeZone = 'Asia/Tokyo'"), query("ROLLBACK")],
    "statements sent at once": [Step(
        query("SELECT 1") + query("SELECT 2") + query("SELECT x") + query("SELECT 3"), "Z", 4)],
    "transaction sent at once": [Step(
        query("BEGIN") + query("SELECT 1") + query("COMMIT") + query("SELECT 2"), "Z", 4)],
    "begin sent at once with an error": [Step(
        query("BEGIN") + query("SELECT 1/0") + query("SELECT 1") + query("ROLLBACK"), "Z", 4)],
    "prepare and execute": [
        query("PREPARE p (int) AS SELECT $1 + 1"), query("EXECUTE p (41)"),
        query("DEALLOCATE p"), query("EXECUTE p (1)")],
    "cursor": [
        query("BEGIN"), query("DECLARE c CURSOR FOR SELECT n FROM generate_series(1, 5) n"),
        query("FETCH 2 FROM c"), query("MOVE 1 IN c"), query("FETCH ALL FROM c"),
        query("CLOSE c"), query("COMMIT")],
    "read only refuses a write": [
        query("BEGIN READ ONLY"), query("CREATE TABLE nope (i int)"), query("ROLLBACK")],
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_same_bytes_as_postgresql(cluster, proxy, name):
    messages = assert_same(cluster, proxy, SCRIPTS[name])
    assert messages[-1].type == "Z"


def test_writes_answer_with_the_same_bytes(cluster, proxy, table):
    assert_same(
        cluster, proxy,
        [query(f"INSERT INTO {table} VALUES (1, 'a'), (2, 'b')"),
         query(f"INSERT INTO {table} VALUES (1, 'a')"),
         query(f"UPDATE {table} SET text = upper(text) RETURNING *"),
         query(f"WITH gone AS (DELETE FROM {table} RETURNING id) SELECT count(*) FROM gone"),
         query(f"INSERT INTO {table} VALUES ('x', 'a')"),
         query(f"TRUNCATE {table}")],
        prepare=[f"TRUNCATE {table}"])


def test_an_explicit_transaction_runs_on_the_primary(cluster, proxy):
    with Wire(proxy.port) as wire:
        wire.login()
        wire.run("BEGIN")
        ports = {wire.value("SELECT inet_server_port()") for _ in range(3)}
        assert wire.run("COMMIT")[-1].status == "I"
    assert ports == {str(cluster.primary.port)}


@pytest.mark.parametrize("begin", [
    ["BEGIN READ ONLY"],
    ["START TRANSACTION READ ONLY"],
    ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"],
    ["BEGIN", "SET TRANSACTION READ ONLY"],
    ["BEGIN", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"],
])
def test_a_read_only_transaction_runs_on_one_replica(cluster, proxy, begin):
    with Wire(proxy.port) as wire:
        wire.login()
        for statement in begin:
            assert wire.run(statement)[-1].status == "T"
        ports = {wire.value("SELECT inet_server_port()") for _ in range(4)}
        assert wire.value("SHOW transaction_read_only") == "on"
        assert wire.run("COMMIT")[-1].status == "I"
    assert len(ports) == 1
    assert int(ports.pop()) in {node.port for node in cluster.replicas}


def test_a_serializable_read_only_transaction_runs_on_the_primary(cluster, proxy):
    with Wire(proxy.port) as wire:
        wire.login()
        wire.run("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY")
        assert wire.value("SELECT inet_server_port()") == str(cluster.primary.port)
        wire.run("COMMIT")


def test_a_failed_transaction_on_a_replica_ends_like_any_other(cluster, proxy):
    assert_same(cluster, proxy, [
        query("BEGIN READ ONLY"), query("SELECT 1/0"), query("SELECT 1"), query("COMMIT"),
        query("SELECT 1")])


def test_parameters_at_login_are_those_of_postgresql(cluster, proxy):
    seen = []
    for port in (cluster.primary.port, proxy.port):
        with Wire(port) as wire:
            wire.login(application_name="me", TimeZone="Asia/Tokyo", client_encoding="LATIN1")
            seen.append(wire.parameters)
    direct, proxied = seen
    # in_hot_standby depends on the node, and is_superuser etc. must agree.
    direct.pop("in_hot_standby", None), proxied.pop("in_hot_standby", None)
    assert proxied == direct
    assert proxied["TimeZone"] == "Asia/Tokyo"
    assert proxied["application_name"] == "me"
    assert proxied["client_encoding"] == "LATIN1"


def test_an_unknown_option_is_negotiated(cluster, proxy):
    answers = []
    for port in (cluster.primary.port, proxy.port):
        with Wire(port) as wire:
            # Newer protocols: test_protocol_versions.py.
            wire.send(startup(
                {"user": "app", "database": "app", "_pq_.unknown_option": "1"}))
            first = wire.read()
            assert first.type == "v", first
            answers.append(first)
            wire.authenticate("app", "app")
            assert wire.value("SELECT 42") == "42"
    assert answers[0] == answers[1]


def test_protocol_2_and_4_are_refused(cluster, proxy):
    for protocol in (0x20000, 0x40000):
        answers = []
        for port in (cluster.primary.port, proxy.port):
            with Wire(port) as wire:
                wire.send(startup({"user": "app", "database": "app"}, protocol=protocol))
                answers.append(wire.take(1))
        # For protocol 2 both answer in its old form, or in the new one; but with an error.
        assert answers[1] == b"E" == answers[0]


def test_terminate_closes(proxy):
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(terminate())
        assert wire.read_to_end() == []


def test_many_rows_and_wide_values_arrive_unchanged(cluster, proxy):
    sql = ("SELECT n, repeat(chr(65 + n % 26), n % 3000), NULLIF(n % 7, 0) "
           "FROM generate_series(1, 5000) n")
    messages = assert_same(cluster, proxy, [query(sql)])
    assert sum(m.type == "D" for m in messages) == 5000


def test_errors_of_drivers_keep_their_fields(proxy, table):
    with proxy.connect() as connection:
        connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        with pytest.raises(psycopg.errors.UniqueViolation) as caught:
            connection.execute(f"INSERT INTO {table} VALUES (1, 'b')")
    diag = caught.value.diag
    assert diag.constraint_name == f"{table}_pkey"
    assert diag.table_name == table
    assert diag.message_detail == "Key (id)=(1) already exists."
