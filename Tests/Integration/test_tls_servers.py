"""TLS towards servers: every sslmode with good and bad certificates, and the error of each."""

import socket
import ssl
import struct
import threading

import psycopg
import pytest

from cluster import SUPERPASSWORD, SUPERUSER
from ports import free_port
from proxy import merged
from tlspeers import TLSServer
from waiting import wait_for
from wire import cstring, message

ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def server(certificates):
    made = TLSServer(certificates)
    try:
        made.create()
        yield made
    finally:
        made.destroy()


@pytest.fixture
def tls_server(server, certificates):
    """The server as it should be, whatever the test before has made of it."""
    server.reload(certificates.server, tls=True)
    wait_for(lambda: encrypts(server), "TLS to be on")
    yield server
    server.reload(certificates.server, tls=True)


def encrypts(server):
    try:
        with server.primary.connect("postgres", sslmode="require"):
            return True
    except psycopg.OperationalError:
        return False


@pytest.fixture
def make_tls_proxy(make_proxy, server):
    """Starts a proxy that connects to the server with this `tls`."""
    def make(host="127.0.0.1", node_tls=None, more=None, **tls):
        node = {"name": "pg1", "host": host, "port": server.primary.port, "role": "primary"}
        if node_tls is not None:
            node["tls"] = node_tls
        users = {user: {"password": user} for user in ("tls_user", "plain_user", "cert_user")}
        changes = {"clusters": {"main": {"nodes": [node], "tls": tls}}, "users": users,
                   "pooling": {"maxWaitMillis": 1_500}}
        return make_proxy(merged(changes, more or {}), wait=False)
    return make


def is_encrypted(proxy, user="app"):
    with proxy.connect(user=user) as connection:
        (answer,) = connection.execute(ENCRYPTED).fetchone()
        (shown,) = [r["tls"] for r in proxy.admin("SHOW SERVERS") if r["user"] == user]
        assert shown == ("TLSv1.3/TLS_AES_256_GCM_SHA384" if answer else None)
        return answer


def refusal(proxy, user="app"):
    with pytest.raises(psycopg.OperationalError) as caught:
        with proxy.connect(user=user) as connection:
            connection.execute("SELECT 1")
    return str(caught.value)


# ---------------------------------------------------------------- modes

@pytest.mark.parametrize("mode, with_tls, without", [
    ("disable", False, False), ("allow", False, False), ("prefer", True, False),
    ("require", True, None), ("verify-ca", True, None), ("verify-full", True, None)])
def test_modes(make_tls_proxy, tls_server, certificates, mode, with_tls, without):
    root = {"rootCertificate": certificates.ca.path} if mode.startswith("verify") else {}
    assert is_encrypted(make_tls_proxy(mode=mode, **root)) == with_tls
    tls_server.reload(tls=False)
    wait_for(lambda: not encrypts(tls_server), "TLS to be off")
    proxy = make_tls_proxy(mode=mode, **root)
    if without is None:
        assert "server does not support SSL, but SSL was required" in refusal(proxy)
    else:
        assert is_encrypted(proxy) == without


def test_prefer_is_the_default(make_tls_proxy, tls_server):
    assert is_encrypted(make_tls_proxy())


def test_a_node_may_differ_from_its_cluster(make_tls_proxy, tls_server, certificates):
    assert not is_encrypted(make_tls_proxy(mode="require", node_tls={"mode": "disable"}))
    # What the node does not say is the cluster's.
    proxy = make_tls_proxy(
        mode="verify-ca", rootCertificate=certificates.other_ca.path,
        node_tls={"rootCertificate": certificates.ca.path})
    assert is_encrypted(proxy)


def test_what_pg_hba_says_decides(make_tls_proxy, tls_server):
    """As with libpq: allow comes back with TLS, prefer without; others are refused."""
    allow = make_tls_proxy(mode="allow")
    assert is_encrypted(allow, "tls_user") and not is_encrypted(allow, "plain_user")
    prefer = make_tls_proxy(mode="prefer")
    assert is_encrypted(prefer, "tls_user") and not is_encrypted(prefer, "plain_user")
    rejects = 'pg_hba.conf rejects connection for host "127.0.0.1"'
    assert rejects in refusal(make_tls_proxy(mode="disable"), "tls_user")
    assert rejects in refusal(make_tls_proxy(mode="require"), "plain_user")


# ---------------------------------------------------------------- certificates

