"""The ordinary traffic of an Ecto application, message by message as Postgrex sends it.

Everything must succeed as on PostgreSQL itself, reads on replicas, writes on the primary; where each
statement ran is read in the servers' logs. The article for Ecto users promises what is tested here.
"""

import itertools
import json
import os
import re
import subprocess
import threading

import pytest

from nodelog import NodeLogs, nodes_of
from postgrex import BOOTSTRAP, Connection, PostgrexError
from proxy import BINARIES, ROOT
from waiting import wait_for

PRIMARY, REPLICAS = {"pg1"}, {"pg2", "pg3"}
DATABASE = "ecto"

GET = 'SELECT u0."id", u0."name" FROM "users" AS u0 WHERE (u0."id" = $1)'
ALL = 'SELECT u0."id", u0."name" FROM "users" AS u0 ORDER BY u0."id"'
COUNT = 'SELECT count(*) FROM "posts" AS p0'
INSERT_USER = 'INSERT INTO "users" ("name","inserted_at","updated_at") VALUES ($1,$2,$3) RETURNING "id"'
UPDATE_USER = 'UPDATE "users" SET "name" = $1 WHERE "id" = $2'
INSERT_POST = 'INSERT INTO "posts" ("title","user_id") VALUES ($1,$2) RETURNING "id"'
PRELOAD = ('SELECT p0."id", p0."title", p0."user_id", p0."user_id" FROM "posts" AS p0 '
           'WHERE (p0."user_id" = ANY($1)) ORDER BY p0."user_id"')
NOW = 786_000_000_000_000  # microseconds since 2000, as a timestamp travels

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def database(cluster):
    cluster.primary.query(f"CREATE DATABASE {DATABASE} OWNER app", "postgres")
    with cluster.primary.connect(DATABASE, user="app", password="app") as connection:
        connection.execute("""
            CREATE TABLE users (id bigserial PRIMARY KEY, name varchar(255),
                inserted_at timestamp(0) NOT NULL, updated_at timestamp(0) NOT NULL);
            CREATE TABLE posts (id bigserial PRIMARY KEY, title varchar(255) NOT NULL UNIQUE,
                user_id bigint REFERENCES users);
            CREATE TABLE schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp(0));
            INSERT INTO users SELECT i, 'user ' || i, now(), now() FROM generate_series(1, 50) i;
            SELECT setval('users_id_seq', 1000);
            INSERT INTO posts SELECT i, 'post ' || i, 1 + i % 50 FROM generate_series(1, 500) i;
            SELECT setval('posts_id_seq', 1000)""")
    cluster.wait_for_replay()
    yield DATABASE
    cluster.primary.query(f"DROP DATABASE {DATABASE} WITH (FORCE)", "postgres")


@pytest.fixture(scope="module")
def logs(cluster, database):
    made = NodeLogs(cluster, database)
    yield made
    made.end()


@pytest.fixture(scope="module")
def repo_proxy(make_lasting_proxy):
    return make_lasting_proxy()


class Repo:
    """Connections through a proxy, and where their statements ran."""

    def __init__(self, proxy, logs):
        self.proxy, self.logs, self.connections = proxy, logs, []

    def checkout(self, prepare="named", database=DATABASE):
        made = Connection(self.proxy.port, f"ecto{next(_numbers)}", prepare, database)
        self.connections.append(made)
        return made

    def ran(self, connection, sql):
        """The nodes that a statement of a connection has met."""
        ran, refused = nodes_of(self.logs.routes().get(connection.application, {}), sql)
        return ran | refused

    def close(self):
        for connection in self.connections:
            connection.close()


@pytest.fixture
def repo(repo_proxy, logs):
    logs.start()
    made = Repo(repo_proxy, logs)
    yield made
    made.close()


def test_every_connection_reads_the_types_first(repo):
    pool = [repo.checkout() for _ in range(10)]
    assert all(len(connection.types) > 100 for connection in pool)
    assert all(repo.ran(connection, BOOTSTRAP) <= REPLICAS for connection in pool)


