"""Pools: their size, who waits and how long, and what a client may leave behind."""

import re
import threading

import psycopg
import pytest

from waiting import wait_for
from wire import Closed, Wire, bind, execute, parse, query, sync


def clients_of(proxy, user="app"):
    return [row for row in proxy.admin("SHOW CLIENTS") if row["user"] == user]


def pins_of(proxy, name):
    for row in clients_of(proxy):
        if row["application_name"] == name:
            return set(filter(None, (row["pins"] or "").replace(" ", "").split(",")))
    raise LookupError(name)


def backend_pid(wire):
    return int(wire.value("SELECT pg_backend_pid() FROM (SELECT 1) x FOR UPDATE"))


def test_the_size_is_respected_on_each_node(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"size": 3}})
    failures, most = [], {node.name: 0 for node in cluster.nodes}

    def work(number):
        try:
            with proxy.connect(user="counted") as connection:
                for _ in range(30):
                    connection.execute("SELECT pg_sleep(0.001)")
                    connection.execute(
                        "SELECT pg_sleep(0.001) FROM (SELECT 1) x FOR UPDATE")
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()

    def watch():
        for node in cluster.nodes:
            most[node.name] = max(most[node.name], node.count_connections())
        return not any(thread.is_alive() for thread in threads)
    wait_for(watch, "the clients to finish", 60)
    assert not failures
    assert all(count <= 3 for count in most.values()), most
    assert most["pg1"] == 3


def test_waiting_clients_are_served_in_order(make_proxy):
    """One worker: order is a promise of a pool, and each worker has its own."""
    proxy = make_proxy({"pooling": {"size": 1}, "workers": 1})
    with Wire(proxy.port) as holder:
        holder.login()
        holder.run("BEGIN")
        holder.run("SELECT 1")
        waiters, order = [], []
        try:
            for number in range(8):
                wire = Wire(proxy.port)
                wire.login()
                wire.send(query(f"SELECT {number}, clock_timestamp() FROM (SELECT 1) x FOR UPDATE"))
                waiters.append(wire)
                wait_for(
                    lambda: sum(r["waiting"] for r in proxy.admin("SHOW POOLS")) == number + 1,
                    f"{number + 1} clients to wait")
            holder.run("COMMIT")
            for wire in waiters:
                row = next(m.row for m in wire.read_until() if m.type == "D")
                order.append((row[1], int(row[0])))
        finally:
            for wire in waiters:
                wire.socket.close()
    assert [number for _, number in sorted(order)] == list(range(8))


def test_waiting_too_long_is_a_clear_error(make_proxy):
    proxy = make_proxy({"pooling": {"size": 1, "maxWaitMillis": 300}})
    with Wire(proxy.port) as holder, Wire(proxy.port) as waiter:
        holder.login()
        waiter.login()
        holder.run("BEGIN")
        holder.run("SELECT 1")
        reply = waiter.run("SELECT 1 FROM (SELECT 1) x FOR UPDATE")
        assert [m.type for m in reply] == ["E", "Z"]
        assert reply[0].sqlstate == "53300"
        waited = re.search(r"within (\d+) ms", reply[0].text)
        assert waited and int(waited[1]) >= 300, reply[0].text
        for word in ("pg1", "app"):
            assert word in reply[0].text, reply[0].text
        # The client is none the worse for it, in both protocols.
        waiter.send(
            parse("", "SELECT 1 FROM (SELECT 1) x FOR UPDATE") + bind() + execute() + sync())
        reply = waiter.read_until()
        assert [m.type for m in reply] == ["E", "Z"] and reply[0].sqlstate == "53300"
        holder.run("COMMIT")
        assert waiter.value("SELECT 2 FROM (SELECT 1) x FOR UPDATE") == "2"


def test_a_client_that_gives_up_waiting_leaves_the_queue(make_proxy):
    proxy = make_proxy({"pooling": {"size": 1}})
    with Wire(proxy.port) as holder, Wire(proxy.port) as second:
        holder.login()
        second.login()
        holder.run("BEGIN")
        holder.run("SELECT 1")
        first = Wire(proxy.port).login()
        first.send(query("SELECT 1 FROM (SELECT 1) x FOR UPDATE"))
        wait_for(lambda: sum(r["waiting"] for r in proxy.admin("SHOW POOLS")) == 1, "one to wait")
        first.socket.close()
        wait_for(lambda: sum(r["waiting"] for r in proxy.admin("SHOW POOLS")) == 0, "it to leave")
        holder.run("COMMIT")
        assert second.value("SELECT 2 FROM (SELECT 1) x FOR UPDATE") == "2"


