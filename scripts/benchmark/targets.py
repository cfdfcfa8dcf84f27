"""What is to be reached, workload by workload, and whether it was."""

from typing import NamedTuple, Optional

from benchmark.book import LABELS, Measure
from benchmark.systems import DIRECT, PGBOUNCER, PGBOUNCER_64K, SPLIT, SWITCHYARD, TURNS_OFF

TPS, P50, P99 = "tps", "p50Millis", "p99Millis"
CPU, RATE, CPU_GB = "proxyMicrosPerTransaction", "megabytesPerSecond", "proxySecondsPerGigabyte"
WORDS = {
    TPS: "tps", P50: "p50", P99: "p99", CPU: "CPU per transaction", RATE: "MB/s",
    CPU_GB: "CPU per GB", "bytesPerIdleClient": "bytes per client",
    "idleCPUPercent": "CPU while idle, % of a core", "answering": "clients that answer"}

# "No CPU": what cannot be told from nothing within a few seconds, in percent of a core.
NO_CPU_PERCENT = 0.5
IDLE_BYTES = 1_400


class Target(NamedTuple):
    """A bound for a figure of Switchyard's, or for its ratio to that of another system."""

    case: str
    key: str
    bound: float
    at_least: bool
    over: Optional[str] = None
    over_case: Optional[str] = None

    @property
    def figure(self):
        words = WORDS[self.key]
        if self.key == P99 and self.case.startswith("mixed"):
            words = "p99 of fast reads"
        if self.over_case:
            return f"{words} / without TLS"
        return f"{words} / {LABELS[self.over]}" if self.over else words

    @property
    def text(self):
        return f"{'at least' if self.at_least else 'at most'} {number(self.bound, self)}"

    def measure(self, book, binary, role):
        system = book.system(role, binary)
        if self.over is None:
            return book.measure(self.case, system, self.key)
        other = system if self.over_case else book.system(self.over, binary)
        return book.ratio(self.key, self.case, system, self.over_case or self.case, other)

    def holds(self, value):
        return value >= self.bound if self.at_least else value <= self.bound


def number(value, target):
    """Ratios with two digits behind the point, counts with none."""
    return f"{value:.2f}" if target.over or target.key == "idleCPUPercent" else f"{value:,.0f}"


def at_least(case, key, bound, over=None):
    return Target(case, key, bound, True, over)


def at_most(case, key, bound, over=None):
    return Target(case, key, bound, False, over)


def idle(clients):
    case = f"idle-{clients}"
    return [at_most(case, "bytesPerIdleClient", IDLE_BYTES),
            at_most(case, "idleCPUPercent", NO_CPU_PERCENT),
            at_least(case, "answering", clients)]


def large(case):
    return [at_least(case, RATE, 1.0, PGBOUNCER_64K), at_most(case, CPU_GB, 1.0, PGBOUNCER_64K),
            at_most(case, CPU_GB, 0.5, PGBOUNCER)]


TARGETS = [
    *idle(2000), *idle(10000),
    at_most("select1-c1", P50, 1.0, PGBOUNCER),
    at_least("select1-c16", TPS, 1.3, PGBOUNCER), at_most("select1-c16", CPU, 0.75, PGBOUNCER),
    at_least("select1-c64", TPS, 1.6, PGBOUNCER), at_least("select1-c64", TPS, 1.0, DIRECT),
    at_most("select1-c64", CPU, 0.6, PGBOUNCER),
    at_least("select1-c200", TPS, 2.0, PGBOUNCER), at_least("select1-c200", TPS, 1.4, DIRECT),
    at_most("select1-c200", CPU, 0.5, PGBOUNCER),
    at_least("pgbench-S-simple", TPS, 1.2, DIRECT),
    at_least("pgbench-S-simple", TPS, 1.6, PGBOUNCER),
    at_least("pgbench-S-extended", TPS, 1.4, DIRECT),
    at_least("pgbench-S-extended", TPS, 1.6, PGBOUNCER),
    at_least("pgbench-S-prepared", TPS, 1.0, DIRECT),
    at_least("pgbench-S-prepared", TPS, 2.0, PGBOUNCER),
    *(target for case in ("tpcb-like-c8", "tpcb-like-c32")
      for target in (at_least(case, TPS, 1.0, PGBOUNCER), at_most(case, CPU, 0.8, PGBOUNCER))),
    *large("large-rows"), *large("huge-row"),
    at_least("churn", TPS, 1.0, PGBOUNCER),
    *(at_most(case, P99, 1.2, TURNS_OFF) for case in ("mixed-c16", "mixed-c64", "mixed-same")),
    Target("tls-select1-c16", CPU, 1.5, False, SWITCHYARD, "select1-c16"),
    at_least("tls-large-rows", RATE, 1.0, PGBOUNCER),
    at_least("tls-large-rows", RATE, 1.0, PGBOUNCER_64K),
]


class Verdict(NamedTuple):
    """A target, what was measured, and the same where reads are split over replicas."""

    target: Target
    measured: Optional[Measure]
    split: Optional[Measure]

    @property
    def reached(self):
        """Whether the median reaches it; None where it was not measured."""
        return self.target.holds(self.measured.median) if self.measured else None


def judge(book, binary):
    """A verdict for every target of the workloads that were run."""
    run = {case["name"] for case in book.cases}
    return [Verdict(t, t.measure(book, binary, SWITCHYARD), t.measure(book, binary, SPLIT))
            for t in TARGETS if t.case in run]
