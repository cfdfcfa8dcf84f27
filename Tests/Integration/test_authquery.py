"""Users who are not in the configuration: looked up on the servers, with what they prove shown to
the servers in their name."""

import concurrent.futures
import itertools
import time

import psycopg
import pytest

from cluster import SUPERPASSWORD, SUPERUSER
from waiting import wait_for
from wire import LoginError, Wire, startup

LOOPBACK = "127.0.0.1/32"
ASKER = {"user": SUPERUSER, "password": {"env": "MONITOR_PASSWORD"}}

_numbers = itertools.count(1)


def rule(method, **more):
    return {"database": "all", "user": "all", "address": LOOPBACK, "method": method, **more}


@pytest.fixture
def looking_up(make_proxy):
    """Starts proxies that know nobody but the superuser and ask the servers."""
    def make(method="scram-sha-256", query=None, changes=None, users=None, **settings):
        def edit(configuration):
            configuration["users"] = {
                SUPERUSER: {"password": {"env": "MONITOR_PASSWORD"}}, **(users or {})}
            configuration["authentication"] = [rule(method)]
            configuration["clusters"]["main"]["authQuery"] = {
                **ASKER, **settings, **({"query": query} if query else {})}
        return make_proxy(changes, wait=False, edit=edit)
    return make


@pytest.fixture
def role(cluster):
    """Creates roles; they are gone after the test."""
    made = []

    def create(secret, name=None, encryption="scram-sha-256"):
        name = name or f"looked_up_{next(_numbers)}"
        cluster.run(f"SET password_encryption = '{encryption}'",
                    f"CREATE ROLE {name} LOGIN PASSWORD '{secret}'")
        made.append(name)
        return name
    yield create
    for name in made:
        cluster.run(f"DROP ROLE IF EXISTS {name}")


@pytest.fixture
def counted_lookups(cluster):
    """A function for auth queries that notes each call; drops it after the test."""
    name = f"lookup_{next(_numbers)}"
    with cluster.primary.connect("postgres") as connection:
        connection.execute(f"CREATE TABLE {name}_log (who text, path text, application text)")
        connection.execute(f"""
            CREATE FUNCTION {name}(who name, pause float8)
            RETURNS TABLE (usename name, passwd text) LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO {name}_log VALUES (
                    who, current_setting('search_path'), current_setting('application_name'));
                PERFORM pg_sleep(pause);
                RETURN QUERY SELECT s.usename, s.passwd FROM pg_shadow s WHERE s.usename = who;
            END $$""")
    cluster.wait_for_replay()

    class Lookups:
        @staticmethod
        def query(pause=0.0):
            return f"SELECT usename, passwd FROM {name}($1, {pause})"

        @staticmethod
        def calls():
            return cluster.primary.query(f"SELECT * FROM {name}_log", "postgres")
    yield Lookups
    cluster.run(f"DROP FUNCTION {name}", f"DROP TABLE {name}_log", dbname="postgres")


def login_error(port, user, secret, database="app", **parameters):
    with Wire(port) as wire:
        with pytest.raises(LoginError) as caught:
            wire.login(user, secret, database, **parameters)
        return caught.value.message


def works(proxy, user, secret):
    with Wire(proxy.port) as wire:
        wire.login(user, secret)
        assert wire.value("SELECT current_user") == user
        assert wire.run("BEGIN")[-1].status == "T"
        assert wire.value("SELECT current_user") == user


@pytest.mark.parametrize("method,user,secret", [
    ("scram-sha-256", "scram_user", "scram-secret"), ("md5", "md5_user", "md5-secret"),
    # Whoever has a verifier is asked for SCRAM, as PostgreSQL does.
    ("md5", "scram_user", "scram-secret"), ("password", "plain_user", "plain-secret"),
    ("password", "scram_user", "scram-secret"), ("password", "md5_user", "md5-secret")])
def test_every_kind_of_secret(looking_up, method, user, secret):
    proxy = looking_up(method)
    works(proxy, user, secret)
    wrong = login_error(proxy.port, user, secret + "x")
    assert (wrong.sqlstate, wrong.text) == (
        "28P01", f'password authentication failed for user "{user}"')
    works(proxy, user, secret)


def test_psql_and_psycopg(looking_up, cluster):
    proxy = looking_up()
    with proxy.connect("scram_user", "scram-secret") as connection:
        ports = {connection.execute("SELECT inet_server_port()").fetchone()[0] for _ in range(8)}
    assert ports <= {node.port for node in cluster.nodes}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        proxy.connect("scram_user", "wrong")


