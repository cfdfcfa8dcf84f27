"""The rules of pg_hba.conf in JSON against PostgreSQL's own, and who is let in by them."""

import json
import os
import pwd
import random
import shutil
import signal
import struct
import subprocess

import psycopg
import pytest

from certificates import Certificates
from cluster import SUPERPASSWORD, SUPERUSER
from proxy import BINARIES, base_configuration
from tlspeers import TLSServer
from tlswire import TLSWire
from waiting import wait_for
from wire import LoginError, Wire, md5_hash, scram_verifier, startup

LOOPBACK = "127.0.0.1/32"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(str(tmp_path_factory.mktemp("certificates")))


def rule(method, **more):
    """For everybody who comes over TCP, but for what is said."""
    made = {"database": "all", "user": "all", "address": LOOPBACK, "method": method, **more}
    return {key: value for key, value in made.items() if value is not None}


def listening(certificates, **more):
    certificate, key = certificates.server
    return {"tls": {"mode": "prefer", "certificate": certificate, "key": key,
                    "clientCA": certificates.ca.path}, **more}


@pytest.fixture
def ruled(make_proxy, certificates):
    """Starts a proxy with TLS and these rules alone."""
    def make(*rules, changes=None, **more):
        def edit(configuration):
            configuration["authentication"] = list(rules)
            configuration.update(more)
        return make_proxy(
            {"listen": listening(certificates), **(changes or {})}, wait=False, edit=edit)
    return make


def login_error(wire, user="app", secret="app", database="app"):
    with wire:
        with pytest.raises(LoginError) as caught:
            wire.login(user, secret, database)
        return caught.value.message


class UnixWire(Wire):
    """A connection over the Unix-domain socket."""

    def __init__(self, port, folder):
        super().__init__(port, path=f"{folder}/.s.PGSQL.{port}")


# ---------------------------------------------------------------- as PostgreSQL does

USERS = ["app", "other", "cert_user"]
DATABASES = ["app", "other", "postgres"]


class Judge:
    """A PostgreSQL server with TLS and a Unix-domain socket, whose rules change."""

    def __init__(self, certificates):
        self.server = TLSServer(certificates)
        self.server.create()
        self.node = self.server.primary
        self.port = self.node.port
        self.folder = self.server.base
        with self.node.connect("postgres") as connection:
            connection.execute(f"ALTER SYSTEM SET unix_socket_directories = '{self.folder}'")
            connection.execute("ALTER SYSTEM SET max_wal_senders = 4")
        self.node.stop()
        self.node.start()

    def apply(self, rules):
        lines = [f"{r[0]} {r[1]} {r[2]} {r[3]} {r[4]}\n" for r in rules]
        with open(os.path.join(self.node.folder, "pg_hba.conf"), "w") as file:
            file.writelines(lines)
        os.kill(self.node.pid(), signal.SIGHUP)


def quoted(words):
    """A list of pg_hba.conf as in JSON."""
    return words.split(",") if "," in words else words


def first_answer(wire, user, database, **more):
    """What PostgreSQL says to a startup packet: an error, or what it asks for."""
    with wire:
        wire.send(startup({"user": user, "database": database, **more}))
        answer = wire.read()
        if answer.type == "R":
            return "R", struct.unpack_from("!i", answer.body)[0]
        return answer.type, answer.sqlstate, answer.text


def random_rule(source):
    kind = source.choice(["local", "host", "host", "hostssl", "hostnossl"])
    address = "" if kind == "local" else source.choice(
        ["all", "127.0.0.1/32", "127.0.0.0/8", "10.0.0.0/8", "::1/128", "0.0.0.0/0", "samehost",
         "samenet"])
    database = source.choice(
        ["all", "sameuser", "app", "other", "replication", "app,postgres", '"all"', "APP"])
    user = source.choice(["all", "app", "other", "app,cert_user", '"all"', "nobody_else"])
    return kind, database, user, address, source.choice(
        ["trust", "reject", "password", "md5", "scram-sha-256"])


def as_json(line):
    kind, database, user, address, method = line
    made = {"type": kind, "database": quoted(database), "user": quoted(user), "method": method}
    return {**made, "address": address} if address else made


