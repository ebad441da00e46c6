"""`truenorth cost`: what an incident cost in a metric."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from truenorth.base.errors import QueryError
from truenorth.cli import say

costing = typer.Typer()


@costing.command("cost")
def cost(
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="A metric that is counted or summed.")],
    during: Annotated[str, typer.Argument(metavar="FROM..TO", help="When it was: 2026-05-13T10:00..2026-05-13T14:30.")],
    where: Annotated[list[str] | None, typer.Option("--where", metavar="SQL", help="Only these rows.")] = None,
    other: Annotated[
        list[str] | None,
        typer.Option(
            "--other", metavar="FROM..TO", help="Another incident, which is no example of how it usually goes."
        ),
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")] = "text",
    workspace: Annotated[str, typer.Option("-w", "--workspace", metavar="DIR", help="The workspace.")] = "",
) -> None:
    """Tell what an incident cost: what would have been usual less what was counted, and what came back afterwards."""
    from truenorth.cli.place import workspace_folder
    from truenorth.export.cost import written
    from truenorth.workspace import cost_of
    from truenorth.workspace import open as opening

    others = [stretch(one) for one in other or ()]
    with opening(workspace_folder(workspace)) as opened:
        found = cost_of(opened, metric, stretch(during), others, tuple(where or ()))
        say.out(written(found, form, opened.model.workspace.locale))


def stretch(text: str) -> tuple[datetime, datetime]:
    """Two times with dots between them; QueryError E_BAD_RANGE for anything else."""
    low, _, high = text.partition("..")
    return moment(low), moment(high)


def moment(text: str) -> datetime:
    """A time as the workspace's clock shows it; QueryError E_BAD_RANGE for anything else.

    >>> moment("2026-05-13T10:00")
    datetime.datetime(2026, 5, 13, 10, 0)
    """
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        hint = "write it like 2026-05-13T10:00, as the clock of the workspace shows it"
        raise QueryError("E_BAD_RANGE", f'"{text}" is no time', hint=hint) from None
