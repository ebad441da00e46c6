"""What a check expects of what came back: one comparison, read once and never run as code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from truenorth.base.errors import QueryError, did_you_mean

# How long a unit is, in milliseconds.
UNITS = {"ms": 1.0, "s": 1e3, "second": 1e3, "minute": 6e4, "hour": 36e5, "day": 864e5, "week": 6048e5}
# What may be asked of, and what it is: `any` is whatever the body holds there.
SUBJECTS = {
    "status": "number",
    "duration": "time",
    "connected": "flag",
    "certificate_expires": "time",
    "body": "any",
    "header": "text",
    "dns.answers": "list",
    "dns.code": "text",
}
SIGNS = ("==", "!=", "<=", ">=", "<", ">", "contains", "matches")
ORDERED = ("<=", ">=", "<", ">")
WORDS = {"true": True, "false": False, "null": None}
TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w-]*)"""
    r"""|(?P<sign>==|!=|<=|>=|<|>|\.|\[|\]|\(|\)))"""
)
LIKE = "write it like status == 200, duration < 500 ms, or body.user.name == 'x'"

Worth = str | float | bool | None


class Condition(Struct, frozen=True):
    """One comparison: of what, where inside it, or how many are there (`counted`), with a value; times are in
    milliseconds."""

    text: str
    subject: str
    sign: str
    value: Worth
    path: tuple[str | int, ...] = ()
    counted: bool = False

    @property
    def shown(self) -> str:
        """What is compared, as it is written.

        >>> condition("len(body.items) > 0").shown
        'len(body.items)'
        """
        inside = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in self.path)
        return f"len({self.subject}{inside})" if self.counted else f"{self.subject}{inside}"


class Token(Struct, frozen=True):
    """A word of a condition, and its column, from 1."""

    kind: str
    text: str
    column: int


def condition(text: str) -> Condition:
    """What a condition says; QueryError E_BAD_CONDITION with the column where it goes wrong.

    >>> condition("duration < 0.5 s").value
    500.0
    """
    return Sentence(text).condition()


