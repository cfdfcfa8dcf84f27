"""Shadow mode: everything runs on the primary, and what replicas would have done is told."""

import json
import threading

import pytest

from waiting import wait_for
from wire import Wire, bind, describe, execute, parse, query, sync


@pytest.fixture
def shadow(make_proxy):
    """Starts a proxy whose database `app` is in shadow mode, every read compared."""
    def make(shadow=None, **changes):
        entry = {"cluster": "main", "shadow": shadow or {"sampleRate": 1.0}}
        return make_proxy(wait=False, changes={
            "databases": {"app": entry}, "workers": 1, **changes})
    return make


def rows(proxy):
    """By text: the rows of SHOW SHADOW."""
    return {row["query"]: row for row in proxy.admin("SHOW SHADOW")}


def verdict(proxy, text, expected, seconds=20):
    """Waits for the verdict on a statement; returns its row."""
    def found():
        row = rows(proxy).get(text)
        return row if row and row["verdict"] == expected else None
    try:
        return wait_for(found, f"{text!r} to be {expected}", seconds)
    except AssertionError as failure:
        raise AssertionError(f"{failure}; {rows(proxy).get(text)}") from None


def test_everything_runs_on_the_primary(cluster, shadow):
    proxy = shadow()
    with proxy.connect() as connection:
        for _ in range(20):
            port = connection.execute("SELECT inet_server_port()").fetchone()[0]
            assert port == cluster.primary.port
        with connection.transaction():
            connection.execute("SET TRANSACTION READ ONLY")
            assert connection.execute(
                "SELECT inet_server_port()").fetchone()[0] == cluster.primary.port
    # It says of itself what a replica would have said.
    row = verdict(proxy, "SELECT inet_server_port()", "differs")
    assert row["differing"] == row["compared"] > 0
    assert row["calls"] == 21 and row["reads"] == 21


def test_a_safe_statement(cluster, table, shadow):
    proxy = shadow()
    with proxy.connect() as connection:
        connection.execute(f"INSERT INTO {table} VALUES (1, 'secret'), (2, 'hidden')")
    cluster.wait_for_replay()
    with proxy.connect() as connection:
        for text in ("secret", "hidden"):
            found = connection.execute(
                f"SELECT id FROM {table} WHERE text = '{text}' ORDER BY id").fetchall()
            assert len(found) == 1
    row = verdict(proxy, f"SELECT id FROM {table} WHERE text = ? ORDER BY id", "safe")
    assert wait_for(
        lambda: rows(proxy)[row["query"]]["same"] == 2, "both to be compared")
    row = rows(proxy)[row["query"]]
    assert row["primary_us"] > 0 and row["replica_us"] > 0
    insert = rows(proxy)[f"INSERT INTO {table} VALUES (?, ?), (?, ?)"]
    assert insert["verdict"] == "primary" and insert["reason"] == "the statement writes rows"
    assert "secret" not in json.dumps(proxy.admin("SHOW SHADOW"))



def test_a_statement_that_a_replica_refuses(cluster, make_proxy):
    """The operator has declared a function harmless that is not."""
    cluster.run(
        "CREATE SEQUENCE shadow_numbers",
        "CREATE FUNCTION shadow_number() RETURNS bigint LANGUAGE sql "
        "AS $$ SELECT nextval('shadow_numbers') $$",
        "CREATE VIEW shadow_view AS SELECT shadow_number() AS number",
        "GRANT ALL ON shadow_numbers, shadow_view TO app")
    proxy = make_proxy(wait=False, changes={"workers": 1, "databases": {"app": {
        "cluster": "main", "shadow": {"sampleRate": 1.0},
        "functions": {"readOnly": ["shadow_number"]}}}})
    with proxy.connect() as connection:
        assert connection.execute("SELECT shadow_number()").fetchone() == (1,)
        assert connection.execute("SELECT shadow_number()").fetchone() == (2,)
        row = verdict(proxy, "SELECT shadow_number()", "would fail")
        assert row["sqlstate"] == "25006"
        done = proxy.proxyctl("shadow", check=1)
        assert "not ready" in done.stdout and "25006" in done.stdout
        # The sequence was advanced by the client alone.
        assert cluster.primary.value("SELECT last_value FROM shadow_numbers") == 2
        # What only the catalog knows is told with the object that decided.
        wait_for(lambda: proxy.admin("SHOW CATALOG")[0]["state"] == "loaded", "the catalog")
        connection.execute("SELECT nextval('shadow_numbers')")
    assert rows(proxy)["SELECT nextval(?)"]["verdict"] == "primary"
    cluster.run(
        "DROP VIEW shadow_view", "DROP FUNCTION shadow_number", "DROP SEQUENCE shadow_numbers")


