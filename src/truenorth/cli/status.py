"""`truenorth status`: what comes in and how new it is, as the page /data says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from truenorth import workspace
from truenorth.base.age import age
from truenorth.base.errors import QueryError
from truenorth.cli import say
from truenorth.cli.place import workspace_folder
from truenorth.collect.status import Status

FORMS = ("text", "json")


def status(folder: str, form: str) -> int:
    """Tell the status; 1 when a source failed or something lies in the quarantine."""
    if form not in FORMS:
        raise QueryError("E_UNKNOWN_FORMAT", f'no format named "{form}"', hint="one of text, json")
    with workspace.open(workspace_folder(folder)) as opened:
        found = opened.data.status()
    say.out(msgspec.json.encode(found).decode() if form == "json" else "\n".join(told(found)))
    return say.FAILED if found.worries() else say.OK


def told(status: Status) -> Iterator[str]:
    """The status in lines."""
    if not status.streams and not status.tables and not status.failed:
        yield "nothing came in yet; see: truenorth init --help, truenorth import --help, truenorth key --help"
    if status.capture:
        rate, waiting = status.capture.per_minute, status.waiting
        yield f"collecting at {status.capture.url}: {rate:,} in the last minute, {waiting:,} bytes not loaded yet"
        yield ""
    yield from columns(
        ("SOURCE", "SENDS", "LAST SEEN", "LAST HOUR", "IN ALL", "STATE"),
        [
            (one.source, one.dialect, age(one.last_seen, status.now), f"{one.last_hour:,}",
             one.amount, status.state(one))
            for one in status.streams
        ],
    )  # fmt: skip
    yield from columns(
        ("TABLE", "SOURCE", "LAST LOAD", "NEWEST ROW", "ROWS", "STATE"),
        [
            (one.table, one.source or "import", age(one.loaded_at, status.now),
             f"{one.newest:%Y-%m-%d %H:%M}" if one.newest else "–", f"{one.rows:,}", status.outcome(one))
            for one in status.tables
        ],
    )  # fmt: skip
    yield from (worry.words for worry in status.worries())


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table in plain text, with an empty line after it; nothing without rows."""
    if not rows:
        return
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for row in (head, *rows):
        yield "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
    yield ""
