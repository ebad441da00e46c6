"""`truenorth demo`: an example company in a folder, its definitions and its data."""

from __future__ import annotations

import shlex
import shutil
import time
from pathlib import Path

from rich.console import Console

from truenorth import workspace
from truenorth.base.errors import SourceError
from truenorth.cli import say
from truenorth.collect.report import Options
from truenorth.demo.acme import generate
from truenorth.demo.folder import demo_folder

GENERATED = "acme"


def build(example: str, folder: str, scale: float) -> Path:
    """Copy the definitions, make or load the data, and say where it all is."""
    began = time.perf_counter()
    source = demo_folder(example)
    place = Path(folder or example)
    copy(source, place)
    say.aside(f"building the example {example} in {place}")
    with workspace.open(place, read_only=False) as opened:
        rows = load_generated(opened, place, scale) if example == GENERATED else 0
        metrics = len(opened.model.metrics)
    data = f"{rows:,} generated rows" if rows else "the real data beside them"
    say.out(f"{place}: {metrics} metrics over {data}, built in {time.perf_counter() - began:.1f} s")
    return place


def copy(source: Path, place: Path) -> None:
    """Copy an example's files; a folder that holds something else is left alone."""
    if place.exists() and not place.is_dir():
        raise SourceError("E_FOLDER_TAKEN", f'"{place}" is a file', hint="name another folder")
    if place.is_dir() and any(place.iterdir()) and not (place / "truenorth.yml").is_file():
        raise SourceError("E_FOLDER_TAKEN", f'"{place}" holds other files', hint="name a new or an empty folder")
    shutil.copytree(source, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".truenorth", "__pycache__"))


def load_generated(opened: workspace.Workspace, place: Path, scale: float) -> int:
    """Make the company's tables as Parquet and load each into the warehouse; a person at the terminal sees which."""
    counts: dict[str, int] = {}
    folder = place / ".truenorth" / "generated"
    with Console(stderr=True, highlight=False).status("making the company") as status:

        def told(table: str, rows: int) -> None:
            counts[table] = rows
            status.update(f"made {table}: {rows:,} rows")

        for table, file in generate(folder, scale, told).items():
            status.update(f"loading {table}: {counts.get(table, 0):,} rows")
            opened.import_files(table, [file], Options(replace=True))
            file.unlink()
    folder.rmdir()
    return sum(counts.values())


def next_steps(place: Path) -> None:
    """What to do now."""
    with workspace.open(place) as opened:
        first = next(iter(opened.model.workspace.home or opened.model.metrics), "")
    folder = shlex.quote(str(place))
    say.out(
        "next:\n"
        f"  cd {folder}\n"
        f"  truenorth serve                                    look at its pages\n"
        f"  truenorth query {first} --grain month    ask for a number\n"
        f"  truenorth test                                     compare the numbers with expected ones"
    )
