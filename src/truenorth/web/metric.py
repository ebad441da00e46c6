"""The metric page: one anatomy for every metric."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Unpack

from truenorth.analyze.compare import Change, change
from truenorth.base import period
from truenorth.base.locale import MINUS
from truenorth.base.period import day_of, grain_of, period_label
from truenorth.base.period import spoken as in_words
from truenorth.base.quantity import format_value
from truenorth.base.table import Value
from truenorth.decide.sold import price_of
from truenorth.decide.words import change_words, range_words
from truenorth.query.granularity import can_tell, known_by
from truenorth.query.request import Filter
from truenorth.web import code
from truenorth.web.balance import movements
from truenorth.web.board import board, words
from truenorth.web.closed import closed
from truenorth.web.comings import comings
from truenorth.web.figure import figure
from truenorth.web.lesson import lesson
from truenorth.web.listing import address
from truenorth.web.question import DEFAULTS, Asked, grain_for
from truenorth.web.sheet import sheet
from truenorth.web.snippet import snippets
from truenorth.web.speak import amount, data_end, delta, labelled, listed, number, person, sentence_case, spoken, tidy
from truenorth.web.stages import stages
from truenorth.web.state import Changes, State
from truenorth.web.stretch import beside
from truenorth.web.taken import taken
from truenorth.web.told import telling
from truenorth.web.track import Track, track
from truenorth.web.trade import traded
from truenorth.web.view import Chip, Choice, Control, Delta, Detail, Fact
from truenorth.web.why import why

RANGES = (("7d", "7 d", "1"), ("30d", "30 d", "3"), ("90d", "90 d", "9"), ("12m", "12 m", "y"), ("all", "All", "a"))
GRAINS = (("day", "Day", "d"), ("week", "Week", "w"), ("month", "Month", "m"), ("quarter", "Quarter", "q"))
COMPARES = (("prev", "vs previous", "c"), ("year", "vs last year", "shift+c"), ("none", "no comparison", ""))
TABS = (("definition", "Definition"), ("sql", "SQL"), ("data", "Data"))
TWINS = ("csv", "json", "xlsx", "md", "svg", "png")
DOMAINS = {"customer": "Customers", "operational": "Operations", "financial": "Money", "": "Others"}
SPANS = {"7d": "Last 7 days", "30d": "Last 30 days", "90d": "Last 90 days", "12m": "Last 12 months", "all": "All time"}
JOINER = "\u2060"
UNBROKEN_DASH = f"{JOINER}–{JOINER}"


def detail(asked: Asked, notes: tuple[str, ...] = ()) -> Detail:
    """The view of a metric."""
    metric, state = asked.metric, asked.state
    line = track(asked)
    total = asked.total.table.column(metric.name)[0] if len(asked.total.table) else None
    status, sentence = judgement(asked, line)
    tab = state.tab if state.tab in dict(TABS) else "definition"
    told = lesson(asked, line)
    return Detail(
        name=metric.name,
        title=metric.title,
        crumbs=(
            Choice("Metrics", "/metrics"),
            Choice(DOMAINS[metric.domain], f"/metrics?q={metric.domain}" if metric.domain else "/metrics"),
            *_balance_of(asked),
        ),
        question=told.question or metric.description,
        chips=_chips(asked),
        controls=_controls(asked),
        filters=_filters(asked),
        kept=tuple(pair for pair in state.without(DEFAULTS).pairs() if pair[0] != "range"),
        amount=amount(total, metric.unit, metric.currency, asked.model.workspace.locale),
        period=_period(asked),
        sentence=sentence,
        status=status,
        facts=_facts(asked, line),
        figure=figure(asked, line) if asked.timed else None,
        boards=tuple(board(asked, field, answer) for field, answer in asked.boards),
        lesson=told,
        tabs=tuple(
            Choice(label, replace(state, tab=name).without(DEFAULTS).url(f"/m/{metric.name}") + "#tabs", name == tab)
            for name, label in TABS
        ),
        tab=tab,
        code=code.sql(code.shortened(asked.series.sql)) if tab == "sql" else code.yaml(asked.definition),
        sheet=sheet(asked, line) if tab == "data" else None,
        twins=tuple(Choice(f".{kind}", _to(asked, f"/m/{metric.name}.{kind}")) for kind in TWINS),
        snippets=snippets(asked),
        told=telling(asked.model, (metric.name,), _in_time(asked), DEFAULTS, f"/m/{metric.name}"),
        notes=notes,
        delta=_delta(asked),
        caveats=caveats(asked),
        why=why(asked),
        movements=movements(asked),
        stages=stages(asked),
        comings=comings(asked),
        taken=taken(asked),
        ways=tuple(_ways(asked)),
        traded=traded(asked),
        closed=closed(asked),
    )


def _in_time(asked: Asked) -> State:
    """The state of a page; what has no time has no range to keep."""
    return asked.state if asked.timed else replace(asked.state, range="", vs="")


def _balance_of(asked: Asked) -> Iterator[Choice]:
    """The balance or the journey that a metric is a part of."""
    whole = asked.model.metrics.get(asked.metric.balance or asked.metric.of)
    if whole is not None:
        yield Choice(whole.title, _to(asked, f"/m/{whole.name}"))


def _ways(asked: Asked) -> Iterator[Choice]:
    """Other pages about the same metric."""
    if asked.lists:
        yield Choice("What lies behind it", address(asked.metric.name, replace(_in_time(asked), grain="", by="")))
    if asked.metric.type == "retention":
        yield Choice(
            "By cohort", replace(asked.state, grain="", vs="", by="", tab="").url(f"/retention/{asked.metric.name}")
        )
    if asked.metric.reported:
        yield Choice("Reported and ours", f"/gap/{asked.metric.name}")
    price = price_of(asked.model, asked.metric.name)
    if price is not None:
        yield Choice("By price, volume and mix", _to(asked, f"/m/{price.name}") + "#bridge")


def caveats(asked: Asked) -> tuple[str, ...]:
    """What must be known beside the number: rows left out, comparisons withheld, parts that overlap."""
    said = (*asked.series.notes, *asked.total.notes, *(asked.split.notes if asked.split else ()))
    start, begins = asked.total.span.start, asked.begins
    began = start is not None and begins is not None and day_of(start) < begins
    late = (f"The data begins on {begins.day} {begins:%b %Y}.",) if began and begins else ()
    return (*late, *uneven(asked), *dict.fromkeys(spoken(asked.model, note) for note in said))


def uneven(asked: Asked) -> tuple[str, ...]:
    """Why a coarser grain is not offered: its periods do not begin where those begin by which the time is known."""
    known = known_by(asked.model, asked.metric)
    left = [
        one for one, _, _ in GRAINS
        if known and period.GRAINS.index(grain_of(one)) > period.GRAINS.index(grain_of(known[-1]))
        and not can_tell(asked.model, asked.metric, one)
    ]  # fmt: skip
    names = listed([f"{one}s" for one in left])
    return (f"Its time is known by the {known[0]}: {known[0]}s cannot be put together to {names}.",) if left else ()


def _to(asked: Asked, path: str) -> str:
    return replace(asked.state, tab="").without(DEFAULTS).url(path)


def _period(asked: Asked) -> str:
    named = SPANS.get(asked.state.range)
    start, end, locale = asked.total.span.start, asked.total.span.end, asked.model.workspace.locale
    if start is None or end is None:
        return named or asked.state.range
    last = end - timedelta(hours=1) if isinstance(end, datetime) else end - timedelta(days=1)
    first_year = "" if start.year == last.year else f" {start.year}"
    first, final = (period_label(day_of(moment), "day", locale) for moment in (start, last))
    dates = f"{first}{first_year} – {final} {last.year}" if first != final or first_year else f"{final} {last.year}"
    return f"{named}, {dates}" if named else dates


def _change(asked: Asked) -> Change:
    table, metric = asked.total.table, asked.metric
    before = next((one.name for one in table.columns if one.role == "previous" and one.of == metric.name), "")
    if not before or not len(table):
        return Change(None, None, None, None, "neutral")
    row = table.dicts()[0]
    return change(number(row[metric.name]), number(row[before]), metric.direction)


def _delta(asked: Asked) -> Delta | None:
    step, metric = _change(asked), asked.metric
    if not step.known:
        return None
    text = change_words(step, metric.unit, metric.currency, asked.model.workspace.locale)
    than = "vs a year earlier" if asked.state.vs == "year" else "vs the period before"
    return delta(step.absolute, text, step.verdict, than)


def judgement(asked: Asked, line: Track) -> tuple[str, str]:
    """Normal or signal, in a sentence about the newest complete period."""
    at, metric, locale = line.latest, asked.metric, asked.model.workspace.locale
    if not asked.timed:
        return "unknown", "It has no time, so it is one number for all there is."
    if at is None or line.usual.state == "unknown":
        return "unknown", f"{sentence_case(line.usual.reason)}."
    when = sentence_case(period_label(line.periods[at], asked.grain, locale, asked.model.fiscal))
    limits = line.band[at]
    usual = unbroken(range_words(*limits, metric, locale)) if limits else ""
    found = line.usual.signals_at(at)
    if found:
        of = f" of {usual}" if found[0].rule == "limit" and usual else ""
        return "signal", f"{when} is a signal: {found[0].reason}{of}."
    recent = [
        period_label(line.periods[one], asked.grain, locale, asked.model.fiscal)
        for one in sorted(line.signals)
        if one > at - 14
    ]
    past = f" Lately out of it: {listed(recent[-3:])}." if recent else ""
    return "normal", f"{when} is within its normal range of {usual}.{past}"


def unbroken(words: str) -> str:
    """A range that stays on one line."""
    return words.replace("–", UNBROKEN_DASH).replace(MINUS, MINUS + JOINER)


def _facts(asked: Asked, line: Track) -> tuple[Fact, ...]:
    metric, locale = asked.metric, asked.model.workspace.locale

    def written(value: Value) -> str:
        return format_value(tidy(value), metric.unit, metric.currency, locale, compact=True)

    facts: list[Fact] = []
    at = line.latest
    if at is not None:
        when = period_label(line.periods[at], asked.grain, locale, asked.model.fiscal)
        facts.append(Fact(f"Latest, {when}", written(line.values[at])))
        if (limits := line.band[at]) is not None:
            facts.append(Fact("Normal range", range_words(*limits, metric, locale), "control limits of an XmR chart"))
        if (aim := line.target[at]) is not None:
            facts.append(Fact(f"Target per {in_words(asked.grain)}", written(aim), "as it counts for this grain"))
    if metric.type == "ratio" and len(asked.total.table):
        facts.append(Fact(asked.model.metrics[metric.numerator].title, _halves(asked)))
    known = [value for at in line.whole if (value := line.values[at]) is not None]
    if len(known) > 1:
        facts.append(Fact("Least and greatest", f"{written(min(known))} · {written(max(known))}"))
    return tuple(facts)


def _halves(asked: Asked) -> str:
    """A ratio's numerator of its denominator, each in its own unit."""
    table, metric, locale = asked.total.table, asked.metric, asked.model.workspace.locale
    row = table.dicts()[0]
    units = {column.name: (column.unit, column.currency) for column in table.columns}

    def half(name: str) -> str:
        unit, currency = units[name]
        return format_value(tidy(row[name]), unit, currency, locale, compact=unit == "currency")

    return f"{half(metric.numerator)} of {half(metric.denominator)}"


