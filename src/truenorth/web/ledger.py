"""The page of a financial statement: lines down, periods across, totals proven; a balance from opening to closing is
one as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Unpack
from urllib.parse import unquote

from msgspec.structs import replace as replaced
from starlette.requests import Request
from starlette.responses import Response

from truenorth.analyze.compare import verdict
from truenorth.base.errors import did_you_mean
from truenorth.base.locale import MINUS, money_digits
from truenorth.base.period import period_label
from truenorth.base.quantity import format_value
from truenorth.base.table import Value
from truenorth.chart import draw
from truenorth.decide.moved import bridge_sentence
from truenorth.decide.sold import price_of
from truenorth.decide.words import amount, signed
from truenorth.define.economics import statements_of
from truenorth.define.model import Metric, Model, Statement
from truenorth.define.part import is_balance
from truenorth.export.cell import CUT, MEANT, STILL_FILLING, period_text
from truenorth.export.layout import layout_xlsx
from truenorth.query.cents import differing, in_cents
from truenorth.query.layout import Bridge, Layout, Line, bridged, laid_out, of_balance, shown
from truenorth.query.request import MetricQuery
from truenorth.query.rollforward import rollforward, summed
from truenorth.web import twin
from truenorth.web.folio import Folio, Place
from truenorth.web.speak import data_end, number, spoken, svg, tidy, unparted
from truenorth.web.state import Changes, State, check_word, read
from truenorth.web.told import KEYS, as_told, telling
from truenorth.web.trouble import AbsentMetric
from truenorth.web.view import Cell, Choice, Control, Figure, Row, Sheet, Telling, Why

DEFAULTS = State(range="12m", grain="month", vs="prev")
BRIDGES = (("prev", "since the one before", "c"), ("first", "since the first shown", ""))
RANGES = (("6m", "6 m", ""), ("12m", "12 m", "y"), ("24m", "24 m", ""), ("all", "All", "a"))
GRAINS = (("month", "Month", "m"), ("quarter", "Quarter", "q"), ("year", "Year", ""))
FORMS = ("xlsx", "csv", "json", "md")
MOST_PERIODS = 120


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A statement as it is shown."""

    title: str
    crumbs: tuple[Choice, ...]
    description: str
    fresh: str
    controls: tuple[Control, ...]
    sheet: Sheet
    proof: str
    holds: bool
    twins: tuple[Choice, ...]
    others: tuple[Choice, ...]
    told: Telling
    bridge: Why | None = None
    kind: str = ""
    caveats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Laid:
    """A statement laid out, what was asked, and what of it was not understood."""

    layout: Layout
    state: State
    notes: tuple[str, ...]


class Ledger(Folio[Laid]):
    """The endpoints."""

    stem = "statement"
    template = "statement.html"
    about = ("A statement's page.", "A statement as a file: laid out in .xlsx, as plain rows in the other forms.")

    def view(self, found: Laid) -> LedgerPage:
        """A statement's page."""
        return page_of(self.workspace.model, found.layout, found.state, found.notes)

    def written(self, found: Laid, form: str, place: Place) -> Response:
        """A statement as a file."""
        layout = replace(found.layout, answer=place(found.layout.answer))
        if form == "xlsx":
            return twin.file(layout_xlsx(layout, self.site.locale), form, f"{layout.name}.xlsx")
        return twin.plain_file(layout.answer, form, layout.name, self.site.locale)

    def ask(self, request: Request) -> Laid:
        """A defined statement, or a balance from opening to closing."""
        name, model = unquote(request.path_params["name"]), self.workspace.model
        known = {one.name: one for one in statements_of(model).values() if not one.by}
        given, notes = read(request.query_params, ("range", "grain", "where", "tz", "vs", *KEYS))
        state = given.over(DEFAULTS)
        check_word("vs", state.vs, [one for one, _, _ in BRIDGES])
        query = MetricQuery((), range=state.range, timezone=state.tz, where=state.where)
        ask = as_told(self.workspace, state).query
        if name in known:
            return Laid(laid_out(model, known[name], query, state.grain, ask), state, notes)
        metric = model.metrics.get(name)
        if metric is None or not is_balance(metric):
            names = [*known, *(one.name for one in model.metrics.values() if is_balance(one))]
            hint = did_you_mean(name, names) or (f"there are {', '.join(names[:8])}" if names else "")
            raise AbsentMetric("E_NAME_NOT_FOUND", f'no statement and no balance named "{name}"', hint=hint)
        return Laid(of_balance(rollforward(model, metric, query, state.grain, ask)), state, notes)


