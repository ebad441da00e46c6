"""Google Analytics 4, exported by BigQuery into files: a row an event, the usual parameters as columns, day by day.

A day's file may come again while Google restates it (`restated`, 3 days); the day's rows are then replaced, as those of
a day in the making (intraday) are by its final file. What comes later is refused unless everything is asked for anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from truenorth.base.errors import SourceError
from truenorth.base.period import parse_window, shift
from truenorth.collect.ledger import Load, stands
from truenorth.collect.pull.connector import Delivery, Offer, Passed, Place, Wanted
from truenorth.collect.pull.files import files_of, mark_of
from truenorth.collect.room import Room
from truenorth.collect.source import source_of
from truenorth.store.engine import Engine
from truenorth.store.open import open_engine
from truenorth.store.values import literal, quoted

RESTATED = "3 days"
ENDINGS = tuple(f"{end}{zipped}" for end in (".parquet", ".json", ".jsonl", ".ndjson") for zipped in ("", ".gz"))
NAME = re.compile(r"events_(intraday_)?(20\d\d)(\d\d)(\d\d)")

_VALUE = "STRUCT(string_value VARCHAR, int_value BIGINT, float_value DOUBLE, double_value DOUBLE)"
_PARAMETERS = f"STRUCT(key VARCHAR, value {_VALUE})[]"
# What a file of JSON lines holds; numbers stand in quotes there.
_SHAPE = {
    "event_date": "VARCHAR",
    "event_timestamp": "BIGINT",
    "event_name": "VARCHAR",
    "event_params": _PARAMETERS,
    "event_value_in_usd": "DOUBLE",
    "user_id": "VARCHAR",
    "user_pseudo_id": "VARCHAR",
    "user_properties": "JSON",
    "user_first_touch_timestamp": "BIGINT",
    "is_active_user": "BOOLEAN",
    "stream_id": "VARCHAR",
    "platform": "VARCHAR",
    **dict.fromkeys(("device", "geo", "traffic_source", "collected_traffic_source", "ecommerce", "items"), "JSON"),
}
_NUMBERS = ("ga_session_id", "ga_session_number", "engagement_time_msec", "entrances", "percent_scrolled")
_TEXTS = (
    "page_location", "page_title", "page_referrer", "session_engaged", "source", "medium", "campaign", "term",
    "content", "search_term", "link_url", "file_name", "method", "currency", "transaction_id", "coupon",
)  # fmt: skip
_NESTED = {
    "device_category": ("device", "$.category"),
    "operating_system": ("device", "$.operating_system"),
    "browser": ("device", "$.web_info.browser"),
    "language": ("device", "$.language"),
    "country": ("geo", "$.country"),
    "region": ("geo", "$.region"),
    "city": ("geo", "$.city"),
    "first_user_source": ("traffic_source", "$.source"),
    "first_user_medium": ("traffic_source", "$.medium"),
    "first_user_campaign": ("traffic_source", "$.name"),
    "manual_source": ("collected_traffic_source", "$.manual_source"),
    "manual_medium": ("collected_traffic_source", "$.manual_medium"),
    "manual_campaign": ("collected_traffic_source", "$.manual_campaign_name"),
    "gclid": ("collected_traffic_source", "$.gclid"),
}
_ECOMMERCE = ("purchase_revenue", "purchase_revenue_in_usd", "tax_value", "shipping_value", "total_item_quantity")


class Day(Struct, frozen=True):
    """A day's files, final or in the making."""

    day: date
    files: tuple[Path, ...]
    intraday: bool

    @property
    def name(self) -> str:
        return self.day.isoformat()

    @property
    def mark(self) -> str:
        """A word that changes with the files."""
        kind = "intraday" if self.intraday else "daily"
        return f"{kind} " + " ".join(f"{file.name}:{mark_of(file)}" for file in self.files)

    @property
    def written(self) -> datetime:
        """When the newest of the files was written, naive UTC."""
        newest = max(file.stat().st_mtime for file in self.files)
        return datetime.fromtimestamp(newest, UTC).replace(tzinfo=None)