@pytest.mark.parametrize("prepare", ["named", "unnamed"])
def test_reads_go_to_replicas_and_writes_to_the_primary(repo, prepare):
    repo_connection = repo.checkout(prepare)
    for number in range(1, 7):
        assert repo_connection.query(GET, number) == [[number, f"user {number}"]]
    (made,), = repo_connection.query(INSERT_USER, "new", NOW, NOW)
    repo_connection.query(UPDATE_USER, "newer", made)
    assert repo_connection.query(GET, made) == [[made, "newer"]], "its own write is not seen"
    repo_connection.query('DELETE FROM "users" WHERE "id" = $1', made)
    assert repo_connection.query(GET, made) == []
    assert repo.ran(repo_connection, INSERT_USER) == PRIMARY
    assert repo.ran(repo_connection, UPDATE_USER) == PRIMARY
    assert repo.ran(repo_connection, GET) & REPLICAS


def test_one_connections_reads_use_all_replicas(repo):
    connection = repo.checkout()
    for number in range(8):
        connection.query(GET, 1 + number)
    assert repo.ran(connection, GET) == REPLICAS


def test_insert_all_with_shared_placeholders(repo):
    sql = 'INSERT INTO "users" ("inserted_at","name","updated_at") VALUES ($1,$2,$1),($1,$3,$1)'
    connection = repo.checkout()
    connection.query(sql, NOW, "shared one", "shared two", cached=False)
    rows = connection.query(
        'SELECT u0."name" FROM "users" AS u0 WHERE (u0."name" LIKE $1) ORDER BY u0."name"', "shared %")
    assert rows == [["shared one"], ["shared two"]]
    assert repo.ran(connection, sql) == PRIMARY


def test_multi_is_one_transaction_on_the_primary(repo):
    connection = repo.checkout()
    connection.begin()
    (user,), = connection.query(INSERT_USER, "multi", NOW, NOW)
    (post,), = connection.query(INSERT_POST, "of multi", user)
    assert connection.query(GET, user) == [[user, "multi"]]
    connection.commit()
    assert connection.query(GET, user) == [[user, "multi"]]
    assert post and repo.ran(connection, INSERT_POST) == PRIMARY


def test_multi_that_fails_leaves_nothing(repo):
    connection = repo.checkout()
    connection.begin()
    (user,), = connection.query(INSERT_USER, "gone", NOW, NOW)
    with pytest.raises(PostgrexError) as failure:
        connection.query(INSERT_POST, "post 1", user)
    assert failure.value.sqlstate == "23505" and connection.status == "E"
    connection.rollback()
    assert connection.status == "I" and connection.query(GET, user) == []


def test_preloads_in_parallel_run_on_replicas(repo):
    """`Repo.preload` asks for each association in a task and on a connection of its own."""
    pool = [repo.checkout() for _ in range(6)]
    ids, answers = list(range(1, 21)), {}

    def preload(connection):
        for _ in range(5):
            answers.setdefault(connection, []).append(connection.query(PRELOAD, ids))

    tasks = [threading.Thread(target=preload, args=(connection,)) for connection in pool]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join(60)
    assert sorted(len(a) for a in answers.values()) == [5] * 6
    assert all(len(rows) == 200 for found in answers.values() for rows in found)
    ran = [repo.ran(connection, PRELOAD) for connection in pool]
    assert all(nodes <= REPLICAS for nodes in ran) and set().union(*ran) == REPLICAS


def test_a_stream_is_read_in_pieces(repo):
    connection = repo.checkout()
    connection.begin()
    pieces = list(connection.stream(
        'SELECT p0."id" FROM "posts" AS p0 WHERE (p0."id" <= $1) ORDER BY p0."id"', 500, max_rows=200))
    connection.commit()
    assert [len(piece) for piece in pieces] == [200, 200, 100]


def test_a_stream_in_a_read_only_transaction(repo):
    sql = 'SELECT p0."id" FROM "posts" AS p0 WHERE (p0."id" <= $1) ORDER BY p0."id"'
    connection = repo.checkout()
    connection.begin()
    connection.query("SET TRANSACTION READ ONLY", cached=False)
    assert sum(len(piece) for piece in connection.stream(sql, 300, max_rows=100)) == 300
    with pytest.raises(PostgrexError) as failure:
        connection.query(UPDATE_USER, "x", 1)
    assert failure.value.sqlstate == "25006"
    connection.rollback()


