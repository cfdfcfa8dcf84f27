"""Reads that a replica refuses, or dies of, are run elsewhere, and the client does not notice.

Each class of errors is produced by a real standby: see the table in Routing.md, "Healing".
"""

import contextlib
import os
import signal
import threading

import pytest

from waiting import wait_for
from wire import Wire, bind, describe, execute, flush, parse, query, sync, types_of

OBJECTS = """
    DROP SCHEMA IF EXISTS heal CASCADE;
    CREATE SCHEMA heal;
    GRANT USAGE ON SCHEMA heal TO PUBLIC;
    CREATE SEQUENCE heal.numbers;
    GRANT USAGE ON SEQUENCE heal.numbers TO PUBLIC;
    CREATE FUNCTION heal.ticket() RETURNS bigint STABLE LANGUAGE plpgsql AS
        'BEGIN RETURN nextval(''heal.numbers''); END';
    CREATE FUNCTION heal.draw() RETURNS bigint LANGUAGE plpgsql AS
        'BEGIN RETURN nextval(''heal.numbers''); END';
    CREATE UNLOGGED TABLE heal.hidden AS SELECT 7 AS n;
    CREATE FUNCTION heal.scratch() RETURNS int STABLE LANGUAGE plpgsql AS
        'BEGIN RETURN (SELECT n FROM heal.hidden); END';
    CREATE FUNCTION heal.position() RETURNS pg_lsn STABLE LANGUAGE plpgsql AS
        'BEGIN RETURN pg_current_wal_lsn(); END';
    CREATE FUNCTION heal.message() RETURNS pg_lsn STABLE LANGUAGE plpgsql AS
        'BEGIN RETURN pg_logical_emit_message(true, ''heal'', ''x''); END';
    CREATE TABLE heal.ledger (n int);
    GRANT INSERT ON heal.ledger TO PUBLIC;
    CREATE FUNCTION heal.put() RETURNS int LANGUAGE plpgsql AS
        'BEGIN INSERT INTO heal.ledger VALUES (1); RETURN 1; END';
    CREATE FUNCTION heal.put_quietly() RETURNS int STABLE LANGUAGE plpgsql AS
        'BEGIN RETURN heal.put(); END';
    CREATE TABLE heal.plain AS SELECT n FROM generate_series(1, 1000) n;
    GRANT SELECT ON ALL TABLES IN SCHEMA heal TO PUBLIC;
"""

# What every standby refuses, by SQLSTATE: a query whose row ends with the port it ran on. The
# functions say that they are STABLE, which is not so: the catalog takes them for reads.
REFUSED = {
    "25006": "SELECT heal.ticket() > 0, inet_server_port()",
    "0A000": "SELECT heal.scratch() = 7, inet_server_port()",
    "55000": "SELECT heal.position() IS NOT NULL, inet_server_port()",
    "XX000": "SELECT heal.message() IS NOT NULL, inet_server_port()",
}

WAYS = ("simple", "several in one", "unnamed", "prepared", "flushed", "pipelined", "read only")


@pytest.fixture(scope="module", autouse=True)
def objects(cluster):
    cluster.run(OBJECTS)
    yield
    cluster.run("DROP SCHEMA heal CASCADE")


@pytest.fixture
def trusting(make_proxy):
    """Starts proxies that have read the catalog, and believe what it says."""
    def make(changes=None):
        proxy = make_proxy(changes)
        with client(proxy) as wire:
            wire.run("SELECT 1")
        wait_for(
            lambda: [row for row in proxy.admin("SHOW CATALOG")
                     if row["database"] == "app" and row["state"] == "loaded"],
            "the catalog to be read")
        return proxy

    return make


@contextlib.contextmanager
def client(proxy):
    with Wire(proxy.port) as wire:
        yield wire.login()


def send(wire, way, sql):
    """Sends a query in one of the `WAYS`; what is returned reads the messages of its reply."""
    run = bind("", "s" if way in ("prepared", "flushed") else "") + execute()
    if way == "simple":
        wire.send(query(sql))
        return wire.read_until
    if way == "several in one":
        wire.send(query(f"SELECT 1; {sql}; SELECT 2"))
        return wire.read_until
    if way == "read only":
        wire.send(query("BEGIN READ ONLY"), query(sql), query("COMMIT"))
        return lambda: wire.read_until(times=3)
    if way == "unnamed":
        wire.send(parse("", sql) + bind() + describe("P") + execute() + sync())
        return wire.read_until
    if way == "prepared":
        wire.send(parse("s", sql) + describe("S", "s") + sync())
        return lambda: wire.read_until() + (wire.send(run + sync()) or wire.read_until())
    if way == "flushed":
        wire.send(parse("s", sql) + describe("S", "s") + flush())
        return lambda: wire.read_until("TE") + (wire.send(run + sync()) or wire.read_until())
    assert way == "pipelined"
    one = parse("", sql) + bind() + execute()
    wire.send(one + one + sync() + query("SELECT 1, 'after'") + one + sync())
    return lambda: wire.read_until(times=3)


