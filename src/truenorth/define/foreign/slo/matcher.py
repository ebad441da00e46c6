"""Which series a selector of PromQL picks, as a condition over the labels of a dataset.

A label that a series does not have is an empty text to PromQL, and a pattern must fit the whole of a label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from truenorth.define.foreign.names import quoted
from truenorth.define.label import column_of

# Alternatives without anything that is special in a pattern.
PLAIN = re.compile(r"\(?[\w/ :,-]+(?:\|[\w/ :,-]+)*\)?")
NUMERIC = "le"


def field_of(label: str) -> str:
    """The field of a label: its column, with single underscores as names have them.

    >>> field_of("http.route"), field_of("a__b")
    ('http_route', 'a_b')
    """
    return re.sub(r"__+", "_", column_of(label))


def condition(matchers: Any) -> tuple[str, tuple[str, ...]]:
    """The condition of a selector's matchers, and the labels it reads."""
    ways = [list(matchers.matchers)] if matchers.matchers else []
    ways += [list(way) for way in matchers.or_matchers]
    told = [" and ".join(each(way)) for way in ways if named(way)]
    labels = tuple(dict.fromkeys(one.name for way in ways for one in named(way)))
    if len(told) > 1:
        return " or ".join(f"({one})" for one in told), labels
    return "".join(told), labels


def named(matchers: Sequence[Any]) -> list[Any]:
    """The matchers of labels, without that of the metric's own name."""
    return [one for one in matchers if one.name != "__name__"]


def each(matchers: Sequence[Any]) -> Iterable[str]:
    """One condition for each matcher of a label."""
    return (test(one.name, str(one.op).removeprefix("MatchOp."), one.value) for one in named(matchers))


def test(label: str, op: str, value: str) -> str:
    """What a matcher asks of a label.

    >>> test("code", "Equal", "500"), test("code", "NotEqual", "500")
    ("code = '500'", "coalesce(code, '') <> '500'")
    >>> test("code", "Re", "500|503"), test("code", "NotRe", "5..")
    ("code in ('500', '503')", "not regexp_matches(coalesce(code, ''), '^(?:5..)$')")
    >>> test("le", "Equal", "0.30")
    'try_cast(le as double) = 0.3'
    """
    name = quoted(field_of(label))
    held = f"coalesce({name}, '')"
    if op in ("Equal", "NotEqual"):
        bound = bound_of(value) if label == NUMERIC else None
        if bound is not None:
            return f"try_cast({name} as double) {'=' if op == 'Equal' else '<>'} {bound}"
        if op == "Equal" and value:
            return f"{name} = {text(value)}"
        return f"{held} {'=' if op == 'Equal' else '<>'} {text(value)}"
    if PLAIN.fullmatch(value) and (value[0] == "(") == (value[-1] == ")"):
        those = ", ".join(text(one) for one in value.strip("()").split("|"))
        return f"{name} in ({those})" if op == "Re" else f"{held} not in ({those})"
    fits = f"regexp_matches({held}, {text(f'^(?:{value})$')})"
    return fits if op == "Re" else f"not {fits}"


def bound_of(value: str) -> str | None:
    """The number of a bucket's upper bound, however it is written; None where it is none."""
    try:
        bound = float(value)
    except ValueError:
        return None
    return "cast('infinity' as double)" if bound == float("inf") else repr(bound)


def text(value: str) -> str:
    """A text of SQL."""
    return "'" + value.replace("'", "''") + "'"
