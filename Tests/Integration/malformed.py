"""Messages whose bodies are not as they should be, one after the other, and what a server makes of
them. Run as a program it prints the table of Tests/Fixtures/transcripts/malformed.md."""

import struct
import sys

from wire import (Closed, Wire, bind, close, copy_data, cstring, describe, execute, flush, message,
                  parse, query, sync)

END = "end of the case"


def _short(*numbers):
    return struct.pack(f"!{len(numbers)}h", *numbers)


def _long(*numbers):
    return struct.pack(f"!{len(numbers)}i", *numbers)


# Each is sent after login, alone, and with BEGIN before it; then comes Sync, and a query.
BODIES = {
    "Query without a body": message("Q"),
    "Query without its terminator": message("Q", b"SELECT 1"),
    "Query with bytes behind its terminator": message("Q", b"SELECT 1\0SELECT 2\0"),
    "Query with text that is not UTF-8": message("Q", b"SELECT '\xff'\0"),
    "Parse without a body": message("P"),
    "Parse with a name that does not end": message("P", b"name"),
    "Parse without a text": message("P", b"name\0"),
    "Parse with a text that does not end": message("P", b"name\0SELECT 1"),
    "Parse without a count of types": message("P", b"\0SELECT 1\0"),
    "Parse with half a count": message("P", b"\0SELECT 1\0\0"),
    "Parse with fewer types than counted": message("P", b"\0SELECT 1\0" + _short(2) + _long(23)),
    "Parse with a negative count": message("P", b"\0SELECT 1\0" + _short(-1)),
    "Parse with bytes behind": message("P", b"\0SELECT 1\0" + _short(0) + b"x"),
    "Parse with an unknown type": message("P", b"\0SELECT $1\0" + _short(1) + _long(1)),
    "Parse of two statements": parse("", "SELECT 1; SELECT 2"),
    "Parse that is malformed, and more": message("P", b"\0SELECT 1\0") + bind() + execute(),
    "Bind without a body": parse("", "SELECT 1") + message("B"),
    "Bind with a portal that does not end": parse("", "SELECT 1") + message("B", b"portal"),
    "Bind without a statement": parse("", "SELECT 1") + message("B", b"\0"),
    "Bind without formats": parse("", "SELECT 1") + message("B", b"\0\0"),
    "Bind with fewer formats than counted": parse("", "SELECT 1") + message("B", b"\0\0" + _short(2, 0)),
    "Bind with a negative count of formats": parse("", "SELECT 1") + message(
        "B", b"\0\0" + _short(-1, 0, 0)),
    "Bind with two formats for one parameter": parse("", "SELECT $1") + message(
        "B", b"\0\0" + _short(2, 0, 0, 1) + _long(1) + b"x" + _short(0)),
    "Bind with too few parameters": parse("", "SELECT $1") + message(
        "B", b"\0\0" + _short(0, 0, 0)),
    "Bind with too many parameters": parse("", "SELECT 1") + message(
        "B", b"\0\0" + _short(0, 1) + _long(1) + b"x" + _short(0)),
    "Bind with a negative count of parameters": parse("", "SELECT 1") + message(
        "B", b"\0\0" + _short(0, -1, 0)),
    "Bind with a parameter that is cut": parse("", "SELECT $1") + message(
        "B", b"\0\0" + _short(0, 1) + _long(100) + b"x"),
    "Bind with a parameter of length -2": parse("", "SELECT $1") + message(
        "B", b"\0\0" + _short(0, 1) + _long(-2) + _short(0)),
    "Bind with a parameter of length -2 of an integer": parse("", "SELECT $1::int") + message(
        "B", b"\0\0" + _short(0, 1) + _long(-2) + _short(0)),
    "Bind without a length": parse("", "SELECT $1") + message("B", b"\0\0" + _short(0, 1)),
    "Bind without result formats": parse("", "SELECT 1") + message("B", b"\0\0" + _short(0, 0)),
    "Bind with fewer result formats than counted": parse("", "SELECT 1") + message(
        "B", b"\0\0" + _short(0, 0, 2, 0)),
    "Bind with three result formats for one column": parse("", "SELECT 1") + message(
        "B", b"\0\0" + _short(0, 0, 3, 0, 0, 0)) + execute(),
    "Bind with an unknown format": parse("", "SELECT $1::int") + message(
        "B", b"\0\0" + _short(1, 7, 1) + _long(1) + b"1" + _short(0)),
    "Bind with an unknown result format": parse("", "SELECT 1") + message(
        "B", b"\0\0" + _short(0, 0, 1, 7)) + execute(),
    "Bind with bytes behind": parse("", "SELECT 1") + message(
        "B", b"\0\0" + _short(0, 0, 0) + b"x"),
    "Bind to an unknown statement, malformed": message("B", b"\0nowhere\0" + _short(0)),
    "Bind that is malformed, and more": parse("", "SELECT 1") + message("B", b"\0\0") + describe(
        "P") + execute() + flush(),
    "Describe without a body": message("D"),
    "Describe of nothing known": message("D", b"X\0"),
    "Describe without a name": message("D", b"S"),
    "Describe with a name that does not end": message("D", b"Sname"),
    "Describe with bytes behind": parse("", "SELECT 1") + message("D", b"S\0x"),
    "Describe of an unknown portal, with bytes behind": message("D", b"Pnowhere\0x"),
    "Execute without a body": message("E"),
    "Execute without a count": message("E", b"\0"),
    "Execute with half a count": message("E", b"\0\0\0"),
    "Execute with a name that does not end": message("E", b"portal"),
    "Execute with bytes behind": parse("", "SELECT 1") + bind() + message(
        "E", b"\0" + _long(0) + b"x"),
    "Execute with a negative count": parse("", "SELECT 1") + bind() + execute(rows=-5),
    "Close without a body": message("C"),
    "Close of nothing known": message("C", b"X\0"),
    "Close without a name": message("C", b"S"),
    "Close with a name that does not end": message("C", b"Sname"),
    "Close with bytes behind": message("C", b"S\0x"),
    "Flush with a body": message("H", b"body"),
    "Sync with a body": message("S", b"body"),
    "FunctionCall without a body": message("F"),
    "FunctionCall without formats": message("F", _long(1598)),
    "FunctionCall with an argument that is cut": message(
        "F", _long(1598) + _short(0, 1) + _long(9) + b"x"),
    "FunctionCall with an argument of length -2": message(
        "F", _long(1344) + _short(0, 1) + _long(-2) + _short(0)),
    "FunctionCall without a result format": message("F", _long(1598) + _short(0, 0)),
    "FunctionCall with bytes behind": message("F", _long(1598) + _short(0, 0, 0) + b"x"),
    "FunctionCall of no function": message("F", _long(1) + _short(0, 0, 0)),
    "CopyData outside of COPY": message("d", b"data"),
    "CopyData without a body outside of COPY": message("d"),
    "CopyDone outside of COPY": message("c"),
    "CopyDone with a body outside of COPY": message("c", b"body"),
    "CopyFail outside of COPY": message("f", b"why\0"),
    "CopyFail without its terminator outside of COPY": message("f", b"why"),
    "CopyDone in a segment": parse("", "SELECT 1") + message("c") + bind() + execute(),
    "a password": message("p", b"secret\0"),
    "an unknown type": message("y", b"body"),
    "a type of the server's": message("Z", b"I"),
    "a type that is no letter": message("\0", b"body"),
    "a length of 0": message("Q", length=0),
    "a length of 3": message("P", length=3),
    "a negative length": message("Q", length=-1),
    "a length of 1 GiB": message("Q", length=0x40000000),
    "a Describe of 10,001 bytes": message("D", b"S" + b"x" * 9995 + b"\0"),
    "an Execute of 10,001 bytes": message("E", b"x" * 9992 + b"\0" + _long(0)),
    "a Close of 10,001 bytes": message("C", b"S" + b"x" * 9995 + b"\0"),
    "a Sync of 10,001 bytes": message("S", b"x" * 9997),
    "a Flush of 10,001 bytes": message("H", b"x" * 9997),
    "a Describe of 9,999 bytes": message("D", b"S" + b"x" * 9993 + b"\0"),
    # While an error is skipped to Sync.
    "a malformed Bind behind an error": parse("", "SELECT nowhere") + message("B"),
    "a malformed Query behind an error": parse("", "SELECT nowhere") + message("Q", b"SELECT 1"),
    "an unknown type behind an error": parse("", "SELECT nowhere") + message("y"),
    "a Flush with a body behind an error": parse("", "SELECT nowhere") + message("H", b"x"),
    "a malformed Execute behind work": parse("", "SELECT 1") + bind() + execute() + message("E"),
    "a malformed Close of a statement that is": parse("kept", "SELECT 1") + message(
        "C", b"Skept\0x") + sync() + describe("S", "kept"),
    # While COPY takes data.
    "COPY, then an unknown type": query("COPY pg_temp.malformed FROM STDIN") + message("y"),
    "COPY, then a Query": query("COPY pg_temp.malformed FROM STDIN") + query("SELECT 1"),
    "COPY, then a Parse": query("COPY pg_temp.malformed FROM STDIN") + parse("", "SELECT 1"),
    "COPY, then CopyDone with a body": query("COPY pg_temp.malformed FROM STDIN") + message("c", b"x"),
    "COPY, then CopyFail without its terminator": query(
        "COPY pg_temp.malformed FROM STDIN") + message("f", b"why"),
    "COPY, then CopyFail with bytes behind": query(
        "COPY pg_temp.malformed FROM STDIN") + message("f", b"why\0x"),
    "COPY, then Flush with a body": query("COPY pg_temp.malformed FROM STDIN") + message(
        "H", b"x") + copy_data(b"1\n") + message("c"),
    "COPY, then Sync with a body": query("COPY pg_temp.malformed FROM STDIN") + message(
        "S", b"x") + copy_data(b"1\n") + message("c"),
    "COPY, then CopyData without a body": query("COPY pg_temp.malformed FROM STDIN") + message(
        "d") + copy_data(b"1\n") + message("c"),
    "Close of what is not there": close("S", "nowhere") + close("P", "nowhere"),
    "names with bytes that are not UTF-8": parse("\x80", "SELECT 1") + message(
        "B", cstring(b"\xff\xfe") + cstring(b"\xc2\x80") + _short(0, 0, 0)),
}

