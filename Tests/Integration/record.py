#!/usr/bin/python3
"""Writes the server's side of conversations, and whole conversations of drivers.

    record.py answers FILE...        fills in what a real PostgreSQL answers where a file has `B ?`
    record.py answers --all FILE...  the same for every answer
    record.py driver -- COMMAND...   runs a driver's program (`PORT` in it becomes a port to
                                     connect to) and prints its conversations as scripts

Both make a cluster of their own. Never part of a test run: what is recorded is reviewed, and kept.
"""

import argparse
import os
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import conversation  # noqa: E402
from cluster import Cluster  # noqa: E402
from conversation import Await, backend, quoted  # noqa: E402
from replay import CLOSED, Player  # noqa: E402
from stage import prepare_stage, set_stage  # noqa: E402
from wire import Message  # noqa: E402

RUN = 8  # So many rows or more are written as one line.


def answer_lines(messages, prefix="B"):
    """Messages as lines of a file; a long run of rows is one line."""
    out, at = [], 0
    while at < len(messages):
        end = at + 1
        while end < len(messages) and messages[at].type in "Dd" and (
                messages[end].type == messages[at].type):
            end += 1
        if end - at >= RUN:
            out.append(f"{prefix} {backend(messages[at])} * {end - at}")
        else:
            out += [f"{prefix} " + ("closed" if m == CLOSED else backend(m))
                    for m in messages[at:end]]
        at = end
    return out


def record_answers(cluster, path, everything):
    """Plays each script of a file and writes the answers into it."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    patches = []
    for script in conversation.read(path):
        awaits = [step for step in script.steps if isinstance(step, Await)]
        if not any(everything or step.expected == ["?"] for step in awaits):
            continue
        if everything:
            for step in awaits:
                step.expected = ["?"]
        set_stage(cluster, script)
        player = Player(script, cluster.primary.port)
        player.run(cluster.wait_for_replay)
        for step, messages in player.answers:
            if everything or step.expected == ["?"]:
                patches.append((step, messages))
        print(f"{script.name}", file=sys.stderr)
    for step, messages in sorted(patches, key=lambda p: -p[0].first):
        lines[step.first - 1:step.last] = answer_lines(messages, "B" + step.connection)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


# ---------------------------------------------------------------- drivers

def text_of(data):
    return f"x'{data.hex()}'" if b"\0" in data else quoted(data)


def request_line(kind, body):
    """A message of a client as a line of a file."""
    def strings(count, rest=body):
        *parts, rest = rest.split(b"\0", count)
        return [text_of(part) for part in parts], rest

    match kind:
        case "Q": return "Query " + text_of(body[:-1])
        case "P":
            parts, rest = strings(2)
            oids = struct.unpack(f"!{len(rest) // 4}I", rest[2:])
            return " ".join(["Parse", *parts, *(["types", *map(str, oids)] if oids else [])])
        case "B": return bind_line(body)
        case "D" | "C":
            name = "Describe" if kind == "D" else "Close"
            return f"{name} {chr(body[0])} {text_of(body[1:-1])}"
        case "E":
            parts, rest = strings(1)
            (rows,) = struct.unpack("!i", rest)
            return f"Execute {parts[0]}" + (f" {rows}" if rows else "")
        case "S": return "Sync"
        case "H": return "Flush"
        case "X": return "Terminate"
        case "d": return "CopyData " + text_of(body)
        case "c": return "CopyDone"
        case "f": return "CopyFail " + text_of(body[:-1])
    whole = kind.encode() + struct.pack("!i", len(body) + 4) + body
    return f"Bytes x'{whole.hex()}'"


def bind_line(body):
    portal, statement, rest = body.split(b"\0", 2)
    at = 0

    def numbers():
        nonlocal at
        (count,) = struct.unpack_from("!h", rest, at)
        found = struct.unpack_from(f"!{count}h", rest, at + 2)
        at += 2 + 2 * count
        return [str(n) for n in found]

    formats, values = numbers(), []
    (count,) = struct.unpack_from("!h", rest, at)
    at += 2
    for _ in range(count):
        (length,) = struct.unpack_from("!i", rest, at)
        at += 4
        values.append("null" if length < 0 else text_of(rest[at:at + length]))
        at += max(length, 0)
    results = numbers()
    parts = ["Bind", text_of(portal), text_of(statement), *values]
    if formats:
        parts += ["formats", *formats]
    if results:
        parts += ["results", *results]
    return " ".join(parts)


class Recorder:
    """Listens for a driver, passes its bytes on to a server, and keeps the messages in order."""

    def __init__(self, port):
        self.target, self.sessions = port, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.target))
            log, guard = [], threading.Lock()
            self.sessions.append(log)
            for source, sink, side in ((client, server, "F"), (server, client, "B")):
                threading.Thread(
                    target=self._pass, args=(source, sink, side, log, guard), daemon=True).start()

    def _pass(self, source, sink, side, log, guard):
        buffer, is_startup = bytearray(), side == "F"
        while data := source.recv(1 << 16):
            buffer += data
            with guard:
                if side == "B" and not log:
                    # The one byte that answers an SSLRequest.
                    del buffer[:1]
                while True:
                    head = 0 if is_startup else 1
                    if len(buffer) < head + 4:
                        break
                    length = int.from_bytes(buffer[head:head + 4], "big")
                    if len(buffer) < head + length:
                        break
                    body = bytes(buffer[head + 4:head + length])
                    if not is_startup:
                        log.append((side, chr(buffer[0]), body))
                    elif body[:2] == b"\0\x03":
                        is_startup = False
                        log.append(("F", "", body[4:]))
                    del buffer[:head + length]
                sink.sendall(data)
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def session_lines(log, title):
    """A recorded session as a script."""
    words = log[0][2].rstrip(b"\0").split(b"\0")
    login = dict(zip(words[::2], words[1::2]))
    lines = [f"== {title}"]
    shown = {k: v for k, v in login.items() if k not in (b"user", b"database")}
    if shown:
        lines.append("@ login " + " ".join(f"{k.decode()}={quoted(v)}" for k, v in shown.items()))
    start = next(i for i, entry in enumerate(log) if entry[:2] == ("B", "Z")) + 1
    answers = []
    for side, kind, body in [*log[start:], ("F", "end", b"")]:
        if side == "B":
            answers.append(Message(kind, body))
            continue
        lines += answer_lines(answers)
        answers = []
        if kind not in ("X", "end"):
            lines.append("F " + request_line(kind, body))
    return lines


def record_driver(cluster, command):
    recorder = Recorder(cluster.primary.port)
    done = subprocess.run([part.replace("PORT", str(recorder.port)) for part in command])
    for number, log in enumerate(filter(None, recorder.sessions), 1):
        print("\n".join(session_lines(log, f"session {number}")), end="\n\n")
    return done.returncode


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    answers = kinds.add_parser("answers")
    answers.add_argument("--all", action="store_true")
    answers.add_argument("files", nargs="+")
    driver = kinds.add_parser("driver")
    driver.add_argument("command", nargs="+")
    options = parser.parse_args()
    cluster = Cluster()
    try:
        cluster.create()
        prepare_stage(cluster)
        if options.kind == "driver":
            return record_driver(cluster, options.command)
        for path in options.files:
            record_answers(cluster, path, options.all)
    finally:
        cluster.destroy()
    return 0


if __name__ == "__main__":
    sys.exit(main())
