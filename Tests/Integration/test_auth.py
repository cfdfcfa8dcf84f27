"""Who may enter and how: clients at the proxy, and the proxy at the servers."""

import os

import psycopg
import pytest

from cluster import SUPERPASSWORD
from wire import (
    LoginError, Wire, cstring, md5_hash, message, password, query, scram_verifier, startup)

LOOPBACK = "127.0.0.1/32"


def rule(method, user="all", database="all", address=LOOPBACK):
    return {"database": database, "user": user, "address": address, "method": method}


def login_error(port, user, secret, database="app", **parameters):
    with Wire(port) as wire:
        with pytest.raises(LoginError) as caught:
            wire.login(user, secret, database, **parameters)
        assert wire.read_to_end() == []
        return caught.value.message


FORMS = {
    "plain": lambda user, secret: secret,
    "md5 hash": lambda user, secret: md5_hash(user, secret),
    "scram verifier": lambda user, secret: scram_verifier(secret),
}
# What a client can be asked for, given what the configuration holds of its password.
METHODS = [
    ("password", "plain"), ("password", "md5 hash"), ("password", "scram verifier"),
    ("md5", "plain"), ("md5", "md5 hash"), ("md5", "scram verifier"),
    ("scram-sha-256", "plain"), ("scram-sha-256", "scram verifier"),
]


def only(users, rules):
    """Replaces users and rules whole instead of adding to them."""
    def edit(configuration):
        configuration["users"] = {
            "postgres": {"password": SUPERPASSWORD}, "app": {"password": "app"}, **users}
        configuration["authentication"] = rules
    return edit


@pytest.mark.parametrize("method,form", METHODS)
def test_client_methods(make_proxy, method, form):
    """trust_user enters the servers without a password, so any form of it will do here."""
    secret = "s3cret Pässword"
    proxy = make_proxy(wait=False, edit=only(
        {"trust_user": {"password": FORMS[form]("trust_user", secret)}}, [rule(method)]))
    with Wire(proxy.port) as wire:
        wire.login("trust_user", secret)
        assert wire.value("SELECT current_user") == "trust_user"
    for wrong in ("wrong", secret + "x", FORMS[form]("trust_user", secret) + "x"):
        error = login_error(proxy.port, "trust_user", wrong)
        assert error.sqlstate == "28P01"
        assert error.text == 'password authentication failed for user "trust_user"'
    with Wire(proxy.port) as wire:
        wire.login("trust_user", secret)
    assert "s3cret" not in proxy.log()


def test_a_wrong_password_answers_as_postgresql_does(cluster, proxy):
    for user in ("app", "nobody_of_that_name"):
        answers = [login_error(port, user, "wrong") for port in (cluster.primary.port, proxy.port)]
        direct, proxied = (dict(answer.fields) for answer in answers)
        for place in "FLR":
            direct.pop(place, None), proxied.pop(place, None)
        assert proxied == direct


def test_an_unknown_user_goes_through_the_whole_exchange(proxy):
    """Whether a user exists must not show before the proof: the same messages in both cases."""
    traces = {}
    for user in ("app", "nobody_of_that_name"):
        with Wire(proxy.port) as wire:
            seen = []
            read = wire.read

            def tracing():
                m = read()
                seen.append((m.type, len(m.body) if m.type == "R" else None))
                return m
            wire.read = tracing
            with pytest.raises(LoginError):
                wire.login(user, "wrong")
            traces[user] = seen
    assert traces["app"] == traces["nobody_of_that_name"]


def test_the_salt_of_an_unknown_user_stays_the_same(proxy):
    """A salt that changes from login to login would tell that the user is made up."""
    def salt(user):
        with Wire(proxy.port) as wire:
            wire.send(startup({"user": user, "database": "app"}))
            wire.read()
            first = b"n,,n=,r=abcdefghijklmnopqrst"
            wire.send(message("p", cstring("SCRAM-SHA-256")
                              + len(first).to_bytes(4, "big") + first))
            reply = wire.read()
            return [p for p in reply.body[4:].split(b",") if p.startswith(b"s=")][0]
    assert salt("nobody_at_all") == salt("nobody_at_all")
    assert salt("nobody_at_all") != salt("nobody_else")


