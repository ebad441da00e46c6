"""Star schemas and their numbers in plain Python: rows, keys and nested loops, nothing in common with the query engine.

A schema is facts (`sales`, `calls`) around a dimension (`people`), with what may be drawn beside it: a second hop
(`lands`), a second road to the same dimension (`payer`), lines below a sale, tags across a bridge, a history of
segments with validity. Keys are orphans or NULL now and then, and so are days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

from tests.truth import naive

Row = dict[str, Any]
Key = tuple[Any, ...]
# A hop along a relationship, forwards to the one it names or backwards to the many that name it.
Hop = tuple[str, bool]


@dataclass(frozen=True)
class Relation:
    from_: str
    to: str
    pairs: tuple[tuple[str, str], ...]
    valid: bool = False


@dataclass(frozen=True)
class Reference:
    """A field as a question writes it, where it leads, and its name there."""

    text: str
    hops: tuple[Hop, ...]
    name: str


@dataclass(frozen=True)
class Condition:
    """A condition on one field, as SQL and in Python."""

    sql: str
    reference: Reference
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class Asked:
    """A question as Python reads it; `span` holds the first and the last day."""

    by: tuple[Reference, ...] = ()
    grain: str = ""
    span: tuple[date, date] | None = None
    zone: str = "UTC"
    where: tuple[Condition, ...] = ()
    times: tuple[str, ...] = ()

    def labels(self, day: date | None) -> Key:
        """What a day is called in each time column."""
        columns = ((self.grain,) if self.grain else ()) + self.times
        return tuple(None if day is None else PARTS[one](day) if one in PARTS else begins(day, one) for one in columns)


PARTS: dict[str, Callable[[date], int]] = {
    "day_of_week": lambda day: day.weekday() + 1,
    "day_of_month": lambda day: day.day,
    "day_of_year": lambda day: (day - date(day.year, 1, 1)).days + 1,
    "week_of_year": lambda day: int(day.strftime("%V")),
    "month_of_year": lambda day: day.month,
    "quarter_of_year": lambda day: (day.month - 1) // 3 + 1,
    "year_number": lambda day: day.year,
}


@dataclass(frozen=True)
class Star:
    """The tables, how they are related, and how each fact's time is written."""

    tables: dict[str, list[Row]]
    relations: dict[str, Relation]
    written: dict[str, str] = field(default_factory=dict)

    def day(self, dataset: str, row: Row, zone: str) -> date | None:
        """The local day of a row."""
        at = row.get("at")
        if not isinstance(at, datetime):
            return at
        written = self.written.get(dataset, "UTC")
        instant = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(written))
        return instant.astimezone(ZoneInfo(zone)).date()

    def partners(self, row: Row | None, hop: Hop, moment: datetime | None) -> list[Row | None]:
        """The rows at the other end of a hop; one that is nothing where there are none."""
        name, forwards = hop
        relation = self.relations[name]
        pairs = relation.pairs if forwards else tuple((there, here) for here, there in relation.pairs)
        found: list[Row | None] = []
        for other in self.tables[relation.to if forwards else relation.from_]:
            if row is None or any(row[here] is None or row[here] != other[there] for here, there in pairs):
                continue
            if relation.valid and not holds_at(other, moment):
                continue
            found.append(other)
        return found or [None]

    def combinations(self, dataset: str, row: Row, references: Iterable[Reference]) -> Iterator[tuple[Any, ...]]:
        """The values of references for each way in which a row meets others."""
        wanted = tuple(references)
        paths = sorted({one.hops[:size] for one in wanted for size in range(1, len(one.hops) + 1)}, key=len)
        moment = self.moment(dataset, row)
        ways: list[dict[tuple[Hop, ...], Row | None]] = [{(): row}]
        for path in paths:
            ways = [{**way, path: other} for way in ways for other in self.partners(way[path[:-1]], path[-1], moment)]
        for way in ways:
            yield tuple(None if (there := way[one.hops]) is None else there[one.name] for one in wanted)

    def moment(self, dataset: str, row: Row) -> datetime | None:
        """The naive UTC time of a row; a date is its beginning."""
        at = row.get("at")
        if not isinstance(at, datetime):
            return None if at is None else datetime(at.year, at.month, at.day)
        written = self.written.get(dataset, "UTC")
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(written))).astimezone(UTC).replace(tzinfo=None)

    def groups(self, dataset: str, row: Row, asked: Asked) -> set[Key]:
        """Every group a row belongs to under the conditions, each once."""
        size = len(asked.by)
        references = (*asked.by, *(one.reference for one in asked.where))
        found = set()
        for values in self.combinations(dataset, row, references):
            if all(one.holds(value) for one, value in zip(asked.where, values[size:], strict=True)):
                found.add(values[:size])
        return found

    def grouped(self, dataset: str, asked: Asked) -> dict[Key, list[Row]]:
        """The rows of a dataset by period (where there is a grain) and group."""
        found: dict[Key, list[Row]] = {}
        for row in self.tables[dataset]:
            day = self.day(dataset, row, asked.zone)
            if asked.span and (day is None or not asked.span[0] <= day <= asked.span[1]):
                continue
            for group in self.groups(dataset, row, asked):
                found.setdefault((*asked.labels(day), *group), []).append(row)
        return found


