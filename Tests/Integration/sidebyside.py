"""Plays random conversations: each client alone on a server, and all of them through the proxy."""

import selectors
import time

from conversation import backend
from randomtalk import Talk
from replay import CLOSED, normal
from wire import Closed, LoginError, Message, Wire, terminate

PATIENCE_SECONDS = 8
# Who is not answered for that long waits for somebody who holds the connection: others go on.
BLOCKED_SECONDS = 0.06
STUCK = Message("nothing more came", b"")


def plain(message):
    """Without what differs by nature: places in the source, object numbers."""
    return normal(message, ("places", "tables"))


class Voice:
    """One client on one connection: what it says, and all that it is told."""

    def __init__(self, port, parameters, steps, is_abrupt):
        self.steps, self.is_abrupt = list(steps), is_abrupt
        self.wire, self.told, self.trace = Wire(port, seconds=PATIENCE_SECONDS), {}, []
        self.owed, self.is_closed = 0, False
        try:
            self.wire.login(**parameters)
            self.told = self.wire.parameters
            self.trace.append(("login", dict(self.told)))
        except LoginError as error:
            self.take(error.message)
            self.is_closed = True

    def take(self, message):
        if message.type == "S":
            name, value = message.body.split(b"\0")[:2]
            self.told[name.decode()] = value.decode("latin-1")
            return
        self.trace.append(plain(message))
        if message.type == "Z":
            self.owed -= 1
            self.trace.append(("told", dict(self.told)))

    def say(self):
        step = self.steps.pop(0)
        if self.is_closed:
            return
        self.trace.append(("sent", step))
        self.owed += step.readies
        try:
            self.wire.send(*(part.data for part in step.parts))
        except (BrokenPipeError, ConnectionResetError):
            pass

    def leave(self):
        """Without a word, or with one."""
        try:
            if not self.is_abrupt and not self.is_closed:
                self.wire.send(terminate())
        except OSError:
            pass
        self.wire.socket.close()
        self.is_closed = True

    @property
    def is_last_word(self):
        """Its last answer is not waited for."""
        return self.is_abrupt and not self.steps

    @property
    def waits(self):
        return self.owed > 0 and not self.is_closed

    def listen(self):
        """Takes in all that is there."""
        while True:
            buffer = self.wire.buffer
            if len(buffer) >= 5 and len(buffer) > int.from_bytes(buffer[1:5], "big"):
                self.take(self.wire.read())
                continue
            return

    def read_more(self):
        """The socket can be read."""
        try:
            self.wire._fill(len(self.wire.buffer) + 1)
            self.listen()
        except Closed:
            self.trace.append(CLOSED)
            self.is_closed = True


def alone(talk, client, port):
    """The trace of one client with a server of its own."""
    voice = Voice(port, talk.logins[client], [s for s in talk.steps if s.client == client],
                  client in talk.abrupt)
    try:
        while voice.steps:
            voice.say()
            while voice.waits and not voice.is_last_word:
                voice.read_more()
    except TimeoutError:
        voice.trace.append(STUCK)
    finally:
        voice.leave()
    return voice.trace


class Together:
    """All clients at once through the proxy."""

    def __init__(self, talk, port, expected, patience):
        self.talk, self.patience = talk, patience
        self.expected = [told_of(trace) for trace in expected]
        self.voices = [
            Voice(port, login, [s for s in talk.steps if s.client == client],
                  client in talk.abrupt)
            for client, login in enumerate(talk.logins)]

    def run(self):
        queue, deadline = list(self.talk.steps), time.monotonic() + self.patience
        try:
            while queue and not self.has_diverged():
                at = next((i for i, step in enumerate(queue)
                           if not self.voices[step.client].waits), None)
                if at is None:
                    if not self.hear(0.5) and time.monotonic() > deadline:
                        break
                    continue
                deadline = time.monotonic() + self.patience
                voice = self.voices[queue.pop(at).client]
                voice.say()
                self.grant(voice)
            self.finish()
        finally:
            for voice in self.voices:
                voice.leave()
        return [voice.trace for voice in self.voices]

    def has_diverged(self):
        """Somebody was told something else already: nobody needs the rest."""
        return any(
            first_difference(wanted, told_of(voice.trace)) is not None
            for voice, wanted in zip(self.voices, self.expected))

    def grant(self, voice):
        """Waits for an answer for a while: the usual case is that it comes."""
        end = time.monotonic() + BLOCKED_SECONDS
        while voice.waits and not voice.is_last_word and time.monotonic() < end:
            self.hear(max(end - time.monotonic(), 0))
        if not voice.steps and (voice.is_last_word or not voice.waits):
            voice.leave()

    def finish(self):
        deadline = time.monotonic() + self.patience
        while any(voice.waits for voice in self.voices) and not self.has_diverged():
            if self.hear(0.5):
                deadline = time.monotonic() + self.patience
            if time.monotonic() > deadline:
                break
        for voice in self.voices:
            if voice.waits:
                voice.trace.append(STUCK)

    def hear(self, seconds):
        """Whatever comes for anybody; False if nothing does."""
        with selectors.DefaultSelector() as selector:
            for voice in self.voices:
                if not voice.is_closed:
                    selector.register(voice.wire.socket, selectors.EVENT_READ, voice)
            events = selector.select(seconds)
        for key, _ in events:
            key.data.read_more()
        for voice in self.voices:
            if not voice.steps and not voice.waits and not voice.is_closed:
                voice.leave()
        return bool(events)


