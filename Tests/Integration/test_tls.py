"""TLS towards clients: every mode with good and bad certificates, and the exact error of each."""

import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess

import psycopg
import pytest

from certificates import Authority
from proxy import BINARIES, Proxy, base_configuration, merged
from tlswire import TLSWire, client_context
from waiting import wait_for
from wire import Closed, LoginError, SSL_REQUEST, Wire, cstring, message, request, startup, terminate


@pytest.fixture
def tls_proxy(make_proxy, certificates):
    """Starts a proxy whose listener has this `listen.tls`, over the server's certificate."""
    def make(pair=None, **tls):
        certificate, key = pair or certificates.server
        return make_proxy(
            {"listen": {"tls": {"certificate": certificate, "key": key, **tls}}}, wait=False)
    return make


def connect(proxy, user="app", **more):
    more.setdefault("sslmode", "require")
    return proxy.connect(user=user, **more)


def refusal(proxy, **more):
    """The text of a connection that must fail."""
    with pytest.raises(psycopg.OperationalError) as caught:
        connect(proxy, **more).close()
    return str(caught.value)


def with_certificate(pair):
    return {"sslcert": pair[0], "sslkey": pair[1]}


def encryption(proxy, user="app"):
    return [row["tls"] for row in proxy.admin("SHOW CLIENTS") if row["user"] == user]


# ---------------------------------------------------------------- modes

def test_no_certificate_no_tls(proxy):
    """The default: an SSLRequest is answered with N."""
    text = refusal(proxy)
    assert "server does not support SSL, but SSL was required" in text
    with connect(proxy, sslmode="prefer") as connection:
        assert not connection.pgconn.ssl_in_use


@pytest.mark.parametrize("mode", [None, "allow", "prefer"])
def test_tls_is_there_for_those_who_ask(tls_proxy, mode):
    proxy = tls_proxy(**({"mode": mode} if mode else {}))
    for sslmode, expected in (
            ("disable", False), ("allow", False), ("prefer", True), ("require", True)):
        with connect(proxy, sslmode=sslmode) as connection:
            assert connection.pgconn.ssl_in_use == expected, sslmode
            assert connection.execute("SELECT 1").fetchone() == (1,)
            names = encryption(proxy)
            assert names == (["TLSv1.3/TLS_AES_256_GCM_SHA384"] if expected else [None])


def test_disable_beats_a_certificate(tls_proxy):
    assert "server does not support SSL" in refusal(tls_proxy(mode="disable"))


def test_require(tls_proxy):
    proxy = tls_proxy(mode="require")
    text = refusal(proxy, sslmode="disable")
    assert "FATAL:  connection requires SSL encryption" in text
    for sslmode in ("allow", "prefer", "require"):
        with connect(proxy, sslmode=sslmode) as connection:
            assert connection.pgconn.ssl_in_use
    with Wire(proxy.port) as wire:
        with pytest.raises(LoginError) as caught:
            wire.login()
        assert caught.value.message.sqlstate == "28000"
    # As in PostgreSQL a CancelRequest comes in clear, and nobody is told anything.
    with Wire(proxy.port) as wire:
        wire.send(request(80877102, 1, 2))
        with pytest.raises(Closed) as closed:
            wire.read()
        assert closed.value.got == b""


