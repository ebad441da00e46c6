"""What must hold in sources and the tables they name."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from urllib.parse import parse_qsl, urlsplit

from truenorth.base.errors import Place, QueryError, did_you_mean
from truenorth.base.period import parse_window
from truenorth.define.model import Source, SourceTable
from truenorth.define.rules.case import Case, stated
from truenorth.define.schedule import schedule_of
from truenorth.define.sources import SOURCE, SOURCE_TYPES

GROUP = "truenorth.sources"
OTHER_TYPES = {
    **dict.fromkeys(("postgresql", "pg", "psql"), "postgres"),
    **dict.fromkeys(("mariadb", "maria"), "mysql"),
    **dict.fromkeys(("file", "csv", "parquet", "excel", "xlsx", "json", "jsonl", "folder"), "files"),
    **dict.fromkeys(("bigquery", "google_analytics"), "ga4"),
    "sfdc": "salesforce",
}
SCHEMES = {"postgres": ("postgresql", "postgres"), "mysql": ("mysql", "mariadb")}
LIKE = {"postgres": "postgresql://reader@db.example/shop", "mysql": "mysql://reader@db.example/shop"}
SECRETS = ("password", "passwd", "pwd", "sslpassword")


def check(case: Case) -> None:
    """All sources."""
    taken: dict[str, Place] = {}
    for source in case.model.sources.values():
        kind(case, source)
        keys(case, source)
        address(case, source)
        often(case, source.every, source.spot.at("every"))
        length(case, source.restated, source.spot.at("restated"))
        pace(case, source)
        tables(case, source, taken)


def kind(case: Case, source: Source) -> None:
    """One of our types, or one that an installed package adds."""
    if source.type in SOURCE_TYPES or source.type in added():
        return
    known = (*SOURCE_TYPES, *added())
    ours = OTHER_TYPES.get(source.type.lower())
    hint = f'write "type: {ours}"' if ours else did_you_mean(source.type, known) or f"it is {', '.join(known)}"
    case.fail("E_BAD_VALUE", f'"type" cannot be "{source.type}"', source.spot.at("type"), hint)


def added() -> tuple[str, ...]:
    """The types that installed packages add."""
    return tuple(sorted(one.name for one in entry_points(group=GROUP)))


def keys(case: Case, source: Source) -> None:
    """The keys that its type needs, and none that it does not have."""
    if source.type not in SOURCE_TYPES:
        return
    for key in SOURCE.keys:
        place = source.spot.at(key.name)
        if key.types and source.type not in key.types and stated(source, key.attribute):
            message = f'a source of type "{source.type}" has no key "{key.name}"'
            case.fail("E_KEY_NOT_ALLOWED", message, place, f"it belongs to type: {' or '.join(key.types)}")
        if source.type in key.required_for and not stated(source, key.attribute):
            hint = f"add {key.name}: {key.example or '[{name: orders}]'}"
            case.fail("E_MISSING_KEY", f'the source "{source.name}" has no "{key.name}"', source.spot.at(), hint)


def address(case: Case, source: Source) -> None:
    """A URL of the right kind that holds no password."""
    if not source.url:
        return
    place = source.spot.at("url")
    try:
        parts = urlsplit(source.url)
        secret = parts.password is not None or any(name.lower() in SECRETS for name, _ in parse_qsl(parts.query))
        port = parts.port
    except ValueError:
        case.fail("E_BAD_URL", "the address cannot be read", place, f"write it as url: {LIKE.get(source.type, '…')}")
        return
    if secret:
        name = source.password_env or secret_name(source.name)
        hint = f"take it out of the file, change it, and give it as {name} in the environment or in .truenorth/secrets"
        case.fail("E_SECRET_IN_FILE", "the address holds a password", place, hint)
        return
    known = SCHEMES.get(source.type, ())
    if known and (parts.scheme not in known or not parts.path.strip("/") or port == 0):
        message = f'"{source.url}" is not the address of a {source.type} database'
        case.fail("E_BAD_URL", message, place, f"write it as url: {LIKE[source.type]}")


def secret_name(source: str) -> str:
    """The name of a source's password where none is stated.

    >>> secret_name("shop")
    'SHOP_PASSWORD'
    """
    return f"{source.upper()}_PASSWORD"


def often(case: Case, text: str, place: Place) -> None:
    """How often something happens."""
    if text:
        try:
            schedule_of(text)
        except QueryError as error:
            case.adopt(error, place)


def length(case: Case, text: str, place: Place) -> None:
    """A length of time."""
    if text:
        try:
            parse_window(text)
        except QueryError as error:
            case.adopt(error, place)


def pace(case: Case, one: Source | SourceTable) -> None:
    """How often a table is read whole, and how far back it is read again."""
    often(case, one.full, one.spot.at("full"))
    if not re.fullmatch(r"\s*\d+\s*", one.lag):
        length(case, one.lag, one.spot.at("lag"))


def tables(case: Case, source: Source, taken: dict[str, Place]) -> None:
    """Each table is filled from one place only."""
    if source.type in ("files", "ga4"):
        once(case, source.into or source.name, source.spot.at("into" if source.into else "name"), taken)
    seen: set[str] = set()
    for table in source.tables:
        if table.name in seen:
            message = f'"{source.name}" names the table "{table.name}" twice'
            case.fail("E_DUPLICATE_NAME", message, table.spot.at("name"), "keep one, or call one another name")
            continue
        seen.add(table.name)
        pace(case, table)
        once(case, into(source, table), table.spot.at("into" if table.into else "name"), taken)


def into(source: Source, table: SourceTable) -> str:
    """The table of the warehouse that a table of a source goes into."""
    return table.into or f"{source.name}_{table.name}"


def once(case: Case, table: str, place: Place, taken: dict[str, Place]) -> None:
    """Notes a table that is filled already."""
    first = taken.setdefault(table.lower(), place)
    if first is not place:
        message = f'the table "{table}" is filled already, from what is defined in {first}'
        case.fail("E_DUPLICATE_NAME", message, place, "name another with into: …")
