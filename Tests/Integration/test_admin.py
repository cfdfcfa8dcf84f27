"""The operator's side: the admin database, proxyctl, reload, drain and the check of a file."""

import asyncio
import json
import os
import signal
import subprocess
import threading

import psycopg
import pytest

from cluster import SUPERPASSWORD, SUPERUSER
from proxy import BINARIES
from waiting import wait_for
from wire import LoginError, Wire, bind, describe, execute, parse, query, sync

REPORTS = {
    "STATUS": {"cluster", "node", "role", "state", "since_seconds", "lag_bytes", "in_use", "idle",
               "waiting", "reads", "writes", "errors"},
    "NODES": {"node", "host", "port", "role", "state", "usable", "reason"},
    "POOLS": {"node", "database", "user", "pool_mode", "pool_size", "in_use", "idle", "waiting"},
    "CLIENTS": {"client_id", "user", "database", "state", "pins", "application_name"},
    "SERVERS": {"server_id", "node", "database", "user", "state", "server_pid"},
    "STATS": {"database", "transactions", "statements", "reads", "writes", "errors"},
    "CONFIG": {"key", "value"},
    "VERSION": {"version", "uptime_seconds"},
}


@pytest.mark.parametrize("report", REPORTS)
def test_reports(proxy, report):
    with proxy.connect() as connection:
        connection.execute("SELECT 1")
        for spelling in (f"SHOW {report}", f"show {report.lower()};", f"  Show  {report} ; "):
            rows = proxy.admin(spelling)
            assert rows, spelling
            assert REPORTS[report] <= set(rows[0]), set(rows[0])


