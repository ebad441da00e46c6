"""The address is the state: one grammar for the questions of all pages, read and written here only.

`/m/revenue?by=plan&grain=day&range=90d&tz=UTC&vs=prev&where=region:EMEA,APAC;plan:!free`

Keys are sorted, defaults are not written, unknown keys become a visible note. In `where`, `;` parts fields, `:` starts
the values, `!` excludes, `,` parts values, `(none)` is the group without a value, a backslash takes a sign literally.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TypedDict, Unpack
from urllib.parse import quote

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.query.request import Filter

NONE = "(none)"
SAFE = "/:;,!()@$'*-._~"


class Changes(TypedDict, total=False):
    """Keys of a state that are to be others."""

    range: str
    grain: str
    vs: str
    by: str
    where: tuple[Filter, ...]
    tz: str
    tab: str
    as_of: str
    currency: str
    compat: str
    policy: str


@dataclass(frozen=True, slots=True)
class State:
    """What a page is asked to show; an empty word means the page's own default.

    `as_of` is the day or time as known at which, `currency` the one in which numbers are told. `compat` and `policy`
    (`discounts:list_price;trials:counted`) say how another tool reports.
    """

    range: str = ""
    grain: str = ""
    vs: str = ""
    by: str = ""
    where: tuple[Filter, ...] = ()
    tz: str = ""
    tab: str = ""
    q: str = ""
    as_of: str = ""
    currency: str = ""
    compat: str = ""
    policy: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """The written keys in order."""
        words = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "where"}
        words["where"] = write_filters(self.where)
        return sorted((key, word) for key, word in words.items() if word)

    def query(self) -> str:
        """The query string with its question mark, or nothing."""
        text = "&".join(f"{key}={quote(word, safe=SAFE)}" for key, word in self.pairs())
        return f"?{text}" if text else ""

    def url(self, path: str, **changes: Unpack[Changes]) -> str:
        """The address of a page in this state, with some keys changed."""
        return path + replace(self, **changes).query()

    def without(self, defaults: State) -> State:
        """This state with every key that says no more than the default left empty."""
        empty, keys = State(), [one.name for one in fields(self) if one.name != "where"]
        same = {key: getattr(empty, key) for key in keys if getattr(self, key) == getattr(defaults, key)}
        return replace(self, **same)

    def over(self, defaults: State) -> State:
        """This state with empty keys filled from the defaults."""
        gaps = {f.name: getattr(defaults, f.name) for f in fields(self) if not getattr(self, f.name)}
        return replace(self, **gaps)

    def filtered(self, field: str) -> Filter | None:
        """The filter on a field, if there is one."""
        return next((one for one in self.where if one.field == field), None)

    def toggle(self, field: str, value: str | None) -> State:
        """The state after a click on one value of a field: added, or taken away when it was there."""
        held = self.filtered(field)
        others = tuple(one for one in self.where if one.field != field)
        if held is None or held.exclude:
            return replace(self, where=ordered((*others, Filter(field, (value,)))))
        values = tuple(one for one in held.values if one != value) if value in held.values else (*held.values, value)
        return replace(self, where=ordered((*others, Filter(field, values)) if values else others))

    def leave_out(self, field: str, value: str | None) -> State:
        """The state without one value of a field; of values that were chosen, the others stay."""
        held = self.filtered(field)
        others = tuple(one for one in self.where if one.field != field)
        if held is not None and not held.exclude and held.values != (value,):
            kept = Filter(field, tuple(one for one in held.values if one != value))
        else:
            gone = held.values if held is not None and held.exclude else ()
            kept = Filter(field, tuple(dict.fromkeys((*gone, value))), exclude=True)
        return replace(self, where=ordered((*others, kept)))

    def drop(self, field: str) -> State:
        """The state without the filter on a field."""
        return replace(self, where=tuple(one for one in self.where if one.field != field))


KEYS = tuple(field.name for field in fields(State))


def ordered(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """Filters in the order of their fields, so that one state has one address."""
    return tuple(sorted(filters, key=lambda one: (one.field, one.exclude, str(one.values))))


def read(params: Mapping[str, str], known: Iterable[str] = KEYS) -> tuple[State, tuple[str, ...]]:
    """The state of an address, and a note for everything that was not understood.

    >>> state, notes = read({"range": "90d", "colour": "red", "where": "plan:!free"})
    >>> state.query(), len(notes)
    ('?range=90d&where=plan:!free', 1)
    """
    keys = tuple(known)
    notes: list[str] = []
    words: dict[str, str] = {}
    for key, word in params.items():
        if key in keys:
            words[key] = word if key == "where" else word.strip()
            continue
        hint = did_you_mean(key, keys)
        notes.append(f"“{key}” in the address means nothing here and was left out" + (f"; {hint}" if hint else "."))
    return State(where=read_filters(words.pop("where", "")), **words), tuple(notes)


def write_filters(filters: Iterable[Filter]) -> str:
    """Filters as text."""
    parts = []
    for one in ordered(filters):
        values = ",".join(NONE if value is None else _escape(str(value)) for value in one.values)
        parts.append(f"{_escape(one.field)}:{'!' if one.exclude else ''}{values}")
    return ";".join(parts)


def read_filters(text: str) -> tuple[Filter, ...]:
    """Filters from text; QueryError E_BAD_FILTER for what is none, because a number without it would be a wrong one.

    >>> read_filters("region:EMEA,APAC;plan:!(none)")[0]
    Filter(field='plan', values=(None,), exclude=True)
    """
    if not text:
        return ()
    filters: list[Filter] = []
    for part in _split(text, ";"):
        sides = _split(part, ":")
        field, rest = _plain(sides[0]), ":".join(sides[1:])
        if len(sides) < 2 or not field:
            raise QueryError("E_BAD_FILTER", f'"{part}" in where= is not a filter', hint="write it as field:value")
        exclude = rest.startswith("!")
        values = tuple(_value(word) for word in _split(rest[1:] if exclude else rest, ","))
        filters.append(Filter(field, values, exclude))
    return ordered(filters)


def _value(word: str) -> str | None:
    return None if word == NONE else _plain(word)


def _escape(word: str) -> str:
    text = "".join(f"\\{sign}" if sign in "\\;:,!" else sign for sign in word)
    return f"\\{text}" if text == NONE else text


def _plain(word: str) -> str:
    signs: list[str] = []
    literal = False
    for sign in word:
        if sign == "\\" and not literal:
            literal = True
            continue
        signs.append(sign)
        literal = False
    return "".join(signs)


def _split(text: str, mark: str) -> list[str]:
    """The parts between marks that no backslash makes literal; backslashes stay."""
    parts, start, literal = [], 0, False
    for place, sign in enumerate(text):
        if literal:
            literal = False
        elif sign == "\\":
            literal = True
        elif sign == mark:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def check_word(key: str, word: str, known: list[str]) -> None:
    """QueryError for a word that a key of the address does not know."""
    if word not in known:
        hint = did_you_mean(word, known) or f"one of {', '.join(known)}"
        raise QueryError("E_BAD_ADDRESS", f'{key}="{word}" in the address is not known', hint=hint)
