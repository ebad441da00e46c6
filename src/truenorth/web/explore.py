"""Pages on which a journey is tried out: all choices stand in the address, and what they come to can be kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from truenorth.base.errors import TrueNorthError
from truenorth.base.quantity import format_value
from truenorth.base.table import Column, Value
from truenorth.define.trial import written
from truenorth.export.cell import heading
from truenorth.query.answer import Answer
from truenorth.web import twin
from truenorth.web.choosing import FORMS, MOST_STEPS, NAME, Blank, blanks, chosen, usual
from truenorth.web.explored import Explored, explored
from truenorth.web.page import Site, render, respond
from truenorth.web.speak import sentence_case, tidy
from truenorth.web.trouble import AbsentMetric
from truenorth.web.view import Cell, Choice, Figure, Row, Sheet, Why
from truenorth.workspace import Workspace, trying

Safe = Callable[[Callable[[Request], Response]], Callable[[Request], Response]]
RANGE, MOST_ROWS, BLANK_STEPS = "90d", 60, 2
EXPLORED = tuple((f"Explore {kind}", f"/explore/{kind}") for kind in FORMS)
NUMBERS = ("metric", "previous", "change")
PICTURES = {"funnel": "Step by step", "lifecycle": "Who comes and who stays away"}


@dataclass(frozen=True, slots=True)
class Exploring:
    """The page."""

    title: str
    action: str
    kinds: tuple[Choice, ...]
    blanks: tuple[Blank, ...]
    more: tuple[Blank, ...]
    steps: tuple[str, ...]
    range: str
    yaml: str
    twins: tuple[Choice, ...] = ()
    picture: Why | None = None
    pictured: str = ""
    figure: Figure | None = None
    matrix: Sheet | None = None
    sheet: Sheet | None = None
    split: Sheet | None = None
    compared: Sheet | None = None
    caveats: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()


class Explorer:
    """The endpoints."""

    def __init__(self, workspace: Workspace, site: Site) -> None:
        self.workspace = workspace
        self.site = site

    def routes(self, safe: Safe) -> list[Route]:
        """The page of each kind, and its numbers as a file."""
        return [Route("/explore/{kind}.{form}", safe(self.file)), Route("/explore/{kind}", safe(self.page))]

    def page(self, request: Request) -> Response:
        """Trying out a funnel, retention, lifecycle, sessions or paths: the choices, and what they come to."""
        kind, given = self._given(request)
        text, trouble = written(chosen(kind, given)), ""
        found = None
        try:
            found = self._found(text, request)
        except TrueNorthError as error:
            trouble = str(error)
        view = self._view(request, kind, given, (text, trouble), found)
        return respond(request, render("explore.html", self.site.shell(request), view), 400 if trouble else 200)

    def file(self, request: Request) -> Response:
        """The numbers as a file."""
        kind, given = self._given(request)
        twin.check(request.path_params["form"])
        found = self._found(written(chosen(kind, given)), request)
        return twin.plain_file(
            found.split or found.answer, request.path_params["form"], f"explored_{kind}", self.site.locale
        )

    def _given(self, request: Request) -> tuple[str, dict[str, Sequence[str]]]:
        kind = request.path_params["kind"]
        if kind not in FORMS:
            raise AbsentMetric(
                "E_NAME_NOT_FOUND", f'nothing named "{kind}" to explore', hint=f"one of {', '.join(FORMS)}"
            )
        params = request.query_params
        given: dict[str, Sequence[str]] = {key: params.getlist(key) for key in params}
        return kind, given if "dataset" in given else {**usual(self.workspace.model, kind), **given}

    def _found(self, text: str, request: Request) -> Explored:
        """What a definition comes to, asked of a workspace that knows it as well."""
        by, vs = (request.query_params.get(key, "").strip() for key in ("by", "vs"))
        return explored(trying(self.workspace, text), _range(request), by, vs)

    def _view(
        self,
        request: Request,
        kind: str,
        given: Mapping[str, Sequence[str]],
        text: tuple[str, str],
        found: Explored | None,
    ) -> Exploring:
        steps = [one for one in given.get("step", ()) if one.strip()]
        blank = min(BLANK_STEPS, MOST_STEPS - len(steps))
        query = f"?{request.url.query}" if request.url.query else ""
        return Exploring(
            title=f"Explore {'paths' if kind == 'paths' else f'a {kind}' if kind != 'sessions' else kind}",
            action=f"/explore/{kind}",
            kinds=tuple(Choice(sentence_case(one), f"/explore/{one}", one == kind) for one in FORMS),
            blanks=tuple(blanks(self.workspace.model, kind, given)),
            more=tuple(blanks(self.workspace.model, kind, given, more=True)),
            steps=(*steps, *[""] * max(0, blank)) if kind == "funnel" else (),
            range=_range(request),
            yaml=text[0],
            twins=tuple(Choice(f".{form}", f"/explore/{kind}.{form}{query}") for form in ("csv", "json", "xlsx", "md"))
            if found
            else (),
            picture=found.picture if found else None,
            pictured=PICTURES.get(kind, ""),
            figure=found.figure if found else None,
            matrix=found.matrix if found else None,
            sheet=_sheet(found.answer, self.site.locale) if found and kind not in ("funnel", "retention") else None,
            split=_sheet(found.split, self.site.locale, "Group by group") if found and found.split else None,
            compared=_compared(found.compared, self.site.locale) if found and found.compared else None,
            caveats=tuple(map(_own, found.answer.notes)) if found else (),
            trouble=(text[1],) if text[1] else (),
        )


def _range(request: Request) -> str:
    return request.query_params.get("range", "").strip() or RANGE


def _sheet(answer: Answer, locale: str, caption: str = "What was found") -> Sheet:
    """The answer as a table."""
    columns = answer.table.columns
    head = tuple(map(_heading, columns))
    rows = tuple(Row(_word(row[0]), tuple(_shown(answer, row, locale))[1:]) for row in answer.table.rows[:MOST_ROWS])
    more = len(answer.table) - len(rows)
    return Sheet(caption, head, rows, f"{more:,} more rows stand in the files." if more > 0 else "")


def _compared(answer: Answer, locale: str) -> Sheet:
    """Each number, what it was in the earlier range, and the change."""
    columns = answer.table.columns
    metrics = [one for one in columns if one.role == "metric"]
    beside = ("metric", "previous", "change")
    earlier = next(heading(one, answer.query.vs) for one in columns if one.role == "previous")
    [values] = answer.table.rows or [(None,) * len(columns)]
    cells = {
        (one.of or one.name, one.role): cell for one, cell in zip(columns, _shown(answer, values, locale), strict=True)
    }
    rows = tuple(Row(_heading(one), tuple(cells[one.name, role] for role in beside)) for one in metrics)
    return Sheet("Beside an earlier range", ("", "now", earlier, "change"), rows)


def _heading(column: Column) -> str:
    return _own((column.label or column.name).removeprefix(f"{NAME}__").replace("_", " "))


def _own(text: str) -> str:
    """A text without the name that what is tried out does not have yet."""
    return sentence_case(re.sub(f"^{NAME}[,:] ", "", text, flags=re.IGNORECASE))


def _shown(answer: Answer, row: Sequence[Value], locale: str) -> Iterator[Cell]:
    """The values of a row in their units."""
    for column, value in zip(answer.table.columns, row, strict=True):
        if column.role not in NUMBERS or not isinstance(value, int | float | None):
            yield Cell(_word(value))
        elif value is None:
            yield Cell("–")
        else:
            sign = "+" if column.role == "change" and value > 0 else ""
            yield Cell(sign + format_value(tidy(value), column.unit, column.currency, locale))


def _word(value: Value) -> str:
    return "(none)" if value is None else str(value)