def test_psql_shows_reports(proxy):
    done = subprocess.run(
        ["psql", "-X", "-A", "-t", proxy.url(SUPERUSER, SUPERPASSWORD, "switchyard"),
         "-c", "SHOW NODES", "-c", "SHOW VERSION"],
        capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert "pg1" in done.stdout and "pg3" in done.stdout


def test_the_admin_database_by_extended_protocol(proxy):
    with Wire(proxy.port) as wire:
        wire.login(SUPERUSER, SUPERPASSWORD, "switchyard")
        wire.send(parse("", "SHOW NODES") + describe("S") + bind() + describe("P") + execute()
                  + sync())
        types = [m.type for m in wire.read_until()]
        assert types[:2] == ["1", "t"] and types.count("D") == 3 and types[-2:] == ["C", "Z"]
        wire.send(parse("", "SHOW NOTHING") + sync() + query("SHOW NODES"))
        replies = wire.read_until("Z", 2)
        assert replies[0].type == "E" and sum(m.type == "D" for m in replies) == 3


def test_drivers_open_the_admin_database(proxy):
    import asyncpg

    async def ask():
        connection = await asyncpg.connect(
            host="127.0.0.1", port=proxy.port, user=SUPERUSER, password=SUPERPASSWORD,
            database="switchyard")
        rows = await connection.fetch("SHOW NODES")
        await connection.close()
        return rows
    assert [row["node"] for row in asyncio.run(ask())] == ["pg1", "pg2", "pg3"]
    with psycopg.connect(
            host="127.0.0.1", port=proxy.port, user=SUPERUSER, password=SUPERPASSWORD,
            dbname="switchyard") as connection:  # Not in autocommit: BEGIN comes first.
        assert len(connection.execute("SHOW NODES").fetchall()) == 3


def test_only_admin_users_enter(cluster, proxy):
    with Wire(proxy.port) as wire:
        with pytest.raises(LoginError) as caught:
            wire.login("app", "app", "switchyard")
    assert caught.value.message.sqlstate in ("42501", "28000")
    with Wire(proxy.port) as wire:
        with pytest.raises(LoginError) as caught:
            wire.login(SUPERUSER, "wrong", "switchyard")
    assert caught.value.message.sqlstate == "28P01"


def test_unknown_commands_are_errors_and_the_session_goes_on(proxy):
    with Wire(proxy.port) as wire:
        wire.login(SUPERUSER, SUPERPASSWORD, "switchyard")
        for text in ("SHOW NODDES", "SELECT 1 FROM nowhere", "DROP TABLE x", "SHOW", "'"):
            reply = wire.run(text)
            assert [m.type for m in reply] == ["E", "Z"], text
            assert reply[0].sqlstate in ("42601", "42704", "0A000", "22023"), reply[0].fields
        assert "NODES" in wire.run("SHOW NODDES")[0].body.decode(), "the nearest is offered"
        assert wire.run("")[0].type == "I"
        assert sum(m.type == "D" for m in wire.run("SHOW NODES")) == 3


def test_counts_of_reads_and_writes(cluster, make_proxy, table):
    proxy = make_proxy()

    def totals():
        rows = {row["node"]: row for row in proxy.admin("SHOW STATUS")}
        return (sum(rows[n]["reads"] for n in ("pg2", "pg3")), rows["pg1"]["writes"],
                rows["pg2"]["writes"] + rows["pg3"]["writes"])
    before = totals()
    with Wire(proxy.port) as wire:
        wire.login()
        for number in range(10):
            wire.run("SELECT 1")
            wire.run(f"INSERT INTO {table} VALUES ({number}, 'x')")
    after = totals()
    assert (after[0] - before[0], after[1] - before[1], after[2]) == (10, 10, 0)


def test_show_config_has_no_secrets(proxy):
    rows = proxy.admin("SHOW CONFIG")
    text = json.dumps(rows)
    assert SUPERPASSWORD not in text
    found = {row["key"]: row["value"] for row in rows}
    assert found["pooling.size"] == "10" if "pooling.size" in found else True
    assert not any(value == "app" for key, value in found.items() if "password" in key)


# ---------------------------------------------------------------- proxyctl

def test_status_is_readable_in_80_columns(proxy):
    done = proxy.proxyctl("status", check=0)
    assert all(len(line) <= 80 for line in done.stdout.splitlines()), done.stdout
    for word in ("pg1", "pg2", "pg3", "primary", "replica"):
        assert word in done.stdout
    assert "\x1b" not in done.stdout, "colour without a terminal"


def test_clients_tells_who_is_pinned_and_why(make_proxy):
    proxy = make_proxy()
    with Wire(proxy.port) as pinned, Wire(proxy.port) as free:
        for wire in (pinned, free):
            wire.login()
        pinned.run("CREATE TEMP TABLE kept (n int)")
        free.run("SELECT 1")
        everyone = proxy.proxyctl("clients", check=0).stdout.splitlines()
        assert len([line for line in everyone if "app" in line]) == 2, everyone
        title, *found = proxy.proxyctl("clients", "--pinned", check=0).stdout.splitlines()
        assert title.split()[-2:] == ["PINNED", "BECAUSE"]
        [line] = found
        assert line.endswith("temporary object") and "pg1" in line, line
        assert len(line) <= 80


def test_status_as_json(proxy):
    done = proxy.proxyctl("status", "--json", check=0)
    text = json.dumps(json.loads(done.stdout))
    for word in ("pg1", "pg2", "pg3"):
        assert word in text


def test_exit_codes_of_status(healed, make_proxy):
    proxy = make_proxy()
    wait_for(lambda: proxy.proxyctl("status").returncode == 0, "all to be healthy")
    healed.replicas[0].crash()
    wait_for(lambda: proxy.proxyctl("status").returncode == 1, "it to be degraded")
    shown = proxy.proxyctl("status").stdout
    assert "down" in shown
    proxy.stop()
    done = proxy.proxyctl("status")
    assert done.returncode == 2
    assert str(proxy.port) in done.stderr + done.stdout


def test_explain(proxy):
    for sql, word in (
            ("SELECT 1", "replica"), ("INSERT INTO t VALUES (1)", "primary"),
            ("SELECT * FROM t FOR UPDATE", "primary"), ("SELECT nextval('s')", "primary"),
            ("SELEC", "primary")):
        done = proxy.proxyctl("explain", sql, check=0)
        assert word in done.stdout.lower(), (sql, done.stdout)
    assert "nextval" in proxy.proxyctl("explain", "SELECT nextval('s')", check=0).stdout


def test_version(proxy):
    done = proxy.proxyctl("version", check=0)
    assert proxy.admin("SHOW VERSION")[0]["version"] in done.stdout


def test_reload_by_proxyctl_and_by_psql_and_by_signal(make_proxy):
    proxy = make_proxy()

    def mode():
        return {row["key"]: row["value"] for row in proxy.admin("SHOW CONFIG")}[
            "clusters.main.fallbackToPrimary"]

    def reload_by_psql():
        subprocess.run(
            ["psql", "-X", proxy.url(SUPERUSER, SUPERPASSWORD, "switchyard"), "-c", "RELOAD"],
            check=True, capture_output=True, timeout=30)
    with proxy.connect() as connection, Wire(proxy.port) as busy:
        busy.login()
        busy.run("BEGIN")
        busy.run("SELECT 1")
        for wanted, way in (
                (False, lambda: proxy.proxyctl("reload", check=0)), (True, reload_by_psql),
                (False, lambda: proxy.process.send_signal(signal.SIGHUP))):
            proxy.configuration["clusters"]["main"]["fallbackToPrimary"] = wanted
            proxy.write_configuration()
            way()
            wait_for(lambda: mode() == str(wanted).lower(), "the new configuration")
            assert connection.execute("SELECT 1").fetchone() == (1,)
            assert busy.value("SELECT 2") == "2"
        assert busy.run("COMMIT")[-1].status == "I"


def test_a_reload_takes_new_users_and_pools(make_proxy):
    proxy = make_proxy()
    proxy.configuration["users"]["trust_user"] = {"password": "new"}
    proxy.configuration["pooling"]["size"] = 3
    proxy.write_configuration()
    with Wire(proxy.port) as wire:
        with pytest.raises(LoginError):
            wire.login("trust_user", "new")
    with proxy.connect() as connection:
        connection.execute("SELECT 1")
        proxy.proxyctl("reload", check=0)
        with Wire(proxy.port) as wire:
            wire.login("trust_user", "new")
            assert wire.value("SELECT current_user") == "trust_user"
        connection.execute("SELECT 1")
        wait_for(lambda: {r["pool_size"] for r in proxy.admin("SHOW POOLS")} == {3}, "the new size")


def test_a_reload_of_a_bad_file_changes_nothing(make_proxy):
    proxy = make_proxy()
    good = open(proxy.path).read()
    with proxy.connect() as connection:
        for bad in ("{", good.replace('"pooling"', '"poolling"')):
            with open(proxy.path, "w") as file:
                file.write(bad)
            # proxyctl reads the same file: it cannot say where the proxy is.
            with pytest.raises(psycopg.Error) as caught:
                proxy.admin("RELOAD")
            assert caught.value.sqlstate
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with open(proxy.path, "w") as file:
            file.write(good)
        proxy.admin("RELOAD")


def test_check_lists_all_problems_at_once(make_proxy, tmp_path):
    proxy = make_proxy()
    proxy.proxyctl("check", check=0)
    daemon = [os.path.join(BINARIES, "switchyard"), "--check", "--config"]
    assert subprocess.run([*daemon, proxy.path], env=proxy.environment,
                          capture_output=True).returncode == 0
    bad = json.loads(open(proxy.path).read())
    bad["poolling"] = {}
    bad["listen"]["port"] = "6432"
    bad["clusters"]["main"]["nodes"][1]["weight"] = -3
    bad["clusters"]["main"]["balancing"]["algorithm"] = "roundrobbin"
    bad["databases"]["app"] = {"cluster": "nowhere"}
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(bad, indent=2))
    done = subprocess.run(
        [*daemon, str(path)], env=proxy.environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    told = done.stderr + done.stdout
    for word in ("poolling", "pooling", "listen.port", "weight", "roundRobin", "nowhere"):
        assert word in told, told
    lines = path.read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "roundrobbin" in text)
    assert f":{line}:" in told or f"line {line}" in told, told
    for malformed in ("", "{", "[]", '{"listen": }', "\x00\xff", '{"a": 1, "a": 2}'):
        path.write_bytes(malformed.encode("latin-1"))
        done = subprocess.run(
            [*daemon, str(path)], env=proxy.environment, capture_output=True, text=True,
            timeout=30)
        assert done.returncode == 1 and done.stderr, malformed
    missing = subprocess.run(
        [*daemon, str(tmp_path / "missing")], capture_output=True, text=True, timeout=30)
    assert missing.returncode == 1 and "missing" in missing.stderr


