"""`truenorth slo`: how service level objectives stand."""

from __future__ import annotations

from typing import Annotated

import typer

from truenorth.cli import say

objective = typer.Typer()


@objective.command("slo")
def slo(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="One objective; else all.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="FIELD", help="Each group of a field by itself.")] = "",
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")] = "text",
    workspace: Annotated[str, typer.Option("-w", "--workspace", metavar="DIR", help="The workspace.")] = "",
) -> None:
    """Show how objectives stand: attained, left of the budget, how fast that burns, and which alerts it calls for."""
    from truenorth.cli.place import workspace_folder
    from truenorth.export.standing import written
    from truenorth.workspace import open as opening
    from truenorth.workspace import slo_standings

    with opening(workspace_folder(workspace)) as opened:
        chosen = opened.model.workspace
        found, wrong = slo_standings(opened, name, by)
        if found or not wrong:
            say.out(written(found, form, chosen.timezone, chosen.locale).rstrip("\n"))
        for one, error in wrong:
            say.aside(f"{one.name} cannot be told:")
            say.complain(error)
    if wrong:
        raise typer.Exit(1)