class GA4:
    """The export's files of a folder or a pattern, as one table."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def offers(self) -> tuple[Offer, ...]:
        """The one table."""
        return tuple(Offer(one.there) for one in self.wanted())

    def wanted(self) -> tuple[Wanted, ...]:
        """The one table."""
        source = self._place.source
        return (Wanted(source.name, "events", source.into or source.name),)

    def fetch(self, wanted: Wanted, known: tuple[Load, ...], folder: Path, full: bool) -> Iterator[Delivery | Passed]:
        """The days that are new or were restated, in their order."""
        paths = files_of(self._place.folder, self._place.source.files, ENDINGS)
        for path in paths:
            if NAME.search(path.name) is None:
                yield Passed(path.name, "its name does not tell the day: events_YYYYMMDD", refused=True)
        standing = {load.file: load for load in reversed(known) if stands(load) and load.kind == "file"}
        for day in days_of(paths):
            yield self._day(day, standing.get(day.name), folder, full)

    def close(self) -> None:
        """Nothing is held."""

    def _day(self, day: Day, before: Load | None, folder: Path, full: bool) -> Delivery | Passed:
        if before is not None and before.mark == day.mark and not full:
            return Passed(day.name, "unchanged")
        try:
            content = _content(day)
            if before is not None and not full:
                was_final = before.mark.startswith("daily")
                if before.sha256 == content or (was_final and day.intraday):
                    return Passed(day.name, "unchanged")
                if was_final and (late := self._too_late(day)):
                    return Passed(day.name, late, refused=True)
            flat = _flattened(day, folder)
        except SourceError as error:
            return Passed(day.name, str(error), refused=True)
        room = Room(superseded=(before.load_id,) if before is not None else ())
        return Delivery(flat, "file", day.name, room=room, sha256=content, mark=day.mark)

    def _too_late(self, day: Day) -> str:
        """Why a day may not be restated any more; "" while it may."""
        window = self._place.source.restated or RESTATED
        end = shift(datetime.combine(day.day + timedelta(days=1), datetime.min.time()), *parse_window(window))
        if day.written < end:
            return ""
        after = (day.written.date() - day.day).days
        return (
            f"its file was written again {after} days after the day, and days are restated for {window}: "
            f"its rows stay as they were (truenorth pull {self._place.source.name} --full takes it all the same)"
        )


def days_of(paths: list[Path]) -> list[Day]:
    """The files by day, in order; the final files of a day stand for those of its making."""
    found: dict[tuple[date, bool], list[Path]] = {}
    for path in paths:
        name = NAME.search(path.name)
        if name is not None:
            try:
                day = date(int(name[2]), int(name[3]), int(name[4]))
            except ValueError:
                continue
            found.setdefault((day, bool(name[1])), []).append(path)
    wanted = sorted(key for key in found if not (key[1] and (key[0], False) in found))
    return [Day(day, tuple(sorted(found[day, intraday])), intraday) for day, intraday in wanted]


def _content(day: Day) -> str:
    """The mark of what a day's files hold."""
    digest = hashlib.sha256()
    for file in day.files:
        digest.update(source_of(file).sha256.encode())
    return digest.hexdigest()


def _flattened(day: Day, folder: Path) -> Path:
    """The day's events as a Parquet file with one column a parameter."""
    flat = folder / f"{day.name}.parquet"
    engine = open_engine("duckdb::memory:", folder)
    try:
        reading = _reading(day.files)
        columns = {str(row[0]): str(row[1]) for row in engine.rows(f"DESCRIBE SELECT * FROM {reading}")}
        if not {"event_date", "event_timestamp", "event_name"} <= columns.keys():
            message = (
                f'"{day.files[0].name}" is not an export of GA4: event_date, event_timestamp or event_name is missing'
            )
            raise SourceError("E_FILE_UNREADABLE", message, hint="export the tables events_* as they are")
        wanted = _columns(columns) | _others(engine, reading, columns)
        selected = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in wanted.items())
        engine.write(f"COPY (SELECT {selected} FROM {reading}) TO {literal(str(flat))} (FORMAT parquet)")
    finally:
        engine.close()
    return flat


def _reading(files: tuple[Path, ...]) -> str:
    paths = ", ".join(literal(re.sub(r"[*?\[]", lambda sign: f"[{sign[0]}]", str(file.absolute()))) for file in files)
    if files[0].name.lower().endswith(".parquet"):
        return f"read_parquet([{paths}], union_by_name = true)"
    shape = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in _SHAPE.items())
    return f"read_json([{paths}], format = 'newline_delimited', columns = {{{shape}}})"


