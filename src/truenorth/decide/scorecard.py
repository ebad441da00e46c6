"""The scorecard: all key metrics of a company in three bands, and one sentence on what changed most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from truenorth.analyze.movers import headline
from truenorth.base.period import Grain, Moment, day_of
from truenorth.base.table import Value
from truenorth.decide.annotation import Annotation
from truenorth.decide.card import Card, card
from truenorth.decide.series import Series, Setting, from_the_beginning, shape_of
from truenorth.decide.target import Stretch
from truenorth.decide.words import stretch_words, than
from truenorth.define.model import Model
from truenorth.query.answer import Answer

BANDS: tuple[tuple[str, str, str], ...] = (
    ("customer", "Customers", "what people do and whether they stay"),
    ("operational", "Operations", "whether it works, and how fast"),
    ("financial", "Money", "what it earns and what it costs"),
    ("", "Others", "metrics without a domain"),
)


@dataclass(frozen=True, slots=True)
class Band:
    """The cards of one domain: `domain` customer, operational, financial, or empty."""

    domain: str
    title: str
    subtitle: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The home page as values: `period` in words is the latest complete one, all cards show it."""

    bands: tuple[Band, ...]
    headline: str
    grain: Grain
    vs: str
    than: str
    start: Moment | None
    period: str
    as_of: datetime
    timezone: str
    notes: tuple[str, ...] = ()
    happened: tuple[Annotation, ...] = ()

    @property
    def cards(self) -> tuple[Card, ...]:
        """All cards, band after band."""
        return tuple(card for band in self.bands for card in band.cards)


def scorecard(
    model: Model, answers: Sequence[Answer], grain: Grain, vs: str, as_of: datetime, noted: Sequence[Annotation] = ()
) -> Scorecard:
    """The scorecard of answers that have one row a period of `grain` and no other dimension.

    Where data ends at several times there is an answer for each; a card shows the latest complete period of its own
    answer, and the scorecard is named after the one that most cards show.

    `vs` is "prev" (the period before, from the same series) or "year" (the answer's comparison columns, else the same
    series a year earlier). The cards stand in the order of the workspace's `home`, else in the order asked.
    """
    latest = shown_by_most(answers)
    setting = Setting(vs or "prev", model.workspace.locale, model.workspace.week_start, latest)
    cards = in_order(model, [one for answer in answers for one in cards_of(model, answer, grain, setting)])
    bands = (Band(domain, title, text, in_band(cards, domain)) for domain, title, text in BANDS)
    stretch = Stretch(day_of(latest), grain, setting.week_start) if latest is not None else None
    return Scorecard(
        bands=tuple(band for band in bands if band.cards),
        headline=headline([card.mover for card in cards if card.state != "unknown"]),
        grain=grain,
        vs=setting.vs,
        than=than(grain, setting.vs),
        start=latest,
        period=stretch_words(stretch, setting.locale) if stretch else "no complete period yet",
        as_of=as_of,
        timezone=answers[0].timezone,
        notes=tuple(dict.fromkeys(note for answer in answers for note in answer.notes)),
        happened=tuple(one for one in noted if stretch and stretch.start <= one.happened_on < stretch.end),
    )


def cards_of(model: Model, answer: Answer, grain: Grain, setting: Setting) -> list[Card]:
    """The cards of one answer, each for its latest complete period."""
    own = replace(setting, latest=latest_complete(answer), page=setting.latest)
    return [card(series, own) for series in from_the_beginning(all_series(model, answer, grain))]


def in_order(model: Model, cards: Sequence[Card]) -> list[Card]:
    """Cards in the order of the workspace's home, else as asked; those of several answers as they are defined."""
    home = {name: place for place, name in enumerate(model.workspace.home)}
    starts = {one.start for one in cards}
    defined = {name: place if len(starts) > 1 else 0 for place, name in enumerate(model.metrics)}
    return sorted(cards, key=lambda one: (home.get(one.name, len(home)), defined[one.name]))


def shown_by_most(answers: Sequence[Answer]) -> Moment | None:
    """The latest complete period of most metrics; of two with as many, the later one."""
    counts = Counter[Moment]()
    for answer in answers:
        latest = latest_complete(answer)
        if latest is not None:
            counts[latest] += len(answer.query.metrics)
    return max(counts, key=lambda one: (counts[one], one), default=None)


def in_band(cards: Sequence[Card], domain: str) -> tuple[Card, ...]:
    """The cards of one domain, in their order."""
    return tuple(card for card in cards if card.domain == domain)


def latest_complete(answer: Answer) -> Moment | None:
    """The newest period of an answer that is over."""
    return max((start for start in starts_of(answer) if start not in answer.incomplete), default=None)


def starts_of(answer: Answer) -> tuple[Moment, ...]:
    """The periods of an answer in the order of its rows."""
    column = next((column.name for column in answer.table.columns if column.role == "time"), "")
    if not column:
        return ()
    return tuple(start for start in answer.table.column(column) if isinstance(start, Moment))


def all_series(model: Model, answer: Answer, grain: Grain) -> tuple[Series, ...]:
    """One series a metric, in time order, the workspace's home order first."""
    starts = starts_of(answer)
    order = sorted(range(len(starts)), key=starts.__getitem__)

    def ordered(name: str) -> tuple[Value, ...]:
        values = answer.table.column(name)
        return tuple(values[at] for at in order)

    earlier = {column.of: column.name for column in answer.table.columns if column.role == "previous"}
    home = {name: place for place, name in enumerate(model.workspace.home)}
    asked = {column.name: column for column in answer.table.columns if column.role == "metric"}
    return tuple(
        Series(
            metric=structs.replace(model.metrics[name], unit=asked[name].unit, currency=asked[name].currency),
            grain=grain,
            starts=tuple(starts[at] for at in order),
            values=ordered(name),
            incomplete=frozenset(start for start in answer.incomplete if isinstance(start, Moment)),
            earlier=ordered(earlier[name]) if name in earlier else None,
            additivity=answer.additivity.get(name, ""),
            shape=shape_of(model, model.metrics[name]),
        )
        for name in sorted(asked, key=lambda name: home.get(name, len(home)))
    )
