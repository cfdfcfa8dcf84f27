"""Malformed messages are answered as by PostgreSQL; see Tests/Fixtures/transcripts/malformed.md."""

import pytest

from malformed import BODIES, OPENINGS, trace

CASES = [(opening, name) for opening in OPENINGS for name in BODIES]
# What was sent before it in the same breath is not answered any more: the connection just ends.
UNANSWERED = {"an unknown type behind an error", "COPY, then an unknown type"}


@pytest.mark.parametrize("opening, name", CASES)
def test_malformed(cluster, proxy, opening, name):
    direct = trace(cluster.primary.port, opening, BODIES[name])
    proxied = trace(proxy.port, opening, BODIES[name])
    if name in UNANSWERED:
        for said in direct, proxied:
            assert said[-2].startswith("E FATAL 08P01 ") and said[-1] == "closed"
    else:
        assert proxied == direct
    proxy.assert_sound()
