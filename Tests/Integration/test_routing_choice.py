"""Where a client wants its statements to run: comments, `switchyard.route`, the configuration."""

import psycopg
import pytest

from wire import Wire, bind, describe, execute, parse, sync

PORT = "SELECT inet_server_port()"
UNKNOWN = "SELECT port_of_node()"


@pytest.fixture(scope="module")
def functions(cluster):
    """A function that the proxy does not know, and that writes nothing."""
    cluster.run(
        "CREATE OR REPLACE FUNCTION port_of_node() RETURNS int LANGUAGE sql VOLATILE "
        "AS 'SELECT inet_server_port()'")


@pytest.fixture(scope="module")
def proxy(make_lasting_proxy):
    """What the session has written itself has no say here in where it reads next."""
    return make_lasting_proxy({"consistency": "eventual"})


def ports(connection, sql, times=4):
    return {connection.execute(sql).fetchone()[0] for _ in range(times)}


def replicas(cluster):
    return {node.port for node in cluster.replicas}


def test_comments(cluster, proxy, functions):
    with proxy.connect() as connection:
        primary = {cluster.primary.port}
        assert ports(connection, f"/* switchyard: primary */ {PORT}") == primary
        assert ports(connection, f"/*SwitchYard:PRIMARY*/{PORT}") == primary
        assert ports(connection, f"/* app */ -- switchyard: primary\n /* x */ {PORT}") == primary
        assert ports(connection, PORT) == replicas(cluster)
        assert ports(connection, f"{PORT} /* switchyard: primary */") == replicas(cluster)
        assert ports(connection, UNKNOWN) == primary
        assert ports(connection, f"/* switchyard: replica */ {UNKNOWN}") == replicas(cluster)
        assert connection.execute(
            "/* switchyard: replica */ SELECT pg_is_in_recovery()").fetchone() == (True,)


def test_a_comment_for_a_replica_never_sends_a_write_there(cluster, proxy, table):
    with proxy.connect() as connection:
        connection.execute(f"/* switchyard: replica */ INSERT INTO {table} VALUES (1, 'a')")
        assert connection.execute(
            f"/* switchyard: replica */ SELECT inet_server_port() FROM {table} FOR UPDATE"
        ).fetchone() == (cluster.primary.port,)


def test_comments_in_prepared_statements(cluster, proxy, functions):
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(
            parse("p", f"/* switchyard: primary */ {PORT}"), parse("r", PORT),
            parse("u", f"/* switchyard: replica */ {UNKNOWN}"), sync())
        wire.read_until()
        for statement, expected in (
                ("p", {cluster.primary.port}), ("r", replicas(cluster)),
                ("u", replicas(cluster))):
            seen = set()
            for _ in range(4):
                wire.send(bind("", statement), execute(), sync())
                seen.add(int(next(m for m in wire.read_until() if m.type == "D").row[0]))
            assert seen == expected, statement


def test_the_strictest_of_a_pipeline_counts(cluster, proxy):
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(
            parse("", PORT), bind(), execute(),
            parse("", f"/* switchyard: primary */ {PORT}"), bind(), execute(), sync())
        rows = [int(m.row[0]) for m in wire.read_until() if m.type == "D"]
        assert rows == [cluster.primary.port] * 2


def test_set_show_reset(cluster, proxy, functions):
    with proxy.connect() as connection:
        def route():
            return connection.execute("SHOW switchyard.route").fetchone()[0]
        assert route() == "auto"
        connection.execute("SET switchyard.route = 'primary'")
        assert route() == "primary"
        assert ports(connection, PORT) == {cluster.primary.port}
        assert ports(connection, f"/* switchyard: auto */ {PORT}") == replicas(cluster)
        connection.execute("SET SESSION switchyard.route TO replica")
        assert route() == "replica"
        assert ports(connection, UNKNOWN) == replicas(cluster)
        assert connection.execute("SELECT current_setting('switchyard.route')").fetchone() == (
            "replica",)
        connection.execute("RESET switchyard.route")
        assert route() == "auto"
        assert ports(connection, UNKNOWN) == {cluster.primary.port}
        connection.execute("SELECT set_config('switchyard.route', 'primary', false)")
        assert ports(connection, PORT) == {cluster.primary.port}
        connection.execute("SET switchyard.route TO DEFAULT")
        assert ports(connection, PORT) == replicas(cluster)


