"""MetricFlow's names for fields (`listing__user__home_state`), said as our references (`listing.user.home_state`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from truenorth.base.period import CLOCK, GRAINS
from truenorth.define.expression import TIME_NAME
from truenorth.define.foreign.project import Dimension, Project, SemanticModel

SUB_SECOND = ("millisecond", "microsecond", "nanosecond")
STANDARD = (*SUB_SECOND, "second", "minute", "hour", "day", "week", "month", "quarter", "year")
PARTS = {
    "year": "year_number",
    "quarter": "quarter_of_year",
    "month": "month_of_year",
    "week": "week_of_year",
    "day": "day_of_month",
    "dow": "day_of_week",
    "doy": "day_of_year",
    "hour": "hour_of_day",
}
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Names that mean something else in SQL, and are written in quotes in conditions and formulas.
WORDS = frozenset(
    re.findall(
        r"\w+",
        "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint"
        " create cross current_catalog current_date current_role current_schema current_time current_timestamp"
        " current_user date datetime default deferrable desc describe distinct do else end except exists"
        " extract false fetch filter for foreign from full grant group having ilike in initially inner"
        " intersect interval into is join key language lateral leading left like limit localtime"
        " localtimestamp metric natural not null offset on only or order outer over partition percent pivot"
        " placing primary qualify references returning right row rows select session_user set show some"
        " summarize symmetric table then time timestamp to trailing true union unique unpivot user using"
        " values variadic view when where window with",
    )
)


class Names:
    """What a project's names mean. `homes` are the semantic models whose rows are asked."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.grains = (*STANDARD, *(name for one in project.spines for name, _ in one.grains))

    def reference(self, name: str, homes: Sequence[SemanticModel], grain: str = "", part: str = "") -> str:
        """Our reference for a name, with its grain or part of a date; a time without one gets its own."""
        path, element, written = self.taken_apart(name)
        grain = grain or written
        field = TIME_NAME if (path, element) == ((), TIME_NAME) else self.field(path, element, homes)
        if part:
            return f"{field}__{PARTS.get(part, part)}"
        if field == TIME_NAME:
            return f"{field}__{grain}" if grain else field
        found = self.dimension(path, element, homes)
        if found is not None and found.type == "time":
            grain = grain or found.granularity or "day"
        # A field is as fine as its own values: inside a day its own grain is not needed to ask for them, unless it is
        # the time that the rows are counted by.
        own = found is not None and grain == found.granularity and grain in (*SUB_SECOND, *CLOCK)
        counted = any(local(home, path, element) and element in times_of(home) for home in homes)
        return f"{field}__{grain}" if grain and not (own and not (counted and grain in GRAINS)) else field

    def taken_apart(self, name: str) -> tuple[tuple[str, ...], str, str]:
        """The entities of a name, its last word, and its grain.

        >>> Names(Project()).taken_apart("listing__user__ds__month")
        (('listing', 'user'), 'ds', 'month')
        """
        parts = name.split("__")
        grain = parts.pop() if len(parts) > 1 and parts[-1] in self.grains else ""
        return tuple(parts[:-1]), parts[-1], grain

    def field(self, path: tuple[str, ...], element: str, homes: Sequence[SemanticModel]) -> str:
        """Our reference for a field: its bare name at home, the way to it elsewhere."""
        if homes and all(local(home, path, element) for home in homes):
            return element
        if len(path) == 1 and not self.called(path[0]):
            # Nobody points at these rows: they are known by the name of their dataset.
            holder = self.holder(path, element)
            return f"{holder.name}.{element}" if holder else ".".join((*path, element))
        if not homes and len(path) <= 1:
            holder = self.holder(path or (element,), element)
            return f"{holder.name}.{element}" if holder else ".".join((*path, element))
        return ".".join((*path, element))

    def called(self, entity: str) -> bool:
        """Whether rows of some model call others by this name."""
        entities = [found for one in self.project.models if (found := one.entity(entity))]
        return len(entities) > 1 and any(one.keyed for one in entities)

    def holder(self, path: tuple[str, ...], element: str) -> SemanticModel | None:
        """The model that is the last entity of a path and has the field."""
        holders = [
            one
            for one in self.project.models
            if path[-1] in one.own_entities and (one.dimension(element) or one.entity(element))
        ]
        named = [one for one in holders if one.entity(path[-1]) and any(e.type == "primary" for e in one.entities)]
        return next(iter(named or holders), None)

    def dimension(self, path: tuple[str, ...], element: str, homes: Sequence[SemanticModel]) -> Dimension | None:
        """The dimension that a name means, if it is one."""
        for home in homes:
            if local(home, path, element):
                return home.dimension(element)
        holder = self.holder(path, element) if path else None
        return holder.dimension(element) if holder else None


def local(home: SemanticModel, path: tuple[str, ...], element: str) -> bool:
    """Whether a name means a field of the home's own rows."""
    if not path:
        return home.entity(element) is not None
    if len(path) > 1 or path[0] not in home.own_entities:
        return False
    return home.dimension(element) is not None or home.entity(element) is not None


def times_of(home: SemanticModel) -> set[str]:
    """The dimensions that the measures of a model are counted by."""
    return {home.time, *(one.time for one in home.measures)}


def quoted(reference: str) -> str:
    """A reference as SQL reads it: words of SQL in double quotes.

    >>> quoted("user.home_state")
    '"user".home_state'
    """
    words = reference.split(".")
    return ".".join(word if PLAIN.fullmatch(word) and word.lower() not in WORDS else f'"{word}"' for word in words)
