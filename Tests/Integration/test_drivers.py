"""Drivers as applications use them, with their own defaults: no error may come of the proxy."""

import asyncio
import datetime
import decimal
import os
import re
import shutil
import subprocess
import threading
import uuid

import asyncpg
import pg8000.dbapi
import psycopg
import psycopg2
import psycopg2.extras
import pytest
from psycopg.rows import dict_row

from cluster import server_binaries

pytestmark = pytest.mark.drivers
HERE = os.path.dirname(os.path.abspath(__file__))
JDBC = "/usr/share/java/postgresql.jar"


# ---------------------------------------------------------------- psycopg 3

@pytest.fixture
def psycopg_connection(proxy):
    """With psycopg's own defaults: transactions, and named statements after five executions."""
    with psycopg.connect(proxy.url()) as connection:
        yield connection


def test_psycopg_ordinary_work(psycopg_connection, table):
    connection = psycopg_connection
    for number in range(30):
        connection.execute(f"INSERT INTO {table} VALUES (%s, %s)", (number, f"row {number}"))
    connection.commit()
    with connection.cursor(row_factory=dict_row) as cursor:
        for number in range(30):
            cursor.execute(f"SELECT * FROM {table} WHERE id = %s", (number,))
            assert cursor.fetchone() == {"id": number, "text": f"row {number}"}
    connection.rollback()
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(f"INSERT INTO {table} VALUES (1, 'again')")
    connection.rollback()
    with connection.transaction():
        connection.execute(f"UPDATE {table} SET text = 'kept' WHERE id = 1")
        with pytest.raises(ZeroDivisionError), connection.transaction():
            connection.execute(f"UPDATE {table} SET text = 'undone' WHERE id = 1")
            raise ZeroDivisionError
        assert connection.execute(f"SELECT text FROM {table} WHERE id = 1").fetchone() == ("kept",)


def test_psycopg_types_binary_and_text(psycopg_connection):
    values = (
        42, 2 ** 60, 1.5, decimal.Decimal("12345.678901"), "Grüße ☃", b"\0\xff", True, None,
        datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc),
        datetime.date(1969, 7, 20), datetime.timedelta(days=3, seconds=4),
        uuid.UUID(int=77), [1, 2, 3])
    for binary in (False, True):
        with psycopg_connection.cursor(binary=binary) as cursor:
            marks = ("%s::int, %s::int8, %s::float8, %s::numeric, %s::text, %s::bytea, %s::bool, "
                     "%s::text, %s::timestamptz, %s::date, %s::interval, %s::uuid, %s::int[]")
            assert cursor.execute(f"SELECT {marks}", values).fetchone() == values


def test_psycopg_executemany_copy_and_server_cursors(psycopg_connection, table):
    connection = psycopg_connection
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} VALUES (%s, %s)", [(n, str(n)) for n in range(500)])
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for number in range(500, 1000):
                copy.write_row((number, str(number)))
        with cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as copy:
            assert sum(1 for _ in copy.rows()) == 1000
    with connection.cursor(name="server_side") as cursor:
        cursor.itersize = 100
        cursor.execute(f"SELECT id FROM {table} ORDER BY id")
        assert [row[0] for row in cursor] == list(range(1000))
    connection.rollback()


def test_psycopg_autocommit_and_pipeline(proxy, table):
    with psycopg.connect(proxy.url(), autocommit=True) as connection:
        for number in range(20):
            assert connection.execute("SELECT %s::int + 1", (number,)).fetchone() == (number + 1,)
        with connection.pipeline():
            insert = f"INSERT INTO {table} VALUES (%s, 'x') RETURNING id"
            cursors = [connection.execute(insert, (n,)) for n in range(300)]
            assert [c.fetchone()[0] for c in cursors] == list(range(300))


def test_psycopg_read_only_and_isolation(proxy):
    with psycopg.connect(proxy.url()) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for _ in range(7):
            assert connection.execute("SHOW transaction_read_only").fetchone() == ("on",)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute("CREATE TABLE nope (i int)")
            connection.rollback()


def test_psycopg_asynchronous(proxy, table):
    async def work():
        async with await psycopg.AsyncConnection.connect(proxy.url()) as connection:
            for number in range(20):
                await connection.execute(f"INSERT INTO {table} VALUES (%s, 'a')", (number,))
            await connection.commit()
            cursor = await connection.execute(f"SELECT count(*) FROM {table}")
            return (await cursor.fetchone())[0]
    assert asyncio.run(work()) == 20


# ---------------------------------------------------------------- asyncpg

