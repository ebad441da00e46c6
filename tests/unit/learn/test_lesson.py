"""The lesson: from a template or from the bare definition, with the workspace's currency, locale and neighbours."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from truenorth.base.quantity import THIN
from truenorth.define.model import Metric, Model, Workspace
from truenorth.define.templates import bind, template, templates
from truenorth.learn.formula import Shown, operands
from truenorth.learn.lesson import DOMAIN_NOTES, Lesson, lesson, template_of
from truenorth.learn.reading import Past


def company(locale: str = "en", **more: Metric) -> Model:
    bound = [msgspec.convert(one, Metric) for each in templates().values() for one in bind(each, "", each.examples)]
    metrics = {one.name: one for one in bound} | more
    return Model(Workspace("Acme", currency="EUR", locale=locale), {}, {}, metrics)


def taught(name: str, model: Model | None = None, past: Past | None = None, **values: Shown) -> Lesson:
    known = model or company()
    return lesson(known, known.metrics[name], values, past)


@pytest.mark.parametrize("name", list(templates()))
def test_every_template_gives_a_whole_lesson(name: str) -> None:
    model = company()
    known = template(name)
    values = {one.key: Shown("1,234") for one in operands(model.metrics[name])} | {name: Shown("3.1 %")}
    made = lesson(model, model.metrics[name], values, Past([100.0, 110.0] * 6, "week"))
    assert made.template == name
    assert made.question == known.question
    assert made.domain_note == known.kind_note
    assert made.result == "3.1 %"
    assert made.words == model.metrics[name].description
    assert len(made.how_to_read) == len(known.how_to_read) + 2
    assert [trap.title for trap in made.pitfalls] == [trap.title for trap in known.pitfalls]
    assert made.variants == known.variants
    assert made.elsewhere == known.elsewhere
    assert made.sources == known.sources
    assert [one.metric for one in made.related if one.name in known.related] == list(known.related)
    # How many converted is worked out from numbers that are more than words.
    converts = model.metrics[name].type == "conversion"
    assert made.formula.numbers or made.formula.shape == "sentence" or converts


@pytest.mark.parametrize("name", list(templates()))
def test_a_lesson_stands_without_numbers(name: str) -> None:
    made = taught(name)
    assert made.result == ""
    assert made.formula.words
    assert made.formula.numbers == ""
    assert made.how_to_read == template(name).how_to_read


def test_toys_are_written_for_people() -> None:
    toys = {trap.title: trap.toy for trap in taught("churn_rate").pitfalls}
    toy = toys["Joined and left inside the month"]
    assert toy.head == ("customer", "at start", "gone")
    assert toy.rows[0] == ("Ana", "yes", "no")
    assert (toy.wrong, toy.right) == (f"50{THIN}%", f"25{THIN}%")
    assert toys["What is below the line"].wrong == f"9.09{THIN}%"


@pytest.mark.parametrize(
    ("name", "title", "answers"),
    [
        ("error_rate", "Averaging the rates of the hours", ("4 %", "1.09 %")),
        ("page_load_time", "Those who gave up are not in the data", ("1.75 s", "8 s")),
        ("response_time", "Percentiles of servers cannot be averaged", ("527.5 ms", "775 ms")),
        ("cost_per_acquisition", "Averaging the channels", ("€300.00", "€108.70")),
        ("daily_active_users", "Whose midnight?", ("1 person", "2 people")),
        ("daily_active_users", "Today is not over", ("810 people", "1,000 people")),
        ("quick_ratio", "Net losses below the line", ("2", "1.5")),
        ("incident_count", "Fewer is not always better", ("−66.67 %", "1,400 %")),
    ],
)
def test_answers_of_toys_have_their_unit(name: str, title: str, answers: tuple[str, str]) -> None:
    toy = next(trap.toy for trap in taught(name).pitfalls if trap.title == title)
    assert (toy.wrong.replace(THIN, " "), toy.right.replace(THIN, " ")) == answers


def test_toys_follow_the_locale() -> None:
    toy = taught("page_load_time", company(locale="de")).pitfalls[0].toy
    assert toy.rows[0] == ("1", "1,0")
    assert toy.right == f"1,6{THIN}s"


def test_empty_cells_and_times_are_written() -> None:
    days = next(trap.toy for trap in taught("user_retention").pitfalls if trap.title.startswith("On the day"))
    assert days.rows[-1] == ("Dev", "–")
    times = next(trap.toy for trap in taught("daily_active_users").pitfalls if trap.title == "Whose midnight?")
    assert times.rows[1] == ("Ana", "2026-06-02 03:30")


def own(**more: Any) -> Metric:
    return Metric("tickets", "simple", **({"dataset": "tickets", "agg": "count", "direction": "down"} | more))


def test_a_metric_of_ones_own_is_taught_from_its_definition() -> None:
    metric = own(domain="operational", description="How many people asked for help.")
    made = taught("tickets", company(tickets=metric), tickets=Shown("12"))
    assert made.template == ""
    assert made.question == "How many people asked for help."
    assert made.domain_note == DOMAIN_NOTES["operational"]
    assert made.formula.words == made.words == "number of tickets"
    assert made.how_to_read[0] == "Down is good."
    assert made.pitfalls == made.variants == made.elsewhere == ()
    assert made.result == "12"


def test_a_metric_without_a_domain_gets_no_note() -> None:
    assert taught("tickets", company(tickets=own())).domain_note == ""


def test_another_domain_than_the_templates_gets_its_own_note() -> None:
    metric = msgspec.structs.replace(company().metrics["uptime"], domain="customer")
    assert taught("uptime", company(uptime=metric)).domain_note == DOMAIN_NOTES["customer"]


def test_users_of_a_metric_are_its_first_neighbours() -> None:
    made = taught("churn_rate_lost")
    assert [(one.metric, one.label) for one in made.related] == [("churn_rate", "Churn rate")]
    assert [one.metric for one in taught("revenue_growth_revenue").related] == ["revenue_growth"]
    assert [one.metric for one in taught("monthly_active_users_people").related] == ["monthly_active_users"]


def test_the_words_are_the_metrics_own_where_it_has_some() -> None:
    own_words = msgspec.structs.replace(company().metrics["uptime"], description="Good minutes by all minutes.")
    assert taught("uptime", company(uptime=own_words)).words == "Good minutes by all minutes."
    silent = msgspec.structs.replace(own_words, description="")
    assert taught("uptime", company(uptime=silent)).words == template("uptime").formula


def test_each_neighbour_is_named_once_those_computed_from_it_first() -> None:
    stickiness = Metric("stickiness", "ratio", numerator="daily_active_users", denominator="monthly_active_users")
    total = Metric("actives_to_date", "cumulative", template="mau", input_metric="active_users", grain_to_date="year")
    model = company(stickiness=stickiness, actives_to_date=total)
    names = [one.metric for one in taught("active_users", model).related]
    assert names[0] == "actives_to_date"
    assert len(set(names)) == len(names)
    assert [one.metric for one in taught("monthly_active_users", model).related][:2] == [
        "stickiness",
        "actives_to_date",
    ]


def test_neighbours_carry_the_name_they_have_here() -> None:
    model = company()
    renamed = msgspec.structs.replace(model.metrics["churn_rate"], name="logo_churn_2", label="Logo churn")
    others = {name: one for name, one in model.metrics.items() if name not in ("churn_rate", "revenue_growth")}
    made = taught("user_retention", msgspec.structs.replace(model, metrics=others | {"logo_churn_2": renamed}))
    churn = next(one for one in made.related if one.name == "churn_rate")
    assert (churn.metric, churn.label) == ("logo_churn_2", "Logo churn")


def test_neighbours_that_are_not_defined_are_named_without_a_link() -> None:
    metric = company().metrics["uptime"]
    made = lesson(Model(Workspace("Acme"), {}, {}, {"uptime": metric}), metric, {})
    assert {one.metric for one in made.related} == {""}
    assert all(one.label and one.question.endswith("?") for one in made.related)


def test_a_template_is_found_by_word_or_by_name_and_unit() -> None:
    assert template_of(own(template="churn")) is template("churn_rate")
    named = Metric("mau", "cumulative", input_metric="people", window="28 days", unit="people")
    assert template_of(named) is template("monthly_active_users")
    assert template_of(msgspec.structs.replace(named, unit="currency")) is None
    assert template_of(own()) is None
