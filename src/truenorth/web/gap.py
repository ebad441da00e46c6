"""The page of a gap ledger: what another tool reports beside our number, rule by rule, with the rows behind each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Unpack
from urllib.parse import unquote

from msgspec.structs import replace as replaced
from starlette.requests import Request
from starlette.responses import Response

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.locale import money_digits
from truenorth.base.period import period_label, spoken
from truenorth.base.quantity import format_value
from truenorth.chart import draw
from truenorth.decide.words import amount, signed
from truenorth.define.habits import followed, habits
from truenorth.define.habits import tools as tools_of
from truenorth.define.model import Metric, Model
from truenorth.define.movement import PRESETS
from truenorth.define.policies import policies
from truenorth.export.cell import period_text
from truenorth.export.gap import behind, effective, to_answer
from truenorth.export.gap import signed as exactly
from truenorth.query.answer import Answer
from truenorth.query.gap import ZONE, Ledger, Share, choices
from truenorth.query.reported import series
from truenorth.query.request import MetricQuery
from truenorth.web import twin
from truenorth.web.folio import Folio, Place
from truenorth.web.page import Site
from truenorth.web.speak import data_end, listed, sentence_case, svg, unparted
from truenorth.web.speak import spoken as noted
from truenorth.web.state import Changes, State, check_word, read
from truenorth.web.trouble import AbsentMetric
from truenorth.web.view import Cell, Choice, Control, Figure, Row, Sheet
from truenorth.workspace import Workspace, gap

GUESS = "guess"
TOOLS = {
    "stripe": "Stripe",
    "chartmogul": "ChartMogul",
    "baremetrics": "Baremetrics",
    "paddle": "Paddle",
    "posthog": "PostHog",
    "mixpanel": "Mixpanel",
    "amplitude": "Amplitude",
    "ga4": "Google Analytics",
    "umami": "Umami",
    "plausible": "Plausible",
}
GRAINS = (("month", "Month"), ("quarter", "Quarter"), ("year", "Year"))
FORMS = ("xlsx", "csv", "json", "md")
MOST_PERIODS, MOST_ROWS, KEPT = 12, 20, 16
WIDE, NARROW_WIDTH = (720.0, 260.0), 340.0


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy: what is asked, what we and they choose, and whose rows come to what by it."""

    title: str
    question: str
    ours: str
    theirs: str
    sheet: Sheet | None


@dataclass(frozen=True, slots=True)
class Asking:
    """What can be said of one policy of theirs: a choice, or nothing."""

    name: str
    question: str
    choices: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class GapPage:
    """The ledger as it is shown."""

    name: str
    title: str
    crumbs: tuple[Choice, ...]
    fresh: str
    sentence: str
    controls: tuple[Control, ...]
    kept: tuple[tuple[str, str], ...]
    zone: str
    asking: tuple[Asking, ...]
    figure: Figure
    sheet: Sheet
    proof: str
    rules: tuple[Rule, ...]
    twins: tuple[Choice, ...]
    caveats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """A ledger, the place of the period that is looked at, and what was asked."""

    ledger: Ledger
    at: int
    state: State
    notes: tuple[str, ...]


class Gaps(Folio[Compared]):
    """The endpoints."""

    stem = "gap"
    template = "gap.html"
    about = (
        "What another tool reports of a metric beside ours, and which rules and rows the difference comes from.",
        "The same as rows: in each period ours, each rule by whose rows it is, what stays unexplained, and theirs.",
    )

    def __init__(self, opened: Workspace, site: Site) -> None:
        super().__init__(opened, site)
        self.opened = opened
        self.known: dict[State, tuple[Answer, Ledger]] = {}

    def ask(self, request: Request) -> Compared:
        """The ledger of a metric with `reported:`."""
        name, model = unquote(request.path_params["name"]), self.workspace.model
        if name not in model.metrics:
            raise AbsentMetric("E_NAME_NOT_FOUND", f'no metric named "{name}"', hint=did_you_mean(name, model.metrics))
        several = ";".join(one for one in request.query_params.getlist("policy") if one)
        params = {**request.query_params, **({"policy": several} if several else {})}
        given, notes = read(params, ("grain", "compat", "policy", "tz", "range"))
        state = given.over(defaults(model.metrics[name]))
        found = self.ledger(name, replace(state, range="", q=name))
        words = [period_text(one, state.grain) for one in found.reported]
        if state.range:
            check_word("range", state.range, words)
        at = words.index(state.range) if state.range else len(words) - 1
        return Compared(found, at, replace(state, range=state.range or words[at]), notes)

    def ledger(self, name: str, state: State) -> Ledger:
        """The ledger, kept as long as the answer to the plain question is the same one."""
        own = self.opened.query(MetricQuery((name,), grain=state.grain))
        held = self.known.get(state)
        if held is None or held[0] is not own:
            said = chosen_in(state.policy)
            found = gap(self.opened, name, compat=state.compat, policies=said, timezone=state.tz, grain=state.grain)
            self.known = {**dict(list(self.known.items())[-KEPT:]), state: (own, found)}
            return found
        return held[1]

    def view(self, found: Compared) -> GapPage:
        """The page."""
        return page_of(self.workspace.model, found)

    def written(self, found: Compared, form: str, place: Place) -> Response:
        """The same as rows."""
        name = f"{found.ledger.metric}_gap"
        return twin.plain_file(place(to_answer(found.ledger)), form, name, self.site.locale)


