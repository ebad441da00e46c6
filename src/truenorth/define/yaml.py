"""YAML text as values that know where they stand; a file with mistakes is read around them."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from truenorth.base.errors import DefinitionError, Place

NULLS = ("", "~", "null", "Null", "NULL")
MOST_MISTAKES = 20
TOP_KEY = re.compile(r"[^\s#-]")
KNOWN_TAGS = frozenset(("str", "int", "float", "bool", "null", "timestamp", "seq", "map", "merge", "value"))
NAMED = re.compile(r"\bname:\s*[\"']?(\w+)")


class Scalar(Struct, frozen=True):
    """One value as it is written; `plain` when it has no quotes."""

    text: str
    line: int
    column: int
    plain: bool

    @property
    def empty(self) -> bool:
        return self.plain and self.text in NULLS


class Sequence(Struct, frozen=True):
    """A list."""

    items: list[Node]
    line: int
    column: int


class Entry(Struct, frozen=True):
    """One key of a mapping, where the key stands, and its value."""

    line: int
    column: int
    value: Node


class Mapping(Struct, frozen=True):
    """Keys and values, in the order they are written."""

    entries: dict[str, Entry]
    line: int
    column: int


Node = Scalar | Sequence | Mapping


class Document(Struct, frozen=True):
    """What a file holds, what is wrong with it as YAML, and the names in the parts that could not be read."""

    root: Node | None
    errors: tuple[DefinitionError, ...] = ()
    lost: tuple[str, ...] = ()


def read_document(text: str, file: str) -> Document:
    """The values of one file. Around a mistake the list item that holds it is left out, and reading goes on."""
    import yaml

    lines = text.split("\n")
    errors: list[DefinitionError] = []
    lost: list[str] = []
    while True:
        try:
            composed = yaml.compose("\n".join(lines), Loader=yaml.CSafeLoader)
            break
        except yaml.YAMLError as error:
            errors.append(_mistake(error, lines, file))
            left_out = _leave_out(lines, _line_of(error, lines)) if len(errors) < MOST_MISTAKES else []
            lost += NAMED.findall("\n".join(left_out or lines))
            if not left_out:
                return Document(None, tuple(errors), tuple(lost))
    walk = _Walk(file)
    root = walk.node(composed) if composed is not None else None
    return Document(root, (*errors, *walk.errors), tuple(lost))


class _Walk:
    """Turns composed nodes into ours, each once, however often an alias repeats it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[DefinitionError] = []
        self.seen: dict[int, Node | None] = {}

    def node(self, raw: Any) -> Node:
        mark = raw.start_mark
        line, column = mark.line + 1, mark.column + 1
        if raw.tag.removeprefix("tag:yaml.org,2002:") not in KNOWN_TAGS:
            self.errors.append(self._error(f'the tag "{raw.tag}" has no meaning here', line, column, "leave it out"))
        if raw.id == "scalar":
            return Scalar(raw.value, line, column, raw.style is None or raw.style == "")
        if id(raw) in self.seen:
            return self.seen[id(raw)] or self._circle(line, column)
        self.seen[id(raw)] = None
        made: Node
        if raw.id == "sequence":
            made = Sequence([self.node(item) for item in raw.value], line, column)
        else:
            made = Mapping(self._entries(raw.value), line, column)
        self.seen[id(raw)] = made
        return made

    def _entries(self, pairs: list[tuple[Any, Any]]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for key, value in pairs:
            line, column = key.start_mark.line + 1, key.start_mark.column + 1
            if key.id != "scalar":
                self.errors.append(self._error("a key must be one word", line, column, _moustache(key.id)))
                continue
            first = entries.get(key.value)
            if first is not None:
                message = f'the key "{key.value}" is written twice, first in line {first.line}'
                self.errors.append(
                    DefinitionError("E_DUPLICATE_KEY", message, where=Place(self.file, line, column), hint="keep one")
                )
                continue
            entries[key.value] = Entry(line, column, self.node(value))
        return entries

    def _circle(self, line: int, column: int) -> Node:
        self.errors.append(self._error("an alias refers to itself", line, column, "write the value out"))
        return Scalar("", line, column, True)

    def _error(self, message: str, line: int, column: int, hint: str) -> DefinitionError:
        return DefinitionError("E_YAML", message, where=Place(self.file, line, column), hint=hint)


def _moustache(kind: str) -> str:
    return "put text that begins with { or [ into quotes" if kind in ("mapping", "sequence") else ""


def _mistake(error: Any, lines: list[str], file: str) -> DefinitionError:
    began: Any = getattr(error, "context_mark", None)
    mark: Any = getattr(error, "problem_mark", None) or began
    if mark is None:
        line = _line_of(error, lines)
        return DefinitionError("E_YAML", f"not YAML: {_first_line(error)}", where=Place(file, line + 1, 1))
    context, problem, hint = (error.context or "").strip(), (error.problem or "").strip(), ""
    if began is not None and "end of stream" in problem:
        mark, hint = began, "close the quotes or brackets that begin here"
    elif began is not None and "expected ':'" in problem:
        mark = began
    since = f" (begun in line {began.line + 1})" if began is not None and began.line != mark.line else ""
    message = f"not YAML: {f'{context}, ' if context else ''}{problem}{since}"
    last = max((number for number, line in enumerate(lines) if line.strip()), default=0)
    if mark.line > last:
        place, hint = Place(file, last + 1, len(lines[last]) + 1), "close the quotes or brackets that are open"
    else:
        place = Place(file, mark.line + 1, mark.column + 1)
    return DefinitionError("E_YAML", message, where=place, hint=hint or _advice(lines[mark.line], problem))


def _advice(written: str, problem: str) -> str:
    indent = written[: len(written) - len(written.lstrip())]
    if "\t" in indent:
        return "YAML is indented with spaces: replace the tab"
    if "{{" in written:
        return "a condition is plain SQL over fields, such as filter: status = 'paid'"
    if "mapping values are not allowed" in problem:
        return 'put text that holds ": " into quotes'
    if "expected a single document" in problem or "but found another document" in problem:
        return 'write one document a file: remove the "---"'
    if "cannot start any token" in problem:
        return "put text that begins with @ ` or % into quotes"
    if "could not find expected ':'" in problem:
        return 'a key is followed by ": "'
    if "did not find expected" in problem:
        return "see whether the line is indented as the lines around it, and which brackets are open"
    return ""


def _first_line(error: Any) -> str:
    return str(error).split("\n", 1)[0]


def _line_of(error: Any, lines: list[str]) -> int:
    """The line (from 0) in which the mistake most likely is: where the broken value began."""
    mark = getattr(error, "context_mark", None)
    problem = getattr(error, "problem_mark", None)
    inside_quotes = "scanning" in (getattr(error, "context", None) or "") or "flow" in (
        getattr(error, "context", None) or ""
    )
    chosen = mark if mark is not None and inside_quotes else problem or mark
    if chosen is not None:
        return min(int(chosen.line), len(lines) - 1)
    position = getattr(error, "position", 0)
    before = 0
    for number, line in enumerate(lines):
        before += len(line) + 1
        if before > position:
            return number
    return len(lines) - 1


def _leave_out(lines: list[str], at: int) -> list[str]:
    """Blanks the list item (or all of a top key) around a line, in place, and returns what it held."""
    dashes = [len(found[1]) for line in lines if (found := re.match(r"(\s*)- ", line))]
    indent = min(dashes, default=0)
    border = re.compile(rf" {{0,{indent}}}- |{TOP_KEY.pattern}")
    start = at
    while start > 0 and not border.match(lines[start]):
        start -= 1
    if TOP_KEY.match(lines[start]):
        border = TOP_KEY
    end = at + 1
    while end < len(lines) and not border.match(lines[end]):
        end += 1
    left_out = lines[start:end]
    lines[start:end] = [""] * (end - start)
    return left_out if any(line.strip() for line in left_out) else []