def test_certificates_of_servers(make_tls_proxy, tls_server, certificates):
    good, bad = certificates.ca.path, certificates.other_ca.path
    wrong = "SSL error: certificate verify failed: self-signed certificate in certificate chain"
    assert wrong in refusal(make_tls_proxy(mode="verify-ca", rootCertificate=bad))
    # As with libpq, root certificates are there to be used.
    assert wrong in refusal(make_tls_proxy(mode="require", rootCertificate=bad))
    assert is_encrypted(make_tls_proxy(mode="require", rootCertificate=good))
    assert is_encrypted(make_tls_proxy("localhost", mode="verify-full", rootCertificate=good))

    tls_server.reload(certificates.wrong_host)
    wait_for(lambda: shown_name(tls_server) == "elsewhere.example", "the other certificate")
    for host in ("127.0.0.1", "localhost"):
        assert (
            f'SSL error: server certificate does not match host name "{host}"'
            in refusal(make_tls_proxy(host, mode="verify-full", rootCertificate=good)))
    assert is_encrypted(make_tls_proxy(mode="verify-ca", rootCertificate=good))

    tls_server.reload(certificates.expired)
    wait_for(lambda: shown_name(tls_server) == "localhost", "the expired certificate")
    assert "SSL error: certificate verify failed: certificate has expired" in refusal(
        make_tls_proxy(mode="verify-ca", rootCertificate=good))
    assert is_encrypted(make_tls_proxy(mode="require"))


def shown_name(server):
    """The first name of the certificate that the server shows now."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", server.primary.port)) as raw:
        raw.sendall(struct.pack("!ii", 8, 80877103))
        assert raw.recv(1) == b"S"
        with context.wrap_socket(raw) as secure:
            der = secure.getpeercert(binary_form=True)
    return "elsewhere.example" if b"elsewhere.example" in der else "localhost"


def test_our_own_certificate(make_tls_proxy, tls_server, certificates):
    """PostgreSQL's method cert; and what it says of a certificate that is not good."""
    user = certificates.ca.issue("cert_user", "/CN=cert_user")
    proxy = make_tls_proxy(mode="require", certificate=user[0], key=user[1])
    assert is_encrypted(proxy, "cert_user")
    with proxy.connect(user="cert_user") as connection:
        assert connection.execute(
            "SELECT client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        ).fetchone() == ("/CN=cert_user",)
    assert "connection requires a valid client certificate" in refusal(
        make_tls_proxy(mode="require"), "cert_user")
    foreign = certificates.app_foreign
    text = refusal(make_tls_proxy(mode="require", certificate=foreign[0], key=foreign[1]))
    assert "unknown ca" in text or "closed" in text


# ---------------------------------------------------------------- the rest of the connection

def test_cancel_over_tls(make_tls_proxy, tls_server, certificates):
    """A CancelRequest is encrypted as the connection it is for, and its certificate checked."""
    proxy = make_tls_proxy(mode="verify-full", rootCertificate=certificates.ca.path)
    tls_server.primary.query("ALTER SYSTEM SET log_connections = on", "postgres")
    tls_server.primary.run("pg_ctl", "reload", "-D", tls_server.primary.folder, "-s")
    with proxy.connect() as connection:
        timer = threading.Timer(0.5, connection.cancel_safe)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(60)")
        timer.join()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_probes_use_it_too(make_tls_proxy, tls_server, certificates):
    """The monitor's connections: encrypted, and refused for the same reasons."""
    def probes():
        return [row[0] for row in tls_server.query_plain(
            "SELECT s.ssl FROM pg_stat_activity JOIN pg_stat_ssl AS s USING (pid)"
            " WHERE application_name = 'switchyard monitor'")]

    def state(proxy):
        (row,) = proxy.admin("SHOW STATUS")
        return row["state"], row["reason"]

    for mode, expected in (("disable", False), ("require", True)):
        proxy = make_tls_proxy(mode=mode)
        wait_for(lambda: set(probes()) == {expected}, f"a probe with {mode}")
        wait_for(lambda: state(proxy)[0] == "up", "the node to be up")
        proxy.stop()
        wait_for(lambda: probes() == [], "the monitor to be gone")
    proxy = make_tls_proxy(mode="verify-full", rootCertificate=certificates.other_ca.path)
    wait_for(lambda: state(proxy)[0] == "down", "the node to be down")
    assert "certificate verify failed" in state(proxy)[1]


def test_reload_changes_the_way_to_servers(make_tls_proxy, tls_server, certificates):
    """Connections are closed where their TLS has changed, and only there."""
    def server_pid():
        return connection.execute("SELECT pg_backend_pid()").fetchone()[0]

    proxy = make_tls_proxy(mode="disable")
    with proxy.connect() as connection:
        assert connection.execute(ENCRYPTED).fetchone() == (False,)
        first = server_pid()
        proxy.admin("RELOAD")
        assert server_pid() == first
        proxy.configuration["clusters"]["main"]["tls"] = {
            "mode": "verify-full", "rootCertificate": certificates.ca.path}
        proxy.write_configuration()
        proxy.admin("RELOAD")
        wait_for(
            lambda: connection.execute(ENCRYPTED).fetchone() == (True,), "a new connection")


# ---------------------------------------------------------------- servers that are none

class FakeTLSServer:
    """Answers an SSLRequest with `answer`, goes on over TLS if that is S, and notes what comes."""

    def __init__(self, pair=None, answer=b"S", mechanisms=(), direct=False, alpn=()):
        self.answer, self.mechanisms, self.direct = answer, mechanisms, direct
        self.port = free_port()
        self.seen = []
        self.context = None
        if pair:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*pair)
            if alpn:
                self.context.set_alpn_protocols(alpn)
        self.listener = socket.create_server(("127.0.0.1", self.port))

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        try:
            peer.settimeout(20)
            if not self.direct:
                first = peer.recv(8)
                self.seen.append(first)
                peer.sendall(self.answer)
                if self.answer != b"S":
                    while data := peer.recv(4_096):
                        self.seen.append(data)
                    return
            with self.context.wrap_socket(peer, server_side=True) as secure:
                self.seen.append(secure.recv(4_096))
                offer = b"".join(cstring(name) for name in self.mechanisms) + b"\0"
                secure.sendall(message("R", struct.pack("!i", 10) + offer))
                self.seen.append(secure.recv(4_096))
        except OSError:
            pass
        finally:
            peer.close()


