"""Clients that differ in settings, roles and statements of the same names never get each other's.

Thousands of batches of several clients are interleaved over a pool of two. Each batch asks for what
the client has set, who it is, and what its statement of a common name says; all answers are checked.
"""

import random
import selectors
import time

import pytest

from wire import Wire, bind, close, execute, parse, query, sync

ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/Lima", "Etc/UTC", "Asia/Kathmandu")
PATHS = ("public", "anywhere, public", '"$user", public')
STYLES = ("ISO, MDY", "German, DMY", "SQL, DMY")
BATCHES = 10_000
ASK = ("SELECT current_setting('TimeZone'), current_setting('search_path'), "
       "current_setting('app.me'), current_user, timestamptz '2024-02-29 12:00:00+00' ")


class Client:
    """One client: what it has set, and what it is owed."""

    def __init__(self, me, port, seed):
        self.me, self.random = me, random.Random(seed * 1000 + me)
        self.wire = Wire(port).login(application_name=f"client {me}", options="-c work_mem=1MB")
        self.zone = self.path = self.role = self.expected_time = None
        self.version, self.owed, self.done = 0, [], 0
        self.run(f"SET app.me = 'client {me}'")
        self.change()
        self.prepare()

    def run(self, sql):
        reply = self.wire.run(sql)
        assert reply[-1].type == "Z" and "E" not in {m.type for m in reply}, reply
        return [m.row for m in reply if m.type == "D"]

    # -------------------------------------------------------- the client's own state

    def change(self):
        """Other settings, and another role now and then. The time is asked for at once: then all
        that is read must agree with it."""
        self.zone, self.path = self.random.choice(ZONES), self.random.choice(PATHS)
        self.style, self.role = self.random.choice(STYLES), self.random.choice(("app", "other"))
        self.run(f"SET TimeZone = '{self.zone}'; SET DateStyle = '{self.style}'")
        self.run(f"SET search_path = {self.path}")
        self.run(f"SET ROLE {self.role}" if self.role == "other" else "RESET ROLE")
        [[self.expected_time]] = self.run(
            "SELECT timestamptz '2024-02-29 12:00:00+00'")

    def prepare(self):
        """Statements under names that everybody uses, with texts of its own."""
        self.version += 1
        for name, sql in (
                ("read", f"{ASK}, 'text {self.me}.{self.version}', $1::text"),
                ("write", f"{ASK}, 'text {self.me}.{self.version}', $1::text "
                          "FROM public.mixed WHERE id = 1 FOR SHARE")):
            self.wire.send(parse(name, sql) + sync())
            assert [m.type for m in self.wire.read_until()] == ["1", "Z"]

    def close(self):
        self.wire.send(close("S", "read") + close("S", "write") + sync())
        assert [m.type for m in self.wire.read_until()] == ["3", "3", "Z"]

    # -------------------------------------------------------- a batch

    def answer(self, *more):
        return [self.zone.encode(), self.path.encode(), f"client {self.me}".encode(),
                self.role.encode(), self.expected_time, *more]

    def send(self):
        """A batch of any kind; what must come is kept in `owed`."""
        kind = self.random.randrange(5)
        mark = str(self.random.randrange(10**6)).encode()
        text = f"text {self.me}.{self.version}".encode()
        if kind == 0:
            self.wire.send(query(f"{ASK}, '{mark.decode()}'"))
            self.owed.append([self.answer(mark)])
        elif kind == 1:
            self.wire.send(query(f"{ASK} FROM public.mixed WHERE id = 1 FOR SHARE"))
            self.owed.append([self.answer()])
        elif kind == 2:
            self.wire.send(
                bind("", "read", (mark,)) + execute() + bind("", "read", (b"2",)) + execute()
                + sync())
            self.owed.append([self.answer(text, mark), self.answer(text, b"2")])
        elif kind == 3:
            self.wire.send(bind("", "write", (mark,)) + execute() + sync())
            self.owed.append([self.answer(text, mark)])
        else:
            # A transaction in a pipeline: three batches, and settings of its own within.
            self.wire.send(
                query("BEGIN; SET LOCAL work_mem = '2MB'"), bind("", "write", (mark,)) + execute()
                + sync(), query("SHOW work_mem"), query("COMMIT"), query("SHOW work_mem"))
            self.owed += [[], [self.answer(text, mark)], [[b"2MB"]], [], [[b"1MB"]]]

    def receive(self):
        """Reads what is owed next, and compares."""
        reply = self.wire.read_until()
        errors = [m.fields for m in reply if m.type == "E"]
        assert not errors, (self.me, errors)
        got, wanted = [m.row for m in reply if m.type == "D"], self.owed.pop(0)
        assert got == wanted, f"client {self.me} was answered {got} instead of {wanted}"
        self.done += 1


