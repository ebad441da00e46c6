"""Standard metrics as data: what each asks, how it is computed, read and misread, and how it is bound to a dataset."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from msgspec import Struct, convert

from truenorth.base.errors import DefinitionError, did_you_mean
from truenorth.define.model import Direction, Domain

PLACEHOLDER = re.compile(r"\{(\w+)\}")
PART = re.compile(r"\{name\}_(\w+)")


class Slot(Struct, frozen=True, forbid_unknown_fields=True):
    """What the user fills in: a column, a condition, a choice. Without a `default` it is needed."""

    description: str
    example: str
    default: str | None = None
    number: bool = False


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    """Another definition under the same name, and what differs."""

    name: str
    difference: str


class Elsewhere(Struct, frozen=True, forbid_unknown_fields=True):
    """What another tool would show, and why."""

    tool: str
    difference: str


class Toy(Struct, frozen=True, forbid_unknown_fields=True):
    """A few rows on which a pitfall shows: two ways to count, each as words, SQL over `toy`, and its number."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    unit: str
    wrong_how: str
    wrong_sql: str
    wrong: float
    right_how: str
    right_sql: str
    right: float
    why: str


class Pitfall(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to be wrong, shown on a toy table."""

    title: str
    text: str
    toy: Toy


class Template(Struct, frozen=True, forbid_unknown_fields=True):
    """One standard metric. `definition` holds native mappings with `{slot}` gaps, the named metric last."""

    name: str
    label: str
    aliases: tuple[str, ...]
    domain: Domain
    kind_note: str
    question: str
    formula: str
    unit: str
    direction: Direction
    target: float
    slots: dict[str, Slot]
    definition: tuple[dict[str, Any], ...]
    variants: tuple[Variant, ...]
    how_to_read: tuple[str, ...]
    pitfalls: tuple[Pitfall, ...]
    related: tuple[str, ...]
    sources: tuple[str, ...]
    elsewhere: tuple[Elsewhere, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The metrics it is made of; each may be given as a slot that names a metric which exists already."""
        found = (PART.fullmatch(mapping["name"]) for mapping in self.definition)
        return tuple(match[1] for match in found if match)

    @property
    def examples(self) -> dict[str, str]:
        """Every slot with its example."""
        return {name: slot.example for name, slot in self.slots.items()}


def templates() -> Mapping[str, Template]:
    """All standard metrics by name."""
    return _read()


@lru_cache(maxsize=1)
def _read() -> dict[str, Template]:
    import yaml

    folder = files("truenorth.define") / "template"
    found: dict[str, Template] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yml"):
            one = convert(yaml.load(entry.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader), Template)
            found[one.name] = one
    return found


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    known = {alias: name for name, one in templates().items() for alias in one.aliases}
    return known | {name: name for name in templates()}


def find_template(name: str) -> Template | None:
    """The standard metric of that name or alias, or None; case, blanks and hyphens do not matter."""
    known = _names().get(_plain(name))
    return templates()[known] if known else None


def template(name: str) -> Template:
    """The standard metric of that name or alias.

    >>> template("DAU").name
    'daily_active_users'
    """
    found = find_template(name)
    if found is None:
        hint = did_you_mean(_plain(name), _names()) or f"there are: {', '.join(templates())}"
        raise DefinitionError("E_UNKNOWN_TEMPLATE", f'no standard metric is called "{name}"', hint=hint)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\s\-]+", "_", name.strip().lower())


def bind(
    template: Template, dataset: str, slots: Mapping[str, str], name: str = "", owner: str = ""
) -> list[dict[str, Any]]:
    """Native mappings with the gaps filled, ready for a file: parts first, the metric last.

    A slot named like a part (`revenue=net_revenue`) takes a metric that exists instead of defining one.

    >>> [metric["name"] for metric in bind(template("dau"), "events", {"person": "user_id"}, name="dau")]
    ['dau_people', 'dau']
    """
    chosen = name or template.name
    given = {key: value.strip() for key, value in slots.items()} | ({"dataset": dataset} if dataset else {})
    _check_known(template, given)
    existing = {part: given[part] for part in template.parts if given.get(part)}
    wanted = [mapping for mapping in template.definition if _part(mapping["name"]) not in existing]
    _check_complete(template, wanted, given)
    filling = _Filling({"name": chosen} | _values(template, given), existing)
    made = [filling.mapping(mapping) for mapping in wanted]
    made[-1] = _titled(template, chosen, made[-1], _description(template, given))
    made[-1]["slots"] = {key: value for key, value in given.items() if value}
    return [mapping | {"owner": owner} for mapping in made] if owner else made


def _titled(template: Template, name: str, mapping: dict[str, Any], description: str) -> dict[str, Any]:
    """The metric itself, with what the template knows about it."""
    label = {"label": template.label} if name in (template.name, *template.aliases) else {}
    head = {"name": name, **label, "domain": template.domain, "description": description, "template": template.name}
    return head | mapping | {"unit": mapping.get("unit", template.unit), "direction": template.direction}


