"""The routing corpus of Tests/Fixtures/corpus: statements, and the truth about each of them.

Its format is described in the README of that folder.
"""

import os
import re

from proxy import ROOT

FOLDER = os.path.join(ROOT, "Tests", "Fixtures", "corpus")
TRUTHS = ("read", "primary", "caution")
WORDS = ("after", "undo", "with", "as", "varies", "alone", "because", "not on standby", "untouched")


class Entry:
    """One string of SQL, and what is known about it."""

    def __init__(self, place, truth, title, words, sql):
        self.place, self.truth, self.title, self.sql = place, truth, title, sql
        self.after = [text for word, text in words if word == "after"]
        self.undo = [text for word, text in words if word == "undo"]
        self.parameters = [
            None if value == "NULL" else value
            for word, text in words if word == "with" for value in text.split(", ")]
        found = dict(words)
        self.user = found.get("as", "app")
        self.because = found.get("because")
        self.varies = "varies" in found
        self.alone = "alone" in found
        self.runs_on_standby = "not on standby" not in found
        # Its text is not changed by mutations: they would change its meaning, too.
        self.untouched = "untouched" in found

    def mutated(self, sql):
        """The same with another text of the same meaning."""
        copy = object.__new__(Entry)
        copy.__dict__.update(self.__dict__)
        copy.sql = sql
        return copy

    @property
    def as_one_string(self):
        """The text for the simple protocol: parameters as untyped constants."""
        sql = self.sql
        for number in range(len(self.parameters), 0, -1):
            value = self.parameters[number - 1]
            text = "NULL" if value is None else "'" + value.replace("'", "''") + "'"
            sql = sql.replace(f"${number}", text)
        return sql

    def __str__(self):
        return f"{self.place} ({self.truth}: {self.title}): {self.sql[:200]}"


def read_corpus(only=None):
    """All entries, in the order of files and lines."""
    entries = []
    for name in sorted(os.listdir(FOLDER)):
        if name.endswith(".sql") and name not in ("roles.sql", "schema.sql"):
            if only is None or name in only:
                entries += _entries_of(name)
    return entries


def _entries_of(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        lines = file.read().split("\n")
    header, entries, at = None, [], 0
    while at < len(lines):
        line, start = lines[at], at
        at += 1
        if not line:
            continue
        if line.startswith("--!"):
            header = _header(f"{name}:{at}", line[3:])
            continue
        # A statement goes on in lines that begin with a blank.
        while at < len(lines) and lines[at][:1] in (" ", "\t"):
            line += "\n" + lines[at]
            at += 1
        assert header, f"{name}:{start + 1}: a statement before any header"
        entries.append(Entry(f"{name}:{start + 1}", *header, line))
    return entries


def _header(place, text):
    truth, *parts = [part.strip() for part in text.split(" | ")]
    truth, _, title = truth.partition(":")
    assert truth in TRUTHS and title, f"{place}: not a truth with a title: {text}"
    words = []
    for part in parts:
        word = next((w for w in WORDS if re.match(rf"{w}( |$)", part)), None)
        assert word, f"{place}: not a word of a header: {part}"
        words.append((word, part[len(word):].strip()))
    return truth, title.strip(), words
