"""What lies behind a number: the rows it is made of, the things it counts, or the numbers it is computed from.

The rows come from the same plan as the number itself, so that they are exactly those: under the same conditions, over
the same windows, for the same groups, and only those that its reader may see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import date, datetime

from msgspec.structs import replace

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.table import Column, Row, Table, Value
from truenorth.base.zone import local
from truenorth.define.graph import entity_columns
from truenorth.define.graph import metric as metric_of
from truenorth.define.model import Metric
from truenorth.query.answer import Answer
from truenorth.query.dialect import indented, quote
from truenorth.query.evidence import COUNTS, Evidence, Place, entity_words, evidence
from truenorth.query.render import cut, looked_up, render
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner, clean, tabled
from truenorth.query.shape import Leaf, Leg, Output, Plan
from truenorth.query.ways import reading
from truenorth.query.window import before

MOST_SHOWN = 1000
NONE = "(none)"
# How what the rows count for makes the number.
HOW = {
    "count": "counted",
    "count_distinct": "counted, each once",
    "sum": "added up",
    "avg": "averaged",
    "min": "of which it is the least",
    "max": "of which it is the greatest",
    "median": "of which it is the median",
    "percentile": "of which it is a percentile",
    "first": "of which it is the first",
    "last": "of which it is the last",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One number that a number is computed from, by the name to ask for what lies behind it."""

    name: str
    title: str
    value: Value
    metric: Metric


@dataclass(frozen=True, slots=True)
class Behind:
    """What lies behind one number.

    `number` is the metric's own, `parts` the numbers that it is computed from (itself where it is gathered from rows),
    and `part` which of them is looked at ("" where there are several and none was chosen: then there are no rows).
    `size` is how many rows or entities there are, of which the answer holds the first; `total` what they add up to
    where they are added up; `entities` says that they are things and not rows, and `how` what is done with them.
    """

    metric: Metric
    place: tuple[tuple[str, str], ...]
    number: Value
    column: Column
    parts: tuple[Part, ...]
    part: str
    answer: Answer
    size: int = 0
    total: Value = None
    entities: bool = False
    how: str = ""


def behind(
    runner: Runner, query: MetricQuery, now: datetime, at: Sequence[str] = (), part: str = "", most: int = MOST_SHOWN
) -> Behind:
    """What lies behind the number of a question about one metric, at a naive UTC `now`.

    `at` names one row of its answer by the texts of its time and its groups, in their order ("2026-03-01", "EMEA");
    without it the question is asked as a whole. QueryError E_NO_SUCH_ROW where the answer has no such row,
    E_NO_SUCH_PART for a part that the number is not computed from.
    """
    asked = plain(query, bool(at))
    runner = runner.knowing(asked)
    whole = runner.ask(asked, now)
    made, statement = runner.compile(asked, now)
    raw = runner.rows(made, statement)
    table, _ = tabled(runner.catalog.model, made, statement, raw)
    nth = row_of(table, at)
    place = place_of(made, raw[nth] if nth is not None else ())
    metric = metric_of(runner.catalog.model, asked.metrics[0])
    every = leaves_of(metric, made)
    chosen = chosen_part(every, part)
    number = table.rows[nth][-1] if nth is not None else None
    found = Behind(
        metric=metric,
        place=tuple((column.label or column.name, word(value)) for column, value in named(table, nth)),
        number=number,
        column=table.columns[-1],
        parts=tuple(parts_of(runner, made, every, place, number)),
        part=chosen[1].name if chosen else "",
        answer=replaced(whole, table=Table((), ()), totals={}, incomplete=(), cut=(), sql=statement.sql),
    )
    return listed(runner, made, chosen, place, found, most) if chosen and nth is not None else found


def plain(query: MetricQuery, placed: bool) -> MetricQuery:
    """The question for one metric, without what is only about how an answer is shown."""
    if len(query.metrics) != 1:
        hint = "ask for one metric at a time"
        raise QueryError("E_ONE_METRIC", f"{len(query.metrics)} metrics have no rows in common", hint=hint)
    found = replace(query, totals=False, subtotals=False, having=(), vs="", locale="")
    found = replace(found, fill="null" if found.fill == "carry" else found.fill)
    if not placed:
        found = replace(found, by=(), grain="", fill="", other=False)
    return found if found.other else replace(found, order=(), limit=None)


def leaves_of(metric: Metric, made: Plan) -> list[tuple[Leg, Leaf]]:
    """The aggregations that a number is computed from; counts that only tell whether there are rows are none."""
    found = [(leg, leaf) for leg in made.legs for leaf in leg.leaves if not leaf.metric.name.endswith("__rows")]
    if metric.type == "movement" and metric.part == "opening" and len(found) == 2:
        return [opening(*found)]
    # Beside a count of a journey may stand those that only tell whether it is known yet.
    itself = [(leg, leaf) for leg, leaf in found if leg.way == "journey" and leaf.metric.name == metric.name]
    return itself or found


