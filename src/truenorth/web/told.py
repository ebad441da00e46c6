"""As known when, and in which currency: chosen in the address of a page, and said on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import date
from pathlib import Path

from msgspec.structs import replace

from truenorth.collect.data import Data
from truenorth.decide.annotation import Annotation
from truenorth.decide.scorecard import Scorecard
from truenorth.define.graph import computed_from
from truenorth.define.model import Model
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.web.question import Workspace
from truenorth.web.state import State
from truenorth.web.view import Chip, Telling

KEYS = ("as_of", "currency")


@dataclass(frozen=True)
class Told:
    """A workspace whose answers are all as they were known at a time, and in a currency."""

    workspace: Workspace
    as_of: str
    currency: str

    @property
    def model(self) -> Model:
        return self.workspace.model

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    @property
    def data(self) -> Data:
        return self.workspace.data

    def query(self, query: MetricQuery, /) -> Answer:
        """The answer to a question of a page."""
        return self.workspace.query(replace(query, as_of=self.as_of, currency=self.currency))

    def scorecard(self, grain: str, vs: str) -> Scorecard:
        return self.workspace.scorecard(grain, vs)

    def annotations(self) -> tuple[Annotation, ...]:
        return self.workspace.annotations()


def as_told(workspace: Workspace, state: State) -> Workspace:
    """The workspace as a page's address wants its numbers told."""
    return Told(workspace, state.as_of, state.currency) if state.as_of or state.currency else workspace


def telling(model: Model, names: Iterable[str], state: State, defaults: State, path: str) -> Telling:
    """The control of a page about some metrics, and the chips that say what was chosen."""
    plain = state.without(defaults)
    return Telling(
        action=path,
        kept=tuple(pair for pair in plain.pairs() if pair[0] not in KEYS),
        as_of=state.as_of if is_day(state.as_of) else "",
        currency=state.currency,
        converts=any(converts(model, name) for name in names),
        chips=tuple(_chips(plain, path)),
    )


def _chips(plain: State, path: str) -> Iterator[Chip]:
    if plain.as_of:
        words = f"as known on {day_named(plain.as_of)}" if is_day(plain.as_of) else f"as known at {plain.as_of}"
        yield Chip(words, href=changed(plain, as_of="").url(path), hint="with all that came in since")
    if plain.currency:
        yield Chip(f"in {plain.currency}", href=changed(plain, currency="").url(path), hint="as it is defined")


def converts(model: Model, name: str) -> bool:
    """Whether a metric rests on amounts that are converted, and so can be told in any currency."""
    return name in model.metrics and any(one.convert for one in computed_from(model, name))


def is_day(text: str) -> bool:
    """Whether a text is a day in ISO.

    >>> is_day("2026-06-01"), is_day("2026-06-01T08:00"), is_day("")
    (True, False, False)
    """
    try:
        return len(text) == len("2026-06-01") and date.fromisoformat(text) is not None
    except ValueError:
        return False


def day_named(text: str) -> str:
    """A day as a person writes it.

    >>> day_named("2026-06-01")
    '1 Jun 2026'
    """
    day = date.fromisoformat(text)
    return f"{day.day} {day:%b %Y}"