def test_a_user_that_does_not_exist_looks_like_one_that_does(looking_up):
    for method in ("scram-sha-256", "md5", "password"):
        proxy = looking_up(method)
        works(proxy, "scram_user", "scram-secret")
        traces = []
        for user in ("scram_user", "nobody_of_that_name", "trust_user"):
            with Wire(proxy.port) as wire:
                seen = []
                read = wire.read

                def tracing():
                    m = read()
                    seen.append((m.type, len(m.body) if m.type == "R" else m.sqlstate))
                    return m
                wire.read = tracing
                with pytest.raises(LoginError):
                    wire.login(user, "wrong")
                traces.append(seen)
        assert traces[0] == traces[1] == traces[2]
        assert traces[0][-1] == ("E", "28P01")


def test_names_that_nobody_should_have(looking_up):
    proxy = looking_up()
    for user in ("x'; DROP TABLE t; --", '"quoted"', "é" * 30, "n" * 64, "n" * 5000, "%", "a b"):
        assert login_error(proxy.port, user, "x").sqlstate == "28P01"
    works(proxy, "scram_user", "scram-secret")


def test_users_of_the_file_come_first(looking_up, role):
    """Without asking: the query would fail."""
    proxy = looking_up("password", query="SELECT 1/0, $1::text", users={
        "app": {"password": "app"}})
    works(proxy, "app", "app")
    error = login_error(proxy.port, "scram_user", "scram-secret")
    assert (error.sqlstate, error.text) == (
        "08006", "the user cannot be looked up at the moment")
    assert "division" not in repr(error.fields)
    assert "division by zero" in proxy.log()


def test_a_user_of_the_file_without_password_is_looked_up(looking_up):
    proxy = looking_up(users={"scram_user": {}, "nobody_at_all": {}})
    works(proxy, "scram_user", "scram-secret")
    assert login_error(proxy.port, "nobody_at_all", "x").sqlstate == "28P01"


def test_trust_asks_whether_the_user_exists(looking_up):
    proxy = looking_up("trust")
    works(proxy, "trust_user", "")
    # Its md5 hash is enough for a server that asks for md5.
    works(proxy, "md5_user", "")
    error = login_error(proxy.port, "nobody_of_that_name", "")
    assert (error.sqlstate, error.text) == (
        "28000", 'role "nobody_of_that_name" does not exist')


def test_expired_passwords_are_none(looking_up, cluster, role):
    user = role("s3cret")
    proxy = looking_up(cacheSeconds=0)
    works(proxy, user, "s3cret")
    cluster.run(f"ALTER ROLE {user} VALID UNTIL '2001-01-01'")
    assert login_error(proxy.port, user, "s3cret").sqlstate == "28P01"


def test_one_query_for_all_who_come_at_once(looking_up, counted_lookups):
    proxy = looking_up(query=counted_lookups.query(pause=1.0), cacheSeconds=60)
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        list(pool.map(lambda _: works(proxy, "scram_user", "scram-secret"), range(40)))
    assert len(counted_lookups.calls()) == 1
    works(proxy, "scram_user", "scram-secret")
    assert len(counted_lookups.calls()) == 1


def test_without_a_cache_each_login_asks(looking_up, counted_lookups):
    proxy = looking_up(query=counted_lookups.query(), cacheSeconds=0)
    for count in (1, 2, 3):
        works(proxy, "scram_user", "scram-secret")
        assert len(counted_lookups.calls()) == count


def test_nothing_of_a_client_reaches_the_query(looking_up, counted_lookups):
    proxy = looking_up(query=counted_lookups.query(), cacheSeconds=0)
    for parameters in ({"search_path": "evil"}, {"options": "-c search_path=evil"},
                       {"application_name": "evil", "DateStyle": "German"}):
        with Wire(proxy.port) as wire:
            wire.login("scram_user", "scram-secret", **parameters)
            assert wire.value("SELECT 1") == "1"
    calls = counted_lookups.calls()
    assert set(calls) == {("scram_user", '"$user", public', "switchyard auth query")}


def test_long_and_strange_startup_packets(looking_up):
    """Protocol extensions are negotiated, and parameters as long as they may be are carried."""
    proxy = looking_up()
    with Wire(proxy.port) as wire:
        wire.send(startup({
            "user": "scram_user", "database": "app", "_pq_.no_such_option": "1",
            "application_name": "a" * 5_000,
            "options": "-c search_path=" + ",".join(f"s{n}" for n in range(500))}))
        assert wire.read().type == "v"
        wire.authenticate("scram_user", "scram-secret")
        assert wire.value("SELECT current_user") == "scram_user"
        assert wire.value("SHOW search_path").endswith("s499")