def test_an_empty_password_is_named_as_postgresql_does(make_proxy):
    proxy = make_proxy(wait=False, edit=only({}, [rule("password")]))
    error = login_error(proxy.port, "app", "")
    assert (error.sqlstate, error.text) == ("28P01", "empty password returned by client")


def test_secrets_from_environment_and_file(make_proxy, tmp_path):
    path = tmp_path / "secret"
    path.write_text("from-a-file\n")
    proxy = make_proxy(
        wait=False, environment={"TRUST_SECRET": "from-the-environment"},
        edit=only({"trust_user": {"password": {"env": "TRUST_SECRET"}},
                   "scram_user": {"password": {"file": str(path)}}},
                  [rule("scram-sha-256")]))
    with Wire(proxy.port) as wire:
        wire.login("trust_user", "from-the-environment")
    error = login_error(proxy.port, "scram_user", "wrong")
    assert error.sqlstate == "28P01"
    # Right for the proxy, wrong for the server: the client is told, and not by a dead socket.
    try:
        with Wire(proxy.port) as wire:
            wire.login("scram_user", "from-a-file")
            wire.send(query("SELECT 1"))
            assert wire.read_until("EZ")[-1].sqlstate in ("28P01", "08006", "28000")
    except LoginError as failure:
        assert failure.message.sqlstate in ("28P01", "08006", "28000"), failure.message.fields


def test_trust_and_reject_and_order_of_rules(make_proxy):
    proxy = make_proxy(wait=False, edit=only(
        {"trust_user": {}, "other": {"password": "other"}},
        [rule("trust", user="trust_user", database="app"),
         rule("reject", user="other", database="second"),
         rule("md5", user="other"),
         rule("scram-sha-256", address="10.0.0.0/8"),
         rule("scram-sha-256", user="app")]))
    with Wire(proxy.port) as wire:
        wire.login("trust_user", "whatever")
        assert wire.value("SELECT current_user") == "trust_user"
    with Wire(proxy.port) as wire:
        wire.login("other", "other")
    rejected = login_error(proxy.port, "other", "other", database="second")
    assert rejected.sqlstate == "28000"
    unmatched = login_error(proxy.port, "trust_user", "x", database="second")
    assert unmatched.sqlstate == "28000"
    assert "trust_user" in unmatched.text


def test_a_user_without_password_cannot_enter_by_password(make_proxy):
    proxy = make_proxy(wait=False, edit=only({"trust_user": {}}, [rule("scram-sha-256")]))
    assert login_error(proxy.port, "trust_user", "").sqlstate == "28P01"


@pytest.mark.parametrize("user,secret", [
    ("trust_user", None), ("plain_user", "plain-secret"), ("md5_user", "md5-secret"),
    ("scram_user", "scram-secret")])
def test_server_methods(cluster, make_proxy, user, secret):
    users = {user: {"password": secret} if secret else {}}
    proxy = make_proxy(wait=False, edit=only(users, [rule("trust")]))
    with Wire(proxy.port) as wire:
        wire.login(user, "")
        assert wire.value("SELECT current_user") == user
        assert wire.run("BEGIN")[-1].status == "T"
        assert wire.value("SELECT inet_server_port()") == str(cluster.primary.port)


def test_an_md5_hash_is_enough_for_a_server_that_asks_for_md5(make_proxy):
    proxy = make_proxy(wait=False, edit=only(
        {"md5_user": {"password": md5_hash("md5_user", "md5-secret")}}, [rule("md5")]))
    with Wire(proxy.port) as wire:
        wire.login("md5_user", "md5-secret")
        assert wire.value("SELECT current_user") == "md5_user"


def test_an_unknown_database_answers_as_postgresql_does(cluster, proxy):
    answers = []
    for port in (cluster.primary.port, proxy.port):
        error = login_error(port, "app", "app", database="no_such_database")
        answers.append((error.fields["S"], error.sqlstate, error.text))
    assert answers[0] == answers[1]
    assert answers[1][1] == "3D000"


