"""The PostgreSQL protocol by hand: every message can be built, sent in any way, and looked at.

Message names and layouts: chapter "Frontend/Backend Protocol", section "Message Formats".
"""

import base64
import functools
import hashlib
import hmac
import os
import socket
import struct
from typing import NamedTuple

PROTOCOL_3_0 = 196608
SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104
CANCEL_REQUEST = 80877102


class Message(NamedTuple):
    """A message from the server: its type byte as text, and its body."""

    type: str
    body: bytes

    @property
    def fields(self):
        """Fields of an ErrorResponse or NoticeResponse by their letter."""
        assert self.type in "EN", self
        parts = self.body.split(b"\0")
        return {part[:1].decode(): part[1:].decode() for part in parts if part}

    @property
    def sqlstate(self):
        return self.fields["C"]

    @property
    def text(self):
        return self.fields["M"]

    @property
    def row(self):
        """Values of a DataRow as bytes; None for NULL."""
        assert self.type == "D", self
        (count,), at, values = struct.unpack_from("!h", self.body), 2, []
        for _ in range(count):
            (length,) = struct.unpack_from("!i", self.body, at)
            at += 4
            values.append(None if length < 0 else self.body[at:at + length])
            at += max(length, 0)
        return values

    @property
    def tag(self):
        """The tag of a CommandComplete."""
        assert self.type == "C", self
        return self.body[:-1].decode()

    @property
    def status(self):
        """I, T or E of a ReadyForQuery."""
        assert self.type == "Z", self
        return self.body.decode()


class Closed(Exception):
    """The server closed the connection; `got` is what came of a message before that."""

    def __init__(self, got=b""):
        super().__init__(f"connection closed after {got!r}")
        self.got = got


# ---------------------------------------------------------------- messages of the client

def cstring(text):
    return (text if isinstance(text, bytes) else text.encode()) + b"\0"


def message(type, body=b"", length=None):
    """A message with its length word, or with a false one."""
    return type.encode() + struct.pack("!i", len(body) + 4 if length is None else length) + body


def startup(parameters, protocol=PROTOCOL_3_0):
    body = struct.pack("!i", protocol)
    body += b"".join(cstring(key) + cstring(value) for key, value in parameters.items()) + b"\0"
    return struct.pack("!i", len(body) + 4) + body


def request(code, *numbers):
    """An SSLRequest, GSSENCRequest or CancelRequest."""
    body = struct.pack("!i", code) + b"".join(struct.pack("!I", n) for n in numbers)
    return struct.pack("!i", len(body) + 4) + body


def cancel_request(key):
    """A CancelRequest with the body of a BackendKeyData."""
    return struct.pack("!ii", len(key) + 8, CANCEL_REQUEST) + key


def query(sql):
    return message("Q", cstring(sql))


def parse(name, sql, types=()):
    oids = struct.pack("!h", len(types)) + b"".join(struct.pack("!I", oid) for oid in types)
    return message("P", cstring(name) + cstring(sql) + oids)


def bind(portal="", statement="", parameters=(), formats=(), results=()):
    body = cstring(portal) + cstring(statement)
    body += struct.pack(f"!h{len(formats)}h", len(formats), *formats)
    body += struct.pack("!h", len(parameters))
    for value in parameters:
        if value is None:
            body += struct.pack("!i", -1)
        else:
            value = value if isinstance(value, bytes) else str(value).encode()
            body += struct.pack("!i", len(value)) + value
    return message("B", body + struct.pack(f"!h{len(results)}h", len(results), *results))


def describe(kind, name=""):
    return message("D", kind.encode() + cstring(name))


def execute(portal="", rows=0):
    return message("E", cstring(portal) + struct.pack("!i", rows))


def close(kind, name=""):
    return message("C", kind.encode() + cstring(name))


def flush():
    return message("H")


def sync():
    return message("S")


def terminate():
    return message("X")


def copy_data(data):
    return message("d", data)


def copy_done():
    return message("c")


def copy_fail(reason):
    return message("f", cstring(reason))


def function_call(oid, arguments):
    """A call with text arguments and a text result."""
    body = struct.pack("!Ihhh", oid, 1, 0, len(arguments))
    for value in arguments:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    return message("F", body + struct.pack("!h", 0))


def password(text):
    return message("p", cstring(text))


# ---------------------------------------------------------------- a connection

