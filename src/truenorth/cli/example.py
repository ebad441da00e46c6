"""`truenorth demo`: an example company in a folder, its definitions and its data."""

from __future__ import annotations

import re
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
LEFT_OUT = {".truenorth", "__pycache__"}


def build(example: str, folder: str, scale: float) -> Path:
    """Copy the definitions, make or load the data, and say where it all is."""
    began = time.perf_counter()
    source = demo_folder(example)
    place = Path(folder or example)
    copy_all(source, place)
    say.aside(f"building the example {example} in {place}")
    try:
        with workspace.open(place, read_only=False) as opened:
            rows = load_generated(opened, place, scale) if example == GENERATED else 0
            metrics = len(opened.model.metrics)
    except KeyboardInterrupt:
        say.aside(f"stopped: {place} is not complete; the same command builds it anew")
        raise
    data = f"{rows:,} generated rows" if rows else "the real data beside them"
    say.out(f"{place}: {metrics} metrics over {data}, built in {time.perf_counter() - began:.1f} s")
    return place


def copy_all(source: Path, place: Path) -> None:
    """Copy an example; SourceError E_FILE_NOT_WRITTEN where that is not possible."""
    try:
        copy(source, place)
    except OSError as error:
        message = f'cannot write "{error.filename or place}": {error.strerror}'
        raise SourceError("E_FILE_NOT_WRITTEN", message, hint="name another folder") from error


def copy(source: Path, place: Path) -> None:
    """Copy an example's files; another workspace or other files are left alone, and changed definitions are kept."""
    if place.exists() and not place.is_dir():
        raise SourceError("E_FOLDER_TAKEN", f'"{place}" is a file', hint="name another folder")
    if place.is_dir() and any(place.iterdir()) and name_of(place) != name_of(source):
        what = "another workspace" if name_of(place) else "other files"
        raise SourceError("E_FOLDER_TAKEN", f'"{place}" holds {what}', hint="name a new or an empty folder")
    for file in sorted(source.rglob("*")):
        part = file.relative_to(source)
        if file.is_file() and not LEFT_OUT & set(part.parts):
            copy_file(file, place / part)


def copy_file(file: Path, target: Path) -> None:
    """Copy one file; what is there and differs is kept beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and target.read_bytes() != file.read_bytes():
        kept = target.replace(target.with_name(f"{target.name}.before"))
        say.aside(f"{target} was changed; what it held is in {kept}")
    shutil.copy(file, target)


def name_of(folder: Path) -> str:
    """The name of the workspace in a folder, or nothing."""
    try:
        found = re.search(r"^name: *(.+?) *$", (folder / "truenorth.yml").read_text("utf-8"), re.MULTILINE)
    except (OSError, UnicodeDecodeError):
        return ""
    return found[1] if found else "?"


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
            opened.data.import_files(table, [file], Options(replace=True))
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