def test_wrong_passwords_are_no_storm_of_queries(looking_up, counted_lookups):
    proxy = looking_up("password", query=counted_lookups.query(), cacheSeconds=3600,
                       negativeCacheSeconds=3600)
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        states = list(pool.map(
            lambda _: login_error(proxy.port, "scram_user", "wrong").sqlstate, range(100)))
        states += pool.map(
            lambda _: login_error(proxy.port, "nobody_at_all", "wrong").sqlstate, range(100))
    assert set(states) == {"28P01"}
    assert len(counted_lookups.calls()) <= 2 * (time.monotonic() - began + 2)


@pytest.mark.parametrize("method,user,encryption", [
    ("password", "plain_user", "scram-sha-256"), ("md5", "md5_user", "md5"),
    ("scram-sha-256", "scram_user", "scram-sha-256")])
def test_a_password_that_changes(looking_up, cluster, request, method, user, encryption):
    """Though the old one is remembered for an hour."""
    def change(secret):
        cluster.run(f"SET password_encryption = '{encryption}'",
                    f"ALTER ROLE {user} PASSWORD '{secret}'")
    request.addfinalizer(lambda: change(user.replace("_user", "-secret")))
    change("old-secret")
    proxy = looking_up(method, cacheSeconds=3600)
    works(proxy, user, "old-secret")
    change("new-secret")

    def enters():
        try:
            works(proxy, user, "new-secret")
        except LoginError as failure:
            assert failure.message.sqlstate == "28P01", failure.message.fields
            return False
        return True
    wait_for(enters, "the new password to count", 10)
    assert login_error(proxy.port, user, "old-secret").sqlstate == "28P01"
    works(proxy, user, "new-secret")


def test_users_that_come_and_go(looking_up, cluster, role):
    proxy = looking_up(cacheSeconds=1, negativeCacheSeconds=3600)
    user = f"looked_up_{next(_numbers)}"
    assert login_error(proxy.port, user, "s3cret").sqlstate == "28P01"
    role("s3cret", name=user)

    def enters():
        try:
            with Wire(proxy.port) as wire:
                wire.login(user, "s3cret")
        except LoginError as failure:
            assert failure.message.sqlstate == "28P01"
            return False
        return True
    wait_for(enters, "the new user to be let in", 10)
    works(proxy, user, "s3cret")
    cluster.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{user}'",
                f"DROP ROLE {user}")
    wait_for(lambda: not enters(), "it to be forgotten", 10)
    # Not by a server's refusal: the proxy itself knows.
    assert 'does not exist' in proxy.log()


def terminate(cluster, user):
    for node in cluster.nodes:
        node.query(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                   f"WHERE usename = '{user}'")


def test_scram_passes_through_again_and_again(looking_up, cluster, role):
    """Server connections are replaced by new ones, which log in with what the client has proven
    once; nowhere is its password."""
    user = role("s3cret")
    proxy = looking_up(changes={"pooling": {"maxLifetimeSeconds": 1, "idleTimeoutSeconds": 1}})
    with Wire(proxy.port) as wire:
        wire.login(user, "s3cret")
        pids = set()

        def replaced():
            wire.run("BEGIN")
            pids.add(wire.value("SELECT pg_backend_pid()"))
            wire.run("ROLLBACK")
            return len(pids) >= 3
        wait_for(replaced, "server connections to be recycled", 30)
        wait_for(lambda: not any(n.count_connections(user) for n in cluster.nodes),
                 "the pools to be empty", 30)
        assert wire.value("SELECT current_user") == user
        proxy.proxyctl("reload", check=0)
        terminate(cluster, user)

        def answers():
            got = wire.run("SELECT current_user")
            return any(m.type == "D" for m in got)
        wait_for(answers, "a new connection after all were terminated")


def test_what_one_client_proves_serves_those_of_other_workers(looking_up, cluster, role):
    user = role("old-secret")
    proxy = looking_up(cacheSeconds=0, changes={"workers": 2})
    early = [Wire(proxy.port).login(user, "old-secret") for _ in range(4)]
    try:
        cluster.run(f"ALTER ROLE {user} PASSWORD 'new-secret'")
        works(proxy, user, "new-secret")
        terminate(cluster, user)
        for wire in early:
            wait_for(lambda: any(m.type == "D" for m in wire.run("SELECT 1")),
                     "a connection with the new key")
    finally:
        for wire in early:
            wire.socket.close()


