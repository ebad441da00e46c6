"""Files as datasets: which files a path means, and the FROM item that reads them without losing a row."""

from __future__ import annotations

import re
from pathlib import Path

from truenorth.base.errors import SourceError, did_you_mean
from truenorth.store.values import literal

_GLOB = re.compile(r"[*?\[]")
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}
_DELIMITERS = ",;\t|"


def matches(folder: Path, file: str) -> tuple[Path, ...]:
    """The files that a path or glob means, in a stable order; SourceError when there is none."""
    path = folder / file
    if path.is_file():
        return (path,)
    found: tuple[Path, ...] = ()
    if _GLOB.search(file):
        start = Path(path.anchor) if Path(file).is_absolute() else folder
        pattern = str(Path(file).relative_to(start)) if Path(file).is_absolute() else file
        found = tuple(sorted(one for one in start.glob(pattern) if one.is_file()))
    if not found:
        raise _not_found(folder, file, path)
    return found


def _not_found(folder: Path, file: str, path: Path) -> SourceError:
    if path.is_dir():
        return SourceError("E_FILE_UNREADABLE", f'"{file}" is a folder', hint=f'name its files, like "{file}/*.csv"')
    siblings = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
    what = "no file matches" if _GLOB.search(file) else "no file"
    near = did_you_mean(path.name, siblings) or f"relative paths start at {folder.resolve()}"
    return SourceError("E_FILE_NOT_FOUND", f'{what} "{file}"', hint=near)


def reading(folder: Path, file: str) -> str:
    """The FROM item that reads the file or glob in DuckDB's words, strictly: a bad row is an error."""
    found = matches(folder, file)
    kind = kind_of(found[0])
    for one in found:
        _check_readable(one, kind)
    paths = literal(escaped(folder, file, found))
    if kind == "parquet":
        return f"read_parquet({paths}, union_by_name = true)"
    if kind == "csv":
        return (
            f"read_csv({paths}, header = true, delim = {literal(delimiter_of(found[0]))}, quote = '\"', escape = '\"', "
            "comment = '', skip = 0, strict_mode = true, null_padding = false, dateformat = '%Y-%m-%d', "
            "union_by_name = true)"
        )
    form = "newline_delimited" if kind == "jsonl" else "auto"
    return f"read_json({paths}, format = '{form}', union_by_name = true)"


def escaped(folder: Path, file: str, found: tuple[Path, ...]) -> str:
    """The path for the engine: only what the user wrote as a glob acts as one."""
    if len(found) == 1:
        return _GLOB.sub(lambda sign: f"[{sign[0]}]", str(found[0].absolute()))
    if Path(file).is_absolute():
        return file
    return _GLOB.sub(lambda sign: f"[{sign[0]}]", str(folder.absolute())) + "/" + file


def kind_of(path: Path) -> str:
    """csv, parquet, jsonl or json by the name's end (.gz set aside); SourceError for any other."""
    name = path.name.lower().removesuffix(".gz")
    for suffix, kind in _SUFFIXES.items():
        if name.endswith(suffix):
            return kind
    raise SourceError(
        "E_FILE_UNREADABLE",
        f'"{path.name}" is of a kind that cannot be read',
        hint="use .csv .tsv .txt .parquet .jsonl .ndjson or .json, also with .gz",
    )


def _check_readable(path: Path, kind: str) -> None:
    try:
        with path.open("rb") as stream:
            head = stream.read(4)
    except OSError as error:
        hint = "check the file's permissions"
        raise SourceError("E_FILE_UNREADABLE", f'"{path}" cannot be read: {error.strerror}', hint=hint) from error
    if kind == "parquet" and head != b"PAR1":
        raise SourceError("E_FILE_UNREADABLE", f'"{path}" is not a Parquet file', hint="name it by what it holds")
    if path.name.lower().endswith(".gz") and head[:2] != b"\x1f\x8b":
        raise SourceError("E_FILE_UNREADABLE", f'"{path}" is not a gzip file', hint='drop ".gz" from its name')
    if kind == "csv" and head[:4] in (b"\x89PNG", b"PAR1", b"PK\x03\x04", b"%PDF"):
        raise SourceError("E_FILE_UNREADABLE", f'"{path}" is not text', hint="export it as CSV")


def delimiter_of(path: Path) -> str:
    """The sign between the names of the first line: the most frequent outside quotes; a comma when there is none."""
    import gzip

    if path.name.lower().removesuffix(".gz").endswith(".tsv"):
        return "\t"
    with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as stream:
        line = stream.readline(1 << 20).replace(b"\0", b"").decode("utf-8", "replace")
    bare = re.sub(r'"[^"]*"', "", line)
    return max(_DELIMITERS, key=bare.count)


def stamp(folder: Path, file: str) -> str:
    """A word that changes when a matching file comes, goes or is written."""
    import hashlib

    lines = []
    for path in matches(folder, file):
        state = path.stat()
        lines.append(f"{path}\0{state.st_mtime_ns}\0{state.st_size}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
