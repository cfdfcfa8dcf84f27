"""What the catalog knows and the text cannot tell: every statement is run through the proxy, and
says itself where it ran."""

import psycopg
import pytest

from catalogschema import PRIMARY, REPLICA, SCHEMA
from cluster import SUPERUSER
from waiting import wait_for

HERE = "inet_server_port()"
FACTS = "catalogs"


@pytest.fixture(scope="module")
def database(cluster):
    """A database with the schema."""
    cluster.run(f"CREATE DATABASE {FACTS}", dbname="postgres")
    with cluster.primary.connect(FACTS) as connection:
        connection.execute(SCHEMA)
    cluster.run(
        f"ALTER DATABASE {FACTS} SET search_path = app, public",
        f"ALTER ROLE counted IN DATABASE {FACTS} SET search_path = \"$user\", public",
        dbname="postgres")
    yield FACTS
    cluster.run(f"DROP DATABASE {FACTS} WITH (FORCE)", dbname="postgres")


@pytest.fixture(scope="module")
def known(database, make_lasting_proxy):
    """A proxy that has read the catalog."""
    # Where the catalog alone decides.
    proxy = make_lasting_proxy({"consistency": "eventual"})
    with proxy.connect(dbname=database) as connection:
        connection.execute("SELECT 1")
        wait_until_loaded(proxy, database)
    return proxy


def standing(proxy, database):
    return next(
        (row for row in proxy.admin("SHOW CATALOG") if row["database"] == database),
        {"state": "unknown", "generation": 0})


def wait_until_loaded(proxy, database, after=0):
    def loaded():
        row = standing(proxy, database)
        return row if row["state"] == "loaded" and row["generation"] > after else None
    return wait_for(loaded, f"the catalog of {database} to be read")


def ports(cluster):
    return {node.port for node in cluster.replicas}


def place(connection, sql):
    """The port of the server that a statement ran on; of a statement that failed there, too."""
    try:
        return connection.execute(sql.format(p=HERE)).fetchone()[0]
    except psycopg.errors.UndefinedFunction:
        return "primary"


@pytest.mark.parametrize("sql", REPLICA)
def test_reads_reach_a_replica(cluster, known, database, sql):
    with known.connect(dbname=database) as connection:
        row = connection.execute(sql.format(p=HERE)).fetchone()
        expected = ports(cluster)
        if row is None:
            pytest.fail("the statement gave no row")
        assert row[0] in expected


@pytest.mark.parametrize("sql,words", PRIMARY)
def test_what_reaches_volatile_code_runs_on_the_primary(cluster, known, database, sql, words):
    with known.connect(dbname=database) as connection:
        if "no_such_function" in sql:
            with pytest.raises(psycopg.errors.UndefinedFunction):
                connection.execute(sql.format(p=HERE))
            return
        row = connection.execute(sql.format(p=HERE)).fetchone()
        if row is not None:
            assert row[0] == cluster.primary.port
    steps = known.admin(
        f"EXPLAIN ROUTE '{sql.format(p='1').replace(chr(39), chr(39) * 2)}' DATABASE {database} "
        f"USER app")
    assert steps[0]["finding"].startswith("primary")
    if words is not None:
        assert words in " ".join(step["finding"] for step in steps)


@pytest.mark.parametrize(
    "sql,words", [case for case in PRIMARY if "no_such_function" not in case[0]])
def test_the_same_when_prepared(cluster, known, database, sql, words):
    with known.connect(dbname=database) as connection:
        for _ in range(2):
            row = connection.execute(sql.format(p=HERE), prepare=True).fetchone()
            if row is not None:
                assert row[0] == cluster.primary.port


