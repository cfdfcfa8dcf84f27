"""What scripts/bench computes from what it measures; no server is started."""

import os
import sys
from types import SimpleNamespace

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "scripts"))

from benchmark import report  # noqa: E402
from benchmark.book import Book, measure  # noqa: E402
from benchmark.load import CPUTrace, LoggedRun, TooShort  # noqa: E402
from benchmark.systems import columns_of  # noqa: E402
from benchmark.targets import CPU, TARGETS, TPS, judge  # noqa: E402


def system(role, binary=None):
    return SimpleNamespace(name=role, role=role, binary=binary, database=lambda case: "postgres")


def case(name):
    return SimpleNamespace(name=name, title=f"the workload {name}", clients=64, protocol="simple")


@pytest.fixture
def book():
    """Three rounds in which the machine has another speed each time, and the ratio is the same."""
    systems = [system("direct"), system("pgbouncer"), system("switchyard", "switchyard")]
    cases = [case("select1-c64")]
    machine = {"cpus": 2, "kernel": "6.1", "load": 0.1, "postgres": "PostgreSQL 15",
               "pgbouncer": "PgBouncer 1.18", "workers": 1, "threads": 2}
    options = {"rounds": 3, "seconds": 3, "pool": 20, "workers": "auto", "scale": 10}
    book = Book.empty(machine, options, systems, cases)
    for round, speed in enumerate((1.0, 0.5, 2.0)):
        for one, tps, cpu in zip(systems, (20_000, 10_000, 17_000), (0, 20, 13)):
            figures = {TPS: tps * speed, "p50Millis": 1.0, "p99Millis": 2.0}
            book.add(cases[0], one, round, {**figures, CPU: cpu / speed} if cpu else figures)
    return book


def test_ratios_are_those_of_one_round(book):
    ratio = book.ratio(TPS, "select1-c64", "switchyard", "select1-c64", "pgbouncer")
    assert [round(part, 6) for part in ratio] == [1.7, 1.7, 1.7]
    assert book.measure("select1-c64", "switchyard", TPS).median == 17_000


def test_ratio_leaves_out_rounds_that_one_side_lacks(book):
    book.result("select1-c64", "pgbouncer")["rounds"].pop(0)
    book.result("select1-c64", "switchyard")["rounds"][0][TPS] = 1
    ratio = book.ratio(TPS, "select1-c64", "switchyard", "select1-c64", "pgbouncer")
    assert ratio.low == pytest.approx(1.7)


def test_verdicts(book):
    verdicts = {v.target.figure: v.reached for v in judge(book, "switchyard")}
    assert verdicts == {
        "tps / PgBouncer": True, "tps / direct": False,
        "CPU per transaction / PgBouncer": False}


def test_what_was_not_measured_is_neither_reached_nor_missed(book):
    book.result("select1-c64", "direct")["rounds"].clear()
    verdicts = {v.target.figure: v.reached for v in judge(book, "switchyard")}
    assert verdicts["tps / direct"] is None
    assert "1 not measured" in report.as_text(book)


def test_tables_hold_every_system_and_mark_what_is_missed(book):
    text, markdown = report.as_text(book), report.as_markdown(book)
    for name in ("direct", "pgbouncer", "switchyard"):
        assert name in text
    assert "**tps / direct 0.85 (at least 1.00)**" in markdown
    assert "tps / PgBouncer 1.70 (at least 1.60);" in markdown
    assert "1 of 3 targets reached" in text


def test_a_worker_number_that_auto_comes_to_is_the_switchyard(book):
    assert book.system("workers-1", "switchyard") == "switchyard"
    assert book.system("workers-2", "switchyard") is None


def test_every_target_is_of_a_workload_that_runs():
    from benchmark.cases import table_cases
    cases = {case.name: case for case in table_cases(10)}
    for target in TARGETS:
        assert "switchyard" in cases[target.case].roles, target
        if target.over:
            assert target.over in cases[target.over_case or target.case].roles, target


def test_spread():
    assert measure([90, 100, 120]).spread_percent == pytest.approx(15)
    assert measure([]) is None


def test_cpu_is_read_between_two_moments():
    trace = CPUTrace(SimpleNamespace(cpu_seconds=lambda: 0.0))
    trace.points = [(10.0, 1.0), (11.0, 1.5), (13.0, 2.5)]
    assert trace.between(10.5, 12.0) == pytest.approx(0.75)
    assert trace.between(0.0, 99.0) == pytest.approx(1.5)


def test_log_of_pgbench(tmp_path):
    (tmp_path / "log.1").write_text("0 1 2000 0 1700000010 0\n0 2 4000 1 1700000010 500000\n")
    (tmp_path / "log.1.1").write_text("1 1 6000 0 1700000011 0\n")
    run = LoggedRun(tmp_path, None)
    assert run.millis(50) == 4.0
    assert (run.begin, run.end) == (pytest.approx(1700000009.998), pytest.approx(1700000011.0))
    assert LoggedRun(tmp_path, 0).micros == [2000, 6000]
    with pytest.raises(TooShort):
        LoggedRun(tmp_path / "nowhere", None)


def test_names_of_columns():
    body = b"\x00\x02database\x00" + bytes(18) + b"promotions\x00" + bytes(18)
    assert columns_of(body) == ["database", "promotions"]
