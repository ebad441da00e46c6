"""`truenorth behind`: the rows or the people that make a number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truenorth.base.errors import QueryError
from truenorth.base.quantity import format_value
from truenorth.cli import say
from truenorth.cli.place import workspace_folder
from truenorth.cli.words import listed
from truenorth.query.request import MetricQuery

if TYPE_CHECKING:
    from truenorth.query.behind import Behind

listing = typer.Typer()


@listing.command("behind")
def behind(
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="The metric whose number it is.")],
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="VALUE", help="The row of the answer: its period and its groups, in their order."),
    ] = None,
    part: Annotated[
        str, typer.Option("--part", metavar="NAME", help="Which of the numbers that it is computed from.")
    ] = "",
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="FIELD", help="Split by fields: plan, customers.region.")
    ] = None,
    grain: Annotated[str, typer.Option("--grain", help="One row per hour, day, week, month, quarter or year.")] = "",
    range_: Annotated[
        str, typer.Option("--range", help="The time: 12m, 90d, last complete week, 2026-Q1, 2026-01..2026-03, all.")
    ] = "all",
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="Count days in this zone: Europe/Berlin.")
    ] = "",
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="SQL", help="A condition over fields; repeat to add more."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="List at most so many; all are counted.")] = 1000,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="table, csv, json, md, parquet or xlsx.")
    ] = "",
    output: Annotated[
        str,
        typer.Option("-o", "--output", "--out", metavar="FILE", help="Write to a file; its ending names the format."),
    ] = "",
    workspace: Annotated[
        str,
        typer.Option("-w", "--workspace", metavar="DIR", help="The workspace; else the nearest truenorth.yml above."),
    ] = "",
) -> None:
    """List what lies behind a number: the rows that make it, or the people it counts, exactly that many."""
    asked = MetricQuery(
        metrics=listed([metric]),
        by=listed(by),
        grain=grain,
        range=range_,
        timezone=timezone,
        where=tuple(where or ()),
    )
    show(asked, (tuple(at or ()), part, limit), workspace, form, output)


def show(asked: MetricQuery, which: tuple[tuple[str, ...], str, int], folder: str, form: str, output: str) -> None:
    """What lies behind one number, to the terminal or to a file; of a number computed from others, these."""
    from truenorth import workspace
    from truenorth.cli.ask import format_of, save
    from truenorth.export.write import written

    form = form or format_of(output)
    with workspace.open(workspace_folder(folder)) as opened:
        found = workspace.behind(opened, asked, *which)
        locale = opened.model.workspace.locale
    if form == "table" and not output:
        say.out(told(found, locale))
    if not found.part:
        return
    result = written(found.answer, form)
    if output:
        save(Path(output), result)
    elif isinstance(result, bytes):
        raise QueryError("E_BINARY_TO_TERMINAL", f"{form} is not for reading in a terminal", hint="add --output FILE")
    else:
        say.out(result)


def told(found: Behind, locale: str) -> str:
    """A number, how many rows or things make it, or the parts it is computed from."""
    where = ", ".join(value for _, value in found.place)
    number = format_value(found.number, found.column.unit, found.column.currency, locale)
    head = f"{found.metric.title}{f' ({where})' if where else ''}: {number}"
    if not found.part:
        lines = [
            f"  --part {one.name}  {one.title}: {format_value(one.value, one.metric.unit, one.metric.currency, locale)}"
            for one in found.parts
        ]
        return "\n".join([head, "is computed from several numbers; ask for what lies behind one of them:", *lines])
    what = "different" if found.entities else "rows"
    return f"{head}\n{found.size:,} {what}, {found.how}\n"