def test_a_hint_keeps_it_on_the_primary(shadow):
    proxy = shadow()
    with proxy.connect() as connection:
        connection.execute("/* switchyard: primary */ SELECT 9")
    row = rows(proxy)["SELECT ?"]
    assert row["verdict"] == "primary" and "hint" in row["reason"], row


def test_an_unsteady_statement(shadow):
    proxy = shadow()
    with proxy.connect() as connection:
        connection.execute("SELECT random()")
        connection.execute("SELECT now()")
    verdict(proxy, "SELECT random()", "unsteady")
    verdict(proxy, "SELECT now()", "unsteady")
    proxy.proxyctl("shadow", check=0)


def test_a_stale_statement(healed, table, shadow):
    cluster = healed
    proxy = shadow()
    cluster.run(f"INSERT INTO {table} VALUES (1, 'before')")
    for replica in cluster.replicas:
        replica.query("SELECT pg_wal_replay_pause()", "postgres")
    for replica in cluster.replicas:
        wait_for(lambda: replica.value(
            "SELECT pg_get_wal_replay_pause_state() = 'paused'", "postgres"), "the pause")
    with proxy.connect() as writer, proxy.connect() as reader:
        writer.execute(f"UPDATE {table} SET text = 'after'")
        # Its own write the writer would read on the primary: no false alarm.
        assert writer.execute(f"SELECT text FROM {table} -- own").fetchone() == ("after",)
        assert reader.execute(f"SELECT text FROM {table}").fetchone() == ("after",)

    def looked_into():
        return cluster.primary.value(
            "SELECT count(*) > 0 FROM pg_stat_activity "
            "WHERE application_name = 'switchyard shadow'", "postgres")
    wait_for(looked_into, "the difference to be seen")
    for replica in cluster.replicas:
        replica.query("SELECT pg_wal_replay_resume()", "postgres")
    row = verdict(proxy, f"SELECT text FROM {table}", "would be stale")
    assert row["stale"] == 1 and row["compared"] == 1 and row["stale_ms"] >= 0
    assert row["calls"] == 2 and row["reads"] == 1, row
    done = proxy.proxyctl("shadow", check=0)
    assert "stale" in done.stdout


def test_the_order_of_rows(cluster, table, shadow):
    """Without ORDER BY any order is the same; a digest must not hide other rows, though."""
    cluster.run(f"INSERT INTO {table} SELECT i, i::text FROM generate_series(1, 50) i")
    proxy = shadow()
    texts = [
        f"SELECT * FROM {table}", f"SELECT * FROM {table} ORDER BY text DESC",
        f"SELECT a.id, b.id FROM {table} a, {table} b"]
    with proxy.connect() as connection:
        for text in texts:
            connection.execute(text).fetchall()
    for text in texts:
        verdict(proxy, text, "safe")
    # The same rows from another place each time, in another order: no ORDER BY, no difference.
    with proxy.connect() as connection:
        own = f"SELECT id FROM {table} ORDER BY md5(id::text || inet_server_port()::text)"
        connection.execute(own).fetchall()
        connection.execute(
            f"SELECT id FROM (SELECT id FROM {table} ORDER BY (id * inet_server_port()) % 53) x"
        ).fetchall()
    verdict(proxy, f"SELECT id FROM (SELECT id FROM {table} ORDER BY (id * inet_server_port()) "
            "% ?) x", "safe")
    verdict(proxy, own, "differs")


