"""What a key is: the shape of the table of keys."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

# text: any scalar, as written · sql: text that is an expression · name: an identifier · names: a list of texts
# paths: a text, or a list of texts
# number, date, version: what they say · worth: a number, null or carry · value: a number, a text or null
# choice: one of `choices`
# grain: one of `choices`, or of a calendar
# lists: a list of lists of texts · texts: a mapping of texts · thing, things: one or a list of what `thing` names
# flag: whether something is so
Kind = Literal[
    "text",
    "sql",
    "name",
    "names",
    "paths",
    "lists",
    "number",
    "worth",
    "date",
    "version",
    "value",
    "choice",
    "grain",
    "texts",
    "thing",
    "things",
    "flag",
]


class Key(Struct, frozen=True):
    """One key: what it holds and means. `types` names the metric types it belongs to, () all of them."""

    name: str
    kind: Kind
    about: str
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""
    types: tuple[str, ...] = ()
    required_for: tuple[str, ...] = ()
    thing: str = ""
    example: str = ""

    @property
    def attribute(self) -> str:
        """The name of the value in `define/model.py`."""
        return "from_" if self.name == "from" else self.name


class Thing(Struct, frozen=True):
    """One kind of definition: its keys, and the frozen value it becomes (None for a file).

    One that is `bare` may be written as its name alone.
    """

    name: str
    about: str
    keys: tuple[Key, ...]
    becomes: type[Struct] | None = None
    bare: bool = False

    def key(self, name: str) -> Key | None:
        """The key of that name, if there is one."""
        return next((key for key in self.keys if key.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(key.name for key in self.keys)