@pytest.mark.parametrize("way", ["close", "terminate", "reset"])
def test_a_client_that_vanishes_in_a_transaction_leaks_nothing(cluster, make_proxy, table, way):
    import socket
    import struct
    proxy = make_proxy({"pooling": {"size": 1}})
    for number in range(3):
        wire = Wire(proxy.port).login()
        wire.run("BEGIN")
        wire.run(f"INSERT INTO {table} VALUES ({number}, 'never')")
        wire.run("SET LOCAL TimeZone = 'Asia/Tokyo'")
        if way == "terminate":
            wire.send(b"X\0\0\0\4")
        if way == "reset":
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.socket.close()
        with proxy.connect() as connection:
            row = connection.execute(
                "SELECT current_setting('TimeZone'), pg_current_xact_id_if_assigned() IS NULL "
                "FROM (SELECT 1) x FOR UPDATE").fetchone()
            # FOR UPDATE of a subquery assigns no transaction id.
            assert row[0] != "Asia/Tokyo" and row[1]
    assert cluster.primary.value(f"SELECT count(*) FROM {table}") == 0


def test_a_client_that_vanishes_in_a_query_leaks_nothing(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"size": 1}})
    wire = Wire(proxy.port).login()
    wire.send(query("SELECT pg_sleep(600) FROM (SELECT 1) x FOR UPDATE"))
    running = ("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%' "
               "AND state = 'active'")
    wait_for(lambda: cluster.primary.value(running) == 1, "the query to run")
    wire.socket.close()
    with proxy.connect() as connection:
        assert connection.execute("SELECT 1 FROM (SELECT 1) x FOR UPDATE").fetchone() == (1,)
    wait_for(lambda: cluster.primary.value(running) == 0, "the abandoned query to be cancelled")


def test_server_connections_are_used_again(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"size": 5}})
    pids = set()
    for _ in range(10):
        with Wire(proxy.port) as wire:
            wire.login()
            pids.add(backend_pid(wire))
            wire.send(b"X\0\0\0\4")
            wire.read_to_end()
    assert len(pids) <= 2, "a new server connection for nearly every client"


def test_min_idle_opens_connections_in_advance(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"size": 5, "minIdle": 3}})
    with proxy.connect(user="counted") as connection:
        for _ in range(4):
            connection.execute("SELECT 1")
        connection.execute("SELECT 1 FROM (SELECT 1) x FOR UPDATE")
    for node in cluster.nodes:
        wait_for(lambda: node.count_connections() == 3, f"3 connections on {node.name}")


def test_idle_connections_are_closed(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"size": 5, "idleTimeoutSeconds": 1}})
    with proxy.connect(user="counted") as connection:
        connection.execute("SELECT 1 FROM (SELECT 1) x FOR UPDATE")
        assert cluster.primary.count_connections() >= 1
        for node in cluster.nodes:
            wait_for(lambda: node.count_connections() == 0, f"none on {node.name}")
        assert connection.execute("SELECT 1 FROM (SELECT 1) x FOR UPDATE").fetchone() == (1,)


def test_old_connections_are_replaced(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"size": 1, "maxLifetimeSeconds": 1}})
    with Wire(proxy.port) as wire:
        wire.login()
        first = backend_pid(wire)
        wait_for(lambda: backend_pid(wire) != first, "another server connection")


def test_session_mode_keeps_one_connection_per_node(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"mode": "session", "size": 4}})
    with Wire(proxy.port) as one, Wire(proxy.port) as two:
        one.login()
        two.login()
        on_primary = [{backend_pid(wire) for _ in range(5)} for wire in (one, two)]
        assert all(len(pids) == 1 for pids in on_primary)
        assert on_primary[0] != on_primary[1]
        on_replicas = {(one.value("SELECT inet_server_port()"), one.value("SELECT 1"))
                       for _ in range(6)}
        assert len(on_replicas) <= 2
        one.run("SET work_mem = '7MB'")
        assert {one.value("SHOW work_mem") for _ in range(6)} == {"7MB"}
        assert two.value("SHOW work_mem") != "7MB"
    with Wire(proxy.port) as three:
        three.login()
        assert all(three.value("SHOW work_mem") != "7MB" for _ in range(6))


# ---------------------------------------------------------------- pins

PINS = {
    "temporary table": "CREATE TEMP TABLE mine (i int)",
    "LISTEN among others": "LISTEN news; LISTEN more",
    "advisory lock": "SELECT pg_advisory_lock(1)",
    "advisory lock tried": "SELECT pg_try_advisory_lock(2)",
    "cursor WITH HOLD": "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    "PREPARE": "PREPARE p AS SELECT 1",
    "LOAD": "LOAD 'auto_explain'",
}


