"""`truenorth gap`: what another tool reports, and where the difference to our number comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from truenorth.base.errors import QueryError
from truenorth.cli import say

ledger = typer.Typer()


@ledger.command("gap")
def gap(
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="The metric, such as mrr.")],
    reported: Annotated[
        str, typer.Option("--reported", metavar="FILE", help="A CSV of periods and amounts; else the metric's own.")
    ] = "",
    compat: Annotated[
        str,
        typer.Option("--compat", metavar="TOOL", help="Who reports: stripe, mixpanel, … (see policies), or guess."),
    ] = "",
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", metavar="NAME=CHOICE", help="What it chooses; repeat to say more."),
    ] = None,
    timezone: Annotated[str, typer.Option("--timezone", metavar="ZONE", help="The zone whose days it counts.")] = "",
    grain: Annotated[str, typer.Option("--grain", help="What its periods are.")] = "month",
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")] = "text",
    workspace: Annotated[str, typer.Option("-w", "--workspace", metavar="DIR", help="The workspace.")] = "",
) -> None:
    """Split what another tool reports of a metric, less ours, into policies and the rows behind them."""
    from pathlib import Path

    from truenorth.cli.place import workspace_folder
    from truenorth.export.gap import written
    from truenorth.workspace import gap as told
    from truenorth.workspace import open as opening

    said = policies_of(policy or [])
    with opening(workspace_folder(workspace)) as opened:
        file = Path(reported) if reported else None
        found = told(opened, metric, file, compat=compat, policies=said, timezone=timezone, grain=grain)
        say.out(written(found, form, opened.model.workspace.locale).rstrip("\n"))


def policies_of(words: list[str]) -> dict[str, str]:
    """`name=choice` words as a mapping.

    >>> policies_of(["discounts=all"])
    {'discounts': 'all'}
    """
    for word in words:
        if "=" not in word:
            raise QueryError("E_UNKNOWN_POLICY", f'"{word}" is not name=choice', hint="write --policy discounts=all")
    pairs = [word.partition("=") for word in words]
    return {name.strip(): choice.strip() for name, _, choice in pairs}
