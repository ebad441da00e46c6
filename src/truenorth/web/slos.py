"""The pages of service level objectives: how all of them stand, and one with its budget, alerts and worst hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from truenorth.base.age import lasting
from truenorth.base.errors import QueryError, TrueNorthError
from truenorth.base.quantity import format_value
from truenorth.base.zone import local
from truenorth.chart import draw
from truenorth.define.slo import Slo, is_calendar
from truenorth.define.slos import slos_of
from truenorth.export.standing import STATES, as_dict, as_money, as_time, between, goal, percent, rate, share, word
from truenorth.query.standing import Spending, Standing, Window, healthy, spending, standings, worst
from truenorth.web.page import Site, render, respond
from truenorth.web.speak import svg
from truenorth.web.trouble import AbsentMetric
from truenorth.web.view import Amount, Cell, Chip, Choice, Fact, Figure, Row, Sheet
from truenorth.workspace import Workspace

Endpoint = Callable[[Request], Response]
ADDRESS = "/slos"
WIDE, NARROW = (940.0, 300.0), (360.0, 240.0)
# States that somebody should look at.
LOUD = ("page", "ticket", "spent")


@dataclass(frozen=True, slots=True)
class SlosPage:
    """All objectives."""

    sheet: Sheet
    loud: int
    fresh: str
    twins: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class SloPage:
    """One objective."""

    title: str
    crumbs: tuple[Choice, ...]
    chips: tuple[Chip, ...]
    question: str
    windows: tuple[Choice, ...]
    period: str
    amount: Amount
    status: str
    sentence: str
    facts: tuple[Fact, ...]
    ways: tuple[Choice, ...]
    figure: Figure
    over: Sheet
    alerts: Sheet
    worst: Sheet
    groups: tuple[Sheet, ...]
    twins: tuple[Choice, ...]


class Objectives:
    """The endpoints."""

    def __init__(self, workspace: Workspace, site: Site) -> None:
        self.workspace = workspace
        self.site = site

    def routes(self, safe: Callable[[Endpoint], Endpoint]) -> list[Route]:
        """All objectives and one of them, each as a page and as JSON."""
        return [
            Route(f"{ADDRESS}.json", safe(self.every_file)),
            Route(ADDRESS, safe(self.every), name="slos"),
            Route(f"{ADDRESS}/{{name}}.json", safe(self.file)),
            Route(f"{ADDRESS}/{{name}}", safe(self.page)),
        ]

    def every(self, request: Request) -> Response:
        """How all service level objectives stand."""
        found, wrong = self._every()
        rows = tuple(self._row(one, f"{ADDRESS}/{quote(one.slo.name)}") for one in sorted(found, key=urgent))
        rows += tuple(self._amiss(one, error) for one, error in wrong)
        fresh = self._moment(found[0].now) if found else ""
        head = ("Objective", "Goal", "Over", "Attained", "Left of its budget", "Burns, last day", "State")
        view = SlosPage(
            Sheet("Service level objectives", head, rows),
            sum(one.state in LOUD for one in found) + len(wrong),
            fresh,
            (Choice(".json", f"{ADDRESS}.json"),) if found else (),
        )
        return respond(request, render("slos.html", self.site.shell(request), view))

    def every_file(self, request: Request) -> Response:
        """How all service level objectives stand, as JSON."""
        return json_of(self._every()[0])

    def page(self, request: Request) -> Response:
        """One objective: what is left of its budget, how that was spent, which alerts it calls for, its worst hours."""
        slo = self._slo(request)
        [one] = self._standings([slo])
        words = request.query_params.get("window", "")
        window = next((each for each in one.windows if each.words == words), one.windows[0])
        return respond(request, render("slo.html", self.site.shell(request), self._view(one, window)))

    def file(self, request: Request) -> Response:
        """One objective as JSON, with its groups."""
        slo = self._slo(request)
        groups = [each for field in slo.dimensions for each in self._standings([slo], (field,))]
        return json_of([*self._standings([slo]), *groups])

    def _slo(self, request: Request) -> Slo:
        try:
            return slos_of(self.workspace.model, unquote(request.path_params["name"]))[0]
        except QueryError as error:
            raise AbsentMetric(error.code, error.message, hint=error.hint) from None

    def _standings(self, slos: Sequence[Slo], by: tuple[str, ...] = ()) -> list[Standing]:
        return standings(self.workspace.model, self.workspace.query, slos, by)

    def _every(self) -> tuple[list[Standing], list[tuple[Slo, TrueNorthError]]]:
        return healthy(self.workspace.model, self.workspace.query, list(self.workspace.model.slos.values()))

    def _amiss(self, slo: Slo, error: TrueNorthError) -> Row:
        """An objective that cannot be told, and why."""
        blank = (Cell(goal(slo, self.site.locale)), Cell(slo.windows[0], "text"), Cell("–"), Cell("–"), Cell("–"))
        return Row(slo.title, (*blank, Cell(f"{error.code}: {error.message}", "text worse")))

    def _row(self, one: Standing, href: str = "") -> Row:
        first = one.windows[0]
        loud = "worse" if one.state in LOUD else ""
        head = one.slo.title if href else word(one.group[0])
        cells = (
            Cell(share(one.slo, first.stretch.attained, self.site.locale)),
            Cell(percent(first.stretch.left, self.site.locale), "worse" if (first.stretch.left or 0) < 0 else ""),
            Cell(rate(one.rate, self.site.locale)),
            Cell(STATES[one.state], f"text {loud}".strip()),
        )
        goals = (Cell(goal(one.slo, self.site.locale)), Cell(first.words, "text")) if href else ()
        return Row(head, (*goals, *cells), href=href)

    def _view(self, one: Standing, window: Window) -> SloPage:
        slo, locale, stretch = one.slo, self.site.locale, window.stretch
        path = f"{ADDRESS}/{quote(slo.name)}"
        number = percent(stretch.left, locale)
        things = slo.things or self._title(slo.events)
        counted = f"of {goal(slo, locale)} of {things}"
        return SloPage(
            title=slo.title,
            crumbs=(Choice("Objectives", ADDRESS),),
            chips=tuple(self._chips(one)),
            question=slo.description or f"The share of good ones among {things}, {counted[3:]}.",
            windows=tuple(
                Choice(each.words, path if not at else f"{path}?window={quote(each.words)}", each is window)
                for at, each in enumerate(one.windows)
            ),
            period=f"Left of the budget {'of this' if is_calendar(window.words) else 'of the last'} {window.words}",
            amount=Amount(number, "", number),
            status="signal" if one.state in LOUD else "unknown" if one.state == "unknown" else "normal",
            sentence=self._sentence(one, window),
            facts=tuple(self._facts(one, window)),
            ways=(Choice("As a metric", f"/m/{slo.name}"), Choice(self._title(slo.events), f"/m/{slo.events}")),
            figure=self._figure(one, window),
            over=self._over(one),
            alerts=self._alerts(one),
            worst=self._worst(one, window),
            groups=tuple(self._groups(slo)),
            twins=(Choice(".json", f"{path}.json"),),
        )

    def _chips(self, one: Standing) -> Iterator[Chip]:
        yield Chip(f"goal {goal(one.slo, self.site.locale)}")
        yield Chip(STATES[one.state], kind="signal" if one.state in LOUD else "ok")
        if one.slo.owner:
            yield Chip(f"owner {one.slo.owner}")
        yield Chip(f"as of {self._moment(one.now)}", kind="ok")

    def _sentence(self, one: Standing, window: Window) -> str:
        stretch, locale = window.stretch, self.site.locale
        if stretch.left is None:
            return "There were no events, so nothing is known."
        allowed, bad = (self._count(value) for value in (stretch.allowed, stretch.bad))
        said = f"{bad} of {self._count(stretch.total)} were bad; {allowed} may be."
        if one.ends is not None and window is one.windows[0]:
            return f"{said} At the rate of the last day the budget ends on {local(one.ends, self._zone):%-d %b %Y}."
        if one.rate and one.rate > 1 and stretch.left > 0:
            return f"{said} In the last day it burnt {rate(one.rate, locale)} as fast as evenly."
        return said

    def _facts(self, one: Standing, window: Window) -> Iterator[Fact]:
        locale, stretch = self.site.locale, window.stretch
        surely = "where the share of good ones lies, were these events a sample"
        yield Fact("Attained", share(one.slo, stretch.attained, locale))
        yield Fact("In 95 of 100 cases", between(one.slo, stretch, locale), surely)
        yield Fact("Bad ones left", "–" if stretch.left is None else self._count(stretch.allowed - stretch.bad))
        yield Fact("As time", as_time(window.left), "in which everything may be bad, at the traffic of the window")
        if one.slo.worth:
            yield Fact("As money", as_money(window, locale), "what the bad ones cost that are left, and its bounds")
        yield Fact("Burns, last day", rate(one.rate, locale), "1 × spends the budget evenly over the window")
        yield Fact("Window began", self._moment(window.start))

    def _figure(self, one: Standing, window: Window) -> Figure:
        spent = spending(self.workspace.model, self.workspace.query, one, window)
        title = f"Left of the budget, {'this' if is_calendar(window.words) else 'last'} {window.words}"
        chart = draw.Lines(
            label=title,
            periods=spent.periods,
            series=(draw.Series("left", spent.left),),
            target=draw.Series("spent evenly", spent.even),
            grain=spent.grain,
            unit="percent",
            locale=self.site.locale,
            annotations=tuple(self._happened(one.slo, spent)),
        )
        form = "%Y-%m-%d %H:%M" if spent.grain == "hour" else "%Y-%m-%d"
        rows = tuple(
            Row(at.strftime(form), (Cell(percent(left, self.site.locale)), Cell(percent(even, self.site.locale))))
            for at, left, even in zip(spent.periods, spent.left, spent.even, strict=True)
        )
        sheet = Sheet(title, (spent.grain.capitalize(), "left", "spent evenly"), rows)
        legend = ("of the whole window's budget; below the even line it will not last",)
        narrow = replace(chart, annotations=())
        return Figure(title, svg(draw.lines(chart, WIDE)), svg(draw.lines(narrow, NARROW)), sheet, legend)

    def _happened(self, slo: Slo, spent: Spending) -> Iterator[draw.Annotation]:
        """What happened on the days of the picture."""
        own = ("", slo.name, slo.events, slo.counted)
        for one in self.workspace.annotations():
            if one.metric in own and one.happened_on in spent.periods:
                yield draw.Annotation(one.happened_on, one.label)

    def _over(self, one: Standing) -> Sheet:
        rows = tuple(
            Row(
                each.words,
                (
                    Cell(self._moment(each.start)),
                    *(Cell(self._count(n)) for n in (each.stretch.total, each.stretch.bad, each.stretch.allowed)),
                    Cell(share(one.slo, each.stretch.attained, self.site.locale)),
                    Cell(percent(each.stretch.left, self.site.locale)),
                    *([Cell(percent(each.credit / 100, self.site.locale))] if one.slo.credits else []),
                ),
            )
            for each in one.windows
        )
        head = ("Window", "since", "events", "bad", "allowed", "attained", "left of its budget")
        note = "What would be owed if the window were over now." if one.slo.credits else ""
        return Sheet("Windows", (*head, "owed") if one.slo.credits else head, rows, note)

    def _alerts(self, one: Standing) -> Sheet:
        locale = self.site.locale
        rows = tuple(
            Row(
                each.alert.severity,
                (
                    Cell(format_value(each.alert.share, "percent", "", locale, digits=0)),
                    Cell(f"{format_value(each.factor, '', '', locale)} ×"),
                    Cell(f"{rate(each.long, locale)} over {lasting(each.alert.long.total_seconds())}"),
                    Cell(f"{rate(each.short, locale)} over {lasting(each.alert.short.total_seconds())}"),
                    Cell(each.state, "text worse" if each.state == "firing" else "text"),
                ),
            )
            for each in one.burning
        )
        head = ("Calls for a", "when so much is gone", "burning at", "long stretch", "short stretch", "state")
        note = "It speaks up when both stretches burn that fast. Thresholds are scaled to the first window."
        return Sheet("How fast it burns", head, rows, note)

    def _worst(self, one: Standing, window: Window) -> Sheet:
        found = worst(self.workspace.query, one, window)
        rows = tuple(
            Row(
                self._moment(at),
                (
                    Cell(self._count(stretch.bad)),
                    Cell(self._count(stretch.total)),
                    Cell(share(one.slo, stretch.attained, self.site.locale)),
                    Cell(percent(stretch.bad / window.stretch.allowed, self.site.locale)),
                ),
            )
            for at, stretch in found
        )
        head = ("Hour from", "bad", "events", "good", "of the budget")
        return Sheet("Worst hours", head, rows, "" if rows else "No bad events in this window.")

    def _groups(self, slo: Slo) -> Iterator[Sheet]:
        for field in slo.dimensions:
            found = sorted(self._standings([slo], (field,)), key=urgent)
            name = field.rpartition(".")[2].replace("_", " ").capitalize()
            head = (name, "Attained", "Left of its budget", "Burns, last day", "State")
            yield Sheet(f"By {name.lower()}", head, tuple(self._row(one) for one in found))

    def _title(self, name: str) -> str:
        metric = self.workspace.model.metrics.get(name)
        return metric.title if metric else name

    def _count(self, value: float) -> str:
        return format_value(round(value), "", "", self.site.locale)

    @property
    def _zone(self) -> str:
        return self.workspace.model.workspace.timezone

    def _moment(self, moment: datetime) -> str:
        return f"{local(moment, self._zone):%-d %b %Y %H:%M}"


def urgent(one: Standing) -> tuple[int, float]:
    """What is looked at first: alerts, then what has least left."""
    left = one.windows[0].stretch.left
    return ("page", "ticket", "spent", "met", "unknown").index(one.state), 1.0 if left is None else left


def json_of(found: Sequence[Standing]) -> Response:
    """Standings as JSON."""
    return Response(msgspec.json.encode([as_dict(one) for one in found]), media_type="application/json")
