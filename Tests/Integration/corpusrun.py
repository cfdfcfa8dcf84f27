"""Runs entries of the corpus through a proxy and past it, and says what is wrong with its routes."""

import itertools

import re

from nodelog import nodes_of
from waiting import wait_for
from witness import DATABASE, run_entry

_numbers = itertools.count(1)

# Command tags of what changes the schema: for a moment afterwards nothing is known for certain.
SCHEMA_CHANGE = re.compile(
    r"CREATE|ALTER|DROP|COMMENT|GRANT|REVOKE|REFRESH|REINDEX|SELECT INTO|DISCARD|DO|CALL")


class Run:
    """One entry, once through the proxy."""

    def __init__(self, entry, protocol, application, direct, through):
        self.entry, self.protocol, self.application = entry, protocol, application
        self.direct, self.through = direct, through
        self.ran, self.refused = set(), set()

    def locate(self, routes):
        text = self.entry.as_one_string if self.protocol == "simple" else self.entry.sql
        self.ran, self.refused = nodes_of(routes.get(self.application, {}), text)

    @property
    def counts(self):
        """Whether it is a read that an application could have had."""
        return self.entry.truth == "read" and self.direct.sqlstate is None

    def reached_replica(self, replicas):
        return bool(self.ran & replicas)

    def was_healed(self, replicas):
        return bool(self.refused & replicas) and bool(self.ran - replicas)

    def complaint(self, replicas):
        """What must never be; None if all is well."""
        entry = self.entry
        if entry.truth == "primary" and self.ran & replicas:
            return f"WRONG ROUTE: ran on {sorted(self.ran)}"
        alike = self.direct.same_as(self.through, entry.varies)
        if entry.truth == "primary":
            alike = self.direct.sqlstate == self.through.sqlstate
        if not alike:
            where = f"ran on {sorted(self.ran)}, refused by {sorted(self.refused)}"
            return f"OTHER ANSWER ({where}): {self.through} instead of {self.direct}"
        return None

    def __str__(self):
        return f"{self.protocol}: {self.entry}"


class CorpusRun:
    """All entries through one proxy."""

    def __init__(self, cluster, proxy, witness, logs):
        self.cluster, self.proxy, self.witness, self.logs = cluster, proxy, witness, logs
        self.replicas = {node.name for node in cluster.replicas}
        self.ports = {node.port for node in cluster.replicas}

    def settle(self):
        """Waits until the catalog is known, and reads reach replicas."""
        def known():
            with self.proxy.connect(dbname=DATABASE) as connection:
                port = connection.execute("SELECT inet_server_port()").fetchone()[0]
            states = [
                row["state"] for row in self.proxy.admin("SHOW CATALOG")
                if row["database"] == DATABASE]
            return port in self.ports and states == ["loaded"]
        wait_for(known, "the catalog to be known", 60)

    def run(self, entries, protocol):
        """A `Run` for each entry, with where it ran."""
        self.logs.start()
        self.settle()
        runs = [self._run(entry, protocol) for entry in entries]
        routes = self.logs.routes()
        for done in runs:
            done.locate(routes)
        return runs

    def _run(self, entry, protocol):
        application = f"c{next(_numbers)}"
        direct = run_entry(self.cluster.primary.port, entry, protocol)
        if entry.truth == "primary":
            self.witness.undo(entry)
        through = run_entry(self.proxy.port, entry, protocol, application)
        if entry.truth == "primary":
            self.witness.undo(entry)
            if entry.undo or any(SCHEMA_CHANGE.match(tag) for tag in through.tags):
                self.settle()
        return Run(entry, protocol, application, direct, through)

    def share(self, runs):
        """(reads that reached a replica, all reads)."""
        reads = [r for r in runs if r.counts]
        return sum(r.reached_replica(self.replicas) for r in reads), len(reads)

    def over_cautious(self, runs):
        """Reads that did not reach a replica."""
        return [r for r in runs if r.counts and not r.reached_replica(self.replicas)]

    def reason(self, done):
        """Why the proxy would send it to the primary now."""
        sql = done.entry.as_one_string.replace("'", "''")
        rows = self.proxy.admin(
            f"EXPLAIN ROUTE '{sql}' DATABASE '{DATABASE}' USER '{done.entry.user}'")
        decided = [row for row in rows if row["effect"]]
        return "; ".join(f"{row['rule']}: {row['finding']}" for row in decided[:3])

    def complaints(self, runs):
        return [
            f"{r}\n    {complaint}"
            for r in runs if (complaint := r.complaint(self.replicas)) is not None]
