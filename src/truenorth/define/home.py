"""The list of the home page as it is written, made longer when new metrics come; the rest of the file stays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from truenorth.define import yaml
from truenorth.define.files import WORKSPACE_FILE


def show(folder: Path, names: Sequence[str]) -> bool:
    """Put metrics at the end of the home page's list, if there is one; whether the file says so now.

    A workspace without a list shows its key metrics anyway. A list that is written as nobody expects is left alone.
    """
    path = folder / WORKSPACE_FILE
    text = path.read_text("utf-8")
    made = longer(text, names)
    if made == text:
        return False
    path.write_text(made, "utf-8")
    return True


def longer(text: str, names: Sequence[str]) -> str:
    """The text of the file with the names that its list does not have yet.

    >>> print(longer("home:\\n  - revenue  # first\\ncurrency: EUR", ["visits"]))
    home:
      - revenue  # first
      - visits
    currency: EUR
    >>> longer("home: [revenue]  # one", ["visits", "revenue"])
    'home: [revenue, visits]  # one'
    """
    listed = _listed(text)
    new = [name for name in names if listed and name not in [one.text for one in listed]]
    if not new:
        return text
    last, lines = listed[-1], text.splitlines(keepends=True)
    line = lines[last.line - 1]
    before = line[: last.column - 1]
    if before.strip() == "-":
        lines[last.line - 1] = line if line.endswith("\n") else f"{line}\n"
        lines[last.line : last.line] = [f"{before}{name}\n" for name in new]
    else:
        head, mark, tail = line[last.column - 1 :].partition("]")
        lines[last.line - 1] = f"{before}{', '.join([head.rstrip().rstrip(','), *new])}{mark}{tail}"
    made = "".join(lines)
    return made if [one.text for one in _listed(made)] == [*(one.text for one in listed), *new] else text


def _listed(text: str) -> list[yaml.Scalar]:
    """The names of the list with their places; none where there is no list of names."""
    root = yaml.read_document(text, WORKSPACE_FILE).root
    entry = root.entries.get("home") if isinstance(root, yaml.Mapping) else None
    items = entry.value.items if entry is not None and isinstance(entry.value, yaml.Sequence) else []
    return [one for one in items if isinstance(one, yaml.Scalar)]
