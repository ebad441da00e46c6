"""`truenorth probe`: try the checks that are defined, here and now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from truenorth.cli import say

if TYPE_CHECKING:
    from truenorth.collect.probe.outcome import Outcome, Result
    from truenorth.define.probe import Check

probing = typer.Typer()


@probing.command("probe")
def probe(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="These checks; else all.")] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")] = "text",
    workspace: Annotated[str, typer.Option("-w", "--workspace", metavar="DIR", help="The workspace.")] = "",
) -> None:
    """Try checks once and show what each condition found; ends with 1 when one of them is down. Nothing is kept."""
    from truenorth.cli.place import workspace_folder
    from truenorth.collect.probe.try_all import checks_of, try_all
    from truenorth.workspace import open as opening

    folder = workspace_folder(workspace)
    with opening(folder) as opened:
        found = checks_of(opened.model, names or ())
    tried = try_all(found, folder, lambda: time.time_ns() // 1000)
    if form == "json":
        import msgspec

        say.out(msgspec.json.encode([one for _, one, _ in tried]).decode())
    else:
        say.out("\n".join(told(*one) for one in tried) or "no checks: define some under checks:")
    if not all(one.ok for _, one, _ in tried):
        raise typer.Exit(say.FAILED)


def told(check: Check, result: Result, seen: Outcome) -> str:
    """One check: how it is, and each condition with what was there."""
    from truenorth.collect.probe.once import expected, read
    from truenorth.collect.probe.verdict import judged

    state = "down" if not result.ok else "degraded" if result.degraded else "up"
    took = "" if result.duration_ms is None else f"  {result.duration_ms:.0f} ms"
    lines = [f"{check.name}  {state}{took}" + (f"  {result.error}" if result.error else "")]
    if not result.error:
        wanted = (*expected(check), *read(tuple(check.degraded)))
        lines += [
            f"  {'ok' if one.holds else '✗ '} {one.condition}: {one.was}" for one in judged(wanted, seen, result.time)
        ]
    return "\n".join(lines)
