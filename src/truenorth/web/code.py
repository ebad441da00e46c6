"""Definitions and SQL with their words set apart, escaped first and coloured second."""

from __future__ import annotations

import re
from itertools import groupby

from markupsafe import Markup, escape

WORDS = (
    "select from where group by order having limit with as join left inner outer full cross on using and or not in is "
    "null case when then else end union all distinct filter over partition rows range between preceding following "
    "current row sum count avg min max coalesce cast date_trunc interval try_cast nullif true false asc desc nulls "
    "last first"
)
LONG_LIST = 12
KEYWORDS = re.compile(rf"\b(?:{'|'.join(WORDS.split())})\b", re.IGNORECASE)
SQL = re.compile(r"(?P<quote>'(?:[^']|'')*')|(?P<note>--[^\n]*)|(?P<word>[A-Za-z_]\w*)")
YAML = re.compile(r"^(?P<lead>[\s-]*)(?P<key>[\w.]+)(?P<colon>:)|(?P<note>#.*)$", re.MULTILINE)


def shortened(text: str) -> str:
    """SQL without the middle of long lists of periods, which says the same a thousand times.

    >>> shortened("SELECT\\n" + "  (1),\\n" * 40 + "  (2)").count("\\n")
    6
    """
    lines: list[str] = []
    for listed, group in groupby(text.split("\n"), key=lambda line: line.lstrip().startswith("(")):
        run = list(group)
        if listed and len(run) > LONG_LIST:
            indent = run[0][: len(run[0]) - len(run[0].lstrip())]
            middle = f"{indent}-- {len(run) - 5:,} more lines like these; all of them are in the .json"
            run = [*run[:3], middle, *run[-2:]]
        lines += run
    return "\n".join(lines)


def quoted(text: str) -> Markup:
    """A sentence whose words in backticks are code.

    >>> quoted("run `make <it>`")
    Markup('run <code>make &lt;it&gt;</code>')
    """
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def sql(text: str) -> Markup:
    """SQL with keywords, texts and comments marked."""
    parts, at = [], 0
    for found in SQL.finditer(text):
        parts.append(escape(text[at : found.start()]))
        word = escape(found[0])
        if found["quote"]:
            parts.append(Markup("<i>{}</i>").format(word))
        elif found["note"]:
            parts.append(Markup("<u>{}</u>").format(word))
        else:
            parts.append(Markup("<b>{}</b>").format(word) if KEYWORDS.fullmatch(found[0]) else word)
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def yaml(text: str) -> Markup:
    """YAML with keys and comments marked."""
    parts, at = [], 0
    for found in YAML.finditer(text):
        parts.append(escape(text[at : found.start()]))
        if found["note"]:
            parts.append(Markup("<u>{}</u>").format(found["note"]))
        else:
            parts.append(Markup("{}<b>{}</b>:").format(found["lead"], found["key"]))
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])
