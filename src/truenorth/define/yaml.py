"""YAML text as values that know where they stand; a file with mistakes is read around them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from truenorth.base.errors import DefinitionError, Place
from truenorth.define.mend import compose

NULLS = ("", "~", "null", "Null", "NULL")
KNOWN_TAGS = frozenset(("str", "int", "float", "bool", "null", "timestamp", "seq", "map", "merge", "value"))


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
    """The values of one file. Around a mistake a line or a list item is left out, and reading goes on."""
    composed, errors, lost = compose(text, file)
    walk = _Walk(file)
    root = walk.node(composed) if composed is not None else None
    return Document(root, (*errors, *walk.errors), lost)


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
