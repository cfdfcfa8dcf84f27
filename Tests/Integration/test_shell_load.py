"""Many clients, odd clients, and what they may not do to each other."""

import contextlib
import random
import resource
import signal
import socket
import struct
import threading

import pytest

from waiting import wait_for
from wire import (
    CANCEL_REQUEST, Closed, LoginError, Wire, bind, execute, parse, query, request, startup, sync)

WRITE_PID = "SELECT pg_backend_pid() FROM (SELECT 1) x FOR UPDATE"


def idle_descriptors(proxy):
    """Once nobody but the tests' own look is there any more."""
    wait_for(
        lambda: not [r for r in proxy.admin("SHOW CLIENTS") if r["user"] == "app"],
        "the clients to be gone")
    return proxy.descriptors()


@pytest.mark.parametrize("workers", [2, 4])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_workers_share_a_small_pool(cluster, make_proxy, workers, size):
    """Nobody starves, whichever worker they are on."""
    proxy = make_proxy({"workers": workers, "pooling": {"size": size, "maxWaitMillis": 8000}})
    failures = []

    def work(number):
        try:
            with Wire(proxy.port) as client:
                client.login()
                for turn in range(25):
                    if turn % 5 == number % 5:
                        client.run("BEGIN")
                        assert client.value(WRITE_PID)
                        assert [m.type for m in client.run("COMMIT")] == ["C", "Z"]
                    else:
                        assert client.value(f"SELECT {turn}") == str(turn)
                        assert client.value(WRITE_PID)
        except Exception as failure:
            failures.append(failure)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures, failures[:3]
    wait_for(
        lambda: all(r["in_use"] == 0 and r["waiting"] == 0 for r in proxy.admin("SHOW POOLS")),
        "all to be given back")
    assert cluster.primary.count_connections() <= size


def test_clients_are_spread_over_workers(make_proxy):
    """Whoever comes goes where there are fewest, also after those of one worker have left."""
    proxy = make_proxy({"workers": 2})

    def homes():
        return {int(r["client_id"]): int(r["worker"]) for r in proxy.admin("SHOW CLIENTS")
                if r["user"] == "app"}
    known, clients = {}, {}

    def come():
        client = Wire(proxy.port).login()
        assert client.value("SELECT 1") == "1"
        (number,) = homes().keys() - known.keys()
        known[number] = homes()[number]
        clients[number] = client

    for _ in range(12):
        come()
    assert sorted(known.values()).count(0) in range(5, 8)
    gone = [number for number in known if known[number] == 0]
    for number in gone:
        clients.pop(number).socket.close()
    wait_for(lambda: len(homes()) == len(known) - len(gone), "the clients to be gone")
    for number in gone:
        del known[number]
    for _ in gone:
        come()
    assert sorted(known.values()).count(0) in range(len(gone) - 2, len(gone) + 2)
    for client in clients.values():
        assert client.value("SELECT 2") == "2"
        client.socket.close()


@pytest.mark.parametrize("size", [1, 2])
def test_connections_go_over_from_worker_to_worker(make_proxy, size):
    """A small pool is one pool: what one worker does not use, the other does, as it is. Statements
    and settings are those of each client all the same, though every worker numbers its own."""
    proxy = make_proxy({"workers": 2, "pooling": {"size": size, "maxWaitMillis": 8000}})
    failures, pids = [], set()

    def work(number):
        try:
            with Wire(proxy.port) as client:
                client.login()
                client.run(f"SET TimeZone = '{'UTC' if number % 2 else 'Asia/Tokyo'}'")
                for turn in range(40):
                    name = f"s{turn % 3}"
                    client.send(
                        parse(name, f"SELECT {number} * 1000 + {turn % 3} + $1::int"), sync())
                    reply = client.read_until()
                    if turn < 3:
                        assert reply[0].type == "1", reply
                    client.send(bind(statement=name, parameters=[turn * 100]), execute(), sync())
                    (row,) = [m for m in client.read_until() if m.type == "D"]
                    assert row.row == [str(number * 1000 + turn % 3 + turn * 100).encode()]
                    assert client.value("SHOW TimeZone") == (
                        "UTC" if number % 2 else "Asia/Tokyo")
                    pids.add(client.value(WRITE_PID))
        except Exception as failure:
            failures.append(failure)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures, failures[:3]
    # Were they closed and opened anew each time, there would be dozens.
    assert len(pids) <= 2 * size + 2, pids


