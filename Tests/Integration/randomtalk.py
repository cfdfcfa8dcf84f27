"""Random conversations of several clients that differ in all that a session can hold.

What a client is answered depends on itself alone: it has a table, advisory locks and a past of its
own, and shares only what nobody writes. Left out is what Differences.md says may differ.
"""

import random
from typing import NamedTuple

from wire import (bind, close, copy_data, copy_done, copy_fail, describe, execute, flush, parse,
                  query, sync)

SETUP = (
    "DROP SCHEMA IF EXISTS sa, sb CASCADE", "CREATE SCHEMA sa", "CREATE SCHEMA sb",
    "CREATE TABLE public.fixed (id int PRIMARY KEY, text text)",
    "INSERT INTO public.fixed SELECT n, 'row ' || n FROM generate_series(1, 9) n",
    "CREATE TABLE public.whose AS SELECT 'public'::text AS schema",
    "CREATE TABLE sa.whose AS SELECT 'sa'::text AS schema",
    "CREATE TABLE sb.whose AS SELECT 'sb'::text AS schema",
    *(f"CREATE TABLE public.own{n} (id int PRIMARY KEY, text text)" for n in range(4)),
    *(f"ALTER TABLE public.own{n} OWNER TO app" for n in range(4)),
    *(f"GRANT ALL ON public.own{n} TO other" for n in range(4)),
    "GRANT USAGE ON SCHEMA sa, sb TO app, other",
    "GRANT SELECT ON public.fixed, public.whose, sa.whose, sb.whose TO app, other",
    "GRANT other TO app")
TEARDOWN = (
    "DROP SCHEMA sa, sb CASCADE", "DROP TABLE public.fixed, public.whose",
    "DROP TABLE public.own0, public.own1, public.own2, public.own3", "REVOKE other FROM app")

VALUES = {
    "TimeZone": ("Asia/Tokyo", "Europe/Berlin", "UTC", "America/Lima"),
    "DateStyle": ("ISO, MDY", "German, DMY", "SQL, DMY", "Postgres"),
    "IntervalStyle": ("postgres", "iso_8601", "sql_standard"),
    "work_mem": ("1MB", "2MB", "3000kB"),
    "statement_timeout": ("111s", "222s", "0"),
    "application_name": ("one", "two", ""),
    "search_path": ("sa", "sb", "public", "nowhere, sa", '"$user", public'),
    "extra_float_digits": ("-3", "0", "3"),
    "bytea_output": ("hex", "escape"),
    "client_min_messages": ("notice", "warning", "error"),
    "default_transaction_isolation": ("repeatable read", "serializable", "read committed"),
    "default_transaction_read_only": ("on", "off"),
    "enable_seqscan": ("off", "on"),
    "row_security": ("off", "on"),
    "client_encoding": ("UTF8", "LATIN1", "SQL_ASCII"),
    "standard_conforming_strings": ("off", "on"),
    "app.me": ("me", "myself", "I"),
}
LISTS = ("search_path", "DateStyle")
SHOWN = [name for name in VALUES if name != "app.me"]
PROBE = ("SELECT " + ", ".join(f"current_setting('{name}')" for name in SHOWN)
         + ", nullif(current_setting('app.me', true), ''), current_user, session_user,"
           " timestamptz '2024-02-29 12:00:00+00', 0.1::float8 / 3, decode('01', 'hex')")
NAMES = ("s1", "s2", "s3")       # of anything but settings
SETTERS = ("u1", "u2")           # of settings and transactions: SQL never executes them
SQL_NAMES = ("s1", "q1", "q2")


class Part(NamedTuple):
    """A message of the client, and how it reads."""

    text: str
    data: bytes

    @property
    def ends(self):
        """It is answered by a ReadyForQuery."""
        return self.data[:1] in b"QS"


class Step(NamedTuple):
    """What a client sends at once."""

    client: int
    parts: tuple

    @property
    def readies(self):
        return sum(part.ends for part in self.parts)


class Talk(NamedTuple):
    """All that is said, in its order."""

    logins: tuple  # startup parameters of each client
    steps: tuple
    # Clients that end without a goodbye, and without reading their last step's answer.
    abrupt: frozenset = frozenset()

    def is_sound(self):
        """Each client ends its segments before it sends a Query, and before it leaves."""
        open_segments = set()
        for step in self.steps:
            for part, after in zip(step.parts, step.parts[1:] + (None,)):
                # The data of a COPY comes with it, and is ended.
                if "FROM STDIN" in part.text and part.data[:1] == b"Q" and (
                        after is None or after.data[:1] not in b"dcf"):
                    return False
                if part.data[:1] == b"d" and (after is None or after.data[:1] not in b"cf"):
                    return False
                if part.data[:1] == b"Q" and step.client in open_segments:
                    return False
                if part.data[:1] == b"S":
                    open_segments.discard(step.client)
                elif part.data[:1] not in b"Qdcf":
                    open_segments.add(step.client)
        return not open_segments - self.abrupt