def ask(wire, way, sql):
    return send(wire, way, sql)()


def rows(reply):
    return [m.row for m in reply if m.type == "D"]


def ports(reply):
    """The ports that the query has told, wherever it stands in the reply."""
    return [int(row[-1]) for row in rows(reply) if row[-1].isdigit() and int(row[-1]) > 1024]


def errors(reply):
    return [m.sqlstate for m in reply if m.type == "E"]


def without_ports(reply):
    return [(m.type, m.body if m.type != "D" else m.row[:-1]) for m in reply]


# ---------------------------------------------------------------- what every standby refuses

# In a READ ONLY transaction the primary refuses the first of them as well.
@pytest.mark.parametrize("state, way", [
    (state, way) for state in REFUSED for way in WAYS if (state, way) != ("25006", "read only")])
def test_what_every_standby_refuses_runs_on_the_primary(cluster, trusting, state, way):
    proxy = trusting()
    sql = REFUSED[state]
    with Wire(cluster.primary.port) as direct:
        expected = ask(direct.login(), way, sql)
    assert not errors(expected)
    for _ in range(3):
        with client(proxy) as wire:
            reply = ask(wire, way, sql)
            assert without_ports(reply) == without_ports(expected)
            assert set(ports(reply)) == {cluster.primary.port}


def test_it_has_run_once(cluster, trusting):
    """What was refused has drawn no number, and what ran elsewhere has drawn one."""
    proxy = trusting()
    with client(proxy) as wire:
        before = cluster.primary.value("SELECT nextval('heal.numbers')")
        for way in ("simple", "unnamed", "prepared"):
            assert not errors(ask(wire, way, REFUSED["25006"]))
        assert cluster.primary.value("SELECT nextval('heal.numbers')") == before + 4


@pytest.mark.parametrize("way", ("simple", "unnamed", "prepared", "flushed", "read only"))
@pytest.mark.parametrize("state", REFUSED)
def test_where_the_primary_is_forbidden_the_replica_is_believed(trusting, state, way):
    proxy = trusting({"clusters": {"main": {"fallbackToPrimary": False}}})
    for _ in range(3):
        with client(proxy) as wire:
            assert errors(ask(wire, way, REFUSED[state])) == [state]
            assert wire.value("SELECT 1") == "1"


def failing_late(count, before):
    """Rows, and after some of them an error on a standby."""
    return (f"SELECT i, CASE WHEN i = {before} THEN heal.ticket() END, "
            f"inet_server_port() FROM generate_series(1, {count}) i")


@pytest.mark.parametrize("way", ("simple", "unnamed"))
def test_an_error_after_a_thousand_rows(cluster, trusting, way):
    proxy = trusting()
    with client(proxy) as wire:
        reply = ask(wire, way, failing_late(1500, 1000))
        assert not errors(reply)
        assert [int(row[0]) for row in rows(reply)] == list(range(1, 1501))
        assert set(ports(reply)) == {cluster.primary.port}


@pytest.mark.parametrize("way", ("simple", "unnamed"))
def test_an_error_behind_more_than_is_held_is_the_clients(trusting, way):
    proxy = trusting()
    with client(proxy) as wire:
        reply = ask(wire, way, failing_late(100_000, 90_000))
        assert errors(reply) == ["25006"]
        assert len(rows(reply)) == 89_999
        assert wire.value("SELECT 1") == "1"


def test_an_error_that_the_primary_would_give_is_given_once(cluster, trusting):
    proxy = trusting()
    with client(proxy) as wire:
        for sql, state in (("SELECT 1/0", "22012"), ("SELECT 'x'::int", "22P02"),
                           ("SELECT FROM nowhere", "42P01"), ("SELECT nothing", "42703"),
                           ("SELECT * FROM no.where", "42P01"), ("SELEC", "42601")):
            with Wire(cluster.primary.port) as direct:
                expected = ask(direct.login(), "simple", sql)
            for way in ("simple", "unnamed"):
                reply = ask(wire, way, sql)
                assert errors(reply) == [state]
                assert reply[-2].fields["M"] == expected[-2].fields["M"]


