"""Definitions on their way into files, and what could not come along."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from truenorth.base.errors import Place

PLURALS = {"dataset": "datasets", "relationship": "relationships", "metric": "metrics", "slo": "slos"}


@dataclass(frozen=True, slots=True)
class Item:
    """One definition of ours as its keys and values; `topic` names its file, `origin` where it was defined before."""

    kind: str
    keys: dict[str, Any]
    topic: str
    origin: Place

    @property
    def name(self) -> str:
        return str(self.keys["name"])


@dataclass(frozen=True, slots=True)
class Loss:
    """What could not be carried, and why. `code` is the name that Ossie's and dbt's converters give it, or ours."""

    code: str
    what: str
    why: str
    origin: Place

    def __str__(self) -> str:
        return f"{self.origin}  {self.code}  {self.what}: {self.why}"


@dataclass(slots=True)
class Carried:
    """All that was carried, all that was not, and the other tool's defaults that are now stated."""

    items: list[Item] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    stated: dict[str, int] = field(default_factory=dict)
    workspace: dict[str, Any] = field(default_factory=dict)

    def lose(self, code: str, what: str, why: str, origin: Place) -> None:
        """Notes what could not be carried, once."""
        loss = Loss(code, what, why, origin)
        if loss not in self.losses:
            self.losses.append(loss)

    def state(self, words: str) -> None:
        """Notes that a default of the other tool stands in a definition."""
        self.stated[words] = self.stated.get(words, 0) + 1

    def named(self, kind: str) -> dict[str, Item]:
        """The items of one kind by name."""
        return {one.name: one for one in self.items if one.kind == kind}
