"""Who belongs to a cohort as of a day: a select of its members, which a field of every row looks them up in.

A rule counts rows like any metric does: by entity, under its condition, over a stretch of whole local days that ends
with the day. Everything else is members of one select that are, or are not, among those of another.
"""

from __future__ import annotations

from copy import copy
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from truenorth.base.errors import DefinitionError, QueryError, did_you_mean
from truenorth.base.period import Span, day_of, parse_window, shift, truncate
from truenorth.base.range import parse_range
from truenorth.base.zone import local
from truenorth.define.cohort import has_rule
from truenorth.define.graph import resolve_field
from truenorth.define.model import Cohort, Metric, Model
from truenorth.query.calendar import Calendar
from truenorth.query.catalog import Catalog, Evaluated
from truenorth.query.chosen import understood
from truenorth.query.dialect import indented, quote
from truenorth.query.join import evaluated
from truenorth.query.plan import plan
from truenorth.query.render import render
from truenorth.query.request import MetricQuery

# Names with a space are nobody's.
WHO = "the member"
TIMES = "rows counted"
CYCLE = "let one of them say by rows who is in it"


def metric_of(cohort: Cohort) -> Metric:
    """The rows that a cohort counts, as a metric."""
    name = f"rows of {cohort.name}"
    return Metric(name, "simple", dataset=cohort.dataset, agg="count", filter=cohort.where, spot=cohort.spot)


def with_counts(model: Model) -> Model:
    """The model that also counts the rows of its cohorts."""
    counts = (metric_of(one) for one in model.cohorts.values())
    return replace(model, metrics={**model.metrics, **{one.name: one for one in counts}})


def membership(catalog: Catalog, name: str) -> str:
    """The select of a cohort's members, as of the day that the catalog is looked at."""
    return Segment(catalog, catalog.model.cohorts[name]).sql()


class Segment:
    """One cohort as of one day."""

    def __init__(self, catalog: Catalog, cohort: Cohort) -> None:
        assert catalog.evaluated is not None
        self.cohort = cohort
        self.asked = catalog.evaluated
        if cohort.name in self.asked.inside:
            loop = " → ".join((*self.asked.inside, cohort.name))
            message = f"cohorts are made from each other: {loop}"
            raise DefinitionError("E_COHORT_CYCLE", message, where=cohort.spot.at(), hint=CYCLE)
        self.day = date.fromisoformat(cohort.as_of) if cohort.as_of else self.asked.day
        self.catalog = counting(catalog, replace(self.asked, day=self.day, inside=(*self.asked.inside, cohort.name)))

    def sql(self) -> str:
        """The members: those of its own rule, or of the cohorts it is put together from, less who is ruled out."""
        one = self.cohort
        if has_rule(one):
            base, all_of = self.rule(), one.all_of
        elif one.any_of:
            base, all_of = "\nUNION DISTINCT\n".join(map(self.other, one.any_of)), one.all_of
        else:
            base, all_of = self.other(one.all_of[0]), one.all_of[1:]
        found = [among(self.other(name)) for name in all_of]
        if has_rule(one) and one.any_of:
            found.append(f"({' OR '.join(among(self.other(name)) for name in one.any_of)})")
        found += [f"NOT {among(self.other(name))}" for name in one.none_of]
        if not found:
            return base
        where = "\n  AND ".join(found)
        return f"SELECT {quote(WHO)} FROM (\n{indented(base)}\n) AS chosen WHERE {where}"

    def other(self, name: str) -> str:
        """The members of another cohort."""
        return membership(self.catalog, name)

    def rule(self) -> str:
        """Those whom the cohort's own rule picks out."""
        one = self.cohort
        if one.members:
            return self.named()
        if one.state:
            return self.living()
        end = self.day if self.catalog.model.datasets[one.dataset].time else None
        if one.stopped:
            assert end is not None
            last = end - self.length(one.stopped)
            return less(self.counted(None, last), self.counted(last + timedelta(days=1), end, least=1))
        start = end - self.length(one.within) + timedelta(days=1) if one.within and end else None
        return self.counted(start, end)

    def length(self, text: str) -> timedelta:
        """How many days a length of time is that ends with the day."""
        count, unit = parse_window(text)
        past = self.day + timedelta(days=1)
        return past - day_of(shift(past, -count, unit))

    def named(self) -> str:
        """Those who are named, as the entity's type holds them."""
        catalog, one = self.catalog, self.cohort
        path, key = resolve_field(catalog.model, one.dataset, one.entity)
        values = understood(dict.fromkeys(one.members), catalog.type_of(path.end, key))
        if not values:
            return f"{self.counted(None, None)} AND 1 = 0"
        selects = (f"SELECT {catalog.dialect.literal(value)} AS {quote(WHO)}" for value in values)
        return "\nUNION ALL\n".join(selects)

    def living(self) -> str:
        """Those who in the period of the day are new, come back at once or after a while, or have just gone."""
        one, model = self.cohort, self.catalog.model
        first = truncate(self.day, one.period, model.workspace.week_start, model.fiscal)
        before = truncate(first - timedelta(days=1), one.period, model.workspace.week_start, model.fiscal)
        now = self.counted(first, self.day)
        last = self.counted(before, first - timedelta(days=1))
        ever = self.counted(None, first - timedelta(days=1))
        if one.state == "new":
            return less(now, ever)
        if one.state == "returning":
            return both(now, last)
        return less(last, now) if one.state == "dormant" else less(both(now, ever), last)

    def counted(self, start: date | None, end: date | None, least: int = 0) -> str:
        """Those who have enough rows between two days, both included."""
        catalog, one = self.catalog, self.cohort
        range_ = "all" if end is None else f"{start or date.min}..{end}"
        query = MetricQuery((metric_of(one).name,), by=(one.entity,), range=range_, timezone=self.asked.timezone)
        made = plan(catalog, query, self.asked.now)
        who = replace(made.dimensions[0], name=WHO)
        made = replace(made, dimensions=(who,), outputs=(replace(made.outputs[0], name=TIMES),), within=True)
        rows = indented(render(catalog, made).sql)
        enough = f"{quote(WHO)} IS NOT NULL AND {quote(TIMES)} >= {least or int(one.at_least)}"
        return f"SELECT {quote(WHO)} FROM (\n{rows}\n) AS counted WHERE {enough}"