def holds_at(row: Row, moment: datetime | None) -> bool:
    """Whether a row of a history is valid at a time; an end that is not known is open."""
    since, until = (None if (end := row[name]) is None else datetime(end.year, end.month, end.day) for name in ENDS)
    begun = since is None or (moment is not None and moment >= since)
    return begun and (until is None or (moment is not None and moment < until))


def begins(day: date, grain: str) -> date:
    """The first day of a period."""
    if grain in ("quarter", "year"):
        return date(day.year, 1 if grain == "year" else 1 + 3 * ((day.month - 1) // 3), 1)
    return naive.begins(day, grain)


ENDS = ("since", "until")
Work = Callable[[list[Row]], Any]


def known(rows: list[Row], name: str) -> list[Any]:
    """The values of a column that are known."""
    return [row[name] for row in rows if row[name] is not None]


def of(work: Callable[[list[Any]], Any], name: str) -> Work:
    """An aggregation over the known values of a column; unknown without any."""
    return lambda rows: work(values) if (values := known(rows, name)) else None


# The aggregations over rows: the dataset and what is worked out.
SIMPLE: dict[str, tuple[str, Work]] = {
    "worth": ("sales", of(sum, "n")),
    "sold": ("sales", len),
    "paid": ("sales", lambda rows: sum(1 for row in rows if row["status"] == "paid")),
    "buyers": ("sales", lambda rows: len(set(known(rows, "person")))),
    "mean_sale": ("sales", of(mean, "n")),
    "middle_sale": ("sales", of(median, "n")),
    "least_sale": ("sales", of(min, "n")),
    "made": ("calls", len),
    "minutes": ("calls", of(sum, "n")),
    "people_known": ("people", len),
    "limits": ("people", of(sum, "n")),
    "units": ("lines", of(sum, "n")),
}
RATIOS = {"paid_share": ("paid", "sold"), "calls_a_sale": ("made", "sold")}
SUMS: dict[str, tuple[str, str, int]] = {"worth_less_paid": ("worth", "paid", -1), "contacts": ("sold", "made", 1)}
# Metrics that look back from the end of a period: the metric over rows, and how many days (0: since ever, -1: this year).
WINDOWS = {"worth_so_far": ("worth", 0), "worth_this_year": ("worth", -1), "buyers_3": ("buyers", 3)}


def inputs(metric: str) -> tuple[str, ...]:
    """The aggregations over rows that a metric rests on."""
    if metric in RATIOS:
        return RATIOS[metric]
    if metric in SUMS:
        return SUMS[metric][:2]
    return (WINDOWS[metric][0],) if metric in WINDOWS else (metric,)


def datasets(metric: str) -> set[str]:
    return {SIMPLE[name][0] for name in inputs(metric)}


def worth(metric: str, values: dict[str, Any]) -> Any:
    """A metric out of the values of what it rests on."""
    if metric in RATIOS:
        above, below = (values[name] for name in RATIOS[metric])
        return None if above is None or not below else above / below
    if metric in SUMS:
        left, right, sign = SUMS[metric]
        unknown = values[left] is None or values[right] is None
        return None if unknown else values[left] + sign * values[right]
    return values[metric]


def flow(star: Star, metric: str, asked: Asked) -> dict[Key, Any]:
    """A metric by period and group."""
    parts = {name: star.grouped(SIMPLE[name][0], asked) for name in inputs(metric)}
    keys = {key for rows in parts.values() for key in rows} | (
        {()} if not (asked.by or asked.grain or asked.times) else set()
    )
    return {
        key: worth(metric, {name: SIMPLE[name][1](rows.get(key, [])) for name, rows in parts.items()}) for key in keys
    }


def window(star: Star, metric: str, asked: Asked) -> dict[Key, Any]:
    """A metric that looks back from the end of each period of a range."""
    assert asked.span is not None
    name, days = WINDOWS[metric]
    dataset, work = SIMPLE[name]
    first, last = asked.span
    found: dict[Key, Any] = {}
    listed = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    ends = {begins(day, asked.grain): day for day in listed} if asked.grain else {None: last}
    for period, end in ends.items():
        start = date(1, 1, 1) if days == 0 else date(end.year, 1, 1) if days < 0 else end - timedelta(days=days - 1)
        inside = Asked(asked.by, "", (start, end), asked.zone, asked.where)
        for group, rows in star.grouped(dataset, inside).items():
            found[(period, *group) if asked.grain else group] = work(rows)
    return found