def test_the_unix_socket_needs_no_tls(make_proxy, certificates, tmp_path):
    certificate, key = certificates.server
    proxy = make_proxy({
        "listen": {
            "unixSocketDirectory": str(tmp_path),
            "tls": {"mode": "require", "certificate": certificate, "key": key}},
        "authentication": [
            {"database": "all", "user": "all", "address": "all", "method": "scram-sha-256"}]},
        wait=False)
    wait_for(lambda: os.listdir(tmp_path), "the socket")
    with psycopg.connect(
            host=str(tmp_path), port=proxy.port, user="app", password="app",
            dbname="app") as connection:
        assert not connection.pgconn.ssl_in_use


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_certificates_of_clients(tls_proxy, certificates, mode):
    proxy = tls_proxy(mode=mode, clientCA=certificates.ca.path)
    assert "connection requires SSL encryption" in refusal(proxy, sslmode="disable")
    assert "FATAL:  connection requires a valid client certificate" in refusal(proxy)
    for pair, alert in (
            (certificates.app_foreign, "alert unknown ca"),
            (certificates.app_expired, "alert certificate expired")):
        assert alert in refusal(proxy, **with_certificate(pair))
    with connect(proxy, **with_certificate(certificates.app)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("app",)
    another = {"user": "other", **with_certificate(certificates.app)}
    if mode == "verify-full":
        text = refusal(proxy, **another)
        assert 'FATAL:  certificate authentication failed for user "other"' in text
    else:
        connect(proxy, **another).close()
    causes = [line for line in proxy.log().splitlines() if "could not accept SSL" in line]
    assert any("unable to get local issuer certificate" in line for line in causes), causes
    assert any("certificate has expired" in line for line in causes), causes


def test_certificates_are_optional_where_the_mode_does_not_say(tls_proxy, certificates):
    proxy = tls_proxy(mode="require", clientCA=certificates.ca.path)
    connect(proxy).close()
    connect(proxy, **with_certificate(certificates.app)).close()
    assert "alert unknown ca" in refusal(proxy, **with_certificate(certificates.app_foreign))


def test_what_clients_check(tls_proxy, certificates):
    """A client that verifies us: the good certificate, and each of the bad ones."""
    def root(path, mode="verify-full"):
        return {"sslrootcert": path, "sslmode": mode}

    good = root(certificates.ca.path)
    with connect(tls_proxy(), **good) as connection:
        assert connection.pgconn.ssl_in_use
    assert "certificate verify failed" in refusal(
        tls_proxy(), **root(certificates.other_ca.path))
    assert "certificate verify failed" in refusal(tls_proxy(certificates.expired), **good)
    assert "certificate verify failed" in refusal(tls_proxy(certificates.foreign), **good)
    elsewhere = tls_proxy(certificates.wrong_host)
    assert "does not match host name" in refusal(elsewhere, **good)
    connect(elsewhere, **root(certificates.ca.path, "verify-ca")).close()


def test_versions_and_ciphers(tls_proxy):
    proxy = tls_proxy(ciphers="ECDHE-ECDSA-AES128-GCM-SHA256")
    with connect(proxy, ssl_max_protocol_version="TLSv1.2"):
        assert encryption(proxy) == ["TLSv1.2/ECDHE-ECDSA-AES128-GCM-SHA256"]
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        context = client_context(version=version)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(ssl.SSLError):
            TLSWire(proxy.port, context)
    only_new = tls_proxy(minimumVersion="TLSv1.3")
    assert "protocol version" in refusal(only_new, ssl_max_protocol_version="TLSv1.2")


def test_proxyctl_shows_a_certificate_of_its_own(make_proxy, certificates):
    certificate, key = certificates.server
    changes = {"listen": {"tls": {
        "mode": "verify-ca", "clientCA": certificates.ca.path,
        "certificate": certificate, "key": key}}}
    own = {"PGSSLCERT": certificates.app[0], "PGSSLKEY": certificates.app[1]}
    assert "pg1" in make_proxy(changes, own, wait=False).proxyctl("status").stdout
    refused = make_proxy(changes, wait=False).proxyctl("status", check=2)
    assert "connection requires a valid client certificate" in refused.stdout + refused.stderr


# ---------------------------------------------------------------- direct TLS

def test_direct_tls(tls_proxy, certificates):
    proxy = tls_proxy(mode="require")
    with connect(proxy, sslnegotiation="direct", sslmode="verify-full",
                 sslrootcert=certificates.ca.path) as connection:
        assert connection.pgconn.ssl_in_use
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with TLSWire(proxy.port, direct=True) as wire:
        assert wire.socket.selected_alpn_protocol() == "postgresql"
        assert wire.login().value("SELECT 2") == "2"
    # Within TLS there is nothing left to ask for.
    for code in (SSL_REQUEST, SSL_REQUEST + 1):
        with TLSWire(proxy.port, direct=True) as wire:
            wire.send(request(code))
            assert wire.read().text.startswith("unsupported frontend protocol 1234.56")


def test_direct_tls_needs_the_protocol_named(tls_proxy):
    proxy = tls_proxy()
    with TLSWire(proxy.port, client_context(alpn=()), direct=True) as wire:
        with pytest.raises((Closed, OSError)):
            wire.login()
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        TLSWire(proxy.port, client_context(alpn=("http/1.1",)), direct=True)
    # After an SSLRequest it need not be named, but then not wrongly.
    with TLSWire(proxy.port, client_context(alpn=())) as wire:
        wire.login()
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        TLSWire(proxy.port, client_context(alpn=("http/1.1",)))
    assert "without ALPN protocol negotiation extension" in proxy.log()


def test_direct_tls_without_a_certificate(proxy):
    with pytest.raises((OSError, ssl.SSLError)):
        TLSWire(proxy.port, direct=True)


# ---------------------------------------------------------------- bad beginnings

def test_clear_text_behind_an_ssl_request(tls_proxy):
    """CVE-2021-23214: what was sent in clear is not taken for what comes encrypted."""
    proxy = tls_proxy()
    for extra in (startup({"user": "app", "database": "app"}), b"\0", b"x" * 5_000):
        with Wire(proxy.port) as wire:
            wire.send(request(SSL_REQUEST) + extra)
            (error,) = wire.read_to_end()
            assert error.fields["S"] == "FATAL" and error.sqlstate == "08P01"
            assert error.text == "received unencrypted data after SSL request"
            assert "man-in-the-middle" in error.fields["D"]


def test_bad_first_bytes(tls_proxy):
    proxy = tls_proxy(mode="require")
    for garbage in (b"\x16", b"\x16\x03\x01", b"\x16" + os.urandom(600), b"GET / HTTP/1.0\r\n\r\n"):
        for first in (b"", request(SSL_REQUEST)):
            with Wire(proxy.port) as wire:
                wire.send(first)
                if first:
                    assert wire.take(1) == b"S"
                wire.send(garbage)
                wire.socket.shutdown(socket.SHUT_WR)
                # An alert at the most, then the end.
                while wire.socket.recv(4096):
                    pass
    connect(proxy).close()
    assert [r for r in proxy.admin("SHOW CLIENTS") if r["user"] == "app"] == []


def test_a_handshake_that_hangs_ends(make_proxy, certificates):
    certificate, key = certificates.server
    proxy = make_proxy(
        {"listen": {"tls": {"certificate": certificate, "key": key}}, "loginTimeoutSeconds": 1},
        wait=False)
    for beginning in (request(SSL_REQUEST), b"\x16\x03\x01\x02\x00\x01"):
        with Wire(proxy.port, seconds=20) as wire:
            wire.send(beginning)
            while wire.socket.recv(4096):
                pass


# ---------------------------------------------------------------- channel binding

@pytest.mark.parametrize("kind", ["ec", "rsa-sha384", "rsa-sha512"])
def test_channel_binding(tls_proxy, certificates, kind):
    """Whatever hash the certificate is signed with (RFC 5929)."""
    pair = certificates.server
    if kind != "ec":
        pair = certificates.rsa(kind, kind.partition("-")[2])
    proxy = tls_proxy(pair)
    with connect(proxy, channel_binding="require") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert "password authentication failed" in refusal(
        proxy, channel_binding="require", password="wrong")
    connect(proxy, channel_binding="disable").close()
    assert "channel binding" in refusal(proxy, sslmode="disable", channel_binding="require")


def test_no_channel_binding_without_a_hash(tls_proxy, certificates):
    """Ed25519 signs without one: then it is not offered, and logins go on without."""
    authority = Authority(certificates.folder, "ed25519-ca", key="ed25519")
    proxy = tls_proxy(authority.issue("ed25519", "/CN=localhost", certificates.HOSTS))
    connect(proxy, channel_binding="disable").close()
    assert "channel binding" in refusal(proxy, channel_binding="require")


def test_a_downgrade_is_noticed(tls_proxy):
    """A client that was shown no PLUS although we offer it."""
    proxy = tls_proxy()
    with TLSWire(proxy.port) as wire:
        wire.send(startup({"user": "app", "database": "app"}))
        offer = wire.read()
        assert offer.body[4:] == b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"
        first = b"y,,n=,r=rOprNGfwEbeRWgbNEkqO"
        wire.send(message(
            "p", cstring("SCRAM-SHA-256") + struct.pack("!i", len(first)) + first))
        error = wire.read()
        assert error.sqlstate == "28000"
        assert error.text == "SCRAM channel binding negotiation error"


def test_no_plus_in_clear(tls_proxy):
    with Wire(tls_proxy().port) as wire:
        wire.send(startup({"user": "app", "database": "app"}))
        assert wire.read().body[4:] == b"SCRAM-SHA-256\0\0"


# ---------------------------------------------------------------- sessions that go on

@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed(tls_proxy, certificates, version):
    proxy = tls_proxy(clientCA=certificates.ca.path, mode="verify-full")
    context = client_context(pair=certificates.app, version=version)

    def session_after(session=None):
        with TLSWire(proxy.port, context, session=session) as wire:
            wire.login()
            assert wire.value("SELECT current_user") == "app"
            wire.send(terminate())
            return wire.socket.session_reused, wire.socket.session

    was_reused, session = session_after()
    assert not was_reused
    # On whichever worker, and with the certificate of the first time.
    for _ in range(4):
        was_reused, session = session_after(session)
        assert was_reused
    proxy.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "configuration reloaded" in proxy.log(), "the reload")
    was_reused, session = session_after(session)
    assert was_reused, "a reload that changes nothing forgets nothing"


