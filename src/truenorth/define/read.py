"""Values with places become definitions, by the table of keys; everything that is wrong is collected."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as Pairs
from datetime import date
from typing import Any
from unicodedata import normalize

from truenorth.base.errors import DefinitionError, Place, did_you_mean
from truenorth.define.keys import KEYS as THINGS_KEYS
from truenorth.define.keys import THINGS, Key, Thing
from truenorth.define.model import Spot
from truenorth.define.spelling import ELSEWHERE, KEYS, VALUES, Spelling
from truenorth.define.yaml import Entry, Mapping, Node, Scalar, Sequence

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NUMBER = re.compile(r"[-+]?(\d[\d_]*)?(\.\d+)?([eE][-+]?\d+)?")
FAILED = object()


class Reading:
    """The reading of one file: definitions come out, `errors` fill up; of a `partial` file some lines are left out."""

    def __init__(self, file: str, errors: list[DefinitionError], partial: bool = False) -> None:
        self.file = file
        self.errors = errors
        self.partial = partial
        self.lost: list[str] = []

    def fail(self, code: str, message: str, at: tuple[int, int], hint: str = "") -> None:
        """Notes what is wrong at a line and column."""
        self.errors.append(DefinitionError(code, message, where=Place(self.file, *at), hint=hint))

    def thing(self, node: Node, thing: Thing) -> Any:
        """One definition, or FAILED when it is too broken to build."""
        if not isinstance(node, Mapping):
            hint = f"write its keys: {{{', '.join(f'{key.name}: …' for key in thing.keys if key.required)}}}"
            self.fail("E_WRONG_TYPE", f"a {words(thing.name)} is a mapping, not {described(node)}", spot_of(node), hint)
            return FAILED
        if thing.name in LISTED and self.misplaced(node, thing):
            return FAILED
        values, places = self.values(node, thing)
        if thing.becomes is None:
            return values
        attributes = {key.attribute for key in thing.keys if key.required and key.name != "version"}
        if not attributes <= values.keys():
            self.lost += name_of(node)
            return FAILED
        values.pop("version", None)
        if "spot" in thing.becomes.__struct_fields__:
            values["spot"] = Spot(self.file, node.line, node.column, places)
        return thing.becomes(**values)

    def misplaced(self, node: Mapping, thing: Thing) -> bool:
        """Notes a definition that stands in the list of another kind, judged by its keys."""
        fits = {name: sum(key in THINGS_KEYS[name] for key in node.entries) for name in LISTED}
        best = max(LISTED, key=lambda name: fits[name])
        if fits[best] < fits[thing.name] + 2:
            return False
        message = f'{shown(*name_of(node) or ("it",))} is written as a {best}, but stands under "{thing.name}s:"'
        self.fail("E_MISPLACED", message, (node.line, node.column), f'move it under "{best}s:"')
        self.lost += name_of(node)
        return True

    def values(self, node: Mapping, thing: Thing) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
        """The values of a mapping by attribute, and where its keys stand (`targets.0.value` for nested ones)."""
        values: dict[str, Any] = {}
        places: dict[str, tuple[int, int]] = {}
        for written, entry in node.entries.items():
            key = None if foreign(written, node, thing) else thing.key(written)
            key = key or self.meant(written, entry, node, thing)
            if key is None:
                continue
            places[key.name] = (entry.line, entry.column)
            if key.name in THINGS_WITHOUT_SPOT or (
                key.kind in ("names", "paths", "lists") and isinstance(entry.value, Sequence)
            ):
                mark_nested(entry.value, key.name, places)
            value = self.value(key, entry, thing)
            if value is not FAILED:
                values[key.attribute] = value
            if thing.name == "metric" and key.name == "type" and names_aggregation(entry.value):
                places.setdefault("agg", places["type"])
        self.missing(node, thing, places)
        return values, places

    def missing(self, node: Mapping, thing: Thing, places: Pairs[str, tuple[int, int]]) -> None:
        """Notes the required keys that are not there."""
        if self.partial and thing.name in ("workspace", "file"):
            return
        for key in thing.keys:
            if not key.required or key.name in places:
                continue
            if key.kind == "version":
                self.fail("E_VERSION", "the version of the format is missing", (node.line, node.column), VERSION_HINT)
                continue
            who = "".join(f' "{name}"' for name in name_of(node))
            hint = f"add {key.name}: " + (one_of(key.choices) if key.choices else key.example or "…")
            message = f'the {words(thing.name)}{who} has no "{key.name}"'
            self.fail("E_MISSING_KEY", message, (node.line, node.column), hint)

    def meant(self, written: str, entry: Entry, node: Mapping, thing: Thing) -> Key | None:
        """Notes a key we do not have, and says which of ours its value is read as meanwhile."""
        at = (entry.line, entry.column)
        other = foreign(written, node, thing)
        other = other or KEYS.get(thing.name, {}).get(written) or KEYS.get(thing.name, {}).get(written.lower())
        if other is not None:
            message = f'a {words(thing.name)} has no key "{written}"'
            self.fail("E_OTHER_SPELLING", message, at, advice(other, as_key=True))
            ours = thing.key(other.ours)
        else:
            near = did_you_mean(written, thing.names) or did_you_mean(written.lower(), thing.names)
            hint = near or f"its keys are {', '.join(thing.names)}"
            self.fail("E_UNKNOWN_KEY", f'a {words(thing.name)} has no key "{written}"', at, hint)
            ours = thing.key(near.split('"')[1]) if near else None
        return ours if ours is not None and ours.name not in node.entries else None

    def value(self, key: Key, entry: Entry, thing: Thing) -> Any:
        """The value of one key as the model has it, or FAILED."""
        node, at = entry.value, (entry.line, entry.column)
        if key.kind in ("things", "names") or (key.kind == "paths" and isinstance(node, Sequence)):
            return self.many(key, node, at)
        if key.kind == "thing":
            return self.thing(node, THINGS[key.thing])
        if key.kind == "lists":
            return self.lists(key, node, at)
        if key.kind == "texts":
            return self.texts(key, node, at)
        if not isinstance(node, Scalar):
            return self.wrong(key, node, at)
        if key.kind == "worth" and node.empty:
            return "null"
        if key.kind == "worth" and node.text == "carry":
            return "carry"
        if key.kind != "value" and (node.empty or not node.text.strip()):
            self.fail("E_WRONG_TYPE", f'"{key.name}" is empty', at, wanted(key))
            return FAILED
        return self.scalar(key, node, at, thing)

    def scalar(self, key: Key, node: Scalar, at: tuple[int, int], thing: Thing) -> Any:
        """A value that is one word, number or text."""
        if key.kind in ("text", "sql"):
            return self.text(key, node, at)
        if key.kind == "paths":
            return [node.text]
        if key.kind == "name":
            return self.name(node.text, at)
        if key.kind == "grain":
            return self.grain(key, node.text, at, thing)
        if key.kind == "choice":
            return self.choice(key, node.text, at, thing)
        if key.kind == "version":
            return self.version(node, at)
        if key.kind == "date":
            return self.date(key, node, at)
        if key.kind == "flag":
            return self.flag(key, node, at)
        return self.number(key, node, at)

    def many(self, key: Key, node: Node, at: tuple[int, int]) -> Any:
        """A list of definitions or of names."""
        if isinstance(node, Scalar) and node.empty:
            return []
        if not isinstance(node, Sequence):
            alone = isinstance(node, Scalar)
            example = f"[{node.text}]" if isinstance(node, Scalar) else "[…]"
            hint = f"write {key.name}: {example}" if key.kind == "names" else 'begin each one with "- "'
            self.fail("E_WRONG_TYPE", f'"{key.name}" is a list, not {described(node)}', at, hint)
            return [node.text] if alone and key.kind == "names" and isinstance(node, Scalar) else FAILED
        if key.kind == "things":
            made = (self.thing(named_alone(item, THINGS[key.thing]), THINGS[key.thing]) for item in node.items)
            return [item for item in made if item is not FAILED]
        for item in node.items:
            if not isinstance(item, Scalar) or item.empty:
                message = f'"{key.name}" is a list of names, but holds {described(item)}'
                self.fail("E_WRONG_TYPE", message, spot_of(item), wanted(key))
        return [item.text for item in node.items if isinstance(item, Scalar) and not item.empty]

    def lists(self, key: Key, node: Node, at: tuple[int, int]) -> Any:
        """A list of lists of names; a plain list of names is one of them."""
        if not isinstance(node, Sequence):
            return self.wrong(key, node, at)
        if node.items and all(isinstance(item, Scalar) for item in node.items):
            names = ", ".join(item.text for item in node.items if isinstance(item, Scalar))
            message = f'"{key.name}" is a list of lists, not a list of {len(node.items)}'
            self.fail("E_WRONG_TYPE", message, at, f"write {key.name}: [[{names}]]")
            return FAILED
        return [self.many(key, item, spot_of(item)) for item in node.items if isinstance(item, Sequence)]

    def texts(self, key: Key, node: Node, at: tuple[int, int]) -> Any:
        """A mapping of texts."""
        if not isinstance(node, Mapping):
            return self.wrong(key, node, at)
        for name, entry in node.entries.items():
            if not isinstance(entry.value, Scalar):
                message = f'"{name}" is a text, not {described(entry.value)}'
                self.fail("E_WRONG_TYPE", message, (entry.line, entry.column))
        return {name: entry.value.text for name, entry in node.entries.items() if isinstance(entry.value, Scalar)}

    def text(self, key: Key, node: Scalar, at: tuple[int, int]) -> Any:
        """A text as written; templates of other tools are named."""
        if "{{" in node.text or "{%" in node.text:
            plain = re.sub(r"\{\{\s*(?:Time)?Dimension\(\s*['\"](\w+)['\"][^}]*\)\s*\}\}", _plain_reference, node.text)
            hint = f"write {key.name}: {plain}" if "{{" not in plain else "write plain SQL over fields"
            self.fail("E_OTHER_SPELLING", f'"{key.name}" is plain SQL without {{{{ }}}}: {shown(node.text)}', at, hint)
            return plain if "{{" not in plain else FAILED
        return node.text

    def name(self, text: str, at: tuple[int, int]) -> Any:
        """An identifier."""
        if NAME.fullmatch(text) and "__" not in text:
            return text
        plain = normalize("NFKD", text.strip().casefold()).encode("ascii", "ignore").decode()
        guess = re.sub(r"[\W_]+", "_", plain).strip("_")
        guess = f"_{guess}" if guess[:1].isdigit() else guess
        message = f"{shown(text)} is not a name: letters, digits and single underscores, beginning with a letter"
        self.fail("E_BAD_NAME", message, at, f'write "{guess}"' if guess else "")
        return FAILED

    def grain(self, key: Key, text: str, at: tuple[int, int], thing: Thing) -> Any:
        """A grain: ours are spelled in one way; whether a calendar has another is known when all files are read."""
        other = text not in key.choices and text.lower() in VALUES.get((thing.name, key.name), {})
        return self.choice(key, text, at, thing) if other else text

    def choice(self, key: Key, text: str, at: tuple[int, int], thing: Thing) -> Any:
        """One word of a few."""
        if text in key.choices:
            return text
        other = VALUES.get((thing.name, key.name), {}).get(text.lower())
        if other is not None:
            message = f'"{key.name}" cannot be {shown(text)}'
            self.fail("E_OTHER_SPELLING", message, at, advice(other, as_key=False, before=f"{key.name}: "))
            return other.ours
        near = did_you_mean(text.lower(), key.choices)
        hint = f"{near} It is" if near else "it is"
        self.fail("E_BAD_VALUE", f'"{key.name}" cannot be {shown(text)}', at, f"{hint} {one_of(key.choices)}")
        return near.split('"')[1] if near else FAILED

    def version(self, node: Scalar, at: tuple[int, int]) -> Any:
        """The version of the format."""
        if node.text == "1" and node.plain:
            return 1
        self.fail("E_VERSION", f"this is version 1 of the format, not {shown(node.text)}", at, VERSION_HINT)
        return 1

    def date(self, key: Key, node: Scalar, at: tuple[int, int]) -> Any:
        """A day as 2026-01-31."""
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", node.text):
                raise ValueError("not an ISO day")
            date.fromisoformat(node.text)
        except ValueError:
            message = f'"{key.name}" is a day, not {shown(node.text)}'
            self.fail("E_BAD_DATE", message, at, "write it as year-month-day: 2026-01-31")
            return FAILED
        return node.text

    def flag(self, key: Key, node: Scalar, at: tuple[int, int]) -> Any:
        """True or false, in these words."""
        if node.plain and node.text in ("true", "false"):
            return node.text == "true"
        self.fail("E_WRONG_TYPE", f'"{key.name}" is true or false, not {described(node)}', at, wanted(key))
        return FAILED

    def number(self, key: Key, node: Scalar, at: tuple[int, int]) -> Any:
        """A number; for kind `value` also null or a text."""
        if key.kind == "value" and (node.empty or not node.plain):
            return None if node.empty else node.text
        if node.plain and NUMBER.fullmatch(node.text) and re.search(r"\d", node.text):
            number = float(node.text.replace("_", ""))
            if math.isfinite(number):
                return number
        if key.kind == "value" and node.text.lower() not in ("true", "false", ".nan", ".inf", "-.inf"):
            return node.text
        bare = re.sub(r"[,' ]", "", node.text)
        hint = f"write {key.name}: {bare}" if NUMBER.fullmatch(bare) and re.search(r"\d", bare) else wanted(key)
        self.fail("E_WRONG_TYPE", f'"{key.name}" is a number, not {described(node)}', at, hint)
        return FAILED

    def wrong(self, key: Key, node: Node, at: tuple[int, int]) -> Any:
        """Notes a list or mapping where a word belongs, or the other way round."""
        kind = {"texts": "a mapping", "lists": "a list of lists", "number": "a number", "date": "a day"}.get(
            key.kind, "a text"
        )
        self.fail("E_WRONG_TYPE", f'"{key.name}" is {kind}, not {described(node)}', at, wanted(key))
        return FAILED


def named_alone(node: Node, thing: Thing) -> Node:
    """A thing that is written as its name alone, as the mapping it stands for."""
    if thing.bare and isinstance(node, Scalar) and not node.empty:
        return Mapping({"name": Entry(node.line, node.column, node)}, node.line, node.column)
    return node


LISTED = ("dataset", "relationship", "metric", "source")
THINGS_WITHOUT_SPOT = (
    "steps",
    "exclusions",
    "calendar",
    "rates",
    "grains",
    "input_metrics",
    "targets",
    "non_additive_dimension",
    "constant_properties",
    "slots",
    "roles",
    "policies",
    "reported",
    "maintenance",
)
VERSION_HINT = "begin the file with version: 1"


def mark_nested(node: Node, path: str, places: dict[str, tuple[int, int]]) -> None:
    """Notes the places of what lies inside a key, as `path.0.name`."""
    if isinstance(node, Sequence):
        for number, item in enumerate(node.items):
            places[f"{path}.{number}"] = spot_of(item)
            mark_nested(item, f"{path}.{number}", places)
    elif isinstance(node, Mapping):
        for name, entry in node.entries.items():
            places[f"{path}.{name}"] = (entry.line, entry.column)


def name_of(node: Mapping) -> list[str]:
    """The name that a definition states, none if it states none."""
    entry = node.entries.get("name")
    return [entry.value.text] if entry is not None and isinstance(entry.value, Scalar) else []


def names_aggregation(node: Node) -> bool:
    """Whether a type is one of the aggregations, as other tools have it."""
    return isinstance(node, Scalar) and "agg:" in VALUES["metric", "type"].get(node.text.lower(), NOTHING).note


NOTHING = Spelling("")


def spot_of(node: Node) -> tuple[int, int]:
    """Where a value stands."""
    return node.line, node.column


def words(name: str) -> str:
    """A name as words.

    >>> words("input_metric")
    'input metric'
    """
    return name.replace("_", " ")


def shown(text: str) -> str:
    """A value in quotes, on one line, cut when long."""
    line = " ".join(text.split())
    return f'"{line if len(line) <= 60 else line[:59] + "…"}"'


def described(node: Node) -> str:
    """A value as an error names it."""
    if isinstance(node, Sequence):
        return f"a list of {len(node.items)}"
    if isinstance(node, Mapping):
        return f"a mapping with {', '.join(list(node.entries)[:4]) or 'nothing in it'}"
    if node.empty:
        return "nothing"
    return shown(node.text) if node.plain else f"the text {shown(node.text)}"


def one_of(choices: tuple[str, ...]) -> str:
    """Choices in words.

    >>> one_of(("up", "down", "none"))
    'up, down or none'
    """
    return " or ".join((", ".join(choices[:-1]), choices[-1])) if len(choices) > 1 else "".join(choices)


def wanted(key: Key) -> str:
    """What to write for a key, by example."""
    return f"write it as {key.name}: {key.example}" if key.example else ""


def foreign(written: str, node: Mapping, thing: Thing) -> Spelling | None:
    """What another tool means by a key that is ours for one type only, in a definition of another type."""
    own, other = ELSEWHERE.get(thing.name, {}).get(written, ("", None))
    kind = node.entries.get("type")
    return None if kind is not None and isinstance(kind.value, Scalar) and kind.value.text == own else other


def advice(other: Spelling, *, as_key: bool, before: str = "") -> str:
    """The hint of another tool's spelling."""
    ours = f'write "{other.ours}{":" if as_key else ""}"' if not before else f'write "{before}{other.ours}"'
    return " ".join(part for part in (ours if other.ours else "", other.note) if part)


def _plain_reference(found: re.Match[str]) -> str:
    return found[1].split("__")[-1]
