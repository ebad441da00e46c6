"""What was known at an earlier time: the rows of each dataset that had come in by then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from truenorth.base.errors import QueryError, TrueNorthError
from truenorth.base.zone import instant
from truenorth.define.model import Dataset
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote

# The condition that a row of a dataset had come in by then; "" when all had.
Known = Callable[[Dataset], str]


class Past(Catalog):
    """A catalog in which later rows do not exist; what cannot be told says so when it is asked for."""

    def __init__(self, base: Catalog, known: Known, when: str) -> None:
        super().__init__(base.model, base.engine, base.policy)
        self._known = known
        self.said = (f"told as it was known {when}: rows that came in later are left out",)

    def come_in(self, dataset: Dataset, rows: str) -> str:
        """Of all rows of a dataset those that had come in by then."""
        key = ("come in", dataset.name, self.version(dataset.name))
        if key not in self.facts:
            try:
                self.facts[key] = self._known(dataset)
            except TrueNorthError as error:
                if error.where is None:
                    error.where = dataset.spot.at()
                raise
        condition = self.facts[key]
        return f"(SELECT * FROM {rows} AS {quote(dataset.name)} WHERE {condition})" if condition else rows


def spoken(text: str) -> str:
    """When that was, in words.

    >>> spoken("2026-06-01"), spoken("2026-06-01T08:30")
    ('at the end of 2026-06-01', 'at 2026-06-01T08:30')
    """
    return f"at the end of {text}" if len(text) <= len("2026-06-01") else f"at {text}"


def moment_of(text: str, timezone: str) -> datetime:
    """The naive UTC time that `as_of` means: the last moment of a day, or a time, in a zone. QueryError E_BAD_AS_OF
    otherwise.

    >>> moment_of("2026-06-01", "UTC").isoformat(), moment_of("2026-06-01T08:30", "Europe/Berlin").isoformat()
    ('2026-06-01T23:59:59.999999', '2026-06-01T06:30:00')
    """
    try:
        if len(text) <= len("2026-06-01"):
            return instant(date.fromisoformat(text) + timedelta(days=1), timezone) - timedelta(microseconds=1)
        return instant(datetime.fromisoformat(text), timezone)
    except ValueError:
        hint = "write a day such as 2026-06-01, which means its end, or a time such as 2026-06-01T08:30"
        raise QueryError("E_BAD_AS_OF", f'"{text}" is no time at which anything was known', hint=hint) from None