def test_the_same_rules_say_the_same(make_proxy, certificates):
    """Random rules, in pg_hba.conf and in JSON; the first answer to every kind of client."""
    seed = random.randrange(1 << 32)
    source = random.Random(seed)
    folder = None
    judge = Judge(certificates)
    try:
        folder = os.path.join(judge.folder, "proxy")
        os.mkdir(folder, 0o755)
        proxy = make_proxy({
            "listen": listening(certificates, unixSocketDirectory=folder),
            "users": {user: {"password": scram_verifier(user)} for user in USERS}}, wait=False)

        def answers(port, folder):
            ways = {
                "local": lambda: UnixWire(port, folder), "plain": lambda: Wire(port),
                "tls": lambda: TLSWire(port)}
            clients = {
                (way, user, database): first_answer(make(), user, database)
                for way, make in ways.items() for user in USERS for database in DATABASES}
            walsenders = {
                (way, user, kind): first_answer(make(), user, "app", replication=kind)
                for way, make in ways.items() for user in USERS for kind in ("true", "database")}
            return {**clients, **walsenders}

        def in_force(port, number):
            """A rule of its own tells which rules count now."""
            answer = first_answer(Wire(port), "app", f"round_{number}")
            return "pg_hba.conf rejects" in str(answer[-1])

        for number in range(15):
            rules = [("host", f"round_{number}", "all", "all", "reject")]
            rules += [random_rule(source) for _ in range(source.randint(1, 6))]
            judge.apply(rules)
            proxy.configuration["authentication"] = [as_json(line) for line in rules]
            proxy.write_configuration()
            # The rules may let no administrator in.
            proxy.process.send_signal(signal.SIGHUP)
            # Connections go to the workers in turn.
            for port in (judge.port, proxy.port, proxy.port):
                wait_for(lambda: in_force(port, number), "the rules to be in force")
            expected, got = answers(judge.port, judge.folder), answers(proxy.port, folder)
            wrong = {key: (expected[key], got[key]) for key in expected
                     if expected[key] != got[key]}
            assert not wrong, f"seed {seed}, rules {rules}: {wrong}"
    finally:
        judge.server.destroy()


def test_nobody_matches(ruled):
    """The words name how the client came."""
    proxy = ruled(rule("scram-sha-256", user="other"))
    for wire, encryption in ((Wire(proxy.port), "no encryption"),
                             (TLSWire(proxy.port), "SSL encryption")):
        error = login_error(wire)
        assert (error.sqlstate, error.text) == (
            "28000", 'no pg_hba.conf entry for host "127.0.0.1", user "app", database "app", '
            + encryption)


def test_regular_expressions(ruled):
    proxy = ruled(
        rule("trust", user="/^(app|oth.r)$", database=["/^app", "second"]),
        rule("reject", user="/."))
    for user, database in (("app", "app"), ("other", "second")):
        with Wire(proxy.port) as wire:
            wire.login(user, "", database)
            assert wire.value("SELECT current_database()") == database
    for user, database in (("counted", "app"), ("app", "postgres"), ("my_app", "app")):
        assert "pg_hba.conf rejects" in login_error(Wire(proxy.port), user, "", database).text


# ---------------------------------------------------------------- certificates and peers

def with_certificate(pair):
    return {"sslmode": "require", "sslcert": pair[0], "sslkey": pair[1]}


def refusal(connect):
    with pytest.raises(psycopg.OperationalError) as caught:
        connect().close()
    return str(caught.value)