def test_cancels_reach_sessions_on_other_workers(cluster, make_proxy):
    proxy = make_proxy({"workers": 4})
    clients = [Wire(proxy.port).login() for _ in range(6)]
    for client in clients:
        client.send(query("SELECT pg_sleep(60) FROM (SELECT 1) x FOR UPDATE"))
    wait_for(
        lambda: cluster.primary.value(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60%'") == 6,
        "all to run")
    for client in clients:
        with Wire(proxy.port) as other:
            other.send(request(CANCEL_REQUEST, *client.key))
            assert other.read_to_end() == []
        reply = client.read_until()
        assert [m.type for m in reply][-2:] == ["E", "Z"] and reply[-2].sqlstate == "57014"
        assert client.value("SELECT 1") == "1"
        client.socket.close()


def test_clients_that_come_and_go_at_random(cluster, make_proxy):
    """Whatever they are in the middle of; the pool is whole afterwards, and nothing is left."""
    proxy = make_proxy({"workers": 2, "pooling": {"size": 3}})
    before = idle_descriptors(proxy)
    failures = []
    actions = [
        lambda c: c.value("SELECT 1"),
        lambda c: c.value(WRITE_PID),
        lambda c: c.run("BEGIN"),
        lambda c: c.run("COMMIT"),
        lambda c: c.run("SELECT 1/0"),
        lambda c: c.run("SET work_mem = '5MB'"),
        lambda c: (c.send(parse("", "SELECT $1::int"), bind(parameters=[7]), execute(), sync()),
                   c.read_until()),
        lambda c: (c.send(parse("s", "SELECT 2"), sync()), c.read_until()),
        lambda c: c.send(query("SELECT pg_sleep(0.05)")),
        lambda c: c.send(query("SELECT repeat('x', 100000) FROM generate_series(1, 30)")),
        lambda c: c.send(query("COPY (SELECT generate_series(1, 100000)) TO STDOUT")),
        lambda c: c.send(parse("", "SELECT 1"), bind(), execute()),
        lambda c: c.send(b"Q\0\0\1\0half"),
    ]

    def work(number):
        chance = random.Random(number)
        for _ in range(25):
            try:
                with Wire(proxy.port) as client:
                    client.login()
                    for _ in range(chance.randrange(1, 5)):
                        action = chance.choice(actions)
                        action(client)
                        if action in actions[8:]:
                            break
            except (Closed, OSError, AssertionError) as failure:
                # A statement in a failed transaction has no value.
                if "25P02" not in str(failure):
                    failures.append(failure)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures, failures[:3]
    wait_for(
        lambda: all(r["in_use"] == 0 and r["waiting"] == 0 for r in proxy.admin("SHOW POOLS")),
        "all to be given back")
    assert idle_descriptors(proxy) <= before + 10
    assert "broke the protocol" not in proxy.log()


def test_a_client_that_does_not_read_holds_nobody_up(cluster, make_proxy):
    """Its answers fill its buffers; then its next statement gets no place that others could use."""
    proxy = make_proxy({"workers": 1, "pooling": {"size": 1, "maxWaitMillis": 60_000}})
    with Wire(proxy.port, receive_buffer=4096) as lazy, Wire(proxy.port, seconds=10) as other:
        lazy.login()
        other.login()
        for _ in range(150):
            lazy.send(query("SELECT repeat('x', 60000) FROM (SELECT 1) x FOR UPDATE"))
            assert other.value(WRITE_PID)
        replies = lazy.read_until(times=150)
        assert sum(m.type == "D" for m in replies) == 150
        assert lazy.value("SELECT 1") == "1"


def test_a_pipeline_of_thousands_is_sent_before_it_is_read(cluster, make_proxy):
    proxy = make_proxy()
    with Wire(proxy.port, seconds=60) as client:
        client.login()
        sender = threading.Thread(target=client.send, args=[
            query(f"SELECT {n}, repeat('y', 300)" + " FROM (SELECT 1) x FOR UPDATE" * (n % 3 == 0))
            for n in range(6000)])
        sender.start()
        sender.join(1)  # By then every buffer on the way is full.
        replies = client.read_until(times=6000)
        sender.join()
        assert [int(m.row[0]) for m in replies if m.type == "D"] == list(range(6000))


def test_a_protocol_byte_by_byte(cluster, make_proxy):
    proxy = make_proxy()

    class Drip(Wire):
        def send(self, *parts):
            for byte in b"".join(parts):
                self.socket.sendall(bytes([byte]))
    with Drip(proxy.port) as client:
        client.login()
        assert client.value("SELECT 1") == "1"
        client.send(parse("", "SELECT $1::text"), bind(parameters=["z"]), execute(), sync())
        assert [m.type for m in client.read_until()] == ["1", "2", "D", "C", "Z"]
        client.run("BEGIN")
        client.run("CREATE TEMP TABLE drip (t text)")
        client.send(query("COPY drip FROM STDIN"))
        client.read_until("G")
        client.send(b"d" + struct.pack("!i", 8) + b"one\n" + b"c\0\0\0\4")
        assert [m.type for m in client.read_until()] == ["C", "Z"]
        assert client.value("SELECT t FROM drip") == "one"
        client.run("ROLLBACK")


def test_those_who_never_log_in_are_sent_away(cluster, make_proxy):
    proxy = make_proxy({"loginTimeoutSeconds": 3, "maxClients": 5000})
    idle = []
    for number in range(3000):
        one = socket.create_connection(("127.0.0.1", proxy.port))
        if number % 3 == 1:
            one.sendall(startup({"user": "app", "database": "app"}))
        if number % 3 == 2:
            one.sendall(b"\0\0")
        idle.append(one)
    with Wire(proxy.port) as client:
        client.login()
        assert client.value("SELECT 1") == "1"
    for one in idle:
        one.settimeout(15)
        while one.recv(4096):
            pass
        one.close()
    wait_for(lambda: proxy.descriptors() < 200, "all to be closed")


def test_as_many_clients_as_are_allowed(cluster, make_proxy):
    proxy = make_proxy({"maxClients": 5}, wait=False)
    clients = [Wire(proxy.port).login() for _ in range(5)]
    with Wire(proxy.port) as one_more:
        with pytest.raises(LoginError) as caught:
            one_more.login()
        assert caught.value.message.sqlstate == "53300"
    clients.pop().socket.close()

    def enters():
        # Another worker may take the new client in before the old one's end is seen.
        with contextlib.suppress(LoginError):
            return Wire(proxy.port).login()
    wait_for(enters, "a place")


def test_databases_that_do_not_exist_leave_nothing(cluster, make_proxy):
    proxy = make_proxy({"workers": 1}, wait=False)
    for number in range(60):
        with Wire(proxy.port) as client:
            with pytest.raises(LoginError):
                client.login(database=f"nowhere{number}")
    wait_for(
        lambda: not [r for r in proxy.admin("SHOW POOLS") if "nowhere" in r["database"]],
        "their pools to be forgotten", 10)


@pytest.mark.parametrize("method", ["quit", "vanish"])
def test_memory_of_clients_that_came_and_went(cluster, make_proxy, method):
    proxy = make_proxy({"workers": 2})

    def come_and_go(count):
        for number in range(count):
            with Wire(proxy.port) as client:
                client.login(application_name=f"one of many {number}")
                client.run("BEGIN")
                client.run("SELECT 1")
                if method == "quit":
                    client.run("COMMIT")
                    client.send(b"X\0\0\0\4")
    come_and_go(600)
    before = proxy.memory_kib()
    come_and_go(1200)
    assert proxy.memory_kib() < before + 3000


def test_out_of_descriptors(cluster, make_proxy):
    """Those outside are let in when there is room."""
    proxy = make_proxy({"workers": 1})
    resource.prlimit(proxy.pid, resource.RLIMIT_NOFILE, (80, 80))
    outside = [socket.create_connection(("127.0.0.1", proxy.port)) for _ in range(100)]
    with pytest.raises((TimeoutError, Closed)):
        Wire(proxy.port, seconds=1).login()
    for one in outside:
        one.close()
    with Wire(proxy.port) as client:
        client.login()
        assert client.value(WRITE_PID)
        assert client.value("SELECT 1") == "1"


def test_the_deadline_of_a_drain(cluster, make_proxy):
    """Transactions may end, those at rest go at once, and what is left goes at the deadline."""
    proxy = make_proxy({"shutdownTimeoutSeconds": 3})
    ending, staying, resting = (Wire(proxy.port).login() for _ in range(3))
    for client in (ending, staying):
        client.run("BEGIN")
        assert client.value(WRITE_PID)
    resting.value("SELECT 1")
    proxy.process.send_signal(signal.SIGTERM)
    assert [m.sqlstate for m in resting.read_to_end()] == ["57P01"]
    # Before the deadline: the others are still there.
    assert ending.value("SELECT 1") == "1"
    ending.send(query("COMMIT"))
    assert [m.type for m in ending.read_to_end()] == ["C", "Z", "E"]
    assert staying.value("SELECT 1") == "1"
    assert [m.sqlstate for m in staying.read_to_end()] == ["57P01"]
    assert proxy.process.wait(10) == 0
    proxy.assert_log_is_clean()
    proxy.process = None


def test_the_wait_for_a_place_has_an_end(cluster, make_proxy):
    proxy = make_proxy({"pooling": {"size": 1, "maxWaitMillis": 500}, "workers": 1})
    with Wire(proxy.port) as holder, Wire(proxy.port) as client:
        holder.login()
        client.login()
        holder.run("BEGIN")
        holder.value(WRITE_PID)
        error, ready = client.run(WRITE_PID)
        assert error.sqlstate == "53300" and ready.status == "I"
        assert "500 ms" in error.text or "50" in error.text
        # A BEGIN that was answered before there was a server: the transaction has failed.
        assert [m.type for m in client.run("BEGIN")] == ["C", "Z"]
        error, ready = client.run(WRITE_PID)
        assert error.sqlstate == "53300" and ready.status == "E"
        error, ready = client.run("SELECT 1")
        assert error.sqlstate == "25P02" and ready.status == "E"
        assert client.run("ROLLBACK")[-1].status == "I"
        holder.run("COMMIT")
        assert client.value(WRITE_PID)