def test_the_sandbox_keeps_one_transaction(repo):
    """`Ecto.Adapters.SQL.Sandbox`: BEGIN at checkout, each statement and transaction a savepoint."""
    connection = repo.checkout()
    connection.begin()
    (user,), = connection.query(INSERT_USER, "sandboxed", NOW, NOW, mode="savepoint")
    assert connection.query(GET, user, mode="savepoint") == [[user, "sandboxed"]]
    connection.savepoint()
    (post,), = connection.query(INSERT_POST, "in the sandbox", user, mode="savepoint")
    connection.release()
    for _ in range(2):
        with pytest.raises(PostgrexError) as failure:
            connection.query(INSERT_POST, "post 1", user, mode="savepoint")
        assert failure.value.sqlstate == "23505" and connection.status == "T"
    with pytest.raises(PostgrexError):
        connection.query("SELECT no_such_column", mode="savepoint")
    connection.savepoint()
    connection.query(INSERT_POST, "rolled back", user, mode="savepoint")
    connection.rollback_to_savepoint()
    assert connection.query(GET, user, mode="savepoint") == [[user, "sandboxed"]]
    connection.rollback()
    assert connection.query(GET, user) == [], "the sandbox leaked"
    assert post and repo.ran(connection, INSERT_POST) == PRIMARY


def test_migrations_with_a_table_lock(repo, cluster):
    """The default: one connection holds a lock on schema_migrations, another migrates."""
    lock = 'LOCK TABLE "schema_migrations" IN SHARE UPDATE EXCLUSIVE MODE'
    versions = 'SELECT s0."version"::bigint FROM "schema_migrations" AS s0'
    holder, migrator, late = repo.checkout(), repo.checkout(), repo.checkout()
    holder.begin()
    holder.query(lock, cached=False)
    assert holder.query(versions, cached=False) == []
    migrator.begin()
    migrator.query('CREATE TABLE "comments" ("id" bigserial, "body" text, PRIMARY KEY ("id"))', cached=False)
    migrator.query('CREATE INDEX "comments_body_index" ON "comments" ("body")', cached=False)
    migrator.query(
        'INSERT INTO "schema_migrations" ("version","inserted_at") VALUES ($1,$2)', 20260101000000, NOW)
    migrator.commit()
    waiting = threading.Thread(target=lambda: (late.begin(), late.query(lock, cached=False)))
    waiting.start()
    wait_for(lambda: cluster.primary.value(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'schema_migrations'::regclass",
        DATABASE) == 1, "the second migrator to wait")
    holder.commit()
    waiting.join(20)
    assert late.query(versions, cached=False) == [[20260101000000]]
    late.commit()
    assert holder.query('SELECT c0."id" FROM "comments" AS c0') == []
    assert repo.ran(holder, lock) == PRIMARY


def test_migrations_with_an_advisory_lock(repo):
    """`migration_lock: :pg_advisory_lock`, and an index made outside a transaction."""
    holder, other = repo.checkout(), repo.checkout()
    take, give = "SELECT pg_try_advisory_lock(129653361)", "SELECT pg_advisory_unlock(129653361)"
    assert holder.query(take, cached=False) == [[True]]
    assert other.query(take, cached=False) == [[False]]
    other.query('CREATE INDEX CONCURRENTLY "posts_user_id_index" ON "posts" ("user_id")', cached=False)
    assert holder.query(ALL)[:1] == [[1, "user 1"]]
    assert holder.query(give, cached=False) == [[True]]
    assert other.query(take, cached=False) == [[True]]
    assert other.query(give, cached=False) == [[True]]
    assert repo.ran(holder, take) == PRIMARY and repo.ran(other, give) == PRIMARY


