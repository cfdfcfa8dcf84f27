"""The tables of a run, as text or as Markdown."""

from benchmark.book import LABELS
from benchmark.systems import (
    DIRECT, PGBOUNCER, PGBOUNCER_64K, SPLIT, SWITCHYARD, TURNS_OFF, WORKERS_1, WORKERS_2)
from benchmark.targets import CPU, CPU_GB, P50, P99, RATE, TPS, judge, number

# Counters of SHOW STATS that tell why a figure is what it is, by a part of their name.
TELLING = ("turn", "depth", "promot", "demot", "rerun", "re_run", "heal", "unproven", "fallback")


class Table:
    """Rows of text under a header; the first column is on the left, as are those named so."""

    def __init__(self, title, header, left=()):
        self.title, self.header, self.rows = title, header, []
        self.left = {0, *left}

    def add(self, *cells):
        self.rows.append([cell or "-" for cell in cells])

    def text(self):
        widths = [max(len(row[i]) for row in [self.header, *self.rows])
                  for i in range(len(self.header))]
        lines = [self.title]
        for row in [self.header, ["-" * width for width in widths], *self.rows]:
            lines.append("  ".join(
                cell.ljust(width) if i in self.left else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths))).rstrip())
        return "\n".join(lines)

    def markdown(self):
        rule = ["---" if i in self.left else "---:" for i in range(len(self.header))]
        lines = [f"| {' | '.join(row)} |" for row in [self.header, *self.rows]]
        lines.insert(1, f"|{'|'.join(rule)}|")
        return f"{self.title}:\n\n" + "\n".join(lines)


# ---------------------------------------------------------------- tables

def targets(book, binary):
    """What is to be reached beside what was; ratios are those of each round, and their median."""
    has_split = book.has(SPLIT)
    table = Table(f"{binary_name(book, binary)} and what is to be reached",
                  ["workload", "figure", "target", "measured", "lowest to highest", "reached",
                   *(["over replicas"] if has_split else [])], (1, 2))
    titles = {case["name"]: case["title"] for case in book.cases}
    shown = None
    for verdict in judge(book, binary):
        target, measured, split = verdict
        def word(measure):
            return number(measure.median, target) if measure else ""
        spread = ""
        if measured and measured.low != measured.high:
            spread = f"{number(measured.low, target)} to {number(measured.high, target)}"
        title = titles[target.case] if target.case != shown else " "
        shown = target.case
        table.add(title, target.figure, target.text, word(measured), spread,
                  {True: "yes", False: "NO", None: ""}[verdict.reached],
                  *([word(split)] if has_split else []))
    return table


def binary_name(book, binary):
    return "Switchyard" if len(book.binaries) < 2 else f"Switchyard `{binary}`"


def details(book):
    """Every system on a line of its own: medians, with half of their range in percent."""
    table = Table("Medians over the rounds (+-: half of the range of tps); CPU is the proxy's",
                  ["workload", "system", "tps", "+-", "p50 ms", "p99 ms", "CPU us/tx", "MB/s",
                   "CPU s/GB", "tps/direct", "tps/PgB.", "CPU/PgB.", "notes"], (1, 12))
    for case in book.cases:
        title = case["title"]
        for system in book.document["systems"]:
            name = system["name"]
            if not book.measure(case["name"], name, TPS):
                continue
            table.add(title, name, *detail_cells(book, case["name"], name))
            title = " "
    return table


