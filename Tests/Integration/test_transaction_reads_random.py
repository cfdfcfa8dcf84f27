"""Random transactions give the same through the proxy, where they read on replicas until they write,
as directly on the primary."""

import os
import random

import pytest

from wire import Wire, bind, describe, execute, parse, query, sync

SEED = int(os.environ.get("SEED", random.randrange(10**9)))

READS = [
    "SELECT count(*), sum(amount) FROM {t}", "SELECT * FROM {t} WHERE id = {n}",
    "SELECT id, amount FROM {t} WHERE amount > {n} ORDER BY id",
    "SELECT a.id FROM {t} a JOIN {t} b ON a.amount = b.id ORDER BY 1 LIMIT 5",
    "WITH big AS (SELECT * FROM {t} WHERE amount > 5) SELECT count(*) FROM big",
    "VALUES (1), (2)", "SELECT 7", "SELECT FROM {t} WHERE false", "",
    "SELECT id FROM {t} ORDER BY id; SELECT count(*) FROM {t}",
]
WRITES = [
    "INSERT INTO {t} VALUES ({n} + 100, {n})", "UPDATE {t} SET amount = amount + 1 WHERE id = {n}",
    "DELETE FROM {t} WHERE id = {n}", "INSERT INTO {t} SELECT max(id) + 1, {n} FROM {t}",
    "UPDATE {t} SET amount = {n} RETURNING id, amount",
    "SELECT * FROM {t} WHERE id = {n} FOR UPDATE",
    "WITH gone AS (DELETE FROM {t} WHERE amount = {n} RETURNING id) SELECT count(*) FROM gone",
]
OTHERS = [
    "SAVEPOINT a", "ROLLBACK TO a", "RELEASE a", "SET LOCAL work_mem = '{n}MB'",
    "SHOW transaction_isolation", "SHOW transaction_read_only", "SELECT 1 / 0", "SELEC",
    "SELECT * FROM nothing_of_that_name", "INSERT INTO {t} VALUES (1, 1)", "BEGIN",
    "DECLARE c CURSOR FOR SELECT id FROM {t} ORDER BY id", "FETCH 2 FROM c", "CLOSE c",
    "SET TRANSACTION READ ONLY", "LOCK TABLE {t} IN SHARE MODE", "COMMIT AND CHAIN",
    "SELECT now() = now()", "SELECT count(*) FROM {t} WHERE current_date > '2000-01-01'",
]
BEGINS = [
    "BEGIN", "BEGIN", "BEGIN", "START TRANSACTION", "BEGIN ISOLATION LEVEL READ COMMITTED",
    "BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN READ ONLY", "BEGIN READ WRITE",
    "/* app */ BEGIN", "BEGIN ISOLATION LEVEL SERIALIZABLE",
]


def script(rng):
    """One block: its statements, each with the protocol that brings it."""
    lines = [(rng.choice(BEGINS), "simple")]
    writes = rng.random()
    for _ in range(rng.randrange(1, 9)):
        if rng.random() < 0.6:
            text = rng.choice(READS)
        else:
            text = rng.choice(WRITES if rng.random() < writes else OTHERS)
            # What a standby does not do, and what follows a failed one (see Differences).
            reads_only = any("READ ONLY" in line for line, _ in lines)
            if reads_only and text.endswith(("CHAIN", "SHARE MODE")):
                text = "COMMIT"
        protocol = "simple" if ";" in text else rng.choice(["simple", "extended", "pipelined"])
        lines.append((text.replace("{n}", str(rng.randrange(1, 12))), protocol))
    lines.append((rng.choice(["COMMIT", "COMMIT", "ROLLBACK"]), rng.choice(["simple", "extended"])))
    return lines


def seen(reply):
    """What a client can tell, but for the words of errors."""
    found = []
    for message in reply:
        if message.type == "E":
            found.append(("E", message.sqlstate))
        elif message.type == "C":
            found.append(("C", message.tag))
        elif message.type == "D":
            found.append(("D", message.row))
        elif message.type == "Z":
            found.append(("Z", message.status))
        elif message.type not in "NST":
            found.append((message.type,))
    return found


def play(wire, lines, table):
    """The replies of a script; statements that are pipelined share a segment with the next."""
    replies, waiting = [], b""
    for text, protocol in lines:
        text = text.replace("{t}", table)
        if protocol == "simple":
            if waiting:
                wire.send(waiting, sync())
                replies.append(("pipeline", seen(wire.read_until())))
                waiting = b""
            wire.send(query(text))
        else:
            waiting += parse("", text) + bind() + describe("P") + execute()
            if protocol == "pipelined":
                continue
            wire.send(waiting, sync())
            waiting = b""
        replies.append((text.replace(table, "t"), seen(wire.read_until())))
    if waiting:
        wire.send(waiting, sync())
        replies.append(("pipeline", seen(wire.read_until())))
    return replies


@pytest.fixture(scope="module")
def roaming(make_lasting_proxy):
    return make_lasting_proxy({
        "transactionReads": "replicaUntilWrite", "consistency": "eventual"})


def test_the_same_as_without(cluster, roaming):
    rng = random.Random(SEED)
    rows = "SELECT n, n % 4 FROM generate_series(1, 10) n"
    for table in ("direct", "roamed"):
        cluster.run(f"CREATE TABLE {table} (id int PRIMARY KEY, amount bigint)",
                    f"ALTER TABLE {table} OWNER TO app")
    with Wire(cluster.primary.port) as direct, Wire(roaming.port) as proxied:
        direct.login()
        proxied.login()
        before = {row["node"]: int(row["reads"]) for row in roaming.admin("SHOW STATUS")}
        for number in range(int(os.environ.get("BLOCKS", 120))):
            cluster.run(*(
                statement for table in ("direct", "roamed") for statement in (
                    f"TRUNCATE {table}", f"INSERT INTO {table} {rows}")))
            lines = script(rng)
            one = play(direct, lines, "direct")
            two = play(proxied, lines, "roamed")
            assert one == two, f"SEED={SEED}, block {number}: {lines}"
            for wire in (direct, proxied):
                wire.run("ROLLBACK")
                # What was no SQL pins the session.
                wire.run("DISCARD ALL")
            assert cluster.primary.query("SELECT * FROM direct ORDER BY id") == (
                cluster.primary.query("SELECT * FROM roamed ORDER BY id")), (
                    f"SEED={SEED}, block {number}: {lines}")
        after = {row["node"]: int(row["reads"]) for row in roaming.admin("SHOW STATUS")}
    # It has been worth it: replicas took some of the reads.
    assert sum(after[n.name] - before[n.name] for n in cluster.replicas) > 50
