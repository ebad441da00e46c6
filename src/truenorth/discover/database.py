"""Tables of a database brought into the warehouse by a source, written down so that they can be pulled again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from msgspec import Struct, structs

from truenorth.base.errors import SourceError
from truenorth.collect.pull.connector import Offer
from truenorth.collect.pull.open import open_connector, place_of
from truenorth.collect.pull.report import TableReport
from truenorth.collect.pull.secret import keep_secret, name_of, password_of
from truenorth.define.model import Source, SourceTable
from truenorth.discover.again import LARGE, OFTEN, SELDOM
from truenorth.discover.feed import Well
from truenorth.discover.word import plain_name, texts
from truenorth.store.tables import TABLES

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


class Pulled(Struct, frozen=True):
    """What came of a database: its name, the sources that are new, and their reports.

    `views` were passed over for the tables they show; `called` are tables that definitions call by another name.
    """

    name: str
    sources: tuple[Source, ...]
    reports: tuple[TableReport, ...]
    views: tuple[str, ...] = ()
    called: dict[str, str] = {}


def pulled(well: Well, url: str, there: Sequence[Source]) -> Pulled:
    """Every table of a database that may be read, views only where there is none.

    What a source that is `there` names already is pulled by it; the tables that it does not name get one of their own.
    The address's password goes into the workspace's secrets, never into YAML. SourceError where the database cannot be
    reached or holds no table.
    """
    source, secret = source_of(url, {one.name for one in there})
    known = [one for one in there if (one.type, one.url) == (source.type, source.url)]
    if known:
        source = structs.replace(source, password_env=name_of(known[0]))
    if secret and password_of(source, well.folder) != secret:
        keep_secret(well.folder, name_of(source), secret)
    name = known[0].name if known else source.name
    well.told(f"asking {name} for its tables")
    offers, views = offered(source, well.folder)
    named = {table.from_ or table.name for one in known for table in one.tables}
    tables = [table_of(one, [each.name for each in offers]) for one in offers if one.name not in named]
    whole = {table.from_ for table in tables if not table.cursor}
    often = SELDOM if any(one.rows > LARGE and one.name in whole for one in offers) else OFTEN
    full = SELDOM if any(table.cursor for table in tables) else ""
    new = structs.replace(source, tables=tables, every=often, full=full)
    reports = [report for one in known for report in well.pull(one)]
    reports += well.pull(new) if tables else ()
    called = {one.into: one.name for one in tables if one.into != one.name}
    return Pulled(name, (new,) if tables else (), tuple(reports), views, called)


def offered(source: Source, folder: Path) -> tuple[list[Offer], tuple[str, ...]]:
    """What of a database is to be read: its tables, or its views where it has only these; and what is passed over."""
    with closing(open_connector(place_of(source, folder))) as connector:
        offers = [one for one in connector.offers() if not is_bookkeeping(one.name)]
    if not offers:
        message = f'the database "{source.name}" has no table that may be read'
        raise SourceError("E_NO_TABLE", message, hint="let the user read tables: GRANT SELECT ON … TO …")
    tables = [one for one in offers if not one.view]
    return tables or offers, tuple(one.name for one in offers if one.view) if tables else ()


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
    into = name if name not in TABLES else f"{name}_rows"
    return SourceTable(name, from_=offer.name, cursor=cursor, into=into)