def told_of(trace):
    """What counts of a trace: what was sent in which order against its answers does not."""
    return [entry for entry in trace if entry[0] != "sent"]


def alike(wanted, came):
    """Equal, or two words for one thing: to make a statement on a server is refused in an aborted
    transaction, before it is known how many parameters it has."""
    if wanted == came or wanted[0] != "E" or came[0] != "E":
        return wanted == came
    return came.sqlstate == "25P02" and wanted.sqlstate == "08P01"


def first_difference(wanted, came):
    """Where two traces differ first; None: one is the beginning of the other."""
    at = next((i for i, pair in enumerate(zip(wanted, came)) if not alike(*pair)), None)
    if at is not None and wanted[at][0] == "t" and came[at][0] == "E":
        # The same of a Describe; from there on there are more messages than there were.
        return None if came[at].sqlstate == "25P02" else at
    return at


def difference(talk, direct_port, port, before, patience=PATIENCE_SECONDS):
    """None if nobody can tell the proxy from a server; else who can, and where in its trace.
    `before` sets the stage for each of the two plays."""
    before()
    expected = [alone(talk, client, direct_port) for client in range(len(talk.logins))]
    before()
    got = Together(talk, port, expected, patience).run()
    findings = []
    for client, (wanted, came) in enumerate(zip(expected, got)):
        one, other = told_of(wanted), told_of(came)
        if client in talk.abrupt:
            # Its last words' answers may have come or not.
            shortest = min(len(one), len(other))
            one, other = one[:shortest], other[:shortest]
        at = first_difference(one, other)
        if at is not None:
            findings.append(Finding(client, one, other, at))
    # Who was told something else comes before who was told nothing.
    return min(findings, key=lambda f: f.came[f.at:f.at + 1] == [STUCK], default=None)


class Finding:
    """The place where the traces of a client differ first."""

    def __init__(self, client, wanted, came, at):
        self.client, self.wanted, self.came, self.at = client, wanted, came, at

    def text(self):
        lines = [f"client {self.client} can tell; alike up to"]
        lines += [f"    {shown(e)}" for e in self.wanted[max(self.at - 5, 0):self.at]]
        one = self.wanted[self.at:self.at + 4]
        other = self.came[self.at:self.at + 4]
        if one and other and one[0][0] == other[0][0] == "told":
            differ = {k: (v, other[0][1].get(k)) for k, v in one[0][1].items()
                      if other[0][1].get(k) != v}
            return "\n".join(lines + [f"told (PostgreSQL, proxy): {differ}"])
        lines += ["PostgreSQL says"] + [f"    {shown(e)}" for e in one]
        lines += ["the proxy says"] + [f"    {shown(e)}" for e in other]
        return "\n".join(lines)


def shown(entry):
    if not isinstance(entry, Message):
        return "told" if entry[0] == "told" else str(entry)
    if len(entry.type) > 1:
        return entry.type
    extra = {k: v for k, v in entry.fields.items() if k not in "SVCM"} \
        if entry.type in ("E", "N") else ""
    return f"{backend(entry)} {extra or ''}".rstrip()[:600]


# ---------------------------------------------------------------- making it smaller

def shrunk(talk, fails, seconds):
    """The least of a conversation that still fails: without steps, then without messages."""
    deadline = time.monotonic() + seconds

    def still(candidate):
        return time.monotonic() < deadline and candidate.is_sound() and fails(candidate)

    size = max(len(talk.steps) // 2, 1)
    while size:
        at = 0
        while at < len(talk.steps):
            fewer = talk._replace(steps=talk.steps[:at] + talk.steps[at + size:])
            talk, at = (fewer, at) if still(fewer) else (talk, at + size)
        size //= 2
    at = 0
    while at < len(talk.steps):
        part = 0
        while part < len(talk.steps[at].parts):
            step = talk.steps[at]
            less = step._replace(parts=step.parts[:part] + step.parts[part + 1:])
            rest = (less,) if less.parts else ()
            fewer = talk._replace(steps=talk.steps[:at] + rest + talk.steps[at + 1:])
            if still(fewer):
                talk = fewer
                if not rest:
                    break
            else:
                part += 1
        else:
            at += 1
    for client, login in enumerate(talk.logins):
        for name in login:
            fewer = {k: v for k, v in talk.logins[client].items() if k != name}
            logins = talk.logins[:client] + (fewer,) + talk.logins[client + 1:]
            candidate = Talk(logins, talk.steps, talk.abrupt)
            talk = candidate if still(candidate) else talk
    return talk


def listing(talk):
    lines = [f"client {i} logs in with {login}" for i, login in enumerate(talk.logins)]
    for step in talk.steps:
        lines.append(f"client {step.client}: " + " | ".join(
            part.text.replace("\n", " ") for part in step.parts))
    lines += [f"client {client} ends without a word" for client in sorted(talk.abrupt)]
    return "\n".join(lines)