def test_a_certificate_is_enough(ruled, certificates):
    stranger = certificates.ca.issue("stranger", "/CN=other")
    nameless = certificates.ca.issue("nameless", "/O=Example")
    proxy = ruled(rule("cert", type="hostssl"))
    with proxy.connect(password="", **with_certificate(certificates.app)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("app",)
    text = refusal(lambda: proxy.connect(sslmode="require"))
    assert "FATAL:  connection requires a valid client certificate" in text
    for pair in (stranger, nameless):
        text = refusal(lambda: proxy.connect(**with_certificate(pair)))
        assert 'FATAL:  certificate authentication failed for user "app"' in text
    assert "no pg_hba.conf entry" in refusal(lambda: proxy.connect(sslmode="disable"))
    log = proxy.log()
    assert "authenticated user name (other) do not match" in log
    assert "contains no user name" in log


def test_certificates_through_a_map(ruled, certificates):
    joe = certificates.ca.issue("joe", "/CN=other@example.com")
    proxy = ruled(
        rule("cert", type="hostssl", map="people"),
        identityMaps={"people": [
            {"systemUser": "/^(.*)@example\\.com$", "databaseUser": "\\1"},
            {"systemUser": "app", "databaseUser": "/^count"}]})
    with proxy.connect("other", "", **with_certificate(joe)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("other",)
    with proxy.connect("counted", "", **with_certificate(certificates.app)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("counted",)
    for user, pair in (("app", joe), ("app", certificates.app)):
        text = refusal(lambda: proxy.connect(user, **with_certificate(pair)))
        assert f'FATAL:  certificate authentication failed for user "{user}"' in text
    assert 'No match in identity map \\"people\\"' in proxy.log()


@pytest.mark.parametrize("demand", ["verify-ca", "verify-full"])
def test_a_certificate_besides_a_password(ruled, certificates, demand):
    stranger = certificates.ca.issue(f"stranger-{demand}", "/CN=stranger")
    proxy = ruled(rule("scram-sha-256", type="hostssl", clientCertificate=demand))
    proxy.connect(**with_certificate(certificates.app)).close()
    text = refusal(lambda: proxy.connect(password="wrong", **with_certificate(certificates.app)))
    assert "password authentication failed" in text
    text = refusal(lambda: proxy.connect(sslmode="require"))
    assert "connection requires a valid client certificate" in text
    if demand == "verify-ca":
        proxy.connect(**with_certificate(stranger)).close()
    else:
        text = refusal(lambda: proxy.connect(**with_certificate(stranger)))
        assert 'FATAL:  password authentication failed for user "app"' in text


def test_peers_of_the_unix_socket(make_proxy, tmp_path):
    me = pwd.getpwuid(os.geteuid()).pw_name

    def edit(configuration):
        configuration["users"][me] = {"password": "x"}
        configuration["authentication"] = [
            {"type": "local", "database": "app", "user": me, "method": "peer"},
            {"type": "local", "database": "app", "user": "all", "method": "peer", "map": "m"},
            {"type": "local", "database": "all", "user": "all", "method": "peer"}]
        configuration["identityMaps"] = {
            "m": [{"systemUser": me, "databaseUser": "app"},
                  {"systemUser": "somebody_else", "databaseUser": "all"}]}
    proxy = make_proxy({"listen": {"unixSocketDirectory": str(tmp_path)}}, wait=False, edit=edit)
    with UnixWire(proxy.port, tmp_path) as wire:
        wire.login("app", "")
        assert wire.value("SELECT current_user") == "app"
    for user, database in (("other", "app"), ("app", "second")):
        error = login_error(UnixWire(proxy.port, tmp_path), user, "", database)
        assert (error.sqlstate, error.text) == (
            "28000", f'Peer authentication failed for user "{user}"')
    log = proxy.log()
    assert f'No match in identity map "m" for user "other" authenticated as "{me}"' in log.replace(
        '\\"', '"')
    # Over TCP nobody knows who it is: no rule is for it.
    assert "no pg_hba.conf entry" in login_error(Wire(proxy.port), me, "").text


def test_peers_cannot_be_made_up(make_proxy, tmp_path):
    """Another user of the system is not who it says it is."""
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    folder = tmp_path / "socket"
    folder.mkdir()
    for place in (folder, *folder.parents[:4]):
        if str(place).startswith("/tmp/"):
            os.chmod(place, 0o755)
    proxy = make_proxy(
        {"listen": {"unixSocketDirectory": str(folder)}}, wait=False, edit=lambda c: c.update(
            authentication=[{"type": "local", "database": "all", "user": "all",
                             "method": "peer"}]))
    psql = shutil.which("psql")
    done = subprocess.run(
        ["runuser", "-u", "nobody", "--", psql, "-h", str(folder), "-p", str(proxy.port), "-U",
         "postgres", "-w", "-d", "app", "-c", "SELECT 1"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, cwd="/")
    assert 'Peer authentication failed for user "postgres"' in done.stderr
    done = subprocess.run(
        ["runuser", "-u", "postgres", "--", psql, "-h", str(folder), "-p", str(proxy.port), "-U",
         "postgres", "-w", "-d", "switchyard", "-c", "SHOW STATUS"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, cwd="/")
    assert "pg1" in done.stdout, done.stderr


# ---------------------------------------------------------------- the admin database

def test_rules_are_for_the_admin_database_too(ruled, certificates):
    proxy = ruled(
        rule("cert", type="hostssl", database="switchyard", map="operators"),
        rule("reject", database="switchyard"), rule("scram-sha-256"),
        identityMaps={"operators": [{"systemUser": "app", "databaseUser": "all"}]})

    def admin(user, **more):
        return proxy.connect(user, dbname="switchyard", **more)
    with admin(SUPERUSER, **with_certificate(certificates.app)) as connection:
        assert connection.execute(b"SHOW STATUS").fetchall()
    assert "connection requires a valid client certificate" in refusal(
        lambda: admin(SUPERUSER, sslmode="require"))
    assert "pg_hba.conf rejects connection" in refusal(
        lambda: admin(SUPERUSER, sslmode="disable"))
    # By all means its own user, and none of the admin database.
    text = refusal(lambda: admin("app", **with_certificate(certificates.app)))
    assert 'user "app" may not open the admin database "switchyard"' in text
    proxy.connect(sslmode="disable").close()


# ---------------------------------------------------------------- secrets

def test_secrets_are_nowhere_to_be_seen(make_proxy, cluster):
    """Planted in every place of the configuration, and looked for in all that comes out."""
    hidden = {
        "user": "planted-user-secret", "asker": "planted-asker-secret",
        "monitor": "planted-monitor-secret", "wrong": "planted-wrong-secret",
        "md5": md5_hash("other", "planted-md5-secret")}

    def edit(configuration):
        configuration["log"]["level"] = "trace"
        configuration["users"]["planted"] = {"password": hidden["user"], "maxClients": 3}
        configuration["users"]["other"] = {"password": hidden["md5"]}
        configuration["authentication"] = [
            rule("password", user="planted"), rule("md5", user="other"), rule("scram-sha-256")]
        configuration["clusters"]["main"]["authQuery"] = {
            "user": "postgres", "password": hidden["asker"]}
        configuration["clusters"]["main"]["monitor"]["password"] = hidden["monitor"]
    proxy = make_proxy(wait=False, edit=edit)
    seen = ""
    for user, secret in (("planted", hidden["user"]), ("planted", hidden["wrong"]),
                         ("other", "planted-md5-secret"), ("nobody_there", hidden["wrong"])):
        try:
            with Wire(proxy.port) as wire:
                wire.login(user, secret)
                seen += repr(wire.run("SELECT 1"))
        except LoginError as failure:
            seen += repr(failure.message.fields)
    for report in ("STATUS", "HEALTH", "NODES", "POOLS", "CLIENTS", "SERVERS", "STATS", "CONFIG"):
        seen += repr(proxy.admin(f"SHOW {report}"))
    proxy.configuration["users"]["planted"]["password"] = "planted-fresh-secret"
    proxy.write_configuration()
    for arguments in (("reload",), ("check",), ("status",), ("status", "--json")):
        done = proxy.proxyctl(*arguments)
        seen += done.stdout + done.stderr
    # A file with problems is quoted without what it hides.
    proxy.configuration["users"]["planted"]["password"] = ["planted-array-secret"]
    proxy.configuration["users"]["other"]["password"] = "SCRAM-SHA-256$planted-scram-secret"
    proxy.write_configuration()
    for arguments in (("reload",), ("check",)):
        done = proxy.proxyctl(*arguments)
        assert done.returncode != 0
        seen += done.stdout + done.stderr
    seen += proxy.log()
    assert "planted" in seen and "users.planted" in seen
    assert "planted-" not in seen and hidden["md5"] not in seen
    assert SUPERPASSWORD not in seen


@pytest.mark.parametrize("wanted", [True, False])
def test_no_core_dumps_unless_they_are_wanted(cluster, tmp_path, wanted):
    """Of a process that must not be dumped, root owns everything in /proc, whoever runs it."""
    binary = os.path.join(BINARIES, "switchyard")
    uid = os.geteuid()
    powers = {}
    if uid == 0:
        # Its files are root's in any case, so it is run as somebody who can read it.
        uid = pwd.getpwnam("nobody").pw_uid
        powers = {"user": uid, "group": uid, "extra_groups": []}
        for place in (tmp_path, *tmp_path.parents):
            if str(place).startswith("/tmp/"):
                os.chmod(place, 0o755)
        binary = shutil.copy(binary, tmp_path)
    path = tmp_path / "switchyard.json"
    configuration = {**base_configuration(cluster), "coreDumps": wanted}
    path.write_text(json.dumps(configuration))
    process = subprocess.Popen(
        [binary, "--config", str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, cwd="/",
        env={**os.environ, "MONITOR_PASSWORD": SUPERPASSWORD}, **powers)
    try:
        port = configuration["listen"]["port"]
        wait_for(lambda: Wire(port).login(), "the daemon to serve")
        owner = os.stat(f"/proc/{process.pid}/fd").st_uid
        assert owner == (uid if wanted else 0)
    finally:
        process.kill()
        process.wait()