def heals(proxy):
    """Rows of SHOW HEALS by SQLSTATE; of several the latest."""
    return {row["sqlstate"]: row for row in reversed(proxy.admin("SHOW HEALS"))}


# ---------------------------------------------------------------- what is remembered

def test_a_refused_statement_goes_to_the_primary_from_then_on(cluster, trusting):
    """The fingerprint is remembered by every worker, shown, and forgotten in time."""
    proxy = trusting({"workers": 2, "healing": {"rememberSeconds": 3}})
    text = "SELECT heal.scratch(), {} AS x WHERE 1 < {}"
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(client(proxy)) for _ in range(4)]
        for n, wire in enumerate(clients):
            assert not errors(ask(wire, "simple", text.format(n, 98765400 + n)))
        for n, wire in enumerate(clients * 5):
            assert not errors(ask(wire, "unnamed", text.format(n, n + 2)))
        row = heals(proxy)["0A000"]
        # Two workers may have met it at the same time.
        assert 1 <= int(row["heals"]) <= 2
        assert row["database"] == "app"
        assert row["node"] in ("pg2", "pg3")
        assert row["query"] == "SELECT heal.scratch(), ? AS x WHERE ? < ?"
        assert int(row["remembered_seconds"]) <= 3
        assert sum(int(r["heals"]) for r in proxy.admin("SHOW STATS")) == int(row["heals"])
        by_node = {r["node"]: int(r["heals"]) for r in proxy.admin("SHOW STATUS")}
        assert by_node["pg1"] == 0 and sum(by_node.values()) == int(row["heals"])
        wait_for(lambda: heals(proxy)["0A000"]["remembered_seconds"] is None, "it to be forgotten")
        before = int(heals(proxy)["0A000"]["heals"])
        assert not errors(ask(clients[0], "simple", text.format(1, 9)))
        wait_for(
            lambda: errors(ask(clients[0], "simple", text.format(1, 9)))
            or int(heals(proxy)["0A000"]["heals"]) > before, "it to be tried on a replica again")
    assert proxy.log().count("a replica refuses a read") >= 1
    assert "987654" not in proxy.log()


def test_nothing_is_remembered_where_that_is_off(trusting):
    proxy = trusting({"workers": 1, "healing": {"rememberSeconds": 0}})
    with client(proxy) as wire:
        for _ in range(5):
            assert not errors(ask(wire, "simple", REFUSED["0A000"]))
    assert int(heals(proxy)["0A000"]["heals"]) == 5


def test_a_change_of_the_schema_forgets_it(cluster, trusting):
    proxy = trusting({"workers": 1})
    with client(proxy) as wire:
        assert ports(ask(wire, "simple", REFUSED["0A000"])) == [cluster.primary.port]
        assert int(heals(proxy)["0A000"]["remembered_seconds"]) > 500
        assert not errors(wire.run("CREATE TABLE IF NOT EXISTS public.heal_other (n int)"))
        assert heals(proxy)["0A000"]["remembered_seconds"] is None
        assert not errors(wire.run("DROP TABLE public.heal_other"))


def test_wrong_queries_do_not_ask_replicas_again_and_again(trusting):
    """What is missing is remembered for seconds: a storm of mistakes is the primary's alone."""
    proxy = trusting({"workers": 1})
    with client(proxy) as wire:
        for n in range(50):
            assert errors(ask(wire, "simple", f"SELECT {n} FROM nowhere_at_all")) == ["42P01"]
    # Both replicas were asked once, or once more where the seconds were over.
    assert int(heals(proxy)["42P01"]["heals"]) <= 2


# ---------------------------------------------------------------- what is not replayed yet

@contextlib.contextmanager
def paused(*replicas):
    for replica in replicas:
        replica.query("SELECT pg_wal_replay_pause()")
        wait_for(
            lambda: replica.value("SELECT pg_get_wal_replay_pause_state()") == "paused",
            f"{replica.name} to pause")
    try:
        yield
    finally:
        for replica in replicas:
            replica.query("SELECT pg_wal_replay_resume()")


