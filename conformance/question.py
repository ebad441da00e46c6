"""A case in MetricFlow's words becomes a question in ours, and our columns get their names again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from conformance.world import Model
from truenorth.base.period import next_period, truncate
from truenorth.define.expression import TIME_NAME
from truenorth.define.foreign import condition
from truenorth.define.foreign.names import quoted
from truenorth.define.foreign.project import SavedQuery, SemanticModel
from truenorth.query.request import MetricQuery

WORD = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|[A-Za-z_]\w*""")
VALUE_OF = re.compile(r"METRIC\s*\(\s*(\w+)\s+BY\b[^)]*\)", re.IGNORECASE)
ORDERED = re.compile(r"""Metric\(\s*["'](\w+)["']\s*\)""")
FINER = ("nanosecond", "microsecond", "millisecond", "second", "minute", "hour")
ORDER = (*FINER, "day", "week", "month", "quarter", "year")
LENGTHS = {"hour": timedelta(hours=1), "minute": timedelta(minutes=1)}


@dataclass(frozen=True, slots=True)
class Column:
    """One thing grouped by: MetricFlow's name with grain and part, ours, and whether the case shows it."""

    name: str
    ours: str
    grain: str = ""
    part: str = ""
    shown: bool = True

    def theirs(self, found: str) -> str:
        """MetricFlow's name of the column that our answer calls `found`."""
        if self.part:
            return f"{self.name}__extract_{self.part}"
        if self.grain:
            return f"{self.name}__{self.grain}"
        return found if self.name == TIME_NAME else self.name


@dataclass(slots=True)
class Question:
    """A case as a question, and how its answer is to be read."""

    query: MetricQuery
    columns: list[Column]
    ends_only: bool = False
    notes: list[str] = field(default_factory=list)


def question(case: dict[str, Any], model: Model) -> Question:
    """The question that a case asks."""
    case = saved(case, model) if case.get("saved_query_name") else case
    metrics = list(case.get("metrics") or ())
    homes = model.homes(metrics)
    own = default_grain(model, metrics)
    columns = [column(model, one, own if one == TIME_NAME else "", "", homes) for one in case.get("group_bys") or ()]
    columns += [
        column(model, one["name"], grain_asked(one, own), one.get("date_part") or "", homes)
        for one in case.get("group_by_objs") or ()
    ]
    if case.get("apply_group_by") is False:
        columns = every_row(model, columns)
    where = case.get("where")
    listed = [where] if isinstance(where, str) else list(where or ())
    query = MetricQuery(
        metrics=tuple(metrics),
        by=tuple(dict.fromkeys(one.ours for one in columns)),
        range=asked_range(case.get("time_constraint"), columns, model, metrics),
        where=tuple(plain(text, model, homes) for text in listed),
        order=tuple(ordered(text, columns, metrics) for text in case.get("order_bys") or ()),
        limit=case.get("limit"),
    )
    return Question(query, columns, bool(case.get("min_max_only")))


def grain_asked(one: dict[str, Any], own: str) -> str:
    """The grain that something is grouped by; the shared time has one of its own."""
    return one.get("grain") or (own if one["name"] == TIME_NAME and not one.get("date_part") else "")


def column(model: Model, name: str, grain: str, part: str, homes: list[SemanticModel]) -> Column:
    """One thing to group by; a time without a grain gets its own."""
    path, element, written = model.names.taken_apart(name)
    bare = "__".join((*path, element))
    ours = model.names.reference(name, homes, grain, part)
    known = model.names.dimension(path, element, homes)
    asked = grain or written
    if known is not None and known.type == "time" and not part:
        asked = asked or known.granularity or "day"
    return Column(bare, ours, asked, part)


def every_row(model: Model, columns: list[Column]) -> list[Column]:
    """Rows that are not put together by what is asked: the same by the day and by the keys of what is asked."""
    hidden = [Column("metric_time", "metric_time__day", "day", "", False)]
    for one in columns:
        holder = model.names.holder(*model.names.taken_apart(one.name)[:2]) if "__" in one.name else None
        for entity in holder.entities if holder else ():
            if entity.type == "primary" and holder is not None:
                hidden.append(Column(entity.name, f"{holder.name}.{entity.name}", "", "", False))
    asked = {one.ours for one in columns}
    return [*columns, *(one for one in dict.fromkeys(hidden) if one.ours not in asked)]


def plain(text: str, model: Model, homes: list[SemanticModel]) -> str:
    """A condition over MetricFlow's names as one over ours."""
    entities = {entity.name for one in model.project.models for entity in one.entities}
    metrics = {found.start(1) for found in VALUE_OF.finditer(text)}
    inside = [found.span() for found in VALUE_OF.finditer(text)]

    def named(found: re.Match[str]) -> str:
        word = found[0]
        if found.start() in metrics or word[0] in "'\"":
            return word
        if "__" in word or word in entities or word == "metric_time":
            ours = model.names.reference(word, homes)
            return ours if any(start <= found.start() < end for start, end in inside) else quoted(ours)
        return word

    return WORD.sub(named, text)


