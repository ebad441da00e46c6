"""`truenorth cohorts`: who is in which cohort."""

from __future__ import annotations

from typing import Annotated

import typer

from truenorth.cli import say
from truenorth.cli.colleague import columns

crowd = typer.Typer()


@crowd.command("cohorts")
def cohorts(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The cohort whose members are listed.")] = "",
    as_of: Annotated[str, typer.Option("--as-of", metavar="DAY", help="As of this day; else today.")] = "",
    workspace: Annotated[str, typer.Option("-w", "--workspace", metavar="DIR", help="The workspace.")] = "",
) -> None:
    """List the members of a cohort, one a line; without a name all cohorts, and how many are in each."""
    from truenorth.cli.place import workspace_folder
    from truenorth.workspace import members
    from truenorth.workspace import open as opening

    with opening(workspace_folder(workspace)) as opened:
        if name:
            return say.out("\n".join(str(one) for one in members(opened, name, as_of)) or "nobody")
        known = opened.model.cohorts.values()
        rows = [(one.name, f"{len(members(opened, one.name, as_of)):,}", one.entity, one.title) for one in known]
    if not rows:
        return say.out("no cohorts: define some under cohorts:")
    return say.out(columns(("cohort", "members", "of", "what it is"), rows))