def test_certificates_are_reloaded(make_proxy, certificates, tmp_path):
    pair = [str(tmp_path / name) for name in ("a.crt", "a.key")]

    def install(source):
        for target, path in zip(pair, source):
            shutil.copyfile(path, target + ".new")
            os.replace(target + ".new", target)

    def shown():
        with TLSWire(proxy.port) as wire:
            return wire.socket.getpeercert(binary_form=True)

    install(certificates.server)
    proxy = make_proxy(
        {"listen": {"tls": {"certificate": pair[0], "key": pair[1]}}}, wait=False)
    first = shown()
    with connect(proxy) as kept:
        kept.execute("SELECT 1")
        install(certificates.server_again)
        assert shown() == first
        proxy.process.send_signal(signal.SIGHUP)
        wait_for(lambda: shown() != first, "the new certificate")
        second = shown()
        # A key that is not the certificate's changes nothing, and is told.
        shutil.copyfile(certificates.server[1], pair[1])
        with pytest.raises(psycopg.Error) as caught:
            proxy.admin("RELOAD")
        assert "key values mismatch" in caught.value.diag.message_detail
        assert shown() == second
        os.unlink(pair[0])
        with pytest.raises(psycopg.Error) as caught:
            proxy.admin("RELOAD")
        assert "listen.tls: could not read the certificate" in caught.value.diag.message_detail
        assert "No such file or directory" in caught.value.diag.message_detail
        assert shown() == second
        (version,) = proxy.admin("SHOW VERSION")
        assert "could not read the certificate" in version["reload_error"]
        assert kept.execute("SELECT 2").fetchone() == (2,)


