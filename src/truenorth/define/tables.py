"""Canonical tables as data: what the columns of a billing system's or a shop's tables mean, and what their makers call
them.

A file of `define/table/` is one table: its columns with the names under which exports have them, and by maker the SQL
where a column is written otherwise, over the export's columns in braces. Names are compared in one plain form, so that
"Start (UTC)" and `start_utc` are the same.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from msgspec import Struct, convert
from msgspec.structs import replace

from truenorth.base.errors import DefinitionError, did_you_mean
from truenorth.define.currencies import UNDIVIDED
from truenorth.define.model import Dataset
from truenorth.define.roles import ROLES
from truenorth.define.templates import find_template

GAP = re.compile(r"\{(\w+)\}")
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
# Words of SQL that a column's name would be taken for.
_TAKEN = {"interval", "order", "from", "to", "end", "start", "date", "time", "group", "user", "plan", "default", "when"}


class TableColumn(Struct, frozen=True, forbid_unknown_fields=True, rename={"names": "from"}):
    """One column: what it says, and under which names exports have it, the likeliest first."""

    names: tuple[str, ...]
    about: str = ""
    needed: bool = False
    unit: str = ""


class Maker(Struct, frozen=True, forbid_unknown_fields=True):
    """One program's export: the columns by which it is known, SQL over its columns for those of ours, and which of its
    columns count the smallest unit of a currency where they are whole numbers."""

    name: str
    by: tuple[str, ...]
    columns: dict[str, str]
    cents: dict[str, str] = {}


class CanonicalTable(Struct, frozen=True, forbid_unknown_fields=True):
    """One canonical table."""

    name: str
    label: str
    rows: str
    aliases: tuple[str, ...]
    time: str
    metric: str
    columns: dict[str, TableColumn]
    makers: tuple[Maker, ...] = ()
    keys: dict[str, Any] = {}


class Matched(Struct, frozen=True):
    """SQL for the columns of a canonical table over those of an export, and the program known by them, if any."""

    columns: dict[str, str]
    maker: str = ""


def tables() -> Mapping[str, CanonicalTable]:
    """All canonical tables by name."""
    return _read()


@lru_cache(maxsize=1)
def _read() -> dict[str, CanonicalTable]:
    import yaml

    found: dict[str, CanonicalTable] = {}
    for entry in sorted((files("truenorth.define") / "table").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yml"):
            text = entry.read_text(encoding="utf-8")
            one = convert(yaml.load(text, Loader=yaml.CSafeLoader), CanonicalTable)
            found[one.name] = replace(one, columns={name: _told(name, each) for name, each in one.columns.items()})
    return found


def _told(name: str, column: TableColumn) -> TableColumn:
    """A column with what roles say of it, where its file leaves that to them."""
    role = ROLES.get(name)
    if column.about or role is None:
        return column
    return replace(column, about=role.about, needed=role.needed, unit=role.unit)


def find_table(name: str) -> CanonicalTable | None:
    """The canonical table of that name, or of that alias where no standard metric is called so; else None.

    >>> find_table("gl-monthly").name, find_table("refunds").name, find_table("payment failures")
    ('ledger_months', 'refunds', None)
    """
    wanted = plain(name)
    if wanted in tables() or find_template(name):
        return tables().get(wanted)
    return next((one for one in tables().values() if wanted in one.aliases), None)


def plain(name: str) -> str:
    """A column's name in the form in which names are compared.

    >>> plain("Start (UTC)"), plain("AccountId"), plain("Monthly_Amount__c"), plain("customer_id")
    ('start_utc', 'account_id', 'monthly_amount', 'customer_id')
    """
    cut = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"__c$", "", name.strip()))
    return re.sub(r"[^a-z0-9]+", "_", cut.lower()).strip("_")


def maker_of(table: CanonicalTable, columns: Iterable[str]) -> Maker | None:
    """The program whose export has these columns; the one known by the most of them."""
    known = {plain(one) for one in columns}
    fitting = [one for one in table.makers if known.issuperset(one.by)]
    return max(fitting, key=lambda one: len(one.by), default=None)


def matched(table: CanonicalTable, columns: Mapping[str, str]) -> Matched:
    """What of a table can be said over columns, given as name and SQL: as its maker has it, else by names.

    >>> matched(tables()["refunds"], {"Id": "Id", "Amount": "Amount", "Note": "Note"}).columns
    {'refund_id': 'Id', 'amount': 'Amount'}
    """
    known = {plain(name): sql for name, sql in columns.items()}
    maker = maker_of(table, columns)
    found: dict[str, str] = {}
    for name, column in table.columns.items():
        text = maker.columns.get(name, "") if maker is not None else ""
        if text and all(gap in known for gap in GAP.findall(text)):
            found[name] = GAP.sub(lambda gap: known[gap[1]], text)
        elif first := next((one for one in column.names if one in known), ""):
            found[name] = known[first]
    return Matched(found, maker.name if maker is not None else "")


def _in_units(maker: Maker, raw: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """Money that an export counts in cents, over the columns as they are written: a field over one may have divided it
    already. A column with decimals holds units, and yen have no cents."""
    written = {plain(name): (as_sql(name), kind) for name, kind in raw.items()}
    units: dict[str, str] = {}
    for column, origin in maker.cents.items():
        sql, kind = written.get(origin, ("", ""))
        if sql and kind == "integer":
            # Exact on every engine: to ClickHouse a bare 0.01 is a floating number, and 0.29 would lose a cent.
            cents = f"cast(0.01 as decimal(18, 2)) * {sql}"
            if code := found.get("currency"):
                undivided = ", ".join(f"'{one}'" for one in UNDIVIDED)
                cents = f"case when upper({code}) in ({undivided}) then {sql} else {cents} end"
            units[column] = f"cast({cents} as decimal(18, 2))"
        elif sql:
            units[column] = sql
    return units


def as_sql(name: str) -> str:
    """A column's name in an expression, in quotes where it needs them.

    >>> as_sql("started_at"), as_sql("Start (UTC)"), as_sql("interval")
    ('started_at', '"Start (UTC)"', '"interval"')
    """
    plainly = _PLAIN.fullmatch(name) and name not in _TAKEN
    return name if plainly else '"' + name.replace('"', '""') + '"'


def dataset_of(
    table: CanonicalTable, over: Dataset, columns: Mapping[str, str], given: Mapping[str, str], name: str = ""
) -> dict[str, Any]:
    """A dataset of the canonical columns over the rows of another, whose columns are given with the word of their type:
    by what is given, else by what its columns say.

    Raises DefinitionError E_UNKNOWN_SLOT and E_MISSING_SLOT.
    """
    for key in given:
        if key not in table.columns:
            hint = did_you_mean(key, table.columns) or f"it has: {', '.join(table.columns)}"
            raise DefinitionError("E_UNKNOWN_SLOT", f'{table.name} has no column "{key}"', hint=hint)
    sql = {one: as_sql(one) for one in columns} | {one.name: f"({one.expr})" for one in over.fields if one.expr}
    found = {**matched(table, sql).columns, **{key: text for key, text in given.items() if text}}
    if maker := maker_of(table, sql):
        units = _in_units(maker, columns, found)
        found |= {key: text for key, text in units.items() if not given.get(key)}
    found = {key: found[key] for key in table.columns if key in found}
    _complete(table, over, found)
    keys: dict[str, Any] = {"name": name or table.name, "description": f"{table.label}: {table.rows}."}
    keys |= {key: value for key in ("source", "file", "query") if (value := getattr(over, key))}
    keys |= {"time": table.time} if table.time else {}
    money = {"currency": "currency"} if "currency" in found else {}
    fields = []
    for key, text in found.items():
        unit = table.columns[key].unit
        expr = {} if text == key else {"expr": text}
        fields.append({"name": key, **expr, **({"unit": unit, **money} if unit else {})})
    return {**keys, **table.keys, "fields": fields}


def _complete(table: CanonicalTable, over: Dataset, found: Mapping[str, str]) -> None:
    missing = [name for name, column in table.columns.items() if column.needed and name not in found]
    if not missing:
        return
    words = "; ".join(f"{name} – {table.columns[name].about}" for name in missing)
    slots = [word for name in missing for word in ("--slot", f"{name}=COLUMN")]
    raise DefinitionError(
        "E_MISSING_SLOT",
        f"{table.name} needs {'one more column' if len(missing) == 1 else f'{len(missing)} more columns'}: {words}",
        hint=f"for example: {shlex.join(['truenorth', 'add', table.name, '--dataset', over.name, *slots])}",
    )
