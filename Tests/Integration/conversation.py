"""Conversations as text: files of what a client sends and what PostgreSQL answers.

Their form is told in Tests/Fixtures/transcripts/wire/README.md. This file reads it, writes it, and
turns the lines into bytes; who plays them is in replay.py.
"""

import glob
import os
import re
import struct

import wire
from proxy import ROOT

FOLDER = os.path.join(ROOT, "Tests", "Fixtures", "transcripts", "wire")

NAMES = {
    "1": "ParseComplete", "2": "BindComplete", "3": "CloseComplete", "A": "NotificationResponse",
    "C": "CommandComplete", "D": "DataRow", "E": "ErrorResponse", "G": "CopyInResponse",
    "H": "CopyOutResponse", "I": "EmptyQueryResponse", "N": "NoticeResponse",
    "S": "ParameterStatus", "T": "RowDescription", "V": "FunctionCallResponse",
    "W": "CopyBothResponse", "Z": "ReadyForQuery", "c": "CopyDone", "d": "CopyData",
    "n": "NoData", "s": "PortalSuspended", "t": "ParameterDescription",
    "v": "NegotiateProtocolVersion"}
TYPES = {name: letter for letter, name in NAMES.items()}
# The server may send these at any time; they do not count when an answer is waited for.
UNCOUNTED = frozenset("NS")


class FormError(Exception):
    """A line that does not have the form."""


# ---------------------------------------------------------------- words of a line

WORD = re.compile(r"""
    \s* (?: (?P<hex>x'[0-9a-fA-F ]*') | (?P<text>"(?:[^"\\]|\\.)*") | (?P<bare>[^\s"*+]+)
          | (?P<sign>[*+]) )""", re.VERBOSE)
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"'}


def _unquoted(text):
    """Bytes of a quoted word. `\\xHH` is a byte, all else UTF-8."""
    out, at, inner = bytearray(), 0, text[1:-1]
    for found in ESCAPE.finditer(inner):
        out += inner[at:found.start()].encode()
        what = found[1]
        if what[0] == "x" and len(what) == 3:
            out.append(int(what[1:], 16))
        elif what in ESCAPES:
            out += ESCAPES[what].encode()
        else:
            raise FormError(f"unknown escape \\{what}")
        at = found.end()
    return bytes(out + inner[at:].encode())


def quoted(data):
    """Bytes as a quoted word, long ones shortened to what can be repeated."""
    out = ""
    for character in data.decode("utf-8", "surrogateescape"):
        code = ord(character)
        if 0xDC80 <= code <= 0xDCFF:
            out += f"\\x{code - 0xDC00:02x}"
        elif character in "\n\t\r\\\"":
            out += {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character, "\\" + character)
        elif code < 32 or code == 127:
            out += f"\\x{code:02x}"
        else:
            out += character
    return f'"{out}"'


def words(text):
    """Words of a line: bytes for what is quoted, text for bare words, None for `null`.

    `"a" + "b" * 3` is one word."""
    found, at, sign = [], 0, None
    while text[at:].strip():
        match = WORD.match(text, at)
        if match is None:
            raise FormError(f"cannot read {text[at:at + 30]!r}")
        at = match.end()
        if match["sign"]:
            if sign or not found:
                raise FormError(f"`{match['sign']}` stands alone")
            sign = match["sign"]
            continue
        if match["hex"]:
            word = bytes.fromhex(match["hex"][2:-1])
        elif match["text"]:
            word = _unquoted(match["text"])
        else:
            word = None if match["bare"] == "null" else match["bare"]
        if sign == "*":
            # `"a" + "b" * 3` repeats the last part only.
            head, last = found[-1]
            found[-1] = (head + last * (int(word) - 1), last)
        elif sign == "+":
            head, _ = found[-1]
            found[-1] = (head + word, word)
        else:
            found.append((word, word))
        sign = None
    return [word for word, _ in found]


# ---------------------------------------------------------------- what a client sends

def _split(parts, *keys):
    """Words by the key they follow; those before any key under ''."""
    found = {"": []}
    at = ""
    for part in parts:
        if isinstance(part, str) and part in keys:
            at = part
            found[at] = []
        else:
            found[at].append(part)
    return found


def _bind(parts):
    of = _split(parts, "formats", "results")
    portal, statement, *values = of[""]
    return wire.bind(
        portal, statement, values, [int(n) for n in of.get("formats", [])],
        [int(n) for n in of.get("results", [])])


def _parse(parts):
    of = _split(parts, "types")
    name, sql = of[""]
    return wire.parse(name, sql, [int(n) for n in of.get("types", [])])


def frontend(text):
    """Bytes of a message of the client from its line, without the `F`."""
    kind, *parts = words(text)
    match kind:
        case "Query": return wire.query(*parts)
        case "Parse": return _parse(parts)
        case "Bind": return _bind(parts)
        case "Describe": return wire.describe(*parts)
        case "Close": return wire.close(*parts)
        case "Execute":
            return wire.execute(parts[0], int(parts[1]) if len(parts) > 1 else 0)
        case "Flush": return wire.flush()
        case "Sync": return wire.sync()
        case "Terminate": return wire.terminate()
        case "CopyData": return wire.copy_data(*parts)
        case "CopyDone": return wire.copy_done()
        case "CopyFail": return wire.copy_fail(*parts)
        case "FunctionCall": return wire.function_call(int(parts[0]), parts[1:])
        case "Bytes": return b"".join(parts)
        case _: raise FormError(f"unknown message {kind!r}")


