"""Asks every case and says which answers are right: `python -m conformance.run [DIR] [--only WORD]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from conformance.compare import Row, difference
from conformance.question import Question, question
from conformance.world import World, cases_in
from truenorth.base.errors import TrueNorthError
from truenorth.query.answer import Answer

DEFAULT = Path(__file__).resolve().parent.parent.parent / "shared" / "conformance" / "metricflow"
# Where MetricFlow's answer is not one we want to give: the reasons stand in docs/reference/conformance.md.
ON_PURPOSE = frozenset(
    {
        "multihop_join_two_dims_different_sources",
        "mixed_length_joins",
        "distinct_values_query_with_metric_filter",
        "cumulative_time_offset_metric_with_time_constraint",
    }
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case and what came of it; `wrong` says what differs."""

    name: str
    wrong: str

    @property
    def word(self) -> str:
        if not self.wrong:
            return "right"
        return "different on purpose" if self.name in ON_PURPOSE else "wrong"

    def __str__(self) -> str:
        return f"{self.word:<6} {self.name}" + (f": {self.wrong}" if self.wrong else "")


def outcomes(folder: Path, only: str = "") -> Iterator[Outcome]:
    """Every case asked, one after the other."""
    with tempfile.TemporaryDirectory() as made:
        world = World(folder, Path(made))
        try:
            for case in cases_in(folder):
                if only in case["name"]:
                    yield Outcome(case["name"], wrong(world, case))
        finally:
            world.close()


def wrong(world: World, case: dict[str, Any]) -> str:
    """What is wrong with the answer of a case; "" when nothing is."""
    try:
        asked = question(case, world.model(case["model"]))
        answer = world.model(case["model"]).workspace.query(asked.query)
        columns, rows = read(asked, answer)
    except TrueNorthError as error:
        return str(error).replace("\n", " | ")
    except Exception as error:  # noqa: BLE001
        line = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({Path(line.filename).name}:{line.lineno})"
    names, wanted = expected(world.cases / "expected" / f"{case['name']}.parquet")
    if case["name"] in world.ambiguous:
        # Two cases share the name, and the rows expected are those of one of them: only what both ask is compared.
        kept = [at for at, name in enumerate(names) if name in columns]
        names, wanted = [names[at] for at in kept], [tuple(row[at] for at in kept) for row in wanted]
    return difference(names, wanted, columns, rows, in_order=bool(case.get("check_order")))


def read(asked: Question, answer: Answer) -> tuple[list[str], list[Row]]:
    """The answer's columns under the names of the case, and its rows."""
    table = answer.table
    kept: list[tuple[int, str]] = []
    for one in asked.columns:
        if one.shown:
            at = position(table.names, one.ours)
            kept.append((at, one.theirs(table.names[at])))
    kept += [(table.index(name), name) for name in asked.query.metrics]
    columns = [name for _, name in kept]
    rows: list[Row] = [tuple(row[at] for at, _ in kept) for row in table.rows]
    if asked.ends_only:
        values = [[row[at] for row in rows if row[at] is not None] for at in range(len(columns))]
        ends = [end(column) for column in values for end in (least, most)]
        return [f"{name}__{word}" for name in columns for word in ("min", "max")], [tuple(ends)]
    return columns, rows


def least(values: list[Any]) -> object:
    """The least of some values."""
    return min(values, default=None)


def most(values: list[Any]) -> object:
    """The greatest of some values."""
    return max(values, default=None)


def position(names: tuple[str, ...], reference: str) -> int:
    """Where a column stands; `metric_time` is called by its grain."""
    if reference in names:
        return names.index(reference)
    return next(at for at, name in enumerate(names) if name.startswith(f"{reference}__"))


def expected(file: Path) -> tuple[list[str], list[Row]]:
    """The expected columns and rows."""
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM '{file}'")
        return [one[0] for one in found.description or ()], found.fetchall()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default="", help="where cases.jsonl lies")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    chosen = parser.parse_args()
    folder = Path(chosen.folder) if chosen.folder else DEFAULT
    if not (folder / "cases.jsonl").is_file():
        print(f"skipped: {folder} holds no cases.jsonl")
        return 2 if chosen.folder else 0
    found = []
    for outcome in outcomes(folder, chosen.only):
        print(outcome, flush=True)
        found.append(outcome.word)
    words = ("right", "different on purpose", "wrong")
    print(", ".join(f"{found.count(word)} {word}" for word in words) + f" of {len(found)}")
    return 1 if "wrong" in found else 0


if __name__ == "__main__":
    sys.exit(main())