def test_search_path_of_the_session(cluster, known, database):
    with known.connect(dbname=database) as connection:
        unqualified = f"SELECT {HERE}, count(*) FROM scratch"
        assert place(connection, unqualified) == cluster.primary.port
        connection.execute("SET search_path TO public, app")
        assert place(connection, unqualified) in ports(cluster)
        connection.execute("SET search_path TO \"app\"")
        assert place(connection, unqualified) == cluster.primary.port
        connection.execute("SELECT set_config('search_path', 'public', false)")
        assert place(connection, unqualified) in ports(cluster)
        connection.execute("RESET search_path")
        assert place(connection, unqualified) == cluster.primary.port
    with known.connect(dbname=database, options="-c search_path=public") as connection:
        assert place(connection, unqualified) in ports(cluster)


def test_search_path_reaches_what_was_prepared_before(cluster, known, database):
    with known.connect(dbname=database) as connection:
        sql = f"SELECT {HERE}, count(*) FROM scratch"
        connection.execute("SET search_path TO public")
        assert connection.execute(sql, prepare=True).fetchone()[0] in ports(cluster)
        connection.execute("SET search_path TO app")
        assert connection.execute(sql, prepare=True).fetchone()[0] == cluster.primary.port


def test_search_path_of_the_role(cluster, known, database):
    sql = f"SELECT {HERE}, where_am_i()"
    with known.connect(dbname=database) as connection:
        assert place(connection, sql) in ports(cluster)
    with known.connect(user="counted", dbname=database) as connection:
        assert place(connection, sql) == cluster.primary.port


def test_schema_change_that_passes_is_seen(cluster, known, database):
    """A function that was a read is none any more from the moment its change is answered."""
    sql = f"SELECT {HERE}, app.changing()"
    with known.connect(user=SUPERUSER, dbname=database) as admin:
        with known.connect(dbname=database) as connection:
            for _ in range(3):
                admin.execute(
                    "CREATE OR REPLACE FUNCTION app.changing() RETURNS int LANGUAGE sql STABLE "
                    "AS 'SELECT 1'")
                cluster.wait_for_replay()
                wait_for(
                    lambda: place(connection, sql) in ports(cluster),
                    f"the function to be known as a read: {standing(known, database)}", 10)
                admin.execute(
                    "CREATE OR REPLACE FUNCTION app.changing() RETURNS int LANGUAGE sql VOLATILE "
                    "AS 'SELECT 1'")
                cluster.wait_for_replay()
                for _ in range(20):
                    assert place(connection, sql) == cluster.primary.port


def test_schema_change_in_a_transaction_is_seen(cluster, known, database):
    sql = f"SELECT {HERE}, x FROM app.turning"
    with known.connect(dbname=database) as connection:
        with known.connect(user=SUPERUSER, dbname=database, autocommit=False) as admin:
            admin.execute("CREATE VIEW app.turning AS SELECT 1 AS x")
            admin.execute("GRANT SELECT ON app.turning TO PUBLIC")
            admin.commit()
            wait_for(lambda: place(connection, sql) in ports(cluster), "the view", 10)
            generation = standing(known, database)["generation"]
            admin.execute("CREATE OR REPLACE VIEW app.turning AS SELECT app.quiet(1) AS x")
            admin.commit()
            wait_until_loaded(known, database, generation)
            assert place(connection, sql) == cluster.primary.port
            admin.execute("DROP VIEW app.turning")
            admin.commit()


def test_prepared_statement_follows_the_catalog(cluster, known, database):
    with known.connect(dbname=database) as connection:
        sql = f"SELECT {HERE}, app.prepared_change()"
        cluster.run(
            "CREATE FUNCTION app.prepared_change() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'",
            dbname=database)
        with known.connect(user=SUPERUSER, dbname=database) as admin:
            admin.execute("ALTER FUNCTION app.prepared_change() STABLE")
            wait_for(
                lambda: connection.execute(sql, prepare=True).fetchone()[0] in ports(cluster),
                "the function to be known", 10)
            admin.execute("ALTER FUNCTION app.prepared_change() VOLATILE")
            assert connection.execute(sql, prepare=True).fetchone()[0] == cluster.primary.port
            admin.execute("DROP FUNCTION app.prepared_change()")