def test_two_daemons_on_one_port(proxy):
    done = subprocess.run(
        [os.path.join(BINARIES, "switchyard"), "--config", proxy.path], env=proxy.environment,
        capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert str(proxy.port) in done.stderr


# ---------------------------------------------------------------- the end

def test_sigterm_lets_transactions_finish(cluster, make_proxy, table):
    proxy = make_proxy()
    with Wire(proxy.port) as busy, Wire(proxy.port) as idle:
        busy.login()
        idle.login()
        idle.value("SELECT 1")
        busy.run("BEGIN")
        busy.run(f"INSERT INTO {table} VALUES (1, 'kept')")
        proxy.process.send_signal(signal.SIGTERM)
        seen = idle.read_to_end()
        assert all(m.type in "EN" for m in seen)
        assert all(m.sqlstate == "57P01" for m in seen if m.type == "E")

        def refused():
            try:
                Wire(proxy.port).socket.close()
            except ConnectionRefusedError:
                return True
        wait_for(refused, "new clients to be refused")
        assert busy.run(f"INSERT INTO {table} VALUES (2, 'kept too')")[0].type == "C"
        assert busy.run("COMMIT")[0].tag == "COMMIT"
        seen = busy.read_to_end()
        assert all(m.sqlstate == "57P01" for m in seen if m.type == "E")
    assert proxy.process.wait(20) == 0
    proxy.assert_log_is_clean()
    assert cluster.primary.value(f"SELECT count(*) FROM {table}") == 2


def test_sigterm_has_a_deadline(make_proxy):
    proxy = make_proxy({"shutdownTimeoutSeconds": 1})
    with Wire(proxy.port) as stubborn:
        stubborn.login()
        stubborn.run("BEGIN")
        stubborn.run("SELECT 1")
        proxy.process.send_signal(signal.SIGTERM)
        assert proxy.process.wait(20) == 0
        stubborn.read_to_end()


def test_a_running_query_is_answered_before_the_end(make_proxy):
    proxy = make_proxy()
    with Wire(proxy.port) as wire:
        wire.login()
        wire.send(query("SELECT pg_sleep(1), 'answered'"))
        wait_for(lambda: any(r["state"] == "active" for r in proxy.admin("SHOW CLIENTS")),
                 "it to run")
        proxy.process.send_signal(signal.SIGTERM)
        reply = wire.read_until("Z")
        assert [m.row[1] for m in reply if m.type == "D"] == [b"answered"]
    assert proxy.process.wait(20) == 0


def test_the_log_as_json(make_proxy):
    proxy = make_proxy({"log": {"format": "json"}})
    lines = wait_for(lambda: proxy.log().splitlines(), "the log to begin")
    for line in lines:
        assert isinstance(json.loads(line), dict)


def test_status_is_served_while_pools_are_full(make_proxy):
    proxy = make_proxy({"pooling": {"size": 1}})
    with Wire(proxy.port) as holder:
        holder.login()
        holder.run("BEGIN")
        holder.run("SELECT 1")
        waiter = Wire(proxy.port).login()
        waiter.send(query("SELECT 1 FROM (SELECT 1) x FOR UPDATE"))
        wait_for(lambda: any(r["waiting"] for r in proxy.admin("SHOW STATUS")), "one to wait")
        assert proxy.proxyctl("status").returncode == 0
        waiter.socket.close()


def test_reports_under_load(proxy):
    """Reports are gathered from all workers while they work."""
    ending = threading.Event()
    failures = []

    def load():
        try:
            while not ending.is_set():
                with proxy.connect() as connection:
                    for _ in range(20):
                        connection.execute("SELECT 1")
        except Exception as failure:
            failures.append(failure)
    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            for report in REPORTS:
                proxy.admin(f"SHOW {report}")
    finally:
        ending.set()
        for thread in threads:
            thread.join(30)
    assert not failures
