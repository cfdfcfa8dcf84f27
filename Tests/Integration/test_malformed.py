"""Malformed messages are answered as by PostgreSQL; see Tests/Fixtures/transcripts/malformed.md."""

import pytest

from malformed import BODIES, OPENINGS, trace

CASES = [(opening, name) for opening in OPENINGS for name in BODIES]
# Where the session closes the connection instead, so far.
CLOSED_SO_FAR = {
    "Query without a body",
    "Query without its terminator",
    "Query with bytes behind its terminator",
    "Parse without a body",
    "Parse with a name that does not end",
    "Parse without a text",
    "Parse with a text that does not end",
    "Bind without a body",
    "Bind with a portal that does not end",
    "Bind without a statement",
    "Describe without a body",
    "Describe without a name",
    "Describe with a name that does not end",
    "Close without a body",
    "Close without a name",
    "Close with a name that does not end",
    "Sync with a body",
    "a malformed Bind behind an error",
    "a malformed Query behind an error",
    "an unknown type behind an error",
    "COPY, then an unknown type",
    "COPY, then Sync with a body",
}
TO_BE_FIXED = {(opening, name) for opening in OPENINGS for name in CLOSED_SO_FAR} | {
    ("alone", "Flush with a body")}


@pytest.mark.parametrize("opening, name", CASES)
def test_malformed(cluster, proxy, opening, name, request):
    if (opening, name) in TO_BE_FIXED:
        request.applymarker(pytest.mark.xfail(strict=True, reason="the session closes instead"))
    direct = trace(cluster.primary.port, opening, BODIES[name])
    proxied = trace(proxy.port, opening, BODIES[name])
    assert proxied == direct
    proxy.assert_sound()
