"""Credit as SQL: conversions meet the touches of the same entity before them, and what each is worth is shared out.

Shares are counted in whole smallest units (cents, or hundred-millionths where an amount is finer): the units up to a
touch are those that belong to all weights so far, rounded down, and a touch gets what that adds. So the last touch
takes what cannot be divided, no share is off by a unit, and they always make the whole.
"""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import Moment, day_of, day_past, parse_window, shift, truncate
from truenorth.define.attribution import CONVERSION_KEY, CREDIT, TOUCH_KEY, credit_of, half_life, model_words, sides_of
from truenorth.define.graph import entity_columns, resolve_field
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.conversion import interval, known_by, moment
from truenorth.query.dialect import indented, quote
from truenorth.query.granularity import ORDER
from truenorth.query.join import Source, named
from truenorth.query.leg import Everywhere, Pass
from truenorth.query.shape import Leaf, Leg, Plan

# Weights of time decay are told in billionths of the latest touch's.
BILLION = 1_000_000_000
FINEST = 100_000_000
WEIGHTS = {
    "linear": "1",
    "position": "CASE WHEN size <= 2 THEN 1 WHEN place = 1 OR place = size THEN 2 * (size - 2) ELSE 1 END",
}
CHOSEN = {"first": "place = 1", "last": "place = size", "last_non_direct": "turn = 1"}