def test_a_query_that_hangs_holds_nobody_else(cluster, looking_up, counted_lookups):
    proxy = looking_up(query=counted_lookups.query(pause=30), timeoutMillis=60_000, changes={
        "workers": 1, "loginTimeoutSeconds": 2}, users={"app": {"password": "app"}})
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(login_error, proxy.port, "scram_user", "x") for _ in range(5)]
        wait_for(lambda: cluster.primary.query(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = 'switchyard auth query' "
            "AND state = 'active'"), "the query to run")
        for _ in range(20):
            works(proxy, "app", "app")
        for one in waiting:
            assert (one.result().sqlstate, one.result().text) == (
                "57014", "canceling authentication due to timeout")
    proxy.assert_sound()


def test_a_query_that_takes_too_long(looking_up, counted_lookups):
    proxy = looking_up(query=counted_lookups.query(pause=30), timeoutMillis=300)
    for _ in range(2):
        error = login_error(proxy.port, "scram_user", "scram-secret")
        assert error.sqlstate == "08006"
    assert "no answer within" in proxy.log()


@pytest.mark.parametrize("settings,cause", [
    ({"user": "app", "password": "app"}, "permission denied"),
    ({"password": "not-the-secret"}, "password authentication failed"),
    ({"database": "no_such_database"}, "does not exist"),
    ({"query": "SELECT usename, passwd FROM pg_user WHERE usename = $1"}, "hides passwords"),
    ({"query": "SELECT $1::text"}, "columns"), ({"query": "nonsense $1"}, "syntax error")])
def test_lookups_that_cannot_work(looking_up, settings, cause):
    proxy = looking_up(**settings)
    for user in ("scram_user", "app"):
        error = login_error(proxy.port, user, "x")
        assert (error.sqlstate, error.text) == (
            "08006", "the user cannot be looked up at the moment")
    assert cause in proxy.log()
    assert "not-the-secret" not in proxy.log()


def test_a_replica_is_asked_while_the_primary_is_down(looking_up, healed):
    proxy = looking_up(cacheSeconds=0)
    works(proxy, "scram_user", "scram-secret")
    with Wire(proxy.port) as wire:
        wire.login("scram_user", "scram-secret")
        healed.primary.stop("immediate")

        def enters():
            with Wire(proxy.port) as another:
                another.login("scram_user", "scram-secret")
                return another.value("SELECT current_user") == "scram_user"
        wait_for(enters, "a login by a replica's word")


def test_only_what_is_configured_asks(make_proxy, cluster):
    """Per database, and never for the admin database."""
    def edit(configuration):
        configuration["users"] = {SUPERUSER: {"password": SUPERPASSWORD}}
        configuration["databases"] = {
            "app": {"authQuery": ASKER}, "second": {}}
        configuration["admin"] = {"users": [SUPERUSER, "scram_user"]}
    proxy = make_proxy(wait=False, edit=edit)
    works(proxy, "scram_user", "scram-secret")
    for database in ("second", "switchyard"):
        assert login_error(
            proxy.port, "scram_user", "scram-secret", database=database).sqlstate == "28P01"
    del proxy.configuration["databases"]["app"]["authQuery"]
    proxy.write_configuration()
    proxy.proxyctl("reload", check=0)
    wait_for(lambda: login_error(proxy.port, "scram_user", "scram-secret").sqlstate == "28P01",
             "nobody to be looked up any more")


def test_secrets_are_nowhere_to_be_seen(looking_up, cluster):
    proxy = looking_up(changes={"log": {"level": "trace"}})
    works(proxy, "scram_user", "scram-secret")
    login_error(proxy.port, "scram_user", "a-mistyped-secret")
    verifier = cluster.primary.value(
        "SELECT rolpassword FROM pg_authid WHERE rolname = 'scram_user'")
    seen = proxy.log()
    for report in ("STATUS", "NODES", "POOLS", "CLIENTS", "SERVERS", "STATS", "CONFIG"):
        seen += repr(proxy.admin(f"SHOW {report}"))
    for secret in (SUPERPASSWORD, "scram-secret", "a-mistyped-secret", verifier,
                   *verifier.replace("$", ":").split(":")[2:]):
        assert secret not in seen
