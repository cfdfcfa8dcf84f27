"""How many may come: in all, of one user, to one database, from one address; and how long those wait
who prove the wrong thing."""

import concurrent.futures
import socket
import time

import pytest

from cluster import SUPERUSER
from waiting import wait_for
from wire import Closed, LoginError, Wire, startup

LOOPBACK = "127.0.0.1/32"


@pytest.fixture
def crowd():
    """Opens connections that stay open until the test ends or one is sent away."""
    class Crowd(list):
        def let_in(self, proxy, user="app", database="app", **more):
            self.append(Wire(proxy.port, **more).login(user, user, database))
            return self[-1]

        def send_away(self):
            self.pop().socket.close()
    made = Crowd()
    yield made
    for wire in made:
        wire.socket.close()


def refusal(proxy, user="app", secret=None, database="app"):
    with Wire(proxy.port) as wire:
        with pytest.raises(LoginError) as caught:
            wire.login(user, secret or user, database)
        error = caught.value.message
        assert wire.read_to_end() == []
        return error.sqlstate, error.text


def enters(proxy, user="app", database="app"):
    """Whether there is a place."""
    with Wire(proxy.port) as wire:
        try:
            wire.login(user, user, database)
        except LoginError as failure:
            assert failure.message.sqlstate == "53300", failure.message.fields
            return False
        return wire.value("SELECT current_user") == user


ROLE = ("53300", 'too many connections for role "app"')
DATABASE = ("53300", 'too many connections for database "app"')

# The bound, what is said where it is reached, and who may enter all the same.
BOUNDS = {
    "of any user": ({"maxClientsPerUser": 3}, ROLE, ("other", "app")),
    "of one user": ({"users": {"app": {"password": "app", "maxClients": 3}},
                     "maxClientsPerUser": 1}, ROLE, ("other", "app")),
    "of any database": ({"maxClientsPerDatabase": 3}, DATABASE, ("app", "second")),
    "of one database": ({"databases": {"app": {"cluster": "main", "maxClients": 3}},
                         "maxClientsPerDatabase": 1}, DATABASE, ("app", "second")),
    "in all": ({"maxClients": 3}, ("53300", "sorry, too many clients already"),
               (SUPERUSER, "switchyard")),
    "of one address": ({"maxClientsPerAddress": 3},
                       ("53300", 'too many connections from address "127.0.0.1"'), None),
}


@pytest.mark.parametrize("bound", BOUNDS)
def test_bounds(make_proxy, crowd, bound):
    """Over both workers; and the figures come back when clients go, however they do."""
    changes, said, others = BOUNDS[bound]
    proxy = make_proxy(changes, wait=False)
    for leaves in ("closed", "quit", "failed", "unknown database"):
        for _ in range(3):
            wait_for(lambda: crowd.let_in(proxy), "a place")
        assert refusal(proxy) == said
        for wire in crowd:
            assert wire.value("SELECT 1") == "1"
        if bound in ("of one user", "of one database") or others is None:
            pass
        elif others[1] == "switchyard":
            assert proxy.admin("SHOW CLIENTS")
        else:
            assert enters(proxy, *others)
        if leaves == "quit":
            crowd[-1].send(b"X\0\0\0\4")
        crowd.send_away()
        if leaves == "failed":
            wait_for(lambda: refusal(proxy, secret="wrong")[0] == "28P01", "a place to fail in")
            for _ in range(10):
                refusal(proxy, secret="wrong")
        if leaves == "unknown database":
            for _ in range(10):
                refusal(proxy, database="nowhere")
        wait_for(lambda: enters(proxy), "a place")
        while crowd:
            crowd.send_away()
        wait_for(lambda: len([r for r in proxy.admin("SHOW CLIENTS")
                              if r["state"] != "admin"]) == 0, "all to be gone")


def test_refused_logins_leave_the_rest_in_peace(make_proxy, crowd):
    """Many at once, to a bound of few: never more than the bound, and none of them hangs."""
    proxy = make_proxy({"maxClientsPerUser": 5, "workers": 2}, wait=False)

    def come(_):
        wire = Wire(proxy.port)
        try:
            wire.login()
        except LoginError as failure:
            wire.socket.close()
            return failure.message.sqlstate
        crowd.append(wire)
        return None
    for _ in range(3):
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            outcomes = list(pool.map(come, range(20)))
        assert outcomes.count(None) == 5 and outcomes.count("53300") == 15
        while crowd:
            crowd.send_away()
        wait_for(lambda: len(proxy.admin("SHOW CLIENTS")) == 1, "all to be gone")


