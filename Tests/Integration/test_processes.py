"""Several processes on one port or on several hosts: cancels find their session, and one process is
replaced by the next without a running transaction noticing."""

import os
import shutil
import signal
import socket
import struct
import tempfile
import threading

import pytest

from ports import free_port
from proxy import Proxy, base_configuration, merged
from waiting import wait_for
from wire import Wire, cancel_request, query

LOCKED = "FROM (SELECT 1) x FOR UPDATE"


@pytest.fixture
def folder():
    made = tempfile.mkdtemp(prefix="switchyard-peers-")
    yield made
    shutil.rmtree(made)


@pytest.fixture
def start(cluster, folder):
    """Starts processes of one and the same configuration."""
    port, made = free_port(), []

    def start(changes=None):
        configuration = merged(base_configuration(cluster), merged({
            "listen": {"port": port, "reusePort": True},
            "peers": {"directory": os.path.join(folder, "sockets")}}, changes or {}))
        process = Proxy(configuration)
        made.append(process)
        process.start()
        wait_for(lambda: is_ready(process), "the process to be ready")
        return process
    yield start
    for process in made:
        if process.is_running():
            process.stop()
        process.kill()


def is_ready(process):
    """Its own words: the port may be that of another process."""
    return " ready " in process.log()


def place(wire):
    """The number of the process that has this session, and of its host."""
    (number,) = struct.unpack_from("!i", wire.long_key)
    return number >> 21 & 31, number >> 26


def clients_of(port, process, count):
    """Logged-in clients of one process, whichever the kernel gives us."""
    found = []
    while len(found) < count:
        wire = Wire(port).login()
        if place(wire)[0] == process:
            found.append(wire)
        else:
            wire.socket.close()
    return found


def cancel(port, wire):
    """Comes to any of the processes."""
    with Wire(port) as canceller:
        canceller.send(cancel_request(wire.long_key))
        assert canceller.read_to_end() == []


def is_running(cluster, mark):
    return any(
        node.value("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
                   f"AND query LIKE '%{mark}%' AND pid <> pg_backend_pid()")
        for node in cluster.nodes)


def error_of(wire):
    return next(m for m in wire.read_until() if m.type == "E").sqlstate


def test_cancels_find_their_process(cluster, start):
    first, second = start(), start()
    wires = clients_of(first.port, 0, 4) + clients_of(first.port, 1, 4)
    try:
        for number, wire in enumerate(wires):
            wire.send(query(f"SELECT pg_sleep(600), 'processes {number}!' {LOCKED}"))
        for number in range(len(wires)):
            wait_for(lambda: is_running(cluster, f"processes {number}!"), "all to run")
        # In an order in which a neighbour would be hit first.
        for number in (5, 0, 7, 2, 4, 1, 6, 3):
            cancel(first.port, wires[number])
            assert error_of(wires[number]) == "57014"
            for other, wire in enumerate(wires):
                if other != number:
                    assert not wire.buffer
        for wire in wires:
            assert wire.value("SELECT 7") == "7"
    finally:
        for wire in wires:
            wire.socket.close()
    first.assert_sound(), second.assert_sound()