def members(catalog: Catalog, name: str, day: str, timezone: str, now: datetime) -> list[object]:
    """The members of a cohort in order, as of a day ("2026-03-31"; else today at a naive UTC `now`).

    Raises QueryError where there is no such cohort or day.
    """
    known = catalog.model.cohorts
    if name not in known:
        hint = did_you_mean(name, known) or (f"there are {', '.join(known)}" if known else "define it under cohorts:")
        raise QueryError("E_NAME_NOT_FOUND", f'no cohort named "{name}"', hint=hint)
    span = parse_range(day, local(now, timezone)) if day else Span()
    calendar = Calendar(span, None, timezone, catalog.model.workspace.week_start, now, asked=span)
    select = membership(catalog.looked_at(evaluated(calendar)), name)
    rows = catalog.rows(f"SELECT DISTINCT {quote(WHO)} FROM (\n{indented(select)}\n) AS members ORDER BY 1")
    return [row[0] for row in rows]


def counting(catalog: Catalog, asked: Evaluated) -> Catalog:
    """The catalog that also counts the rows of cohorts, looked at as of another day."""
    key = ("counting cohorts",)
    if key not in catalog.facts:
        catalog.facts[key] = catalog if catalog.counts_cohorts else catalog.under(with_counts(catalog.model))
    kept = catalog.facts[key]
    assert isinstance(kept, Catalog)
    found = copy(kept)
    found.versions, found.evaluated, found.counts_cohorts = catalog.versions, asked, True
    return found


def less(some: str, others: str) -> str:
    """Those of a select who are not in another."""
    return f"{nested(some)} WHERE NOT {among(others)}"


def both(some: str, others: str) -> str:
    """Those of a select who are in another as well."""
    return f"{nested(some)} WHERE {among(others)}"


def nested(select: str) -> str:
    """A select of members to choose among."""
    return f"SELECT {quote(WHO)} FROM (\n{indented(select)}\n) AS chosen"


def among(select: str) -> str:
    """The condition that a member is in another select of members."""
    return f"{quote(WHO)} IN (\n{indented(select)}\n)"
