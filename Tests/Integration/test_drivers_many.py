"""Drivers with many connections on few server connections, in transaction pooling.

Every connection prepares statements (under the same names as all others), sets settings of its own,
uses transactions, cursors and COPY; reads go to the replicas. Each checks all of its own answers.
"""

import asyncio
import io
import os
import subprocess
import sys
import threading

import asyncpg
import pg8000.native
import psycopg
import pytest
import sqlalchemy
from sqlalchemy import orm

from foreign import go_program, java, node, ruby

pytestmark = pytest.mark.drivers
HERE = os.path.dirname(os.path.abspath(__file__))
CONNECTIONS = 12
ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/Lima", "Etc/UTC")


@pytest.fixture(scope="module")
def few(make_lasting_proxy):
    """A proxy with fewer server connections per node than any test has clients."""
    return make_lasting_proxy({"pooling": {"size": 3}})


@pytest.fixture(autouse=True)
def soundly(few):
    yield
    few.assert_sound()


def at_once(work, count=CONNECTIONS):
    """Runs work(0) ... work(count - 1) in threads; the first failure is the test's."""
    failures = []

    def guarded(me):
        try:
            work(me)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(me,), daemon=True) for me in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "a client hangs"
    if failures:
        raise failures[0]


# ---------------------------------------------------------------- psycopg 3

@pytest.mark.parametrize("threshold", [0, 1, 5])
def test_psycopg_prepares(few, table, threshold):
    """Named statements for everything (`prepare_threshold`), and more of them than it keeps
    (`prepared_max`), so that it deallocates all the while."""
    def work(me):
        with psycopg.connect(few.url(), autocommit=True) as connection:
            connection.prepare_threshold = threshold
            connection.prepared_max = 4
            for round in range(25):
                row = connection.execute(
                    f"SELECT %s::int + {me}, %s::text", (round, "x")).fetchone()
                assert row == (round + me, "x")
                # The k-th statement of every client has the same name and another text.
                row = connection.execute(
                    f"SELECT '{me}', {round % 7}, %s::int", (me,), prepare=True).fetchone()
                assert row == (str(me), round % 7, me)
                connection.execute(
                    f"INSERT INTO {table} VALUES (%s, %s)", (me * 1000 + round, str(me)))
            connection.execute("DEALLOCATE ALL")
            with connection.transaction():
                (count,) = connection.execute(
                    f"SELECT count(*) FROM {table} WHERE text = %s", (str(me),)).fetchone()
                assert count == 25
    at_once(work)


def test_psycopg_odd_features(few, table):
    def work(me):
        with psycopg.connect(few.url(), prepare_threshold=1) as connection:
            connection.execute("SELECT set_config('TimeZone', %s, false)", (ZONES[me % 4],))
            connection.commit()
            with connection.cursor(name="server_side", scrollable=True) as cursor:
                cursor.itersize = 20
                cursor.execute("SELECT n FROM generate_series(1, %s) n", (90,))
                assert sum(row[0] for row in cursor) == 90 * 91 // 2
                cursor.scroll(0, mode="absolute")
                assert cursor.fetchone() == (1,)
            connection.commit()
            with connection.cursor(binary=True) as cursor:
                cursor.execute("SELECT %b::int, %b::text, %b::bytea", (me, "ü", b"\0\xff"))
                assert cursor.fetchone() == (me, "ü", b"\0\xff")
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
                    copy.set_types(["int4", "text"])
                    for n in range(100):
                        copy.write_row((me * 1000 + n, "binary"))
                with pytest.raises(psycopg.errors.UniqueViolation):
                    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                        copy.write_row((me * 1000, "again"))
            connection.rollback()
            with connection.pipeline() as pipeline:
                cursors = [connection.execute("SELECT %s::int * 3", (n,)) for n in range(40)]
                pipeline.sync()
                assert [c.fetchone() for c in cursors] == [(3 * n,) for n in range(40)]
            connection.commit()
            assert connection.execute("SHOW TimeZone").fetchone() == (ZONES[me % 4],)
            assert connection.info.parameter_status("TimeZone") == ZONES[me % 4]
    at_once(work)


def test_psycopg_pipelines_with_errors(few, table):
    def work(me):
        with psycopg.connect(few.url(), autocommit=True, prepare_threshold=0) as connection:
            for _round in range(5):
                with pytest.raises(psycopg.errors.DivisionByZero):
                    with connection.pipeline():
                        connection.execute("SELECT %s::int", (me,))
                        connection.execute("SELECT 1 / %s::int", (0,))
                        connection.execute(f"INSERT INTO {table} VALUES (%s, 'never')", (me,))
                with connection.pipeline():
                    kept = connection.execute(f"SELECT %s::int, {me}", (7,))
                assert kept.fetchone() == (7, me)
        with few.connect() as connection:
            with connection.transaction():
                assert connection.execute(
                    f"SELECT count(*) FROM {table} WHERE text = 'never'").fetchone() == (0,)
    at_once(work)


