"""The page's question in other tongues: a command and a line of Python, ready to be run."""

from __future__ import annotations

import shlex

from truenorth.query.request import Filter, MetricQuery
from truenorth.web.question import Asked
from truenorth.web.view import Snippet


def snippets(asked: Asked) -> tuple[Snippet, Snippet]:
    """The same answer in the terminal and in Python."""
    asking = (asked.split or asked.series).query
    parts = ["truenorth", "query", *asking.metrics[:1]]
    words: list[str] = [f'"{name}"' for name in asking.metrics[:1]]
    for key, word in _words(asked, asking):
        parts += [f"--{key.replace('_', '-')}", word]
        words.append(f'{key}="{word}"')
    wheres = [condition(one) for one in asked.state.where]
    for where in wheres:
        parts += ["--where", where]
    words += [f"where={wheres!r}"] if wheres else []
    return (
        Snippet("In the terminal", " ".join(map(shell, parts))),
        Snippet("In Python", f"truenorth.open().query({', '.join(words)})"),
    )


def _words(asked: Asked, asking: MetricQuery) -> list[tuple[str, str]]:
    keys = [("by", asked.state.by if asked.split else ""), ("grain", asking.grain), ("range", asking.range)]
    keys += [("vs", asking.vs), ("timezone", asking.timezone)]
    keys += [("as_of", asking.as_of), ("currency", asking.currency)]
    return [(key, word) for key, word in keys if word and (key, word) != ("range", "all")]


def shell(word: str) -> str:
    """A word as a shell takes it, in the quotes that are easier to read.

    >>> print(shell("90d"), shell("plan IN ('pro')"))
    90d "plan IN ('pro')"
    """
    quoted = shlex.quote(word)
    return quoted if quoted == word or set(word) & set('"$`\\!') else f'"{word}"'


def condition(one: Filter) -> str:
    """A filter as SQL over field names.

    >>> condition(Filter("plan", ("pro", "it's", None)))
    "(plan IN ('pro', 'it''s') OR plan IS NULL)"
    >>> condition(Filter("plan", ("free",), exclude=True))
    "(plan NOT IN ('free') OR plan IS NULL)"
    >>> condition(Filter("plan", (None,), exclude=True))
    'plan IS NOT NULL'
    """
    texts = ["'" + str(value).replace("'", "''") + "'" for value in one.values if value is not None]
    listed = f"{one.field} {'NOT ' if one.exclude else ''}IN ({', '.join(texts)})" if texts else ""
    without = None in one.values
    if one.exclude:
        nothing = f"{one.field} IS NOT NULL" if without else f"{one.field} IS NULL"
        return f"{listed} AND {nothing}" if listed and without else f"({listed} OR {nothing})" if listed else nothing
    nothing = f"{one.field} IS NULL" if without else ""
    return f"({listed} OR {nothing})" if listed and nothing else listed or nothing
