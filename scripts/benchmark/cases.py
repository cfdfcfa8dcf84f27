"""The workloads, one for each row of the table, and a few more."""

from benchmark.idle import IdleClients, TLSIdleClients
from benchmark.load import SAMPLED, Load
from benchmark.servers import WIDE_BYTES, WIDE_ROWS
from benchmark.systems import (
    DIRECT, PGBOUNCER, PGBOUNCER_64K, SMALL_POOL, SPLIT, SWITCHYARD, TURNS_OFF, WORKERS_1,
    WORKERS_2)

# A DataRow of the wide table: type, length, column count, column length, value.
WIDE_RESULT_MB = WIDE_ROWS * (1 + 4 + 2 + 4 + WIDE_BYTES) / 1e6
HUGE_MB = 100
ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/Lima", "Asia/Kathmandu")

ALL = (DIRECT, PGBOUNCER, SWITCHYARD, SPLIT)
WITH_WORKERS = (*ALL, WORKERS_1, WORKERS_2)
LARGE = (DIRECT, PGBOUNCER, PGBOUNCER_64K, SWITCHYARD, SPLIT)

SELECT_1 = "SELECT 1;\n"
# pgbench's own -S.
FAST = r"""\set aid random(1, 100000 * :scale)
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
"""
SLOW = "SELECT pg_sleep(0.05);\n"
# One statement that is fast or slow by its value: nothing but its history tells.
MOODY = r"""\set aid random(1, 100000 * :scale)
SELECT abalance, pg_sleep({}) FROM pgbench_accounts WHERE aid = :aid;
"""


class Case:
    """One workload of pgbench."""

    # Whether it belongs to the table, and is run without being asked for.
    in_table = True
    # Whether it leaves something for replicas to replay.
    writes = False
    # Whether one round is enough.
    once = False
    # The database a proxy is asked for, and the environments of several pgbench at once.
    database = "postgres"
    environments = ({},)
    # The script whose latencies count, where there are several.
    counted = None

    def __init__(self, name, title, clients, arguments=(), scripts=(), protocol="simple",
                 megabytes=0.0, tls=False, roles=ALL, sampling=SAMPLED, **more):
        self.name, self.title, self.clients = name, title, clients
        self.arguments, self.protocol, self.megabytes = list(arguments), protocol, megabytes
        self.scripts = [s if isinstance(s, tuple) else (s, 1) for s in scripts]
        self.sslmode = "require" if tls else "disable"
        self.roles, self.sampling = roles, sampling
        for key, value in more.items():
            setattr(self, key, value)

    def estimate(self, seconds):
        """How long one run takes, about."""
        return seconds + 0.5 + self.clients * 0.004

    def warm(self, system):
        Load(self, system, 1).run()

    def run(self, system, seconds):
        """Runs it once; returns its figures."""
        before = system.counters()
        figures = Load(self, system, seconds).run()
        # A depth is the deepest that was, not a sum.
        counted = {name: after if "depth" in name else after - before.get(name, 0)
                   for name, after in system.counters().items()}
        if counted:
            figures["counted"] = counted
        if self.writes:
            system.servers.settle()
        return figures


def large(prefix="", title="", **more):
    return Case(f"{prefix}large-rows", f"rows of 1 KB x 10,000{title}", 2,
                scripts=["SELECT text FROM wide;\n"], megabytes=WIDE_RESULT_MB, sampling=1, **more)


def huge(prefix="", title="", **more):
    return Case(f"{prefix}huge-row", f"one row of 100 MB{title}", 1, megabytes=HUGE_MB, sampling=1,
                scripts=[f"SELECT repeat(repeat('x', 1000), {HUGE_MB * 1000});\n"], **more)


def table_cases(scale):
    """The rows of the table; `idle` ones first, on processes that have not worked yet."""
    per_scale = ["-D", f"scale={scale}"]
    mixed = (*ALL, TURNS_OFF)
    return [
        *(IdleClients(f"idle-{n}", f"{n:,} idle clients", n) for n in (2_000, 10_000)),
        *(Case(f"select1-c{n}", f"SELECT 1, simple, {n} client{'s' if n > 1 else ''}", n,
               scripts=[SELECT_1], roles=WITH_WORKERS if n in (16, 64) else ALL)
          for n in (1, 16, 64, 200)),
        *(Case(f"pgbench-S-{p}", f"pgbench -S, 64 clients, {p}", 64, ["-S"], protocol=p,
               roles=WITH_WORKERS if p == "prepared" else ALL)
          for p in ("simple", "extended", "prepared")),
        *(Case(f"tpcb-like-c{n}", f"tpcb-like, {n} clients", n, ["-b", "tpcb-like"], writes=True,
               sampling=1, roles=WITH_WORKERS if n == 32 else ALL) for n in (8, 32)),
        large(roles=(*LARGE, WORKERS_1, WORKERS_2)), huge(roles=LARGE),
        Case("churn", "churn (-C), 8 clients", 8, ["-C"], [SELECT_1], sampling=1),
        *(Case(f"mixed-c{n}", f"mixed 90 % fast, 10 % of 50 ms, {n} clients", n, per_scale,
               [(FAST, 9), (SLOW, 1)], roles=mixed, sampling=1, counted=0) for n in (16, 64)),
        Case("mixed-same", "mixed, one statement that is fast or slow, 16 clients", 16, per_scale,
             [(MOODY.format(0), 9), (MOODY.format(0.05), 1)], roles=(SWITCHYARD, TURNS_OFF),
             sampling=1, counted=0),
        Case("tls-select1-c16", "SELECT 1, simple, 16 clients, TLS", 16, scripts=[SELECT_1],
             tls=True, roles=(PGBOUNCER, SWITCHYARD)),
        large("tls-", ", TLS", tls=True, roles=(PGBOUNCER, PGBOUNCER_64K, SWITCHYARD)),
    ]


def further_cases():
    """Workloads beside the table: run when they are named."""
    zones = [{"PGTZ": zone} for zone in ZONES]
    cases = [
        *(Case(f"pgbench-S-{p}-c16", f"pgbench -S, 16 clients, {p}", 16, ["-S"], protocol=p)
          for p in ("simple", "extended", "prepared")),
        Case("settings", "four TimeZones over a small pool", 4 * SMALL_POOL, ["-S"],
             database="small", environments=zones, sampling=1),
        Case("tls-select1-c1", "SELECT 1, simple, 1 client, TLS", 1, scripts=[SELECT_1], tls=True),
        Case("tls-pgbench-S-extended", "pgbench -S, 16 clients, extended, TLS", 16, ["-S"],
             protocol="extended", tls=True),
        huge("tls-", ", TLS", tls=True, roles=(PGBOUNCER, PGBOUNCER_64K, SWITCHYARD)),
        Case("tls-churn", "churn (-C), 8 clients, TLS", 8, ["-C"], [SELECT_1], tls=True,
             sampling=1),
        TLSIdleClients("tls-idle-2000", "2,000 idle clients, TLS", 2_000),
    ]
    for case in cases:
        case.in_table = False
    return cases


def all_cases(scale):
    return [*table_cases(scale), *further_cases()]