# ---------------------------------------------------------------- asyncpg

def test_asyncpg_with_its_statement_cache(few, table):
    async def work(pool, me):
        async with pool.acquire() as connection:
            await connection.execute(f"SET TimeZone = '{ZONES[me % 4]}'")
            for round in range(20):
                assert await connection.fetchval(f"SELECT $1::int + {me}", round) == round + me
                assert await connection.fetchval("SHOW TimeZone") == ZONES[me % 4]
            await connection.executemany(
                f"INSERT INTO {table} VALUES ($1, $2)",
                [(me * 1000 + n, f"many {me}") for n in range(50)])
            async with connection.transaction():
                assert await connection.fetchval(
                    f"SELECT count(*) FROM {table} WHERE text = $1", f"many {me}") == 50
                cursor = await connection.cursor("SELECT n FROM generate_series(1, 60) n")
                assert len(await cursor.fetch(25)) == 25
                await cursor.forward(10)
                assert (await cursor.fetchrow())["n"] == 36
            with pytest.raises(asyncpg.UniqueViolationError):
                await connection.executemany(
                    f"INSERT INTO {table} VALUES ($1, $2)", [(90_000 + me, "a"), (me * 1000, "b")])
            # All or nothing: executemany is one implicit transaction.
            async with connection.transaction():
                assert await connection.fetchval(
                    f"SELECT count(*) FROM {table} WHERE id = $1", 90_000 + me) == 0
            statement = await connection.prepare(f"SELECT $1::text || '{me}'")
            assert await statement.fetchval("x") == f"x{me}"
            assert [a.name for a in statement.get_attributes()] == ["?column?"]
            await connection.copy_records_to_table(
                table, records=[(me * 1000 + 100 + n, "copied") for n in range(100)])
            rows = bytearray()
            await connection.copy_from_query(
                "SELECT generate_series(1, $1::int)", 50, output=rows_into(rows))
            assert bytes(rows).split() == [b"%d" % n for n in range(1, 51)]
            with pytest.raises(asyncpg.DivisionByZeroError):
                await connection.fetchval("SELECT 1 / $1::int", 0)

    async def all_of_them():
        pool = await asyncpg.create_pool(
            few.url(), min_size=CONNECTIONS, max_size=CONNECTIONS,
            max_inactive_connection_lifetime=0)
        try:
            for _round in range(2):
                await asyncio.gather(*(work(pool, me) for me in range(CONNECTIONS)))
                async with pool.acquire() as connection:
                    await connection.execute(f"TRUNCATE {table}")
        finally:
            await pool.close()
    asyncio.run(all_of_them())


def rows_into(buffer):
    async def take(data):
        buffer.extend(data)
    return take


def test_asyncpg_a_cache_that_is_too_small(few):
    """It closes statements all the while."""
    async def work(me):
        connection = await asyncpg.connect(few.url(), statement_cache_size=3)
        try:
            for round in range(40):
                assert await connection.fetchval(f"SELECT {round % 9} * 100 + {me}") == (
                    round % 9 * 100 + me)
            await connection.reload_schema_state()
            assert await connection.fetchval("SELECT $1::int", me) == me
        finally:
            await connection.close()

    async def all_of_them():
        await asyncio.gather(*(work(me) for me in range(CONNECTIONS)))
    asyncio.run(all_of_them())


def test_asyncpg_listeners(few):
    """Listeners come and go while others work on the same pool."""
    async def work(me):
        connection = await asyncpg.connect(few.url())
        heard = asyncio.Queue()

        def hear(*message):
            heard.put_nowait(message[3])
        try:
            for round in range(3):
                await connection.add_listener(f"news_{me}", hear)
                await connection.execute("SELECT pg_notify($1, $2)", f"news_{me}", f"{me}.{round}")
                assert await asyncio.wait_for(heard.get(), 20) == f"{me}.{round}"
                await connection.remove_listener(f"news_{me}", hear)
                assert await connection.fetchval("SELECT $1::int", me) == me
        finally:
            await connection.close()

    async def all_of_them():
        await asyncio.gather(*(work(me) for me in range(3)))
    asyncio.run(all_of_them())


# ---------------------------------------------------------------- pg8000