class Wire:
    """A socket that speaks in messages."""

    def __init__(self, port, host="127.0.0.1", seconds=30, receive_buffer=None, path=None):
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(seconds)
        self.socket.connect(path or (host, port))
        if not path:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.parameters = {}
        self.key = None
        self.long_key = None  # process number and secret as they came, of any length

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *parts):
        self.socket.sendall(b"".join(parts))

    def _fill(self, size):
        while len(self.buffer) < size:
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionResetError:
                data = b""
            if not data:
                raise Closed(bytes(self.buffer))
            self.buffer += data

    def take(self, size):
        """The next bytes, whatever they are."""
        self._fill(size)
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def read(self):
        """The next message."""
        self._fill(5)
        (length,) = struct.unpack_from("!i", self.buffer, 1)
        data = self.take(1 + length)
        return Message(chr(data[0]), data[5:])

    def read_until(self, types="Z", times=1):
        """Messages up to and with the `times`-th one of these types."""
        found = []
        while times:
            found.append(self.read())
            times -= found[-1].type in types
        return found

    def read_to_end(self):
        """All messages until the server closes the connection."""
        found = []
        while True:
            try:
                found.append(self.read())
            except Closed as end:
                assert not end.got, f"half a message at the end: {end.got!r}"
                return found

    def run(self, sql):
        """A simple query: all messages of its reply."""
        self.send(query(sql))
        return self.read_until()

    def value(self, sql):
        """The first column of the first row of a simple query, as text."""
        reply = self.run(sql)
        errors = [m for m in reply if m.type == "E"]
        assert not errors, errors[0].fields
        return next(m for m in reply if m.type == "D").row[0].decode()

    def login(self, user="app", password="app", database="app", **parameters):
        """Startup and authentication by whatever method is asked for; up to ReadyForQuery."""
        self.send(startup({"user": user, "database": database, **parameters}))
        seen = self.authenticate(user, password)
        for m in seen:
            if m.type == "S":
                name, value = m.body.split(b"\0")[:2]
                self.parameters[name.decode()] = value.decode()
            elif m.type == "K":
                self.key = struct.unpack("!II", m.body[:8])
                self.long_key = m.body
        return self

    def authenticate(self, user, secret):
        """Answers authentication requests; returns what follows, up to ReadyForQuery."""
        scram = None
        while True:
            m = self.read()
            if m.type == "E":
                raise LoginError(m)
            assert m.type == "R", m
            (kind,) = struct.unpack_from("!i", m.body)
            if kind == 0:
                rest = self.read_until("ZE")
                if rest[-1].type == "E":
                    raise LoginError(rest[-1])
                return rest
            if kind == 3:
                self.send(password(secret))
            elif kind == 5:
                self.send(password(md5_answer(user, secret, m.body[4:8])))
            elif kind == 10:
                scram = Scram(secret)
                first = scram.first()
                self.send(message(
                    "p", cstring("SCRAM-SHA-256") + struct.pack("!i", len(first)) + first))
            elif kind == 11:
                self.send(message("p", scram.final(m.body[4:])))
            elif kind == 12:
                assert scram.verifies(m.body[4:]), "the server's signature is wrong"


class LoginError(Exception):
    """The ErrorResponse that a login ended with, in `message`."""

    def __init__(self, message):
        super().__init__(message.fields)
        self.message = message


def types_of(messages):
    return "".join(m.type for m in messages)


def md5_answer(user, secret, salt):
    inner = hashlib.md5(secret.encode() + user.encode()).hexdigest()
    return "md5" + hashlib.md5(inner.encode() + salt).hexdigest()


def md5_hash(user, secret):
    """As PostgreSQL stores it."""
    return "md5" + hashlib.md5(secret.encode() + user.encode()).hexdigest()


def scram_verifier(secret, salt=b"0123456789abcdef", rounds=4096):
    """As PostgreSQL stores it."""
    salted = hashlib.pbkdf2_hmac("sha256", secret.encode(), salt, rounds)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    coded = [
        base64.b64encode(part).decode()
        for part in (salt, hashlib.sha256(client).digest(), server)]
    return f"SCRAM-SHA-256${rounds}:{coded[0]}${coded[1]}:{coded[2]}"


@functools.lru_cache(maxsize=64)
def salted_secret(secret, salt, rounds):
    """What a client may keep between its logins: it is most of their cost."""
    return hashlib.pbkdf2_hmac("sha256", secret, salt, rounds)


class Scram:
    """The client's side of SCRAM-SHA-256 (RFC 7677), without channel binding."""

    def __init__(self, secret):
        self.secret = secret.encode()
        self.nonce = base64.b64encode(os.urandom(18))

    def first(self):
        self.bare = b"n=,r=" + self.nonce
        return b"n,," + self.bare

    def final(self, server_first):
        parts = dict(p.split(b"=", 1) for p in server_first.split(b","))
        assert parts[b"r"].startswith(self.nonce)
        salted = salted_secret(self.secret, base64.b64decode(parts[b"s"]), int(parts[b"i"]))
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        without_proof = b"c=biws,r=" + parts[b"r"]
        signed = b",".join((self.bare, server_first, without_proof))
        signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        server_key = hmac.digest(salted, b"Server Key", "sha256")
        self.expected = hmac.digest(server_key, signed, "sha256")
        return without_proof + b",p=" + base64.b64encode(proof)

    def verifies(self, server_final):
        return base64.b64decode(server_final[2:]) == self.expected
