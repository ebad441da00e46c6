"""Tables of a database brought into the warehouse by a source, written down so that they can be pulled again."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from msgspec import Struct

from truenorth.base.errors import SourceError
from truenorth.collect.pull.connector import Offer
from truenorth.collect.pull.open import open_connector, place_of
from truenorth.collect.pull.report import TableReport
from truenorth.collect.pull.run import Pull
from truenorth.collect.pull.secret import keep_secret, name_of, password_of
from truenorth.define.foreign.written import listed
from truenorth.define.model import Model, Source, SourceTable, Workspace
from truenorth.discover.word import plain_name, texts
from truenorth.store.engine import Engine

# Tables in which other programs keep track of themselves.
BOOKKEEPING = frozenset(
    texts(
        "schema_migrations alembic_version django_migrations flyway_schema_history knex_migrations migrations "
        "knex_migrations_lock ar_internal_metadata typeorm_metadata sequelizemeta prisma_migrations django_session "
        "django_content_type django_admin_log goose_db_version databasechangelog databasechangeloglock spatial_ref_sys "
        "pg_stat_statements pg_stat_statements_info"
    )
)
_CHANGED = ("updated_at", "modified_at", "last_modified", "last_updated", "updated", "modified")
_TYPES = {"postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}
Told = Callable[[str], None]


class Pulled(Struct, frozen=True):
    """A source as it is written down, with what came of it; `views` were passed over for the tables they show."""

    source: Source
    reports: tuple[TableReport, ...]
    views: tuple[str, ...] = ()


def pulled(engine: Engine, folder: Path, url: str, taken: set[str], clock: tuple[datetime, Told]) -> Pulled:
    """Every table of a database that may be read, views only where there is none.

    The address's password goes into the workspace's secrets, never into YAML. SourceError where the database cannot be
    reached or holds no table.
    """
    now, told = clock
    source, secret = source_of(url, taken)
    if secret and password_of(source, folder) != secret:
        keep_secret(folder, name_of(source), secret)
    told(f"asking {source.name} for its tables")
    with closing(open_connector(place_of(source, folder))) as connector:
        offers = [one for one in connector.offers() if not is_bookkeeping(one.name)]
    if not offers:
        message = f'the database "{source.name}" has no table that may be read'
        raise SourceError("E_NO_TABLE", message, hint="let the user read tables: GRANT SELECT ON … TO …")
    views = tuple(one.name for one in offers if one.view)
    if len(views) < len(offers):
        offers = [one for one in offers if not one.view]
    else:
        views = ()
    tables = [table_of(one, [each.name for each in offers]) for one in offers]
    known = Source(source.name, source.type, url=source.url, tables=tables)
    model = Model(Workspace("new"), sources={known.name: known})
    report = Pull(engine, folder, model, lambda: now, told).sources()
    return Pulled(known, report.tables, views)


def source_of(url: str, taken: set[str]) -> tuple[Source, str]:
    """A source for an address, and the password that stood in it.

    >>> source, secret = source_of("postgresql://app:hush@db.example:5432/shop", set())
    >>> source.name, source.url, secret
    ('shop', 'postgresql://app@db.example:5432/shop', 'hush')
    """
    parts = urlsplit(url)
    scheme = re.sub(r"\+.*", "", parts.scheme.lower())
    user = f"{parts.username}@" if parts.username else ""
    host = (parts.hostname or "localhost") + (f":{parts.port}" if parts.port else "")
    name = plain_name(parts.path.strip("/") or "database")
    while name in taken:
        name += "_2"
    ours = "postgresql" if _TYPES[scheme] == "postgres" else "mysql"
    plain = urlunsplit((ours, user + host, parts.path, parts.query, ""))
    return Source(name, _TYPES[scheme], url=plain), unquote(parts.password or "")


def is_bookkeeping(name: str) -> bool:
    """Whether a table only serves another program's own bookkeeping."""
    return name.rpartition(".")[2].lower().lstrip("_") in BOOKKEEPING


def table_of(offer: Offer, names: list[str]) -> SourceTable:
    """A table as the source asks for it: what changed, where a column says so and there is a key; else whole."""
    bare = offer.name.rpartition(".")[2]
    alone = sum(one.rpartition(".")[2] == bare for one in names) == 1
    cursor = next((one for one in _CHANGED if one in offer.cursors), "") if offer.primary_key else ""
    name = plain_name(bare if alone else offer.name)
    return SourceTable(name, from_=offer.name, cursor=cursor, into=name)


def source_page(sources: list[Source]) -> str:
    """The file that says where tables come from."""
    lines = [
        "# Where tables of the warehouse come from; `truenorth pull` fetches what is new. Passwords are in",
        "# .truenorth/secrets or in the environment, never here.",
        "version: 1",
        "",
        "sources:",
    ]
    for one in sources:
        tables = [_table(each) for each in one.tables]
        keys: dict[str, Any] = {"name": one.name, "type": one.type, "url": one.url, "tables": tables}
        lines += listed(keys, 1)
    return "\n".join(lines) + "\n"


def _table(table: SourceTable) -> dict[str, Any]:
    keys: dict[str, Any] = {"name": table.name}
    keys |= {"from": table.from_} if table.from_ != table.name else {}
    keys |= {"into": table.into} if table.into else {}
    return keys | ({"cursor": table.cursor} if table.cursor else {})