def test_bounds_follow_a_reload(make_proxy, crowd):
    proxy = make_proxy({"maxClientsPerUser": 2}, wait=False)
    for _ in range(2):
        crowd.let_in(proxy)
    assert refusal(proxy) == ROLE
    proxy.configuration["maxClientsPerUser"] = 0
    proxy.write_configuration()
    proxy.proxyctl("reload", check=0)
    wait_for(lambda: enters(proxy), "the bound to be gone")
    proxy.configuration["maxClientsPerUser"] = 1
    proxy.write_configuration()
    proxy.proxyctl("reload", check=0)
    wait_for(lambda: not enters(proxy), "the bound to be back")
    for wire in crowd:
        assert wire.value("SELECT 1") == "1"


def test_those_who_never_log_in_take_no_place_of_clients(make_proxy, crowd):
    proxy = make_proxy({"maxClients": 3, "maxLogins": 50}, wait=False)
    silent = []
    for number in range(40):
        silent.append(socket.create_connection(("127.0.0.1", proxy.port)))
        if number % 2:
            silent[-1].sendall(startup({"user": "app", "database": "app"}))
    for _ in range(3):
        crowd.let_in(proxy)
    for one in silent:
        one.close()


def logging_in(proxy):
    return len([row for row in proxy.admin("SHOW CLIENTS") if row["state"] == "login"])


def test_how_many_may_be_about_to_log_in(make_proxy):
    """One too many is told at once; those before it go on."""
    proxy = make_proxy({"maxLogins": 10, "workers": 1}, wait=False)
    proxy.admin("SHOW STATUS")
    silent = []
    try:
        # The admin session that counts is one of them until it has logged in.
        for count in range(1, 10):
            silent.append(Wire(proxy.port))
            wait_for(lambda: logging_in(proxy) == count, "it to be counted")
        silent.append(Wire(proxy.port))
        with Wire(proxy.port) as wire:
            assert [m.sqlstate for m in wire.read_to_end()] == ["53300"]
        silent.pop().login().socket.close()
        wait_for(lambda: enters(proxy), "a place")
        # Those who are in do not count.
        early = silent.pop().login()
        for _ in range(5):
            assert enters(proxy)
        early.socket.close()
    finally:
        for one in silent:
            one.socket.close()


# ---------------------------------------------------------------- delays

def test_wrong_passwords_take_longer_and_longer(make_proxy):
    proxy = make_proxy({"failedLoginDelayMillis": 200, "workers": 1}, wait=False)
    for least in (0.2, 0.4, 0.8):
        began = time.monotonic()
        assert refusal(proxy, secret="wrong")[0] == "28P01"
        took = time.monotonic() - began
        assert took >= least
    # Nobody but the one who guessed waits: not on the same worker, and not from the same address.
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        guess = pool.submit(refusal, proxy, "nobody_of_that_name", "wrong")
        wait_for(lambda: logging_in(proxy), "the guess to wait")
        for _ in range(10):
            assert enters(proxy)
        assert not guess.done()
        assert guess.result()[0] == "28P01"


def test_only_guesses_are_told_late(make_proxy):
    """A database that is not there, or a rule that is not, says nothing of passwords. With a delay
    of a minute, whoever waited would fail."""
    proxy = make_proxy({
        "failedLoginDelayMillis": 60_000, "databases": {"app": {"cluster": "main"}},
        "authentication": [
            {"database": "all", "user": "other", "address": LOOPBACK, "method": "reject"},
            {"database": "all", "user": "app", "address": LOOPBACK, "method": "scram-sha-256"}]},
        wait=False, edit=lambda c: c["databases"].pop("*"))
    assert refusal(proxy, database="nowhere")[0] == "3D000"
    assert refusal(proxy, "other")[0] == "28000"
    assert refusal(proxy, "counted")[0] == "28000"
    with Wire(proxy.port) as wire:
        wire.send(startup({"user": "app", "database": "app"}))
        wire.read()
        wire.send(b"Q\0\0\0\4")
        assert wire.read().sqlstate == "08P01"


def test_those_who_wait_hold_nothing_for_long(make_proxy):
    """They may leave; they are not listened to; the deadline of logins ends their wait, too; and a
    daemon that ends does not wait for them."""
    proxy = make_proxy({
        "failedLoginDelayMillis": 60_000, "loginTimeoutSeconds": 2, "workers": 1}, wait=False)

    def guess():
        wire = Wire(proxy.port)
        wire.send(startup({"user": "app", "database": "app"}))
        with pytest.raises(socket.timeout):
            wire.socket.settimeout(0.3)
            wire.authenticate("app", "wrong")
        wire.socket.settimeout(20)
        return wire
    gone = guess()
    gone.socket.close()
    wait_for(lambda: logging_in(proxy) == 0, "it to be forgotten", 1.5)
    talker = guess()
    try:
        for _ in range(200):
            talker.send(b"p" * 65_536)
    except OSError:
        pass
    patient = guess()
    try:
        assert [m.sqlstate for m in patient.read_to_end()] == ["57014"]
    except Closed:
        pass
    assert enters(proxy)
    last = guess()
    assert proxy.terminate(10) == 0
    for wire in (talker, patient, last):
        wire.socket.close()
