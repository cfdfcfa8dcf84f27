"""LISTEN without a server connection of one's own."""

import asyncio
import os
import signal
import threading

import asyncpg
import psycopg
import pytest

from test_pool import clients_of, pins_of
from waiting import wait_for
from wire import Closed, Wire, bind, describe, execute, parse, query, sync

HUBS = """
    SELECT pid, query FROM pg_stat_activity
    WHERE application_name = 'switchyard' AND usename = 'app' AND datname = 'app'"""


def hubs(cluster):
    """Process ids of the server connections that clients listen on together."""
    return [row[0] for row in cluster.primary.query(HUBS)]


def notify(cluster, channel, payload=""):
    cluster.primary.query(f"SELECT pg_notify('{channel}', '{payload}')", dbname="app")


def received(connection, count, seconds=20):
    """The next notifications of a psycopg connection: (channel, payload)."""
    found = []
    for notice in connection.notifies(timeout=seconds, stop_after=count):
        found.append((notice.channel, notice.payload))
    assert len(found) >= count, f"{len(found)} of {count} notifications came: {found[-3:]}"
    return found


def last_words(connection):
    """SQLSTATE of the FATAL error that closes a connection: libpq shows it as a notice."""
    found = []
    connection.add_notice_handler(lambda notice: found.append(notice.sqlstate))
    with pytest.raises(psycopg.OperationalError):
        for _ in connection.notifies(timeout=20):
            pass
        raise AssertionError("the connection was not closed")
    assert len(found) == 1, found
    return found[0]


def silence(connection, mark):
    """What a connection gets before a notification on the channel `mark` that is sent last."""
    found = []
    for notice in connection.notifies(timeout=20):
        if notice.channel == mark:
            return found
        found.append((notice.channel, notice.payload))
    raise AssertionError(f"{mark} never came")


@pytest.fixture
def listeners(proxy, cluster):
    """No shared connection is left of the test before."""
    wait_for(lambda: not hubs(cluster), "connections that listen to be closed")
    yield proxy
    wait_for(lambda: not hubs(cluster), "connections that listen to be closed")


def test_a_listener_holds_no_server_connection(listeners, cluster):
    with listeners.connect(application_name="quiet") as connection:
        connection.execute("LISTEN jobs")
        assert pins_of(listeners, "quiet") == set()
        row = next(r for r in clients_of(listeners) if r["application_name"] == "quiet")
        assert (row["node"], row["listens"], row["state"]) == (None, 1, "idle")
        servers = [r for r in listeners.admin("SHOW SERVERS") if r["state"] == "listening"]
        assert len(servers) == 1 and servers[0]["server_pid"] in hubs(cluster)
        notify(cluster, "jobs", "one")
        assert received(connection, 1) == [("jobs", "one")]
        connection.execute("UNLISTEN jobs")
        row = next(r for r in clients_of(listeners) if r["application_name"] == "quiet")
        assert row["listens"] == 0


def test_two_thousand_listeners_share_one_connection_per_worker(listeners, cluster):
    async def run():
        heard = []
        async def one(number):
            connection = await asyncpg.connect(
                host="127.0.0.1", port=listeners.port, user="app", password="app",
                database="app", timeout=60)
            channel = f"c{number % 100}"
            await connection.add_listener(
                channel, lambda c, pid, ch, payload: heard.append((number, ch, payload)))
            return connection
        connections = []
        for start in range(0, 2000, 100):
            connections += await asyncio.gather(*(one(n) for n in range(start, start + 100)))
        try:
            assert len(hubs(cluster)) == 2
            pins = [r for r in clients_of(listeners) if r["pins"]]
            assert not pins, pins[:3]
            for number in range(100):
                notify(cluster, f"c{number}", f"p{number}")
            for _ in range(1000):
                if len(heard) == 2000:
                    break
                await asyncio.sleep(0.02)
            assert sorted(heard) == [(n, f"c{n % 100}", f"p{n % 100}") for n in range(2000)]
        finally:
            await asyncio.gather(*(c.close() for c in connections))
    asyncio.run(run())


