"""Fixtures: one cluster for the whole run, one proxy shared by most tests, others on demand."""

import itertools
import os
import resource
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from background import BackgroundClient  # noqa: E402
from certificates import Certificates  # noqa: E402
from cluster import Cluster, newest_binaries  # noqa: E402
from proxy import BINARIES, Proxy, base_configuration, merged  # noqa: E402

_numbers = itertools.count(1)


def pytest_configure(config):
    # Thousands of sockets in one test; the daemon inherits the limit.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def pytest_sessionstart(session):
    for name in ("switchyard", "proxyctl"):
        if not os.access(os.path.join(BINARIES, name), os.X_OK):
            pytest.exit(f"{BINARIES}/{name} is not built; scripts/test builds it", 2)


@pytest.fixture(scope="session")
def cluster():
    """A primary and two streaming replicas, all up."""
    made = Cluster()
    try:
        made.create()
        yield made
    finally:
        made.destroy()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """Good and bad certificates in a folder."""
    return Certificates(str(tmp_path_factory.mktemp("certificates")))


@pytest.fixture(scope="session")
def cluster18():
    """The same on PostgreSQL 18."""
    made = Cluster(newest_binaries())
    try:
        made.create()
        yield made
    finally:
        made.destroy()


@pytest.fixture
def healed(cluster):
    """For tests that break nodes: afterwards all are up and stream again."""
    yield cluster
    cluster.heal()


class SharedProxy:
    """The proxy that most tests use; replaced when a test has brought it down."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.proxy = None

    def running(self):
        if self.proxy is None or not self.proxy.is_running():
            self.proxy = Proxy(base_configuration(self.cluster)).start()
            self.proxy.wait_for_nodes(*(node.port for node in self.cluster.replicas))
        return self.proxy


@pytest.fixture(scope="session")
def shared_proxy(cluster):
    shared = SharedProxy(cluster)
    yield shared
    if shared.proxy is not None and shared.proxy.is_running():
        shared.proxy.stop()


@pytest.fixture
def proxy(shared_proxy):
    """A running proxy with the base configuration; it must survive the test."""
    running = shared_proxy.running()
    yield running
    running.assert_sound()


@pytest.fixture
def make_proxy(cluster):
    """Starts proxies with changes to the base configuration; each must end well."""
    yield from proxy_maker(cluster)


@pytest.fixture(scope="module")
def make_lasting_proxy(cluster):
    """The same for all tests of a file."""
    yield from proxy_maker(cluster)


def proxy_maker(cluster):
    made = []

    def make(changes=None, environment=None, wait=True, edit=None):
        configuration = merged(base_configuration(cluster), changes or {})
        if edit is not None:
            edit(configuration)
        started = Proxy(configuration, environment)
        made.append(started)
        started.start()
        if wait:
            started.wait_for_nodes(*(node.port for node in cluster.replicas))
        return started

    yield make
    failures = []
    for started in made:
        try:
            if started.process is not None and started.process.returncode is None:
                started.stop()
        except AssertionError as failure:
            failures.append(str(failure))
        finally:
            started.kill()
    assert not failures, "\n".join(failures)


@pytest.fixture
def table(cluster):
    """The name of a fresh table (id int primary key, text text), present on every node."""
    name = f"t{next(_numbers)}"
    cluster.run(
        f"CREATE TABLE {name} (id int PRIMARY KEY, text text)", f"ALTER TABLE {name} OWNER TO app")
    yield name
    cluster.primary.query(f"DROP TABLE IF EXISTS {name}")


@pytest.fixture
def bystander(proxy):
    """A client that queries all the while; no error may ever reach it."""
    with BackgroundClient(proxy) as client:
        yield client
