"""Policies as data: each choice on which tools disagree about a balance of subscriptions, and what it rewrites.

A file of `define/policy/` is one policy. A choice rewrites, as expressions over the roles of `define/roles.py` in
braces: `counts` (conditions that a row counts), `less` (what is taken off its amount), `times` and `over` (what makes a
price one of a month), `starts` and `lasts` (its start or end instead of `{start}` and `{end}`), `no_earlier` and
`no_later` (days before which it does not start, after which it does not last) and `at_zero`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

from msgspec import Struct, convert

from truenorth.base.errors import DefinitionError, did_you_mean
from truenorth.define.graph import computed_from
from truenorth.define.model import Model

DAYS = re.compile(r"after_(\d{1,4})_days")
# Of metrics of people: `define/habits.py` reads it.
HABITS = "people.yml"
DAYS_CHOICE = "after_{days}_days"


class Rewrites(Struct, frozen=True, forbid_unknown_fields=True):
    """What a choice does to a row; an expression that reads a role that a dataset has not says nothing there."""

    counts: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    lasts: tuple[str, ...] = ()
    no_earlier: tuple[str, ...] = ()
    no_later: tuple[str, ...] = ()
    at_zero: str = ""


# The kinds of rewriting that are lists of expressions.
LISTS = ("counts", "less", "times", "over", "starts", "lasts", "no_earlier", "no_later")


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to settle a question."""

    label: str
    explanation: str
    rewrites: Rewrites = Rewrites()


class MoneyPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """One question on which tools disagree: its choices, the one that holds unless another is named, and who chooses
    what."""

    name: str
    question: str
    default: str
    vendors: dict[str, str]
    choices: dict[str, Choice]

    def choice(self, word: str) -> Choice | None:
        """The choice of that name; a number of days may stand in it."""
        found = DAYS.fullmatch(word)
        if word in self.choices or found is None or DAYS_CHOICE not in self.choices:
            return self.choices.get(word)
        return self.choices[DAYS_CHOICE]


class Held(Struct, frozen=True):
    """The choice that holds for a metric, and by whose word: said, the name of a preset, or default."""

    policy: str
    choice: str
    label: str
    by: str


def policies() -> Mapping[str, MoneyPolicy]:
    """All policies by name."""
    return _read()


@lru_cache(maxsize=1)
def _read() -> dict[str, MoneyPolicy]:
    import yaml

    folder = files("truenorth.define") / "policy"
    found: dict[str, MoneyPolicy] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yml") and entry.name != HABITS:
            text = entry.read_text(encoding="utf-8")
            one = convert(yaml.load(text, Loader=yaml.CSafeLoader), MoneyPolicy)
            found[one.name] = one
    return found


def chosen(said: Mapping[str, str], compat: str = "") -> dict[str, str]:
    """The choice of every policy: what is said, else what the preset chooses, else the default.

    >>> chosen({"trials": "counted"}, "paddle")["discounts"], chosen({})["discounts"]
    ('list_price', 'recurring')
    """
    return {name: said.get(name) or one.vendors.get(compat, one.default) for name, one in policies().items()}


def held(model: Model, name: str) -> tuple[Held, ...]:
    """Which policies hold for a metric that rests on them, in the order of their names; none for others."""
    metric = model.metrics[name]
    if (metric.balance or name) not in model.written:
        return ()
    found = []
    for policy, word in chosen(metric.policies, metric.compat).items():
        choice = policies()[policy].choice(word)
        by = "said" if policy in metric.policies else metric.compat or "default"
        if choice is not None:
            found.append(Held(policy, word, choice.label, by))
    return tuple(found)


def held_by(model: Model, metrics: Iterable[str]) -> list[str]:
    """The policies that hold for metrics and what they are computed from, a line for each balance."""
    rests = [one for name in metrics for one in computed_from(model, name)]
    lines = {one.balance or one.name: held(model, one.name) for one in rests if held(model, one.name)}
    return [
        f"policies of {name}: " + ", ".join(f"{one.policy} {one.choice} ({one.by})" for one in found)
        for name, found in lines.items()
    ]


def unknown(name: str, word: str) -> DefinitionError | None:
    """What is wrong with a choice that somebody writes; None where nothing is."""
    every = policies()
    if name not in every:
        hint = did_you_mean(name, every) or f"there are {', '.join(every)}"
        return DefinitionError("E_UNKNOWN_POLICY", f'no policy is called "{name}"', hint=hint)
    if every[name].choice(word) is None or word == DAYS_CHOICE:
        choices = [one.replace("{days}", "30") for one in every[name].choices]
        hint = did_you_mean(word, choices) or f"it is {', '.join(choices)}"
        return DefinitionError("E_UNKNOWN_POLICY", f'the policy "{name}" has no choice "{word}"', hint=hint)
    return None


def words(text: str, word: str) -> str:
    """An expression of a choice with the number of days that its name holds."""
    found = DAYS.fullmatch(word)
    return text.replace("{days}", found[1]) if found else text
