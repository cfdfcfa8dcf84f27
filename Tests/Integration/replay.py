"""Plays conversations (see conversation.py) against a server and keeps what came back."""

import re

from conversation import Await, Replay, Send, UNCOUNTED
from wire import Closed, LoginError, Message, Wire, startup, terminate

CLOSED = Message("closed", b"")
# Fields of an error that tell where in the source it was raised: file, line, routine.
PLACES = (b"F", b"L", b"R")
# How long an answer may take. Once the answers differ nobody waits for the rest that long.
PATIENCE_SECONDS, SHORT_PATIENCE_SECONDS = 8, 0.7
# How long a recorder listens for more, and after what looks like the end.
QUIET_SECONDS, QUIET_WHEN_READY_SECONDS = 0.4, 0.05


class Line(Wire):
    """A client's connection that can cut what it sends into pieces."""

    chunk = None

    def send(self, *parts):
        data = b"".join(parts)
        size = max(self.chunk or len(data), len(data) // 3000, 1)
        for at in range(0, len(data), size):
            self.socket.sendall(data[at:at + size])


class Player:
    """One run of a script on one server."""

    def __init__(self, script, port, user="app", chunk=None, reference=None, database="app"):
        self.script, self.port, self.user, self.database = script, port, user, database
        self.chunk = chunk
        # The trace to compare with while it comes in: after the first difference be quick.
        self.reference = reference
        self.trace, self.lines = [], {}
        # For who records: the messages of each wait.
        self.answers = []

    def run(self, wait_for_replay):
        """Plays the script; its trace: connection and message of everything that came."""
        try:
            for connection in self.script.connections:
                self._login(connection)
            for step in self.script.steps:
                match step:
                    case Send(): self._send(step)
                    case Await(): self._await(step)
                    case Replay(): wait_for_replay()
            for connection in self.script.connections:
                self._leave(connection)
        finally:
            for line in self.lines.values():
                line.socket.close()
        return self.trace

    def _login(self, connection):
        line = self.lines[connection] = Line(self.port, seconds=PATIENCE_SECONDS)
        # A login is not what is tested here: its bytes go whole.
        parameters = {"user": self.user, "database": self.database,
                      **self.script.logins[connection]}
        user = parameters["user"]
        user = user.decode() if isinstance(user, bytes) else user
        line.send(startup(parameters))
        try:
            # Nobody promises an order of the parameters at login.
            for message in sorted(line.authenticate(user, user), key=in_login):
                self._take(connection, message)
        except LoginError as error:
            self._take(connection, error.message)
        line.chunk = self.chunk

    def _take(self, connection, message):
        # The key of a connection is its own; login asks for it and forgets it.
        if message.type == "K":
            return
        self.trace.append((connection, normal(message, self.script.differs)))
        at = len(self.trace) - 1
        if self.reference is not None and (
                at >= len(self.reference) or self.reference[at][1].type != message.type):
            for line in self.lines.values():
                line.socket.settimeout(SHORT_PATIENCE_SECONDS)

    def _send(self, step):
        try:
            self.lines[step.connection].send(step.data)
        except (BrokenPipeError, ConnectionResetError):
            self._take(step.connection, CLOSED)

    def _await(self, step):
        owed, found = step.count, []
        line, is_recorded = self.lines[step.connection], step.expected == ["?"]
        if is_recorded:
            line.socket.settimeout(QUIET_SECONDS)
        try:
            while owed or is_recorded:
                message = line.read()
                if is_recorded:
                    line.socket.settimeout(
                        QUIET_WHEN_READY_SECONDS if message.type == "Z" else QUIET_SECONDS)
                found.append(message)
                self._take(step.connection, message)
                owed -= message.type not in UNCOUNTED
            if "closed" in step.expected:
                self._end(step.connection)
                found.append(CLOSED)
        except Closed as end:
            assert not end.got, f"half a message: {end.got!r}"
            found.append(CLOSED)
            self._take(step.connection, CLOSED)
        except TimeoutError:
            if is_recorded:
                line.socket.settimeout(PATIENCE_SECONDS)
            else:
                self._take(step.connection, Message("nothing more came", b""))
        self.answers.append((step, found))

    def _end(self, connection):
        """All up to the end of the connection."""
        for message in self.lines[connection].read_to_end():
            self._take(connection, message)
        self._take(connection, CLOSED)

    def _leave(self, connection):
        """Says goodbye; whatever still comes belongs to the trace."""
        if (connection, CLOSED) in self.trace:
            return
        try:
            self.lines[connection].send(terminate())
            self._end(connection)
        except (BrokenPipeError, ConnectionResetError):
            self._take(connection, CLOSED)
        except TimeoutError:
            self._take(connection, Message("stays open", b""))


def in_login(message):
    """Where a message of the login belongs: ParameterStatus by name, ReadyForQuery last."""
    return (message.type == "Z", message.body)


def normal(message, differs):
    """The message without what the script says must differ."""
    kind, body = message
    for what in differs:
        if what == "processes":
            if kind == "A":
                body = b"\0\0\0\0" + body[4:]
        elif what == "tables":
            if kind == "T":
                body = _without_table_oids(body)
        elif what == "places":
            if kind == "E":
                body = b"\0".join(part for part in body.split(b"\0") if part[:1] not in PLACES)
        else:
            body = re.sub(what.encode(), b"<differs>", body)
    return Message(kind, body)


def _without_table_oids(body):
    at, out = 2, bytearray(body)
    for _ in range(int.from_bytes(body[:2], "big")):
        at = body.index(b"\0", at) + 1
        out[at:at + 4] = b"\0\0\0\0"
        at += 18
    return bytes(out)
