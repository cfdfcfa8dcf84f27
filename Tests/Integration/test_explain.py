"""proxyctl explain: where a statement would run, every rule that was asked, and what would change it."""

import pytest

from waiting import wait_for


def explain(proxy, sql, *more, check=0):
    """The lines of the answer, without the breaks that the width makes."""
    done = proxy.proxyctl("explain", sql, *more, check=check)
    assert all(len(line) <= 80 for line in done.stdout.splitlines()), done.stdout
    return " ".join(done.stdout.split()) if check == 0 else done.stderr


def steps(proxy, sql, more=""):
    """Rows of EXPLAIN ROUTE."""
    text = sql.replace("'", "''")
    return proxy.admin(f"EXPLAIN ROUTE '{text}' {more}")


def known(proxy, dbname="app"):
    """Has a client use the database, and waits for its catalog."""
    with proxy.connect(dbname=dbname) as connection:
        connection.execute("SELECT 1")
        wait_for(lambda: any(
            row["database"] == dbname and row["state"] == "loaded"
            for row in proxy.admin("SHOW CATALOG")), "the catalog")


@pytest.fixture
def objects(cluster):
    """Functions and a view of every kind that matters."""
    cluster.run(
        "CREATE TABLE explained (id int)",
        "CREATE FUNCTION explained_stable(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT $1'",
        "CREATE FUNCTION explained_volatile(int) RETURNS int LANGUAGE sql AS 'SELECT $1'",
        "CREATE VIEW explained_view AS SELECT explained_volatile(id) AS id FROM explained",
        "GRANT ALL ON explained, explained_view TO app")
    yield
    cluster.run(
        "DROP VIEW explained_view", "DROP FUNCTION explained_volatile, explained_stable",
        "DROP TABLE explained")


def test_a_read_names_its_candidates(proxy):
    text = explain(proxy, "SELECT $1 + 2", "-d", "app", "-u", "app")
    assert text.startswith("replica pg")
    for part in (
            "database app of cluster main, by the entry *, user app, transaction pooling",
            "a plain read", "-> a replica may run it", "2 candidates, weighed by roundRobin",
            "pg1 primary, up, weight 1", "next in turn -> chosen",
            "in turn after 1 -> a candidate", "/* switchyard: primary */",
            "consistency is session", "only replicas that are proven to hold it take it"):
        assert part in text, (part, text)


def test_every_reason_and_what_would_change_it(proxy):
    text = explain(proxy, "SELECT touch_it(1), nextval('s') FROM t FOR UPDATE")
    assert text.startswith("primary pg1: touch_it: a function that is not known")
    for part in (
            "functions.readOnly", "nextval: the function advances or sets a sequence",
            "FOR UPDATE: the query locks rows", "leave the locking clause out"):
        assert part in text, (part, text)
    text = explain(proxy, "SELECT 1; DELETE FROM t; SELEC")
    assert "statement 2: DELETE: the statement writes rows" in text
    assert "statement 3: SELEC: the statement is not known to be a read" in text
    assert "is not closed" in explain(proxy, "SELECT 'x")


def test_what_the_catalog_knows(objects, make_proxy):
    proxy = make_proxy()
    known(proxy)
    text = explain(proxy, "SELECT * FROM explained_view", "-d", "app")
    assert text.startswith("primary pg1"), text
    assert "explained_view reaches" in text and "STABLE" in text, text
    text = explain(proxy, "SELECT explained_stable(1) FROM explained", "-d", "app")
    assert text.startswith("replica pg"), text
    assert "explained_stable(integer) -> a replica may run it" in text, text
    text = explain(proxy, "SELECT explained_volatile(1)", "-d", "app")
    assert "declared VOLATILE" in text and "functions.readOnly" in text, text


def test_hints_and_settings(make_proxy):
    proxy = make_proxy(wait=False, changes={
        "users": {"app": {"password": "app", "route": "primary"}}})
    text = explain(proxy, "SELECT 1", "-u", "app")
    assert text.startswith("primary pg1: the user asks for the primary"), text
    assert explain(proxy, "SELECT 1", "-u", "other").startswith("replica pg")
    text = explain(proxy, "/* switchyard: replica */ SELECT 1", "-u", "app")
    assert text.startswith("replica pg") and "a comment asks for a replica" in text
    text = explain(proxy, "/* switchyard: replica */ DELETE FROM t")
    assert text.startswith("primary pg1") and "overruled" in text, text


def test_a_replica_that_is_down(healed, make_proxy):
    gone = healed.replicas[0]
    proxy = make_proxy()
    gone.crash()
    wait_for(lambda: "bring it up" in explain(proxy, "SELECT 1"), "the replica to be down")
    text = explain(proxy, "SELECT 1")
    assert f"node {gone.name} replica, down" in text and "is down:" in text, text


def test_shadow_mode_is_told(make_proxy):
    proxy = make_proxy(
        wait=False, changes={"databases": {"app": {"cluster": "main", "shadow": True}}})
    text = explain(proxy, "SELECT 1", "-d", "app")
    assert text.startswith("primary pg1: database app is in shadow mode"), text


def test_the_admin_side_has_a_table(proxy):
    rows = steps(proxy, "SELECT nextval('s')", "DATABASE app USER app")
    assert [row["step"] for row in rows] == list(range(len(rows)))
    assert rows[0]["rule"] == "route" and rows[0]["finding"] == "primary pg1"
    assert rows[1]["rule"] == "configuration"
    assert {"text", "cluster", "node pg1", "node pg2", "node pg3"} <= {r["rule"] for r in rows}


def test_what_does_not_exist(proxy, make_proxy):
    strict = make_proxy(changes={"databases": {"app": {"cluster": "main"}}}, edit=lambda c:
                        c["databases"].pop("*"))
    assert "does not exist" in explain(strict, "SELECT 1", "-d", "nowhere", check=1)
    assert 'role "nobody" does not exist' in explain(proxy, "SELECT 1", "-u", "nobody", check=1)
    assert "admin database" in explain(proxy, "SELECT 1", "-d", "switchyard", check=1)
    assert explain(proxy, "").startswith("replica pg")
