"""A driver cannot tell: conversations have the same trace directly and through the proxy.

Every conversation of Tests/Fixtures/transcripts/wire is played against PostgreSQL itself, and its
trace compared with those of the proxy: as a lone client; on a server connection that another client
has used before and still counts on; and, for some, cut into pieces of odd sizes.
"""

import os
import re

import pytest

from conversation import Await, backend, read_all
from neighbour import Neighbour
from replay import CLOSED, Player
from stage import prepare_stage, set_stage

SCRIPTS = {script.name: script for script in read_all()}
# Every so manieth is played in pieces, too, of these sizes in turn.
SAMPLE, PIECES = 6, (1, 2, 3, 4, 5, 7, 11, 63, 1000)
SAMPLED = [(name, PIECES[index % len(PIECES)])
           for index, name in enumerate(list(SCRIPTS)[::SAMPLE])]


class Reference:
    """Traces of the server itself, each taken once and when first asked for."""

    def __init__(self, cluster):
        self.cluster, self.traces = cluster, {}
        prepare_stage(cluster)

    def trace(self, script):
        if script.name not in self.traces:
            set_stage(self.cluster, script)
            player = Player(script, self.cluster.primary.port)
            trace = player.run(self.cluster.wait_for_replay)
            as_recorded(script, player)
            self.traces[script.name] = trace
        return self.traces[script.name]


def summary(line):
    """What must be as recorded on any version of PostgreSQL; None for what need not."""
    kind, _, rest = line.partition(" ")
    match kind:
        case "NoticeResponse" | "ParameterStatus": return None
        case "ErrorResponse": return f"{kind} {rest[:5]}"
        case "CommandComplete" | "ReadyForQuery": return line
        case _: return kind


def as_recorded(script, player):
    """The server's own answers are those the script was written about."""
    for step, messages in player.answers:
        got = [summary("closed" if m == CLOSED else backend(m)) for m in messages]
        expected = [summary(line) for line in step.expected]
        assert [g for g in got if g] == [e for e in expected if e], (
            f"{script.file}:{step.first}: PostgreSQL itself answers something else")


@pytest.fixture(scope="session")
def reference(cluster):
    return Reference(cluster)


def shown(entry):
    connection, message = entry
    line = message.type if len(message.type) > 1 else backend(message)
    extra = {k: v for k, v in message.fields.items() if k not in "SVCM"} \
        if message.type in ("E", "N") else ""
    return f"B{connection} {line} {extra or ''}".rstrip()


def assert_same(reference, script, port, chunk=None):
    """The trace through `port` is that of the server."""
    direct = reference.trace(script)
    set_stage(reference.cluster, script)
    got = Player(script, port, chunk=chunk, reference=direct).run(
        reference.cluster.wait_for_replay)
    if got == direct:
        return
    at = next((i for i, pair in enumerate(zip(direct, got)) if pair[0] != pair[1]),
              min(len(direct), len(got)))
    before = "\n".join(f"    {shown(e)}" for e in direct[max(at - 6, 0):at])
    wanted = "\n".join(f"    {shown(e)}" for e in direct[at:at + 4])
    came = "\n".join(f"    {shown(e)}" for e in got[at:at + 4])
    bytes_differ = ""
    if at < min(len(direct), len(got)) and shown(direct[at]) == shown(got[at]):
        bytes_differ = f"\nbytes {direct[at][1].body!r}\nnot   {got[at][1].body!r}"
    pytest.fail(
        f"message {at} differs; alike up to\n{before}\nPostgreSQL says\n{wanted}\n"
        f"the proxy says\n{came}{bytes_differ}", pytrace=False)


@pytest.mark.parametrize("name", SCRIPTS)
def test_alone(reference, proxy, name):
    assert_same(reference, SCRIPTS[name], proxy.port)


@pytest.mark.parametrize("name, size", SAMPLED, ids=lambda value: str(value))
def test_in_pieces(reference, proxy, name, size):
    assert_same(reference, SCRIPTS[name], proxy.port, chunk=size)


# ---------------------------------------------------------------- after another client

class Neighbourhood:
    """Proxies with as many server connections as a script has clients, and one client more."""

    def __init__(self, make):
        self.make, self.proxies = make, {}

    def proxy(self, size):
        if size not in self.proxies or not self.proxies[size].is_running():
            self.proxies[size] = self.make({
                "workers": 1, "pooling": {"size": size, "maxWaitMillis": 3000}})
        return self.proxies[size]


@pytest.fixture(scope="module")
def neighbourhood(make_lasting_proxy):
    return Neighbourhood(make_lasting_proxy)


@pytest.mark.parametrize("name", SCRIPTS)
def test_after_another(reference, neighbourhood, name):
    """With settings, a role and statements of its own, all on the one server connection there is
    for both. The other client finds its own again afterwards."""
    script = SCRIPTS[name]
    proxy = neighbourhood.proxy(len(script.connections))
    with Neighbour(proxy.port) as neighbour:
        neighbour.move_in(len(script.connections))
        assert_same(reference, script, proxy.port)
        neighbour.assert_at_home()
    proxy.assert_sound()


def test_there_are_enough():
    """Every message type of either side is in some script, and every kind of ending."""
    assert len(SCRIPTS) >= 180
    sent, answered = set(), set()
    for script in SCRIPTS.values():
        for step in script.steps:
            if isinstance(step, Await):
                answered |= {line.split()[0] for line in step.expected}
            elif hasattr(step, "data"):
                sent.add(step.data[:1].decode())
    assert sent >= set("QPBDECHSFdcf"), sent
    assert answered >= {
        "ParseComplete", "BindComplete", "CloseComplete", "NotificationResponse",
        "CommandComplete", "DataRow", "ErrorResponse", "CopyInResponse", "CopyOutResponse",
        "EmptyQueryResponse", "NoticeResponse", "ParameterStatus", "RowDescription",
        "FunctionCallResponse", "ReadyForQuery", "CopyDone", "CopyData", "NoData",
        "PortalSuspended", "ParameterDescription", "closed"}


def test_the_counterparts_are_there():
    """What README.md names as counterparts of PgBouncer's tests exists."""
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "README.md"), encoding="utf-8") as file:
        table = file.read().partition("## What PgBouncer checks")[2]
    for name in re.findall(r"`(\w+: [^`]+)`", table):
        assert name in SCRIPTS, name
    for path, test in re.findall(r"`(\w+\.py)::(\w+)`", table):
        with open(os.path.join(folder, path), encoding="utf-8") as file:
            assert f"def {test}(" in file.read(), (path, test)