# SQLSTATE of what is missing: DDL, and a query that needs it.
MISSING = {
    "42P01": ("CREATE TABLE heal.{0} AS SELECT 1 AS n; GRANT SELECT ON heal.{0} TO app",
              "SELECT n, inet_server_port() FROM heal.{0}"),
    # An overload of one of PostgreSQL's own: what the proxy does not know runs on the primary.
    "42883": ("CREATE FUNCTION public.abs(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
              "SELECT abs('x'::text), inet_server_port()"),
    "42703": ("ALTER TABLE heal.plain ADD COLUMN {0} int DEFAULT 1",
              "SELECT {0}, inet_server_port() FROM heal.plain LIMIT 1"),
    "42704": ("CREATE COLLATION heal.{0} (locale = 'C')",
              "SELECT 'x' COLLATE heal.{0}, inet_server_port()"),
}


@pytest.mark.parametrize("way", ("simple", "unnamed", "prepared", "flushed", "read only"))
@pytest.mark.parametrize("state", MISSING)
def test_what_one_replica_lacks_another_has(cluster, healed, trusting, state, way):
    proxy = trusting({"workers": 1, "clusters": {"main": {"fallbackToPrimary": False}}})
    lagging, other = cluster.replicas
    ddl, sql = MISSING[state]
    name = "m" + way.replace(" ", "_")
    cluster.run("DROP FUNCTION IF EXISTS public.abs(text)")
    with paused(lagging):
        with cluster.primary.connect() as connection:
            connection.execute(ddl.format(name))
        wait_for(lambda: not failing(other, sql.format(name)), "the other to have it")
        assert failing(lagging, sql.format(name)) == state
        for _ in range(4):
            with client(proxy) as wire:
                reply = ask(wire, way, sql.format(name))
                assert not errors(reply)
                assert set(ports(reply)) == {other.port}
    cluster.run("DROP FUNCTION IF EXISTS public.abs(text)")


def failing(node, sql):
    """The SQLSTATE that a node answers a query with; nothing: it answers."""
    with Wire(node.port) as wire:
        found = errors(wire.login().run(sql))
        return found[0] if found else None


@pytest.mark.parametrize("way", ("simple", "unnamed", "prepared", "flushed", "pipelined"))
def test_what_no_replica_has_yet_the_primary_has(cluster, healed, trusting, way):
    proxy = trusting()
    name = "later_" + way
    with paused(*cluster.replicas):
        ddl, sql = MISSING["42P01"]
        with cluster.primary.connect() as connection:
            connection.execute(ddl.format(name))
        for _ in range(3):
            with client(proxy) as wire:
                reply = ask(wire, way, sql.format(name))
                assert not errors(reply)
                assert set(ports(reply)) == {cluster.primary.port}
    # The statement is forgotten within seconds, and the replicas serve it.
    cluster.wait_for_replay()
    with client(proxy) as wire:
        wait_for(
            lambda: ports(ask(wire, "simple", sql.format(name)))[0] != cluster.primary.port,
            "a replica to answer")


def test_a_prepared_statement_that_only_the_primary_could_make(cluster, healed, trusting):
    """The client's name is good for ever after, on whatever node."""
    proxy = trusting()
    ddl, sql = MISSING["42P01"]
    sql = sql.format("made_late")
    run = bind("", "s") + execute() + sync()
    with client(proxy) as wire:
        with paused(*cluster.replicas):
            with cluster.primary.connect() as connection:
                connection.execute(ddl.format("made_late"))
            wire.send(parse("s", sql) + sync())
            assert types_of(wire.read_until()) == "1Z"
            wire.send(run)
            assert ports(wire.read_until()) == [cluster.primary.port]
        cluster.wait_for_replay()

        def ran_on():
            wire.send(run)
            return ports(wire.read_until())[0]

        wait_for(lambda: ran_on() in (node.port for node in cluster.replicas), "a replica to run it")
        wire.send(parse("s", sql) + sync())
        assert errors(wire.read_until()) == ["42P05"]


# ---------------------------------------------------------------- the replica's own trouble

def victims(cluster):
    """(node, pid) of the backends of replicas that run a slow statement."""
    return [
        (node, pid) for node in cluster.replicas if node.is_running()
        for (pid,) in node.query(
            "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() "
            "AND query LIKE '%pg_sleep%' AND backend_type = 'client backend'")]


def interrupted(cluster, proxy, way, interrupt, seconds=1.5):
    """Runs a slow read and interrupts it where it runs. Returns the node and the reply."""
    sql = f"SELECT pg_sleep({seconds})::text = '', inet_server_port()"
    with client(proxy) as wire:
        read = send_late(wire, way, sql)
        found = wait_for(lambda: victims(cluster), "it to run on a replica")
        assert len(found) == 1
        interrupt(*found[0])
        return found[0][0], read()


