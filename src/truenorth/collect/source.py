"""A file from outside: what kind it is, whether it can be read, and the mark of its content."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from msgspec import Struct

from truenorth.base.errors import Place, SourceError, did_you_mean

KINDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".json": "json",
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "excel"),
}
_BROUGHT = ("parquet", "excel")  # files that are no text
_BINARY = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP or Excel file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file without .gz in its name",
}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # how a file in UTF-16 begins


class Source(Struct, frozen=True):
    """A readable file: its kind, the hash of its (unzipped) content, and whether it holds NUL bytes.

    A file in UTF-16 does, and is read as UTF-8.
    """

    path: Path
    kind: str
    sha256: str
    nul: bool


def source_of(path: Path) -> Source:
    """The file, read once from end to end; SourceError when it cannot be read or is not what its name says."""
    kind = kind_of(path)
    digest, nul, size = hashlib.sha256(), is_wide(path), 0
    with opened(path) as stream:
        while chunk := stream.read(1 << 20):
            if size == 0:
                _check_head(path, kind, chunk)
            digest.update(chunk)
            nul = nul or (kind not in _BROUGHT and b"\0" in chunk)
            size += len(chunk)
    if size == 0:
        raise SourceError("E_FILE_EMPTY", f'"{path}" is empty', where=Place(str(path)), hint="export it again")
    return Source(path, kind, digest.hexdigest(), nul)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile | io.BufferedReader]:
    """The content as bytes, unzipped, UTF-16 as UTF-8; what the system says against it becomes a SourceError."""
    try:
        with path.open("rb") as plain:
            stream = gzip.GzipFile(fileobj=plain) if path.name.lower().endswith(".gz") else plain
            yield io.BufferedReader(_Narrowed(stream)) if is_wide(path) else stream
    except gzip.BadGzipFile as error:
        hint = 'drop ".gz" from its name if it is not zipped'
        raise SourceError("E_FILE_UNREADABLE", f'"{path}" is not a gzip file', hint=hint) from error
    except (EOFError, zlib.error) as error:
        message = f'"{path}" is damaged: its zipped content ends early'
        raise SourceError("E_FILE_UNREADABLE", message, hint="fetch or export it again") from error
    except OSError as error:
        message = f'"{path}" cannot be read: {error.strerror or error}'
        raise SourceError("E_FILE_UNREADABLE", message, hint="check its permissions") from error


def is_wide(path: Path) -> bool:
    """Whether a file begins as one in UTF-16 does, as spreadsheets write "Unicode text"."""
    zipped = path.name.lower().endswith(".gz")
    try:
        with gzip.open(path, "rb") if zipped else path.open("rb") as stream:
            return stream.read(2) in _WIDE
    except (OSError, EOFError, zlib.error):
        return False


class _Narrowed(io.RawIOBase):
    """A stream in UTF-16 as one in UTF-8; what is no character is kept as the sign for such."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile) -> None:
        self._stream, self._ready = stream, b""
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        ended = False
        while not self._ready and not ended:
            chunk = self._stream.read(1 << 16)
            ended = not chunk
            self._ready = self._decoder.decode(chunk, ended).encode()
        taken, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def check_there(path: Path) -> None:
    """SourceError when there is no such file, with the nearest name beside it."""
    if path.is_file():
        kind_of(path)
        return
    if path.is_dir():
        hint = f"name its files, like {path}/*.csv"
        raise SourceError("E_FILE_UNREADABLE", f'"{path}" is a folder', hint=hint)
    beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
    hint = did_you_mean(path.name, beside) or f"there is nothing of that name in {path.parent.absolute()}"
    raise SourceError("E_FILE_NOT_FOUND", f'no file "{path}"', hint=hint)


def kind_of(path: Path) -> str:
    """What kind of file it is, by its name; SourceError E_FILE_KIND for one that cannot be imported."""
    name = path.name.lower()
    zipped = name.endswith(".gz")
    for end, kind in KINDS.items():
        if name.removesuffix(".gz").endswith(end) and not (zipped and kind in _BROUGHT):
            return kind
    hint = "import .csv .tsv .txt .jsonl .ndjson .json (also with .gz), .parquet or .xlsx"
    raise SourceError("E_FILE_KIND", f'"{path}" is of a kind that cannot be imported', hint=hint)


def _check_head(path: Path, kind: str, head: bytes) -> None:
    if kind == "parquet":
        if not head.startswith(b"PAR1"):
            raise SourceError("E_FILE_UNREADABLE", f'"{path}" is not a Parquet file', hint="name it by what it holds")
        return
    if kind == "excel":
        return
    for magic, what in _BINARY.items():
        if head.startswith(magic):
            raise SourceError("E_FILE_UNREADABLE", f'"{path}" is {what}, not text', hint="export it as CSV")
    start = head[:2000]
    if start.count(b"\0") * 10 > len(start):
        raise SourceError("E_FILE_UNREADABLE", f'"{path}" is not text', hint="export it as CSV")