def test_statements_survive_a_migration(repo, cluster):
    """`SELECT *` under a name that was prepared before a column came."""
    sql = 'SELECT * FROM "posts" AS p0 WHERE (p0."id" = $1)'
    connection, migrator = repo.checkout(), repo.checkout()
    assert len(connection.query(sql, 1)[0]) == 3
    migrator.query('ALTER TABLE "posts" ADD COLUMN "body" text', cached=False)
    cluster.wait_for_replay()
    # An answer may be an error, as from PostgreSQL; then Ecto prepares the statement anew.
    for _ in range(6):
        try:
            rows = connection.query(sql, 1)
            break
        except PostgrexError as failure:
            assert failure.sqlstate in ("0A000", "08P01")
            connection.prepared.pop(sql, None)
    assert len(rows[0]) == 4
    migrator.query('ALTER TABLE "posts" DROP COLUMN "body"', cached=False)


def test_a_notification_arrives(repo):
    """`Postgrex.Notifications` has a connection of its own."""
    listener, notifier = repo.checkout(), repo.checkout()
    listener.simple('LISTEN "posts_changed"')
    notifier.query("SELECT pg_notify($1, $2)", "posts_changed", "17", cached=False)
    message = listener.wire.read()
    assert message.type == "A" and b"posts_changed\x0017" in message.body


def test_a_lock_of_a_row_is_the_primarys(repo):
    connection = repo.checkout()
    connection.begin()
    sql = GET + " FOR UPDATE"
    assert connection.query(sql, 1) == [[1, "user 1"]]
    connection.rollback()
    assert repo.ran(connection, sql) == PRIMARY


def test_an_applications_tests_need_the_primary_only(cluster, make_proxy, logs):
    """`read_repos` left out: everything runs on the one node there is, the sandbox too."""
    def primary_only(configuration):
        nodes = configuration["clusters"]["main"]["nodes"]
        configuration["clusters"]["main"]["nodes"] = [n for n in nodes if n["role"] == "primary"]

    logs.start()
    repo = Repo(make_proxy(edit=primary_only, wait=False), logs)
    try:
        connection = wait_for(lambda: repo.checkout(), "the proxy to serve")
        connection.begin()
        (user,), = connection.query(INSERT_USER, "test", NOW, NOW, mode="savepoint")
        assert connection.query(GET, user, mode="savepoint") == [[user, "test"]]
        connection.rollback()
        assert connection.query(GET, 1) == [[1, "user 1"]]
        assert repo.ran(connection, GET) == PRIMARY
    finally:
        repo.close()


def test_a_repository_for_reports(make_proxy, logs):
    """A second name of the database, whose transactions read on replicas until they write."""
    repo = Repo(make_proxy({"databases": {"reports": {
        "cluster": "main", "database": DATABASE, "transactionReads": "replicaUntilWrite"}}}), logs)
    logs.start()
    try:
        connection = repo.checkout(database="reports")
        # How transactions are isolated here is learned from the first that need not be flushed.
        for _ in range(2):
            connection.begin()
            assert connection.query(COUNT)[0][0] >= 500
            connection.commit()
        connection.begin()
        assert connection.query(GET, 1) == [[1, "user 1"]]
        assert sum(len(piece) for piece in connection.stream(ALL + " LIMIT 30", max_rows=20)) == 30
        connection.commit()
        assert repo.ran(connection, GET) <= REPLICAS
        connection.begin()
        assert connection.query(GET, 2) == [[2, "user 2"]]
        connection.query(UPDATE_USER, "user 2", 2)
        connection.commit()
        assert repo.ran(connection, UPDATE_USER) == PRIMARY
    finally:
        repo.close()


def test_the_articles_configurations_are_good(tmp_path):
    path = os.path.join(ROOT, "Sources", "ProxyServer", "Documentation.docc", "Ecto.md")
    with open(path) as file:
        blocks = re.findall(r"```json\n(\{.*?)```", file.read(), re.DOTALL)
    assert len(blocks) >= 4
    for number, block in enumerate(blocks):
        json.loads(block)
        example = tmp_path / f"{number}.json"
        example.write_text(block)
        done = subprocess.run(
            [os.path.join(BINARIES, "switchyard"), "--check", "--config", str(example)],
            capture_output=True, text=True, timeout=30, env={
                **os.environ, "MONITOR_PASSWORD": "x", "SHOP_PASSWORD": "y"})
        assert done.returncode == 0, (block, done.stdout, done.stderr)