def send_late(wire, way, sql):
    """As `send`, but a prepared statement is about to run when this returns."""
    if way != "prepared":
        return send(wire, way, sql)
    wire.send(parse("s", sql) + describe("S", "s") + sync())
    wire.read_until()
    wire.send(bind("", "s") + execute() + sync())
    return wire.read_until


def terminate(node, pid):
    assert node.value(f"SELECT pg_terminate_backend({pid})")


def kill(node, pid):
    os.kill(pid, signal.SIGKILL)


def stop(node, pid):
    threading.Thread(target=node.stop, args=("fast",)).start()


def stop_at_once(node, pid):
    threading.Thread(target=node.stop, args=("immediate",)).start()


ENDS = {"terminated": terminate, "killed": kill, "stopped": stop, "stopped at once": stop_at_once}


@pytest.mark.parametrize("way", ("simple", "unnamed", "prepared", "read only"))
@pytest.mark.parametrize("end", ENDS)
def test_a_replica_that_dies_mid_read(cluster, healed, trusting, end, way):
    """The read runs on the other replica, even where the primary is forbidden."""
    proxy = trusting({"workers": 1, "clusters": {"main": {"fallbackToPrimary": False}}})
    died, reply = interrupted(cluster, proxy, way, ENDS[end])
    assert not errors(reply)
    other = next(node for node in cluster.replicas if node is not died)
    assert ports(reply) == [other.port]
    expected = {"terminated": "57P01", "stopped": "57P01"}.get(end, "08006")
    assert int(heals(proxy)[expected]["heals"]) == 1


@pytest.mark.parametrize("way", ("simple", "prepared"))
def test_when_both_replicas_die_the_primary_reads(cluster, healed, trusting, way):
    proxy = trusting({"workers": 1})
    with client(proxy) as wire:
        read = send_late(wire, way, "SELECT pg_sleep(1.5)::text = '', inet_server_port()")
        first = wait_for(lambda: victims(cluster), "it to run on a replica")[0]
        terminate(*first)
        second = wait_for(
            lambda: [v for v in victims(cluster) if v[0] is not first[0]],
            "it to run on the other")[0]
        terminate(*second)
        reply = read()
        assert not errors(reply)
        assert ports(reply) == [cluster.primary.port]


def test_without_anywhere_to_go_the_client_is_told(cluster, healed, trusting):
    proxy = trusting({"workers": 1, "clusters": {"main": {"fallbackToPrimary": False}}})
    cluster.replicas[1].stop("fast")
    wait_for(
        lambda: {r["node"]: r["state"] for r in proxy.admin("SHOW STATUS")}["pg3"] == "down",
        "the proxy to notice")
    died, reply = interrupted(cluster, proxy, "simple", terminate)
    assert errors(reply) == ["08006"]
    assert "terminating connection due to administrator command" in reply[-2].fields["M"]
    assert reply[-1].status == "I"


@contextlib.contextmanager
def impatient(cluster):
    """Replicas cancel at once what is in the way of replay."""
    def set_delay(text):
        for node in cluster.replicas:
            node.query(f"ALTER SYSTEM SET max_standby_streaming_delay = '{text}'")
            node.query("SELECT pg_reload_conf()")
            wait_for(
                lambda: node.value("SHOW max_standby_streaming_delay") == text, "the new delay")

    set_delay("0")
    try:
        yield
    finally:
        set_delay("8s")


@pytest.mark.parametrize("conflict", ("lock", "snapshot"))
@pytest.mark.parametrize("way", ("simple", "unnamed", "prepared", "read only"))
def test_a_conflict_with_recovery(cluster, healed, trusting, way, conflict):
    proxy = trusting({"workers": 1})
    statements = {
        "lock": ["BEGIN", "LOCK TABLE heal.plain IN ACCESS EXCLUSIVE MODE", "COMMIT"],
        "snapshot": ["UPDATE heal.plain SET n = n", "VACUUM heal.plain"]}[conflict]
    with impatient(cluster), client(proxy) as wire:
        sql = ("SELECT count(*), pg_sleep(2)::text = '', inet_server_port() "
               "FROM heal.plain WHERE n < 500")
        read = send_late(wire, way, sql)
        found = wait_for(lambda: victims(cluster), "it to run on a replica")
        with cluster.primary.connect() as connection:
            for statement in statements:
                connection.execute(statement)
        reply = read()
        assert not errors(reply)
        assert rows(reply)[0][0] == b"499"
        assert ports(reply)[0] != found[0][0].port
    assert int(heals(proxy)["40001"]["heals"]) >= 1