def defaults(metric: Metric) -> State:
    """What an address means that says nothing."""
    return State(grain="month", compat=metric.reported_by or GUESS)


def chosen_in(text: str) -> dict[str, str]:
    """Choices as an address writes them; QueryError E_BAD_ADDRESS for what is none.

    >>> chosen_in("discounts:list_price;trials:counted")
    {'discounts': 'list_price', 'trials': 'counted'}
    """
    pairs = [word.partition(":") for word in text.split(";") if word]
    for name, colon, choice in pairs:
        if not (name and colon and choice):
            message = f'policy="{text}" in the address is no choice'
            raise QueryError("E_BAD_ADDRESS", message, hint="write policy=discounts:list_price;trials:counted")
    return {name: choice for name, _, choice in pairs}


def page_of(model: Model, found: Compared) -> GapPage:
    """The view of a ledger."""
    ledger, state = found.ledger, found.state
    metric, path, plain = model.metrics[ledger.metric], f"/gap/{ledger.metric}", defaults(model.metrics[ledger.metric])

    def link(**changes: Unpack[Changes]) -> str:
        return replace(state, **changes).without(plain).url(path)

    words = [period_text(one, state.grain) for one in ledger.reported]
    labels = [named(model, found, at) for at in range(len(words))]
    periods = [Choice(label, link(range=one), one == state.range) for label, one in zip(labels, words, strict=True)]
    counted = followed(model, metric.name)
    presets = tools_of(counted.type) if counted else PRESETS
    tools = (*((one, TOOLS[one]) for one in presets), (GUESS, "Find out"))
    grains, said = [pair for pair in GRAINS if is_told_by(model, metric, pair[0])], chosen_in(state.policy)
    return GapPage(
        name=metric.name,
        title=f"{metric.title}, reported and ours",
        crumbs=(Choice("Metrics", "/metrics"), Choice(metric.title, f"/m/{metric.name}")),
        fresh=f"data as of {data_end(ledger.answer.as_of)}",
        sentence=unparted(sentence(model, found)),
        controls=(
            Control("Who reports it", tuple(Choice(say, link(compat=one), state.compat == one) for one, say in tools)),
            Control("Grain", tuple(Choice(say, link(grain=one, range=""), state.grain == one) for one, say in grains)),
            Control("Period", tuple(reversed(periods[-MOST_PERIODS:]))),
        ),
        kept=tuple(pair for pair in state.without(plain).pairs() if pair[0] not in ("policy", "tz")),
        zone=state.tz,
        asking=tuple(
            Asking(name, question(counted, name), tuple(options(name, some, said.get(name, ""))))
            for name, some in choices(model, metric.name).items()
        ),
        figure=walk(model, found),
        sheet=sheet(model, found),
        proof=proof(found),
        rules=tuple(rule(model, found, one) for one in effective(ledger)),
        twins=tuple(Choice(f".{form}", link(range="").replace(path, f"{path}.{form}", 1)) for form in FORMS),
        caveats=tuple(caveats(model, ledger)),
        notes=found.notes,
    )


def is_told_by(model: Model, metric: Metric, grain: str) -> bool:
    """Whether there is one reported amount for each period of a grain."""
    try:
        return bool(series(metric.reported.items(), grain, model.workspace.week_start, model.fiscal))
    except QueryError:
        return False