def opening(level: tuple[Leg, Leaf], moved: tuple[Leg, Leaf]) -> tuple[Leg, Leaf]:
    """What there was when the periods began, as a level of its own: what came since is not looked at."""
    begun = {window.labels: window.start for window in moved[0].windows}
    level = level if level[0].windows[:1] and level[0].windows[0].start is None else moved
    cut = (replace(one, start=None, end=begun.get(one.labels)) for one in level[0].windows)
    return replace(level[0], windows=tuple(one for one in cut if one.end is not None)), level[1]


def row_of(table: Table, at: Sequence[str]) -> int | None:
    """The place of the row that texts name; None where a question as a whole has none."""
    keys = len(table.columns) - 1
    if not at:
        return 0 if table.rows else None
    for words in (word, shortened):
        for nth, row in enumerate(table.rows):
            shown = row[:keys]
            if len(at) == keys and all(words(value, text) == text for value, text in zip(shown, at, strict=True)):
                return nth
    known = [", ".join(word(value) for value in row[:keys]) for row in table.rows]
    hint = did_you_mean(", ".join(at), known) or f"its rows are {'; '.join(known[:8])}" if known else "it has no rows"
    raise QueryError("E_NO_SUCH_ROW", f'the answer has no row "{", ".join(at)}"', hint=hint)


def word(value: object, text: str = "") -> str:
    """A label or a group as a row is named by.

    >>> word(None), word(date(2026, 3, 1)), word(True), word(3)
    ('(none)', '2026-03-01', 'true', '3')
    """
    if value is None:
        return NONE
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def shortened(value: object, text: str) -> str:
    """The same where a period may be named by its beginning: "2026-03"."""
    whole = word(value)
    return text if isinstance(value, date) and len(text) > 3 and whole.startswith(text) else whole


def place_of(made: Plan, row: Sequence[object]) -> Place:
    """A row's labels and groups, as the engine gives them."""
    times, groups = len(made.times), len(made.dimensions)
    return Place(tuple(row[:times]), tuple(row[times : times + groups]))


def named(table: Table, nth: int | None) -> list[tuple[Column, Value]]:
    """The labels and groups of a row, as it shows them."""
    return [] if nth is None else list(zip(table.columns[:-1], table.rows[nth][:-1], strict=True))


def chosen_part(every: Sequence[tuple[Leg, Leaf]], part: str) -> tuple[Leg, Leaf] | None:
    """The leaf that is looked at: the only one, or the one of that name."""
    if not part:
        return every[0] if len(every) == 1 else None
    found = next((one for one in every if one[1].name == part), None)
    if found is None:
        known = [leaf.name for _, leaf in every]
        hint = did_you_mean(part, known) or f"there are {', '.join(known)}"
        raise QueryError("E_NO_SUCH_PART", f'the number is not computed from "{part}"', hint=hint)
    return found


def parts_of(runner: Runner, made: Plan, every: Sequence[tuple[Leg, Leaf]], place: Place, number: Value) -> list[Part]:
    """The numbers that a number is computed from, at the same place; itself where it is gathered from rows."""
    metric = metric_of(runner.catalog.model, made.outputs[0].metric)
    if len(every) == 1 and metric.type not in ("derived", "ratio", "cumulative"):
        return [Part(leaf.name, title(leg, leaf), number, leaf.metric) for leg, leaf in every]
    outputs = tuple(Output(leaf.name, quote(leaf.name), made.outputs[0].metric) for _, leaf in every)
    bare = replace(made, outputs=outputs, query=replace(made.query, order=(), limit=None), carried=(), withheld={})
    keys = len(made.times) + len(made.dimensions)
    rows = runner.rows(bare, render(runner.catalog, bare))
    row = next((row for row in rows if place_of(made, row) == place), (None,) * (keys + len(every)))
    titles = [title(leg, leaf) for leg, leaf in every]
    told = [
        f"{one}{stretch(leg, place)}" if titles.count(one) > 1 else one
        for one, (leg, _) in zip(titles, every, strict=True)
    ]
    return [
        Part(leaf.name, words, 0 if value is None and is_count(leg, leaf) else clean(value), leaf.metric)
        for words, (leg, leaf), value in zip(told, every, row[keys:], strict=True)
    ]


def is_count(leg: Leg, leaf: Leaf) -> bool:
    """Whether a part counts, so that nothing is 0; a journey's numbers are computed from counts alone."""
    return leaf.metric.agg in ("count", "count_distinct") or leg.way == "journey"


def stretch(leg: Leg, place: Place) -> str:
    """The time that a leg looks at from a place, for parts that differ in nothing else."""
    labels = tuple(one.date() if isinstance(one, datetime) else one for one in place.labels)
    window = next((one for one in leg.windows if one.labels in (place.labels, labels)), None)
    if window is None or window.end is None:
        return ""
    last = before(window.end)
    return f", {window.start} to {last}" if window.start is not None else f", up to {last}"