def test_asyncpg_ordinary_work(proxy, table):
    """It prepares every statement under a name, asks for the types it does not know, and resets
    the session when a connection goes back to its pool."""
    async def work():
        pool = await asyncpg.create_pool(proxy.url(), min_size=2, max_size=5)
        try:
            async def insert(number):
                async with pool.acquire() as connection:
                    await connection.execute(
                        f"INSERT INTO {table} VALUES ($1, $2)", number, f"row {number}")
                    return await connection.fetchval("SELECT $1::int * 2", number)
            doubled = await asyncio.gather(*(insert(n) for n in range(60)))
            assert doubled == [2 * n for n in range(60)]
            async with pool.acquire() as connection:
                async with connection.transaction():
                    assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 60
                    rows = [r["id"] async for r in connection.cursor(
                        f"SELECT id FROM {table} ORDER BY id", prefetch=7)]
                    assert rows == list(range(60))
                with pytest.raises(asyncpg.UniqueViolationError):
                    await connection.execute(f"INSERT INTO {table} VALUES (1, 'x')")
                async with connection.transaction(readonly=True, isolation="repeatable_read"):
                    assert await connection.fetchval("SHOW transaction_read_only") == "on"
                statement = await connection.prepare("SELECT $1::text || 'x' AS y")
                for word in "abcdefgh":
                    assert await statement.fetchval(word) == word + "x"
                assert await connection.fetchval(
                    "SELECT ARRAY[1.5, 2.5]::numeric[]") == [
                        decimal.Decimal("1.5"), decimal.Decimal("2.5")]
                await connection.copy_records_to_table(
                    table, records=[(n, "copied") for n in range(100, 200)])
        finally:
            await pool.close()
    asyncio.run(work())


def test_asyncpg_introspects_types(cluster, proxy):
    cluster.run("DROP TYPE IF EXISTS mood", "CREATE TYPE mood AS ENUM ('sad', 'happy')")

    async def work():
        connection = await asyncpg.connect(proxy.url())
        try:
            for _ in range(3):
                assert await connection.fetchval("SELECT 'happy'::mood") == "happy"
                assert await connection.fetchval("SELECT ARRAY['sad', 'happy']::mood[]") == [
                    "sad", "happy"]
                row = await connection.fetchrow("SELECT ROW(1, 'a'::text) AS r")
                assert tuple(row["r"]) == (1, "a")
        finally:
            await connection.close()
    asyncio.run(work())


def test_asyncpg_listen_and_cancel(proxy):
    async def work():
        connection = await asyncpg.connect(proxy.url())
        sender = await asyncpg.connect(proxy.url())
        try:
            heard = asyncio.get_running_loop().create_future()
            await connection.add_listener("asyncpg_news", lambda *m: heard.set_result(m[3]))
            await sender.execute("SELECT pg_notify('asyncpg_news', 'hello')")
            assert await asyncio.wait_for(heard, 20) == "hello"
            with pytest.raises(asyncio.TimeoutError):
                await sender.fetch("SELECT pg_sleep(60)", timeout=0.2)
            assert await sender.fetchval("SELECT 1") == 1
        finally:
            await connection.close()
            await sender.close()
    asyncio.run(work())


# ---------------------------------------------------------------- psycopg2, pg8000

def test_psycopg2_ordinary_work(proxy, table):
    with psycopg2.connect(proxy.url()) as connection:
        with connection.cursor(cursor_factory=psycopg2.extras.DictCursor) as cursor:
            psycopg2.extras.execute_values(
                cursor, f"INSERT INTO {table} VALUES %s", [(n, f"r{n}") for n in range(100)])
            cursor.execute(f"SELECT id, text FROM {table} WHERE id = %s", (7,))
            assert cursor.fetchone()["text"] == "r7"
        with connection.cursor("server_side") as cursor:
            cursor.execute(f"SELECT id FROM {table} ORDER BY id")
            assert [row[0] for row in cursor] == list(range(100))
        with connection.cursor() as cursor, pytest.raises(psycopg2.errors.DivisionByZero):
            cursor.execute("SELECT 1/0")
        connection.rollback()
        connection.set_session(readonly=True, autocommit=True)
        with connection.cursor() as cursor:
            for _ in range(5):
                cursor.execute("SELECT 1")
                assert cursor.fetchone() == (1,)
    connection.close()


def test_pg8000_ordinary_work(proxy, table):
    """It parses unnamed, describes and binds in separate round trips."""
    connection = pg8000.dbapi.connect(
        user="app", password="app", host="127.0.0.1", port=proxy.port, database="app")
    try:
        cursor = connection.cursor()
        for number in range(20):
            cursor.execute(f"INSERT INTO {table} VALUES (%s, %s)", (number, str(number)))
        connection.commit()
        cursor.execute(f"SELECT id, text FROM {table} WHERE id < %s ORDER BY id FOR UPDATE", (5,))
        assert [list(row) for row in cursor.fetchall()] == [[n, str(n)] for n in range(5)]
        connection.rollback()
        with pytest.raises(pg8000.dbapi.DatabaseError):
            cursor.execute("SELECT 1/0")
        connection.rollback()
        connection.autocommit = True
        for number in range(10):
            cursor.execute("SELECT %s::int", (number,))
            assert list(cursor.fetchone()) == [number]
    finally:
        connection.close()