def test_a_wrong_key_is_passed_on_in_vain(cluster, start):
    first, second = start(), start()
    (wire,) = clients_of(first.port, 1, 1)
    with wire:
        wire.send(query(f"SELECT pg_sleep(0.5), 'passed on' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "passed on"), "the query to run")
        number, secret = wire.long_key[:4], wire.long_key[4:]
        for key in (number + bytes([secret[0] ^ 1]) + secret[1:], number + secret + b"x",
                    number + b"x"):
            for _ in range(8):
                with Wire(first.port) as canceller:
                    canceller.send(cancel_request(key))
                    assert canceller.read_to_end() == []
        assert all(m.type != "E" for m in wire.read_until())
    second.assert_sound()


def test_a_number_is_free_again_when_its_process_has_died(start, folder):
    first = start()
    with Wire(first.port).login() as wire:
        assert place(wire) == (0, 0)
    second = start()
    os.kill(first.pid, signal.SIGKILL)
    first.process.wait()
    first.process = None
    # The socket of the dead one is still there, and leads nowhere.
    assert os.path.exists(os.path.join(folder, "sockets", ".s.SWITCHYARD.0"))
    with Wire(second.port) as canceller:
        canceller.send(cancel_request(struct.pack("!ii", 77, 1)))
        assert canceller.read_to_end() == []
    third = start()
    (wire,) = clients_of(third.port, 0, 1)
    with wire:
        assert wire.value("SELECT 1") == "1"


def test_siblings_may_bring_cancels_only(start, folder):
    first = start()
    path = os.path.join(folder, "sockets", ".s.SWITCHYARD.0")
    assert os.stat(path).st_mode & 0o777 == 0o600
    with socket.socket(socket.AF_UNIX) as sibling:
        sibling.settimeout(20)
        sibling.connect(path)
        body = struct.pack("!i", 3 << 16) + b"user\0app\0\0"
        sibling.sendall(struct.pack("!i", len(body) + 4) + body)
        assert sibling.recv(100) == b""
    first.assert_sound()


def test_a_restart_that_no_transaction_notices(cluster, start, table):
    """The old process drains while the new one serves; a cancel finds the right one of them."""
    old = start()
    (busy, sleeping) = clients_of(old.port, 0, 2)
    with busy, sleeping:
        busy.run("BEGIN")
        busy.run(f"INSERT INTO {table} VALUES (1, 'before')")
        sleeping.send(query(f"SELECT pg_sleep(600), 'restart' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "restart"), "the query to run")
        new = start()
        os.kill(old.pid, signal.SIGTERM)
        wait_for(lambda: "draining" in old.log(), "the drain")

        def served_by_the_new():
            with Wire(new.port).login() as wire:
                return place(wire)[0] == 1
        wait_for(served_by_the_new, "the new one to serve alone")
        for _ in range(20):
            assert served_by_the_new()
        busy.run(f"INSERT INTO {table} VALUES (2, 'after')")
        cancel(new.port, sleeping)
        assert error_of(sleeping) == "57014"
        busy.run("COMMIT")
    assert old.process.wait(30) == 0
    assert cluster.primary.value(f"SELECT count(*) FROM {table}") == 2
    new.assert_sound()


def test_clients_at_work_while_processes_come_and_go(cluster, start, table):
    """Each client works in transactions and connects anew when told to. No transaction that was
    begun is lost, and none runs twice."""
    ending, done, failures = threading.Event(), [], []

    def work(number):
        wire, at = None, 0
        while not ending.is_set():
            try:
                wire = wire or Wire(port).login()
                wire.send(query("BEGIN"))
                begun = wire.read_until()
                if begun[-1].type != "Z" or begun[-1].status != "T":
                    raise ConnectionError
            except Exception:  # between transactions a client may be sent away
                if wire:
                    wire.socket.close()
                wire = None
                continue
            try:
                for half in range(2):
                    reply = wire.run(f"INSERT INTO {table} VALUES ({number * 1_000_000 + at * 2 + half})")
                    assert reply[0].type == "C", reply[0].fields
                assert wire.run("COMMIT")[-1].status == "I"
                done.append(number * 1_000_000 + at)
                at += 1
            except Exception as failure:
                failures.append(failure)
                return
        if wire:
            wire.socket.close()
    first = start()
    port = first.port
    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 7)]
    for thread in threads:
        thread.start()
    try:
        old = first
        for _ in range(4):
            seen = len(done)
            new = start()
            assert old.terminate() == 0
            wait_for(lambda: len(done) > seen + 20, "work to go on")
            old = new
    finally:
        ending.set()
        for thread in threads:
            thread.join(60)
    assert not failures, failures[:3]
    assert cluster.primary.value(f"SELECT count(*) FROM {table}") == 2 * len(done)


def test_a_unix_domain_socket_is_handed_over(start, folder):
    old = start({"listen": {"unixSocketDirectory": folder}, "authentication": [
        {"database": "all", "user": "all", "address": "all", "method": "scram-sha-256"}]})
    path = os.path.join(folder, f".s.PGSQL.{old.port}")
    before = os.stat(path).st_ino
    new = start({"listen": {"unixSocketDirectory": folder}})
    assert os.stat(path).st_ino != before
    assert old.terminate() == 0
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
    assert new.terminate() == 0
    assert not os.path.exists(path)


def test_hosts_pass_cancels_on(cluster, tmp_path):
    """Two hosts of two processes each: the session is behind the second step."""
    ports = [free_port(), free_port()]
    hosts = [{"id": at + 1, "host": "localhost", "port": port} for at, port in enumerate(ports)]
    made = []
    try:
        for at, port in enumerate(ports):
            for _ in range(2):
                made.append(Proxy(merged(base_configuration(cluster), {
                    "listen": {"port": port, "reusePort": True},
                    "peers": {"id": at + 1, "directory": str(tmp_path / f"host{at}"),
                              "hosts": hosts}})).start())
                wait_for(lambda: is_ready(made[-1]), "it to be ready")
        for process in (0, 1):
            (wire,) = clients_of(ports[0], process, 1)
            with wire:
                assert place(wire) == (process, 1)
                wire.send(query(f"SELECT pg_sleep(600), 'hosts {process}' {LOCKED}"))
                wait_for(lambda: is_running(cluster, f"hosts {process}"), "the query to run")
                cancel(ports[1], wire)
                assert error_of(wire) == "57014"
    finally:
        for process in made:
            process.stop()


def test_hosts_that_point_at_each_other_make_no_circle(cluster):
    """Each believes that host 3 is the other. A cancel for it ends at once, and no descriptor is
    left open."""
    ports = [free_port(), free_port()]
    made = []
    try:
        for at, port in enumerate(ports):
            made.append(Proxy(merged(base_configuration(cluster), {
                "listen": {"port": port},
                "peers": {"id": at + 1, "hosts": [
                    {"id": 3, "host": "127.0.0.1", "port": ports[1 - at]}]}})).start())
        for process in made:
            process.wait_for_nodes(*(node.port for node in cluster.replicas))
        before = [process.descriptors() for process in made]
        for _ in range(50):
            with Wire(ports[0]) as canceller:
                canceller.send(cancel_request(struct.pack("!ii", 3 << 26 | 5, 1)))
                assert canceller.read_to_end() == []
        wait_for(
            lambda: all(p.descriptors() < count + 10 for p, count in zip(made, before)),
            "all to be closed")
    finally:
        for process in made:
            process.stop()


def test_what_runs_at_the_very_end_is_cancelled(cluster, start):
    """The deadline of the drain is over: the statement ends at its server too."""
    process = start({"shutdownTimeoutSeconds": 1})
    (wire,) = clients_of(process.port, 0, 1)
    with wire:
        wire.send(query(f"SELECT pg_sleep(600), 'very end' {LOCKED}"))
        wait_for(lambda: is_running(cluster, "very end"), "the query to run")
        assert process.terminate() == 0
        assert error_of_end(wire) == "57P01"
        wait_for(lambda: not is_running(cluster, "very end"), "the query to be cancelled", 5)


def error_of_end(wire):
    return next(m for m in wire.read_to_end() if m.type == "E").sqlstate


def test_who_reads_slowly_gets_the_whole_answer_before_the_end(start):
    """Statements have ended, and their answers wait in the proxy: those clients are not at rest.
    Of many sizes some are such that the kernel does not hold them and the proxy does."""
    process = start({"pooling": {"size": 30}})
    counts = range(100, 4_000, 130)
    wires = []
    try:
        for count in counts:
            wires.append(Wire(process.port, receive_buffer=4096).login())
            wires[-1].send(query(f"SELECT repeat('x', 1000) FROM generate_series(1, {count})"))
        seen = []

        def stands():
            seen.append(sorted(
                r["state"] for r in process.admin("SHOW CLIENTS") if r["user"] == "app"))
            return "idle" in seen[-1] and "active" in seen[-1] and seen[-10:] == [seen[-1]] * 10
        wait_for(stands, "some statements to end, and others not")
        os.kill(process.pid, signal.SIGTERM)
        wait_for(lambda: "draining" in process.log(), "the drain")
        for count, wire in zip(counts, wires):
            messages = wire.read_to_end()
            assert sum(m.type == "D" for m in messages) == count
            assert [m.sqlstate for m in messages if m.type == "E"] == ["57P01"]
    finally:
        for wire in wires:
            wire.socket.close()
    assert process.process.wait(30) == 0