def page_of(model: Model, layout: Layout, state: State, notes: tuple[str, ...]) -> LedgerPage:
    """The view of a statement."""
    path, plain = f"/statement/{layout.name}", state.without(DEFAULTS)

    def link(**changes: Unpack[Changes]) -> str:
        return replace(state, **changes).without(DEFAULTS).url(path)

    ranges = tuple(Choice(label, link(range=one), state.range == one, key) for one, label, key in RANGES)
    grains = tuple(Choice(label, link(grain=one), state.grain == one, key) for one, label, key in GRAINS)
    bridges = tuple(Choice(label, link(vs=one), state.vs == one, key) for one, label, key in BRIDGES)
    own = layout.name in statements_of(model) and bool(layout.totals)
    said = (*layout.answer.notes, *layout.whole.notes)
    return LedgerPage(
        title=layout.title,
        crumbs=(Choice("Metrics", "/metrics"), *_balance(model, layout, state)),
        description=layout.description,
        fresh=f"data as of {data_end(layout.answer.as_of)}",
        controls=(
            Control("Range", ranges),
            Control("Grain", grains),
            *((Control("Bridge", bridges),) if own else ()),
        ),
        sheet=sheet(model, layout, state),
        proof=proof(layout),
        holds=all(layout.holds(at) for at in (None, *range(len(layout.periods)))),
        twins=tuple(Choice(f".{form}", plain.url(f"{path}.{form}")) for form in FORMS),
        others=tuple(
            Choice(one.title, address(one) if one.by else plain.url(address(one)), one.name == layout.name)
            for one in statements_of(model).values()
        ),
        told=telling(model, [line.name for line in layout.lines], state, DEFAULTS, path),
        bridge=bridge(model, layout, state) if layout.name in statements_of(model) else None,
        caveats=(*dict.fromkeys(spoken(model, note) for note in said), *_rounding(layout)),
        notes=notes,
    )


def _rounding(layout: Layout) -> Iterator[str]:
    """What is said where amounts are not what rounding alone makes of them."""
    if count := differing(layout, in_cents(layout)):
        words = "1 amount is" if count == 1 else f"{count:,} amounts are"
        yield f"Each column adds up as rounded: {words} shown one unit of the last digit away. Files hold all digits."


def address(one: Statement) -> str:
    """Where a statement is, or the table of one by a dimension."""
    return f"/{'table' if one.by else 'statement'}/{one.name}"


def _balance(model: Model, layout: Layout, state: State) -> tuple[Choice, ...]:
    """The metric whose statement this is, if it is one metric's."""
    metric = model.metrics.get(layout.name) if layout.name not in statements_of(model) else None
    return (Choice(metric.title, to_metric(metric.name, state)),) if metric is not None else ()


def to_metric(name: str, state: State) -> str:
    """The page of a metric over the same range, told the same way."""
    return replace(state, grain="", vs="").url(f"/m/{name}")


def proof(layout: Layout) -> str:
    """What is said of the totals."""
    count = len(layout.totals)
    if not count:
        return ""
    each = f"{count} total{'s' if count > 1 else ''}"
    wrong = [at for at in (None, *range(len(layout.periods))) if not layout.holds(at)]
    if wrong:
        return f"{each}: not what the lines come to in {len(wrong)} of {len(layout.periods) + 1} columns."
    every = "each what its lines come to" if count > 1 else "what its lines come to"
    return f"{each}, {every} in every column, to the last digit."


def bridge(model: Model, layout: Layout, state: State) -> Why | None:
    """The last total from one period to another, by the lines it comes down to."""
    found = bridged(layout, state.vs == "first")
    if found is None:
        return None
    metric, locale = metric_in(model, found.total), model.workspace.locale
    names = tuple(period_named(model, layout, at) for at in (found.before, found.now))
    before, now = (float(end) for end in found.ends)
    steps = [draw.Step(names[0], before, amount(before, metric, locale), total=True)]
    for line, step in found.moved:
        word = verdict(float(step), metric.direction)
        better = None if word == "neutral" else word == "better"
        steps.append(draw.Step(line.label, float(step), signed(float(step), metric, locale), better=better))
    steps.append(draw.Step(names[1], now, amount(now, metric, locale), total=True))
    label = f"{metric.title} from {names[0]} to {names[1]}"
    table = Sheet(label, ("Line", names[0], names[1], "Change"), tuple(_bridge_rows(model, found)))
    wide, narrow = svg(draw.waterfall(steps, label, (720.0, 260.0))), svg(draw.cascade(steps, label, 340.0))
    return Why(
        unparted(bridge_sentence(found, metric, (names[0], names[1]), locale)),
        Figure(label, wide, narrow, table, ("The steps add up to the whole change.",)),
        tuple(_prices(model, layout, replace(state, range=period_text(layout.periods[found.now], state.grain)))),
    )