# ---------------------------------------------------------------- what a server answers

def _row_description(body):
    (count,), at, out = struct.unpack_from("!h", body), 2, []
    for _ in range(count):
        end = body.index(b"\0", at)
        _, _, oid, _, _, form = struct.unpack_from("!IhIhih", body, end + 1)
        out.append(quoted(body[at:end]) + f" {oid}" + (" binary" if form else ""))
        at = end + 19
    return ", ".join(out)


def _value(data):
    if data is None:
        return "null"
    if len(data) > 200:
        return quoted(data[:60]) + f" ... {len(data)} bytes"
    return f"x'{data.hex()}'" if b"\0" in data else quoted(data)


def backend(message):
    """A message of the server as a line, without the `B`."""
    name, body = NAMES.get(message.type, f"Unknown {message.type}"), message.body
    match message.type:
        case "E" | "N":
            rest = f"{message.sqlstate} {quoted(message.text.encode())}"
        case "Z": rest = message.status
        case "C": rest = quoted(body[:-1])
        case "D": rest = " ".join(_value(value) for value in message.row)
        case "T": rest = _row_description(body)
        case "S":
            rest = " ".join(quoted(part) for part in body.split(b"\0")[:2])
        case "t":
            rest = " ".join(str(n) for n in struct.unpack(f"!{len(body) // 4}I", body[2:]))
        case "A":
            rest = " ".join(quoted(part) for part in body[4:].split(b"\0")[:2])
        case "G" | "H":
            form, count = struct.unpack_from("!bh", body)
            rest = f"{'binary' if form else 'text'} {count}"
        case "d": rest = _value(body)
        case "V":
            rest = "null" if body[:4] == b"\xff" * 4 else _value(body[4:])
        case _: rest = ""
    return shortened(f"{name} {rest}".rstrip())


def shortened(line):
    """A line of the file that one can read: what is compared is the message, not the line."""
    return line if len(line) < 240 else line[:200] + " ..."


# ---------------------------------------------------------------- scripts

LOGIN = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*")')


class Send:
    """The client of a connection sends bytes."""

    def __init__(self, connection, data):
        self.connection, self.data = connection, data


class Await:
    """The client waits for an answer; `expected` are lines as `backend` writes them.

    `first` and `last` are the lines of the file they stand on, for who records them anew."""

    def __init__(self, connection, number):
        self.connection, self.expected = connection, []
        self.first = self.last = number

    def add(self, text, number):
        match = re.fullmatch(r"(.*) \* (\d+)", text)
        if match and match[1].startswith(("DataRow", "CopyData")):
            self.expected += [match[1]] * int(match[2])
        else:
            self.expected.append(text)
        self.last = number

    @property
    def count(self):
        """Messages to wait for."""
        return sum(text.split()[0] not in ("NoticeResponse", "ParameterStatus", "?", "closed")
                   for text in self.expected)


class Replay:
    """All replicas have replayed what was written."""


class Script:
    """One conversation: its title, its steps, and what may differ."""

    def __init__(self, file, title):
        self.file, self.title = file, title
        self.steps, self.setup, self.differs = [], [], []
        self.logins = {"": {}}
        self.writes = False

    @property
    def name(self):
        return f"{os.path.basename(self.file).removesuffix('.txt')}: {self.title}"

    @property
    def connections(self):
        return list(self.logins)

    def directive(self, text):
        kind, _, rest = text.partition(" ")
        match kind:
            case "setup": self.setup.append(rest)
            case "writes": self.writes = True
            case "replay": self.steps.append(Replay())
            case "differs": self.differs.append(rest)
            case "login" | "login2":
                login = self.logins.setdefault(kind[5:], {})
                login |= {key: words(value)[0] for key, value in LOGIN.findall(rest)}
            case _: raise FormError(f"unknown directive {kind!r}")

    def line(self, number, text):
        """Takes one line of the file."""
        kind, _, rest = text.partition(" ")
        if kind == "@":
            self.directive(rest)
            return
        connection = kind[1:]
        if kind[0] not in "FB" or connection not in ("", "2"):
            raise FormError(f"neither F, B nor @: {text!r}")
        self.logins.setdefault(connection, {})
        if kind[0] == "F":
            self.steps.append(Send(connection, frontend(rest)))
            return
        last = self.steps[-1] if self.steps else None
        if not isinstance(last, Await) or last.connection != connection:
            last = Await(connection, number)
            self.steps.append(last)
        last.add(rest, number)


def read(path):
    """Scripts of a file in their order."""
    scripts = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            text = line.rstrip("\n")
            if text.startswith("== "):
                scripts.append(Script(path, text[3:].strip()))
            elif text.strip() and not text.startswith("#"):
                try:
                    scripts[-1].line(number, text)
                except (FormError, ValueError, TypeError, IndexError) as error:
                    raise FormError(f"{path}:{number}: {error}") from error
    return scripts


def read_all():
    """All scripts there are."""
    return [s for path in sorted(glob.glob(os.path.join(FOLDER, "**", "*.txt"), recursive=True))
            for s in read(path)]