def interleave(clients, batches, seed, seconds):
    """All clients at once, each with some batches under way; now and then one changes."""
    generator, deadline = random.Random(seed), time.monotonic() + seconds
    ready = selectors.DefaultSelector()
    for client in clients:
        ready.register(client.wire.socket, selectors.EVENT_READ, client)
        client.send()
    done = 0
    while done < batches:
        assert time.monotonic() < deadline, f"{done} of {batches} batches in {seconds} s"
        events = ready.select(20)
        assert events, f"nobody is answered; owed {[len(c.owed) for c in clients]}"
        for key, _ in events:
            client = key.data
            client.receive()
            done += 1
            # What was read ahead does not show in the selector again.
            while client.owed and client.wire.buffer:
                client.receive()
                done += 1
            if not client.owed:
                if generator.random() < 0.02:
                    client.change()
                if generator.random() < 0.01:
                    client.close()
                    client.prepare()
                for _ in range(generator.randrange(1, 4)):
                    client.send()
    for client in clients:
        while client.owed:
            client.receive()
    return done


@pytest.fixture(scope="module", autouse=True)
def mixed(cluster):
    """The table whose row is locked, so that a statement runs on the primary."""
    cluster.run(
        "CREATE TABLE mixed (id int PRIMARY KEY)", "INSERT INTO mixed VALUES (1)",
        "GRANT SELECT, UPDATE ON mixed TO app, other", "GRANT other TO app")
    yield
    cluster.run("DROP TABLE mixed")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("count, batches", [(2, BATCHES), (20, BATCHES)])
def test_nobody_gets_what_is_anothers(cluster, make_proxy, count, batches):
    seed = random.randrange(10**6)
    proxy = make_proxy({"pooling": {"size": 2}})
    clients = []
    try:
        print("seed", seed)
        for me in range(count):
            clients.append(Client(me, proxy.port, seed))
        interleave(clients, batches, seed, 240)
        assert all(client.done > batches / count / 10 for client in clients)
        connections = cluster.primary.value(
            "SELECT count(*) FROM pg_stat_activity WHERE usename IN ('app', 'other') "
            "AND application_name LIKE 'client %'")
        assert connections <= 2, f"{connections} server connections in a pool of 2"
    finally:
        for client in clients:
            client.wire.socket.close()
    proxy.assert_sound()


@pytest.mark.timeout(120)
def test_what_a_neighbour_has_set_is_nobodys_default(cluster, make_proxy):
    """A new client on a used connection finds the defaults of its role and startup packet."""
    proxy = make_proxy({"workers": 1, "pooling": {"size": 1}})
    names = ("TimeZone", "DateStyle", "work_mem", "statement_timeout", "search_path", "role",
             "extra_float_digits", "default_transaction_isolation", "row_security")
    show = "SELECT " + ", ".join(f"current_setting('{name}')" for name in names)
    with Wire(cluster.primary.port) as direct:
        expected = [m.row for m in direct.login().run(show) if m.type == "D"]
    for round in range(20):
        with Wire(proxy.port) as first, Wire(proxy.port) as second:
            first.login(TimeZone="Asia/Tokyo", options="-c work_mem=3MB -c search_path=anywhere")
            for sql in ("SET DateStyle = 'German'", "SET statement_timeout = '77s'",
                        "SET ROLE other", "SET extra_float_digits = 3",
                        "SET default_transaction_isolation = 'serializable'",
                        "SET row_security = off"):
                assert "E" not in {m.type for m in first.run(sql)}, sql
            first.run(show + ", 'a read'")
            second.login()
            locking = show + " FROM public.mixed FOR SHARE LIMIT 1"
            for sql in (show, f"BEGIN; {show}; COMMIT", locking):
                rows = [m.row for m in second.run(sql) if m.type == "D"]
                assert rows == expected, (round, sql, rows)
    proxy.assert_sound()
