"""What a newcomer does: writes files or has them, makes a workspace of them by `init`, asks it, and pulls again."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Unpack

import duckdb

import truenorth
from truenorth.collect.pull.report import PullReport
from truenorth.discover.report import Discovery
from truenorth.discover.settings import Wishes
from truenorth.discover.start import start
from truenorth.query.answer import Answer
from truenorth.workspace import Asked

NOW = datetime(2026, 7, 1, 12)


def begin(folder: Path, *given: Path | str, wishes: Wishes | None = None) -> Discovery:
    """A workspace in a folder, made of what is named."""
    return start(folder, [str(one) for one in given], wishes or Wishes(), NOW, lambda text: None)


def written(folder: Path, **files: list[str]) -> Discovery:
    """A workspace made of CSV files."""
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return begin(folder / "ws", *(folder / f"{name}.csv" for name in files))


def selected(folder: Path, name: str, select: str) -> Discovery:
    """A workspace made of one Parquet file with the rows of a select."""
    with duckdb.connect() as made:
        made.execute(f"COPY ({select}) TO '{folder / name}.parquet' (FORMAT parquet)")
    return begin(folder / "ws", folder / f"{name}.parquet")


def answer(made: Discovery | Path, metric: str, **asked: Unpack[Asked]) -> Answer:
    """What a workspace answers; it may be given by its folder."""
    with truenorth.open(place(made), now=NOW) as opened:
        return opened.query(metric, **asked)


def values(made: Discovery | Path, *metrics: str) -> list[object]:
    """The one value of each metric, as it comes."""
    with truenorth.open(place(made), now=NOW) as opened:
        return [opened.query(one).table.rows[0][0] for one in metrics]


def total(made: Discovery | Path, metric: str) -> object:
    """The one value of a metric, as it comes."""
    return values(made, metric)[0]


def number(made: Discovery | Path, metric: str) -> float:
    """The one value of a metric as a float."""
    return float(str(total(made, metric)))


def amount(made: Discovery | Path, metric: str) -> Decimal:
    """The one value of a metric with its decimals."""
    return Decimal(str(total(made, metric)))


def pulled(folder: Path, *names: str) -> PullReport:
    """Pulls the sources once more."""
    with truenorth.open(folder, now=NOW, read_only=False) as opened:
        return opened.data.pull(*names)


def place(made: Discovery | Path) -> Path:
    """The folder of a workspace."""
    return made if isinstance(made, Path) else made.folder
