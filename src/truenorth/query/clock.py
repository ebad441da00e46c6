"""Times as SQL: read in the zone they are written in and shown in another, by offsets folded into CASE."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from truenorth.base.period import CLOCK
from truenorth.base.zone import Step, local_steps, steps
from truenorth.query.dialect import Dialect

DAY = timedelta(days=1)


class Clock(Struct, frozen=True):
    """Shows times written in one zone in another; right between the naive UTC times `start` and `end`."""

    dialect: Dialect
    written: str
    zone: str
    start: datetime
    end: datetime

    def utc(self, sql: str) -> str:
        """The time in UTC; a repeated hour counts as its first passing."""
        if self.written == "UTC":
            return sql
        return self.moved(sql, local_steps(self.written, (self.start - DAY).date(), (self.end + 2 * DAY).date()), -1)

    def local(self, sql: str) -> str:
        """The time in the zone that is asked for."""
        if self.written == self.zone:
            return sql
        utc = self.utc(sql)
        return utc if self.zone == "UTC" else self.moved(utc, steps(self.zone, self.start, self.end), 1)

    def day(self, sql: str) -> str:
        """The local day of a time as DuckDB reckons it soonest: over whole numbers, where the time is not infinite."""
        if self.written == self.zone or self.zone == "UTC":
            return f"CAST({self.local(sql)} AS DATE)"
        pieces = steps(self.zone, self.start, self.end)
        utc = self.utc(sql)
        ahead = [f"{offset}000000" if offset else "0" for _, offset in pieces]
        cases = [
            f"WHEN {utc} < {self.dialect.literal(until)} THEN {offset}"
            for (until, _), offset in zip(pieces, ahead, strict=True)
            if until
        ]
        moved = f"CASE {' '.join(cases)} ELSE {ahead[-1]} END" if cases else ahead[-1]
        return f"CAST(COALESCE(make_timestamp(epoch_us({utc}) + {moved}), CAST({utc} AS TIMESTAMP)) AS DATE)"

    def floor(self, sql: str, unit: str) -> str:
        """The instant at which the local hour (minute, second) of the time begins."""
        pieces = steps(self.zone, self.start, self.end)
        past_full = {offset % CLOCK.get(unit, 1) for _, offset in pieces}
        if len(past_full) > 1:
            back = local_steps(self.zone, (self.start - DAY).date(), (self.end + 2 * DAY).date())
            return self.moved(f"({self.dialect.truncate(self.local(sql), unit, '')})", back, -1)
        ahead = ((None, past_full.pop()),)
        return self.moved(self.dialect.truncate(self.moved(self.utc(sql), ahead, 1), unit, ""), ahead, -1)

    def moved(self, sql: str, pieces: tuple[Step, ...], sign: int) -> str:
        """A time moved by the offset of the piece it lies in."""
        texts = [f"{sql} + INTERVAL ({sign * offset}) SECOND" if offset else sql for _, offset in pieces]
        if len(pieces) == 1:
            return texts[0]
        cases = [
            f"WHEN {sql} < {self.dialect.literal(until)} THEN {text}"
            for (until, _), text in zip(pieces, texts, strict=True)
            if until
        ]
        return f"CASE {' '.join(cases)} ELSE {texts[-1]} END"
