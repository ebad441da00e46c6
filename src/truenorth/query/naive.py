"""What the naive builder asks of rows beyond plain aggregations: values by rank and by time, and what follows what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, log

from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, parse_window
from truenorth.base.table import Value
from truenorth.define.exact import PLACES
from truenorth.define.graph import entity_columns
from truenorth.define.model import Metric, Model
from truenorth.query.dialect import quote

ROWS = quote("row")
AFTER, OTHER = quote("after"), quote("other")
# Values are told in steps of 1 % to either side.
STEP = 1.01 / 0.99
Scalar = Callable[[str], Value]


def nearest(metric: Metric, value: str, time: str, rows: str) -> str:
    """The value of the first or last row that has one, as a select out of the rows sorted by time and value."""
    way = "ASC" if metric.agg == "first" else "DESC"
    known = f"SELECT {value} AS v, {time} AS t {rows}"
    return f"SELECT v FROM ({known}) AS r WHERE v IS NOT NULL AND t IS NOT NULL ORDER BY t {way}, v {way} LIMIT 1"


def ranked(metric: Metric, value: str, rows: str, scalar: Scalar) -> Value:
    """A percentile by walking to the values of its rank, each told in steps where the metric is approximate."""
    known = f"FROM (SELECT {value} AS v {rows}) AS r WHERE v IS NOT NULL"
    size = int(str(scalar(f"SELECT count(*) {known}")))
    if not size:
        return None
    share = 0.5 if metric.percentile is None else metric.percentile

    def at(rank: int) -> Value:
        found = scalar(f"SELECT v {known} ORDER BY v LIMIT 1 OFFSET {rank}")
        return told(float(str(found))) if metric.approximate else found

    if metric.percentile_type == "discrete":
        return at(max(1, ceil(round(share * size, 9))) - 1)
    place = share * (size - 1)
    low, high = (float(str(at(edge(place)))) for edge in (floor, ceil))
    return low + (high - low) * (place - floor(place))


def told(value: float) -> float:
    """The value in the middle of the step that a value lies on."""
    if value == 0:
        return 0.0
    step = ceil(log(abs(value)) / log(STEP))
    return (2 if value > 0 else -2) * STEP**step / (STEP + 1)


@dataclass(frozen=True)
class Events:
    """A base event and its conversions as the naive builder sees them: FROM items, moments and fields as SQL."""

    model: Model
    metric: Metric
    sources: tuple[str, str]
    moments: tuple[str, str]
    days: bool
    field: Callable[[Metric, str], str]

    @property
    def sides(self) -> tuple[Metric, Metric]:
        """The base metric and the metric of the conversions."""
        metrics = self.model.metrics
        return metrics[self.metric.base_metric], metrics[self.metric.conversion_metric]

    def same(self, base: str, after: str) -> list[str]:
        """That two rows are of one entity, with the properties that stay the same."""
        constant = self.metric.constant_properties
        pairs = [(self.metric.entity, self.metric.entity)]
        pairs += [(one.base_property, one.conversion_property) for one in constant]
        found = []
        for names in pairs:
            columns = [
                [moved(self.field(side, column), alias) for column in entity_columns(self.model, side.dataset, name)]
                for side, name, alias in zip(self.sides, names, (base, after), strict=True)
            ]
            found += [f"{one} = {other}" for one, other in zip(*columns, strict=True)]
        return found

    def in_time(self, base: str, after: str) -> list[str]:
        """That one row comes at or after another, and within the window."""
        first, second = moved(self.moments[0], base), moved(self.moments[1], after)
        found = [f"{second} >= {first}"]
        if self.metric.window:
            count, grain = parse_window(self.metric.window)
            if self.days and grain in CLOCK:
                raise QueryError("E_GRAIN_TOO_FINE", f'"{self.metric.name}" waits {self.metric.window} of days')
            found.append(f"{second} - INTERVAL {count} {grain.upper()} < {first}")
        return found

    def followed(self, own: Sequence[str]) -> str:
        """That a base event has a conversion; `own` are the conversion's own conditions."""
        met = [*self.same(ROWS, AFTER), *self.in_time(ROWS, AFTER), *(moved(one, AFTER) for one in own)]
        return f"EXISTS (SELECT 1 FROM (SELECT * FROM {self.sources[1]}) AS {AFTER} WHERE {' AND '.join(met)})"

    def given(self, value: str, own: Sequence[str], cell: Sequence[str], chosen: Sequence[str]) -> str:
        """An aggregation of the conversions whose latest base event lies in a cell; `chosen` are its conditions without
        the cell."""
        base = self.sides[0]
        keys = self.model.datasets[base.dataset].primary_key
        if not keys:
            raise QueryError("E_PRIMARY_KEY_REQUIRED", f'"{base.dataset}" has no primary_key to tell ties by')
        one, other = (moved(self.moments[0], alias) for alias in (ROWS, OTHER))
        first = " OR ".join(smaller(keys[: at + 1]) for at in range(len(keys)))
        later = [
            *self.same(OTHER, AFTER),
            f"{moved(self.moments[1], AFTER)} >= {other}",
            f"({other} > {one} OR ({other} = {one} AND ({first})))",
            *(moved(condition, OTHER) for condition in chosen),
        ]
        closer = f"EXISTS (SELECT 1 FROM (SELECT * FROM {self.sources[0]}) AS {OTHER} WHERE {' AND '.join(later)})"
        met = [*self.same(ROWS, AFTER), *self.in_time(ROWS, AFTER), *(moved(own_one, AFTER) for own_one in own), *cell]
        rows = f"(SELECT * FROM {self.sources[1]}) AS {AFTER}, {self.sources[0]}"
        return f"SELECT {moved(value, AFTER)} FROM {rows} WHERE {' AND '.join([*met, f'NOT {closer}'])}"


def smaller(keys: list[str]) -> str:
    """That the last of some keys is smaller in the other row, and those before it are alike."""
    pairs = [(f"{OTHER}.{quote(key)}", f"{ROWS}.{quote(key)}") for key in keys]
    alike = [f"{one} = {other}" for one, other in pairs[:-1]]
    return f"({' AND '.join([*alike, f'{pairs[-1][0]} < {pairs[-1][1]}'])})"


def moved(sql: str, alias: str) -> str:
    """SQL over the row as SQL over another alias of it."""
    return sql.replace(f"{ROWS}.", f"{alias}.")


def number_of(value: object) -> Value:
    """An engine's decimal as it is; anything else as text."""
    return value if isinstance(value, Decimal) else str(value)


def to_places(value: Fraction) -> Decimal:
    """A fraction to the places of money, rounded half away from zero."""
    whole, rest = divmod(abs(value) * 10**PLACES, 1)
    return Decimal((int(whole) + (2 * rest >= 1)) * (-1 if value < 0 else 1)).scaleb(-PLACES)


def divided(above: Value, below: Value) -> Value:
    """One value over another, exactly where both are; None when either is missing or the lower is zero."""
    if above is None or below is None:
        return None
    if not isinstance(above, float) and not isinstance(below, float):
        parts = Fraction(str(below))
        return to_places(Fraction(str(above)) / parts) if parts else None
    over, under = float(str(above)), float(str(below))
    return over / under if under else None