def _chips(asked: Asked) -> tuple[Chip, ...]:
    metric = asked.metric
    owner = person(metric.owner)
    chips = [Chip(metric.type, hint="the metric's type")]
    if owner:
        chips.append(Chip(f"owner {owner.name}", hint=owner.address))
    chips.append(Chip(f"data as of {data_end(asked.total.as_of)}", "ok", hint="freshness: the latest time in the data"))
    return tuple(chips)


def _controls(asked: Asked) -> tuple[Control, ...]:
    if not asked.timed:
        return ()
    offered = [one for one in GRAINS if can_tell(asked.model, asked.metric, one[0])]
    grains = tuple(Choice(label, _with(asked, grain=name), asked.grain == name, key) for name, label, key in offered)
    compares = tuple(
        Choice(label, _with(asked, vs=name), (asked.total.query.vs or "none") == name, key)
        for name, label, key in COMPARES
    )
    return Control("Range", tuple(_ranges(asked))), Control("Grain", grains), Control("Compare", compares)


def _with(asked: Asked, **changes: Unpack[Changes]) -> str:
    """The page with some keys changed."""
    return replace(asked.state, **changes).without(DEFAULTS).url(f"/m/{asked.metric.name}")


def _ranges(asked: Asked) -> Iterator[Choice]:
    """The usual ranges, one's own where it is none of them, and at both ends the same length before and after."""
    before, after = beside(asked.total.span, asked.total.as_of)
    yield Choice("‹", _moved(asked, before), key="[", name="The same length before")
    for name, label, key in RANGES:
        yield Choice(label, _with(asked, range=name, grain=""), asked.state.range == name, key)
    if asked.state.range not in [name for name, _, _ in RANGES]:
        yield Choice(_range_word(asked), _with(asked), True)
    yield Choice("›", _moved(asked, after), key="]", name="The same length after")


def _moved(asked: Asked, stretch: str) -> str:
    """The page over another stretch by the same grain."""
    alike = bool(stretch) and grain_for(replace(asked.state, range=stretch, grain="")) == asked.grain
    return _with(asked, range=stretch, grain="" if alike else asked.grain) if stretch else ""


def _range_word(asked: Asked) -> str:
    """A range of one's own as it is written, its dots as a dash."""
    return asked.state.range.replace("..", " – ")


def _filters(asked: Asked) -> tuple[Chip, ...]:
    path = f"/m/{asked.metric.name}"
    chips = [
        Chip(_filter_words(one), href=asked.state.drop(one.field).without(DEFAULTS).url(path))
        for one in asked.state.where
    ]
    if asked.state.by:
        href = replace(asked.state, by="").without(DEFAULTS).url(path)
        chips.append(Chip(f"split by {words(asked.state.by).lower()}", href=href, hint="one line again"))
    return tuple(chips)


def _filter_words(one: Filter) -> str:
    values = listed([labelled(value) for value in one.values])
    return f"{words(one.field)} {'not ' if one.exclude else ''}{values}"
