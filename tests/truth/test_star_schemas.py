"""Random star schemas and random questions: the engine's numbers against plain Python, and against themselves.

TRUENORTH_EXAMPLES=200 looks further; the examples are the same in every run.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from tests.truth import star as plain
from tests.truth.case import WAREHOUSES, Rows
from tests.truth.star import RATIOS, SIMPLE, SUMS, WINDOWS, Asked, Condition, Hop, Reference, Relation, Row, Star
from tests.truth.test_properties import EXAMPLES, NOW, asked
from truenorth.define.check import check
from truenorth.define.load import load
from truenorth.query.catalog import Catalog
from truenorth.query.request import Filter, MetricQuery
from truenorth.query.run import Runner
from truenorth.query.verify import verify
from truenorth.store.engine import Engine
from truenorth.store.open import open_engine

DAYS = [date(2023, 12, 29) + timedelta(days=n) for n in range(6)] + [
    date(2024, 2, 28) + timedelta(days=n) for n in range(3)
]
HOURS = [4, 5, 7, 12, 23]
SPANS = {
    "2023-12..2024-03": (date(2023, 12, 1), date(2024, 3, 31)),
    "2024-01": (date(2024, 1, 1), date(2024, 1, 31)),
    "2023-12-30..2024-01-02": (date(2023, 12, 30), date(2024, 1, 2)),
}
ZONES = ["UTC", "America/New_York", "Asia/Kathmandu"]
TIMES = ["date", "timestamp", "timestamptz", "Australia/Lord_Howe"]
GRAINS = st.sampled_from(["", "day", "week", "month", "quarter", "year"])
# Each of these asks hundreds of questions.
FEW = EXAMPLES.max_examples // 8
COUNTING = {"sold", "paid", "buyers", "made", "people_known", "contacts", "buyers_3"}
ADDITIVE = {"worth", "sold", "paid", "made", "minutes", "people_known", "limits", "units"}


@dataclass(frozen=True)
class Drawn:
    """A star, the words that define it, the types of its columns, and what may be asked of it."""

    star: Star
    definitions: str
    types: dict[str, dict[str, str]]
    metrics: tuple[str, ...]
    fields: dict[str, tuple[Reference, ...]]

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        tables = "\n".join(f"{name}: {row}" for name, rows in self.star.tables.items() for row in rows)
        printer.text(f"\n{self.definitions}{tables}\n")


def own(text: str, *hops: Hop, name: str = "") -> Reference:
    return Reference(text, hops, name or text.rpartition(".")[2])


@st.composite
def keys(draw: st.DrawFn, known: list[Any], lost: Any) -> Any:
    """A key: mostly one that is there, now and then an orphan or none."""
    return draw(st.sampled_from([*known, *known, *known, lost, None]))


@st.composite
def moments(draw: st.DrawFn, kind: str) -> Any:
    """A time as a column of a kind holds it, or none."""
    day = draw(st.sampled_from([*DAYS, *DAYS, None]))
    if day is None or kind == "date":
        return day
    at = datetime(day.year, day.month, day.day, draw(st.sampled_from(HOURS)), 30)
    return at.replace(tzinfo=UTC) if kind == "timestamptz" else at


@st.composite
def stars(draw: st.DrawFn) -> Drawn:
    """A star schema with its rows: which tables there are, how keys look, how time is written."""
    has = {name: draw(st.booleans()) for name in ("lands", "payer", "calls", "lines", "tags", "history")}
    texts = draw(st.booleans())
    people = [f"p{n}" if texts else n for n in range(1, draw(st.integers(1, 4)) + 1)]
    lost: Any = "p9" if texts else 9
    key = "text" if texts else "integer"
    words = st.sampled_from(["a", "b", "", "(none)", None])
    numbers = st.one_of(st.integers(-3, 9), st.none())
    kinds = {"sales": draw(st.sampled_from(TIMES)), "calls": draw(st.sampled_from(TIMES))}
    sales = [
        {
            "id": n,
            "person": draw(keys(people, lost)),
            "payer": draw(keys(people, lost)),
            "at": draw(moments(kinds["sales"])),
            "n": draw(numbers),
            "status": draw(st.sampled_from(["paid", "open", None])),
        }
        for n in range(1, draw(st.integers(0, 7)) + 1)
    ]
    tables: dict[str, list[Row]] = {
        "people": [
            {"id": one, "region": draw(words), "land": draw(st.sampled_from([1, 2, 9, None])), "n": draw(numbers)}
            for one in people
        ],
        "sales": sales,
    }
    ids = [one["id"] for one in sales] or [1]
    if has["lands"]:
        tables["lands"] = [{"id": n, "continent": draw(words)} for n in (1, 2)]
    if has["calls"]:
        size = draw(st.integers(0, 4))
        tables["calls"] = [
            {"id": n, "person": draw(keys(people, lost)), "at": draw(moments(kinds["calls"])), "n": draw(numbers)}
            for n in range(size)
        ]
    if has["lines"]:
        size = draw(st.integers(0, 6))
        skus = st.sampled_from(["x", "y", None])
        tables["lines"] = [
            {"id": n, "sale": draw(keys(ids, 99)), "sku": draw(skus), "n": draw(numbers)} for n in range(size)
        ]
    if has["tags"]:
        tables["tags"] = [{"id": n, "tag": draw(st.sampled_from(["new", "old", None]))} for n in (1, 2, 3)]
        pairs = st.tuples(keys(ids, 99), st.sampled_from([1, 2, 3, 9, None]))
        tables["tagged"] = [{"sale": sale, "tag": tag} for sale, tag in draw(st.lists(pairs, max_size=6))]
    if has["history"]:
        tables["history"] = [one for person in people for one in draw(spells(person))]
    return described(
        Star(tables, relations(has), {name: "UTC" if kind in TIMES[:3] else kind for name, kind in kinds.items()}),
        has,
        key,
        kinds,
    )


@st.composite
def spells(draw: st.DrawFn, person: Any) -> list[Row]:
    """What segment someone was in, and when: spells that do not overlap, the ends open now and then."""
    edges = sorted(draw(st.lists(st.sampled_from(DAYS), unique=True, max_size=3)))
    bounds: list[date | None] = [
        *([None] if draw(st.booleans()) else []),
        *edges,
        *([None] if draw(st.booleans()) else []),
    ]
    return [
        {"person": person, "segment": draw(st.sampled_from(["big", "small", None])), "since": since, "until": until}
        for since, until in pairwise(bounds)
    ]


def relations(has: dict[str, bool]) -> dict[str, Relation]:
    found = {"sale_person": Relation("sales", "people", (("person", "id"),))}
    if has["lands"]:
        found["person_land"] = Relation("people", "lands", (("land", "id"),))
    if has["payer"]:
        found["sale_payer"] = Relation("sales", "people", (("payer", "id"),))
    if has["calls"]:
        found["call_person"] = Relation("calls", "people", (("person", "id"),))
    if has["lines"]:
        found["line_sale"] = Relation("lines", "sales", (("sale", "id"),))
    if has["tags"]:
        found["tagged_sale"] = Relation("tagged", "sales", (("sale", "id"),))
        found["tagged_tag"] = Relation("tagged", "tags", (("tag", "id"),))
    if has["history"]:
        found["sale_history"] = Relation("sales", "history", (("person", "person"),), valid=True)
    return found


FIELDS = {
    "people": ("region", "n"),
    "sales": ("status", "person", "n"),
    "lands": ("continent",),
    "calls": ("n",),
    "lines": ("sku", "n"),
    "tags": ("tag",),
    "tagged": ("sale",),
    "history": ("segment", "since", "until"),
}
WORDS = {
    "worth": "agg: sum, expr: n",
    "sold": "agg: count",
    "paid": "agg: count, filter: status = 'paid'",
    "buyers": "agg: count_distinct, expr: person",
    "mean_sale": "agg: avg, expr: n",
    "middle_sale": "agg: median, expr: n",
    "least_sale": "agg: min, expr: n",
    "made": "agg: count",
    "minutes": "agg: sum, expr: n",
    "people_known": "agg: count",
    "limits": "agg: sum, expr: n",
    "units": "agg: sum, expr: n",
}


def described(star: Star, has: dict[str, bool], key: str, kinds: dict[str, str]) -> Drawn:
    """The definitions of a star, its column types, and the fields that each dataset can be asked by."""
    types: dict[str, dict[str, str]] = {
        "people": {"id": key, "region": "text", "land": "integer", "n": "integer"},
        "sales": {"id": "integer", "person": key, "payer": key, "at": "timestamp", "n": "integer", "status": "text"},
        "lands": {"id": "integer", "continent": "text"},
        "calls": {"id": "integer", "person": key, "at": "timestamp", "n": "integer"},
        "lines": {"id": "integer", "sale": "integer", "sku": "text", "n": "integer"},
        "tags": {"id": "integer", "tag": "text"},
        "tagged": {"sale": "integer", "tag": "integer"},
        "history": {"person": key, "segment": "text", "since": "date", "until": "date"},
    }
    lines = ["datasets:"]
    for name in star.tables:
        fields = [f"{{name: {one}}}" for one in FIELDS[name]]
        if name in kinds:
            kind = kinds[name]
            zone = "" if kind in TIMES[:3] else f", timezone: {kind}"
            types[name]["at"] = kind if kind in TIMES[:3] else "timestamp"
            fields.append(f"{{name: at{zone}}}")
        time = ", time: at" if name in kinds else ""
        primary = ", primary_key: [id]" if "id" in types[name] else ""
        lines.append(f"  - {{name: {name}, source: {name}{primary}{time}, fields: [{', '.join(fields)}]}}")
    lines.append("relationships:")
    for name, one in star.relations.items():
        here, there = zip(*one.pairs, strict=True)
        valid = ", valid_from: since, valid_to: until" if one.valid else ""
        lines.append(
            f"  - {{name: {name}, from: {one.from_}, to: {one.to}, from_columns: [{', '.join(here)}], to_columns: [{', '.join(there)}]{valid}}}"
        )
    lines.append("metrics:")
    metrics = [name for name in (*SIMPLE, *RATIOS, *SUMS, *WINDOWS) if plain.datasets(name) <= set(star.tables)]
    lines += [worded(name) for name in metrics]
    return Drawn(star, "\n".join(lines) + "\n", types, tuple(metrics), fields_of(has))


def worded(name: str) -> str:
    """A metric as YAML."""
    if name in SIMPLE:
        return f"  - {{name: {name}, type: simple, dataset: {SIMPLE[name][0]}, {WORDS[name]}}}"
    if name in RATIOS:
        above, below = RATIOS[name]
        return f"  - {{name: {name}, type: ratio, numerator: {above}, denominator: {below}}}"
    if name in SUMS:
        left, right, sign = SUMS[name]
        expr = f"{left} {'+' if sign > 0 else '-'} {right}"
        return (
            f"  - {{name: {name}, type: derived, expr: {expr}, input_metrics: [{{name: {left}}}, {{name: {right}}}]}}"
        )
    given, days = WINDOWS[name]
    back = {0: "", -1: ", grain_to_date: year"}.get(days, f", window: {days} days")
    return f"  - {{name: {name}, type: cumulative, input_metric: {given}{back}}}"


def fields_of(has: dict[str, bool]) -> dict[str, tuple[Reference, ...]]:
    """What a dataset can be asked by, each written in one of the ways that are clear."""
    person, land, call = ("sale_person", True), ("person_land", True), ("call_person", True)
    road = "sale_person." if has["payer"] else ""
    sales = [own("status"), own(f"{road}region", person)]
    people, calls = [own("region")], [own("region", call)]
    lines = [
        own("sku"),
        own("status", ("line_sale", True)),
        own(f"{road}region" if road else "people.region", ("line_sale", True), person),
    ]
    if road:
        lines = lines[:2]
        sales.append(own("sale_payer.region", ("sale_payer", True)))
    if has["lands"]:
        sales.append(own("sale_person.person_land.continent" if road else "continent", person, land))
        people.append(own("lands.continent", land))
        calls.append(own("call_person.person_land.continent", call, land))
    if has["lines"]:
        sales.append(own("sku", ("line_sale", False)))
    if has["tags"]:
        sales.append(own("tags.tag", ("tagged_sale", False), ("tagged_tag", True)))
    if has["history"]:
        sales.append(own("segment", ("sale_history", True)))
    found = {"sales": sales, "people": people, "calls": calls, "lines": lines}
    return {name: tuple(references) for name, references in found.items()}


@st.composite
def conditions(draw: st.DrawFn, reference: Reference) -> Condition:
    """A condition on a text field."""
    value = draw(st.sampled_from(["a", "b", "", "(none)", "paid", "x", "new", "big"]))
    choices = [
        Condition(f"{reference.text} = '{value}'", reference, lambda found: found == value),
        Condition(f"{reference.text} <> '{value}'", reference, lambda found: found is not None and found != value),
        Condition(f"{reference.text} is null", reference, lambda found: found is None),
        Condition(f"{reference.text} in ('{value}', 'a')", reference, lambda found: found in (value, "a")),
    ]
    return draw(st.sampled_from(choices))


@st.composite
def questions(
    draw: st.DrawFn, metrics: st.SearchStrategy[str] | None = None
) -> tuple[Drawn, tuple[str, ...], Asked, str]:
    """A star, metrics, the same question for Python, and the words of its range."""
    drawn = draw(stars())
    one = draw(st.sampled_from(drawn.metrics))
    facts = plain.datasets(one)
    others = [name for name in drawn.metrics if plain.datasets(name) <= facts]
    chosen = tuple(dict.fromkeys([one, *draw(st.lists(st.sampled_from(others), max_size=3))]))
    shared = common(drawn, facts)
    by = tuple(draw(st.lists(st.sampled_from(shared), unique=True, max_size=2))) if shared else ()
    where = (
        tuple(draw(conditions(draw(st.sampled_from(shared)))) for _ in range(draw(st.integers(0, 2)))) if shared else ()
    )
    timed = facts <= {"sales", "calls"}
    span = draw(st.sampled_from(["all", *SPANS])) if timed else "all"
    grain = draw(GRAINS) if timed else ""
    if any(name in WINDOWS for name in chosen):
        span = draw(st.sampled_from(list(SPANS)))
        grain = "day" if span.startswith("2023-12-30") and grain else grain
    return drawn, chosen, Asked(by, grain, SPANS.get(span), draw(st.sampled_from(ZONES)), where), span


def common(drawn: Drawn, facts: set[str]) -> list[Reference]:
    """The fields that all datasets of a question can be asked by, under one text."""
    if len(facts) == 1:
        return list(drawn.fields[next(iter(facts))])
    return [one for one in drawn.fields["calls"] if any(one.text == other.text for other in drawn.fields["sales"])]


def seen_from(drawn: Drawn, dataset: str, question: Asked) -> Asked:
    """The question with the ways that lead from one dataset."""
    known = {one.text: one for one in drawn.fields[dataset]}
    where = tuple(replace(one, reference=known[one.reference.text]) for one in question.where)
    return replace(question, by=tuple(known[one.text] for one in question.by), where=where)


@cache
def warehouse(engine: str) -> Engine:
    return open_engine(WAREHOUSES[engine], Path())


def runner(engine: str, drawn: Drawn) -> Runner:
    """A warehouse with a star in it."""
    opened = warehouse(engine)
    for name, rows in drawn.star.tables.items():
        types = drawn.types[name]
        opened.load(name, Rows(types, [tuple(row[column] for column in types) for row in rows]).table, types)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "metrics").mkdir()
        (Path(folder) / "truenorth.yml").write_text("version: 1\nname: star\n", "utf-8")
        (Path(folder) / "metrics" / "star.yml").write_text(f"version: 1\n{drawn.definitions}", "utf-8")
        return Runner(Catalog(check(load(folder)), opened))


def words_of(question: Asked, span: str) -> dict[str, Any]:
    return {
        "by": tuple(one.text for one in question.by),
        "grain": question.grain,
        "range": span,
        "timezone": question.zone,
        "where": tuple(one.sql for one in question.where),
    }


def expected(drawn: Drawn, metric: str, question: Asked) -> dict[Any, Any]:
    """A metric by plain Python; what stands in several datasets is asked of each in its own words."""
    if metric in WINDOWS:
        return plain.window(drawn.star, metric, seen_from(drawn, "sales", question))
    parts = {
        name: plain.flow(drawn.star, name, seen_from(drawn, SIMPLE[name][0], question)) for name in plain.inputs(metric)
    }
    keys_of = {key for values in parts.values() for key in values}
    return {
        key: plain.worth(metric, {name: values.get(key, nothing(name)) for name, values in parts.items()})
        for key in keys_of
    }


def nothing(metric: str) -> Any:
    """What a metric is worth where it has no rows."""
    return 0 if metric in COUNTING else None


def equal(one: Any, other: Any) -> bool:
    return (one is None) == (other is None) and (one is None or one == approx(other))


def meets(found: dict[Any, dict[str, Any]], wanted: dict[Any, Any], metric: str) -> None:
    """Every group of either is worth the same in both; a group that is absent is worth nothing."""
    for key in set(found) | set(wanted):
        left = found[key][metric] if key in found else nothing(metric)
        right = wanted.get(key, nothing(metric))
        assert equal(left, right), (metric, key, left, right)


@EXAMPLES
@given(asking=questions())
def test_any_question_about_any_star_is_what_plain_python_says(engine: str, asking: Any) -> None:
    is_what_plain_python_says(engine, *asking)


@pytest.mark.slow
@settings(EXAMPLES, max_examples=500)
@given(asking=questions())
def test_many_more_questions_are_what_plain_python_says(engine: str, asking: Any) -> None:
    is_what_plain_python_says(engine, *asking)


def is_what_plain_python_says(engine: str, drawn: Drawn, metrics: tuple[str, ...], question: Asked, span: str) -> None:
    found = asked(runner(engine, drawn), metrics, **words_of(question, span))
    for metric in metrics:
        meets(found, expected(drawn, metric, question), metric)


@EXAMPLES
@given(asking=questions())
def test_totals_are_of_the_rows_whatever_the_groups(engine: str, asking: Any) -> None:
    drawn, metrics, question, span = asking
    one = runner(engine, drawn)
    answer = one.ask(MetricQuery(metrics, totals=True, **words_of(question, span)), NOW)
    whole = replace(question, by=(), grain="")
    for metric in metrics:
        total = answer.totals[metric]
        assert equal(total, expected(drawn, metric, whole).get((), nothing(metric))), metric
        overlap = any("the parts overlap" in note for note in answer.notes)
        if metric in ADDITIVE and not overlap:
            parts: list[Any] = [value for value in answer.table.column(metric) if value is not None]
            assert sum(parts) == (total or 0), metric


@EXAMPLES
@given(asking=questions())
def test_filling_and_company_change_nothing(engine: str, asking: Any) -> None:
    drawn, metrics, question, span = asking
    one, words = runner(engine, drawn), words_of(question, span)
    plainly = asked(one, metrics, **words)
    for metric in metrics:
        alone = asked(one, (metric,), **words)
        meets(alone, {key: row[metric] for key, row in plainly.items()}, metric)
    assert asked(one, metrics[::-1], **words) == plainly
    if question.grain:
        full = asked(one, metrics, fill=True, **words)
        assert {key: full[key] for key in plainly} == plainly
        assert all(
            full[key] == {name: nothing(name) for name in metrics}
            for key in set(full) - set(plainly)
            if not set(metrics) & set(WINDOWS)
        )


@EXAMPLES
@given(asking=questions())
def test_a_group_chosen_is_the_group(engine: str, asking: Any) -> None:
    """Grouped = filtered: each row of an answer is the answer to a question about that group alone."""
    drawn, metrics, question, span = asking
    one, words = runner(engine, drawn), words_of(replace(question, grain=""), span)
    for key, row in asked(one, metrics, **words).items():
        chosen = tuple(Filter(reference.text, (value,)) for reference, value in zip(question.by, key, strict=True))
        many = [reference for reference in question.by if any(not forwards for _, forwards in reference.hops)]
        if many and (question.where or len(question.by) > 1):
            continue
        alone = asked(one, metrics, **{**words, "by": (), "where": (*words["where"], *chosen)})
        for metric in metrics:
            meets(alone, {(): row[metric]}, metric)


@settings(EXAMPLES, max_examples=max(4, FEW))
@given(drawn=stars())
def test_verify_finds_nothing_wrong(engine: str, drawn: Drawn) -> None:
    one = runner(engine, drawn)
    report = verify(one.catalog, lambda query: one.ask(query, NOW), NOW, (), 1)
    assert report.passed, report.smallest
