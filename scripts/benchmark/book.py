"""All figures of a run, by workload, system and round, and what is computed from them."""

import statistics
from typing import NamedTuple

from benchmark.systems import (
    DIRECT, PGBOUNCER, PGBOUNCER_64K, SPLIT, SWITCHYARD, TURNS_OFF, WORKERS_1, WORKERS_2)

LABELS = {
    DIRECT: "direct", PGBOUNCER: "PgBouncer", PGBOUNCER_64K: "PgBouncer, pkt_buf 65536",
    SWITCHYARD: "Switchyard", SPLIT: "over replicas", TURNS_OFF: "sharedTurns off",
    WORKERS_1: "1 worker", WORKERS_2: "2 workers"}


class Measure(NamedTuple):
    """The median over the rounds, the lowest and the highest."""

    median: float
    low: float
    high: float

    @property
    def spread_percent(self):
        """Half of what lies between lowest and highest, in percent of the median."""
        return 50 * (self.high - self.low) / self.median if self.median else 0.0


def measure(values):
    values = list(values)
    return Measure(statistics.median(values), min(values), max(values)) if values else None


class Book:
    """A document that JSON can hold, with questions to it."""

    def __init__(self, document):
        self.document = document
        self.index = {(r["case"], r["system"]): r for r in document["results"]}

    @staticmethod
    def empty(machine, options, systems, cases):
        return Book({
            "machine": machine, "options": options,
            "systems": [{"name": s.name, "role": s.role, "binary": s.binary} for s in systems],
            "cases": [{"name": c.name, "title": c.title, "clients": c.clients,
                       "protocol": c.protocol} for c in cases],
            "results": []})

    # ------------------------------------------------------------ what goes in

    def entry(self, case, system):
        key = (case.name, system.name)
        if key not in self.index:
            self.index[key] = {
                "case": case.name, "system": system.name, "database": system.database(case),
                "rounds": [], "failures": []}
            self.document["results"].append(self.index[key])
        return self.index[key]

    def add(self, case, system, round, figures):
        self.entry(case, system)["rounds"].append({"round": round, **figures})

    def add_failure(self, case, system, round, text):
        self.entry(case, system)["failures"].append(f"round {round + 1}: {text}")

    def add_calls(self, case, system, calls):
        self.entry(case, system)["systemCallsPerTransaction"] = calls

    # ------------------------------------------------------------ what comes out

    @property
    def cases(self):
        return self.document["cases"]

    @property
    def binaries(self):
        return list(dict.fromkeys(s["binary"] for s in self.document["systems"] if s["binary"]))

    def system(self, role, binary):
        """The name of the system in a role; one worker or two may be what `auto` comes to."""
        if role == f"workers-{self.document['machine']['workers']}":
            role = SWITCHYARD
        for system in self.document["systems"]:
            if system["role"] == role and system["binary"] in (None, binary):
                return system["name"]
        return None

    def has(self, role):
        return any(system["role"] == role for system in self.document["systems"])

    def result(self, case, system):
        return self.index.get((case, system), {"rounds": [], "failures": [], "database": ""})

    def rounds(self, case, system, key):
        return {r["round"]: r[key] for r in self.result(case, system)["rounds"] if key in r}

    def measure(self, case, system, key):
        return measure(self.rounds(case, system, key).values())

    def ratio(self, key, case, system, other_case, other):
        """Of the figures of the same round: what the machine did meanwhile hits both."""
        mine, theirs = self.rounds(case, system, key), self.rounds(other_case, other, key)
        return measure(mine[r] / theirs[r] for r in mine if theirs.get(r))

    def failures(self):
        return [f"{r['case']} on {r['system']}, {text}"
                for r in self.document["results"] for text in r["failures"]]
