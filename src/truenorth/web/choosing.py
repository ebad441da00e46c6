"""What can be chosen for a journey that is tried out, and the definition that the choices come to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from truenorth.define.model import Metric, Model
from truenorth.define.part import is_journey
from truenorth.define.trial import Value

NAME, MOST_STEPS = "explored", 8
ANY = {"dataset": "Rows of", "entity": "Whose (a field)"}
FORMS: Mapping[str, Mapping[str, str]] = {
    "funnel": {"on": "Steps are values of", "window": "All within", "order": "Order", "filter": "Only rows where"},
    "retention": {
        "start": "Begins with", "returns": "Comes back with", "period": "Period", "after": "Periods after",
        "first": "Which start", "criteria": "When", "filter": "Only rows where",
    },
    "lifecycle": {"period": "Period", "filter": "Only rows where"},
    "sessions": {"idle": "Ends after a pause of", "session": "Named by (a field)", "filter": "Only rows where"},
    "paths": {"node": "Nodes are values of", "from": "From", "to": "or to", "depth": "Nodes",
              "filter": "Only rows where"},
}  # fmt: skip
ASIDE = ("on", "step")
# What is asked of the metric and is no key of it.
SPLIT = {"by": "Split by (a field)"}
USUAL = {"window": "7 days", "period": "week", "idle": "30 minutes", "depth": "4", "after": "1"}


@dataclass(frozen=True, slots=True)
class Blank:
    """One thing to fill in: its key, its words, what stands there, and what may."""

    key: str
    label: str
    value: str
    choices: tuple[str, ...] = ()


def usual(model: Model, kind: str) -> dict[str, Sequence[str]]:
    """What is chosen before anybody chose: as the first journey has it, best one of this kind."""
    journeys = [one for one in model.metrics.values() if is_journey(one)]
    journeys.sort(key=lambda one: one.type != kind)
    if not journeys:
        return {"dataset": list(model.datasets)[:1]}
    like = journeys[0]
    found: dict[str, Sequence[str]] = {"dataset": [like.dataset], "entity": [like.entity]}
    if like.type == kind:
        found |= {key: [_said(like, key)] for key in FORMS[kind] if _said(like, key)}
        found |= {"step": [one.filter for one in like.steps]} if kind == "funnel" else {}
    return found


def _said(metric: Metric, key: str) -> str:
    value = getattr(metric, "from_" if key == "from" else key, "")
    return "" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


def blanks(model: Model, kind: str, given: Mapping[str, Sequence[str]]) -> Iterator[Blank]:
    """The things to fill in, in the order of the page."""
    dataset = model.datasets.get(_first(given, "dataset"))
    fields = tuple(one.name for one in dataset.fields) if dataset else ()
    offered = {"dataset": tuple(model.datasets), **dict.fromkeys(("entity", "on", "node", "session", "by"), fields)}
    for key, label in {**ANY, **FORMS[kind], **({} if kind == "paths" else SPLIT)}.items():
        yield Blank(key, label, _first(given, key), offered.get(key, ()))


def chosen(kind: str, given: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    """The keys of the metric that the choices come to."""
    keys: dict[str, Value] = {"name": NAME, "type": kind}
    for key in (*ANY, *FORMS[kind]):
        word = _first(given, key) or ("" if key in given else USUAL.get(key, ""))
        if word and key not in ASIDE:
            keys[key] = word
    steps = [one.strip() for one in given.get("step", ())[:MOST_STEPS] if one.strip()]
    return {**keys, "steps": named(steps, _first(given, "on"))} if kind == "funnel" else keys


def named(steps: Sequence[str], field: str) -> list[dict[str, str]]:
    """Steps with their names: each a value of a field, or a condition where no field is chosen.

    >>> named(["sign up", "it's paid"], "event")[1]
    {'name': 'it_s_paid', 'filter': "event = 'it''s paid'"}
    """
    found: list[dict[str, str]] = []
    for at, text in enumerate(steps, 1):
        whole = re.findall(r"'([^']*)'", text)
        words = re.sub(r"\W+", "_", text if field or not whole else whole[0], flags=re.ASCII).strip("_").lower()
        name = words if words and not words[0].isdigit() else f"step_{at}"
        name = f"{name}_{at}" if name in [one["name"] for one in found] else name
        doubled = text.replace("'", "''")
        found.append({"name": name[:40], "filter": f"{field} = '{doubled}'" if field else text})
    return found


def _first(given: Mapping[str, Sequence[str]], key: str) -> str:
    return next((one.strip() for one in given.get(key, ())), "")
