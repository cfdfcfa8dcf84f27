"""Random conversations of several clients over one or two server connections.

Each client's own trace must be that of a server of its own. `SWITCHYARD_RANDOM_SECONDS` makes each
test go on for that long, from `SWITCHYARD_RANDOM_SEED`; a failure tells its seed and what is left of
the conversation when all is taken away that it does not need.
"""

import os
import time

import pytest

from proxy import node_entries
from randomtalk import SETUP, TEARDOWN, talk
from sidebyside import difference, listing, shrunk
from waiting import wait_for

SECONDS = float(os.environ.get("SWITCHYARD_RANDOM_SECONDS", "0"))
SEED = int(os.environ.get("SWITCHYARD_RANDOM_SEED", "1"))
ROUNDS, SHRINK_SECONDS = 12, 60
# Place, pool size, whether reads go to replicas.
SCENES = [("one connection", 1, False), ("two connections", 2, False), ("replicas", 1, True)]


@pytest.fixture(scope="module")
def tables(cluster):
    cluster.run(*SETUP)
    yield
    cluster.run(*TEARDOWN)


def clear(cluster):
    """Every client finds its table as it was."""
    with cluster.primary.connect() as connection:
        connection.execute("TRUNCATE public.own0, public.own1, public.own2, public.own3")
        for number in range(4):
            connection.execute(f"INSERT INTO public.own{number} VALUES (1, 'first')")


class Clearing:
    """Compares, each side on cleared tables."""

    def __init__(self, cluster, proxy):
        self.cluster, self.proxy = cluster, proxy

    def __call__(self, conversation, patience=8):
        return difference(
            conversation, self.cluster.primary.port, self.proxy.port,
            before=lambda: clear(self.cluster), patience=patience)


def started(make_proxy, cluster, size, has_replicas):
    changes = {"workers": 1, "pooling": {"size": size, "maxWaitMillis": 60_000}}
    if not has_replicas:
        changes["clusters"] = {"main": {"nodes": node_entries(cluster)[:1]}}
    proxy = make_proxy(changes, wait=has_replicas)
    wait_for(lambda: proxy.connect().close() or True, "a first client", 20)
    return proxy


@pytest.mark.timeout(600 + SECONDS)
@pytest.mark.parametrize("scene, size, has_replicas", SCENES)
def test_nobody_can_tell(cluster, tables, make_proxy, scene, size, has_replicas):
    proxy = started(make_proxy, cluster, size, has_replicas)
    differ, end = Clearing(cluster, proxy), time.monotonic() + SECONDS
    seed, failures = SEED, []
    while seed < SEED + ROUNDS or time.monotonic() < end:
        conversation = talk(seed, has_replicas)
        found = differ(conversation)
        if found:
            less = shrunk(conversation, lambda less: differ(less, 1.5), SHRINK_SECONDS)
            again = differ(less) or found
            failures.append(f"{scene}, seed {seed}:\n{listing(less)}\n{again.text()}")
            print(failures[-1], "\n", flush=True)
            if not SECONDS:
                break
        seed += 1
    proxy.assert_sound()
    assert not failures, f"{len(failures)} of {seed - SEED}\n" + "\n\n".join(failures)
