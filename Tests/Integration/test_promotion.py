"""Statement promotion: what is sent again and again as an unnamed Parse is not parsed again, and no
client can tell by anything but the time it takes."""

import threading

import pytest

from transparency import play
from waiting import wait_for
from wire import Wire, bind, close, describe, execute, parse, query, sync, types_of

# Uses after which a text is promoted for certain, and some more.
ENOUGH = 12
HOT = "SELECT a, b FROM promo.t WHERE a = $1"


@pytest.fixture(scope="module")
def one(make_lasting_proxy):
    """One connection to the primary, where all statements run."""
    return make_lasting_proxy({
        "workers": 1, "pooling": {"size": 1},
        "databases": {"*": {"cluster": "main", "route": "primary"}}}, wait=False)


@pytest.fixture(autouse=True)
def table(cluster, one):
    cluster.run(
        "DROP SCHEMA IF EXISTS promo CASCADE", "DROP SCHEMA IF EXISTS first CASCADE",
        "CREATE SCHEMA promo AUTHORIZATION app", "CREATE SCHEMA first AUTHORIZATION app",
        "CREATE TABLE promo.t (a int, b text)", "ALTER TABLE promo.t OWNER TO app",
        "INSERT INTO promo.t SELECT n, 'b' || n FROM generate_series(1, 100) n")
    yield
    one.assert_sound()


def batch(sql=HOT, parameters=(7,), types=(), **more):
    return parse("", sql, types) + bind("", "", parameters, **more) + describe("P") + execute() \
        + sync()


def logged_in(proxy):
    wire = Wire(proxy.port)
    wire.login()
    return wire


def ask(wire, data):
    wire.send(data)
    return wire.read_until()


def promotions(proxy, column="promotions"):
    return sum(int(row[column]) for row in proxy.admin("SHOW STATS"))


def warm(wire, proxy, data=None, times=ENOUGH):
    """Sends it until it is promoted."""
    before = promotions(proxy)
    for _ in range(times):
        ask(wire, batch() if data is None else data)
    assert promotions(proxy) > before, "it was not promoted"


def like_direct(cluster, wire, data, prepare=()):
    """The answer, which must be that of PostgreSQL to a client that has just come."""
    for statement in prepare:
        cluster.run(statement)
    expected = play(cluster.primary.port, [data])
    got = ask(wire, data)
    assert got == expected
    return got


def served_by_shared(proxy, wire, data):
    """Whether the server saw no Parse of it."""
    before = promotions(proxy)
    ask(wire, data)
    return promotions(proxy) > before


# ---------------------------------------------------------------- that it works

def test_promoted_and_the_same_answers(cluster, one):
    with logged_in(one) as wire:
        for _ in range(ENOUGH):
            like_direct(cluster, wire, batch())
        assert any(served_by_shared(one, wire, batch()) for _ in range(ENOUGH))
        shown = wire.run("SELECT count(*) FROM pg_prepared_statements WHERE statement = '"
                         + HOT + "'")
        assert [m.row for m in shown if m.type == "D"] == [[b"1"]]


def test_off(make_proxy):
    proxy = make_proxy({"promotion": "off"})
    with logged_in(proxy) as wire:
        for _ in range(ENOUGH):
            ask(wire, batch())
    assert promotions(proxy) == 0
    shown = {row["key"]: row["value"] for row in proxy.admin("SHOW CONFIG")}
    assert shown["databases.*.promotion"] == "off"


def test_drivers_flow_of_describe_first(cluster, one):
    """Parse, Describe, Sync; then Bind, Execute, Sync."""
    with logged_in(one) as wire:
        steps = [parse("", HOT) + describe("S") + sync(),
                 bind(parameters=(9,)) + execute() + sync()]
        expected = play(cluster.primary.port, steps)
        for _ in range(ENOUGH):
            assert [m for step in steps for m in ask(wire, step)] == expected
        assert any(served_by_shared(one, wire, steps[0]) for _ in range(ENOUGH))


def test_writes(one):
    text = "UPDATE promo.t SET b = $2 WHERE a = $1"
    with logged_in(one) as wire:
        warm(wire, one, batch(text, (1, "x")))
        reply = ask(wire, batch(text, (1, "y")))
        assert types_of(reply) == "12nCZ"
        assert [m.row for m in wire.run("SELECT b FROM promo.t WHERE a = 1")
                if m.type == "D"] == [[b"y"]]


