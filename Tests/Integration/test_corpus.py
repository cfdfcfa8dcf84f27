"""The routing corpus: nothing that is called a read may fail on a real standby."""

import os
import subprocess
import sys

import pytest

from cluster import SUPERPASSWORD, SUPERUSER
from proxy import ROOT

SCRIPT = os.path.join(ROOT, "Tests", "Fixtures", "routing", "run_on_cluster.py")


def dsn(node):
    return (f"host=127.0.0.1 port={node.port} user={SUPERUSER} password={SUPERPASSWORD} "
            "dbname=postgres")


@pytest.mark.timeout(300)
def test_the_corpus_on_a_primary_and_a_standby(cluster):
    done = subprocess.run(
        [sys.executable, SCRIPT, dsn(cluster.primary), dsn(cluster.replicas[0])],
        capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    cluster.primary.query("DROP DATABASE IF EXISTS routing_corpus WITH (FORCE)", "postgres")
