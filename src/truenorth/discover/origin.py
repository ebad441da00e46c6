"""What `--from` names: files that belong together, DuckDB files, databases, a dbt project."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from truenorth.base.errors import SourceError, TrueNorthError, did_you_mean
from truenorth.collect.dialect import dialect_of
from truenorth.collect.excel import read_sheets
from truenorth.collect.report import Options
from truenorth.collect.source import kind_of, opened
from truenorth.discover.word import plain_name

ENDS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".json", ".xls", ".ods")
_DUCKDB = (".duckdb", ".ddb", ".db")
_URL = re.compile(r"(postgres(?:ql)?|mysql|mariadb)(?:\+\w+)?://", re.I)
_GLOB = re.compile(r"[*?\[]")
DATE = re.compile(
    r"[-_](?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}$|"
    r"(?<!\d)(19|20)\d\d([-_. ]?[hq][1-4]|([-_.]?\d\d){0,2})(?!\d)|[-_ .]?\(\d+\)|(?<=.)[-_ .](part|chunk)[-_ .]?\d+$|"
    r"(?<=[-_ .a-z])\d+$|[-_]v\d+$",
    re.I,
)
_NOISE = re.compile(
    r"(^|[-_ .])(export|exported|dump|full|final|latest|all|raw|report|download|sample|snapshot)(?=$|[-_ .\d])", re.I
)
_NAMELESS = (
    "data",
    "part",
    "file",
    "table",
    "sheet",
    "tabelle",
    "feuil",
    "hoja",
    "foglio",
    "blad",
    "records",
    "rows",
    "output",
)
_LEFT_OUT = {"truenorth.yml", "requirements.txt", "readme.txt", "license.txt"}


_MOSTLY = 0.75  # so much of their columns files of one table share


class FileSet(Struct, frozen=True):
    """Files of one table, by name and form; of Excel files one sheet, the first unless it is named."""

    name: str
    files: tuple[Path, ...]
    sheet: str = ""


class Part(Struct, frozen=True):
    """What of a file is one table: its name, the columns, and the sheet where it is not the first."""

    name: str
    columns: str
    sheet: str = ""


class Origins(Struct, frozen=True):
    """Everything that was named, sorted out; `unread` are files that cannot be, with the reason.

    `roots` are the folders that were named, by themselves or by a pattern of what is in them.
    """

    files: tuple[FileSet, ...] = ()
    duckdb: tuple[Path, ...] = ()
    urls: tuple[str, ...] = ()
    dbt: tuple[Path, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    roots: tuple[Path, ...] = ()


def origins(given: Sequence[str], home: Path) -> Origins:
    """What is named, sorted out. SourceError E_FILE_NOT_FOUND for a path that leads nowhere."""
    paths: list[Path] = []
    urls, dbt = [], []
    for text in given:
        if _URL.match(text):
            urls.append(text)
        elif (Path(text) / "dbt_project.yml").is_file():
            dbt.append(Path(text))
        else:
            paths += _found(text, home)
    unique = list(dict.fromkeys(path.resolve() for path in paths))
    warehouses = [path for path in unique if is_duckdb(path)]
    tables = [path for path in unique if path not in warehouses]
    readable = [path for path in tables if _ended(path)]
    unread = [(str(path), "a kind of file that is not known") for path in tables if path not in readable]
    files = file_sets(readable, unread)
    roots = tuple(root for text in given if (root := _root(text)) is not None)
    return Origins(files, tuple(warehouses), tuple(urls), tuple(dbt), tuple(unread), roots)


def _root(text: str) -> Path | None:
    """The folder that is named, by itself or by a pattern of what is in it."""
    path = Path(text)
    if _URL.match(text) or path.is_file():
        return None
    if path.is_dir():
        return path.resolve()
    fixed = path.parts[: next((at for at, part in enumerate(path.parts) if _GLOB.search(part)), 0)]
    return Path(*fixed).resolve()


def is_duckdb(path: Path) -> bool:
    """Whether a file is a DuckDB database, by what stands in it."""
    try:
        with path.open("rb") as stream:
            return stream.read(12)[8:12] == b"DUCK"
    except OSError:
        return False


def _ended(path: Path) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(ENDS)


def _found(text: str, home: Path) -> list[Path]:
    path = Path(text)
    if path.is_file():
        return [path]
    if path.is_dir():
        inside = [one for one in sorted(path.rglob("*")) if one.is_file() and _wanted(one.relative_to(path), one, home)]
        if not inside:
            hint = "name a folder with .csv, .tsv, .jsonl, .parquet, .xlsx or .duckdb files"
            raise SourceError("E_NO_FILES", f'the folder "{text}" holds no file that can be read', hint=hint)
        return inside
    if _GLOB.search(text):
        start = Path(path.anchor) if path.is_absolute() else Path()
        found = sorted(
            one for one in start.glob(str(path.relative_to(start)) if path.is_absolute() else text) if one.is_file()
        )
        if found:
            return found
        raise SourceError("E_FILE_NOT_FOUND", f'no file matches "{text}"', hint="look at the folder it names")
    beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
    hint = did_you_mean(path.name, beside) or "name a file, a folder, a glob, a DuckDB file or a database's address"
    raise SourceError("E_FILE_NOT_FOUND", f'no file "{text}"', hint=hint)


def _wanted(part: Path, path: Path, home: Path) -> bool:
    """Whether a file of a folder is data: nothing hidden, nothing of the workspace itself."""
    if any(piece.startswith((".", "_")) for piece in part.parts) or part.name.lower() in _LEFT_OUT:
        return False
    if home.resolve() in path.resolve().parents and part.parts[:1] == ("metrics",):
        return False
    return _ended(path) or path.suffix.lower() in _DUCKDB


def file_sets(paths: Sequence[Path], unread: list[tuple[str, str]] | None = None) -> tuple[FileSet, ...]:
    """Files that are parts of one table together: the same name but for dates and numbers, the same columns.

    Sheets of Excel files that hold no table are added to `unread`.
    """
    grouped: dict[tuple[str, str, Part], list[Path]] = {}
    for path in paths:
        parts, others = sheets(path)
        for part in parts:
            grouped.setdefault((part.name, path.suffixes[-1].lower(), part), []).append(path)
        if unread is not None:
            unread += [(f"{path.name}, sheet {name}", "it holds no table") for name in others]
    names: dict[str, int] = {}
    sets = []
    for (name, _, part), files in _alike(grouped).items():
        names[name] = names.get(name, 0) + 1
        sets.append(FileSet(name if names[name] == 1 else f"{name}_{names[name]}", tuple(files), part.sheet))
    return tuple(sets)


def _alike(grouped: dict[tuple[str, str, Part], list[Path]]) -> dict[tuple[str, str, Part], list[Path]]:
    """The files of one name together also where an export got a column more, or lost one."""
    found: dict[tuple[str, str, Part], list[Path]] = {}
    for (name, end, part), files in grouped.items():
        mine = _columns(part.columns)
        for (other, ending, there), known in found.items():
            theirs = _columns(there.columns)
            same = len(mine & theirs) >= _MOSTLY * max(len(mine), len(theirs))
            if (name, end, part.sheet) == (other, ending, there.sheet) and len(mine) > 2 and same:
                known += files
                break
        else:
            found[name, end, part] = [*files]
    return found


def _columns(head: str) -> frozenset[str]:
    """The names in the first line of a file."""
    sign = max(",;\t|", key=head.count)
    return frozenset(name.strip(' "').casefold() for name in head.split(sign) if name.strip(' "'))


def sheets(path: Path) -> tuple[list[Part], list[str]]:
    """The tables of a file, which but for Excel is one; and the sheets that hold none, such as remarks."""
    one = Part(table_name(path), head(path))
    if kind_of(path) != "excel":
        return [one], []
    try:
        found = read_sheets(path)
    except SourceError:
        # Importing it says why.
        return [one], []
    held = {name: sheet for name, sheet in found.items() if sheet is not None}
    tables = {name: sheet for name, sheet in held.items() if sheet.rows and len(sheet.names) > 1}
    if not tables:
        return [one], []
    first = next(iter(found))
    parts = [
        Part(bare_name(name) or one.name, " ".join(sheet.names), "" if name == first else name)
        for name, sheet in tables.items()
    ]
    return parts, [name for name in held if name not in tables]


def table_name(path: Path) -> str:
    """The name of the table that a file is a part of.

    >>> table_name(Path("orders_2026-01.csv")), table_name(Path("orders_export_1.csv"))
    ('orders', 'orders')
    >>> table_name(Path("x/events/part-0.parquet"))
    'events'
    """
    stem = path.name
    while Path(stem).suffix.lower() in (*ENDS, ".gz"):
        stem = Path(stem).stem
    above = (one for one in reversed(path.parent.parts) if "=" not in one and re.search("[A-Za-z]", one))
    return bare_name(stem) or bare_name(next(above, ""), 1) or "data"


def bare_name(text: str, shortest: int = 2) -> str:
    """What a name says but for dates, numbers and words for files; "" where that is nothing.

    >>> bare_name("Ad spend 2025"), bare_name("export-2025H1"), bare_name("Sheet1"), bare_name("events_part-1")
    ('ad_spend', '', '', 'events')
    """
    bare = _NOISE.sub("", DATE.sub("", DATE.sub("", text))).strip("-_ .")
    letters = sum(sign.isalpha() for sign in bare)
    return "" if letters < shortest or plain_name(bare) in _NAMELESS else plain_name(bare)


def head(path: Path) -> str:
    """The first line of a text of columns, so that only files with the same columns become one table."""
    if not path.name.lower().removesuffix(".gz").endswith((".csv", ".tsv", ".txt")):
        return ""
    try:
        with opened(path) as stream:
            line = stream.readline(1 << 16)
        if not any(sign in line for sign in (b",", b";", b"\t", b"|")):
            # A title: the names stand below it.
            return ",".join(dialect_of(path, Options()).names)
    except (SourceError, OSError, EOFError):
        return ""
    try:
        return line.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return line.decode("windows-1252", "replace").strip()


def reason(error: TrueNorthError) -> str:
    """Why something could not be read, in one line."""
    return f"{error.message}; {error.hint}" if error.hint else error.message