def _description(template: Template, given: Mapping[str, str]) -> str:
    """The formula in words; the question where a choice was made that the words do not say (p99 instead of p95)."""
    choices = {key: slot.default for key, slot in template.slots.items() if slot.default and key != "unit"}
    if any(given.get(key, default) != default for key, default in choices.items()):
        return template.question
    return template.formula[0].upper() + template.formula[1:] + "."


def _part(name: str) -> str:
    match = PART.fullmatch(name)
    return match[1] if match else ""


def _values(template: Template, given: Mapping[str, str]) -> dict[str, Any]:
    """What each slot holds: what is given, else its default."""
    values: dict[str, Any] = {}
    for key, slot in template.slots.items():
        text = given.get(key) or slot.default
        if text is not None:
            values[key] = _number(key, text) if slot.number else text
    return values


def _number(key: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise DefinitionError("E_BAD_SLOT", f'slot "{key}" is a number, not "{value}"', hint=f"try {key}=0.9") from None


def _check_known(template: Template, given: Mapping[str, str]) -> None:
    known = (*template.slots, *template.parts)
    for key in given:
        if key not in known:
            hint = did_you_mean(key, known) or f"it has: {', '.join(known)}"
            raise DefinitionError("E_UNKNOWN_SLOT", f'{template.name} has no slot "{key}"', hint=hint)


def _check_complete(template: Template, wanted: list[dict[str, Any]], given: Mapping[str, str]) -> None:
    used = {gap for mapping in wanted for text in _texts(mapping) for gap in PLACEHOLDER.findall(text)}
    needed = [key for key, slot in template.slots.items() if key in used and slot.default is None]
    missing = [key for key in needed if not given.get(key)]
    if not missing:
        return
    words = "; ".join(f"{key} – {template.slots[key].description}" for key in missing)
    filled = {key: given.get(key) or template.slots[key].example for key in needed}
    raise DefinitionError(
        "E_MISSING_SLOT",
        f"{template.name} needs {'one more slot' if len(missing) == 1 else f'{len(missing)} more slots'}: {words}",
        hint=f"for example: {_command(template, filled)}",
    )


def _command(template: Template, filled: Mapping[str, str]) -> str:
    words = ["truenorth", "add", template.name]
    for key, value in filled.items():
        words += ["--dataset", value] if key == "dataset" else ["--slot", f"{key}={value}"]
    return shlex.join(words)


def example_command(template: Template) -> str:
    """The command that binds a template, with its own examples."""
    return _command(template, {key: slot.example for key, slot in template.slots.items() if slot.default is None})


def _texts(value: Any) -> Iterator[str]:
    """All texts in a mapping, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


class _Filling:
    """Fills gaps: `values` by slot, `existing` by part."""

    def __init__(self, values: Mapping[str, Any], existing: Mapping[str, str]) -> None:
        self.values = values
        self.existing = existing

    def mapping(self, mapping: dict[str, Any]) -> dict[str, Any]:
        """A mapping without gaps; what stays empty is left out."""
        filled = [
            (key, self.condition(value) if key == "filter" else self.value(value)) for key, value in mapping.items()
        ]
        return {key: value for key, value in filled if value != ""}

    def value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self.mapping(value)
        if isinstance(value, list):
            return [self.value(part) for part in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> Any:
        for part, metric in self.existing.items():
            text = re.sub(rf"\{{name\}}_{part}\b", metric, text)
        alone = PLACEHOLDER.fullmatch(text)
        return self.values[alone[1]] if alone else PLACEHOLDER.sub(lambda gap: str(self.values[gap[1]]), text)

    def condition(self, value: str | list[str]) -> str:
        """One or several conditions as one; all of them must hold."""
        texts = [str(self.text(text)) for text in ([value] if isinstance(value, str) else value)]
        filled = [text for text in texts if text]
        return filled[0] if len(filled) == 1 else " and ".join(f"({text})" for text in filled)


def render_yaml(mappings: list[dict[str, Any]]) -> str:
    """A file of definitions with comments, the way a person would write it."""
    lines = ["version: 1", ""]
    known = find_template(str(mappings[-1].get("template", "")))
    if known:
        lines += [f"# {known.question}", ""]
    lines.append("metrics:")
    for mapping in mappings:
        lines += _metric_lines(mapping, known if mapping is mappings[-1] else None)
    return "\n".join(lines).rstrip() + "\n"


def _metric_lines(mapping: dict[str, Any], known: Template | None) -> Iterator[str]:
    for position, (key, value) in enumerate(mapping.items()):
        lead = "  - " if position == 0 else "    "
        if isinstance(value, list):
            yield f"{lead}{key}:"
            yield from (f"      - {_scalar(part)}" for part in value)
        else:
            yield f"{lead}{key}: {_scalar(value)}"
    if known and "owner" not in mapping:
        yield "    # owner: the person who answers for this number"
    if known:
        yield f"    # targets: [{{from: 2026-01-01, every: month, value: {known.target:g}}}]"
    yield ""


def _scalar(value: Any) -> str:
    """One value in YAML's short form, on one line."""
    import yaml

    flow = isinstance(value, dict)
    text = yaml.safe_dump(value, default_flow_style=flow or None, allow_unicode=True, width=10_000, sort_keys=False)
    return text.removesuffix("...\n").rstrip("\n")