def test_channels_payloads_and_their_order(listeners, cluster):
    with listeners.connect() as first, listeners.connect() as second:
        first.execute("LISTEN \"Mixed Case\"")
        first.execute("LISTEN Folded")
        second.execute("LISTEN folded")
        large = "ü" * 3999 + "x"
        assert len(large.encode()) == 7999
        with listeners.connect() as sender:
            sender.execute("NOTIFY folded, 'one'")
            sender.execute("SELECT pg_notify('Mixed Case', %s)", (large,))
            with sender.transaction():
                for number in range(200):
                    sender.execute(f"NOTIFY folded, 'n{number}'")
            sender.execute("NOTIFY \"Folded\", 'nobody listens'")
            sender.execute("NOTIFY folded")
        folded = [("folded", "one"), *(("folded", f"n{n}") for n in range(200)), ("folded", "")]
        assert received(second, 202) == folded
        expected = folded[:1] + [("Mixed Case", large)] + folded[1:]
        assert received(first, 203) == expected


def test_the_notifier_is_named_as_the_server_names_it(listeners, cluster):
    with listeners.connect() as connection:
        connection.execute("LISTEN who")
        pid = cluster.primary.query(
            "SELECT pg_backend_pid() FROM (SELECT pg_notify('who', '')) x", dbname="app")[0][0]
        assert next(connection.notifies(timeout=20, stop_after=1)).pid == pid


def test_unlisten(listeners, cluster):
    with listeners.connect() as connection, listeners.connect() as other:
        for channel in ("a", "b", "c", "mark"):
            connection.execute(f"LISTEN {channel}")
        other.execute("LISTEN a")
        connection.execute("UNLISTEN a")
        connection.execute("UNLISTEN never_listened")
        for channel in ("a", "b", "mark"):
            notify(cluster, channel, "1")
        assert silence(connection, "mark") == [("b", "1")]
        assert received(other, 1) == [("a", "1")]
        connection.execute("UNLISTEN *")
        connection.execute("LISTEN mark")
        for channel in ("b", "c", "mark"):
            notify(cluster, channel, "2")
        assert silence(connection, "mark") == []
        # Channels that nobody wants any more are given up on the server too.
        connection.execute("LISTEN b")
        notify(cluster, "c", "3")
        notify(cluster, "b", "3")
        assert received(connection, 1) == [("b", "3")]


@pytest.mark.parametrize("statement", [
    "DISCARD ALL",
    "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL",
    "BEGIN; UNLISTEN *; COMMIT"])
def test_statements_that_end_listening(listeners, cluster, statement):
    with listeners.connect() as connection:
        connection.execute("LISTEN gone")
        for part in statement.split("; ") if statement.startswith("BEGIN") else [statement]:
            connection.execute(part)
        wait_for(lambda: not any(row["listens"] for row in clients_of(listeners)), "no listener")
        connection.execute("LISTEN mark")
        notify(cluster, "gone")
        notify(cluster, "mark")
        assert silence(connection, "mark") == []


@pytest.mark.parametrize("statements", [
    ["BEGIN", "UNLISTEN *", "ROLLBACK"],
    ["BEGIN", "UNLISTEN *", "SELECT 1/0", "COMMIT"],
    ["BEGIN", "SAVEPOINT s", "UNLISTEN *", "ROLLBACK TO s", "COMMIT"]])
def test_an_unlisten_that_is_rolled_back(listeners, cluster, statements):
    with listeners.connect() as connection:
        connection.execute("LISTEN kept")
        for statement in statements:
            try:
                connection.execute(statement)
            except psycopg.errors.DivisionByZero:
                pass
        notify(cluster, "kept", "x")
        assert received(connection, 1) == [("kept", "x")]


def test_a_listener_in_a_transaction_gets_them_at_its_end(listeners, cluster):
    with Wire(listeners.port) as wire, listeners.connect() as other:
        wire.login()
        wire.run("LISTEN jobs")
        other.execute("LISTEN jobs")
        for ending in ("COMMIT", "ROLLBACK"):
            for beginning in ("BEGIN", "BEGIN READ ONLY"):
                wire.run(beginning)
                wire.run("SELECT 1")
                notify(cluster, "jobs", ending)
                # The shared connection has it.
                assert received(other, 1) == [("jobs", ending)]
                assert [m.type for m in wire.run("SELECT 2")] == ["T", "D", "C", "Z"]
                found = wire.run(ending)
                if beginning == "BEGIN":
                    assert [m.type for m in found] == ["C", "A", "Z"]
                else:
                    # It ran on a replica.
                    assert [m.type for m in found] == ["C", "Z"]
                    assert wire.read().type == "A"


def test_a_transaction_that_no_server_knew_of(listeners, cluster):
    """BEGIN is answered by the proxy, and so is the COMMIT behind it."""
    with Wire(listeners.port) as wire, listeners.connect() as other:
        wire.login()
        wire.run("LISTEN jobs")
        other.execute("LISTEN jobs")
        wire.run("BEGIN")
        notify(cluster, "jobs")
        received(other, 1)
        assert [m.type for m in wire.run("COMMIT")] == ["C", "Z"]
        assert wire.read().type == "A"