def test_a_cancel_is_not_healed(cluster, trusting):
    proxy = trusting({"workers": 1})
    with client(proxy) as wire:
        wire.send(query("SELECT pg_sleep(20)"))
        node, pid = wait_for(lambda: victims(cluster), "it to run on a replica")[0]
        node.query(f"SELECT pg_cancel_backend({pid})")
        assert errors(wire.read_until()) == ["57014"]
        wire.send(query("SET statement_timeout = 200"), query("SELECT pg_sleep(20)"))
        assert errors(wire.read_until(times=2)) == ["57014"]


def test_a_role_that_is_serializable(cluster, trusting):
    """A standby knows no such transactions: 0A000, also for the first statement of a block."""
    cluster.run("ALTER ROLE other SET default_transaction_isolation = 'serializable'")
    try:
        proxy = trusting()
        with Wire(proxy.port) as wire:
            wire.login("other", "other")
            for way in ("simple", "unnamed", "read only"):
                reply = ask(wire, way, "SELECT 1, inet_server_port()")
                assert not errors(reply)
                assert ports(reply) == [cluster.primary.port]
    finally:
        cluster.run("ALTER ROLE other RESET default_transaction_isolation")


def test_in_session_mode(cluster, trusting):
    """The connections that a client keeps are left for others, and stay its own."""
    proxy = trusting({"pooling": {"mode": "session"}})
    with client(proxy) as wire:
        assert wire.value("SELECT inet_server_port()") != str(cluster.primary.port)
        for way in ("simple", "unnamed"):
            assert ports(ask(wire, way, REFUSED["0A000"])) == [cluster.primary.port]
        assert wire.value("SELECT inet_server_port()") != str(cluster.primary.port)


def test_what_a_hint_sends_to_a_replica_is_not_healed(trusting):
    """It may write: nobody has proven that it does not."""
    proxy = trusting()
    with client(proxy) as wire:
        wire.run("SET switchyard.route = 'replica'")
        reply = ask(wire, "simple", "SELECT heal.draw()")
        assert errors(reply) == ["25006"]
    assert not proxy.admin("SHOW HEALS")


def test_what_was_healed_may_have_written(trusting, cluster):
    """A function that is not what it says: what it wrote is seen by the next read all the same."""
    proxy = trusting({"whenUnproven": "primary"})
    with client(proxy) as wire, paused(*cluster.replicas):
        for written in ("1", "2"):
            assert not errors(ask(wire, "simple", "SELECT heal.put_quietly()"))
            assert wire.value("SELECT count(*) FROM heal.ledger") == written
    assert proxy.admin("SHOW HEALS")


# ---------------------------------------------------------------- what is held back

def test_rows_that_trickle_are_not_kept_for_long(trusting):
    """A large answer that takes its time: its first rows come long before its last."""
    proxy = trusting({"healing": {"holdMillis": 50}})
    with client(proxy) as wire:
        wire.send(query(
            "SELECT repeat('x', 4000), CASE WHEN i > 6 THEN pg_sleep(5)::text END "
            "FROM generate_series(1, 7) i"))
        wire.socket.settimeout(3)
        assert wire.read_until("D", 4)
        wire.socket.settimeout(30)
        assert len(rows(wire.read_until())) == 3


def test_answers_of_every_size_are_whole(cluster, trusting):
    """Around the bound of what is held, and with a bound of nothing and of very much."""
    for healing in ({}, {"holdBytes": 0}, {"holdMillis": 0}, {"holdBytes": 1048576},
                    {"holdBytes": 1000, "holdMillis": 1}):
        proxy = trusting({"healing": healing})
        with client(proxy) as wire:
            for size in (1, 8_000, 8_191, 65_000, 65_536, 65_600, 131_072, 400_000, 3_000_000):
                for sql in (f"SELECT repeat('x', {size})",
                            f"SELECT repeat('y', 1000) FROM generate_series(1, {size // 1000})"):
                    for way in ("simple", "unnamed"):
                        reply = ask(wire, way, sql)
                        assert not errors(reply)
                        got = sum(len(row[0]) for row in rows(reply))
                        assert got == (size if "x" in sql else size // 1000 * 1000)
