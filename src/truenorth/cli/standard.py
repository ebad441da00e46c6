"""`truenorth templates`, `add` and `schema`: standard metrics, and the shape of definitions."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from truenorth import workspace
from truenorth.base.errors import DefinitionError, did_you_mean
from truenorth.cli import say
from truenorth.cli.place import workspace_folder
from truenorth.define.schema import json_schema
from truenorth.define.tables import find_table, tables
from truenorth.define.templates import Template, bind, example_command, render_yaml, template
from truenorth.define.templates import templates as all_templates

KINDS = ("file", "workspace")
BANDS = {"customer": "Customers", "operational": "Operations", "financial": "Money"}


@dataclass(frozen=True, slots=True)
class Binding:
    """A standard metric and what fills its slots."""

    template: str
    dataset: str
    slots: dict[str, str]
    name: str
    owner: str


def slots_of(words: Iterable[str]) -> dict[str, str]:
    """`slot=value` words as a mapping.

    >>> slots_of(["person=user_id", "filter=plan = 'pro'"])
    {'person': 'user_id', 'filter': "plan = 'pro'"}
    """
    slots = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise DefinitionError("E_BAD_SLOT", f'"{word}" is not slot=value', hint="write --slot person=user_id")
        slots[name.strip()] = value.strip()
    return slots


def templates(name: str) -> None:
    """All standard metrics in their bands, or one of them in full."""
    table = find_table(name) if name else None
    if table is not None:
        width = max(map(len, table.columns))
        say.out(f"{table.label} ({table.name}): {table.rows}\n\nColumns")
        for column, what in table.columns.items():
            say.out(f"  {column:<{width}}  {what.about}{' Needed.' if what.needed else ''}")
        say.out(f"\nBind it\n  truenorth add {table.name} --dataset YOURS --slot COLUMN=SQL")
        return
    if name:
        say.out(described(template(name)))
        return
    every = all_templates()
    width = max(map(len, every))
    for domain, title in BANDS.items():
        say.out(title)
        for one in every.values():
            if one.domain == domain:
                say.out(f"  {one.name:<{width}}  {one.question}")
    say.out("Tables")
    for table in tables().values():
        say.out(f"  {table.name:<{width}}  {table.rows[0].upper()}{table.rows[1:]}")
    say.out("\n`truenorth templates NAME` shows one, `truenorth add NAME` binds it to your fields")


def described(one: Template) -> str:
    """A standard metric in words."""
    lines = [
        f"{one.label} ({one.name})",
        *_wrapped(f"also called {', '.join(one.aliases)}"),
        "",
        *_wrapped(one.question),
        "",
    ]
    lines += _wrapped(one.kind_note)
    lines += ["", "Formula", *_wrapped(one.formula), "", "Slots"]
    for slot, what in one.slots.items():
        default = f", else {what.default}" if what.default else "" if what.default is None else ", may stay empty"
        lines += _wrapped(f"{slot}: {what.description} (for example {what.example}{default})")
    if one.parts:
        lines += ["", "Parts, each of which may be a metric that you have", *_wrapped(", ".join(one.parts))]
    lines += ["", "How to read it", *(line for text in one.how_to_read for line in _wrapped(text))]
    lines += ["", "Pitfalls"]
    for pitfall in one.pitfalls:
        lines += _wrapped(f"{pitfall.title}. {pitfall.text}")
    return "\n".join([*lines, "", "Bind it", f"  {example_command(one)}"])


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent="  ", subsequent_indent="    ")


def add(binding: Binding, folder: str, show: bool) -> None:
    """Write a standard metric bound to the user's fields, or only show it."""
    table = find_table(binding.template)
    if show and table is not None:
        with workspace.open(workspace_folder(folder)) as opened:
            text = workspace.table_shown(opened, table, binding.dataset, binding.slots, binding.name)
        say.out(text.rstrip())
        return
    if show:
        one = template(binding.template)
        say.out(render_yaml(bind(one, binding.dataset, binding.slots, binding.name, binding.owner)))
        return
    with workspace.open(workspace_folder(folder)) as opened:
        path = opened.add(binding.template, binding.dataset, binding.slots, name=binding.name, owner=binding.owner)
    say.out(f"wrote {path}")
    if table is not None:
        say.aside(f"a metric over it, for example: {table.metric}")
        return
    say.aside(f"ask for it: truenorth query {binding.name or template(binding.template).name} --grain month")


def schema(kind: str) -> None:
    """The JSON Schema of definition files, of truenorth.yml, or of either."""
    if kind not in ("", *KINDS):
        hint = did_you_mean(kind, KINDS) or "one of " + ", ".join(KINDS)
        raise DefinitionError("E_UNKNOWN_SCHEMA", f'no schema for "{kind}"', hint=hint)
    say.out(json.dumps(json_schema(kind), indent=2))
