"""The records of a text file one by one, with line and raw text: bad ones are named, none is lost."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from truenorth.base.errors import Place, SourceError
from truenorth.collect.source import opened

csv.field_size_limit(1 << 26)


class Dialect(Struct, frozen=True):
    """How a delimited file is written: its delimiter, the names of its columns, whether its first line names them, and
    its encoding, "" being UTF-8.

    `above` and `below` are the lines around its table that are no rows, with how each begins: titles and totals.
    """

    delimiter: str
    names: tuple[str, ...]
    header: bool
    spaced: bool = False
    encoding: str = ""
    above: tuple[tuple[int, str], ...] = ()
    below: tuple[tuple[int, str], ...] = ()

    @property
    def plain(self) -> bool:
        """Whether an engine can read such a file by itself, which is fastest."""
        return not (self.encoding or self.above or self.below) and len(self.names) > 1


class Record(Struct):
    """A record: the line it starts on, its text, and its fields, or the reason why it has none."""

    line: int
    raw: str
    fields: list[str] | None
    reason: str = ""


def lines_of(path: Path, encoding: str = "") -> Iterator[str]:
    """The lines with their ends; bytes that are not of the encoding (UTF-8) are kept as lone surrogates."""
    with opened(path) as stream:
        text = io.TextIOWrapper(stream, encoding or "utf-8-sig", errors="surrogateescape", newline="")
        yield from text


def is_utf8(path: Path) -> bool:
    """Whether every line of a text file is UTF-8."""
    return all(line.isascii() or _is_utf8(line) for line in lines_of(path))


def raw_records(lines: Iterator[str], delimiter: str, spaced: bool = False) -> Iterator[Record]:
    """Records by the rules of CSV; a quote that is never closed spoils only the line it stands on."""
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter, strict=True, skipinitialspace=spaced)
    while True:
        feed.begin()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            first = feed.keep_first()
            if first is not None:
                yield Record(feed.start, first, None, _said(error))
            reader = csv.reader(feed, delimiter=delimiter, strict=True, skipinitialspace=spaced)
            continue
        if fields:
            yield _checked(Record(feed.start, "".join(feed.taken), fields))


class _Feed:
    """Lines for a CSV reader that can be given back when a record turns out bad."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self.taken: list[str] = []
        self.start = 1

    def begin(self) -> None:
        self.start += len(self.taken)
        self.taken = []

    def keep_first(self) -> str | None:
        if not self.taken:
            return None
        first, rest = self.taken[0], self.taken[1:]
        self._again = rest[::-1] if not self._again else self._again + rest[::-1]
        self.taken = [first]
        return first

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self.taken.append(line)
        return line


def _said(error: csv.Error) -> str:
    text = str(error)
    if "end of data" in text:
        return "a quote is opened and never closed"
    if "expected after" in text:
        return "text follows a closing quote"
    return "a field is longer than 64 MB" if "limit" in text else text


def _checked(record: Record) -> Record:
    if not record.raw.isascii() and not _is_utf8(record.raw):
        record.reason, record.fields = "not UTF-8", None
    elif "\0" in record.raw:
        record.reason, record.fields = "holds a NUL byte", None
    return record


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def delimited_records(path: Path, dialect: Dialect) -> Iterator[Record]:
    """The records below the header; one with too many or too few fields carries the reason instead of fields."""
    around = {line for line, _ in (*dialect.above, *dialect.below)}
    every = raw_records(lines_of(path, dialect.encoding), dialect.delimiter, dialect.spaced)
    records = (record for record in every if record.line not in around)
    if dialect.header:
        next(records, None)
    width = len(dialect.names)
    for record in records:
        fields = record.fields
        if fields is not None and len(fields) != width:
            while len(fields) > width and not fields[-1]:
                fields.pop()
            if len(fields) != width:
                found = f"{len(fields)} field{'s' if len(fields) != 1 else ''}"
                record.reason, record.fields = f"{found} where {width} are expected", None
        yield record


class JsonRecord(Struct):
    """A line of a JSON file: its values by name, or the reason why it has none."""

    line: int
    raw: str
    values: dict[str, object] | None
    reason: str = ""


def json_records(path: Path) -> Iterator[JsonRecord]:
    """The objects of a file with one JSON object a line; empty lines are no records."""
    for number, line in enumerate(lines_of(path), start=1):
        if line.strip():
            yield _json_record(number, line)


def _json_record(number: int, text: str) -> JsonRecord:
    if not text.isascii() and not _is_utf8(text):
        return JsonRecord(number, text, None, "not UTF-8")
    try:
        value = _decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        return JsonRecord(number, text, None, f"not JSON: {str(error).partition('(')[0].strip()}")
    if isinstance(value, dict):
        nul = "\0" in text or "\\u0000" in text
        return JsonRecord(number, text, None if nul else value, "holds a NUL byte" if nul else "")
    return JsonRecord(number, text, None, "not a JSON object")


def array_records(path: Path) -> Iterator[JsonRecord]:
    """The objects of a file that is one JSON array, numbered from 1; of any other .json file those of its lines."""
    with opened(path) as stream:
        head = stream.read(100).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith(b"["):
        yield from json_records(path)
        return
    with opened(path) as stream:
        content = stream.read().removeprefix(b"\xef\xbb\xbf")
    try:
        items = msgspec.json.decode(content, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        hint = "export it again; one object a line (.jsonl) is read also where a line is bad"
        message = f'"{path}" is not JSON: {str(error).partition("(")[0].strip()}'
        raise SourceError("E_FILE_UNREADABLE", message, where=Place(str(path)), hint=hint) from error
    for number, item in enumerate(items, start=1):
        yield _json_record(number, bytes(item).decode("utf-8", "surrogateescape"))


class _Written(str):
    """A number with a point, as it was written."""

    __slots__ = ()


_decode = msgspec.json.Decoder(float_hook=_Written).decode
