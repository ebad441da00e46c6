"""`truenorth key`, `share` and `password`: what sources send with, links to a page, and the account."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from truenorth.base.errors import AccessError, TrueNorthError
from truenorth.cli import say
from truenorth.cli.place import workspace_folder

if TYPE_CHECKING:
    from truenorth.store.state import State

Workspace = Annotated[
    str, typer.Option("-w", "--workspace", metavar="DIR", help="The workspace; else the nearest truenorth.yml above.")
]
OWNER = "owner"
key = typer.Typer(help="Capture keys: what sources send their events with.", no_args_is_help=True)
share = typer.Typer(help="Links that show one page to whoever has them.", no_args_is_help=True)


def state_of(workspace: str) -> State:
    """The state of the workspace that a command means; definitions that are wrong do not matter."""
    from truenorth.access.state import state_of as state_in

    return state_in(workspace_folder(workspace))


@key.command("create")
def create(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="What sends events: web, ios, billing.")],
    workspace: Workspace = "",
) -> None:
    """Make a key for a source; it is shown this once."""
    from truenorth.access.key import create_key
    from truenorth.workspace import wall_clock

    _, text = create_key(state_of(workspace), source, wall_clock(), by_terminal())
    say.out(text)
    say.aside(f"this key sends events as “{source}” and reads nothing; it is not shown again")
    define_collected(workspace)


def define_collected(workspace: str) -> None:
    """Write first metrics over what is collected, where nothing reads it yet; definitions that are wrong stay alone."""
    from truenorth.workspace import open as opened

    with suppress(TrueNorthError, OSError), opened(workspace_folder(workspace), read_only=False) as one:
        path = one.data.begin()
        if path:
            say.aside(f"{path.relative_to(one.folder)} defines standard metrics over what it will send")


@key.command("list")
def list_(workspace: Workspace = "") -> None:
    """Show the keys, without what is secret of them."""
    from truenorth.access.key import keys

    rows = [
        (one.id, one.source, f"{one.prefix}…", at(one.created), at(one.used) or "never", at(one.revoked))
        for one in keys(state_of(workspace))
    ]
    say.out(columns(("id", "source", "key", "created", "last used", "revoked"), rows))


@key.command("revoke")
def revoke(
    word: Annotated[str, typer.Argument(metavar="KEY", help="The key's id, its visible beginning, or the key itself.")],
    workspace: Workspace = "",
) -> None:
    """Make a key worthless."""
    from truenorth.access.key import revoke_key
    from truenorth.workspace import wall_clock

    gone = revoke_key(state_of(workspace), word, wall_clock(), by_terminal())
    say.out(f"the key {gone.prefix}… of {gone.source} counts no more")


@share.command("list")
def list_shares(workspace: Workspace = "") -> None:
    """Show the links, without the words that open them."""
    from truenorth.access.share import shares
    from truenorth.workspace import wall_clock

    now = wall_clock()
    rows = [
        (one.id, f"{one.path}?{one.query}".rstrip("?"), at(one.created), at(one.expires), one.ended(now) or "open")
        for one in shares(state_of(workspace))
    ]
    say.out(columns(("id", "page", "made", "until", "state"), rows))


@share.command("revoke")
def revoke_link(
    word: Annotated[str, typer.Argument(metavar="LINK", help="The link's id, or the link itself.")],
    workspace: Workspace = "",
) -> None:
    """Take a link back: from now on it opens nothing."""
    from truenorth.access.share import revoke_share
    from truenorth.workspace import wall_clock

    gone = revoke_share(state_of(workspace), word, wall_clock(), by_terminal())
    say.out(f"the link to {gone.path} opens nothing any more")


def password(
    name: Annotated[str, typer.Option("--name", help="Whose password; else that of the one account.")] = "",
    workspace: Workspace = "",
) -> None:
    """Set the password that pages are opened with: asked for, or the first line of the standard input."""
    from truenorth.access.person import people, plain_name, set_password
    from truenorth.workspace import wall_clock

    state = state_of(workspace)
    known = [one.name for one in people(state)]
    who = plain_name(name or (known[0] if known else OWNER))
    new = set_password(state, who, asked_password(), wall_clock(), by_terminal())
    say.out(f"the account {who} is made" if new else f"{who} has a new password; whoever was signed in is not any more")


def audit(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many lines, the newest first.")] = 50,
    workspace: Workspace = "",
) -> None:
    """Show who signed in, and who made or revoked what."""
    from truenorth.access.audit import lines

    rows = [
        (at(one.at), one.person or "unknown", one.action, one.about, one.address)
        for one in lines(state_of(workspace), limit)
    ]
    say.out(columns(("when", "who", "what", "about", "from"), rows))


def asked_password() -> str:
    """The password as somebody writes it, unseen and twice; or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    first = getpass("Password: ")
    if getpass("Once more: ") != first:
        raise AccessError("E_BAD_PASSWORD", "the two passwords are not the same", hint="write it twice")
    return first


def by_terminal() -> str:
    """Who acts, as the audit tells it."""
    return "terminal"


def at(moment: datetime | None) -> str:
    """A time as a list shows it, in UTC."""
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns, as wide as they need."""
    wide = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    lines = ["  ".join(word.ljust(size) for word, size in zip(row, wide, strict=True)) for row in (head, *rows)]
    return "\n".join(line.rstrip() for line in lines)