def test_prepared_statements_and_parameters(cluster, table, shadow):
    cluster.run(f"INSERT INTO {table} SELECT i, i::text FROM generate_series(1, 5) i")
    proxy = shadow()
    text = f"SELECT text FROM {table} WHERE id = $1"
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(parse("", text), bind("", "", ["3"]), describe("P"), execute(), sync())
        assert [m.row for m in wire.read_until() if m.type == "D"] == [[b"3"]]
        wire.send(parse("named", text), sync())
        wire.read_until()
        for number in ("1", "2"):
            wire.send(bind("", "named", [number]), execute(), sync())
            assert [m.row for m in wire.read_until() if m.type == "D"] == [[number.encode()]]
        # The unnamed statement of an earlier batch.
        wire.send(parse("", text), describe("S"), sync())
        wire.read_until()
        wire.send(bind("", "", ["4"]), execute(), sync())
        assert [m.row for m in wire.read_until() if m.type == "D"] == [[b"4"]]
        # An error is the same on both.
        wire.send(bind("", "named", ["x"]), execute(), sync())
        assert [m.sqlstate for m in wire.read_until() if m.type == "E"] == ["22P02"]
        wire.send(bind("", "named", ["5"]), execute(), sync())
        wire.read_until()
    row = wait_for(
        lambda: (lambda r: r if r and r["compared"] == 6 else None)(rows(proxy).get(text)),
        "all to be compared")
    assert row["same"] == 6 and row["calls"] == 6, row


def test_settings_of_the_session_apply(cluster, table, shadow):
    cluster.run(
        "CREATE SCHEMA shadow_other AUTHORIZATION app",
        f"CREATE TABLE shadow_other.{table} AS SELECT 7 AS id, 'other' AS text",
        f"GRANT SELECT ON shadow_other.{table} TO app, other",
        f"INSERT INTO {table} VALUES (1, 'public')")
    proxy = shadow()
    with proxy.connect() as connection:
        connection.execute("SET search_path TO shadow_other")
        assert connection.execute(f"SELECT text FROM {table}").fetchone() == ("other",)
        connection.execute("SET TimeZone TO 'Asia/Tokyo'")
        connection.execute("SELECT timestamptz '2024-01-01 00:00:00Z'::text")
        connection.execute("RESET search_path")
        assert connection.execute(f"SELECT text FROM {table}").fetchone() == ("public",)
    with proxy.connect(options="-c DateStyle=German") as connection:
        connection.execute("SELECT date '2024-02-03'::text")
    wait_for(lambda: rows(proxy)[f"SELECT text FROM {table}"]["same"] == 2, "both tables")
    verdict(proxy, "SELECT timestamptz ?::text", "safe")
    verdict(proxy, "SELECT date ?::text", "safe")
    cluster.run("DROP SCHEMA shadow_other CASCADE")


def test_users_have_connections_of_their_own(table, cluster, shadow):
    proxy = shadow()
    cluster.run(f"INSERT INTO {table} VALUES (1, 'x')")
    text = f"SELECT count(*) FROM {table}"
    with proxy.connect() as owner, proxy.connect(user="other") as stranger:
        owner.execute(text)
        with pytest.raises(Exception, match="permission denied"):
            stranger.execute(text)
        owner.execute(text)
    row = wait_for(
        lambda: (lambda r: r if r["compared"] == 3 else None)(rows(proxy)[text]), "all three")
    assert row["same"] == 3, row


def test_what_runs_in_a_transaction_is_told(table, shadow):
    proxy = shadow()
    text = f"SELECT id FROM {table}"
    with proxy.connect(autocommit=False) as connection:
        connection.execute(text)
        connection.execute(text)
    row = rows(proxy)[text]
    assert row["verdict"] == "primary" and row["calls"] == 2
    assert row["reason"] == "a transaction that is not READ ONLY"


