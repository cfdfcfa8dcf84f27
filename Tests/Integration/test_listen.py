"""LISTEN without a server connection of one's own."""

import asyncio
import threading

import asyncpg
import psycopg
import pytest

from proxy import SUPERUSER
from test_pool import clients_of, pins_of
from waiting import wait_for
from wire import Wire, bind, describe, execute, parse, query, sync

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