def _prices(model: Model, layout: Layout, state: State) -> Iterator[Choice]:
    """Where lines are told by price, volume and mix, over the newest period of the bridge."""
    for line in layout.lines:
        price = price_of(model, line.name)
        if price is not None:
            yield Choice(f"{line.label} by price, volume and mix", to_metric(price.name, state) + "#bridge")


def _bridge_rows(model: Model, found: Bridge) -> Iterator[Row]:
    locale = model.workspace.locale
    for line, step in found.moved:
        ends = [Cell(bracketed(shown(line, at), line, locale)) for at in (found.before, found.now)]
        yield Row(line.label, (*ends, Cell(bracketed(step, line, locale))))
    before, now = found.ends
    change = Cell(bracketed(summed([now, -before]), found.total, locale))
    ends = [Cell(bracketed(end, found.total, locale)) for end in (before, now)]
    yield Row(found.total.label, (*ends, change), mark="sum")


def metric_in(model: Model, line: Line) -> Metric:
    """The metric of a line, in the currency it is shown in."""
    return replaced(model.metrics[line.name], unit=line.unit, currency=line.currency)


def period_named(model: Model, layout: Layout, at: int) -> str:
    """A period with its year."""
    period = layout.periods[at]
    words = period_label(period, layout.answer.query.grain, model.workspace.locale, model.fiscal)
    return words if str(period.year) in words else f"{words} {period.year}"


def sheet(model: Model, layout: Layout, state: State) -> Sheet:
    """The newest periods across, the whole range last, the proof below."""
    places = range(max(0, len(layout.periods) - MOST_PERIODS), len(layout.periods))
    columns: tuple[int | None, ...] = (*places, None)
    rows = [_row(model, layout, line, columns, state) for line in in_cents(layout).lines]
    if layout.totals:
        proven = (Cell(*(("✓", "none") if layout.holds(at) else (_worst(layout, at), "worse"))) for at in columns)
        rows.append(Row("Comes out", tuple(proven), mark="rest"))
    marks = {at: STILL_FILLING if layout.filling[at] else CUT if at in layout.cut else "" for at in places}
    head = [f"{period_named(model, layout, at)} {marks[at]}".rstrip() for at in places]
    note = "; ".join(f"{mark} {MEANT[mark]}" for mark in (STILL_FILLING, CUT) if mark in marks.values())
    return Sheet(layout.title, ("Line", *head, "Whole range"), tuple(rows), note)


def _row(model: Model, layout: Layout, line: Line, columns: tuple[int | None, ...], state: State) -> Row:
    if line.kind == "heading":
        return Row(line.label, tuple(Cell("") for _ in columns), mark="head")
    alone = not layout.totals
    texts = [bracketed(shown(line, at), line, model.workspace.locale, alone) for at in columns]
    cells = tuple(Cell(text, "minus" if text.endswith(")") else "") for text in texts)
    href = to_metric(line.name, state) if line.name and line.name != layout.name else ""
    return Row(line.label, cells, mark={"total": "sum", "rate": "rate"}.get(line.kind, ""), href=href)


def bracketed(value: Value, line: Line, locale: str, alone: bool = False) -> str:
    """A value the way statements write it: below zero in brackets, nothing as a dash. `alone`: no total is beside it.

    >>> bracketed(-3, Line("amount", "Refunds"), "en"), bracketed(0, Line("amount", "x"), "en")
    ('(3)', '–')
    """
    size = number(value)
    if not size:
        return "–"
    # Where there are totals, they alone carry the sign of their currency, as in printed statements.
    bare = line.unit == "currency" and line.kind != "total" and not alone
    digits = money_digits(line.currency) if line.unit == "currency" else None
    text = format_value(tidy(value), "" if bare else line.unit, line.currency, locale, digits=digits)
    return f"({text.replace(MINUS, '', 1)})" if size < 0 else text


def _worst(layout: Layout, at: int | None) -> str:
    """By how much the total that is most off is off."""
    sizes = [float(off) for one in layout.totals if (off := layout.off(one, at))]
    return f"off by {max(sizes, key=abs):,.2f}"
