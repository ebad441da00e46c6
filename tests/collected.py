"""A workspace of adopted definitions over series that came in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.promql import Minute
from truenorth import workspace
from truenorth.define.foreign.adopt import Adoption, write
from truenorth.store.open import open_engine
from truenorth.store.tables import create
from truenorth.store.values import literal

Labels = tuple[tuple[str, str], ...]


@contextmanager
def shop_with(folder: Path, adoption: Adoption, rows: list[Minute]) -> Iterator[workspace.Workspace]:
    """The workspace, open, with these minutes of series on the first of March."""
    folder.mkdir(parents=True)
    (folder / "truenorth.yml").write_text(
        "version: 1\nname: Shop\nclock: data\nwarehouse: duckdb:shop.duckdb\n", "utf-8"
    )
    write(adoption, folder)
    engine = open_engine("duckdb:shop.duckdb", folder)
    for table in ("series", "minutes"):
        engine.write(create(table))
    numbers: dict[tuple[str, Labels], int] = {}
    for row in rows:
        numbers.setdefault((row.name, row.labels), len(numbers) + 1)
    engine.write(
        "INSERT INTO series (series_id, source, name, labels) VALUES " + ", ".join(map(series, numbers.items()))
    )
    engine.write(
        "INSERT INTO minutes (series_id, minute, increase, n, min, max, last, sum) VALUES "
        + ", ".join(minute(row, numbers[row.name, row.labels]) for row in rows)
    )
    engine.close()
    with workspace.open(folder) as opened:
        yield opened


def series(numbered: tuple[tuple[str, Labels], int]) -> str:
    """A series as a row."""
    (name, labels), number = numbered
    pairs = ", ".join(f"{literal(key)}: {literal(value)}" for key, value in labels)
    return f"({number}, 'web', {literal(name)}, {f'{{{pairs}}}::VARIANT' if pairs else 'NULL'})"


def minute(row: Minute, number: int) -> str:
    """A minute of a series as a row."""
    values = row.samples
    told = (row.increase, len(values), min(values), max(values), values[-1], sum(values))
    return f"({number}, TIMESTAMP '2026-03-01 10:{row.minute:02}', {', '.join(map(str, told))})"