def detail_cells(book, case, name):
    def cell(key, digits):
        found = book.measure(case, name, key)
        return f"{found.median:,.{digits}f}" if found else ""

    def ratio(key, other):
        found = book.ratio(key, case, name, case, other) if name != other else None
        return f"{found.median:.2f}" if found else ""

    result, notes = book.result(case, name), []
    if result["database"] == "session":
        notes.append("session mode")
    if result["failures"]:
        notes.append(f"{len(result['failures'])} runs failed")
    notes += counted(result)
    calls = result.get("systemCallsPerTransaction")
    if calls:
        notes.append("calls/tx: " + ", ".join(f"{n} {c:.2f}" for n, c in calls.items()))
    spread = f"{book.measure(case, name, TPS).spread_percent:.0f} %"
    return [cell(TPS, 0), spread, cell(P50, 3), cell(P99, 3), cell(CPU, 1), cell(RATE, 0),
            cell(CPU_GB, 2), ratio(TPS, DIRECT), ratio(TPS, PGBOUNCER), ratio(CPU, PGBOUNCER),
            "; ".join(notes) or " "]


def counted(result):
    """What the speed-ups and their safeguards did in the last round, for a transaction."""
    if not result["rounds"] or "counted" not in result["rounds"][-1]:
        return []
    found = result["rounds"][-1]["counted"]
    done = found.get("transactions") or 1
    return [f"{name} {count}" if "depth" in name else f"{name} {count / done:.2g}/tx"
            for name, count in found.items()
            if count and any(word in name for word in TELLING)]


def whole(book, binary):
    """One line for each workload: every system's medians, and what is to be reached."""
    roles = [r for r in (DIRECT, PGBOUNCER, SWITCHYARD, SPLIT) if book.has(r)]
    table = Table(
        "Medians; transactions per second with half of their range, and the proxy's CPU for each; "
        "last, what was measured against what was to be reached, in bold where it is missed",
        ["workload", *(LABELS[r] for r in roles),
         f"{binary_name(book, binary)} against the target"], (len(roles) + 1,))
    verdicts = judge(book, binary)
    for case in book.cases:
        cells = [whole_cell(book, case["name"], book.system(role, binary)) for role in roles]
        if PGBOUNCER in roles:
            wide = whole_cell(book, case["name"], book.system(PGBOUNCER_64K, binary))
            at = roles.index(PGBOUNCER)
            cells[at] += f"; with pkt_buf 65536: {wide}" if wide else ""
        if any(cells):
            table.add(case["title"], *cells, "; ".join(
                against(v) for v in verdicts if v.target.case == case["name"]))
    return table


def against(verdict):
    """For example `1.72 x PgBouncer's tps (at least 1.60)`; what is missed is in bold."""
    target, measured, _ = verdict
    if measured is None:
        return f"{target.figure}: not measured ({target.text})"
    text = f"{target.figure} {number(measured.median, target)} ({target.text})"
    return text if verdict.reached else f"**{text}**"


def whole_cell(book, case, name):
    def median(key):
        found = book.measure(case, name, key)
        return found and found.median

    if median("bytesPerIdleClient") is not None:
        return f"{median('bytesPerIdleClient'):,.0f} bytes, CPU {median('idleCPUPercent'):.2f} %"
    rate, cpu = book.measure(case, name, RATE), median(CPU_GB)
    if rate:
        return (f"{rate.median:,.0f} MB/s ±{rate.spread_percent:.0f} %"
                + (f", {cpu:.2f} s/GB" if cpu is not None else ""))
    tps, cpu = book.measure(case, name, TPS), median(CPU)
    if not tps:
        return ""
    session = ", session mode" if book.result(case, name)["database"] == "session" else ""
    return (f"{tps.median:,.0f} ±{tps.spread_percent:.0f} %"
            + (f", {cpu:.1f} us" if cpu is not None else "") + session)


def latencies(book, binary):
    """Of small transactions."""
    roles = [r for r in (DIRECT, PGBOUNCER, SWITCHYARD, TURNS_OFF, SPLIT) if book.has(r)]
    table = Table("p50 and p99 in milliseconds (of the fast reads where the load is mixed)",
                  ["workload", *(LABELS[r] for r in roles)])
    for case in book.cases:
        names = [book.system(role, binary) for role in roles]
        if not any(book.measure(case["name"], name, RATE) for name in names):
            cells = [wait_cell(book, case["name"], name) for name in names]
            if any(cells):
                table.add(case["title"], *cells)
    return table