def test_a_database_that_is_not_configured(make_proxy):
    proxy = make_proxy(wait=False, edit=lambda c: c.update(
        {"databases": {"app": {"cluster": "main"}}}))
    with proxy.connect() as connection:
        connection.execute("SELECT 1")
    error = login_error(proxy.port, "app", "app", database="second")
    assert (error.sqlstate, error.text) == ("3D000", 'database "second" does not exist')
    # Not before the proof: a stranger learns nothing of what databases there are.
    assert login_error(proxy.port, "app", "wrong", database="second").sqlstate == "28P01"


def test_a_database_can_be_renamed(make_proxy):
    proxy = make_proxy(wait=False, edit=lambda c: c.update(
        {"databases": {"shop": {"cluster": "main", "database": "second"},
                       "app": {"cluster": "main"}}}))
    with proxy.connect(dbname="shop") as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("second",)


def test_the_database_defaults_to_the_user(proxy):
    with Wire(proxy.port) as wire:
        wire.send(startup({"user": "app"}))
        wire.authenticate("app", "app")
        assert wire.value("SELECT current_database()") == "app"


def test_a_login_without_user_is_refused_as_postgresql_does(cluster, proxy):
    answers = []
    for port in (cluster.primary.port, proxy.port):
        with Wire(port) as wire:
            wire.send(startup({"database": "app"}))
            answer = wire.read()
            answers.append((answer.type, answer.sqlstate, answer.text))
            assert wire.read_to_end() == []
    assert answers[0] == answers[1]


def test_nonsense_instead_of_a_password(make_proxy):
    """A client that breaks the exchange gets an error and a closed connection, in each method."""
    for method in ("password", "md5", "scram-sha-256"):
        proxy = make_proxy(wait=False, edit=only({}, [rule(method)]))
        for answer in (password(""), message("p", b""), message("p", b"\xff" * 1000),
                       message("p", cstring("SCRAM-SHA-256-PLUS") + b"\0\0\0\0"),
                       message("p", cstring("SCRAM-SHA-256") + b"\x7f\xff\xff\xff"),
                       message("Q", cstring("SELECT 1"))):
            with Wire(proxy.port) as wire:
                wire.send(startup({"user": "app", "database": "app"}))
                assert wire.read().type == "R"
                wire.send(answer)
                seen = wire.read_to_end()
                assert [m.type for m in seen] == ["E"], (method, answer, seen)
                assert seen[0].sqlstate in ("28P01", "08P01"), seen[0].fields
        proxy.assert_sound()


def test_secrets_never_reach_the_log(cluster, make_proxy):
    proxy = make_proxy({"log": {"level": "trace"}}, wait=False, edit=only(
        {"other": {"password": "other-config-secret"}}, [rule("password")]))
    with Wire(proxy.port) as wire:
        wire.login("app", "app")
        wire.run("SELECT 1")
    login_error(proxy.port, "app", "a-mistyped-secret")
    login_error(proxy.port, "nobody", "the-secret-of-nobody")
    proxy.proxyctl("reload")
    log = proxy.log()
    for secret in (SUPERPASSWORD, "other-config-secret", "a-mistyped-secret",
                   "the-secret-of-nobody"):
        assert secret not in log
    assert "nobody" in log, "a failed login should be logged with its user"


def test_the_unix_socket(make_proxy, tmp_path):
    folder = str(tmp_path)
    proxy = make_proxy({"listen": {"unixSocketDirectory": folder}}, wait=False, edit=lambda c: c[
        "authentication"].insert(0, rule("trust", user="app", address="local")))
    assert os.path.exists(f"{folder}/.s.PGSQL.{proxy.port}")
    with psycopg.connect(
            host=folder, port=proxy.port, user="app", dbname="app", password="") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        proxy.connect(password="wrong")


def test_ssl_and_gss_are_refused_politely(proxy):
    from wire import GSSENC_REQUEST, SSL_REQUEST, request
    with Wire(proxy.port) as wire:
        for code in (GSSENC_REQUEST, SSL_REQUEST):
            wire.send(request(code))
            assert wire.take(1) == b"N"
        wire.login()
        assert wire.value("SELECT 1") == "1"
    with pytest.raises(psycopg.OperationalError):
        proxy.connect(sslmode="require")