def test_set_belongs_to_its_transaction(cluster, proxy, functions):
    with proxy.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("SET switchyard.route = 'primary'")
        connection.execute("ROLLBACK")
        assert ports(connection, PORT) == replicas(cluster)
        connection.execute("BEGIN")
        connection.execute(f"{PORT} FOR UPDATE")
        connection.execute("SET switchyard.route = 'primary'")
        connection.execute("ROLLBACK")
        assert ports(connection, PORT) == replicas(cluster)
        connection.execute("BEGIN READ ONLY")
        connection.execute("SET LOCAL switchyard.route = 'primary'")
        assert ports(connection, PORT) == {cluster.primary.port}
        assert connection.execute("SHOW switchyard.route").fetchone() == ("primary",)
        connection.execute("COMMIT")
        assert connection.execute("SHOW switchyard.route").fetchone() == ("auto",)
        assert ports(connection, PORT) == replicas(cluster)
        connection.execute("BEGIN")
        connection.execute("SET switchyard.route = 'primary'")
        connection.execute("COMMIT")
        assert ports(connection, PORT) == {cluster.primary.port}


def test_a_savepoint_takes_it_back(cluster, proxy):
    with proxy.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("SET switchyard.route = 'primary'")
        connection.execute("SAVEPOINT a")
        connection.execute("SET switchyard.route = 'replica'")
        connection.execute("ROLLBACK TO a")
        assert connection.execute("SHOW switchyard.route").fetchone() == ("primary",)
        connection.execute("COMMIT")
        assert connection.execute("SHOW switchyard.route").fetchone() == ("primary",)
        assert ports(connection, PORT) == {cluster.primary.port}


@pytest.mark.parametrize("statement, state, text", [
    ("SET switchyard.route = 'foo'", "22023",
     'invalid value for parameter "switchyard.route": "foo"'),
    ("SET switchyard.route = 'it''s \\ $switchyard$'", "22023",
     'invalid value for parameter "switchyard.route": "it\'s \\ $switchyard$"'),
    ("SELECT set_config('switchyard.route', 'foo', true)", "22023",
     'invalid value for parameter "switchyard.route": "foo"'),
    ("SET switchyard.read_after = 'yesterday'", "22023",
     'invalid value for parameter "switchyard.read_after": "yesterday"'),
    ("SET switchyard.nonsense = 1", "42704",
     'unrecognized configuration parameter "switchyard.nonsense"'),
    ("SHOW switchyard.nonsense", "42704",
     'unrecognized configuration parameter "switchyard.nonsense"'),
    ("SET switchyard.route = 1", "22023", 'invalid value for parameter "switchyard.route": "1"'),
    ("SET switchyard.route = primary, replica", "22023",
     "SET switchyard.route takes only one argument"),
    ("SET switchyard.last_write = '0/1'", "55P02",
     'parameter "switchyard.last_write" cannot be changed'),
])
@pytest.mark.parametrize("extended", [False, True])
def test_what_is_refused(proxy, statement, state, text, extended):
    with proxy.connect() as connection:
        with pytest.raises(psycopg.Error) as raised:
            connection.execute(statement, binary=extended or None)
        assert raised.value.sqlstate == state
        assert raised.value.diag.message_primary == text
        if '"switchyard.route"' in text:
            assert raised.value.diag.message_hint == "Available values: primary, replica, auto."
        assert connection.execute("SHOW switchyard.route").fetchone() == ("auto",)
        # Inside a transaction, the transaction fails as PostgreSQL's would.
        connection.execute("BEGIN")
        with pytest.raises(psycopg.Error):
            connection.execute(statement)
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            connection.execute(PORT)
        connection.execute("ROLLBACK")


