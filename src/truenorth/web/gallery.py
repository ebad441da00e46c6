"""The gallery: every component and every chart in every state, to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from truenorth.chart import LIGHT, draw
from truenorth.chart.mark import Pen
from truenorth.learn.lesson import Lesson
from truenorth.web import sample, specimen
from truenorth.web.speak import person, svg
from truenorth.web.view import (
    Amount,
    Board,
    Card,
    Cell,
    Chip,
    Choice,
    Delta,
    Entry,
    Figure,
    Goal,
    Row,
    Sheet,
    Snippet,
    Story,
    Why,
)

STORIES = (
    Story("All fifteen key metrics are within their normal range.", "12 of 14 targets are on pace or reached."),
    Story("Error rate changed most: +0.21 pt, worse than the week before.", "Uptime also stands out.", "/", True),
)
CHIPS = (
    Chip("ratio"),
    Chip("data as of 30 Jun 2026", "ok"),
    Chip("signal", "signal"),
    Chip("stale", "stale"),
    Chip("Region EMEA", href="/_gallery"),
)
CAVEATS = (
    "Not compared where what came before would begin before the data does.",
    "12 rows have no day in orders and lie outside every range.",
)


@dataclass(frozen=True, slots=True)
class Gallery:
    """All specimens."""

    swatches: tuple[tuple[str, Markup], ...]
    cards: tuple[Card, ...]
    stories: tuple[Story, ...]
    chips: tuple[Chip, ...]
    segments: tuple[Choice, ...]
    figure: Figure
    charts: tuple[tuple[str, Markup], ...]
    sparks: tuple[tuple[str, Markup], ...]
    bars: tuple[tuple[str, Markup], ...]
    paces: tuple[tuple[str, Markup], ...]
    waterfall: Markup
    balances: tuple[tuple[str, Markup, Markup], ...]
    flows: tuple[tuple[str, Markup], ...]
    multiples: Markup
    boards: tuple[Board, ...]
    caveats: tuple[str, ...]
    whys: tuple[Why, Why]
    lesson: Lesson
    twins: tuple[Choice, ...]
    snippets: tuple[Snippet, ...]


@lru_cache(maxsize=1)
def gallery() -> Gallery:
    """The specimens, drawn once."""
    twins, snippets = specimen.twins()
    return Gallery(
        swatches=tuple((name, _swatch(name)) for name in LIGHT.colours()),
        cards=tuple(_cards()),
        stories=STORIES,
        chips=CHIPS,
        segments=(Choice("Day", "/_gallery"), Choice("Week", "/_gallery", True), Choice("Month", "/_gallery")),
        figure=_figure(),
        charts=tuple((name, svg(draw.lines(chart, (620, 230)))) for name, chart in sample.charts()),
        sparks=tuple((name, svg(draw.spark(chart))) for name, chart in sample.sparks()),
        bars=tuple((name, svg(draw.bars(chart, (440, 220)))) for name, chart in sample.bars()),
        paces=tuple(_paces()),
        waterfall=svg(draw.waterfall(sample.steps(), "What moved conversion")),
        balances=tuple(
            (name, svg(draw.waterfall(steps, name, (620, 250))), svg(draw.cascade(steps, name)))
            for name, steps in sample.balances()
        ),
        flows=tuple((name, svg(draw.flows(chart, (620, 320)))) for name, chart in sample.flows()),
        multiples=svg(_multiples()),
        boards=(_board(), Board("Country", "country", ("Country", "rate"), (), empty="No rows in this range.")),
        caveats=CAVEATS,
        whys=(specimen.explained(), specimen.refused()),
        lesson=specimen.lesson(),
        twins=twins,
        snippets=snippets,
    )


def _swatch(name: str) -> Markup:
    return svg(Pen().picture((52, 34), name, [Pen().box(0, 0, 52, 34, name)]))


def _paces() -> list[tuple[str, Markup]]:
    states = (
        ("ahead", 0.92, 0.8, "better"), ("on pace", 0.62, 0.64, ""), ("behind", 0.3, 0.7, "worse"),
        ("not begun", 0.0, 0.1, ""), ("unknown", None, 1.0, ""), ("over the top", 1.4, 1.0, "better"),
    )  # fmt: skip
    return [(name, svg(draw.pace(reached, due, state, name))) for name, reached, due, state in states]


def _cards() -> list[Card]:
    drawn = {name: svg(draw.spark(chart)) for name, chart in sample.sparks()}
    goal = Goal("of 20k", "92 % of the monthly target", "ahead", svg(draw.pace(0.92, 0.8, "better", "ahead")))
    late = Goal("of 4.0 %", "below its target of 4.0 %", "behind", svg(draw.pace(0.78, 1, "worse", "behind")))
    few = Goal("of 2.5 % a month", "within its target of 2.5 %", "ahead", svg(draw.pace(0.88, 1, "better", "within")))
    dana, long_name = person("dana.miller@acme.example"), "Net revenue retention of customers in their second year"
    return [
        Card("a", "Daily active users", "/_gallery", Amount("18,420", "", "18,420"), drawn["normal"],
             Delta("+4.1 %", "▲", "better", "vs week before"), goal, dana, "normal", fresh="to 28 Jun"),
        Card("b", "Conversion rate", "/_gallery", Amount("3.1", "%", "3.1 %"), drawn["signal"],
             Delta("−0.6 pt", "▼", "worse", "vs week before"), late, dana, "signal", "below its normal range",
             fresh="to 28 Jun"),
        Card("c", long_name, "/_gallery", Amount("€1,284.6", "k", "€1,284,600"), drawn["still filling"],
             Delta("0.0 %", "■", "", "vs week before"), None, None, "unknown", fresh="to 28 Jun"),
        Card("d", "Incidents", "/_gallery", Amount("–", "", "no value"), drawn["nothing"], status="unknown",
             fresh="no data since week of 1 Jun", stale=True),
        Card("e", "Churn rate", "/_gallery", Amount("2.2", "%", "2.2 %"), drawn["gaps"],
             Delta("−0.1 pt", "▼", "better", "vs week before"), few, dana, "normal", fresh="to 28 Jun"),
    ]  # fmt: skip


def _figure() -> Figure:
    chart = sample.full()
    places = draw.positions(chart.periods)
    values = chart.series[0].values
    rows = tuple(
        Row(f"{day:%d %b}", (Cell(f"{value:.0f}"),), f"{place:.4f}", exact=f"{value:.6g}")
        for day, value, place in zip(chart.periods, values, places, strict=True)
        if value is not None
    )
    sheet = Sheet(chart.label, ("Day", "Orders"), rows)
    wide, narrow = svg(draw.lines(chart)), svg(draw.lines(chart, (360, 250)))
    return Figure(chart.label, wide, narrow, sheet, ("shaded: its normal range", "dashed end: still filling"))


def _multiples() -> str:
    names = ("Desktop", "Mobile app", "Mobile web")
    charts = [
        draw.Lines(name, sample.days(60), (draw.Series(name, sample.wave(60, 60 + 30 * at, 9)),))
        for at, name in enumerate(names)
    ]
    return draw.multiples(charts, "One scale, three devices")


def _board() -> Board:
    def entry(label: str, part: float, value: str, change: Delta | None, kind: str = "", chosen: bool = False) -> Entry:
        href = "" if kind == "rest" else "/_gallery"
        return Entry(label, href, svg(draw.share(part)), value, change, kind, chosen, href)

    return Board(
        "Device",
        "device",
        ("Device", "rate", "change"),
        (
            entry("Desktop", 1.0, "4.9 %", Delta("−0.1 pt", word="worse")),
            entry("Mobile app", 0.69, "3.4 %", Delta("+0.1 pt", word="better"), chosen=True),
            entry(
                "A very long name that does not fit into its column at all",
                0.33,
                "1.6 %",
                Delta("−0.9 pt", word="worse"),
            ),
            entry("(none)", 0.14, "0.7 %", Delta("0.0 pt"), "none"),
            entry("Kiosk", -0.2, "−1.0 %", None),
            entry("5 others", 0.05, "", None, "rest"),
        ),
        "/_gallery",
    )