def q(sql):
    return Part(f"Query {sql}", query(sql))


class Author:
    """Writes what one client says."""

    def __init__(self, me, generator, has_replicas):
        self.me, self.random, self.has_replicas = me, generator, has_replicas
        self.number = me * 1000
        # Of several statements in one go, a RESET among them goes back to the server's beginning
        # and not to the startup message; and SQL may hide what it prepares.
        self.has_base, self.is_alone = False, True

    def pick(self, *weighted):
        """One of pairs of a weight and a value; a function is called."""
        weights, values = zip(*weighted)
        chosen = self.random.choices(values, weights)[0]
        return chosen() if callable(chosen) else chosen

    def login(self):
        parameters, flags = {}, []
        for name in ("TimeZone", "DateStyle", "application_name", "client_encoding",
                     "search_path", "extra_float_digits", "default_transaction_isolation"):
            if self.random.random() < 0.15:
                parameters[name] = self.random.choice(VALUES[name])
        for name in ("work_mem", "statement_timeout", "bytea_output", "enable_seqscan", "app.me",
                     "client_min_messages", "standard_conforming_strings", "IntervalStyle"):
            if self.random.random() < 0.12:
                flags.append(f"-c {name}={self.random.choice(VALUES[name])}")
        if self.random.random() < 0.05:
            flags.append("-c role=other")
        if flags:
            parameters["options"] = " ".join(flags)
        self.has_base = bool(parameters)
        return parameters

    # -------------------------------------------------------- SQL

    def setting(self):
        name = self.random.choice(list(VALUES))
        value = self.random.choice(VALUES[name])
        literal = value if name in LISTS and name == "search_path" else f"'{value}'"
        if name == "DateStyle":
            literal = value
        return name, value, literal

    def change(self):
        """A statement that changes settings."""
        name, value, literal = self.setting()
        resets = 1 if self.is_alone or not self.has_base else 0
        return self.pick(
            (8, f"SET {name} = {literal}"), (2, f"SET SESSION {name} TO {literal}"),
            (4, f"SET LOCAL {name} = {literal}"), (3 * resets, f"RESET {name}"),
            (2 * resets, f"SET {name} TO DEFAULT"), (resets, "RESET ALL"),
            (3, f"SELECT set_config('{name}', '{value}', false)"),
            (2, f"SELECT set_config('{name}', '{value}', true)"),
            (1, f"SELECT set_config('{name}', '{value}' || '', false)"),
            (2, "SET ROLE other"), (1, "SET LOCAL ROLE other"), (resets, "RESET ROLE"),
            (resets, "SET ROLE none"), (1, "SET ROLE postgres"), (1, "SET ROLE app"),
            (resets, "SET SESSION AUTHORIZATION app"), (resets, "RESET SESSION AUTHORIZATION"),
            (1, "SET TimeZone = 'No/Where'"), (1, "SET work_mem = 'much'"),
            (1, "SET no_such_setting = 1"), (1, "SET TIME ZONE 'Asia/Tokyo'"),
            (1, "SET TIME ZONE -3"), (1, "SET NAMES 'LATIN1'"), (1, "SET SCHEMA 'sa'"),
            (1, "DO $$BEGIN PERFORM set_config('TimeZone', 'Asia/Seoul', false); END$$"))

    def read(self):
        return self.pick(
            (4, PROBE), (2, "SELECT schema FROM whose"),
            (2, "SELECT id, text FROM public.fixed WHERE id < 4 ORDER BY id"),
            (2, lambda: f"SHOW {self.random.choice(SHOWN)}"), (1, "SELECT 1 / 0"),
            (1, "SELECT nothing"), (1, "SELECT interval '1 day 2 hours', 'caf\u00e9'"),
            (1, "SHOW transaction_isolation"), (1, "SHOW transaction_read_only"),
            (1, "SELECT current_user, nullif(current_setting('app.me', true), '')"),
            (1, ""), (1, "-- nothing"))

    def write(self):
        self.number += 1
        return self.pick(
            (3, f"INSERT INTO public.own{self.me} VALUES ({self.number}, 'x') RETURNING id"),
            (1, f"INSERT INTO public.own{self.me} VALUES (1, 'y')"),
            (1, f"UPDATE public.own{self.me} SET text = 'z' RETURNING *"),
            (1, f"SELECT count(*) FROM (SELECT 1 FROM public.own{self.me} FOR UPDATE) x"))

    def pinning(self):
        key = 7000 + self.me
        return self.pick(
            (3, "CREATE TEMP TABLE tt (x int)"), (1, "CREATE TEMP TABLE tt (x) ON COMMIT DROP "
                                                     "AS SELECT 5"),
            (2, f"INSERT INTO tt VALUES ({self.me})"), (2, "SELECT * FROM tt"),
            (3, "DROP TABLE tt"), (2, "DROP TABLE IF EXISTS tt"),
            (2, f"SELECT pg_advisory_lock({key})"), (2, f"SELECT pg_advisory_unlock({key})"),
            (1, f"SELECT pg_advisory_xact_lock({key})"), (1, "SELECT pg_advisory_unlock_all()"),
            (2, "DECLARE c CURSOR WITH HOLD FOR SELECT id FROM public.fixed ORDER BY id"),
            (2, "FETCH 2 FROM c"), (2, "CLOSE c"), (1, "CLOSE ALL"),
            (1 if self.is_alone or not self.has_base else 0, "DISCARD ALL"), (1, "DISCARD TEMP"), (1, "DISCARD PLANS"))

    def prepared(self):
        name = self.random.choice(SQL_NAMES if self.is_alone else SQL_NAMES[1:])
        # An error behind it in the same segment gives the name back.
        deallocates = 1 if self.is_alone else 0
        return self.pick(
            (3, f"PREPARE {name} AS SELECT 'sql {self.me}', {self.random.randrange(9)}"),
            (1, f"PREPARE {name} (int) AS SELECT $1 + {self.me}"),
            (3, f"EXECUTE {name}"), (1, f"EXECUTE {name} (4)"), (2 * deallocates, f"DEALLOCATE {name}"),
            (deallocates, "DEALLOCATE ALL"),
            (deallocates, f"DEALLOCATE PREPARE {name}"))

    def transaction(self):
        return self.pick(
            (6, "BEGIN"), (1, "START TRANSACTION ISOLATION LEVEL REPEATABLE READ"),
            (1, "BEGIN ISOLATION LEVEL SERIALIZABLE"), (5, "COMMIT"), (3, "ROLLBACK"),
            (0 if self.has_replicas else 1, "BEGIN READ ONLY"),
            (2, "SAVEPOINT a"), (2, "ROLLBACK TO a"), (1, "RELEASE a"), (1, "COMMIT AND CHAIN"),
            (1, "ROLLBACK AND CHAIN"), (1, "END"), (1, "ABORT"),
            (1, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))

    def sql(self):
        return self.pick(
            (5, self.change), (5, self.read), (2, self.write), (2, self.pinning),
            (2, self.prepared), (4, self.transaction))

    def statement_text(self):
        """For a named statement: nothing that is a setting or ends a transaction."""
        return self.pick(
            (3, lambda: f"SELECT 'client {self.me}', $1::text"), (3, PROBE),
            (2, "SELECT schema FROM whose"),
            (2, "SELECT id, text FROM public.fixed WHERE id < $1 ORDER BY id"),
            (1, lambda: f"SELECT count(*), $1::text FROM (SELECT 1 FROM public.own{self.me} "
                        "FOR UPDATE) x"),
            (1, "SELECT 10 / $1::int"), (1, "SELECT nothing, $1"),
            (1, "SELECT id FROM public.fixed ORDER BY id"))

    def setter_text(self):
        return self.pick((4, self.change), (2, self.transaction), (2, self.pinning),
                         (1, self.prepared))

    # -------------------------------------------------------- messages

    def segment(self):
        """Messages of the extended protocol up to Sync."""
        parts = []
        self.is_alone = False
        for _ in range(self.random.choice((1, 1, 2, 3))):
            parts += self.pick(
                (4, self.parse_named), (6, self.use_named), (3, self.one_shot), (1, self.portal),
                (1, self.describe_named), (1, self.close_named), (1, self.copy_in))
        if not self.has_replicas and self.random.random() < 0.1:
            parts.insert(self.random.randrange(len(parts) + 1), Part("Flush", flush()))
        return parts + [Part("Sync", sync())]

    def name(self):
        return self.random.choice(NAMES + SETTERS)

    def parse_named(self):
        name = self.name()
        text = self.statement_text() if name in NAMES else self.setter_text()
        parts = [Part(f"Parse {name} {text}", parse(name, text))]
        if self.random.random() < 0.4:
            parts.insert(0, self.closing(name))
        if self.random.random() < 0.5:
            parts += self.use(name)
        return parts

    def closing(self, name):
        return Part(f"Close S {name}", close("S", name))

    def close_named(self):
        return [self.closing(self.name())]

    def describe_named(self):
        name = self.name()
        return [Part(f"Describe S {name}", describe("S", name))]

    def use_named(self):
        return self.use(self.random.choice(NAMES * 2 + SETTERS + ("q1",)))

    def use(self, name, portal=""):
        values = self.pick((2, ()), (4, ("3",)), (1, ("0",)))
        parts = [Part(f"Bind {portal!r} {name!r} {values}", bind(portal, name, values))]
        if self.random.random() < 0.3:
            parts.append(Part(f"Describe P {portal!r}", describe("P", portal)))
        return parts + [Part(f"Execute {portal!r}", execute(portal))]

    def one_shot(self):
        text = self.sql() if self.random.random() < 0.6 else self.statement_text()
        return [Part(f"Parse '' {text}", parse("", text))] + self.use("")

    def portal(self):
        name = self.random.choice(NAMES)
        values = self.pick((1, ()), (1, ("7",)))
        return self.pick(
            (3, lambda: [Part(f"Bind 'p' {name} {values}", bind("p", name, values)),
                         Part("Execute 'p' 2", execute("p", 2))]),
            (3, lambda: [Part("Execute 'p' 1", execute("p", 1))]),
            (1, lambda: [Part("Close P p", close("P", "p"))]))

    def copy_in(self):
        self.number += 1
        text = f"COPY public.own{self.me} FROM STDIN"
        return [
            Part(f"Parse '' {text}", parse("", text)), Part("Bind", bind()),
            Part("Execute", execute()),
            Part("CopyData", copy_data(f"{self.number}\ttext\n".encode())),
            self.copy_end()]

    def copy_end(self):
        return self.pick((3, Part("CopyDone", copy_done())), (1, Part("CopyFail", copy_fail("no"))))

    def simple(self):
        """A Query, of several statements now and then."""
        count = self.random.choice((1, 1, 1, 1, 2, 3))
        self.is_alone = count == 1
        return [q("; ".join(self.sql() for _ in range(count)))]

    def copy_by_query(self):
        self.number += 1
        return self.pick(
            (1, lambda: [q("COPY public.fixed TO STDOUT")]),
            (1, lambda: [
                q(f"COPY public.own{self.me} FROM STDIN"),
                Part("CopyData", copy_data(f"{self.number}\ttext\n".encode())),
                self.copy_end()]))

    def unit(self):
        return self.pick((10, self.simple), (10, self.segment), (1, self.copy_by_query))

    def steps(self, count):
        """What is sent at once, each time; a client may also stop within a segment."""
        made = []
        while len(made) < count:
            parts = []
            for _ in range(self.random.choice((1, 1, 1, 2, 3, 5))):
                parts += self.unit()
            cut = self.random.randrange(len(parts))
            if self.random.random() < 0.1 and cut and parts[cut].data[:1] not in b"dcf":
                made += [Step(self.me, tuple(parts[:cut])), Step(self.me, tuple(parts[cut:]))]
            else:
                made.append(Step(self.me, tuple(parts)))
        return made

    def farewell(self):
        """What is left at the end must be the same as well."""
        return [Step(self.me, (q("ROLLBACK"),)), Step(self.me, (q(PROBE),)),
                Step(self.me, (q("SELECT * FROM tt"),))]


def talk(seed, has_replicas=False, length=8):
    """The conversations of a seed."""
    generator = random.Random(seed)
    count = generator.choice((2, 2, 3, 4))
    authors = [Author(me, generator, has_replicas) for me in range(count)]
    logins = tuple(author.login() for author in authors)
    abrupt = frozenset(me for me in range(count) if generator.random() < 0.1)
    queues = [author.steps(length) + ([] if author.me in abrupt else author.farewell())
              for author in authors]
    steps = []
    while any(queues):
        queue = generator.choice([queue for queue in queues if queue])
        # Now and then somebody talks for longer.
        for _ in range(min(len(queue), generator.choice((1, 1, 2, 4)))):
            steps.append(queue.pop(0))
    return Talk(logins, tuple(steps), abrupt)
