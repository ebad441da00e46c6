"""The metrics of one subject being written down: short words for what rules say often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from truenorth.discover.facts import unquoted
from truenorth.discover.made import Made, plain, standard
from truenorth.discover.subject import Subject
from truenorth.discover.world import World


@dataclass(frozen=True)
class Book:
    """Writes metrics of a subject into the world. Each door gives the metric's name, "" where it was not written;
    what is made of a metric that was not written is not written either."""

    world: World
    subject: Subject
    domain: str

    def add(self, made: Made | None, weight: float = 0.0) -> str:
        """A metric that is made already."""
        return self.world.add(self.subject, made, weight)

    def count(self, name: str, label: str, where: str, weight: float, **keys: Any) -> str:
        """How many rows; 0 where there are none."""
        return self.rows("count", name, label, "", {"filter": where, "fill_nulls_with": 0} | keys, weight)

    def people(self, name: str, label: str, expr: str, where: str, weight: float, **keys: Any) -> str:
        """How many different ones."""
        return self.rows("count_distinct", name, label, expr, {"filter": where} | keys, weight)

    def money(self, name: str, label: str, expr: str, where: str, weight: float, **keys: Any) -> str:
        """A sum of amounts."""
        return self.rows("sum", name, label, expr, {"filter": where, "unit": "currency"} | keys, weight)

    def rows(self, agg: str, name: str, label: str, expr: str, keys: dict[str, Any], weight: float) -> str:
        """One aggregation of rows."""
        if agg not in ("count",) and not expr:
            return ""
        mapping = {"type": "simple", "dataset": self.subject.name, "agg": agg, "expr": expr} | keys
        # A name in SQL may stand in quotes; the key `time:` holds the name alone.
        mapping["time"] = unquoted(str(mapping.get("time", "")))
        return self.add(plain(self._head(name, label) | mapping), weight)

    def ratio(self, name: str, label: str, parts: tuple[str, str], weight: float, **keys: Any) -> str:
        """One metric over another."""
        above, below = parts
        if not (above and below):
            return ""
        mapping = {"type": "ratio", "numerator": above, "denominator": below}
        return self.add(plain(self._head(name, label) | mapping | keys), weight)

    def formula(self, name: str, label: str, expr: str, parts: tuple[str, ...], weight: float, **keys: Any) -> str:
        """A formula over metrics."""
        if not all(parts):
            return ""
        mapping = {"type": "derived", "expr": expr, "input_metrics": [{"name": one} for one in parts]}
        return self.add(plain(self._head(name, label) | mapping | keys), weight)

    def running(self, name: str, label: str, of: str, weight: float = 0.0, **keys: Any) -> str:
        """A metric accumulated since ever, or over a window."""
        if not of:
            return ""
        head = self._head(name, label) if weight else {"name": name, "label": label, "direction": "up"}
        return self.add(plain(head | {"type": "cumulative", "input_metric": of} | keys), weight)

    def standard(self, name: str, slots: Mapping[str, str], weight: float, text: str = "", called: str = "") -> str:
        """A standard metric, where there is one that takes these slots."""
        given = dict(slots) | ({"time": unquoted(slots["time"])} if slots.get("time") else {})
        return self.add(standard(name, self.subject.name, given, text, called), weight)

    def _head(self, name: str, label: str) -> dict[str, Any]:
        return {"name": name, "label": label, "domain": self.domain, "direction": "up"}
