"""What every connector must do, as tests: subclass `SourceContract`, say how to open yours, and run pytest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from truenorth.collect.ledger import loads
from truenorth.collect.pull.connector import Connector, Delivery, Wanted
from truenorth.collect.pull.load import Job, load, pass_over
from truenorth.store.duckdb import DuckDB
from truenorth.store.engine import Engine

NOW = datetime(2026, 7, 1, 12)
Rows = list[tuple[object, ...]]


class SourceContract:
    """The contract. The place holds one table at first, which `change` changes: a value, and one row more.

    `columns` are those that are compared, the first of them telling rows apart.
    """

    columns: tuple[str, ...] = ("id", "amount")

    def open(self, folder: Path) -> Connector:
        """A connector to the place, which may keep what it needs in the folder."""
        raise NotImplementedError

    def rows(self) -> Rows:
        """The rows that the place holds now, in the order of their first column."""
        raise NotImplementedError

    def change(self) -> None:
        """Change a value at the place, and add a row."""
        raise NotImplementedError

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Iterator[Engine]:
        opened = DuckDB(folder=tmp_path)
        yield opened
        opened.close()

    @pytest.fixture
    def connector(self, tmp_path: Path) -> Iterator[Connector]:
        opened = self.open(tmp_path)
        yield opened
        opened.close()

    def pull(self, connector: Connector, engine: Engine, folder: Path, full: bool = False) -> tuple[int, Rows]:
        """How many rows a pull loads, and the rows of the table then."""
        scratch = folder / "scratch"
        scratch.mkdir(exist_ok=True)
        [wanted] = connector.wanted()
        job = Job(engine, folder, "contract", wanted.into, lambda: NOW)
        loaded = 0
        known = loads(engine, wanted.into, "contract")
        since = next((one.cursor for one in known if one.cursor), "")
        for part in connector.fetch(wanted, known, scratch, full):
            if isinstance(part, Delivery):
                report = load(job, part, "" if part.kind == "whole" else since)
                assert report.read == report.loaded + report.rejected + report.left_out
                loaded += report.loaded
            else:
                pass_over(job, part)
        return loaded, self.held(engine, wanted)

    def held(self, engine: Engine, wanted: Wanted) -> Rows:
        """The rows of the table in the warehouse."""
        columns = ", ".join(f'"{column}"' for column in self.columns)
        return engine.rows(f'SELECT {columns} FROM "{wanted.into}" ORDER BY 1')

    def test_it_says_what_it_offers_and_what_is_wanted(self, connector: Connector) -> None:
        assert connector.offers()
        [wanted] = connector.wanted()
        assert wanted.name and wanted.into.isidentifier()

    def test_the_first_pull_brings_every_row(self, connector: Connector, engine: Engine, tmp_path: Path) -> None:
        loaded, rows = self.pull(connector, engine, tmp_path)
        assert rows == self.rows()
        assert loaded == len(rows) > 0

    def test_pulling_again_changes_nothing(self, connector: Connector, engine: Engine, tmp_path: Path) -> None:
        self.pull(connector, engine, tmp_path)
        _, rows = self.pull(connector, engine, tmp_path)
        assert rows == self.rows()

    def test_a_change_comes_in(self, connector: Connector, engine: Engine, tmp_path: Path) -> None:
        _, before = self.pull(connector, engine, tmp_path)
        self.change()
        _, rows = self.pull(connector, engine, tmp_path)
        assert rows == self.rows() != before

    def test_everything_anew_is_the_same(self, connector: Connector, engine: Engine, tmp_path: Path) -> None:
        self.pull(connector, engine, tmp_path)
        self.change()
        self.pull(connector, engine, tmp_path)
        loaded, rows = self.pull(connector, engine, tmp_path, full=True)
        assert rows == self.rows()
        assert loaded == len(rows)

    def test_another_connector_goes_on_from_the_ledger(
        self, connector: Connector, engine: Engine, tmp_path: Path
    ) -> None:
        self.pull(connector, engine, tmp_path)
        self.change()
        fresh = self.open(tmp_path)
        _, rows = self.pull(fresh, engine, tmp_path)
        fresh.close()
        assert rows == self.rows()

    def test_a_connector_that_is_let_go_in_the_middle_changed_nothing(
        self, connector: Connector, engine: Engine, tmp_path: Path
    ) -> None:
        [wanted] = connector.wanted()
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        parts = connector.fetch(wanted, (), scratch, False)
        next(parts, None)
        assert engine.tables() == ()
        connector.close()

    def test_it_may_be_closed_twice(self, connector: Connector) -> None:
        connector.close()
        connector.close()
