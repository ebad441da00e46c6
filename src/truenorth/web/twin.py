"""The same answer in another dress: CSV, JSON, Markdown, Excel, Parquet, SVG and PNG beside every page."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.period import Moment, Span
from truenorth.base.table import Column, Table, Value
from truenorth.chart import LIGHT, draw, png
from truenorth.decide.card import Card
from truenorth.decide.scorecard import Scorecard
from truenorth.export.write import written
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.web.figure import chart_of
from truenorth.web.question import Asked
from truenorth.web.speak import data_end
from truenorth.web.track import track

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
SIZE = (940.0, 420.0)


def answer_file(asked: Asked, form: str) -> Response:
    """A metric page's answer as a file; pictures show the page's own chart."""
    check(form)
    name = f"{asked.metric.name}.{form}"
    locale = asked.model.workspace.locale
    if form in ("svg", "png"):
        chart = chart_of(asked, track(asked))
        titled = replace(
            chart, title=asked.metric.title, subtitle=f"{chart.label}, data as of {data_end(asked.series.as_of)}"
        )
        picture = draw.lines(titled, SIZE, LIGHT)
        return file(png(picture) if form == "png" else picture, form, name)
    return file(written(asked.split or asked.series, form, locale), form, name)


def plain_file(answer: Answer, form: str, name: str, locale: str) -> Response:
    """An answer of no chart as a file."""
    check(form)
    if form in ("svg", "png"):
        raise QueryError("E_UNKNOWN_FORMAT", f'"{name}" has no picture', hint="one of xlsx, csv, json, md, parquet")
    return file(written(answer, form, locale), form, f"{name}.{form}")


def score_file(score: Scorecard, form: str, locale: str) -> Response:
    """The home page as a file: one row a metric, or all lines as one picture."""
    check(form)
    if form in ("svg", "png"):
        picture = draw.multiples([_line(card) for card in score.cards], f"Key metrics, {score.period}", 5, theme=LIGHT)
        return file(png(picture) if form == "png" else picture, form, f"home.{form}")
    return file(written(_answer(score), form, locale), form, f"home.{form}")


def check(form: str) -> None:
    """QueryError for a form no page has."""
    if form not in KINDS:
        hint = did_you_mean(form, KINDS) or f"one of {', '.join(KINDS)}"
        raise QueryError("E_UNKNOWN_FORMAT", f'no format named "{form}"', hint=hint)


def file(body: str | bytes, form: str, name: str) -> Response:
    """A response that a browser shows where it can, under a good name."""
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-cache"}
    return Response(body, headers=headers, media_type=KINDS[form])


def _answer(score: Scorecard) -> Answer:
    columns = (
        Column("metric"), Column("domain"), Column("period"), Column("value", "metric"), Column("previous", "metric"),
        Column("change", "metric"), Column("verdict"), Column("state"), Column("target", "metric"), Column("owner"),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = [
        (
            card.name, card.domain, _day(card.start), card.value, card.change.base, card.change.absolute, card.verdict,
            card.state, card.goal.value if card.goal else None, card.owner,
        )
        for card in score.cards
    ]  # fmt: skip
    names = tuple(card.name for card in score.cards)
    return Answer(
        MetricQuery(names, grain=score.grain), Table(columns, tuple(rows)), Span(), score.timezone, score.as_of
    )


def _day(moment: Moment | None) -> str:
    return "" if moment is None else moment.isoformat()


def _line(card: Card) -> draw.Lines:
    points = [point for point in card.points if point.value is not None]
    moments = tuple(point.start for point in card.points)
    values = tuple(point.value for point in card.points)
    return draw.Lines(f"{card.label} {card.text}", moments if points else (), (draw.Series(card.label, values),))
