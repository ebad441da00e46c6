"""From a source's definition to its connector; only the driver that it needs is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path

from truenorth.base.errors import SourceError, did_you_mean
from truenorth.collect.pull.connector import GROUP, Connector, Place
from truenorth.collect.pull.files import Files
from truenorth.collect.pull.ga4 import GA4
from truenorth.collect.pull.salesforce import Salesforce
from truenorth.collect.pull.secret import password_of
from truenorth.define.model import Source
from truenorth.define.sources import SOURCE_TYPES


def place_of(source: Source, folder: Path, timezone: str = "UTC") -> Place:
    """A source with what its connector needs to know of the workspace."""
    return Place(source, folder, timezone, lambda: password_of(source, folder))


def open_connector(place: Place) -> Connector:
    """The connector of a source's type; SourceError E_PACKAGE_MISSING when no package brings one."""
    kind = place.source.type
    if kind == "files":
        return Files(place)
    if kind == "salesforce":
        return Salesforce(place)
    if kind == "ga4":
        return GA4(place)
    if kind == "postgres":
        with _installed("psycopg", "postgres"):
            from truenorth.collect.pull.postgres import Postgres
        return Postgres(place)
    if kind == "mysql":
        with _installed("PyMySQL", "mysql"):
            from truenorth.collect.pull.mysql import MySQL
        return MySQL(place)
    found = entry_points(group=GROUP, name=kind)
    if found:
        opened: Connector = next(iter(found)).load()(place)
        return opened
    known = (*SOURCE_TYPES, *(one.name for one in entry_points(group=GROUP)))
    hint = did_you_mean(kind, known) or f"there are {', '.join(known)}; install the package that adds it"
    raise SourceError("E_PACKAGE_MISSING", f'no connector for the type "{kind}"', hint=hint)


@contextmanager
def _installed(library: str, extra: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        hint = f'pip install "truenorth[{extra}]"'
        raise SourceError("E_PACKAGE_MISSING", f"the package {library} is not installed", hint=hint) from error
