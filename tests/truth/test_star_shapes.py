"""Random stars again, asked in the shapes an answer can have: several times, the rest in one row, chosen rows, earlier periods."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.truth import star as plain
from tests.truth.star import PARTS, WINDOWS, Asked, Condition, Reference
from tests.truth.test_properties import EXAMPLES, NOW, asked
from tests.truth.test_star_schemas import (
    SPANS,
    Drawn,
    equal,
    expected,
    meets,
    nothing,
    questions,
    runner,
    seen_from,
    words_of,
)
from truenorth.query.request import MetricQuery

COLUMNS = st.lists(
    st.sampled_from(["day", "week", "month", "quarter", "year", *PARTS]), unique=True, min_size=1, max_size=3
)


def flows(asking: Any) -> tuple[Drawn, tuple[str, ...], Asked, str]:
    """The question with metrics that do not look back only."""
    drawn, metrics, question, span = asking
    return drawn, tuple(name for name in metrics if name not in WINDOWS), question, span


@EXAMPLES
@given(asking=questions(), columns=COLUMNS)
def test_several_times_in_one_answer(engine: str, asking: Any, columns: list[str]) -> None:
    drawn, metrics, question, span = flows(asking)
    if not metrics or not plain.datasets(metrics[0]) <= {"sales", "calls"}:
        return
    question = replace(question, grain="", times=tuple(columns))
    words = words_of(question, span)
    words["by"] = (*(f"metric_time__{column}" for column in columns), *words["by"])
    one = runner(engine, drawn)
    found = asked(one, metrics, **words)
    for metric in metrics:
        meets(found, expected(drawn, metric, question), metric)
    full = asked(one, metrics, fill=True, **words)
    assert {key: full[key] for key in found} == found
    assert all(full[key] == {name: nothing(name) for name in metrics} for key in set(full) - set(found))


@EXAMPLES
@given(asking=questions(), limit=st.integers(0, 2))
def test_the_rest_beyond_a_limit_is_counted_from_its_rows(engine: str, asking: Any, limit: int) -> None:
    drawn, metrics, question, span = flows(asking)
    question = replace(question, grain="")
    if not metrics or not question.by:
        return
    answer = runner(engine, drawn).ask(MetricQuery(metrics, limit=limit, other=True, **words_of(question, span)), NOW)
    size = len(question.by)
    rows = answer.table.dicts()
    names = [column.name for column in answer.table.columns if column.role == "dimension"]
    shown = {tuple(row[name] for name in names[:size]): row for row in rows if row["row__kind"] != "other"}
    rest = [row for row in rows if row["row__kind"] == "other"]
    for metric in metrics:
        whole = expected(drawn, metric, question)
        assert all(equal(row[metric], whole.get(key, nothing(metric))) for key, row in shown.items()), metric
        others = set(whole) - set(shown)
        assert bool(rest) or not others or len(metrics) > 1
        if rest:
            assert equal(rest[0][metric], beyond(drawn, metric, question, set(shown))), metric


def beyond(drawn: Drawn, metric: str, question: Asked, shown: set[Any]) -> Any:
    """A metric over the rows of all groups that are not shown, each row once."""
    values = {}
    for name in plain.inputs(metric):
        dataset, work = plain.SIMPLE[name]
        groups = drawn.star.grouped(dataset, seen_from(drawn, dataset, question))
        rows = {id(row): row for key, rows in groups.items() if key not in shown for row in rows}
        values[name] = work(list(rows.values()))
    return plain.worth(metric, values)


@EXAMPLES
@given(asking=questions(), bound=st.integers(-2, 5), sign=st.sampled_from([">", "<=", "="]))
def test_rows_are_chosen_after_all_is_counted(engine: str, asking: Any, bound: int, sign: str) -> None:
    drawn, metrics, question, span = asking
    one, words = runner(engine, drawn), words_of(question, span)
    everything = asked(one, metrics, **words)
    holds = {">": lambda value: value > bound, "<=": lambda value: value <= bound, "=": lambda value: value == bound}[
        sign
    ]
    chosen = {key: row for key, row in everything.items() if row[metrics[0]] is not None and holds(row[metrics[0]])}
    assert asked(one, metrics, having=(f"{metrics[0]} {sign} {bound}",), **words) == chosen


def earlier(day: date, grain: str) -> date:
    """The first day of the period before the one that begins on a day."""
    back = day - timedelta(days=1)
    return plain.begins(back, grain)


@EXAMPLES
@given(
    asking=questions(),
    grain=st.sampled_from(["day", "week", "month", "quarter", "year"]),
    span=st.sampled_from(list(SPANS)),
)
def test_an_offset_is_the_value_of_the_earlier_period(engine: str, asking: Any, grain: str, span: str) -> None:
    """Each period of a range beside the one before it; periods that the range cuts are left to other tests."""
    drawn, _, question, _ = asking
    if not {one.text for one in question.by} <= {one.text for one in drawn.fields["sales"]} or not sold_only(
        question, drawn
    ):
        return
    first, last = SPANS[span]
    whole = [day for day in days(first, last) if plain.begins(day, grain) == day and ends(day, grain) <= last]
    added = f"  - {{name: before, type: derived, expr: b, input_metrics: [{{name: sold, alias: b, offset_window: 1 {grain}}}]}}\n"
    one = runner(engine, replace(drawn, definitions=drawn.definitions + added))
    question = seen_from(drawn, "sales", question)
    found = asked(one, ("before",), **words_of(replace(question, grain=grain), span))
    everything = plain.flow(
        drawn.star, "sold", replace(question, grain=grain, span=(date(2020, 1, 1), date(2030, 1, 1)))
    )
    groups = {key[1:] for key in everything} | {key[1:] for key in found}
    for day in whole:
        for group in groups:
            value = found.get((day, *group), {"before": 0})["before"]
            assert (value or 0) == everything.get((earlier(day, grain), *group), 0), (day, group)


def sold_only(question: Asked, drawn: Drawn) -> bool:
    """Whether a question can be asked of sales."""
    known = {one.text for one in drawn.fields["sales"]}
    return all(one.reference.text in known for one in question.where)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def ends(day: date, grain: str) -> date:
    """The last day of the period that begins on a day."""
    return max(one for one in days(day, day + timedelta(days=366)) if plain.begins(one, grain) == day)


@EXAMPLES
@given(asking=questions(), bound=st.integers(0, 2), of=st.sampled_from(["sold", "worth", "paid"]))
def test_a_condition_on_another_metric_is_about_the_row_s_own_person(
    engine: str, asking: Any, bound: int, of: str
) -> None:
    drawn, metrics, question, span = asking
    if plain.datasets(metrics[0]) != {"sales"}:
        return
    question = seen_from(drawn, "sales", question)
    work = plain.SIMPLE[of][1]
    rows = drawn.star.tables["sales"]
    worth = {
        person: work([row for row in rows if row["person"] == person]) for person in {row["person"] for row in rows}
    }

    def holds(person: Any) -> bool:
        return person is not None and worth[person] is not None and worth[person] > bound

    by_person = Condition(f"METRIC({of} BY person) > {bound}", Reference("person", (), "person"), holds)
    question = replace(question, where=(*question.where, by_person))
    found = asked(runner(engine, drawn), metrics, **words_of(question, span))
    for metric in metrics:
        wanted = (plain.window if metric in WINDOWS else plain.flow)(drawn.star, metric, question)
        meets(found, wanted, metric)