@pytest.fixture
def proxy_before(make_tls_proxy):
    """A proxy before a fake server. Its monitor never gets anywhere: nor should it."""
    def make(fake, **tls):
        nodes = [{"name": "pg1", "host": "127.0.0.1", "port": fake.port, "role": "primary"}]
        return make_tls_proxy(more={"clusters": {"main": {"nodes": nodes, "tls": tls}}})
    return make


@pytest.mark.parametrize("answer, words", [
    (b"S" + b"R\0\0\0\x08\0\0\0\0", "received unencrypted data after SSL response"),
    (b"E", "server sent an error response during SSL exchange"),
    (b"x", "received invalid response to SSL negotiation"),
    (b"N", "server does not support SSL, but SSL was required")])
def test_answers_to_an_ssl_request(proxy_before, answer, words):
    with FakeTLSServer(answer=answer) as fake:
        assert words in refusal(proxy_before(fake, mode="require"))


@pytest.mark.parametrize("offered, chosen, header", [
    (("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"), b"SCRAM-SHA-256-PLUS\0",
     b"p=tls-server-end-point,,n=,r="),
    (("SCRAM-SHA-256",), b"SCRAM-SHA-256\0", b"y,,n=,r=")])
def test_logins_are_bound_to_the_channel(proxy_before, certificates, offered, chosen, header):
    with FakeTLSServer(certificates.server, mechanisms=offered) as fake:
        proxy = proxy_before(fake, mode="require")
        refusal(proxy)
        answers = [data for data in fake.seen if data.startswith(b"p")]
        assert answers and all(
            data[5:].startswith(chosen) and data[5 + len(chosen) + 4:].startswith(header)
            for data in answers)


def test_direct_tls_to_servers(proxy_before, certificates):
    plus = ("SCRAM-SHA-256-PLUS",)
    with FakeTLSServer(
            certificates.server, mechanisms=plus, direct=True, alpn=("postgresql",)) as fake:
        proxy = proxy_before(fake, mode="require", sslnegotiation="direct")
        refusal(proxy)
        assert any(b"app" in data and data[4:8] == b"\0\3\0\0" for data in fake.seen), fake.seen
    with FakeTLSServer(certificates.server, mechanisms=plus, direct=True) as fake:
        text = refusal(proxy_before(fake, mode="require", sslnegotiation="direct"))
        assert "without ALPN protocol negotiation extension" in text


def test_both_legs_bound(make_tls_proxy, tls_server, certificates):
    certificate, key = certificates.server_again
    proxy = make_tls_proxy(
        mode="verify-full", rootCertificate=certificates.ca.path,
        more={"listen": {"tls": {"certificate": certificate, "key": key}}})
    with proxy.connect(
            sslmode="verify-full", sslrootcert=certificates.ca.path,
            channel_binding="require") as connection:
        assert connection.execute(ENCRYPTED).fetchone() == (True,)
    with proxy.connect(
            user=SUPERUSER, password=SUPERPASSWORD, dbname="postgres",
            channel_binding="require") as connection:
        assert connection.execute("SELECT current_user").fetchone() == (SUPERUSER,)


@pytest.mark.parametrize("negotiation", ["postgres", "direct"])
def test_a_proxy_before_a_proxy(make_tls_proxy, tls_server, certificates, negotiation):
    """Our two sides of TLS, of channel binding and of a cancel, against each other."""
    certificate, key = certificates.server
    inner = make_tls_proxy(
        more={"listen": {"tls": {"mode": "require", "certificate": certificate, "key": key}}})
    nodes = [{"name": "inner", "host": "localhost", "port": inner.port, "role": "primary"}]
    outer = make_tls_proxy(more={"clusters": {"main": {"nodes": nodes, "tls": {
        "mode": "verify-full", "rootCertificate": certificates.ca.path,
        "sslnegotiation": negotiation, "minimumVersion": "TLSv1.3"}}}})
    with outer.connect() as connection:
        assert connection.execute(ENCRYPTED).fetchone() == (True,)
        (shown,) = [r["tls"] for r in inner.admin("SHOW CLIENTS") if r["user"] == "app"]
        assert shown == "TLSv1.3/TLS_AES_256_GCM_SHA384"
        timer = threading.Timer(0.3, connection.cancel_safe)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(60)")
        timer.join()