def named(model: Model, found: Compared, at: int) -> str:
    """A period with its year."""
    period = list(found.ledger.reported)[at]
    words = period_label(period, found.state.grain, model.workspace.locale, model.fiscal)
    return words if str(period.year) in words else f"{words} {period.year}"


def options(policy: str, some: list[str], said: str) -> Iterator[tuple[str, str, bool]]:
    """What can be said of a policy of theirs: its word in the address, what it means, and whether it was said."""
    yield "", "not known", not said
    for word in dict.fromkeys([*some, *([said] if said else [])]):
        known = policies().get(policy)
        choice = known.choice(word) if known else None
        yield f"{policy}:{word}", (choice.label if choice else word).replace("{days}", word), word == said


def question(counted: Metric | None, name: str) -> str:
    """What is asked about a policy of money, or a choice of a metric of people."""
    return habits(counted.type)[name].question if counted else policies()[name].question


def sentence(model: Model, found: Compared) -> str:
    """How far both are apart in a period, by which rules, and what nobody can explain."""
    ledger, locale = found.ledger, model.workspace.locale
    metric, period = metric_of(model, ledger), list(ledger.reported)[found.at]
    apart = ledger.reported[period] - ledger.ours[period]
    when = named(model, found, found.at)
    if not apart:
        return f"{metric.title} is reported as it is here in {when}."
    moved = [(one.policy, one.amounts[period]) for one in effective(ledger) if one.amounts[period]]
    ways = listed([f"{spoken_policy(name)} ({signed(float(size), metric, locale)})" for name, size in moved])
    more = f"{amount(abs(apart), metric, locale)} {'more' if apart > 0 else 'less'}"
    told = f"In {when} {more} is reported than there is here" + (f": {ways}." if ways else ".")
    left = exact_words(model, ledger, ledger.unexplained[period], False)
    return f"{told} {'Nothing' if left == '–' else left} stays unexplained."


def spoken_policy(name: str) -> str:
    """A policy in running text.

    >>> spoken_policy("past_due"), spoken_policy(ZONE)
    ('past due', 'time zone')
    """
    return "time zone" if name == ZONE else name.replace("_", " ")


def metric_of(model: Model, ledger: Ledger) -> Metric:
    """The metric in the currency of the ledger."""
    currency = ledger.currency or model.workspace.currency
    return replaced(model.metrics[ledger.metric], unit=ledger.unit, currency=currency)


def walk(model: Model, found: Compared) -> Figure:
    """From our number to theirs in one period."""
    ledger, locale = found.ledger, model.workspace.locale
    metric, period = metric_of(model, ledger), list(ledger.reported)[found.at]

    def total(label: str, size: Decimal) -> draw.Step:
        return draw.Step(label, float(size), amount(size, metric, locale), total=True)

    def part(label: str, size: Decimal) -> draw.Step:
        nothing = exact_words(model, ledger, size, False) == "–"
        return draw.Step(label, float(size), "–" if nothing else signed(float(size), metric, locale))

    steps = [total("ours", ledger.ours[period])]
    steps += [part(spoken_policy(one.policy), one.amounts[period]) for one in effective(ledger)]
    steps += [part("unexplained", ledger.unexplained[period]), total("reported", ledger.reported[period])]
    label = f"{metric.title} in {named(model, found, found.at)}, from ours to what is reported"
    wide, narrow = svg(draw.waterfall(steps, label, WIDE)), svg(draw.cascade(steps, label, NARROW_WIDTH))
    rows = tuple(
        Row(
            sentence_case(step.label),
            (Cell(exact_words(model, ledger, size, step.total)),),
            mark="sum" if step.total else "",
        )
        for step, size in zip(steps, sizes(ledger, found.at), strict=True)
    )
    return Figure(label, wide, narrow, Sheet(label, ("Step", named(model, found, found.at)), rows))


def sizes(ledger: Ledger, at: int) -> list[Decimal]:
    """The lines of a period from ours to theirs."""
    period = list(ledger.reported)[at]
    moved = [one.amounts[period] for one in effective(ledger)]
    return [ledger.ours[period], *moved, ledger.unexplained[period], ledger.reported[period]]