def test_nothing_that_was_notified_before_listen(listeners, cluster):
    """Though others listen on the channel already."""
    with listeners.connect() as other, listeners.connect() as connection:
        other.execute("LISTEN jobs")
        for number in range(50):
            connection.execute(f"NOTIFY jobs, 'before {number}'")
            connection.execute("LISTEN jobs")
            connection.execute(f"NOTIFY jobs, 'after {number}'")
            assert received(connection, 1) == [("jobs", f"after {number}")]
            connection.execute("UNLISTEN jobs")


def test_listen_by_the_extended_protocol(listeners, cluster):
    with Wire(listeners.port) as wire:
        wire.login()
        for name in ("", "s1"):
            wire.send(
                parse(name, "LISTEN jobs"), describe("S", name), bind("", name), describe("P"),
                execute(), sync())
            assert [m.type for m in wire.read_until()] == ["1", "t", "n", "2", "n", "C", "Z"]
            wire.send(bind("", name), execute(), sync())
            assert [m.type for m in wire.read_until()] == ["2", "C", "Z"]
        notify(cluster, "jobs", "x")
        assert wire.read().type == "A"
        assert not [row for row in clients_of(listeners) if row["pins"]]
        # The statement exists on whatever server the session gets.
        wire.send(
            parse("s2", "SELECT 1"), bind("", "s2"), execute(), bind("", "s1"), execute(), sync())
        assert [m.type for m in wire.read_until()] == ["1", "2", "D", "C", "2", "C", "Z"]


@pytest.mark.parametrize("parts, state", [
    ((bind("p1", "s1"), execute(), sync()), "34000"),
    ((bind("", "s1"), execute("p1"), sync()), "34000"),
    ((bind("", "s1"), describe("P", "p1"), execute(), sync()), "34000"),
    ((bind("", "s1", ["1"]), execute(), sync()), "08P01"),
    ((execute(), bind("", "s1"), sync()), "34000"),
    ((parse("s1", "LISTEN jobs"), bind("", "s1"), execute(), sync()), "42P05")])
def test_faults_around_listen_are_told_by_a_server(listeners, cluster, parts, state):
    with Wire(listeners.port) as wire:
        wire.login()
        wire.send(parse("s1", "LISTEN jobs"), sync())
        wire.read_until()
        wire.send(*parts)
        found = [m for m in wire.read_until() if m.type == "E"]
        assert [m.fields["C"] for m in found] == [state]


def test_several_connections_of_one_database_user_and_encoding(listeners, cluster):
    with listeners.connect(client_encoding="latin1") as latin, listeners.connect() as utf:
        latin.execute("LISTEN jobs")
        utf.execute("LISTEN jobs")
        notify(cluster, "jobs", "ü")
        assert received(latin, 1) == [("jobs", "ü")]
        assert received(utf, 1) == [("jobs", "ü")]
        # What it would get now could not be told from what it should be.
        utf.execute("SET client_encoding TO latin1")
        notify(cluster, "jobs", "plain")
        assert received(utf, 1) == [("jobs", "plain")]
        notify(cluster, "jobs", "ü")
        assert received(latin, 2) == [("jobs", "plain"), ("jobs", "ü")]
        assert last_words(utf) == "22P05"


def test_names_that_the_server_cuts_or_refuses(listeners, cluster):
    long = "x" * 70
    with listeners.connect(application_name="long") as connection:
        notices = []
        connection.add_notice_handler(lambda notice: notices.append(notice.sqlstate))
        connection.execute(f"LISTEN {long}")
        assert notices == ["42622"]
        assert pins_of(listeners, "long") == {"listen"}
        notify(cluster, long[:63], "cut")
        assert received(connection, 1) == [(long[:63], "cut")]
        connection.execute("LISTEN other")
        connection.execute("UNLISTEN *")
    with listeners.connect() as connection:
        for statement in ("LISTEN", "LISTEN a b", "LISTEN 'a'", "UNLISTEN"):
            with pytest.raises(psycopg.errors.SyntaxError):
                connection.execute(statement)
        with pytest.raises(psycopg.errors.SyntaxError):
            connection.execute("LISTEN \"\"")


