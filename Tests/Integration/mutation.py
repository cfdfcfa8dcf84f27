"""Other texts of the same meaning: what people, drivers and attackers do to a statement's form."""

import re

# Tokens of SQL, as far as they must be told apart here. What none of these matches is one character.
TOKEN = re.compile(r"""
      (?P<comment> --[^\n]* | /\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/ )
    | (?P<quoted> (?:[uU]&)?"(?:[^"]|"")*" | (?:[eE]'(?:[^'\\]|''|\\.)*') | (?:[uU]&|[bBxXnN])?'(?:[^']|'')*'
        | \$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$ )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<number> (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\w* )
    | (?P<parameter> \$\d+ )
    | (?P<operator> [-+*/<>=~!@\#%^&|`?]+ | :: | := | => )
    | (?P<space> \s+ )
    | (?P<other> . )
    """, re.VERBOSE | re.DOTALL)

BLANKS = (" ", "\n", "\t", "  ", "\r\n", "/**/", " /* x */ ", "/* ' */", " /* \" ; */ ", "/* $$ */",
          " -- INSERT INTO x\n", "/* a /* nested */ b */", "\f")


def tokens(sql):
    """[(kind, text)] of a statement."""
    return [(match.lastgroup if match.lastgroup != "tag" else "quoted", match.group())
            for match in TOKEN.finditer(sql)]


class Mutator:
    """Rewrites statements with a seeded random source; names of the schema may be quoted."""

    def __init__(self, random, names):
        self.random, self.names = random, names
        self.hostile = False

    def mutate(self, sql, hostile):
        """Another form of the text; a hostile one hides names where only attackers would."""
        self.hostile = hostile
        text = "".join(self._token(*t) for t in self._spaced(tokens(sql)))
        if self.random.random() < 0.25 and re.match(r"(?i)(select|values|table)\b", sql):
            if not re.search(r"(?i)\binto\b|;|\bfor\s+(update|share|key|no)\b", sql):
                text = f"({text}\n)"
        if self.random.random() < 0.3:
            text = self.random.choice((" ", "\n", "/* first */", "-- first\n", "\t")) + text
        if self.random.random() < 0.3 and not text.rstrip().endswith(";"):
            text += self.random.choice((";", "\n;", "/* last */", " ;  ", "\n-- last"))
        return text

    def _spaced(self, found):
        """Other blanks between tokens, and some where there were none."""
        for place, (kind, text) in enumerate(found):
            if kind == "space":
                # PostgreSQL joins two constants only over a line's end: that blank stays.
                joins = place and found[place - 1][0] == "quoted" and "\n" in text
                yield kind, text if joins else self._blank()
                continue
            yield kind, text
            follows = found[place + 1][0] if place + 1 < len(found) else None
            if text in ("(", ")", ",") and follows not in (None, "space"):
                yield "space", self._blank() if self.random.random() < 0.15 else ""

    def _blank(self):
        return self.random.choice(BLANKS) if self.random.random() < 0.4 else " "

    def _token(self, kind, text):
        if kind != "word":
            return text
        lower = text.lower()
        if lower in self.names and text == lower and self.random.random() < 0.4:
            return self._quoted(lower)
        if text.isascii() and self.random.random() < 0.5:
            return "".join(self.random.choice((c.lower(), c.upper())) for c in text)
        return text

    def _quoted(self, name):
        if not self.hostile or self.random.random() < 0.5 or not name.isascii():
            return f'"{name}"'
        at = self.random.randrange(len(name))
        return f'U&"{name[:at]}\\{ord(name[at]):04x}{name[at + 1:]}"'