# ---------------------------------------------------------------- pgbench

@pytest.fixture(scope="module")
def pgbench_tables(cluster):
    subprocess.run(
        [os.path.join(server_binaries(), "pgbench"), "-i", "-q", "-s", "1", "-h", "127.0.0.1",
         "-p", str(cluster.primary.port), "-U", "app", "app"],
        check=True, capture_output=True, env={**os.environ, "PGPASSWORD": "app"})
    cluster.wait_for_replay()


@pytest.mark.parametrize("mode", ["simple", "extended", "prepared"])
@pytest.mark.parametrize("script", ["tpcb-like", "simple-update", "select-only"])
def test_pgbench(proxy, pgbench_tables, mode, script):
    """8 clients on pools of 10: in the mode `prepared` each of them is pinned."""
    done = subprocess.run(
        [os.path.join(server_binaries(), "pgbench"), "-n", "-M", mode, "-b", script, "-c", "8",
         "-j", "2", "-t", "100", "-h", "127.0.0.1", "-p", str(proxy.port), "-U", "app", "app"],
        capture_output=True, text=True, env={**os.environ, "PGPASSWORD": "app"}, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip().splitlines()[1:] == [], done.stderr
    assert "transactions actually processed: 800/800" in done.stdout
    assert re.search(r"failed transactions: 0 ", done.stdout)


def test_pgbench_initializes_through_the_proxy(make_proxy):
    """Creates, copies, vacuums and indexes: all of it by way of the proxy."""
    proxy = make_proxy()
    done = subprocess.run(
        [os.path.join(server_binaries(), "pgbench"), "-i", "-q", "-s", "2", "-h", "127.0.0.1",
         "-p", str(proxy.port), "-U", "app", "second"],
        capture_output=True, text=True, env={**os.environ, "PGPASSWORD": "app"}, timeout=100)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- JDBC

def run_jdbc(proxy, table, **properties):
    if not os.path.exists(JDBC) or shutil.which("java") is None:
        pytest.fail("JDBC (libpostgresql-jdbc-java) or Java is missing; scripts/test installs them")
    options = "&".join(f"{key}={value}" for key, value in properties.items())
    done = subprocess.run(
        ["java", "-cp", JDBC, os.path.join(HERE, "drivers", "Jdbc.java"),
         f"jdbc:postgresql://127.0.0.1:{proxy.port}/app?user=app&password=app&{options}", table],
        capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("jdbc: all good"), done.stdout + done.stderr


@pytest.mark.parametrize("properties", [
    {}, {"prepareThreshold": "1"}, {"prepareThreshold": "0"}, {"preferQueryMode": "simple"},
    {"binaryTransfer": "true", "prepareThreshold": "-1"}, {"defaultRowFetchSize": "10"}],
    ids=lambda p: ",".join(f"{k}={v}" for k, v in p.items()) or "defaults")
def test_jdbc(proxy, table, properties):
    run_jdbc(proxy, table, **properties)


# ---------------------------------------------------------------- all at once

def test_drivers_side_by_side(proxy, table):
    """Different drivers share the server connections of one pool."""
    failures = []

    def guarded(work):
        try:
            work()
        except Exception as failure:
            failures.append(failure)

    def by_psycopg():
        for _ in range(5):
            with psycopg.connect(proxy.url(), autocommit=True) as connection:
                for number in range(20):
                    assert connection.execute("SELECT %s::int", (number,)).fetchone() == (number,)

    def by_psycopg2():
        for _ in range(5):
            connection = psycopg2.connect(proxy.url())
            with connection, connection.cursor() as cursor:
                for number in range(20):
                    cursor.execute("SELECT %s", (number,))
                    assert cursor.fetchone() == (number,)
            connection.close()

    def by_asyncpg():
        async def work():
            for _ in range(5):
                connection = await asyncpg.connect(proxy.url())
                for number in range(20):
                    assert await connection.fetchval("SELECT $1::int", number) == number
                await connection.close()
        asyncio.run(work())

    def by_pg8000():
        for _ in range(5):
            connection = pg8000.dbapi.connect(
                user="app", password="app", host="127.0.0.1", port=proxy.port, database="app")
            cursor = connection.cursor()
            for number in range(20):
                cursor.execute("SELECT %s::int", (number,))
                assert list(cursor.fetchone()) == [number]
            connection.close()

    threads = [threading.Thread(target=guarded, args=(work,))
               for work in (by_psycopg, by_psycopg2, by_asyncpg, by_pg8000) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert not failures, failures
