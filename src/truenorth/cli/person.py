"""`truenorth identity`: which ids are one person, and saying so by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from truenorth.cli import say
from truenorth.cli.colleague import Workspace, at, columns
from truenorth.cli.place import workspace_folder

identity = typer.Typer(help="Which ids are one person: shown, joined and parted.", no_args_is_help=True)
One = Annotated[str, typer.Argument(metavar="ID", help="An id as it was sent: a user's, or a device's.")]


@identity.command("show")
def show(id_: One, workspace: Workspace = "") -> None:
    """Show all ids of a person, and everything that was said about them."""
    from truenorth.workspace import open as opened

    with opened(workspace_folder(workspace)) as one:
        found = one.data.person(id_)
    rows = [(known.id, f"{known.events:,}", at(known.first_seen)) for known in found.ids]
    say.out(columns(("id", "events", "first seen"), rows))
    if found.lines:
        said = [
            (
                at(line.at),
                line.kind,
                line.former,
                line.current,
                line.source,
                line.refused and f"refused: {line.refused}",
            )
            for line in found.lines
        ]
        say.out("\n" + columns(("when", "said", "id", "with", "by", ""), said))


@identity.command("merge")
def merge(
    id_: One,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The id of the same person.")],
    workspace: Workspace = "",
) -> None:
    """Make two ids, and all that belong to either, one person. `split` takes it back."""
    from truenorth.workspace import open as opened

    with opened(workspace_folder(workspace), read_only=False) as one:
        fresh = one.data.merge(id_, other)
        found = one.data.person(id_)
    say.out(f"{id_} and {other} are {'now' if fresh else 'already'} one person of {len(found.ids)} ids")


@identity.command("split")
def split(
    id_: One,
    other: Annotated[
        str, typer.Argument(metavar="[OTHER]", help="Part it from this id; else from all it is joined with directly.")
    ] = "",
    workspace: Workspace = "",
) -> None:
    """Part ids that are not the same person; what clients say later does not join them again. `merge` takes it back."""
    from truenorth.workspace import open as opened

    with opened(workspace_folder(workspace), read_only=False) as one:
        parted = one.data.split(id_, other)
    say.out(f"{id_} is parted from {', '.join(parted)}")
