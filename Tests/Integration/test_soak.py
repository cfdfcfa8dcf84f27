"""Many clients at once, each doing whatever clients do: nothing is lost, doubled or mixed up."""

import random
import socket
import struct
import threading

import pytest

from waiting import wait_for
from wire import (
    CANCEL_REQUEST, Wire, bind, copy_data, copy_done, execute, parse, query, request, sync)

ACCOUNTS, BALANCE, CLIENTS, ROUNDS = 20, 1_000, 16, 60


class Customer:
    """One client: draws what it does next, and checks every answer it gets."""

    def __init__(self, proxy, table, seed, done):
        self.proxy, self.table, self.chance, self.done = proxy, table, random.Random(seed), done
        self.mark = f"customer-{seed}"
        self.wire = None

    def work(self):
        actions = [
            self.read, self.read, self.read, self.extended, self.pipeline, self.transfer,
            self.transfer, self.abandon, self.roll_back, self.set, self.temporary, self.named,
            self.copy_in, self.fail, self.vanish, self.cancel_late, self.read_only]
        for _ in range(ROUNDS):
            if self.wire is None:
                self.wire = Wire(self.proxy.port, seconds=60).login(application_name=self.mark)
            self.chance.choice(actions)()
        if self.wire:
            self.wire.socket.close()

    def tag(self):
        return f"{self.mark}-{self.chance.getrandbits(40)}"

    def read(self):
        tag = self.tag()
        assert self.wire.value(f"SELECT '{tag}'") == tag

    def extended(self):
        tag = self.tag()
        self.wire.send(parse("", "SELECT $1::text, repeat('x', $2::int)")
                       + bind(parameters=(tag, self.chance.randrange(50_000))) + execute() + sync())
        rows = [m.row for m in self.wire.read_until() if m.type == "D"]
        assert [row[0].decode() for row in rows] == [tag]

    def pipeline(self):
        tags = [self.tag() for _ in range(5)]
        self.wire.send(*(query(f"SELECT '{tag}'") for tag in tags))
        rows = [m.row[0].decode() for m in self.wire.read_until("Z", 5) if m.type == "D"]
        assert rows == tags

    def move(self):
        source, target = self.chance.sample(range(ACCOUNTS), 2)
        # Always the lower account first, so that no two customers wait for each other.
        changes = sorted([(source, -1), (target, 1)])
        for account, amount in changes:
            reply = self.wire.run(
                f"UPDATE {self.table} SET balance = balance + {amount} WHERE id = {account}")
            assert reply[0].tag == "UPDATE 1", reply

    def transfer(self):
        self.wire.run("BEGIN")
        self.move()
        reply = self.wire.run("COMMIT")
        assert reply[0].tag == "COMMIT" and reply[-1].status == "I"
        with self.done["lock"]:
            self.done["transfers"] += 1

    def roll_back(self):
        self.wire.run("BEGIN")
        self.move()
        assert self.wire.run("ROLLBACK")[-1].status == "I"

    def abandon(self):
        """Half a transfer, and gone."""
        self.wire.run("BEGIN")
        self.wire.run(f"UPDATE {self.table} SET balance = balance + 500 WHERE id = "
                      f"{self.chance.randrange(ACCOUNTS)}")
        self.leave()

    def leave(self):
        if self.chance.random() < 0.5:
            self.wire.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.wire.socket.close()
        self.wire = None

    def vanish(self):
        self.wire.send(query("SELECT repeat('v', 1000) FROM generate_series(1, 20000)"))
        self.leave()

    def set(self):
        size = f"{self.chance.randrange(100, 900)}kB"
        self.wire.run(f"SET work_mem = '{size}'")
        for _ in range(3):
            assert self.wire.value("SHOW work_mem") == size
        self.wire.run("DISCARD ALL")

    def temporary(self):
        tag = self.tag()
        reply = self.wire.run(f"CREATE TEMP TABLE scratch AS SELECT '{tag}' AS tag")
        assert reply[0].type == "C", reply[0].fields
        assert self.wire.value("SELECT tag FROM scratch") == tag
        self.wire.run("DROP TABLE scratch")
        self.wire.run("DISCARD ALL")

    def named(self):
        tag = self.tag()
        self.wire.send(parse("mine", f"SELECT '{tag}'") + sync())
        assert [m.type for m in self.wire.read_until()] == ["1", "Z"]
        for _ in range(3):
            self.wire.send(bind("", "mine") + execute() + sync())
            assert [m.row[0].decode() for m in self.wire.read_until() if m.type == "D"] == [tag]
        self.wire.run("DEALLOCATE ALL")
        self.wire.run("DISCARD ALL")

    def copy_in(self):
        self.wire.run("BEGIN")
        self.wire.run("CREATE TEMP TABLE landing (i int) ON COMMIT DROP")
        self.wire.send(query("COPY landing FROM STDIN"))
        self.wire.read_until("G")
        for number in range(50):
            self.wire.send(copy_data(b"%d\n" % number))
        self.wire.send(copy_done())
        assert self.wire.read_until()[0].tag == "COPY 50"
        self.wire.run("COMMIT")

    def fail(self):
        reply = self.wire.run(f"SELECT 1/0, '{self.tag()}'")
        assert next(m for m in reply if m.type == "E").sqlstate == "22012"

    def cancel_late(self):
        """A cancel when nothing runs: it must do nothing, to anyone."""
        with Wire(self.proxy.port) as other:
            other.send(request(CANCEL_REQUEST, *self.wire.key))
            other.read_to_end()

    def read_only(self):
        self.wire.run("BEGIN READ ONLY")
        tag = self.tag()
        assert self.wire.value(f"SELECT '{tag}'") == tag
        assert self.wire.run("COMMIT")[-1].status == "I"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_many_clients_at_once(cluster, make_proxy, mode):
    size = 4 if mode == "transaction" else CLIENTS + 4
    proxy = make_proxy({"pooling": {"size": size, "mode": mode, "maxWaitMillis": 60_000}})
    cluster.run(
        "DROP TABLE IF EXISTS accounts",
        f"CREATE TABLE accounts AS SELECT n AS id, {BALANCE} AS balance "
        f"FROM generate_series(0, {ACCOUNTS - 1}) AS n", "ALTER TABLE accounts OWNER TO app")
    done = {"lock": threading.Lock(), "transfers": 0}
    failures = []

    def guarded(seed):
        try:
            Customer(proxy, "accounts", seed, done).work()
        except BaseException as failure:
            failures.append((seed, repr(failure)))

    threads = [threading.Thread(target=guarded, args=(seed,)) for seed in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(200)
    assert not failures, failures
    assert done["transfers"] > 0
    assert cluster.primary.value("SELECT sum(balance) FROM accounts") == ACCOUNTS * BALANCE
    wait_for(lambda: all(r["in_use"] == 0 and r["waiting"] == 0
                         for r in proxy.admin("SHOW POOLS")), "all connections to be given back")
    for node in cluster.nodes:
        assert node.value("SELECT count(*) FROM pg_stat_activity "
                          "WHERE state LIKE 'idle in transaction%' AND usename = 'app'") == 0
    cluster.wait_for_replay()
    for replica in cluster.replicas:
        assert replica.value("SELECT sum(balance) FROM accounts") == ACCOUNTS * BALANCE
