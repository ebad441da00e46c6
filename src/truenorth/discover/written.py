"""Definitions as files, the way a person writes them: a word on what it is about, short things on one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from truenorth.base.unit import singular
from truenorth.define.foreign.written import listed
from truenorth.define.templates import find_template
from truenorth.discover.counting import in_words
from truenorth.discover.subject import Subject
from truenorth.discover.world import Group, World

FOLDER = "metrics"
_INDENTED = "  "


class Page(Struct, frozen=True):
    """A file: its path, its text, and which lines (from 1) belong to which definition (kind, name)."""

    path: str
    text: str
    spans: tuple[tuple[int, int, str, str], ...]

    def at(self, line: int) -> tuple[str, str]:
        """The kind and name of the definition at a line; empty where there is none."""
        return next(((kind, name) for first, last, kind, name in self.spans if first <= line <= last), ("", ""))

    def line_of(self, name: str) -> int:
        """The line where a definition or a field of that name begins; 1 where it is not found."""
        for number, line in enumerate(self.text.splitlines(), 1):
            if f"name: {name}," in line or line.rstrip().endswith(f"name: {name}") or f"name: {name}}}" in line:
                return number
        return 1


def pages(world: World) -> list[Page]:
    """One file for each dataset with what belongs to it."""
    return [page(group) for group in world.groups.values()]


def page(group: Group) -> Page:
    """The file of one group."""
    lines = [f"# {line}" for line in about(group.subject)] + ["version: 1"]
    spans: list[tuple[int, int, str, str]] = []

    def write(kind: str, keys: dict[str, Any], before: list[str]) -> None:
        lines.extend(f"{_INDENTED}# {one}" for one in before)
        first = len(lines) + 1
        lines.extend(listed(keys, 1))
        spans.append((first, len(lines), kind, str(keys["name"])))

    for kind, held in (("dataset", group.datasets), ("relationship", group.relationships)):
        lines += ["", f"{kind}s:"] if held else []
        for at, keys in enumerate(held):
            lines += [""] if at and kind == "dataset" else []
            write(kind, keys, [])
    lines += ["", "metrics:"] if group.metrics else []
    for at, made in enumerate(group.metrics):
        lines += [""] if at else []
        for keys in made.mappings:
            write("metric", keys, question(keys) if keys is made.mappings[-1] else [])
    return Page(f"{FOLDER}/{group.subject.name}.yml", "\n".join(lines) + "\n", tuple(spans))


def question(keys: dict[str, Any]) -> list[str]:
    """The question of the standard metric that a definition follows."""
    known = find_template(str(keys.get("template", "")))
    return [known.question] if known else []


def about(subject: Subject) -> Iterator[str]:
    """What a file is about, in a few lines."""
    table = subject.table
    noun = subject.kind if subject.kind != "other" else "rows of a kind that was not recognised"
    yield f"{noun.capitalize()}: {table.rows:,} rows of {table.origin or table.source}."
    if table.note:
        yield f"{table.note[0].upper()}{table.note[1:]}."
    if subject.conditions:
        one = singular(subject.kind).capitalize()
        yield (
            f"{one}s count as sales when: {in_words(subject.conditions)} (is_sale)." if subject.kind == "orders" else ""
        )
    for note in subject.notes:
        yield f"{note[0].upper()}{note[1:]}."
