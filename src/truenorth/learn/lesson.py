"""The lesson beside a metric: what it asks, its formula with the reader's numbers, how to read it, how it misleads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from truenorth.base.locale import THIN
from truenorth.base.quantity import DURATIONS, NONE, format_value, plain
from truenorth.define.graph import inputs_of
from truenorth.define.model import Metric, Model
from truenorth.define.templates import Elsewhere, Pitfall, Template, Toy, Variant, find_template, templates
from truenorth.learn.formula import Formula, Shown, formula
from truenorth.learn.reading import Past, own_sentences, plain_sentences

ONE = {"people": "person"}
DOMAIN_NOTES = {
    "customer": (
        "A customer metric: it tells what people do with what you make. It speaks before the money does, "
        "and it answers to what you change and to whom you invite."
    ),
    "operational": (
        "An operational metric: it tells how well the machine serves. It moves within minutes, your own team can "
        "change it directly, and customers answer to it later."
    ),
    "financial": (
        "A financial metric: it tells what the work was worth in money. It is an outcome; when it moves, the causes "
        "are older and stand in customer and operational metrics."
    ),
}


@dataclass(frozen=True, slots=True)
class LessonToy:
    """A toy table as it is shown: all texts, both answers with how they come about, and their SQL."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wrong: str
    wrong_how: str
    wrong_sql: str
    right: str
    right_how: str
    right_sql: str
    why: str


@dataclass(frozen=True, slots=True)
class LessonPitfall:
    """One way to be wrong, and the toy that shows it."""

    title: str
    text: str
    toy: LessonToy


@dataclass(frozen=True, slots=True)
class Related:
    """Another metric worth a look. `metric` is its name in this workspace, or "" where it is not defined yet."""

    name: str
    label: str
    question: str
    metric: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a metric's page teaches. `template` is the standard metric behind it, "" for one of the user's own."""

    metric: str
    question: str
    domain_note: str
    formula: Formula
    result: str
    words: str
    how_to_read: tuple[str, ...]
    pitfalls: tuple[LessonPitfall, ...] = ()
    variants: tuple[Variant, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    related: tuple[Related, ...] = ()
    sources: tuple[str, ...] = ()
    template: str = ""


def lesson(model: Model, metric: Metric, values: Mapping[str, Shown], past: Past | None = None) -> Lesson:
    """The lesson of one metric. `values` holds the metric's own number by its name and those of its `operands` by key;
    what is missing is left out of the formula. `past` adds sentences about the reader's own history."""
    locale, currency = model.workspace.locale, model.workspace.currency
    own = own_sentences(metric, past or Past(), locale, currency)
    shown = values.get(metric.name)
    tree = formula(model, metric, values)
    known = template_of(metric)
    if known is None:
        return Lesson(
            metric=metric.name,
            question=metric.description,
            domain_note=DOMAIN_NOTES.get(metric.domain, ""),
            formula=tree,
            result=shown.text if shown else "",
            words=tree.words,
            how_to_read=(*own, *plain_sentences(model, metric)),
            related=_related(model, metric, None),
        )
    return Lesson(
        metric=metric.name,
        question=known.question,
        domain_note=known.kind_note if metric.domain in ("", known.domain) else DOMAIN_NOTES[metric.domain],
        formula=tree,
        result=shown.text if shown else "",
        words=metric.description or known.formula,
        how_to_read=(*own, *known.how_to_read),
        pitfalls=tuple(_pitfall(trap, locale, currency) for trap in known.pitfalls),
        variants=known.variants,
        elsewhere=known.elsewhere,
        related=_related(model, metric, known),
        sources=known.sources,
        template=known.name,
    )


def template_of(metric: Metric) -> Template | None:
    """The standard metric that a metric follows: the one it names, else the one of the same name and unit."""
    if metric.template:
        return find_template(metric.template)
    alike = find_template(metric.name)
    return alike if alike and metric.unit == alike.unit else None


def _pitfall(trap: Pitfall, locale: str, currency: str) -> LessonPitfall:
    toy = trap.toy
    return LessonPitfall(
        trap.title,
        trap.text,
        LessonToy(
            head=tuple(name.replace("_", " ") for name in toy.columns),
            rows=tuple(tuple(_cell(value, locale) for value in row) for row in toy.rows),
            wrong=_answer(toy, toy.wrong, locale, currency),
            wrong_how=toy.wrong_how,
            wrong_sql=toy.wrong_sql,
            right=_answer(toy, toy.right, locale, currency),
            right_how=toy.right_how,
            right_sql=toy.right_sql,
            why=toy.why,
        ),
    )


def _cell(value: object, locale: str) -> str:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, locale)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: int | float, locale: str) -> str:
    """All the digits that were written, and no more."""
    digits = 0 if isinstance(value, int) else len(repr(value).partition(".")[2])
    return plain(value, digits, locale)


def _answer(toy: Toy, value: float, locale: str, currency: str) -> str:
    """A toy's number with its unit, as exact as the toy is; counts get their noun."""
    if toy.unit == "currency":
        return format_value(value, "currency", currency, locale)
    exact = round(value * 100 if toy.unit == "percent" else value, 2)
    number = _number(round(exact) if exact.is_integer() else exact, locale)
    if toy.unit == "ratio":
        return number
    if toy.unit == "percent":
        return f"{number}{THIN}%"
    if toy.unit in DURATIONS:
        return f"{number}{THIN}{DURATIONS[toy.unit][0]}"
    return f"{number} {ONE.get(toy.unit, toy.unit.removesuffix('s')) if exact == 1 else toy.unit}"


def _related(model: Model, metric: Metric, known: Template | None) -> tuple[Related, ...]:
    """The metrics computed from this one, those after the same template, and the template's neighbours; each once."""
    used_by = [one for one in model.metrics.values() if metric.name in inputs_of(one)]
    follows = {one.name: template_of(one) for one in model.metrics.values() if one.name != metric.name}
    alike = [model.metrics[name] for name, found in follows.items() if known and found is known]
    found = {one.name: Related(one.name, one.title, one.description, one.name) for one in (*used_by, *alike)}
    here: dict[str, str] = {}
    for name, template in follows.items():
        if template:
            here.setdefault(template.name, name)
    for neighbour in known.related if known else ():
        present = here.get(neighbour, "")
        found.setdefault(present or neighbour, _neighbour(model, templates()[neighbour], present))
    return tuple(found.values())


def _neighbour(model: Model, other: Template, here: str) -> Related:
    label = model.metrics[here].title if here else other.label
    return Related(other.name, label, other.question, here)