def _columns(there: dict[str, str]) -> dict[str, str]:
    """The SQL of each column of the table, for those that this export holds."""
    columns = {
        "event_date": "strptime(event_date::VARCHAR, '%Y%m%d')::DATE",
        "event_timestamp": "make_timestamp(event_timestamp::BIGINT) AT TIME ZONE 'UTC'",
        "event_name": "event_name",
    }
    for name in ("user_pseudo_id", "user_id", "stream_id", "platform", "is_active_user", "event_value_in_usd"):
        columns[name] = name if name in there else f"NULL::{_SHAPE[name]}"
    if "user_first_touch_timestamp" in there:
        touched = "make_timestamp(user_first_touch_timestamp::BIGINT) AT TIME ZONE 'UTC'"
        columns["user_first_touch_timestamp"] = touched
    columns |= _parameters(there.get("event_params", ""))
    for name, (column, path) in _NESTED.items():
        columns[name] = f"to_json({column}) ->> '{path}'" if column in there else "NULL::VARCHAR"
    for name in _ECOMMERCE:
        value = f"try_cast(to_json(ecommerce) ->> '$.{name}' AS DOUBLE)" if "ecommerce" in there else "NULL::DOUBLE"
        columns[name] = value
    for name in ("user_properties", "items"):
        columns[name] = f"to_json({name})::VARCHAR" if name in there else "NULL::VARCHAR"
    return columns


def _others(engine: Engine, reading: str, there: dict[str, str]) -> dict[str, str]:
    """What else a Parquet file holds: single values by their names, those of records with the record's name before."""
    columns: dict[str, str] = {}
    known = {*_NESTED.values(), *(("ecommerce", f"$.{name}") for name in _ECOMMERCE)}
    for name, kind in there.items():
        if kind.startswith("STRUCT") and not kind.endswith("]"):
            inside = engine.rows(f"DESCRIBE SELECT {quoted(name)}.* FROM {reading}")
            leaves = [str(leaf) for leaf, held, *_ in inside if _is_single(str(held))]
            others = [leaf for leaf in leaves if (name, f"$.{leaf}") not in known]
            columns |= {f"{name}_{leaf}": f"{quoted(name)}.{quoted(leaf)}" for leaf in others}
        elif name not in _SHAPE and _is_single(kind):
            columns[name] = quoted(name)
    return columns


def _is_single(kind: str) -> bool:
    return not kind.endswith("]") and not kind.startswith(("STRUCT", "MAP", "JSON"))


def _parameters(kind: str) -> dict[str, str]:
    """The usual parameters as columns, and all of them as JSON."""
    if not kind:
        listed = f"[]::{_PARAMETERS}"
    elif kind.startswith(("STRUCT(list ", 'STRUCT("list" ')):
        # So BigQuery writes lists into Parquet unless it is told otherwise.
        listed = "list_transform(event_params.list, lambda one: one.element)"
    else:
        listed = "event_params"
    floating = [f"p.value.{name}" for name in ("double_value", "float_value") if name in kind or not kind]
    whole = "coalesce(p.value.int_value, try_cast(p.value.string_value AS BIGINT))"
    number = _first("p.value.int_value::DOUBLE", *floating, "try_cast(p.value.string_value AS DOUBLE)")
    text = _first("p.value.string_value", "p.value.int_value::VARCHAR", *(f"{one}::VARCHAR" for one in floating))

    def of(name: str, value: str) -> str:
        named = f"list_filter({listed}, lambda p: p.key = {literal(name)})"
        return f"list_transform({named}, lambda p: {value})[1]"

    told = f"coalesce(to_json(p.value.string_value)::VARCHAR, {text}, 'null')"
    pairs = f"list_transform({listed}, lambda p: to_json(p.key)::VARCHAR || ':' || {told})"
    return {
        **{name: of(name, whole) for name in _NUMBERS},
        **{name: of(name, text) for name in _TEXTS},
        "value": of("value", number),
        "event_params": f"'{{' || array_to_string({pairs}, ',') || '}}'",
    }


def _first(*values: str) -> str:
    return f"coalesce({', '.join(values)})"
