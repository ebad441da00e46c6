"""The text of truenorth.yml: what was said, found or assumed about the whole workspace, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from truenorth.define.foreign.written import flow
from truenorth.define.model import Workspace
from truenorth.discover.exchange import RATES
from truenorth.discover.world import World

_STILL = timedelta(days=3)  # data that ended longer ago than this does not keep coming
_WAREHOUSE = Workspace("").warehouse


class Wishes(Struct, frozen=True):
    """What the person said beforehand; "" means: find out, or assume and say so."""

    name: str = ""
    timezone: str = ""
    currency: str = ""
    dates: str = ""
    decimal: str = ""


class Settings(Struct, frozen=True):
    """What truenorth.yml says, each with what may stand beside it as the reason."""

    name: str
    timezone: str = "UTC"
    currency: str = ""
    ends: datetime | None = None
    warehouse: str = ""
    lines: tuple[str, ...] = ()
    home: tuple[str, ...] = ()


def settings(folder: Path, wishes: Wishes, there: Workspace | None = None) -> Settings:
    """What can be said before any data is seen; a workspace that is there keeps what it says."""
    name = wishes.name or re.sub(r"[^\w]+|_+", " ", folder.resolve().name).strip() or "Metrics"
    zone = wishes.timezone or (there.timezone if there else "UTC")
    return Settings(_titled(name), zone, wishes.currency or (there.currency if there else ""))


def _titled(name: str) -> str:
    """The name of a folder as a title: with a capital, or several where its first word is an abbreviation.

    >>> _titled("acme shop"), _titled("ga4"), _titled("crm 2025")
    ('Acme shop', 'GA4', 'CRM 2025')
    """
    first, blank, rest = name.partition(" ")
    short = re.fullmatch(r"[a-z]{1,3}\d{1,2}|[b-df-hj-np-tv-xz]{3,4}", first)
    return f"{first.upper() if short else first[:1].upper() + first[1:]}{blank}{rest}"


def main_currency(world: World) -> str:
    """The currency in which most rows with amounts are; "" where none says."""
    rows: dict[str, int] = {}
    for subject in world.subjects:
        for code in subject.money.codes[:1]:
            rows[code] = rows.get(code, 0) + subject.table.rows
    return max(rows, key=lambda code: rows[code], default="")


def end_of(world: World, now: datetime) -> datetime | None:
    """When the data ended, if it did and does not keep coming."""
    timed = [subject for subject in world.subjects if subject.time]
    # What a program writes for itself, such as its jobs, may go on while nothing that is measured comes.
    known = [subject for subject in timed if subject.kind not in ("other", RATES)] or timed
    times = [subject.table.column(subject.time) for subject in known]
    ends = [last for column in times if column is not None and (last := column.last) is not None]
    return ended(max(ends, default=None), now)


def ended(last: datetime | None, now: datetime) -> datetime | None:
    """The last time of data that does not keep coming."""
    return last if last is not None and last < now - _STILL else None


def text_of(one: Settings, wishes: Wishes) -> str:
    """The file."""
    lines = ["version: 1", _line("name", one.name)]
    reason = "" if wishes.timezone else "assumed: data does not say where a company's days begin"
    lines.append(_line("timezone", one.timezone, reason))
    reason = "" if wishes.currency else "found in the data" if one.currency else "assumed"
    lines.append(_line("currency", one.currency or "USD", reason))
    if one.ends is not None:
        lines.append(_line("clock", "data", f"the data ends on {one.ends:%Y-%m-%d}; wall when it keeps coming"))
    if one.warehouse and one.warehouse != _WAREHOUSE:
        lines.append(_line("warehouse", one.warehouse))
    lines += one.lines
    if one.home:
        lines += ["home:", *(f"  - {name}" for name in one.home)]
    return "\n".join(lines) + "\n"


def _line(key: str, value: str, why: str = "") -> str:
    text = f"{key}: {flow(value, top=True)}"
    return f"{text:<24} # {why}" if why else text


def best_first(weights: Sequence[tuple[float, str]], most: int) -> tuple[str, ...]:
    """The names of most weight, in order."""
    ranked = sorted(weights, key=lambda pair: -pair[0])
    return tuple(name for weight, name in ranked if weight > 0)[:most]
