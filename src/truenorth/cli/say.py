"""How the command line speaks: results to standard output, everything else to standard error."""

from __future__ import annotations

import errno
import os
import sys

from truenorth.base.errors import DefinitionErrors, TrueNorthError

OK, FAILED, WRONG = 0, 1, 2
NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)


def out(text: str) -> None:
    """A result; a line feed is added where none ends it."""
    try:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        stop_writing()


def aside(text: str) -> None:
    """Something for the person at the terminal, never part of the result."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def complain(error: TrueNorthError) -> None:
    """An error with its place and what to do about it; several at once one after the other."""
    for each in error.errors if isinstance(error, DefinitionErrors) else (error,):
        aside(complaint(each))


def complaint(error: TrueNorthError) -> str:
    """One error in up to three lines.

    >>> print(complaint(TrueNorthError("E_NAME_NOT_FOUND", "no metric", hint="did you mean x?")))
    error E_NAME_NOT_FOUND: no metric
      did you mean x?
    """
    lines = [f"error {error.code}: {error.message}"]
    if error.where:
        lines.append(f"  at {error.where}")
    if error.hint:
        lines.append(f"  {error.hint}")
    return "\n".join(lines)


def debugging() -> bool:
    """Whether the person asked to see where an unforeseen failure happened."""
    return bool(os.environ.get("TRUENORTH_DEBUG"))


def plain_streams() -> None:
    """A terminal that cannot show a letter shows a question mark instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def stop_writing() -> None:
    """The reader has gone (`| head`): nothing more is written, not even at exit."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, sys.stdout.fileno())


def unforeseen(error: Exception) -> int:
    """The exit code for what is not one of our errors: a wrong flag, or a failure nobody foresaw."""
    if debugging():
        raise error
    message = getattr(error, "format_message", None)
    if callable(message):
        if not message():
            # A command without arguments has shown its help already.
            return WRONG
        aside(complaint(TrueNorthError("E_USAGE", str(message()), hint=help_hint(error))))
        return WRONG
    if isinstance(error, OSError) and error.filename and error.errno in NOT_ALLOWED:
        hint = "see who may write there, and whether its disk is full"
        aside(complaint(TrueNorthError("E_FILE_NOT_WRITTEN", f'"{error.filename}": {error.strerror}', hint=hint)))
        return WRONG
    hint = "this is a fault in truenorth; run it again with TRUENORTH_DEBUG=1 to see where"
    aside(complaint(TrueNorthError("E_UNEXPECTED", f"{type(error).__name__}: {error}", hint=hint)))
    return WRONG


def help_hint(error: Exception) -> str:
    """Which help to read after a wrong flag."""
    path = getattr(getattr(error, "ctx", None), "command_path", "truenorth")
    return f"see `{path} --help`"
