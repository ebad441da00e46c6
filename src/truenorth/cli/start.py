"""`truenorth init`: a workspace from data that lies somewhere."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from truenorth import workspace
from truenorth.cli import say
from truenorth.cli.prove import count
from truenorth.discover.report import FILE, Assumption, Discovery
from truenorth.discover.settings import Wishes
from truenorth.discover.start import start

__all__ = ["Wishes", "init"]

MOST = 12  # so many lines of a kind are printed; the report holds all


def init(folder: str, given: Sequence[str], wishes: Wishes) -> None:
    """Make the workspace and say what was found, assumed and not understood."""
    began, place = time.perf_counter(), Path(folder)
    with Console(stderr=True, highlight=False).status("looking at the data") as status:
        made = start(place, given, wishes, workspace.wall_clock(), lambda text: status.update(text))
    say.out("\n".join(told(made, time.perf_counter() - began)))


def told(made: Discovery, seconds: float) -> list[str]:
    """The discovery in words, with what to do next."""
    where = shlex.quote(str(made.folder))
    if not made.tables and not made.metrics:
        return [
            f"{made.folder}: an empty workspace",
            f"next: truenorth init {where} --from FILE-OR-DATABASE, or write a definition into {made.folder}/metrics;",
            f"      truenorth key create web -w {where} for what a site or an app sends by itself",
        ]
    counted = f"{count(made.metrics, 'metric')} over {count(made.tables, 'dataset')}"
    lines = [f"{made.folder}: {counted}, {seconds:.1f} s"]
    for title, texts in (
        ("found", list(made.found)),
        ("assumed", [placed(one) for one in made.assumed]),
        ("could not be told", [placed(one) for one in made.unsure]),
        ("read again by truenorth pull", [placed(one) for one in made.again]),
        ("read this once", list(made.once)),
        ("not read", [f"{file}: {why}" for file, why in made.unread]),
        ("left out", [f"{one.name}: {one.why}" for one in made.left_out]),
    ):
        if texts:
            lines += [f"{title}:", *(f"  {text}" for text in texts[:MOST])]
            lines += [f"  … and {len(texts) - MOST} more, in {made.folder / FILE}"] if len(texts) > MOST else []
    if not made.written:
        lines.append("nothing is new: all of it was described before")
    first = next(iter(made.home or made.metrics), "")
    lines += [
        "next:",
        f"  truenorth serve -w {where}    look at its pages",
        f"  truenorth query {first}{' --grain month' if made.home else ''} -w {where}    ask for a number"
        if first
        else "",
        f"  truenorth verify -w {where}    prove the numbers",
        f"  truenorth pull -w {where}    takes the next export" if made.again else "",
    ]
    return [line for line in lines if line]


def placed(one: Assumption) -> str:
    """An assumption with the line that says so."""
    return f"{one.text}  [{one.place}]" if one.place else one.text