def test_pg8000_prepares(few, table):
    def work(me):
        connection = pg8000.native.Connection(
            "app", password="app", host="127.0.0.1", port=few.port, database="app")
        try:
            connection.run(f"SET TimeZone = '{ZONES[me % 4]}'")
            statement = connection.prepare(f"SELECT CAST(:n AS int) + {me}")
            for round in range(20):
                assert statement.run(n=round) == [[round + me]]
                assert connection.run("SELECT current_setting('TimeZone')") == [[ZONES[me % 4]]]
            statement.close()
            connection.run("START TRANSACTION")
            connection.run(f"INSERT INTO {table} VALUES (:id, 'x')", id=me)
            with pytest.raises(pg8000.exceptions.DatabaseError):
                connection.run(f"INSERT INTO {table} VALUES (:id, 'x')", id=me)
            connection.run("ROLLBACK")
            data = io.StringIO("".join(f"{100_000 + me * 1000 + n}\tcopied\n" for n in range(50)))
            connection.run(f"COPY {table} FROM STDIN", stream=data)
            assert connection.row_count == 50
        finally:
            connection.close()
    at_once(work)


# ---------------------------------------------------------------- SQLAlchemy

class Base(orm.DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "sa_author"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sqlalchemy.String(50), unique=True)
    books: orm.Mapped[list["Book"]] = orm.relationship(
        back_populates="author", cascade="all, delete-orphan")


class Book(Base):
    __tablename__ = "sa_book"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    title: orm.Mapped[str]
    author_id: orm.Mapped[int] = orm.mapped_column(sqlalchemy.ForeignKey("sa_author.id"))
    author: orm.Mapped[Author] = orm.relationship(back_populates="books")


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2", "pg8000"])
def test_sqlalchemy_orm(cluster, few, driver):
    url = few.url().replace("postgresql:", f"postgresql+{driver}:")
    engine = sqlalchemy.create_engine(url, pool_size=CONNECTIONS, max_overflow=0)
    try:
        Base.metadata.drop_all(engine)
        Base.metadata.create_all(engine)
        cluster.wait_for_replay()

        def work(me):
            for round in range(3):
                sqlalchemy_work(engine, me, round, driver)
        at_once(work)
        with orm.Session(engine) as session, session.begin():
            assert session.scalar(sqlalchemy.select(sqlalchemy.func.count(Author.id))) == (
                3 * CONNECTIONS)
    finally:
        Base.metadata.drop_all(engine)
        engine.dispose()


def sqlalchemy_work(engine, me, round, driver):
    name = f"author {me} {round}"
    with orm.Session(engine) as session, session.begin():
        author = Author(name=name, books=[Book(title=f"{name} {n}") for n in range(30)])
        session.add(author)
        session.flush()
        assert author.id is not None
        with pytest.raises(sqlalchemy.exc.IntegrityError):
            with session.begin_nested():
                session.add(Author(name=name))
    with orm.Session(engine) as session, session.begin():
        found = session.scalars(
            sqlalchemy.select(Author).where(Author.name == name).with_for_update()
            .options(orm.selectinload(Author.books))).one()
        assert len(found.books) == 30
        found.books.pop()
        found.books[0].title = "renamed"
    with orm.Session(engine) as session, session.begin():
        options = {"yield_per": 7} if driver != "pg8000" else {}
        titles = session.scalars(
            sqlalchemy.select(Book.title).join(Author).where(Author.name == name)
            .order_by(Book.id), execution_options=options).all()
        assert len(titles) == 29 and titles[0] == "renamed"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for number in range(5):
            assert connection.scalar(
                sqlalchemy.text("SELECT CAST(:n AS int) + 1"), {"n": number}) == number + 1


# ---------------------------------------------------------------- programs of their own

def test_django_orm(few):
    """In a process of its own, as Django has one configuration per process."""
    done = subprocess.run(
        [sys.executable, os.path.join(HERE, "drivers", "django_orm.py"), str(few.port)],
        capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("django: all good")


@pytest.mark.parametrize("properties", [
    {"prepareThreshold": "1"},
    {"prepareThreshold": "1", "autosave": "always"},
    {"prepareThreshold": "-1", "preparedStatementCacheQueries": "2"},
    {"preferQueryMode": "extendedCacheEverything"}],
    ids=lambda p: ",".join(f"{k}={v}" for k, v in p.items()))
def test_jdbc_many(few, table, properties):
    options = "&".join(f"{key}={value}" for key, value in properties.items())
    output = java(
        "JdbcMany.java",
        f"jdbc:postgresql://127.0.0.1:{few.port}/app?user=app&password=app&{options}", table)
    assert output.endswith("jdbc: all good")


def test_node_pg(few, table):
    assert node("node.js", few.url(), table).endswith("node-pg: all good")


def test_pgx(few, table, tmp_path_factory):
    program = go_program("pgx.go", tmp_path_factory)
    assert program(few.url(), table).endswith("pgx: all good")


def test_ruby_pg(few, table):
    assert ruby("ruby.rb", few.url(), table).endswith("ruby-pg: all good")