def test_change_behind_the_proxys_back_is_found_by_the_timer(cluster, database, make_proxy):
    proxy = make_proxy({"consistency": "eventual", "clusters": {"main": {"catalogRefreshSeconds": 1}}})
    with proxy.connect(dbname=database) as connection:
        sql = f"SELECT {HERE}, app.unseen()"
        wait_until_loaded(proxy, database)
        cluster.run(
            "CREATE FUNCTION app.unseen() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'",
            dbname=database)
        wait_for(lambda: place(connection, sql) in ports(cluster), "the timer", 10)
        cluster.run("ALTER FUNCTION app.unseen() VOLATILE", dbname=database)
        wait_for(lambda: place(connection, sql) == cluster.primary.port, "the timer", 10)
        cluster.run("DROP FUNCTION app.unseen()", dbname=database)


def test_nothing_is_read_again_where_nothing_has_changed(cluster, database, make_proxy):
    proxy = make_proxy({"consistency": "eventual", "clusters": {"main": {"catalogRefreshSeconds": 1}}})
    with proxy.connect(dbname=database) as connection:
        generation = wait_until_loaded(proxy, database)["generation"]
        connection.execute("CREATE TEMP TABLE t (id int)")
        connection.execute("INSERT INTO app.log VALUES (now(), 1)")
        wait_for(
            lambda: standing(proxy, database)["age_seconds"] >= 3
            and standing(proxy, database)["looked_seconds"] <= 1, "two more looks", 15)
        assert standing(proxy, database)["generation"] == generation


def test_the_operator_has_the_last_word(cluster, database, make_proxy):
    proxy = make_proxy({"consistency": "eventual", "databases": {"*": {
        "cluster": "main",
        "functions": {"readOnly": ["app.quiet", "/^unheard"], "write": ["twice"]}}}})
    with proxy.connect(dbname=database) as connection:
        assert place(connection, "SELECT {p}, app.twice(1)") == cluster.primary.port
        wait_until_loaded(proxy, database)
        assert place(connection, "SELECT {p}, quiet(1)") in ports(cluster)
        assert place(connection, "SELECT {p}, x FROM ww") in ports(cluster)
        assert place(connection, "SELECT {p}, two FROM fine") == cluster.primary.port
        assert place(connection, "SELECT {p}, app.twice(1)") == cluster.primary.port
        assert place(connection, "SELECT {p}, write_log(1)") == cluster.primary.port


def test_a_monitor_without_rights_is_told_of_once(cluster, database, make_proxy):
    cluster.run(
        "CREATE ROLE weak LOGIN PASSWORD 'weak'",
        f"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO app", dbname="postgres")
    try:
        proxy = make_proxy({"consistency": "eventual", "clusters": {"main": {
            "monitor": {"user": "weak", "password": "weak"}, "catalogRefreshSeconds": 1}}})
        with proxy.connect(dbname=database) as connection:
            row = wait_for(
                lambda: standing(proxy, database).get("last_error")
                and standing(proxy, database), "the failure to be shown")
            assert row["state"] == "failed" and "permission denied" in row["last_error"]
            assert place(connection, "SELECT {p}, app.twice(1)") == cluster.primary.port
            assert place(connection, "SELECT {p}") in ports(cluster)
        wait_for(lambda: standing(proxy, database)["looked_seconds"] <= 1, "more looks")
        assert proxy.log().count("cannot read the catalog") == 1
        cluster.run(f"GRANT CONNECT ON DATABASE {database} TO weak", dbname="postgres")
        with proxy.connect(dbname=database) as connection:
            wait_until_loaded(proxy, database)
            assert place(connection, "SELECT {p}, app.twice(1)") in ports(cluster)
    finally:
        cluster.run(
            f"GRANT CONNECT ON DATABASE {database} TO PUBLIC",
            f"REVOKE CONNECT ON DATABASE {database} FROM weak",
            "DROP ROLE weak", dbname="postgres")


def test_the_catalog_is_read_from_the_primary_alone(cluster, known, database):
    for node in cluster.replicas:
        assert "switchyard catalog" not in node.log()