def test_listen_in_a_transaction_is_on_its_own_connection(listeners, cluster):
    with listeners.connect(application_name="both") as connection:
        connection.execute("LISTEN shared")
        with connection.transaction():
            connection.execute("LISTEN own")
            connection.execute("LISTEN shared")
        assert pins_of(listeners, "both") == {"listen"}
        for channel in ("shared", "own", "shared"):
            notify(cluster, channel, "x")
        connection.execute("LISTEN mark")
        notify(cluster, "mark")
        # Each once, whichever connection brought it.
        found = []
        for notice in connection.notifies(timeout=20):
            found.append(notice.channel)
            if sorted(found) == ["mark", "own", "shared", "shared"]:
                break
        connection.execute("UNLISTEN *")
        assert pins_of(listeners, "both") == set()
        assert not any(row["listens"] for row in clients_of(listeners))


def test_session_pooling_listens_on_its_own_connection(make_proxy, cluster):
    proxy = make_proxy({"pooling": {"mode": "session"}})
    with proxy.connect(application_name="own") as connection:
        connection.execute("LISTEN jobs")
        assert pins_of(proxy, "own") == {"listen"}
        channels = connection.execute("SELECT pg_listening_channels()").fetchall()
        assert channels == [("jobs",)]
        notify(cluster, "jobs", "x")
        assert received(connection, 1) == [("jobs", "x")]


def test_a_cancel_while_listen_waits(make_proxy, cluster):
    """The server does not answer: it is stopped in the middle."""
    proxy = make_proxy({"workers": 1})
    with proxy.connect() as first, proxy.connect() as second:
        first.execute("LISTEN jobs")
        pid = hubs(cluster)[0]
        os.kill(pid, signal.SIGSTOP)
        try:
            failures = []

            def listen():
                try:
                    second.execute("LISTEN other")
                except psycopg.Error as failure:
                    failures.append(failure)
            thread = threading.Thread(target=listen)
            thread.start()
            wait_for(
                lambda: any(r["state"] == "waiting" for r in clients_of(proxy)), "LISTEN to wait")
            second.cancel()
            thread.join(20)
            assert [f.sqlstate for f in failures] == ["57014"]
            assert second.execute("SELECT 1").fetchone() == (1,)
        finally:
            os.kill(pid, signal.SIGCONT)
        second.execute("LISTEN other")
        notify(cluster, "other")
        assert received(second, 1) == [("other", "")]


def test_the_shared_connection_is_terminated(listeners, cluster):
    with listeners.connect() as listener, Wire(listeners.port) as busy, \
            listeners.connect() as other:
        listener.execute("LISTEN jobs")
        busy.login()
        busy.run("LISTEN jobs")
        busy.run("BEGIN")
        busy.run("SELECT 1 FROM (SELECT 1) x FOR UPDATE")
        for pid in hubs(cluster):
            cluster.primary.query(f"SELECT pg_terminate_backend({pid})")
        assert last_words(listener) == "57P01"
        wait_for(lambda: not hubs(cluster), "the connection to be gone")
        # Its transaction is not torn.
        assert busy.value("SELECT 2") == "2"
        assert [m.type for m in busy.run("COMMIT")] == ["C", "Z"]
        assert [m.fields["C"] for m in busy.read_to_end()] == ["57P01"]
        assert other.execute("SELECT 3").fetchone() == (3,)
        other.execute("LISTEN jobs")
        notify(cluster, "jobs")
        assert received(other, 1) == [("jobs", "")]


def test_the_primary_is_restarted(listeners, healed):
    with listeners.connect() as listener, listeners.connect() as other:
        listener.execute("LISTEN jobs")
        healed.primary.stop()
        assert last_words(listener) == "57P01"
        # A LISTEN waits for the primary, as any statement does.
        results = []

        def listen():
            other.execute("LISTEN jobs")
            results.append(True)
        thread = threading.Thread(target=listen)
        thread.start()
        wait_for(
            lambda: any(r["state"] == "waiting" for r in clients_of(listeners)), "LISTEN to wait")
        healed.primary.start()
        thread.join(30)
        assert results == [True]
        notify(healed, "jobs", "again")
        assert received(other, 1) == [("jobs", "again")]


def test_a_listener_that_does_not_read(listeners, cluster):
    """It is told, and nobody else notices; what the proxy holds for it is bounded."""
    with Wire(listeners.port) as slow, listeners.connect() as quick:
        slow.login()
        slow.run("LISTEN flood")
        quick.execute("LISTEN flood")
        before = listeners.memory_kib()
        count = 0
        payload = "x" * 7000
        def gone():
            nonlocal count
            cluster.primary.query(
                f"SELECT count(pg_notify('flood', n || '{payload}')) "
                f"FROM generate_series({count}, {count + 99}) n", dbname="app")
            count += 100
            assert len(received(quick, 100)) == 100
            return len(clients_of(listeners)) == 1
        wait_for(gone, "the slow client to be closed", 60)
        assert listeners.memory_kib() - before < 32 * 1024
        with pytest.raises(Closed):
            while True:
                assert slow.read().type in "AE"


