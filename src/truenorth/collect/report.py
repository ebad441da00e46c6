"""What an import is asked and what it tells."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, field

from truenorth.base.errors import SourceError, did_you_mean

WORDS = ("text", "integer", "decimal", "float", "boolean", "date", "timestamp", "timestamptz")


class Options(Struct, frozen=True):
    """How to read what a file alone does not say.

    `dates` is dmy, mdy or ymd; `decimal` is comma or point; `header` is yes or no; "" means: find out, or ask.
    `types` holds column: type word for columns that should not be decided by their values; `sheet` is one of Excel's;
    `encoding` is that of a delimited file which is not UTF-8, such as windows-1252.
    With `lenient` a file may have columns that others of its table do not.
    """

    dates: str = ""
    decimal: str = ""
    delimiter: str = ""
    header: str = ""
    replace: bool = False
    types: dict[str, str] = field(default_factory=dict)
    sheet: str = ""
    encoding: str = ""
    lenient: bool = False


class ColumnRead(Struct, frozen=True):
    """One column as it was read: its type, and what was decided or noticed on the way."""

    name: str
    type: str
    note: str = ""


class FileReport(Struct, frozen=True):
    """What became of one file: read = loaded + rejected, always. `state` is loaded, replaced or unchanged."""

    file: str
    state: str
    read: int
    loaded: int
    rejected: int
    columns: tuple[ColumnRead, ...]
    rejects: Path | None = None
    load_id: int = 0
    notes: tuple[str, ...] = ()


class LoadReport(Struct, frozen=True):
    """What became of an import, file by file."""

    table: str
    files: tuple[FileReport, ...]

    @property
    def read(self) -> int:
        return sum(file.read for file in self.files)

    @property
    def loaded(self) -> int:
        return sum(file.loaded for file in self.files)

    @property
    def rejected(self) -> int:
        return sum(file.rejected for file in self.files)


_CHOICES = {"dates": ("dmy", "mdy", "ymd"), "decimal": ("comma", "point"), "header": ("yes", "no")}


def check_options(options: Options) -> None:
    """SourceError E_BAD_OPTION when a word or type is not one of those that are known."""
    for name, known in _CHOICES.items():
        given = getattr(options, name)
        if given and given not in known:
            raise _wrong(f'--{name} "{given}" is not known', given, known)
    if len(options.delimiter) > 1:
        raise _wrong(f'the delimiter "{options.delimiter}" is more than one sign', options.delimiter, (",", ";", "|"))
    if options.encoding and not is_encoding(options.encoding):
        raise _wrong(f'the encoding "{options.encoding}" is not known', options.encoding, ENCODINGS)
    for column, word in options.types.items():
        if word not in WORDS:
            raise _wrong(f'the type "{word}" of column "{column}" is not known', word, WORDS)


ENCODINGS = (
    "utf-8",
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "iso-8859-1",
    "iso-8859-15",
    "shift_jis",
    "gb18030",
)


def is_encoding(name: str) -> bool:
    """Whether texts may be written so.

    >>> is_encoding("windows-1252"), is_encoding("rot13"), is_encoding("utf-9")
    (True, False, False)
    """
    try:
        "a".encode(name)
    except LookupError:
        return False
    return True


def _wrong(message: str, given: str, known: tuple[str, ...]) -> SourceError:
    return SourceError("E_BAD_OPTION", message, hint=did_you_mean(given, known) or "use one of: " + " ".join(known))
