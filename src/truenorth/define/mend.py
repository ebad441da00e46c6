"""Reading around mistakes in YAML, so that one does not hide the others: each is told, mended or left out."""

from __future__ import annotations

import json
import re
from typing import Any

from truenorth.base.errors import DefinitionError, Place

MOST_MISTAKES = 20
TOP_KEY = re.compile(r"[^\s#-]")
NAMED = re.compile(r"\bname:\s*[\"']?(\w+)")
VALUE = re.compile(r"(\s*(?:- )?[A-Za-z_]\w*: +)(\S.*)")


def compose(text: str, file: str) -> tuple[Any, tuple[DefinitionError, ...], tuple[str, ...]]:
    """The composed root of a file, its mistakes, and the names in what had to be left out."""
    import yaml

    lines = text.split("\n")
    errors: list[DefinitionError] = []
    lost: list[str] = []
    mended: set[int] = set()
    while True:
        try:
            return yaml.compose("\n".join(lines), Loader=yaml.CSafeLoader), tuple(errors), tuple(lost)
        except yaml.YAMLError as error:
            at = line_of(error, lines)
            if at not in mended:
                errors.append(mistake(error, lines, file))
                mended.add(at)
                if len(errors) < MOST_MISTAKES and mend(lines, at):
                    continue
            left_out = leave_out(lines, at) if len(errors) < MOST_MISTAKES else []
            lost += NAMED.findall("\n".join(left_out or lines))
            if not left_out:
                return None, tuple(errors), tuple(lost)


def mistake(error: Any, lines: list[str], file: str) -> DefinitionError:
    """What the parser found wrong, with its place and what to do."""
    began: Any = getattr(error, "context_mark", None)
    mark: Any = getattr(error, "problem_mark", None) or began
    if mark is None:
        line = line_of(error, lines)
        return DefinitionError("E_YAML", f"not YAML: {str(error).splitlines()[0]}", where=Place(file, line + 1, 1))
    context, problem, hint = (error.context or "").strip(), (error.problem or "").strip(), ""
    if began is not None and "end of stream" in problem:
        mark, hint = began, "close the quotes or brackets that begin here"
    elif began is not None and "expected ':'" in problem:
        mark = began
    since = f" (begun in line {began.line + 1})" if began is not None and began.line != mark.line else ""
    message = f"not YAML: {f'{context}, ' if context else ''}{problem}{since}"
    last = max((number for number, line in enumerate(lines) if line.strip()), default=0)
    if mark.line > last:
        place, hint = Place(file, last + 1, len(lines[last]) + 1), "close the quotes or brackets that are open"
    else:
        place = Place(file, mark.line + 1, mark.column + 1)
    return DefinitionError("E_YAML", message, where=place, hint=hint or advice(lines[mark.line], problem))


def advice(written: str, problem: str) -> str:
    """What to do about a line, by how it is written and what the parser says."""
    if "\t" in indent_of(written):
        return "YAML is indented with spaces: replace the tab"
    if "{{" in written:
        return "a condition is plain SQL over fields, such as filter: status = 'paid'"
    if "mapping values are not allowed" in problem:
        return 'put text that holds ": " into quotes'
    if "expected a single document" in problem or "but found another document" in problem:
        return 'write one document a file: remove the "---"'
    if "cannot start any token" in problem:
        return "put text that begins with @ ` or % into quotes"
    if "could not find expected ':'" in problem:
        return 'a key is followed by ": "'
    if "did not find expected" in problem:
        return "see whether the line is indented as the lines around it, and which brackets are open"
    return ""


def line_of(error: Any, lines: list[str]) -> int:
    """The line (from 0) in which the mistake most likely is: where the broken value began."""
    began, problem = getattr(error, "context_mark", None), getattr(error, "problem_mark", None)
    context = getattr(error, "context", None) or ""
    if problem is not None and problem.line < len(lines) and "\t" in indent_of(lines[problem.line]):
        return int(problem.line)
    chosen = began if began is not None and ("scanning" in context or "flow" in context) else problem or began
    if chosen is not None:
        return min(int(chosen.line), len(lines) - 1)
    before = 0
    for number, line in enumerate(lines):
        before += len(line) + 1
        if before > getattr(error, "position", 0):
            return number
    return len(lines) - 1


def indent_of(line: str) -> str:
    """The blanks before a line."""
    return line[: len(line) - len(line.lstrip())]


def mend(lines: list[str], at: int) -> bool:
    """Writes a line as it may have been meant, so that all around it is read: without tabs, or its value in quotes."""
    line = lines[at]
    if "\t" in indent_of(line):
        while at < len(lines) and "\t" in indent_of(lines[at]):
            lines[at] = " " * guessed_indent(lines, at) + lines[at].lstrip()
            at += 1
        return True
    found = VALUE.fullmatch(line)
    if found is None:
        return False
    value = found[2].strip().strip("\"'")
    lines[at] = found[1] + json.dumps(value, ensure_ascii=False)
    return lines[at] != line


def guessed_indent(lines: list[str], at: int) -> int:
    """How far a line is to be indented, by the line before it."""
    before = next((line for line in reversed(lines[:at]) if line.strip()), "")
    indent = len(indent_of(before))
    deeper = before.lstrip().startswith("- ") and not lines[at].lstrip().startswith("- ")
    return indent + 2 * deeper + 2 * before.rstrip().endswith(":")


def leave_out(lines: list[str], at: int) -> list[str]:
    """Blanks the list item (or all of a top key) around a line, in place, and returns what it held."""
    dashes = [len(found[1]) for line in lines if (found := re.match(r"(\s*)- ", line))]
    indent = min(dashes, default=0)
    border = re.compile(rf" {{0,{indent}}}- |{TOP_KEY.pattern}")
    start = at
    while start > 0 and not border.match(lines[start]):
        start -= 1
    if TOP_KEY.match(lines[start]):
        border = TOP_KEY
    end = at + 1
    while end < len(lines) and not border.match(lines[end]):
        end += 1
    left_out = lines[start:end]
    lines[start:end] = [""] * (end - start)
    return left_out if any(line.strip() for line in left_out) else []
