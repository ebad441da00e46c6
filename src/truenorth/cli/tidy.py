"""`truenorth compact`: the warehouse in the least room."""

from __future__ import annotations

from truenorth import workspace
from truenorth.cli import say
from truenorth.cli.place import workspace_folder

MIB = 2**20


def compact(folder: str) -> None:
    """Write it anew and say what that brought."""
    with workspace.open(workspace_folder(folder), read_only=False) as opened:
        found = opened.data.compact()
    say.out(f"{found.before / MIB:,.1f} MiB before, {found.after / MIB:,.1f} MiB now")
    kinds = [(found.events, "event"), (found.samples, "sample")]
    told = [(count, name) for count, name in kinds if count]
    if len(told) == 1:
        [(count, name)] = told
        say.out(f"{found.after / count:,.1f} bytes for each of {count:,} {name}s, ids and all")
    elif told:
        say.out(", ".join(f"{count:,} {name}s" for count, name in told))
