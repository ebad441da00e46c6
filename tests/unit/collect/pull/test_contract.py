"""The contract of sources, held by our own connectors and by one that a package might add."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from truenorth.collect.ledger import Load
from truenorth.collect.pull import open as opening
from truenorth.collect.pull.connector import Column, Connector, Delivery, Offer, Passed, Place, Wanted
from truenorth.collect.pull.files import Files
from truenorth.collect.pull.open import open_connector, place_of
from truenorth.define.model import Source, SourceTable
from truenorth.define.rules import source as rules
from truenorth.testing.sources import Rows, SourceContract


class Weather:
    """A connector as a package would bring it: it asks its service, and writes what it says into a file."""

    readings: dict[int, int] = {}

    def __init__(self, place: Place) -> None:
        self.place = place

    def offers(self) -> tuple[Offer, ...]:
        return (Offer("readings", primary_key=("id",)),)

    def wanted(self) -> tuple[Wanted, ...]:
        return (Wanted("readings", "readings", f"{self.place.source.name}_readings"),)

    def fetch(self, wanted: Wanted, known: tuple[Load, ...], folder: Path, full: bool) -> Iterator[Delivery | Passed]:
        file = folder / "readings.csv"
        file.write_text("".join(f'"{key}","{value}"\n' for key, value in self.readings.items()), "utf-8")
        columns = (Column("id", ("integer",)), Column("amount", ("integer",)))
        yield Delivery(file, "whole", wanted.there, columns)

    def close(self) -> None:
        pass


class TestOfAPackage(SourceContract):
    def open(self, folder: Path) -> Connector:
        Weather.readings = {1: 10, 2: 20}
        return Weather(place_of(Source("weather", "weather"), folder))

    def rows(self) -> Rows:
        return sorted(Weather.readings.items())

    def change(self) -> None:
        Weather.readings |= {2: 21, 3: 30}


class TestOfFiles(SourceContract):
    def open(self, folder: Path) -> Connector:
        self.file = folder / "till.csv"
        if not self.file.exists():
            self.file.write_text("id,amount\n1,10\n2,20\n", "utf-8")
        return Files(place_of(Source("till", "files", files=["till*.csv"]), folder))

    def rows(self) -> Rows:
        return [tuple(map(int, line.split(","))) for line in self.file.read_text("utf-8").splitlines()[1:]]

    def change(self) -> None:
        self.file.write_text("id,amount\n1,10\n2,21\n3,30\n", "utf-8")


class OfDatabase(SourceContract):
    type = ""
    database: Any

    def open(self, folder: Path) -> Connector:
        table = SourceTable("orders", cursor="updated_at", lag=self.lag)
        source = Source("shop", self.type, url=self.database.url, tables=[table])
        return open_connector(Place(source, folder, "UTC", lambda: self.database.password))

    lag = ""

    def rows(self) -> Rows:
        return [tuple(row) for row in self.database.run("SELECT id, amount FROM orders ORDER BY id")]

    def change(self) -> None:
        self.database.run(
            "UPDATE orders SET amount = 21, updated_at = now() WHERE id = 2",
            "INSERT INTO orders (id, amount) VALUES (3, 30)",
        )

    def begin(self, database: Any) -> None:
        self.database = database
        database.run(
            "CREATE TABLE orders (id int PRIMARY KEY, amount int, updated_at timestamp NULL DEFAULT now())",
            "INSERT INTO orders (id, amount) VALUES (1, 10), (2, 20)",
        )


class TestOfPostgres(OfDatabase):
    type = "postgres"

    @pytest.fixture(autouse=True)
    def there(self, postgres: Any) -> None:
        self.begin(postgres)


class TestOfPostgresWithALag(TestOfPostgres):
    lag = "1 hour"


class TestOfMariaDB(OfDatabase):
    type = "mysql"

    @pytest.fixture(autouse=True)
    def there(self, mariadb: Any) -> None:
        self.begin(mariadb)


del OfDatabase


def test_a_package_adds_a_type(well: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("weather", f"{__name__}:Weather", "truenorth.sources")

    def found(**asked: str) -> tuple[EntryPoint, ...]:
        return (point,) if asked.get("name", "weather") == "weather" else ()

    monkeypatch.setattr(EntryPoint, "load", lambda _: Weather)
    monkeypatch.setattr(opening, "entry_points", found)
    monkeypatch.setattr(rules, "entry_points", found)
    Weather.readings = {1: 10}
    well.define("name: sky, type: weather, options: {station: Bern}")
    assert well.pull().loaded == 1
    assert well.rows("SELECT id, amount FROM sky_readings") == [(1, 10)]
