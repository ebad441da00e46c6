"""`truenorth query`, `truenorth sql` and `truenorth explain`."""

from __future__ import annotations

import sys
from pathlib import Path

from truenorth import workspace
from truenorth.base.errors import QueryError
from truenorth.cli import say
from truenorth.cli.place import workspace_folder
from truenorth.export.write import BINARY, WRITERS, written
from truenorth.query.request import MetricQuery

ENDINGS = {"markdown": "md", "txt": "table", "pq": "parquet"}


def query(asked: MetricQuery | str, folder: str, form: str, output: str) -> None:
    """Answer a question to the terminal or to a file."""
    form = form or format_of(output)
    if form in BINARY and not output and sys.stdout.isatty():
        raise QueryError("E_BINARY_TO_TERMINAL", f"{form} is not for reading in a terminal", hint="add --output FILE")
    with workspace.open(workspace_folder(folder)) as opened:
        answer = opened.query(asked)
        result = written(answer, form)
    if output:
        save(Path(output), result)
    elif isinstance(result, bytes):
        sys.stdout.buffer.write(result)
        sys.stdout.flush()
    else:
        say.out(result)


def sql(text: str, folder: str, form: str, output: str) -> None:
    """Answer a statement; "-" reads it from standard input. The line break says that it is no metric's name."""
    query(f"{sys.stdin.read() if text == '-' else text}\n", folder, form, output)


def explain_sql(text: str, folder: str) -> None:
    """The plan and the SQL of a statement."""
    explain(f"{sys.stdin.read() if text == '-' else text}\n", folder)


def explain(asked: MetricQuery | str, folder: str) -> None:
    """The plan and the SQL of a question."""
    with workspace.open(workspace_folder(folder)) as opened:
        plan, sql = opened.explain(asked)
    say.out(f"{plan.rstrip()}\n\n{sql}")


def format_of(output: str) -> str:
    """The format that a file's ending names; the table without a file.

    >>> format_of("revenue.csv"), format_of("")
    ('csv', 'table')
    """
    if not output:
        return "table"
    ending = Path(output).suffix.lstrip(".").lower()
    ending = ENDINGS.get(ending, ending)
    if ending in WRITERS:
        return ending
    hint = "end it in .csv, .json, .md, .xlsx, .parquet, .svg or .png, or say --format"
    raise QueryError("E_UNKNOWN_FORMAT", f'"{output}" does not say which format to write', hint=hint)


def save(path: Path, result: str | bytes) -> None:
    """Write a result to a file and say so."""
    try:
        if isinstance(result, bytes):
            path.write_bytes(result)
        else:
            path.write_text(result, "utf-8", newline="")
    except OSError as error:
        reason = error.strerror or str(error)
        raise QueryError(
            "E_FILE_NOT_WRITTEN", f"cannot write {path}: {reason}", hint="choose another --output"
        ) from None
    say.aside(f"wrote {path}")
