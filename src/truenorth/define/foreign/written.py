"""Definitions as YAML text, the way a person would write it: short things on one line, one topic a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from truenorth.define.foreign.item import PLURALS, Item

WIDTH = 110
# What YAML reads as the text it is, without quotes.
BARE = re.compile(r"[A-Za-z0-9_(][!-~\u00a1-\u1fff ]*")
NOT_TEXT = re.compile(r"(?i)(true|false|yes|no|on|off|null|y|n|~)")
IN_FLOW = re.compile(r"[,\[\]{}]")


@dataclass(frozen=True, slots=True)
class File:
    """A file to be written; `spans` says which lines (from 1) each definition takes."""

    path: str
    text: str
    spans: tuple[tuple[int, int, Item], ...]

    def item_at(self, line: int) -> Item | None:
        """The definition that a line belongs to."""
        return next((item for first, last, item in self.spans if first <= line <= last), None)


def files(items: Iterable[Item], folder: str) -> list[File]:
    """One file a topic, in the order in which topics first appear."""
    topics: dict[str, list[Item]] = {}
    for item in items:
        topics.setdefault(item.topic, []).append(item)
    return [file(f"{folder}/{topic}.yml", held) for topic, held in topics.items()]


def file(path: str, items: list[Item]) -> File:
    """One file: datasets, then relationships, metrics and objectives."""
    lines = ["version: 1"]
    spans: list[tuple[int, int, Item]] = []
    for kind, plural in PLURALS.items():
        held = [one for one in items if one.kind == kind]
        if held:
            lines += ["", f"{plural}:"]
        long = False
        for at, item in enumerate(held):
            body = list(listed(item.keys, 1))
            if at and (long or len(body) > 1):
                lines.append("")
            long = len(body) > 1
            spans.append((len(lines) + 1, len(lines) + len(body), item))
            lines += body
    return File(path, "\n".join(lines) + "\n", tuple(spans))


def listed(keys: dict[str, Any], depth: int) -> Iterator[str]:
    """One definition of a list: on one line where it fits, else one key a line."""
    lead = "  " * depth
    short = f"{lead}- {flow(keys)}"
    if len(short) <= WIDTH and (depth > 1 or len(keys) <= 7):
        yield short
        return
    for at, (key, value) in enumerate(keys.items()):
        before = f"{lead}- " if at == 0 else f"{lead}  "
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{before}{key}:"
            for one in value:
                yield from listed(one, depth + 2)
        elif isinstance(value, str) and len(before) + len(key) + len(value) > WIDTH and "\n" not in value:
            yield f"{before}{key}: >-"
            yield from (f"{lead}    {line}" for line in wrapped(value, WIDTH - len(lead) - 4))
        else:
            yield f"{before}{key}: {flow(value, top=True)}"


def wrapped(text: str, width: int) -> Iterator[str]:
    """A long text over several lines, which YAML folds into one again."""
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def flow(value: Any, *, top: bool = False) -> str:
    """A value on one line; `top` where no brackets are around it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return scalar(str(value), top=top)


def scalar(text: str, *, top: bool) -> str:
    """A text with quotes only where YAML needs them.

    >>> scalar("status = 'paid'", top=True), scalar("yes", top=True), scalar("a, b", top=False)
    ("status = 'paid'", '"yes"', '"a, b"')
    """
    bare = BARE.fullmatch(text) and not NOT_TEXT.fullmatch(text) and not text.endswith((":", " "))
    if bare and (top or not IN_FLOW.search(text)) and ": " not in text and " #" not in text:
        return text
    if not re.search(r"[\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]", text) and '"' in text and "'" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")