@pytest.mark.parametrize("what", PINS)
def test_state_pins_the_session_and_discard_all_frees_it(proxy, what):
    name = "pin " + what
    with Wire(proxy.port) as wire:
        user = "postgres" if what == "LOAD" else "app"
        from cluster import SUPERPASSWORD
        wire.login(user, SUPERPASSWORD if user == "postgres" else "app", application_name=name)

        def pins():
            rows = [r for r in proxy.admin("SHOW CLIENTS") if r["application_name"] == name]
            return rows[0]["pins"] or ""
        assert pins() == ""
        reply = wire.run(PINS[what])
        assert reply[-1].status == "I" and all(m.type != "E" for m in reply), reply
        assert pins() != "", f"{PINS[what]} does not pin"
        pids = {wire.value("SELECT pg_backend_pid()") for _ in range(6)}
        assert len(pids) == 1, "a pinned session must stay where its state is"
        assert wire.run("DISCARD ALL")[-1].status == "I"
        assert pins() == "", "DISCARD ALL does not free it"
        ports = {wire.value("SELECT inet_server_port()") for _ in range(6)}
        assert len(ports) == 2, "after DISCARD ALL reads are spread again"


TRAVELLING = {
    "SET": ("SET work_mem = '7MB'", "SHOW work_mem", "7MB"),
    "set_config": ("SELECT set_config('work_mem', '7MB', false)", "SHOW work_mem", "7MB"),
    "LISTEN": ("LISTEN news", "SELECT 1", "1"),
    "SET ROLE": ("SET ROLE postgres_reader", "SELECT current_user", "postgres_reader"),
}


@pytest.mark.parametrize("what", TRAVELLING)
def test_what_a_session_takes_along_does_not_pin_it(cluster, proxy, what):
    name = "travels " + what
    statement, question, answer = TRAVELLING[what]
    if what == "SET ROLE":
        cluster.run("DROP ROLE IF EXISTS postgres_reader", "CREATE ROLE postgres_reader",
                    "GRANT postgres_reader TO app")
    with Wire(proxy.port) as wire:
        wire.login(application_name=name)
        reply = wire.run(statement)
        assert reply[-1].status == "I" and all(m.type != "E" for m in reply), reply
        assert pins_of(proxy, name) == set()
        ports = {wire.value("SELECT inet_server_port()") for _ in range(6)}
        assert len(ports) == 2, "reads are spread"
        assert {wire.value(question) for _ in range(6)} == {answer}


def test_a_named_statement_is_its_own_and_does_not_pin(proxy):
    with Wire(proxy.port) as wire:
        wire.login(application_name="named")
        wire.send(parse("s", "SELECT 1") + sync())
        wire.read_until()
        assert pins_of(proxy, "named") == set()
        with Wire(proxy.port) as other:
            other.login()
            other.send(bind("", "s") + execute() + sync())
            assert other.read_until()[0].sqlstate == "26000"
        wire.send(bind("", "s") + execute() + sync())
        assert [m.type for m in wire.read_until()] == ["2", "D", "C", "Z"]


def test_temp_tables_are_seen_by_their_session_only(proxy):
    with proxy.connect() as one, proxy.connect() as two:
        one.execute("CREATE TEMP TABLE mine AS SELECT 42 AS answer")
        for _ in range(10):
            assert one.execute("SELECT answer FROM mine").fetchone() == (42,)
            with pytest.raises(psycopg.errors.UndefinedTable):
                two.execute("SELECT answer FROM mine")


def test_settings_of_one_client_never_reach_another(proxy):
    with proxy.connect() as one, proxy.connect() as two:
        before = two.execute("SHOW work_mem").fetchone()
        one.execute("SET work_mem = '9MB'")
        for _ in range(10):
            assert one.execute("SHOW work_mem").fetchone() == ("9MB",)
            assert two.execute("SHOW work_mem").fetchone() == before
    with proxy.connect() as three:
        for _ in range(10):
            assert three.execute("SHOW work_mem").fetchone() == before


def test_notifications_are_delivered(proxy):
    with proxy.connect() as listener, proxy.connect() as sender:
        listener.execute("LISTEN news")
        for number in range(3):
            sender.execute(f"NOTIFY news, 'item {number}'")
        got = []
        for note in listener.notifies(timeout=20, stop_after=3):
            got.append(note.payload)
        assert got == ["item 0", "item 1", "item 2"]


def test_a_notification_reaches_an_idle_client_at_once(proxy):
    """Nothing is asked in between: the message comes on its own."""
    with Wire(proxy.port) as listener, Wire(proxy.port) as sender:
        listener.login()
        sender.login()
        listener.run("LISTEN wake")
        sender.run("NOTIFY wake, 'up'")
        got = listener.read()
        assert got.type == "A" and b"wake\0up\0" in got.body