def wait_cell(book, case, name):
    p50, p99 = (book.measure(case, name, key) for key in (P50, P99))
    return f"{p50.median:.2f} / {p99.median:.2f}" if p50 else ""


def idle(book):
    table = Table("Idle clients (measured once)",
                  ["workload", "system", "bytes per client", "CPU while idle", "without clients",
                   "answering", "logins/s"], (1,))
    for case in book.cases:
        for system in book.document["systems"]:
            def median(key):
                found = book.measure(case["name"], system["name"], key)
                return found and found.median
            if median("bytesPerIdleClient") is None:
                continue
            label = LABELS[system["role"]] if len(book.binaries) < 2 else system["name"]
            table.add(case["title"], label, f"{median('bytesPerIdleClient'):,.0f}",
                      f"{median('idleCPUPercent'):.2f} %", f"{median('aloneCPUPercent'):.2f} %",
                      f"{median('answering'):,.0f}", f"{median('loginsPerSecond'):,.0f}")
    return table


def workers(book, binary):
    table = Table("1 and 2 workers", ["workload", "tps with 1", "tps with 2", "2 / 1",
                                      "CPU with 1", "CPU with 2", "p99 with 1", "p99 with 2"])
    one, two = book.system(WORKERS_1, binary), book.system(WORKERS_2, binary)
    for case in (c["name"] for c in book.cases):
        ratio = book.ratio(TPS, case, two, case, one) if one and two else None
        if ratio:
            def pair(key, digits, unit):
                return [f"{book.measure(case, name, key).median:,.{digits}f}{unit}"
                        for name in (one, two)]
            title = next(c["title"] for c in book.cases if c["name"] == case)
            table.add(title, *pair(TPS, 0, ""), f"{ratio.median:.2f}", *pair(CPU, 1, " us"),
                      *pair(P99, 2, " ms"))
    return table


# ---------------------------------------------------------------- the whole

def conditions(book):
    """How it was measured, in sentences."""
    machine, options = book.document["machine"], book.document["options"]
    busy = [r["generatorCores"] for result in book.document["results"]
            for r in result["rounds"] if "generatorCores" in r]
    lines = [
        f"{options['rounds']} rounds of {options['seconds']} s, the systems in turn within each; "
        f"{machine['cpus']} cores shared by PostgreSQL, proxy and load generator "
        f"({machine['kernel']}, load {machine['load']:.1f} at the beginning).",
        f"{machine['postgres']}; {machine.get('pgbouncer') or 'no PgBouncer'}; pools of "
        f"{options['pool']}; workers {options['workers']} ({machine['workers']}); scale "
        f"{options['scale']}."]
    if busy:
        lines.append(f"Load: pgbench -j {machine['threads']}, which itself used {min(busy):.2f} to "
                     f"{max(busy):.2f} cores.")
    lines += [f"Left out: {text}" for text in book.document.get("left", [])]
    lines += [f"FAILED: {text}" for text in book.failures()]
    return lines


def summary(book, binary):
    verdicts = [v.reached for v in judge(book, binary)]
    unmeasured = f", {verdicts.count(None)} not measured" if None in verdicts else ""
    return (f"{binary_name(book, binary)}: {verdicts.count(True)} of {len(verdicts)} targets "
            f"reached{unmeasured}.")


def as_text(book):
    tables = [*(make(book, binary) for binary in book.binaries for make in (targets, workers)),
              details(book), idle(book)]
    parts = ["\n".join(conditions(book)), *(table.text() for table in tables if table.rows),
             *(summary(book, binary) for binary in book.binaries)]
    return "\n\n".join(parts)


def as_markdown(book):
    tables = [make(book, binary) for binary in book.binaries
              for make in (whole, latencies, workers)]
    return "\n\n".join([" ".join(conditions(book)),
                        *(table.markdown() for table in tables if table.rows),
                        *(summary(book, binary) for binary in book.binaries)])