class Crediting(Pass):
    """A leg over the credit of a metric: its rows are made of those of its touches and of its conversions."""

    def __init__(self, catalog: Catalog, plan: Plan, leg: Leg) -> None:
        super().__init__(catalog, plan, leg)
        metrics = catalog.model.metrics
        self.metric = metrics[credit_of(leg.dataset)]
        self.touches = self.side(metrics[self.metric.base_metric])
        self.conversions = self.side(metrics[self.metric.conversion_metric])
        units = [known_by(self.touches), known_by(self.conversions)]
        self.unit = max(units, key=lambda unit: ORDER[unit] if unit else -1)
        self.window = interval(self.metric, self.unit)
        self.source.rows.origin = f"(\n{indented(self.credit())}\n) AS {self.alias}"

    def read(self) -> Source:
        """The rows with what they meet: a row of credit has one place in every answer."""
        plan, dataset = self.plan, self.leg.dataset
        for reference in named(self.catalog, plan.dimensions, plan.conditions, plan.filters):
            if resolve_field(self.catalog.model, dataset, reference)[0].repeats:
                message = f'a row of "{dataset}" may have several "{reference}", and is given once'
                raise QueryError("E_FAN_OUT", message, hint="name a field of which a touch or a conversion has one")
        return super().read()

    def side(self, metric: Metric) -> Everywhere:
        """The rows of one of the two metrics, under their own conditions alone."""
        place = Leg(metric.dataset, self.catalog.time_of(metric), "period", (), (Leaf("", metric, ()),))
        return Everywhere(self.catalog, replace(self.plan, dimensions=(), conditions=(), filters=()), place)

    def measured(self, metric: Metric) -> str:
        """What a row of credit is worth."""
        return f"{self.alias}.{quote(CREDIT)}"

    def owned(self, reference: str, metric: Metric) -> str:
        """A field of the touch or the conversion: every name leads somewhere."""
        return self.source.rows.field(reference)

    def credit(self) -> str:
        """The rows of credit: when, for which conversion, to which touch, and how much."""
        many = self.metric.model not in CHOSEN
        share = self.share() if many else "amount"
        touch = [f"CASE WHEN size > 0 THEN {name} END AS {name}" for name in self.keys(self.touches, TOUCH_KEY)]
        shown = [quote(self.leg.time), *self.keys(self.conversions, CONVERSION_KEY), *touch]
        columns = ", ".join([*shown, f"{share} AS {quote(CREDIT)}"])
        if many:
            rows = f"(\n{indented(self.running())}\n) AS weighed"
            return f"SELECT {columns}\nFROM {rows}"
        chosen = f"CASE WHEN size = 0 THEN place = 1 ELSE {CHOSEN[self.metric.model]} END"
        return f"SELECT {columns}\nFROM (\n{indented(self.placed())}\n) AS placed\nWHERE {chosen}"

    def keys(self, side: Pass, word: str) -> dict[str, str]:
        """The names of a row's key among those of credit, and its columns as SQL."""
        dataset = self.catalog.dataset(side.leg.dataset)
        told = (self.catalog.field_sql(dataset.name, name, side.alias) for name in dataset.primary_key)
        return {quote(f"{word} {at}"): sql for at, sql in enumerate(told, 1)}

    def entity(self, side: Pass) -> dict[str, str]:
        """Who it was."""
        columns = entity_columns(self.catalog.model, side.leg.dataset, self.metric.entity)
        metric = side.leg.leaves[0].metric
        return {f"who_{at}": side.owned(column, metric) for at, column in enumerate(columns, 1)}

    def earned(self) -> str:
        """The conversions, numbered, with what there is to share out."""
        side = self.conversions
        columns = {**self.keys(side, CONVERSION_KEY), **self.entity(side), "converted": moment(side, self.unit)}
        columns |= {quote(self.leg.time): side.time, "amount": self.amount(), "nth": "row_number() OVER ()"}
        where = side.where([*side.between(*self.asked()), *side.pieces()])
        return f"SELECT {written(columns)}\n{side.source.sql()}{where}"

    def amount(self) -> str:
        """What a conversion is worth: 1 where they are counted; a floating number becomes exact."""
        side = self.conversions
        leaf = side.leg.leaves[0]
        metric = leaf.metric
        if metric.agg == "count":
            return f"CASE WHEN {side.measured(metric)} IS NOT NULL THEN 1 END" if metric.expr else "1"
        sql, kind = side.measured(metric), side.kind(metric)
        if kind == "boolean":
            return self.dialect.cast(sql, self.dialect.whole)
        return self.dialect.as_money(sql) if kind in ("float", "") and not metric.convert else sql

    def asked(self) -> tuple[Moment | None, Moment | None]:
        """The stretch of conversions that a question is about."""
        return self.reach() if self.leg.windows else (self.plan.asked.start, self.plan.asked.end)

    def met(self) -> str:
        """The touches that may have led to conversions of the stretch."""
        side = self.touches
        columns = {**self.keys(side, TOUCH_KEY), **self.entity(side), "touched": moment(side, self.unit)}
        columns["direct"] = self.direct()
        where = side.where([*side.between(*self.before()), f"{side.time} IS NOT NULL"])
        return f"SELECT {written(columns)}\n{side.source.sql()}{where}"

    def before(self) -> tuple[Moment | None, Moment | None]:
        """The stretch in which touches matter: the window before the conversions too, with a day more."""
        start, end = self.asked()
        if self.unit not in ("", "day"):
            week = self.plan.calendar.week_start
            start = start and truncate(day_of(start), self.unit, week)
            end = end and day_of(shift(truncate(day_past(end), self.unit, week), 1, self.unit))
        if start is None or not self.metric.window:
            return None, end and shift(end, 1, "day")
        count, grain = parse_window(self.metric.window)
        return shift(shift(start, -count, grain), -1, "day"), end and shift(end, 1, "day")

    def direct(self) -> str:
        """1 for a touch that is direct; what is not known to be is not."""
        if not self.metric.direct:
            return "0"
        side, metric = self.touches, self.touches.leg.leaves[0].metric
        expression = self.catalog.expression(self.metric.direct, self.metric)
        names = side.source.rows.names(expression, lambda one: side.owned(one, metric), side.place)
        return f"CASE WHEN {expression.render(self.dialect.name, names)} THEN 1 ELSE 0 END"

    def pairs(self) -> str:
        """Every conversion beside the touches of its entity, of which some are inside the window before it."""
        inside = ["touched <= converted"]
        if self.window:
            inside.append(f"touched > converted - {self.window}")
        on = " AND ".join(f"earned.{name} = met.{name}" for name in self.entity(self.touches))
        names = [*self.keys(self.conversions, CONVERSION_KEY), quote(self.leg.time), "amount", "nth"]
        names += [*self.keys(self.touches, TOUCH_KEY), "touched", "direct"]
        flag = f"CASE WHEN {' AND '.join(inside)} THEN 1 ELSE 0 END AS inside"
        return (
            f"SELECT {', '.join([*names, flag])}\nFROM (\n{indented(self.earned())}\n) AS earned\n"
            f"LEFT JOIN (\n{indented(self.met())}\n) AS met ON {on}"
        )

    def placed(self) -> str:
        """The touches of each conversion in their order (those of one moment by their key) and how many they are; a
        conversion without any has one row."""
        ties = ", ".join(self.keys(self.touches, TOUCH_KEY))
        down = ", ".join(f"{name} DESC" for name in ("touched", *self.keys(self.touches, TOUCH_KEY)))
        windows = {
            "place": f"row_number() OVER (PARTITION BY nth ORDER BY inside DESC, touched, {ties})",
            "turn": f"row_number() OVER (PARTITION BY nth ORDER BY inside DESC, direct, {down})",
            "size": "sum(inside) OVER (PARTITION BY nth)",
            "latest": "max(CASE WHEN inside = 1 THEN touched END) OVER (PARTITION BY nth)",
        }
        rows = f"SELECT *, {written(windows)}\nFROM (\n{indented(self.pairs())}\n) AS pairs"
        return f"SELECT *\nFROM (\n{indented(rows)}\n) AS ordered\nWHERE inside = 1 OR (size = 0 AND place = 1)"

    def running(self) -> str:
        """The weight of each touch, of all up to it, and of all; the amount in whole units."""
        unit, wide = str(FINEST), self.dialect.widest_of
        if self.metric.unit == "currency":
            cents = f"{self.dialect.as_money('amount')} = {self.dialect.cast('amount', 'DECIMAL(28, 2)')}"
            unit = f"CASE WHEN {cents} THEN 100 ELSE {FINEST} END"
        weighed = f"SELECT *, {self.weight()} AS weight, {unit} AS unit\nFROM (\n{indented(self.placed())}\n) AS placed"
        columns = {
            "weight": wide("weight"),
            "upto": wide("sum(weight) OVER (PARTITION BY nth ORDER BY place)"),
            "whole": wide("sum(weight) OVER (PARTITION BY nth)"),
            "units": wide(f"{self.dialect.as_money('amount')} * unit"),
            "rest": f"amount - {self.dialect.as_money('amount')}",
        }
        names = [*self.keys(self.conversions, CONVERSION_KEY), quote(self.leg.time)]
        names += [*self.keys(self.touches, TOUCH_KEY), "size", "unit"]
        return f"SELECT {', '.join(names)}, {written(columns)}\nFROM (\n{indented(weighed)}\n) AS weights"

    def weight(self) -> str:
        """The weight of a touch as a whole number."""
        if self.metric.model != "time_decay":
            return WEIGHTS[self.metric.model]
        ago = f"({self.dialect.milliseconds('latest')} - {self.dialect.milliseconds('touched')})"
        halves = f"{self.dialect.as_double(ago)} / {half_life(self.metric) * 1000}"
        told = self.dialect.cast(f"round({BILLION} * pow(0.5, {halves}))", self.dialect.whole)
        return f"CASE WHEN size = 0 THEN 1 ELSE {told} END"

    def share(self) -> str:
        """The units that a touch adds to those shared out up to it, as an amount again."""
        upto, less = (self.dialect.cut(units, "whole") for units in ("units * upto", "units * (upto - weight)"))
        cents, finest = (self.dialect.placed(f"({upto} - {less})", places, "DECIMAL(28, 8)") for places in (2, 8))
        return f"CASE WHEN unit = 100 THEN {cents} ELSE {finest} END + CASE WHEN upto = whole THEN rest ELSE 0 END"


def credit_notes(catalog: Catalog, legs: tuple[Leg, ...]) -> list[str]:
    """By which model credit was given, and where it stands in time."""
    found = []
    for leg in legs:
        for metric in sides_of(catalog.model, leg.dataset)[2:]:
            before = f" in the {metric.window} before" if metric.window else ""
            of = catalog.model.metrics[metric.conversion_metric].title
            found.append(f"{metric.title}: by {model_words(metric)}{before}, counted at the time of {of}")
    return list(dict.fromkeys(found))


def written(columns: dict[str, str]) -> str:
    """Columns as a select list."""
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