def exact_words(model: Model, ledger: Ledger, size: Decimal, total: bool) -> str:
    """An amount in full; a difference with its sign."""
    metric = metric_of(model, ledger)

    digits = money_digits(metric.currency) if metric.unit == "currency" else None

    def told(value: Decimal) -> str:
        return format_value(value, metric.unit, metric.currency, model.workspace.locale, digits=digits)

    text = told(size) if total else exactly(size, told)
    return "–" if text == "0" else text


def sheet(model: Model, found: Compared) -> Sheet:
    """Every period: ours, each rule, what is left, and theirs."""
    ledger = found.ledger
    periods = list(range(max(0, len(ledger.reported) - 2 * MOST_PERIODS), len(ledger.reported)))
    columns = [sizes(ledger, at) for at in periods]
    labels = ["Ours", *(rule_named(one) for one in effective(ledger)), "Unexplained", "Reported"]
    rows = [
        Row(
            label,
            tuple(Cell(exact_words(model, ledger, column[at], label in ("Ours", "Reported"))) for column in columns),
            mark="sum" if label in ("Ours", "Reported") else "rest" if label == "Unexplained" else "",
        )
        for at, label in enumerate(labels)
    ]
    head = ("Line", *(named(model, found, at) for at in periods))
    note = f"The newest {len(periods)} of {len(ledger.reported)}." if len(periods) < len(ledger.reported) else ""
    return Sheet(f"{model.metrics[ledger.metric].title}, ours and reported", head, tuple(rows), note)


def rule_named(share: Share) -> str:
    """A policy with our choice and theirs in words."""
    return f"{sentence_case(spoken_policy(share.policy))}: {meant(share, True)} → {meant(share, False)}"


def meant(share: Share, ours: bool) -> str:
    """A choice in words."""
    word = share.ours if ours else share.theirs
    known = policies().get(share.policy)
    choice = known.choice(word) if known else None
    return choice.label.lower().replace("{days}", word) if choice else word


def rule(model: Model, found: Compared, share: Share) -> Rule:
    """One rule with whose rows come to what by it in the period that is looked at."""
    ledger, period = found.ledger, list(found.ledger.reported)[found.at]
    known = policies().get(share.policy)
    size = len(share.rows.get(period, {}))
    listed_rows = behind(share, [period], lambda value: exact_words(model, ledger, value, True), MOST_ROWS)
    shown = [
        Row(who, (Cell(words[0]),), mark="rest" if at == MOST_ROWS else "")
        for at, (who, words) in enumerate(listed_rows)
    ]
    whole = Row("All", (Cell(exact_words(model, ledger, share.amounts[period], False)),), mark="sum")
    entity = sentence_case(ledger.entity.rpartition(".")[2].removesuffix("_id").replace("_", " "))
    title = sentence_case(spoken_policy(share.policy))
    note = f"The {MOST_ROWS} of most weight of {size:,}; the files have all of them." if size > MOST_ROWS else ""
    head = (entity, named(model, found, found.at))
    table = Sheet(f"{title}, by {entity.lower()}", head, (*shown, whole), note) if ledger.entity and shown else None
    question = known.question if known else "In which time zone does a day begin?"
    return Rule(title, question, sentence_case(meant(share, True)), sentence_case(meant(share, False)), table)


def proof(found: Compared) -> str:
    """What is said of the sums."""
    ledger = found.ledger
    columns = [sizes(ledger, at) for at in range(len(ledger.reported))]
    wrong = sum(1 for column in columns if sum(column[:-1], Decimal(0)) != column[-1])
    if wrong:
        return f"Ours and the rules do not come to what is reported in {wrong} of {len(columns)} periods."
    return "Ours, every rule and what stays unexplained are what is reported in every period, to the last digit."


def caveats(model: Model, ledger: Ledger) -> Iterator[str]:
    """What must be known beside the numbers."""
    if ledger.guessed and ledger.shares:
        yield "Nobody said how it is reported: these choices explain most of it. Say who reports it, or what is known."
    if len(ledger.shares) > 1:
        yield "No rule goes first: each has what it changes on top of the others, averaged over all their orders."
    if effective(ledger) and not ledger.entity:
        yield f"What each has does not add up to the whole of a {spoken(ledger.grain)}: rules are told, rows are not."
    yield from dict.fromkeys(noted(model, note) for note in ledger.answer.notes)
