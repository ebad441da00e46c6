"""`truenorth quarantine`: what could not be taken in, and reading it again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from truenorth.base.errors import QueryError
from truenorth.cli import say
from truenorth.cli.colleague import Workspace, at, columns
from truenorth.cli.place import workspace_folder

MOST = 2000
quarantine = typer.Typer(help="What could not be taken in: kept whole, with the reason.", no_args_is_help=True)


@quarantine.command("list")
def list_(
    source: Annotated[str, typer.Option("--source", metavar="SOURCE", help="Only what this source sent.")] = "",
    done: Annotated[bool, typer.Option("--all", help="What was replayed since as well.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many pieces.")] = 100,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")] = "text",
    workspace: Workspace = "",
) -> None:
    """Show what lies there, the newest first, and why."""
    from truenorth.workspace import open as opened

    if form not in ("text", "json"):
        raise QueryError("E_UNKNOWN_FORMAT", f'no format named "{form}"', hint="one of text, json")
    with opened(workspace_folder(workspace)) as one:
        found = one.data.quarantine(source, done, limit)
    if form == "json":
        return say.out(msgspec.json.encode([piece_as_dict(piece) for piece in found]).decode())
    if not found:
        return say.out("nothing lies in the quarantine")
    rows = [
        (str(piece.id), piece.source, piece.dialect, piece.code, at(piece.received_at), shortened(piece.reason, 60))
        for piece in found
    ]
    return say.out(columns(("id", "source", "dialect", "what", "received", "reason"), rows))


@quarantine.command("show")
def show(
    number: Annotated[int, typer.Argument(metavar="ID", help="The piece's number, as the list has it.")],
    raw: Annotated[bool, typer.Option("--raw", help="Only its bytes, as they were sent.")] = False,
    workspace: Workspace = "",
) -> None:
    """Show a piece with its bytes."""
    from truenorth.workspace import open as opened

    with opened(workspace_folder(workspace)) as one:
        piece = one.data.piece(number)
    text = piece.raw.decode("utf-8", "backslashreplace")
    if raw:
        return say.out(text)
    facts = {
        "source": piece.source,
        "dialect": piece.dialect,
        "request": f"{piece.path}{'?' if piece.query else ''}{piece.query}",
        "place in it": piece.place,
        "received": at(piece.received_at),
        "replayed": at(piece.replayed_at),
        "what": piece.code,
        "reason": piece.reason,
        "bytes": f"{piece.size:,}",
    }
    told = [f"{name:<12} {value}" for name, value in facts.items() if value]
    return say.out("\n".join([*told, "", shortened(text, MOST)]))


@quarantine.command("replay")
def replay(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="[ID...]", help="These pieces; else all.")] = None,
    file: Annotated[
        str, typer.Option("--file", metavar="FILE", help="Read mended bytes in the place of the one piece.")
    ] = "",
    source: Annotated[str, typer.Option("--source", metavar="SOURCE", help="Only what this source sent.")] = "",
    workspace: Workspace = "",
) -> None:
    """Read pieces again: after an update, or with bytes that you mended. Nothing is taken in twice."""
    from truenorth.workspace import open as opened

    if file and len(numbers or ()) != 1:
        raise QueryError(
            "E_NOT_OFFERED", "--file stands for one piece", hint="name its ID: replay 7 --file mended.json"
        )
    with opened(workspace_folder(workspace), read_only=False) as one:
        wanted = numbers or [piece.id for piece in reversed(one.data.quarantine(source, limit=1_000_000))]
        found = one.data.replay(wanted, Path(file).read_bytes() if file else None)
    for piece in found:
        if piece.reason:
            say.out(f"{piece.id}: stays: {shortened(piece.reason, 100)}")
        else:
            there = f", {piece.there} were there already" if piece.there else ""
            say.out(f"{piece.id}: {piece.taken} taken in{there}")
    left = sum(1 for piece in found if piece.reason)
    say.aside(f"{len(found) - left} of {len(found)} taken in")
    raise typer.Exit(say.FAILED if left else say.OK)


def piece_as_dict(piece: msgspec.Struct) -> dict[str, object]:
    """A piece for JSON, without its bytes."""
    return {name: getattr(piece, name) for name in piece.__struct_fields__ if name != "raw"}


def shortened(text: str, most: int) -> str:
    """A text cut to a length, with a sign that more follows.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"
