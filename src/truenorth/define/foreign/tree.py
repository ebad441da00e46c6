"""Another tool's file, read leniently: each value knows its place, and what is shaped wrongly is noted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from truenorth.base.errors import DefinitionError, Place
from truenorth.define.yaml import Entry, Mapping, Node, Scalar, Sequence, read_document

BORDER = re.compile(r"^---(\s.*)?$", re.MULTILINE)
DEEPEST = 100
Errors = list[DefinitionError]


class Tree:
    """One value of a foreign file. What is asked of it and is not there is empty; what is there in another shape is
    noted in `errors` and empty too."""

    def __init__(self, node: Node | None, file: str, errors: Errors, spot: tuple[int, int] = (1, 1)) -> None:
        self.node = node
        self.file = file
        self.errors = errors
        self.spot = (node.line, node.column) if node is not None else spot

    @property
    def place(self) -> Place:
        return Place(self.file, *self.spot)

    @property
    def there(self) -> bool:
        """Whether something is written here."""
        return self.node is not None and not (isinstance(self.node, Scalar) and self.node.empty)

    @property
    def is_text(self) -> bool:
        return isinstance(self.node, Scalar) and not self.node.empty

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, Mapping)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys written here."""
        return tuple(self.node.entries) if isinstance(self.node, Mapping) else ()

    def get(self, *names: str) -> Tree:
        """The value of a key, or of the first of several spellings that is there."""
        for name in names:
            entry = self.node.entries.get(name) if isinstance(self.node, Mapping) else None
            if entry is not None:
                found = Tree(entry.value, self.file, self.errors)
                found.spot = (entry.line, entry.column)
                return found
        if self.there and not self.is_mapping:
            self.wrong("keys such as " + names[0])
        return Tree(None, self.file, self.errors, self.spot)

    def text(self, *names: str) -> str:
        """The text of a key, or of this value itself; "" where there is none."""
        found = self.get(*names) if names else self
        if isinstance(found.node, Scalar):
            return "" if found.node.empty else found.node.text.strip()
        if found.there:
            found.wrong("a text")
        return ""

    def flag(self, name: str) -> bool:
        """Whether a key says true."""
        return self.text(name).lower() in ("true", "yes", "on")

    def number(self, name: str) -> float | None:
        """The number of a key, if one is written there."""
        text = self.text(name)
        if not text:
            return None
        try:
            return float(text)
        except ValueError:
            self.get(name).wrong("a number")
            return None

    def items(self, *names: str) -> Iterator[Tree]:
        """The values of a list; a single mapping is a list of one."""
        found = self.get(*names) if names else self
        if isinstance(found.node, Sequence):
            for item in found.node.items:
                yield Tree(item, self.file, self.errors)
        elif isinstance(found.node, Mapping):
            yield found
        elif found.there:
            found.wrong("a list")

    def texts(self, *names: str) -> tuple[str, ...]:
        """The texts of a list; a single text is a list of one."""
        found = self.get(*names)
        if found.is_text:
            return (found.text(),)
        return tuple(text for item in found.items() if (text := item.text()))

    def wrong(self, wanted: str) -> None:
        """Notes that something else was expected here."""
        kind = "a list" if isinstance(self.node, Sequence) else "a mapping" if self.is_mapping else f'"{self.shown}"'
        message = f"here should stand {wanted}, not {kind}"
        self.errors.append(DefinitionError("E_FOREIGN_SHAPE", message, where=self.place))

    @property
    def shown(self) -> str:
        """The text of this value, cut when long."""
        text = self.node.text if isinstance(self.node, Scalar) else ""
        return text if len(text) <= 60 else text[:59] + "…"


def trees(text: str, file: str, errors: Errors) -> Iterator[Tree]:
    """The documents of a YAML or JSON text; what cannot be read is noted in `errors`."""
    if text.lstrip()[:1] in ("{", "[") and not json_is_fine(text, file, errors):
        return
    for document in documents(text):
        try:
            read = read_document(document, file)
        except RecursionError:
            message = "lists and mappings lie in each other too deeply to be read"
            errors.append(DefinitionError("E_FOREIGN_SHAPE", message, where=Place(file)))
            continue
        errors += read.errors
        if read.root is not None:
            yield Tree(read.root, file, errors)


def json_is_fine(text: str, file: str, errors: Errors) -> bool:
    """Whether a text that begins like JSON is JSON (or YAML in braces); notes where it breaks off."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        if not file.endswith(".json"):
            return True
        place = Place(file, error.lineno, error.colno)
        errors.append(DefinitionError("E_YAML", f"not JSON: {error.msg}", where=place))
        return False
    except RecursionError:
        found = None
    if found is None or depth(found) > DEEPEST:
        message = "lists and mappings lie in each other too deeply to be read"
        errors.append(DefinitionError("E_FOREIGN_SHAPE", message, where=Place(file)))
        return False
    return True


def depth(value: Any) -> int:
    """How deeply lists and mappings lie in each other, as far as it matters."""
    layers, level = [value], 0
    while layers and level <= DEEPEST:
        level += 1
        inside = [one for one in layers if isinstance(one, dict | list)]
        layers = [item for one in inside for item in (one.values() if isinstance(one, dict) else one)]
    return level


def documents(text: str) -> Iterator[str]:
    """The documents of a text, each with blank lines before it, so that lines keep their numbers.

    >>> [one.splitlines() for one in documents("a: 1\\n---\\nb: 2\\n")]
    [['a: 1'], ['', '', 'b: 2']]
    """
    start = 0
    for border in [*BORDER.finditer(text), None]:
        end = border.start() if border else len(text)
        part = text[start:end]
        if part.strip():
            yield "\n" * text.count("\n", 0, start) + part
        if border:
            start = border.end()
            if border[1] and border[1].strip() and not border[1].strip().startswith("#"):
                start = border.start() + 3


def plain(node: Node | None) -> Any:
    """A value as Python has it: texts, numbers where they are written plainly, lists and mappings."""
    if isinstance(node, Mapping):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if node is None or node.empty:
        return None
    return node.text


def only(entry: Entry | None) -> Node | None:
    """The value of an entry, if there is one."""
    return entry.value if entry is not None else None
