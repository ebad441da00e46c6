"""An answer as a Markdown table that reads well as plain text, too."""

from __future__ import annotations

from collections.abc import Sequence

from truenorth.export.cell import cells, heading, is_right, remarks, seen, totals_row
from truenorth.query.answer import Answer


def to_markdown(answer: Answer, locale: str = "en") -> str:
    """The rows as a table, totals in bold, the notes as a list underneath."""
    columns = seen(answer)
    lines = [
        _line([heading(column, answer.query.vs) for column in columns]),
        "| " + " | ".join("---:" if is_right(column) else "---" for column in columns) + " |",
        *(_line(row) for row in cells(answer, locale)),
    ]
    total = totals_row(answer, locale)
    if total:
        lines.append("| " + " | ".join(f"**{_escaped(word)}**" if word else "" for word in total) + " |")
    notes = [*remarks(answer), f"Data as of {answer.as_of:%Y-%m-%d %H:%M}, {answer.timezone}."]
    return "\n".join([*lines, "", *(f"- {_escaped(note)}" for note in notes)]) + "\n"


def _line(words: Sequence[str]) -> str:
    return "| " + " | ".join(map(_escaped, words)) + " |"


def _escaped(text: str) -> str:
    """Text that stays in its cell and stays text."""
    plain = " ".join(text.split("\n")).replace("\r", " ")
    for mark in "\\|*_`<[":
        plain = plain.replace(mark, f"\\{mark}")
    return plain