# What stands before each.
OPENINGS = {
    "alone": [],
    "in a transaction": ["BEGIN", "SELECT txid_current() > 0"],
}


def trace(port, opening, body, user="app", password="app", database="app"):
    """What the server answers, message by message, and whether it closes the connection."""
    with Wire(port, seconds=3) as wire:
        wire.login(user, password, database)
        if b"pg_temp.malformed" in body:
            wire.run("CREATE TEMPORARY TABLE malformed (n int)")
        for sql in OPENINGS[opening]:
            wire.run(sql)
        wire.send(body, sync(), query(f"SELECT '{END}'"))
        found = []
        try:
            while not (found[-1:] == ["Z I"] or found[-1:] == ["Z T"] or found[-1:] == ["Z E"]) or not (
                    any(END in entry or "25P02" in entry for entry in found[-5:])):
                found.append(shown(wire.read()))
        except Closed as end:
            found.append("closed" if not end.got else f"closed after {end.got!r}")
        except ConnectionError:
            found.append("closed")
        except TimeoutError:
            found.append("silence")
        return found


def shown(m):
    if m.type in "EN":
        fields = m.fields
        return f"{m.type} {fields['S']} {fields['C']} {fields['M']}"
    if m.type == "Z":
        return f"Z {m.status}"
    if m.type == "C":
        return f"C {m.tag}"
    if m.type == "D":
        return f"D {m.row[0]!r}"
    return m.type


def main():
    """malformed.py PORT [PORT]: the table, of two servers where they differ."""
    ports = [int(text) for text in sys.argv[1:]]
    for opening in OPENINGS:
        print(f"\n## {opening}\n\n| sent before Sync and a query | answered |\n|---|---|")
        for name, body in BODIES.items():
            seen = [trace(port, opening, body, "postgres", "", "postgres") for port in ports]
            for index, answer in enumerate(seen):
                if index and answer == seen[0]:
                    continue
                text = ", ".join(entry.replace("|", "\\|") for entry in answer)
                print(f"| {name}{' (the second)' if index else ''} | {text} |")


if __name__ == "__main__":
    main()
