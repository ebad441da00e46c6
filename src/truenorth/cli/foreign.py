"""`truenorth adopt` and `export-definitions`: the definitions of other tools, in and out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from truenorth.base.errors import DefinitionError, SourceError, did_you_mean
from truenorth.cli import say
from truenorth.cli.place import workspace_folder
from truenorth.define.foreign.adopt import Adoption, adopted, write
from truenorth.define.foreign.export import Document, exported
from truenorth.define.foreign.item import PLURALS, Loss
from truenorth.define.foreign.slo.rules import Rules
from truenorth.define.foreign.slo.rules import exported as rules
from truenorth.define.load import load
from truenorth.define.model import Model

TARGETS: dict[str, Callable[[Model], Document | Rules]] = {"ossie": exported, "prometheus": rules}


def adopt(path: str, into: str, replace: bool, show: bool) -> None:
    """Read another tool's definitions and write them as ours; what cannot be carried is listed."""
    folder = Path(into)
    if folder.exists() and not folder.is_dir():
        raise SourceError("E_FOLDER_TAKEN", f'"{into}" is a file', hint="name a folder with --into")
    made = adopted(path)
    if show:
        for file in made.files:
            say.out(f"# {file.path}\n{file.text}")
    else:
        write(made, folder, replace=replace)
    say.out("\n".join(told(made, "" if show else into)))
    if made.items and not show:
        say.aside(f"next: truenorth check -w {into}")


def told(made: Adoption, into: str) -> list[str]:
    """What was carried, what the other tool's defaults are, what could not be carried and why."""
    counts = ", ".join(counted(made.count(kind), kind) for kind in PLURALS)
    lines = [f"read {' and '.join(made.spellings)}: {counts}"]
    if made.written:
        lines.append(f"wrote {len(made.written)} files into {into}: {', '.join(made.written)}")
    if made.replaced:
        lines.append(f"replaced {', '.join(made.replaced)}")
    if made.stated:
        lines.append("stated, for the other tool takes it for granted and we do not:")
        lines += [f"  {words} ({counted(count, 'metric')})" for words, count in made.stated.items()]
    return [*lines, *lost(made.losses)]


def lost(losses: Sequence[Loss]) -> list[str]:
    """What could not be carried, by the name of the loss."""
    if not losses:
        return ["everything was carried"]
    lines = [f"not carried ({len(losses)}):"]
    for code, same in groupby(sorted(losses, key=lambda one: one.code), key=lambda one: one.code):
        lines.append(f"  {code}")
        lines += [f"    {one.origin}  {one.what}: {one.why}" for one in same]
    return lines


def counted(count: int, noun: str) -> str:
    """A number of things."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def export_definitions(to: str, output: str, folder: str) -> None:
    """Write the workspace's definitions for another tool; what it has no words for travels along for us."""
    if to not in TARGETS:
        hint = did_you_mean(to, TARGETS) or f"write --to {' or '.join(TARGETS)}"
        raise DefinitionError("E_UNKNOWN_TARGET", f'definitions cannot be written as "{to}"', hint=hint)
    place = workspace_folder(folder)
    made = TARGETS[to](load(place))
    if output:
        Path(output).write_text(made.text, "utf-8")
        say.out(f"wrote {output}")
    else:
        say.out(made.text)
    for line in lost(made.losses) if made.losses else ():
        say.aside(line)