def test_large_replies_are_not_compared(shadow):
    proxy = shadow()
    text = "SELECT repeat(?, ?) FROM generate_series(?, ?)"
    with proxy.connect() as connection:
        for _ in range(5):
            found = connection.execute(
                "SELECT repeat('x', 1000) FROM generate_series(1, 5000)").fetchall()
            assert len(found) == 5000 and set(found) == {("x" * 1000,)}
            wait_for(lambda: rows(proxy).get(text), "the statement")
    row = wait_for(
        lambda: (lambda r: r if r["too_large"] >= 1 else None)(rows(proxy)[text]), "the bound")
    assert row["verdict"] == "not compared" and row["compared"] == 0, row
    # The connection goes on for others.
    with proxy.connect() as connection:
        connection.execute("SELECT 17")
    verdict(proxy, "SELECT ?", "safe")


def test_slow_statements_are_given_up(shadow):
    proxy = shadow({"sampleRate": 1.0, "timeoutMillis": 200})
    with proxy.connect() as connection:
        connection.execute("SELECT pg_sleep(0.6)")
    row = wait_for(
        lambda: (lambda r: r if r and r["too_slow"] == 1 else None)(
            rows(proxy).get("SELECT pg_sleep(?)")), "the timeout")
    assert row["verdict"] == "not compared"


def test_replicas_that_are_gone(healed, table, shadow):
    cluster = healed
    proxy = shadow()
    for replica in cluster.replicas:
        replica.crash()
    text = f"SELECT count(*) FROM {table}"
    with proxy.connect() as connection:
        for _ in range(10):
            assert connection.execute(text).fetchone() == (0,)
        row = wait_for(lambda: rows(proxy).get(text), "the statement")
        assert row["calls"] == 10 and row["compared"] == 0, row
        for replica in cluster.replicas:
            replica.start()

        def compared():
            connection.execute(text)
            return rows(proxy)[text]["same"] > 0
        wait_for(compared, "a comparison once they are back")


def test_the_clients_bytes_are_the_same(cluster, table, shadow, proxy):
    """What a client gets with shadow mode on, byte for byte, is what it gets without."""
    cluster.run(f"INSERT INTO {table} SELECT i, repeat(i::text, 100) FROM generate_series(1, 300) i")
    text = f"SELECT * FROM {table} WHERE id > $1 ORDER BY id"
    conversations = [
        [query(f"SELECT * FROM {table}")],
        [query(f"SELECT 1; SELECT 2 FROM {table}; SELECT 1/0")],
        [query("COPY (SELECT * FROM generate_series(1, 5000)) TO STDOUT")],
        [parse("s", text), bind("", "s", ["10"]), describe("P"), execute(rows=7), sync()],
        [bind("", "s", ["290"]), execute(), sync()] * 1,
        [bind("", "s", ["290"]), execute(), bind("", "s", ["299"]), execute(), sync()],
        [query("")], [query("SELEC 1")], [query("BEGIN READ ONLY"), query(text.replace("$1", "1")),
                                          query("COMMIT")],
    ]
    def talk(port):
        with Wire(port) as wire:
            wire.login()
            answers = []
            for conversation in conversations:
                wire.send(*conversation)
                ends = sum(1 for part in conversation if part[:1] in (b"Q", b"S"))
                answers.append(
                    [(m.type, m.body) for m in wire.read_until(times=ends)])
            return answers
    under_shadow = shadow()
    assert talk(under_shadow.port) == talk(proxy.port)
    wait_for(lambda: rows(under_shadow)[f"SELECT * FROM {table}"]["same"] == 1, "a comparison")


