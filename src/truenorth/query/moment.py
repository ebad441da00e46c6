"""Conditions on times as SQL: a field lies inside a stretch of local time, or it does not."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from datetime import datetime

from msgspec import Struct

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.period import CLOCK, PARTS, Span, day_past
from truenorth.base.zone import instant
from truenorth.define.when import UNITS, TimeTest, is_shared
from truenorth.query.catalog import Catalog
from truenorth.query.clock import Clock
from truenorth.query.stretch import Times

TIMES = ("date", "timestamp", "timestamptz")
Place = tuple[str, str]


def apart(reference: str, own: Container[str] = ()) -> tuple[str, str]:
    """A reference and its grain or part of a date: `signed_up_at__month` is the month of `signed_up_at`.

    `own` are the grains of calendars.

    >>> apart("customers.since__month"), apart("since")
    (('customers.since', 'month'), ('since', ''))
    """
    head, _, tail = reference.rpartition("__")
    return (head, tail) if head and (tail in UNITS or tail in own) else (reference, "")


class Moments(Struct, frozen=True, dict=True):
    """How the fields of some rows are compared with times: `of` is their SQL, `place` the dataset they are of.

    `time` is the field that the rows are counted by; `now` is naive UTC.
    """

    catalog: Catalog
    time: str
    timezone: str
    now: datetime
    of: Callable[[str], str]
    place: Callable[[str], Place]

    @property
    def times(self) -> Times:
        return Times(self.catalog.model, self.now, self.timezone, self.catalog.almanacs)

    def field(self, reference: str) -> str:
        """A name of an expression as SQL, with its grain if it has one."""
        if "__" not in reference and not is_shared(reference):
            return self.of(reference)
        head, unit = self.named(reference)
        return self.period(head, unit) if unit or is_shared(reference) else self.of(reference)

    def named(self, reference: str) -> tuple[str, str]:
        """The field of a reference and its unit; the shared time is the field that the rows are counted by."""
        head, unit = apart(reference, self.catalog.almanacs)
        if is_shared(reference):
            if "__" in reference and not unit:
                raise unknown_grain(reference, self.catalog.almanacs)
            return self.timed(reference), unit
        return (reference, "") if unit and self.declared(reference) else (head, unit)

    def declared(self, reference: str) -> bool:
        """Whether a field has this very name, whatever its end looks like."""
        try:
            dataset, name = self.place(reference)
        except QueryError:
            return False
        return self.catalog.dataset(dataset).field(name) is not None

    def timed(self, reference: str) -> str:
        """The field that the rows are counted by."""
        if not self.time:
            hint = "state `time:` for the dataset, or leave the condition out"
            raise QueryError("E_NO_TIME", f'the rows have no time, which "{reference}" is about', hint=hint)
        return self.time

    def test(self, test: TimeTest) -> str:
        """A comparison with times as SQL; with a field that holds no times it is what it says."""
        head, unit = self.named(test.reference)
        dataset, name = self.place(head)
        kind = self.catalog.type_of(dataset, name)
        dialect = self.catalog.dialect.name
        own = unit in self.catalog.almanacs
        if unit in PARTS or (kind not in TIMES and not test.shared) or (test.typed and not test.shared and not own):
            return test.render(dialect, self.field(test.reference))
        sql = self.of(head)
        pieces = [self.inside(dataset, name, sql, span) for span in self.times.of(test, unit)]
        return f"({' OR '.join(pieces)})" if pieces else f"({sql} IS NULL AND 1 = 0)"

    def inside(self, dataset: str, name: str, sql: str, span: Span) -> str:
        """Whether a field lies inside a stretch of local time."""
        literal = self.catalog.dialect.literal
        if self.catalog.type_of(dataset, name) == "date":
            first, past = span.start and day_past(span.start), span.end and day_past(span.end)
        else:
            sql = self.utc(dataset, name, sql)
            first, past = (edge and instant(edge, self.timezone) for edge in (span.start, span.end))
        found = [f"{sql} >= {literal(first)}"] if first is not None else []
        found += [f"{sql} < {literal(past)}"] if past is not None else []
        return " AND ".join(found) or f"{sql} IS NOT NULL"

    def utc(self, dataset: str, name: str, sql: str) -> str:
        """A field of times as naive UTC."""
        if self.catalog.type_of(dataset, name) == "timestamptz":
            return self.catalog.dialect.as_utc(sql)
        return self.clock(dataset, name).utc(sql)

    def clock(self, dataset: str, name: str) -> Clock:
        """Reads a field in the zone it is written in, and shows it in the zone of the question."""
        around = self.catalog.stretch(dataset, name).days_around
        return Clock(self.catalog.dialect, self.catalog.written_in(dataset, name), self.timezone, *around)

    def period(self, head: str, unit: str) -> str:
        """A field of times as local time, or as its period or part of a date."""
        dataset, name = self.place(head)
        catalog, sql = self.catalog, self.of(head)
        kind = catalog.type_of(dataset, name)
        if kind not in TIMES:
            raise QueryError("E_NOT_A_TIME", f'"{head}" is {kind} and has no {unit}', hint=f'name "{head}" itself')
        if kind != "date":
            plain = catalog.dialect.as_utc(sql) if kind == "timestamptz" else sql
            clock = self.clock(dataset, name)
            if unit in CLOCK:
                return clock.floor(plain, unit)
            sql = clock.local(plain)
        if not unit:
            return sql
        if unit in PARTS:
            return catalog.dialect.part(sql, unit)
        if unit in catalog.almanacs:
            return self.called(catalog.dialect.as_date(sql), unit)
        return catalog.dialect.truncate(sql, unit, catalog.model.workspace.week_start, catalog.model.fiscal)

    def called(self, day: str, unit: str) -> str:
        """What a calendar calls a day, period by period, so that it needs no joining."""
        known, literal = self.catalog.almanacs[unit], self.catalog.dialect.literal
        cases = [
            f"WHEN {day} >= {literal(start)} AND {day} < {literal(end)} THEN {literal(known.names[start])}"
            for start, end in zip(known.starts, known.ends, strict=True)
        ]
        return f"CASE {' '.join(cases)} END" if cases else "NULL"


def unknown_grain(reference: str, own: Iterable[str] = ()) -> QueryError:
    """The error for the shared time with a grain that is none."""
    word = reference.rpartition("__")[2]
    known = (*UNITS, *own)
    hint = did_you_mean(word, known) or f"one of {', '.join(known)}"
    return QueryError("E_UNKNOWN_GRAIN", f'no grain named "{word}"', hint=hint)