def test_too_much_in_a_transaction(listeners, cluster):
    with Wire(listeners.port) as busy, listeners.connect() as quick:
        busy.login()
        busy.run("LISTEN flood")
        quick.execute("LISTEN flood")
        busy.run("BEGIN")
        busy.run("SELECT 1")
        cluster.primary.query(
            "SELECT count(pg_notify('flood', n || repeat('x', 7000))) "
            "FROM generate_series(1, 200) n", dbname="app")
        assert len(received(quick, 200)) == 200
        # The transaction goes on; then come those that fit, and the reason why it ends.
        assert [m.type for m in busy.run("SELECT 2")] == ["T", "D", "C", "Z"]
        busy.send(query("COMMIT"))
        found = busy.read_to_end()
        kinds = "".join(m.type for m in found)
        assert kinds == "CZ" + "A" * (len(found) - 3) + "E"
        assert 100 < len(found) < 200
        assert found[-1].fields["C"] == "54000"


def test_a_session_that_is_pinned_for_something_else(listeners, cluster):
    with listeners.connect(application_name="temp") as connection:
        connection.execute("CREATE TEMP TABLE kept (id int)")
        connection.execute("LISTEN jobs")
        assert pins_of(listeners, "temp") == {"temporaryobject"}
        notify(cluster, "jobs", "x")
        assert received(connection, 1) == [("jobs", "x")]
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        connection.execute("UNLISTEN jobs")
        connection.execute("LISTEN mark")
        notify(cluster, "jobs")
        notify(cluster, "mark")
        assert silence(connection, "mark") == []
        connection.execute("DROP TABLE kept")
        wait_for(lambda: pins_of(listeners, "temp") == set(), "the pin to end")


def test_what_a_session_listens_on(listeners, cluster):
    question = "SELECT pg_listening_channels() ORDER BY 1"
    with listeners.connect(application_name="asks") as connection:
        def channels(parameters=None):
            return [row[0] for row in connection.execute(question, parameters)]
        assert channels() == []
        connection.execute("LISTEN a")
        connection.execute("LISTEN \"B c\"")
        # In a Query, and by the extended protocol.
        for _ in range(20):
            assert channels() == ["B c", "a"] and channels([]) == ["B c", "a"]
        assert pins_of(listeners, "asks") == set()
        with connection.transaction():
            assert channels() == ["B c", "a"]
            assert channels() == ["B c", "a"]
        with connection.transaction():
            connection.execute("SELECT 1 FROM (SELECT 1) x FOR UPDATE")
            for parameters in (None, []):
                with pytest.raises(psycopg.errors.FeatureNotSupported):
                    with connection.transaction():
                        channels(parameters)
        connection.execute("CREATE TEMP TABLE kept (id int)")
        for _ in range(20):
            assert channels() == ["B c", "a"] and channels([]) == ["B c", "a"]
        connection.execute("UNLISTEN a")
        assert channels() == ["B c"]
        notify(cluster, "a")
        notify(cluster, "B c", "once")
        connection.execute("LISTEN mark")
        notify(cluster, "mark")
        assert silence(connection, "mark") == [("B c", "once")]
    # Nothing of it is left for others.
    for _ in range(10):
        with listeners.connect() as other:
            assert other.execute(question).fetchall() == []


def test_what_a_client_notifies_itself_of_comes_before_the_end(listeners, cluster, table):
    """Also by a trigger, and by the extended protocol."""
    with Wire(listeners.port) as wire:
        wire.login()
        wire.run("LISTEN jobs")
        wire.run(
            f"CREATE FUNCTION tell_{table}() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_notify('jobs', NEW.id::text); RETURN NULL; END $$")
        wire.run(
            f"CREATE TRIGGER tell AFTER INSERT ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION tell_{table}()")
        for number in range(50):
            found = wire.run(f"INSERT INTO {table} VALUES ({number})")
            assert [m.type for m in found] == ["C", "A", "Z"]
            wire.send(parse("", f"NOTIFY jobs, 'n{number}'"), bind(), execute(), sync())
            assert [m.type for m in wire.read_until()] == ["1", "2", "C", "A", "Z"]
        wire.run(f"DROP FUNCTION tell_{table} CASCADE")