def test_the_queue_is_bounded(shadow, cluster):
    """A frozen replica holds up nobody, and what waits for it is dropped."""
    proxy = shadow()
    with proxy.connect() as connection:
        connection.execute("SELECT 1")
    verdict(proxy, "SELECT ?", "safe")
    failures = []

    def work():
        try:
            with proxy.connect() as connection:
                for _ in range(300):
                    connection.execute("SELECT 1")
        except Exception as error:  # told to the test's own thread
            failures.append(error)
    try:
        for replica in cluster.replicas:
            replica.freeze()
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        for replica in cluster.replicas:
            replica.thaw()
    assert not failures, failures
    row = wait_for(
        lambda: (lambda r: r if r["lost"] > 0 else None)(rows(proxy)["SELECT ?"]), "a loss")
    assert row["calls"] == 2401, row
    assert row["verdict"] == "safe"
    cluster.heal()


def test_a_share_is_compared(shadow):
    proxy = shadow({"sampleRate": 0.2})
    with proxy.connect() as connection:
        for _ in range(500):
            connection.execute("SELECT 3")
    row = wait_for(
        lambda: (lambda r: r if r["compared"] + r["lost"] > 50 else None)(
            rows(proxy)["SELECT ?"]), "the comparisons")
    assert row["compared"] + row["lost"] < 250, row
    none = shadow({"sampleRate": 0})
    with none.connect() as connection:
        for _ in range(50):
            connection.execute("SELECT 3")
    row = rows(none)["SELECT ?"]
    assert (row["reads"], row["compared"], row["lost"]) == (50, 0, 0)
    assert row["verdict"] == "not compared" and row["reason"] == "no sample was taken"


def test_statements_beyond_the_bound_are_forgotten(shadow):
    proxy = shadow({"sampleRate": 0, "maxStatements": 20})
    with proxy.connect() as connection:
        for number in range(100):
            connection.execute(f"SELECT 1 AS column{number}")
    assert len(rows(proxy)) <= 20
    totals = proxy.admin("SHOW SHADOW_TOTALS")[0]
    assert totals["statements"] + totals["forgotten"] >= 100


def test_switched_on_and_off_by_a_reload(cluster, shadow):
    proxy = shadow()
    with proxy.connect() as connection:
        connection.execute("SELECT 5")
        verdict(proxy, "SELECT ?", "safe")
        proxy.configuration["databases"]["app"]["shadow"] = False
        proxy.write_configuration()
        proxy.proxyctl("reload", check=0)

        def split():
            return connection.execute(
                "SELECT inet_server_port()").fetchone()[0] != cluster.primary.port
        wait_for(split, "reads to be split")
        assert proxy.admin("SHOW SHADOW") == []
        assert proxy.proxyctl("shadow", check=0).stdout.startswith("no database is in shadow mode")
        proxy.configuration["databases"]["app"]["shadow"] = True
        proxy.write_configuration()
        proxy.proxyctl("reload", check=0)
        wait_for(lambda: not split(), "reads to be on the primary again")
        connection.execute("SELECT 5")
        verdict(proxy, "SELECT ?", "safe")
        assert "shadow" in {row["state"] for row in proxy.admin("SHOW SERVERS")}


def test_literals_are_never_shown(shadow):
    """Whatever the session's rules of quoting are."""
    proxy = shadow({"sampleRate": 0})
    with proxy.connect() as connection:
        connection.execute("SET standard_conforming_strings TO off")
        connection.execute("SET escape_string_warning TO off")
        connection.execute("SELECT 'it\\'s topsecret', 'and ' || 'topsecret'")
        connection.execute("SELECT E'it\\'s topsecret' -- topsecret\n, $x$topsecret$x$")
        connection.execute("RESET standard_conforming_strings")
        connection.execute("SET client_encoding TO SJIS")
        connection.execute("SELECT 'topsecret'")
    shown = json.dumps(proxy.admin("SHOW SHADOW")) + proxy.proxyctl("shadow").stdout
    assert "topsecret" not in shown, shown
    assert "SELECT ? , ?" in {row["query"] for row in proxy.admin("SHOW SHADOW")}
