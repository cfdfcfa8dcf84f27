"""The same bytes sent to PostgreSQL directly and through the proxy must bring the same answer."""

from wire import Wire

# What differs between two server processes by nature.
VARYING = frozenset({"K"})


class Step:
    """Bytes to send, and how many messages of which type end the answer to them."""

    def __init__(self, data, until="Z", times=1):
        self.data, self.until, self.times = data, until, times


def play(port, steps, user="app", password="app", database="app"):
    """Plays steps on a fresh connection; all messages that came, in order."""
    with Wire(port) as wire:
        wire.login(user, password, database)
        seen = []
        for step in steps:
            if not isinstance(step, Step):
                step = Step(step)
            wire.send(step.data)
            if step.times:
                seen += wire.read_until(step.until, step.times)
        return [m for m in seen if m.type not in VARYING]


def assert_same(cluster, proxy, steps, prepare=()):
    """Plays steps on the primary and through the proxy, each time after the same preparation.

    Returns the messages, so that a test can also assert what they are."""
    traces = []
    for port in (cluster.primary.port, proxy.port):
        if prepare:
            cluster.run(*prepare)
        traces.append(play(port, steps))
    direct, proxied = traces
    for index, (expected, got) in enumerate(zip(direct, proxied)):
        assert got == expected, f"message {index} of {len(direct)} differs"
    assert len(proxied) == len(direct), (direct, proxied)
    return direct