def ordered(text: str, columns: list[Column], metrics: list[str]) -> str:
    """A column to order by, "-" before a name for downwards."""
    bare = text.removeprefix("-")
    minus = "-" if text.startswith("-") else ""
    if bare in metrics:
        return f"{minus}{bare}"
    found = next((one for one in columns if bare in (one.name, f"{one.name}__{one.grain}")), None)
    return f"{minus}{found.ours if found else bare}"


def asked_range(ends: list[str] | None, columns: list[Column], model: Model, metrics: list[str]) -> str:
    """The time of a case, both ends inside, widened to whole periods of the finest `metric_time` that is asked for.

    Where the shared time is not asked for by that name, the finest that all metrics know decides.
    """
    if not ends:
        return "all"
    shared = [one.grain for one in columns if one.name == TIME_NAME and not one.part]
    known = [one if one in ORDER else "day" for one in shared] or [finest_grain(model, metrics)]
    grain = min(known, key=ORDER.index)
    start, end = (datetime.fromisoformat(one) for one in ends)
    if grain in FINER:
        return f"{floor(start, grain)}..{floor(end, grain) + LENGTHS.get(grain, timedelta(seconds=1))}"
    low_day = truncate(start.date(), grain)
    high_day = next_period(truncate(end.date(), grain), grain) - timedelta(days=1)  # type: ignore[arg-type]
    return f"{low_day}..{high_day}"


def finest_grain(model: Model, metrics: list[str]) -> str:
    """The finest grain by which all metrics know their time."""
    found = []
    for measure in measures(model, metrics):
        home = model.project.model(measure.model)
        known = home.dimension(measure.time or home.time) if home else None
        found.append(known.granularity if known and known.granularity else "day")
    return max((grain for grain in found if grain in ORDER), key=ORDER.index, default="day")


def floor(moment: datetime, grain: str) -> datetime:
    """The beginning of the hour, minute or second of a moment."""
    kept = {"hour": {"minute": 0, "second": 0}, "minute": {"second": 0}}.get(grain, {})
    return moment.replace(microsecond=0, **kept)  # type: ignore[arg-type]


def default_grain(model: Model, metrics: list[str]) -> str:
    """The grain of `metric_time` where none is asked for: the coarsest of the metrics' own, a day at least."""
    own = [metric.time_granularity for name in metrics if (metric := model.project.metric(name))]
    stated = [grain for grain in own if grain]
    found = stated or [grain for _, grain in times(model, metrics)]
    return max((grain for grain in found if grain in ORDER), key=ORDER.index, default="day")


def times(model: Model, metrics: list[str]) -> list[tuple[str, str]]:
    """The time dimensions that metrics count by, with their grains (a day at least)."""
    found = []
    for measure in measures(model, metrics):
        home = model.project.model(measure.model)
        name = measure.time or (home.time if home else "")
        known = home.dimension(name) if home else None
        grain = known.granularity if known and known.granularity else "day"
        found.append((name, max(grain, "day", key=ORDER.index)))
    return found


def measures(model: Model, metrics: list[str], seen: frozenset[str] = frozenset()) -> list[Any]:
    """The measures that metrics rest on."""
    found: list[Any] = []
    for name in metrics:
        defined = model.project.metric(name)
        if defined is None or name in seen:
            found += [one for one in (model.project.measure(name),) if one]
            continue
        for _, given in defined.inputs:
            if given.measure:
                found += [one for one in (model.project.measure(given.name),) if one]
            else:
                found += measures(model, [given.name], seen | {name})
    return found


def saved(case: dict[str, Any], model: Model) -> dict[str, Any]:
    """A case that asks a saved query, with the query's own words filled in."""
    name = case["saved_query_name"]
    found: SavedQuery = next(one for one in model.project.saved_queries if one.name == name)
    own = case.get("where")
    bare = [re.sub(r"\.descending\(.*?\)$", "", one) for one in found.order_by]
    orders = zip((order_of(one) for one in bare), found.order_by, strict=True)
    return {
        **case,
        "metrics": list(found.metrics),
        "group_bys": [condition.called(one, dunder) if "(" in one else one for one in found.group_by],
        "where": [
            *(condition.native(one, dunder) for one in found.where),
            *([own] if isinstance(own, str) else own or ()),
        ],
        "order_bys": [f"{'-' if 'descending(True)' in said else ''}{one}" for one, said in orders],
        "limit": case.get("limit") or (int(found.limit) if found.limit else None),
    }


def order_of(text: str) -> str:
    """What a saved query is ordered by: a metric or something grouped by."""
    metric = ORDERED.fullmatch(text.strip())
    return metric[1] if metric else condition.called(text, dunder) if "(" in text else text


def dunder(name: str, grain: str, part: str) -> str:
    """A name of MetricFlow as its questions write it."""
    return f"{name}__{grain}" if grain else name
