"""Conditions with `{{ Dimension('…') }}` in them, said as plain SQL over our fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

CALL = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
STATEMENT = re.compile(r"\{%|\{#")
# entities on the way, the name, its grain, its part of a date
Said = tuple[str, str, str]
Field = Callable[[str, str, str], str]


class Unreadable(Exception):
    """A condition cannot be said in plain SQL; the message says which and why."""


def native(text: str, field: Field) -> str:
    """A condition as plain SQL; `field(name, grain, part)` says our reference for a name of theirs."""
    if STATEMENT.search(text):
        raise unreadable(text, "statements of Jinja are not conditions")
    said = CALL.sub(lambda found: called(found[1], field), text)
    if "{{" in said or "}}" in said:
        raise unreadable(text, "the braces are not closed")
    return " ".join(said.split())


def called(text: str, field: Field) -> str:
    """One call between braces."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise unreadable(text, "this is no call of Dimension, TimeDimension, Entity or Metric") from None
    grain = part = ""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        word = literal(node.args[0]) if node.args else ""
        if node.func.attr == "grain":
            grain = str(word).lower()
        elif node.func.attr == "date_part":
            part = str(word).lower()
        node = node.func.value
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise unreadable(text, "this is no call of Dimension, TimeDimension, Entity or Metric")
    read = READ.get(node.func.id)
    if read is None:
        raise unreadable(text, f'"{node.func.id}" is not known')
    given = arguments(node)
    return read(given, field, (grain, part, text))


def arguments(node: ast.Call) -> dict[str, object]:
    """The arguments of a call by position ("0") and by name."""
    found: dict[str, object] = {str(at): literal(one) for at, one in enumerate(node.args)}
    found.update({one.arg: literal(one.value) for one in node.keywords if one.arg})
    return found


def literal(node: ast.expr) -> object:
    """A literal's value; None for anything else."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def words(value: object) -> list[str]:
    """A list of texts, or a single one."""
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, Sequence) else []


def full_name(name: object, path: object) -> str:
    """A name behind the entities on the way to it."""
    return "__".join((*words(path), str(name)))


def dimension(given: dict[str, object], field: Field, said: Said) -> str:
    """`Dimension('order__region')`, `TimeDimension('metric_time', 'month')`."""
    name = given.get("0", given.get("dimension_name", given.get("name", given.get("time_dimension_name"))))
    if not isinstance(name, str):
        raise unreadable(said[2], "it names nothing")
    grain = said[0] or str(given.get("1", given.get("time_granularity_name")) or "")
    path = given.get("entity_path", given.get("2"))
    if isinstance(given.get("1"), list | tuple):
        grain, path = said[0], given.get("1")
    part = said[1] or str(given.get("date_part_name") or "")
    return field(full_name(name, path), grain.lower(), part.lower())


def entity(given: dict[str, object], field: Field, said: Said) -> str:
    """`Entity('listing')`."""
    name = given.get("0", given.get("entity_name", given.get("name")))
    if not isinstance(name, str):
        raise unreadable(said[2], "it names nothing")
    return field(full_name(name, given.get("1", given.get("entity_path"))), "", "")


def metric(given: dict[str, object], field: Field, said: Said) -> str:
    """`Metric('bookings', group_by=['listing'])`: that metric's value for each of these."""
    name = given.get("0", given.get("metric_name", given.get("name")))
    by = words(given.get("1", given.get("group_by")))
    if not isinstance(name, str) or not by:
        raise unreadable(said[2], "it names no metric, or nothing to group it by")
    fields = (field(one, "", "").replace('"', "") for one in by)
    return f"METRIC({name} BY {', '.join(fields)})"


READ: dict[str, Callable[[dict[str, object], Field, Said], str]] = {
    "Dimension": dimension,
    "TimeDimension": dimension,
    "Entity": entity,
    "Metric": metric,
}


def unreadable(text: str, why: str) -> Unreadable:
    """The error for a condition that cannot be said in plain SQL."""
    shown = " ".join(text.split())
    return Unreadable(f'the condition "{shown if len(shown) <= 60 else shown[:59] + "…"}" cannot be carried: {why}')
