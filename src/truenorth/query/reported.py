"""What another tool reports: amounts by period, from a metric's `reported:` or from a file with two columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from truenorth.base.errors import QueryError
from truenorth.base.period import day_of, parse_period, truncate

THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
PLAIN = re.compile(r"[-+]?\d+(\.\d+)?")
Series = Mapping[date, Decimal]


def of_file(path: Path, grain: str, week_start: str = "monday", fiscal: int = 1) -> Series:
    """The series in a CSV whose first column is the period and whose second is the amount; E_BAD_REPORTED otherwise."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise QueryError("E_FILE_UNREADABLE", f"cannot read {path}: {reason}", hint="name a CSV file") from None
    lines = [line for line in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in line)]
    if lines and not is_period(lines[0][0].strip()):
        lines = lines[1:]
    short = next((line for line in lines if len(line) < 2), None)
    if short is not None:
        raise bad(f'"{",".join(short)}" of {path.name} has one column')
    return series(((line[0], line[1]) for line in lines), grain, week_start, fiscal)


def series(
    pairs: Iterable[tuple[str, str]], grain: str, week_start: str = "monday", fiscal: int = 1
) -> dict[date, Decimal]:
    """Amounts by the first day of their period; a day stands for the period that holds it."""
    found: dict[date, Decimal] = {}
    for period, amount in pairs:
        if not is_period(period.strip()):
            raise bad(f'"{period}" is not a period')
        first = truncate(day_of(parse_period(period.strip()).start or date.min), grain, week_start, fiscal)
        if first in found:
            raise bad(f"two amounts are reported for the {grain} of {first}")
        found[first] = number(amount)
    if not found:
        hint = "name a file, --reported stripe.csv, or write reported: {2026-01: 12500.00} beside the metric"
        raise QueryError("E_BAD_REPORTED", "nothing is reported", hint=hint)
    return dict(sorted(found.items()))


def is_period(text: str) -> bool:
    """Whether a text is one period in ISO."""
    try:
        return parse_period(text).start is not None
    except ValueError:
        return False


def number(text: str) -> Decimal:
    """An amount as it was written, with a point for its decimals."""
    plain = text.strip()
    if THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if not PLAIN.fullmatch(plain):
        raise bad(f'"{text}" is not an amount')
    return Decimal(plain)


def bad(message: str) -> QueryError:
    """What is wrong with a reported series."""
    return QueryError("E_BAD_REPORTED", message, hint="write a line for each period: 2026-01,12500.00")
