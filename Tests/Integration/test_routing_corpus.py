"""Over a thousand statements on a real primary and its standbys: where each ran, and its answer.

The truth about each statement is established on the servers themselves (`witness.py`), where it ran
is read in their logs (`nodelog.py`): neither depends on what the proxy believes.
"""

import collections
import os
import random

import pytest

from cluster import SUPERUSER
from corpus import FOLDER, read_corpus
from corpusrun import CorpusRun
from mutation import Mutator
from nodelog import NodeLogs
from witness import DATABASE, Witness, run

PROTOCOLS = ("simple", "extended", "named")
LEAST_SHARE = 0.97
SEED = int(os.environ.get("SWITCHYARD_SEED", "20261121"))

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def entries():
    only = os.environ.get("SWITCHYARD_CORPUS_FILES")
    return read_corpus(only and only.split(","))


@pytest.fixture(scope="module")
def corpus_database(cluster):
    """The schema of the corpus on all nodes, in a database of its own."""
    cluster.primary.query(f"CREATE DATABASE {DATABASE} OWNER app TEMPLATE template0", "postgres")
    cluster.run(
        f"ALTER DATABASE {DATABASE} SET statement_timeout = '10s'",
        f"ALTER DATABASE {DATABASE} SET timezone = 'UTC'", dbname="postgres")
    for name, user in (("roles.sql", SUPERUSER), ("schema.sql", "app")):
        with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
            text = file.read().replace("%(port)s", str(cluster.primary.port))
        password = {} if user == SUPERUSER else {"password": user}
        with cluster.primary.connect(DATABASE, user=user, **password) as connection:
            connection.execute(text)
    cluster.wait_for_replay()
    yield DATABASE
    cluster.primary.query(f"DROP DATABASE {DATABASE} WITH (FORCE)", "postgres")


@pytest.fixture(scope="module")
def witness(cluster, corpus_database):
    made = Witness(cluster)
    yield made
    made.close()


@pytest.fixture(scope="module")
def logs(cluster, corpus_database):
    made = NodeLogs(cluster, corpus_database)
    yield made
    made.end()


@pytest.fixture(scope="module")
def corpus_run(cluster, corpus_database, witness, logs, make_lasting_proxy):
    return CorpusRun(cluster, make_lasting_proxy(), witness, logs)


def test_the_corpus_is_large(entries):
    count = collections.Counter(entry.truth for entry in entries)
    print(f"{len(entries)} statements: {dict(count)}")
    assert len(entries) >= 1000
    assert min(count["read"], count["primary"]) >= 400
    texts = collections.Counter((entry.sql, entry.user, *entry.after) for entry in entries)
    twice = [text for text, times in texts.items() if times > 1]
    assert not twice, twice


def test_the_truth_is_true(entries, witness, logs):
    """What the corpus says of a statement is what servers show when it runs on them."""
    faults = [
        f"{entry}\n    {fault}" for entry in entries
        if (fault := fault_of(entry, witness)) is not None]
    fail_with(faults, len(entries))


def fault_of(entry, witness):
    """Why the entry's truth cannot be true; None if it can."""
    direct, effects = witness.effects(entry)
    if entry.truth == "primary":
        if effects or entry.because or not entry.runs_on_standby:
            return None
        standby = witness.on_standby(entry)
        if direct.sqlstate:
            return None if entry.title.startswith("refused") else f"the primary refuses it: {direct}"
        if standby.same_as(direct, entry.varies):
            return "nothing shows that it needs the primary"
        return None
    if direct.sqlstate:
        return f"the primary refuses it: {direct}"
    if effects:
        return f"it has effects: {effects}"
    if entry.truth == "caution" and not entry.runs_on_standby:
        return None
    standby = witness.on_standby(entry)
    if not standby.same_as(direct, entry.varies):
        return f"a standby answers otherwise: {standby} instead of {direct}"
    return None


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_statement_runs_where_it_must(entries, corpus_run, protocol):
    judge(corpus_run, corpus_run.run(entries, protocol), protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS[:2])
def test_other_texts_of_the_same_meaning_run_where_they_must(
        entries, corpus_run, witness, protocol):
    names = names_of_schema(witness)
    mutator = Mutator(random.Random(f"{SEED} {protocol}"), names)
    mutated = [
        entry if entry.untouched or entry.title.startswith("refused")
        else entry.mutated(mutator.mutate(entry.sql, hostile=entry.truth == "primary"))
        for entry in entries]
    runs = corpus_run.run(mutated, protocol)
    broken = [
        r for r in runs if r.direct.sqlstate not in (None, "42601")
        and not r.entry.title.startswith("refused")]
    print(f"{len(broken)} of {len(runs)} mutations mean something else, seed {SEED}")
    assert len(broken) <= len(runs) / 50, "\n".join(f"{r}\n    {r.direct}" for r in broken)
    judge(corpus_run, runs, f"mutated, {protocol}")


def names_of_schema(witness):
    """Relations, functions and types of the corpus whose names mean the same in quotes."""
    found = run(witness.primary, """
        SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname IN ('public', 'shop', 'audit', 'util') AND relkind IN ('r', 'v', 'm', 'f', 'p')
        UNION SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
        WHERE nspname IN ('public', 'shop', 'audit', 'util') AND p.oid NOT IN (
            SELECT objid FROM pg_depend WHERE deptype = 'e')
        UNION SELECT typname FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
        WHERE nspname = 'public' AND typtype IN ('d', 'e')""")
    keywords = run(witness.primary, "SELECT word FROM pg_get_keywords()")
    return {row[0].decode() for row in found.rows} - {row[0].decode() for row in keywords.rows}


def fail_with(complaints, count):
    """Fails with all complaints, if there are any, and without a trace that tells nothing."""
    if complaints:
        pytest.fail("\n".join([f"{len(complaints)} of {count}:", *complaints]), pytrace=False)


def judge(corpus_run, runs, title):
    """The bounds of the corpus; prints what was over-cautious."""
    reached, reads = corpus_run.share(runs)
    healed = sum(r.was_healed(corpus_run.replicas) for r in runs)
    print(f"{title}: {reached} of {reads} reads on replicas ({reached / max(reads, 1):.2%}), "
          f"{healed} healed, {len(runs)} statements")
    by_reason = collections.defaultdict(list)
    for done in corpus_run.over_cautious(runs):
        by_reason[corpus_run.reason(done)].append(done)
    for reason, cautious in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        print(f"  {len(cautious)} over-cautious, {reason}")
        for done in cautious:
            print(f"    {done.entry.place}: {done.entry.sql[:150]}")
    complaints = corpus_run.complaints(runs)
    fail_with(complaints, len(runs))
    assert reached >= LEAST_SHARE * reads