def title(leg: Leg, leaf: Leaf) -> str:
    """What a part is called: its metric, and what it is of it where it is seen through something."""
    metric = leg.conversion or leaf.metric
    name, _, part = metric.name.partition("__")
    words = metric.label or name.replace("_", " ").capitalize()
    told = part.replace("_", " ").strip()
    words += f", {told}" if told and not words.endswith(told) else ""
    conditions = " and ".join(one for one in leaf.filters if one)
    return f"{words} where {conditions}" if conditions else words


def listed(runner: Runner, made: Plan, chosen: tuple[Leg, Leaf], place: Place, found: Behind, most: int) -> Behind:
    """What lies behind one leaf: how much there is in all, and the first of it."""
    leg, leaf = chosen
    how = of_days(leg, leaf) or HOW.get(leaf.metric.agg, "added up")
    if leg.way == "journey":
        return followed(runner, replace(looked_up(runner.catalog, made), legs=(leg,)), chosen, place, found, most)
    seen = preceded(
        looked_up(runner.catalog, made), evidence(runner.catalog, made, cut(runner.catalog, made, leg), leaf, place)
    )
    entities = leaf.metric.agg == "count_distinct" or leg.way == "movement"
    size, total = summed(runner, seen, leaf.metric.agg in ("sum", "count") or leg.way == "movement")
    order = ", ".join(f"{number} NULLS LAST" for number in range(1, len(seen.columns) + 1))
    rows = runner.catalog.rows(f"{seen.sql}\nORDER BY {order}\nLIMIT {most}")
    zone = made.calendar.timezone
    shown = tuple(shown_row(row, seen, zone) for row in rows)
    notes = noted(found, size, len(shown))
    answer = replaced(found.answer, table=Table(seen.columns, shown), notes=notes, sql=seen.sql)
    return replaced(found, answer=answer, size=size, total=total, entities=entities, how=how)


def preceded(made: Plan, seen: Evidence) -> Evidence:
    """The select with the tables of other metrics' values that it looks up."""
    if not made.lookups:
        return seen
    with_ = ",\n".join(one.table for one in made.lookups)
    return replaced(seen, sql=f"WITH {with_}\nSELECT *\nFROM (\n{indented(seen.sql)}\n) AS looked_up")


def of_days(leg: Leg, leaf: Leaf) -> str:
    """What the number is of the values of days, where it is one of those and not one of all rows."""
    days = leaf.metric.non_additive_dimension
    averaged = leg.put == "average" or (leg.way == "snapshot" and days is not None and days.window_agg == "avg")
    which = "average" if averaged else "first" if leg.put else ""
    return f"of whose days it is the {which}" if which else ""


def summed(runner: Runner, seen: Evidence, added: bool) -> tuple[int, Value]:
    """How many rows there are, and what they add up to."""
    added = added and seen.columns[-1].name == "counts"
    worth = f"sum({quote(COUNTS)})" if added else "NULL"
    [(size, total)] = runner.catalog.rows(f"SELECT count(*), {worth}\nFROM (\n{indented(seen.sql)}\n) AS behind")
    return int(str(size)), clean(total)


def shown_row(row: Sequence[object], seen: Evidence, timezone: str) -> Row:
    """A row as it is shown: its time as the clock on the wall of the question's zone."""
    plain_row = [clean(value) for value in row]
    for at, column in enumerate(seen.columns):
        value = plain_row[at]
        if column.role == "time" and seen.moment is not None and isinstance(value, datetime):
            plain_row[at] = local(value.replace(tzinfo=None), timezone)
    return tuple(plain_row)


def followed(runner: Runner, made: Plan, chosen: tuple[Leg, Leaf], place: Place, found: Behind, most: int) -> Behind:
    """Whose outcomes a journey's number is made of."""
    leg, leaf = chosen
    # Journeys are followed in arrays, which a plain question does not load.
    from truenorth.query.journey.scan import Scan
    from truenorth.query.journey.whose import counted

    scan = reading(runner.catalog, made, replace(leg, leaves=(leaf,)))
    assert isinstance(scan, Scan)
    labels = tuple(one.date() if isinstance(one, datetime) else one for one in place.labels)
    known = place.labels if place.labels in scan.frame.labels else labels
    outcomes = counted(scan, known, place.values)
    metric = leaf.metric
    names = entity_columns(runner.catalog.model, leg.dataset, metric.entity) if len(scan.whose()) > 1 else ("entity",)
    columns = [Column(name, "dimension", entity_words(metric.entity if name == "entity" else name)) for name in names]
    rows = tuple(tuple(clean(value) for value in row) for row in outcomes.rows[:most])
    counts = Column("counts", "metric", "Counts" if outcomes.how == "counted" else metric.title, metric.unit)
    table = Table((*columns, counts), rows)
    size = len(outcomes.rows)
    answer = replaced(found.answer, table=table, notes=noted(found, size, len(rows)), sql=outcomes.sql)
    return replaced(found, answer=answer, size=size, total=clean(outcomes.total), entities=True, how=outcomes.how)


def noted(found: Behind, size: int, shown: int) -> tuple[str, ...]:
    """The notes of the answer, and that there are more rows than are shown."""
    more = (f"these are the first {shown:,} of {size:,}",) if size > shown else ()
    return (*found.answer.notes, *more)