class Sentence:
    """A condition while it is read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(tokens_of(text))
        self.place = 0

    def fail(self, message: str, at: Token, hint: str = LIKE) -> QueryError:
        """The error at a word."""
        return QueryError("E_BAD_CONDITION", f'"{self.text}": {message} at column {at.column}', hint=hint)

    @property
    def next(self) -> Token:
        """The word that comes next; an empty one at the end."""
        end = Token("end", "", len(self.text) + 1)
        return self.tokens[self.place] if self.place < len(self.tokens) else end

    def take(self, *texts: str) -> Token | None:
        """The next word if it is one of these."""
        found = self.next
        if found.kind not in ("sign", "word") or found.text not in texts:
            return None
        self.place += 1
        return found

    def need(self, text: str) -> None:
        """Go past a sign that must come."""
        if self.take(text) is None:
            raise self.fail(f'"{text}" is missing', self.next)

    def condition(self) -> Condition:
        """The whole."""
        first = self.next
        counted = self.take("len") is not None
        if counted:
            self.need("(")
        subject, path = self.subject()
        if counted:
            self.need(")")
        sign = self.sign()
        at = self.next
        value, timed = self.value()
        if self.next.kind != "end":
            raise self.fail(f'"{self.next.text}" is too much', self.next, "write one comparison; more are more lines")
        found = Condition(self.text, subject, sign, value, path, counted)
        self.fits(found, timed, at, first)
        return found

    def subject(self) -> tuple[str, tuple[str | int, ...]]:
        """What is compared, and the way into it."""
        first = self.next
        if first.kind != "word":
            raise self.fail(f'"{first.text}" is nothing that a check sees' if first.text else "it ends", first)
        self.place += 1
        path = self.path()
        name = first.text
        if name == "dns" and path:
            name, path = f"dns.{path[0]}", path[1:]
        if name not in SUBJECTS:
            known = did_you_mean(name, SUBJECTS) or f"it sees {', '.join(SUBJECTS)}"
            raise self.fail(f'"{name}" is nothing that a check sees', first, known)
        if name == "header":
            if len(path) != 1:
                raise self.fail("which header?", first, "write header.content_type contains 'json'")
            return name, (str(path[0]).lower().replace("_", "-"),)
        if path and name != "body":
            raise self.fail(f'"{name}" has nothing inside it', first)
        return name, path

    def path(self) -> tuple[str | int, ...]:
        """Names and places, one inside the other."""
        found = list[str | int]()
        while True:
            if self.take("."):
                if self.next.kind != "word":
                    raise self.fail("a name is missing", self.next)
                found.append(self.next.text)
                self.place += 1
            elif self.take("["):
                inside = self.next
                if inside.kind == "number" and inside.text.isdigit():
                    found.append(int(inside.text))
                elif inside.kind == "text":
                    found.append(plain(inside.text))
                else:
                    raise self.fail("a place is a number or a name in quotes", inside, "write body.items[0].id")
                self.place += 1
                self.need("]")
            else:
                return tuple(found)

    def sign(self) -> str:
        """How it is compared."""
        found = self.take(*SIGNS)
        if found is None:
            meant = {"=": "==", "is": "==", "equals": "==", "like": "matches"}.get(self.next.text, "")
            near = f"write {meant}" if meant else did_you_mean(self.next.text, SIGNS) or f"it is {', '.join(SIGNS)}"
            raise self.fail(f'"{self.next.text}" is no comparison' if self.next.text else "it ends", self.next, near)
        return found.text

    def value(self) -> tuple[Worth, bool]:
        """What it is compared with, and whether that is a time."""
        found = self.next
        self.place += 1
        if found.kind == "text":
            return plain(found.text), False
        if found.kind == "word" and found.text in WORDS:
            return WORDS[found.text], False
        if found.kind != "number":
            said = f'"{found.text}" is no value' if found.text else "a value is missing"
            raise self.fail(said, found, "texts stand in quotes: 'ok'; others are numbers, true, false and null")
        if self.next.kind != "word":
            return float(found.text), False
        unit = self.next
        length = UNITS.get(unit.text, UNITS.get(unit.text.removesuffix("s")))
        if length is None:
            raise self.fail(
                f'"{unit.text}" is no unit of time', unit, did_you_mean(unit.text, UNITS) or "500 ms, 14 days"
            )
        self.place += 1
        return float(found.text) * length, True

    def fits(self, found: Condition, timed: bool, at: Token, first: Token) -> None:
        """What is compared and what with are of one kind."""
        kind = "number" if found.counted else SUBJECTS[found.subject]
        if kind == "time" and not timed:
            example = "500 ms" if found.subject == "duration" else "14 days"
            raise self.fail(f'"{found.subject}" is a time', at, f"write {found.subject} {found.sign} {example}")
        if timed and kind != "time":
            raise self.fail(f'"{found.shown}" is no time', at, "leave the unit out")
        if kind == "number" and (isinstance(found.value, str | bool) or found.value is None):
            raise self.fail(f'"{found.shown}" is a number', at, "leave the quotes out")
        if kind == "flag" and not isinstance(found.value, bool):
            raise self.fail(f'"{found.shown}" is true or false', at)
        if found.sign in ORDERED and (isinstance(found.value, str | bool) or found.value is None or kind == "list"):
            raise self.fail(f'"{found.sign}" compares numbers and times', at)
        if kind == "list" and found.sign != "contains":
            raise self.fail(f'"{found.shown}" is a list', first, f"write {found.shown} contains '192.0.2.1'")
        if found.sign in ("contains", "matches") and kind in ("number", "time", "flag"):
            raise self.fail(f'"{found.shown}" is a {kind}, not a text', first)
        if found.sign == "matches":
            self.pattern(found, at)

    def pattern(self, found: Condition, at: Token) -> None:
        """A pattern that can be read, and that is over in good time whatever it is held against."""
        if not isinstance(found.value, str):
            raise self.fail("a pattern is a text", at, "write body matches 'ok.*'")
        try:
            re.compile(found.value)
        except re.error as error:
            raise self.fail(f"the pattern cannot be read ({error})", at) from None
        if re.search(r"[*+}]\)*[*+{]|[*+}][^()]*\)+[*+{]", found.value):
            hint = "repeat only once: (ab)+ instead of (a*b)+"
            raise self.fail("a pattern that repeats what is repeated may never end", at, hint)


def tokens_of(text: str) -> Iterator[Token]:
    """The words of a condition; what is none comes as a word of its own."""
    place = 0
    while text[place:].strip():
        found = TOKEN.match(text, place)
        if found is None:
            start = place + len(text[place:]) - len(text[place:].lstrip())
            yield Token("unknown", text[start], start + 1)
            place = start + 1
            continue
        kind = str(found.lastgroup)
        yield Token(kind, found[kind], found.start(kind) + 1)
        place = found.end()


def plain(quoted: str) -> str:
    """A text without its quotes.

    >>> plain(r"'it\\'s'")
    "it's"
    """
    return re.sub(r"\\(['\"\\])", r"\1", quoted[1:-1])
