"""`truenorth period`: closing what was reported, and seeing what would be reported otherwise today."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from truenorth.base.errors import QueryError
from truenorth.cli import say
from truenorth.cli.colleague import Workspace, at, columns
from truenorth.cli.place import workspace_folder

if TYPE_CHECKING:
    from truenorth.decide.closing import Closed, Restatement

period = typer.Typer(help="Closed periods: what was reported, and what changed since.", no_args_is_help=True)
Period = Annotated[str, typer.Argument(metavar="PERIOD", help="A month such as 2026-05, a quarter, a year or a day.")]
Metrics = Annotated[list[str] | None, typer.Argument(metavar="[METRIC...]", help="These metrics.")]


@period.command("close")
def close(
    text: Period,
    metrics: Metrics = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, or on whose word.")] = "",
    workspace: Workspace = "",
) -> None:
    """Keep what is reported for a period, of the named metrics or of all financial ones."""
    from truenorth.decide.closing import Closed
    from truenorth.decide.closing import close as close_period
    from truenorth.workspace import open as opened
    from truenorth.workspace import wall_clock

    with opened(workspace_folder(workspace), read_only=False) as one:
        signed = Closed("", date.min, "", "", None, None, "", wall_clock(), getpass.getuser(), reason)
        found = close_period(one.query, one.data.engine, one.model, text, metrics or (), signed)
    for name, why in found.left.items():
        say.aside(f"{name} was not closed: {why}")
    closed = len({value.metric for value in found.kept})
    kept = "1 value is" if len(found.kept) == 1 else f"{len(found.kept)} values are"
    say.out(f"{text} is closed for {closed} metric{'' if closed == 1 else 's'}: {kept} kept")


@period.command("list")
def list_(
    metrics: Metrics = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")] = "text",
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 when anything would be another today.")] = False,
    workspace: Workspace = "",
) -> None:
    """Show what is closed, and each value that would be another today: before, now and the change."""
    from truenorth.decide.closing import closings, restatements
    from truenorth.workspace import open as opened

    if form not in ("text", "json"):
        raise QueryError("E_UNKNOWN_FORMAT", f'no format named "{form}"', hint="one of text, json")
    with opened(workspace_folder(workspace)) as one:
        closed = [value for value in closings(one.data.engine) if not metrics or value.metric in metrics]
        changed = restatements(one.query, closed)
    told = msgspec.json.encode({"closed": closed, "restated": changed}).decode() if form == "json" else ""
    say.out(told or "\n".join(listed(closed, changed)))
    raise typer.Exit(say.FAILED if changed and check else say.OK)


def listed(closed: Sequence[Closed], changed: Sequence[Restatement]) -> Iterator[str]:
    """What is closed, and below it what would be another today."""
    if not closed:
        yield "no period is closed"
        return
    rows = [
        (one.metric, str(one.period), one.grain, one.value or "–", at(one.closed_at), one.closed_by)
        for one in closed
        if not one.dimension
    ]
    yield columns(("metric", "from", "grain", "reported", "closed", "by"), rows)
    if changed:
        yield ""
        yield columns(("restated", "from", "of", "before", "now", "change"), [*map(restated, changed)])


def restated(one: Restatement) -> tuple[str, ...]:
    """A restatement as a row of the list."""
    of = f"{one.closed.dimension} = {one.closed.member or '(none)'}" if one.closed.dimension else "in all"
    numbers = ("–" if number is None else str(number) for number in (one.before, one.now, one.change))
    return (one.closed.metric, str(one.closed.period), of, *numbers)


@period.command("reopen")
def reopen(text: Period, metrics: Metrics = None, workspace: Workspace = "") -> None:
    """Let a period be closed anew; what was reported before stays in the table of the warehouse."""
    from truenorth.decide.closing import reopen as reopen_period
    from truenorth.workspace import open as opened
    from truenorth.workspace import wall_clock

    with opened(workspace_folder(workspace), read_only=False) as one:
        count = reopen_period(one.data.engine, text, metrics or (), wall_clock())
    say.out(f"{text} is open again: {count} value{'' if count == 1 else 's'} closed no more")