def test_on_replicas(make_proxy, cluster):
    proxy = make_proxy()
    with logged_in(proxy) as wire:
        for _ in range(3 * ENOUGH):
            assert ask(wire, batch()) == play(cluster.primary.port, [batch()])
    assert promotions(proxy) > 0
    assert sum(int(row["heals"]) for row in proxy.admin("SHOW STATS")) == 0


def test_many_clients(make_proxy):
    proxy = make_proxy({"workers": 2, "pooling": {"size": 3}})
    problems = []

    def work(number):
        with logged_in(proxy) as wire:
            for turn in range(60):
                a = (number * 13 + turn) % 100 + 1
                rows = [m.row for m in ask(wire, batch(parameters=(a,))) if m.type == "D"]
                if rows != [[str(a).encode(), b"b%d" % a]]:
                    problems.append((a, rows))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert promotions(proxy) > 100
    proxy.assert_sound()


# ---------------------------------------------------------------- changes in between

CHANGES = {
    "a column more": (
        "SELECT * FROM promo.t WHERE a = $1", ["ALTER TABLE promo.t ADD COLUMN c int DEFAULT 5"]),
    "a column of another type": (HOT, ["ALTER TABLE promo.t ALTER b TYPE varchar(9)"]),
    "a parameter of another type": (
        "SELECT b FROM promo.t WHERE a = $1", ["ALTER TABLE promo.t ALTER a TYPE text"]),
    "a column is gone": (HOT, ["ALTER TABLE promo.t DROP COLUMN b"]),
    "the table is gone": (HOT, ["DROP TABLE promo.t"]),
    "the table is another one": (
        HOT, ["DROP TABLE promo.t", "CREATE TABLE promo.t (b int, a int)",
              "GRANT ALL ON promo.t TO app", "INSERT INTO promo.t VALUES (1, 7)"]),
    "not allowed any more": (
        HOT, ["ALTER TABLE promo.t OWNER TO postgres", "REVOKE ALL ON promo.t FROM app"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_behind_the_proxys_back(cluster, one, change):
    """The very next use is answered as PostgreSQL answers it, errors and their places included."""
    text, statements = CHANGES[change]
    with logged_in(one) as wire:
        warm(wire, one, batch(text))
        like_direct(cluster, wire, batch(text), statements)
        for _ in range(ENOUGH):
            like_direct(cluster, wire, batch(text))
        like_direct(cluster, wire, parse("", text) + describe("S") + sync())


@pytest.mark.parametrize("change", CHANGES)
def test_changed_by_a_client(cluster, one, change):
    text, statements = CHANGES[change]
    if change == "not allowed any more":
        statements = ["REVOKE ALL ON promo.t FROM app"]
    with logged_in(one) as wire, logged_in(one) as other:
        warm(wire, one, batch(text))
        for statement in statements:
            assert not [m for m in other.run(statement) if m.type == "E"]
        for _ in range(ENOUGH):
            like_direct(cluster, wire, batch(text))


def test_a_type_dropped_and_made_again(cluster, one):
    text = "SELECT 'x'::promo.mood, $1::int"
    make = "CREATE TYPE promo.mood AS ENUM ('x', 'y')"
    with logged_in(one) as wire, logged_in(one) as other:
        other.run(make)
        warm(wire, one, batch(text))
        for statement in ("DROP TYPE promo.mood", make, "DROP TYPE promo.mood"):
            assert not [m for m in other.run(statement) if m.type == "E"]
            like_direct(cluster, wire, batch(text))


def test_what_postgresql_does_not_notice(cluster, one):
    """A function that fits better, a table that comes first in the path."""
    with logged_in(one) as wire, logged_in(one) as other:
        other.run("CREATE FUNCTION promo.f(bigint) RETURNS text IMMUTABLE LANGUAGE sql "
                  "AS $$SELECT 'bigint'$$")
        path = "SET search_path TO first, promo"
        wire.run(path)
        texts = ["SELECT count(*) FROM t WHERE a > $1::int"]
        for text in texts:
            warm(wire, one, batch(text))
        for statement in ("CREATE TABLE first.t (a int)", "DROP TABLE first.t"):
            assert not [m for m in other.run(statement) if m.type == "E"]
            for text in texts:
                expected = [step for step in play(
                    cluster.primary.port, [query(path), batch(text)])][-6:]
                assert ask(wire, batch(text)) == expected


def test_a_table_behind_the_back_that_comes_first(cluster, one):
    """PostgreSQL does not notice; it counts a second later at the latest."""
    text = "SELECT count(*) FROM t WHERE a > $1::int"
    with logged_in(one) as wire:
        wire.run("SET search_path TO first, promo")
        warm(wire, one, batch(text, (0,)))
        cluster.run("CREATE TABLE first.t (a int)", "GRANT ALL ON first.t TO app")
        wait_for(lambda: [m.row for m in ask(wire, batch(text, (0,))) if m.type == "D"]
                 == [[b"0"]], "the new table to be read", 5)


def test_a_temporary_table_hides_another(cluster, one):
    text = "SELECT count(*) FROM t WHERE a > $1::int"
    with logged_in(one) as wire:
        wire.run("SET search_path TO promo")
        warm(wire, one, batch(text, (0,)))
        for statement in ("CREATE TEMP TABLE u (a int)", "CREATE TEMP TABLE t (a int)"):
            assert not [m for m in wire.run(statement) if m.type == "E"]
        for _ in range(ENOUGH):
            assert [m.row for m in ask(wire, batch(text, (0,))) if m.type == "D"] == [[b"0"]]
        wire.run("DISCARD ALL")
    with logged_in(one) as wire:
        wire.run("SET search_path TO promo")
        assert [m.row for m in ask(wire, batch(text, (0,))) if m.type == "D"] == [[b"100"]]


def test_settings_of_the_session(cluster, one):
    """Path, time zone and date style: each client's own, whoever has promoted the text."""
    text = "SELECT timestamptz '2024-01-01 00:00', current_schema(), $1::int"
    settings = ["SET TimeZone TO 'Asia/Tokyo'", "SET search_path TO first",
                "SET DateStyle TO 'German'", "SET TimeZone TO 'America/New_York'"]
    wires = []
    try:
        for setting in settings:
            wires.append(logged_in(one))
            wires[-1].run(setting)
        expected = [
            play(cluster.primary.port, [query(setting), batch(text)])[-6:]
            for setting in settings]
        before = promotions(one)
        for _ in range(ENOUGH):
            assert [ask(wire, batch(text)) for wire in wires] == expected
        assert promotions(one) >= before + len(settings)
    finally:
        for wire in wires:
            wire.__exit__()


def test_deallocate_and_discard(cluster, one):
    with logged_in(one) as wire:
        for statement in ("DEALLOCATE ALL", "DISCARD ALL", "DISCARD PLANS"):
            warm(wire, one)
            assert not [m for m in wire.run(statement) if m.type == "E"]
            for _ in range(3):
                like_direct(cluster, wire, batch())


# ---------------------------------------------------------------- errors

ERRORS = {
    "a parameter that is none": batch(parameters=("x",)),
    "too many parameters": batch(parameters=(1, 2)),
    "too few parameters": batch(parameters=()),
    "a binary parameter of the wrong size": batch(parameters=(b"\0",), formats=(1,)),
    "too many result formats": batch(results=(0, 0, 0)),
    "an unknown result format": batch(results=(9,)),
}


@pytest.mark.parametrize("error", ERRORS)
def test_errors_of_bind(cluster, one, error):
    with logged_in(one) as wire:
        warm(wire, one)
        like_direct(cluster, wire, ERRORS[error])
        like_direct(cluster, wire, batch())
        assert any(served_by_shared(one, wire, batch()) for _ in range(ENOUGH))


def test_errors_of_execute(cluster, one):
    text = "SELECT 1 / (a - $1) FROM promo.t ORDER BY a"
    with logged_in(one) as wire:
        warm(wire, one, batch(text, (1000,)))
        like_direct(cluster, wire, batch(text, (50,)))
        like_direct(cluster, wire, batch(text, (1000,)))


@pytest.mark.parametrize("text", [
    "SELECT $1", "SELECT $1 = $2", "SELECT nope FROM promo.t", "SELECT FROM nope",
    "SELEC 1", "SELECT 'x", "INSERT INTO promo.t VALUES ($1, $2, $3)"])
def test_texts_that_never_parse(cluster, one, text):
    with logged_in(one) as wire:
        for _ in range(ENOUGH):
            like_direct(cluster, wire, batch(text))


# ---------------------------------------------------------------- conversations

CONVERSATIONS = {
    "close of the unnamed statement": [
        batch(), close("S") + sync(), bind(parameters=(1,)) + execute() + sync()],
    "described later": [batch(), describe("S") + sync()],
    "bound later": [batch(), bind(parameters=(3,)) + execute() + sync(),
                    bind(parameters=(4,)) + execute() + sync()],
    "a query drops it": [batch(), query("SELECT 1"), bind(parameters=(3,)) + sync()],
    "another text replaces it": [
        parse("", HOT) + bind(parameters=(1,)) + execute() + parse("", "SELECT 2") + sync(),
        bind() + execute() + sync()],
    "in a block": [query("BEGIN"), batch(), batch(), query("COMMIT")],
    "in a block that has failed": [
        query("BEGIN"), query("SELECT 1/0"), batch(), query("ROLLBACK"), batch()],
    "closed in its own batch": [
        parse("", HOT) + bind(parameters=(1,)) + execute() + close("S") + sync(),
        bind(parameters=(1,)) + sync()],
    "two portals": [
        parse("", HOT) + bind("p", "", (1,)) + bind("q", "", (2,)) + execute("q") + execute("p")
        + sync()],
    "a limit on rows": [
        parse("", "SELECT a FROM promo.t WHERE a < $1 ORDER BY a") + bind(parameters=(9,))
        + execute("", 3) + execute("", 3) + sync()],
    "an error behind it": [
        parse("", HOT) + bind(parameters=(1,)) + execute() + parse("", "SELECT nope") + sync(),
        bind(parameters=(1,)) + sync()],
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversations(cluster, one, name):
    steps = CONVERSATIONS[name]
    expected = play(cluster.primary.port, steps)
    with logged_in(one) as wire:
        warm(wire, one)
        for _ in range(ENOUGH):
            wire.run("SELECT 1")
            assert [m for step in steps for m in ask(wire, step)] == expected


def test_pipelines(cluster, one):
    """Batches that do not wait for each other, with changes and errors among them."""
    parts = [batch(), batch(parameters=("x",)), batch(), batch("SELECT nope"), batch(),
             batch(parameters=(8,))]
    with Wire(cluster.primary.port) as direct:
        direct.login()
        direct.send(b"".join(parts))
        expected = direct.read_until("Z", len(parts))
    with logged_in(one) as wire:
        warm(wire, one)
        for _ in range(4):
            wire.send(b"".join(parts))
            assert wire.read_until("Z", len(parts)) == expected


def test_a_pipeline_across_a_change(cluster, one):
    text = "SELECT * FROM promo.t WHERE a = $1"
    with logged_in(one) as wire:
        warm(wire, one, batch(text))
        cluster.run("ALTER TABLE promo.t ADD COLUMN c int DEFAULT 5")
        expected = play(cluster.primary.port, [batch(text)])
        wire.send(batch(text) * 5)
        assert wire.read_until("Z", 5) == expected * 5


# ---------------------------------------------------------------- the world

def test_a_server_restarts(healed, make_proxy):
    proxy = make_proxy({"workers": 1, "pooling": {"size": 1},
                        "databases": {"*": {"cluster": "main", "route": "primary"}}}, wait=False)
    with logged_in(proxy) as wire:
        warm(wire, proxy)
        healed.primary.stop()
        healed.primary.start()

        def answered():
            reply = ask(wire, batch())
            return not [m for m in reply if m.type == "E"]

        wait_for(answered, "the primary to be back")
        assert ask(wire, batch()) == play(healed.primary.port, [batch()])
        warm(wire, proxy)


def test_a_generic_plan_that_is_slow_is_given_up(cluster, one):
    """A fiftieth of the table has one value, all others are rare: a generic plan expects a row or
    two of either side and joins them one by one. It looks cheaper than the plan for that value."""
    cluster.run(
        "CREATE TABLE promo.skew AS SELECT CASE WHEN n % 50 = 0 THEN 0 ELSE n END AS k, n "
        "FROM generate_series(1, 60000) n", "CREATE INDEX ON promo.skew (k)",
        "ANALYZE promo.skew", "GRANT ALL ON promo.skew TO app")
    data = batch("SELECT count(*) FROM promo.skew a JOIN promo.skew b ON a.n = b.n "
                 "WHERE a.k = $1 AND b.k = $1", (0,))
    with logged_in(one) as wire:
        before = promotions(one, "demotions")
        warm(wire, one, data)
        wait_for(lambda: ask(wire, data) and promotions(one, "demotions") == before + 1,
                 "it to be demoted", 60)
        promoted = promotions(one)
        for _ in range(20):
            assert [m.row for m in ask(wire, data) if m.type == "D"] == [[b"1200"]]
        assert promotions(one) == promoted, "it runs in its own way now"
        assert not [m for m in wire.run("CREATE TABLE promo.more ()") if m.type == "E"]
        warm(wire, one, data)
    assert "it is demoted for a while" in one.log()