def test_show_through_the_extended_protocol(proxy):
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(parse("s", "SHOW switchyard.route"), describe("S", "s"), sync())
        described = wire.read_until()
        assert [m.type for m in described] == ["1", "t", "T", "Z"]
        assert b"switchyard.route\0" in described[2].body
        # Its type is text.
        assert int.from_bytes(described[2].body[-12:-8], "big") == 25
        for value in ("auto", "primary", "replica"):
            wire.run(f"SET switchyard.route = '{value}'")
            wire.send(bind("", "s"), execute(), sync())
            assert next(m for m in wire.read_until() if m.type == "D").row == [value.encode()]
        wire.send(
            parse("", "SET switchyard.route = 'primary'"), bind(), execute(),
            parse("", "SHOW switchyard.route"), bind(), execute(), sync())
        assert next(m for m in wire.read_until() if m.type == "D").row == [b"primary"]
        assert wire.value("SHOW switchyard.route") == "primary"


def test_startup_parameters(cluster, proxy, functions):
    with proxy.connect(options="-c switchyard.route=replica") as connection:
        assert connection.execute("SHOW switchyard.route").fetchone() == ("replica",)
        assert ports(connection, UNKNOWN) == replicas(cluster)
        connection.execute("SET switchyard.route = 'primary'")
        assert ports(connection, UNKNOWN) == {cluster.primary.port}
        connection.execute("RESET switchyard.route")
        assert connection.execute("SHOW switchyard.route").fetchone() == ("replica",)
        assert ports(connection, UNKNOWN) == replicas(cluster)
    with Wire(proxy.port) as wire:
        wire.login(**{"switchyard.route": "primary"})
        assert wire.value(PORT) == str(cluster.primary.port)
    with pytest.raises(psycopg.OperationalError) as raised:
        proxy.connect(options="-c switchyard.route=foo")
    assert 'invalid value for parameter "switchyard.route": "foo"' in str(raised.value)
    with pytest.raises(psycopg.OperationalError) as raised:
        proxy.connect(options="-c switchyard.way=foo")
    assert 'unrecognized configuration parameter "switchyard.way"' in str(raised.value)


def test_the_configuration_may_say_it(cluster, make_proxy, functions):
    proxy = make_proxy({
        "consistency": "eventual", "databases": {"second": {"cluster": "main", "route": "primary"}},
        "users": {"other": {"route": "primary"}}})
    with proxy.connect() as app, proxy.connect(user="other") as other:
        assert ports(app, PORT) == replicas(cluster)
        assert ports(other, PORT) == {cluster.primary.port}
        assert other.execute("SHOW switchyard.route").fetchone() == ("primary",)
        other.execute("SET switchyard.route = 'auto'")
        assert ports(other, PORT) == replicas(cluster)
        other.execute("RESET switchyard.route")
        # A reload reaches sessions that are there already.
        proxy.configuration["users"]["other"]["route"] = "auto"
        proxy.configuration["users"]["app"]["route"] = "primary"
        proxy.write_configuration()
        proxy.proxyctl("reload", check=0)
        assert ports(other, PORT) == replicas(cluster)
        assert ports(app, PORT) == {cluster.primary.port}
    with proxy.connect(dbname="second") as second:
        # The user's counts before the database's.
        assert ports(second, PORT) == {cluster.primary.port}
    with proxy.connect(dbname="second", user="other") as second:
        assert ports(second, PORT) == replicas(cluster)


def test_the_last_write_has_a_token(proxy, table):
    with proxy.connect() as connection:
        connection.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        token = connection.execute("SHOW switchyard.last_write").fetchone()[0]
        connection.execute(f"SET switchyard.read_after = '{token}'")
        assert connection.execute("SHOW switchyard.read_after").fetchone() == (token,)
        connection.execute("RESET switchyard.read_after")
        assert connection.execute("SHOW switchyard.read_after").fetchone() == ("",)


def test_no_prepared_statement_and_no_connection_is_lost_by_it(proxy):
    """Sessions of different routes share connections and statements; none pins."""
    with proxy.connect() as one, proxy.connect(
            options="-c switchyard.route=primary", application_name="apart") as two:
        for connection in (one, two):
            for _ in range(3):
                connection.execute("SELECT 1", prepare=True)
        assert all(not row["pins"] for row in proxy.admin("SHOW CLIENTS"))