def test_check_looks_at_the_files_too(cluster, certificates, tmp_path):
    key = shutil.copyfile(certificates.server[1], str(tmp_path / "key"))
    os.chmod(key, 0o644)
    configuration = merged(
        base_configuration(cluster),
        {"listen": {"tls": {"certificate": certificates.server[0], "key": key}}})

    def check():
        proxy = Proxy(configuration)
        return subprocess.run(
            [os.path.join(BINARIES, "switchyard"), "--check", "--config", proxy.path],
            env=proxy.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=60)

    done = check()
    assert done.returncode == 0 and f'the private key "{key}" can be read by everybody' in done.stdout
    os.unlink(key)
    done = check()
    assert done.returncode == 1
    assert f'listen.tls: could not read the private key "{key}"' in done.stdout


@pytest.mark.parametrize("make_bad, words", [
    (lambda c, folder: {"certificate": "/nowhere.crt"},
     'could not read the certificate "/nowhere.crt": No such file or directory'),
    (lambda c, folder: {"key": c.app[1]}, "key values mismatch"),
    (lambda c, folder: {"key": c.rsa("another-kind", "sha256")[1]},
     "is not that of the certificate"),
    (lambda c, folder: {"key": c.server[0]}, "could not load the private key"),
    (lambda c, folder: dict(zip(("certificate", "key"), c.rsa("weak", "sha1"))),
     "could not load the certificate"),
    (lambda c, folder: {"clientCA": c.server[1]}, "could not load the root certificates"),
    (lambda c, folder: {"ciphers": "no-such-cipher"}, "could not set the cipher list"),
])
def test_files_that_cannot_be_used(cluster, certificates, tmp_path, make_bad, words):
    tls = {"certificate": certificates.server[0], "key": certificates.server[1]}
    tls.update(make_bad(certificates, tmp_path))
    proxy = Proxy(merged(base_configuration(cluster), {"listen": {"tls": tls}}))
    with pytest.raises(AssertionError, match="the daemon ended"):
        proxy.start()
    proxy.kill()
    assert "listen.tls: " in proxy.log() and words in proxy.log()
