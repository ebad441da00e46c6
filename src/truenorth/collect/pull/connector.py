"""What a connector is: the way to one kind of place outside. Packages add their own by the entry point group below.

An entry point of the group `truenorth.sources` is a function that takes a `Place` and gives a `Connector`; its name is
the `type:` of a source in YAML. `truenorth.testing.sources` holds the contract as tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from truenorth.collect.ledger import Load
from truenorth.collect.report import Options
from truenorth.collect.room import NO_ROOM, Room
from truenorth.define.model import Source

GROUP = "truenorth.sources"


class Place(Struct, frozen=True):
    """One source: its definition, the folder of its workspace, its zone, and a way to its password."""

    source: Source
    folder: Path
    timezone: str
    password: Callable[[], str]


class Column(Struct, frozen=True):
    """A column of what is delivered, and the words for its type: the first that holds all its values.

    Words are integer, float, boolean, date, timestamp, timestamptz, text, decimal(18,2), and decimal for as many digits
    as the values need; without any the values decide.
    """

    name: str
    types: tuple[str, ...] = ()


class Offer(Struct, frozen=True):
    """Something that can be pulled from a place: its name there, its columns, and what is known about its rows.

    A `view` shows rows of other tables.
    """

    name: str
    columns: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    cursors: tuple[str, ...] = ()
    rows: int = 0
    view: bool = False


class Wanted(Struct, frozen=True):
    """Something to pull: its name in YAML, its name there, and the table it goes into.

    `limit` asks for some rows only, for a look; `full` is how often it is to be read whole.
    """

    name: str
    there: str
    into: str
    primary_key: tuple[str, ...] = ()
    cursor: str = ""
    columns: tuple[str, ...] = ()
    lag: str = ""
    full: str = ""
    limit: int = 0


class Delivery(Struct, frozen=True):
    """Rows of one table in a file, and what of the table they stand for.

    A file of any kind that can be imported, read by `options`; or, with `columns`, a CSV file without names, in UTF-8,
    with `null` unquoted where there is no value. `whole` rows replace the table; `room` says what others replace.
    `piece` is what the ledger calls it, `mark` and `cursor` what it keeps for the next pull: `cursor` is a column, of
    whose values the largest is kept, at most `until`. `rows`, where it is known, is how many the file has to hold.
    """

    file: Path
    kind: Literal["whole", "changed", "file"]
    piece: str
    columns: tuple[Column, ...] = ()
    null: str = ""
    options: Options = Options()
    room: Room = NO_ROOM
    sha256: str = ""
    mark: str = ""
    cursor: str = ""
    until: str = ""
    rows: int = -1
    notes: tuple[str, ...] = ()


class Passed(Struct, frozen=True):
    """Something that was looked at and not loaded: because it is there already, or `refused` with the reason.

    `same` content under another name is noted in the ledger with its `sha256` and `mark`; `superseded` are the loads
    whose rows are no more.
    """

    piece: str
    reason: str
    refused: bool = False
    same: bool = False
    superseded: tuple[int, ...] = ()
    sha256: str = ""
    mark: str = ""


class Connector(Protocol):
    """The way to one place. It reads only; it is used by one thread, and closed at the end."""

    def offers(self) -> tuple[Offer, ...]:
        """What can be pulled there, whether or not the source names it."""

    def wanted(self) -> tuple[Wanted, ...]:
        """What the source's definition asks for."""

    def fetch(self, wanted: Wanted, known: tuple[Load, ...], folder: Path, full: bool) -> Iterator[Delivery | Passed]:
        """What is new since the `known` loads of the table, newest first; all of it when `full` or when there are none.

        Files of its own go into the folder, which is taken away afterwards. Each delivery is loaded, in a transaction
        of its own, before the next is asked for. SourceError when the place cannot be read; no text names a password.
        """

    def close(self) -> None:
        """Let go of connections."""
