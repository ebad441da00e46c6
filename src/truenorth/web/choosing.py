"""What can be chosen for a journey that is tried out, and the definition that the choices come to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from truenorth.define.keys import THINGS
from truenorth.define.model import Metric, Model
from truenorth.define.part import is_journey
from truenorth.define.trial import Value

NAME, MOST_STEPS = "explored", 20
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
# What fewer people choose.
MORE: Mapping[str, Mapping[str, str]] = {
    "funnel": {
        "reentry": "Which attempt", "count": "Counts", "exclusion": "Ended by", "exclude": "Whoever is ended",
        "hold": "The same at every step (fields)", "attribution": "Split by the value at",
    },
    "retention": {"buckets": "Periods are", "brackets": "Periods begin after", "value": "Adds up"},
    "lifecycle": {},
    "sessions": {
        "cap": "Lasts at most", "opens": "Opened by rows where", "view": "Views are rows where",
        "key": "Engaged by rows where", "engaged_after": "Engaged after", "bounce": "Bounces are",
    },
    "paths": {"window": "All within", "collapse": "Repeats are one", "top": "Most ways"},
}  # fmt: skip
ASIDE = ("on", "step", "exclusion")
# What is asked of the metric and is no key of it.
SPLIT = {"by": "Split by (a field)", "vs": "Compare with"}
COMPARED = ("prev", "year")
USUAL = {"window": "7 days", "period": "week", "idle": "30 minutes", "depth": "4", "after": "1"}


KEYS = {one.name: one for one in THINGS["metric"].keys}


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
        own = (*FORMS[kind], *(key for key in MORE[kind] if getattr(like, key, None) != _unsaid(key)))
        found |= {key: [_said(like, key)] for key in own if _said(like, key)}
        found |= {"step": [one.filter for one in like.steps]} if kind == "funnel" else {}
        found |= {"exclusion": [one.filter for one in like.exclusions]} if like.exclusions else {}
    return found


def _unsaid(key: str) -> object:
    """What a metric has that does not say a key."""
    return getattr(Metric("", "funnel"), key, None)


def _said(metric: Metric, key: str) -> str:
    value = getattr(metric, "from_" if key == "from" else key, "")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


def blanks(model: Model, kind: str, given: Mapping[str, Sequence[str]], more: bool = False) -> Iterator[Blank]:
    """The things to fill in, in the order of the page; or `more` of them."""
    dataset = model.datasets.get(_first(given, "dataset"))
    fields = tuple(one.name for one in dataset.fields) if dataset else ()
    offered = {"dataset": tuple(model.datasets), "vs": COMPARED}
    offered |= dict.fromkeys(("entity", "on", "node", "session", "by", "hold", "value"), fields)
    asked = MORE[kind] if more else {**ANY, **FORMS[kind], **({} if kind == "paths" else SPLIT)}
    for key, label in asked.items():
        yield Blank(key, label, _first(given, key), offered.get(key) or choices(key))


def choices(key: str) -> tuple[str, ...]:
    """The words that a key may have; none where it may have any."""
    known = KEYS.get(key)
    return () if known is None else ("true", "false") if known.kind == "flag" else known.choices


def chosen(kind: str, given: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    """The keys of the metric that the choices come to."""
    keys: dict[str, Value] = {"name": NAME, "type": kind}
    for key in (*ANY, *FORMS[kind], *MORE[kind]):
        word = _first(given, key) or ("" if key in given or key in MORE[kind] else USUAL.get(key, ""))
        if word and key not in ASIDE:
            keys[key] = value_of(key, word)
    if kind != "funnel":
        return keys
    steps, ends = ([one.strip() for one in given.get(key, ())[:MOST_STEPS]] for key in ("step", "exclusion"))
    field = _first(given, "on")
    keys["steps"] = named([one for one in steps if one], field)
    found = [{"filter": condition(one, field)} for one in ends if one]
    return {**keys, "exclusions": found} if found else keys


def value_of(key: str, word: str) -> Value:
    """A word as the value of a key: several where it holds names, yes or no where it is a choice of these.

    >>> value_of("hold", "plan, country"), value_of("collapse", "false"), value_of("idle", "1 hour")
    (['plan', 'country'], False, '1 hour')
    """
    kind = KEYS[key].kind
    if kind == "names":
        return [one.strip() for one in word.split(",") if one.strip()]
    return word == "true" if kind == "flag" and word in ("true", "false") else word


def condition(text: str, field: str) -> str:
    """A value of a field as a condition, or the condition that stands there.

    >>> condition("it's paid", "event"), condition("event = 'paid'", "")
    ("event = 'it''s paid'", "event = 'paid'")
    """
    doubled = text.replace("'", "''")
    return f"{field} = '{doubled}'" if field else text


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
        found.append({"name": name[:40], "filter": condition(text, field)})
    return found


def _first(given: Mapping[str, Sequence[str]], key: str) -> str:
    return next((one.strip() for one in given.get(key, ())), "")