def test_advisory_locks_are_let_go_when_the_client_leaves(cluster, proxy):
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77"
    with proxy.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(77)")
        assert cluster.primary.value(held) == 1
        assert all(node.value(held) == 0 for node in cluster.replicas)
    wait_for(lambda: cluster.primary.value(held) == 0, "the lock to be let go")


def test_startup_parameters_never_leak(make_proxy):
    proxy = make_proxy({"pooling": {"size": 2}})
    wanted = [
        {"application_name": "first", "TimeZone": "Asia/Tokyo"},
        {"application_name": "second", "TimeZone": "Europe/Rome", "DateStyle": "German"},
        {"application_name": "third", "options": "-c search_path=pg_catalog -c work_mem=5MB"},
        {},
    ]
    shown = ("SELECT current_setting('application_name'), current_setting('TimeZone'), "
             "current_setting('DateStyle'), current_setting('search_path'), "
             "current_setting('work_mem')")
    wires = [Wire(proxy.port).login(**parameters) for parameters in wanted]
    try:
        for _ in range(4):
            for parameters, wire in zip(wanted, wires):
                row = next(m.row for m in wire.run(shown) if m.type == "D")
                name, zone, style, path, memory = (value.decode() for value in row)
                assert name == parameters.get("application_name", "")
                assert (zone == parameters["TimeZone"] if "TimeZone" in parameters
                        else zone not in ("Asia/Tokyo", "Europe/Rome"))
                assert ("German" in style) == ("DateStyle" in parameters)
                assert (path == "pg_catalog") == ("options" in parameters)
                assert (memory == "5MB") == ("options" in parameters)
    finally:
        for wire in wires:
            wire.socket.close()


def test_a_bad_startup_parameter_is_the_clients_error(cluster, proxy):
    from wire import LoginError
    answers = []
    for port in (cluster.primary.port, proxy.port):
        with Wire(port) as wire:
            with pytest.raises(LoginError) as caught:
                wire.login(TimeZone="Not/AZone")
            answers.append((caught.value.message.sqlstate, caught.value.message.text))
    assert answers[0] == answers[1]
    with proxy.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_two_users_never_share_a_connection(proxy):
    with proxy.connect() as one, proxy.connect(user="other") as two:
        for _ in range(8):
            assert one.execute("SELECT current_user").fetchone() == ("app",)
            assert two.execute("SELECT current_user").fetchone() == ("other",)


def test_a_transaction_holds_its_connection_between_statements(proxy):
    with Wire(proxy.port) as one, Wire(proxy.port) as two:
        one.login()
        two.login()
        one.run("BEGIN")
        first = backend_pid(one)
        for _ in range(5):
            two.run("SELECT 1 FROM (SELECT 1) x FOR UPDATE")
            assert backend_pid(one) == first
        one.run("COMMIT")


def test_begin_alone_takes_no_connection(make_proxy):
    """Clients that begin and think hold nobody up."""
    proxy = make_proxy({"pooling": {"size": 1, "maxWaitMillis": 1000}})
    thinkers = [Wire(proxy.port).login() for _ in range(5)]
    try:
        for wire in thinkers:
            assert wire.run("BEGIN")[-1].status == "T"
        with proxy.connect() as connection:
            assert connection.execute("SELECT 1 FROM (SELECT 1) x FOR UPDATE").fetchone() == (1,)
        for wire in thinkers:
            assert wire.value("SELECT 1") == "1"
            assert wire.run("COMMIT")[-1].status == "I"
    finally:
        for wire in thinkers:
            wire.socket.close()


def test_more_clients_than_connections(make_proxy):
    """200 clients on 5 connections per node: all are served, none sees another's answer."""
    proxy = make_proxy({"pooling": {"size": 5}})
    failures = []

    def work(number):
        try:
            with Wire(proxy.port, seconds=60) as wire:
                wire.login()
                for turn in range(20):
                    assert wire.value(f"SELECT '{number}.{turn}'") == f"{number}.{turn}"
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures, failures[:3]
    assert not any(thread.is_alive() for thread in threads)


def test_the_number_of_clients_is_bounded(make_proxy):
    proxy = make_proxy({"maxClients": 5})
    wires = []
    try:
        for _ in range(5):
            wires.append(Wire(proxy.port).login())
        from wire import LoginError
        with Wire(proxy.port) as sixth:
            with pytest.raises((LoginError, Closed)) as caught:
                sixth.login()
            assert caught.type is LoginError, "closed without a word"
            assert caught.value.message.sqlstate == "53300"
        wires.pop().socket.close()

        def let_in():
            with Wire(proxy.port) as wire:
                try:
                    wire.login()
                except (LoginError, Closed):
                    return False
                return wire.value("SELECT 1") == "1"
        wait_for(let_in, "the next to be let in")
    finally:
        for wire in wires:
            wire.socket.close()
