"""Cohorts worked out by hand: how often, how lately, as of which day, by name, from each other, and of nobody.

What product analytics tools do and do not agree on: PostHog's and Mixpanel's "did X at least n times in the last N
days" counts the day asked about as the last of the N; PostHog recalculates cohorts on a schedule, so that an answer
about the past changes, and Mixpanel at the time of the question; here the day is the last one asked about.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import truenorth
from tests.truth.case import NOW, Rows, World
from truenorth.base.errors import QueryError, TrueNorthError
from truenorth.base.policy import Policy
from truenorth.base.table import Value
from truenorth.cli.main import main
from truenorth.define.difference import difference
from truenorth.query.behind import behind
from truenorth.query.member import by_hand
from truenorth.query.member import members as counted
from truenorth.query.request import Filter, MetricQuery
from truenorth.query.segment import members
from truenorth.query.verify import verify

WRITTEN = """
datasets:
  - {name: events, source: events, time: at, fields: [{name: person}, {name: event}, {name: plan}]}
  - {name: people, source: people, primary_key: [person], fields: [{name: person}, {name: country}]}
  - {name: orders, source: orders, time: day, fields: [{name: buyer}, {name: amount}]}
relationships:
  - {name: order_buyer, from: orders, to: people, from_columns: [buyer], to_columns: [person]}
metrics:
  - {name: events_seen, type: simple, dataset: events, agg: count}
  - {name: actives, type: simple, dataset: events, agg: count_distinct, expr: person}
  - {name: exports, type: simple, dataset: events, agg: count, filter: "event = 'export'"}
  - {name: power_exports, type: simple, dataset: events, agg: count, filter: "event = 'export' and power"}
  - {name: export_share, type: ratio, numerator: exports, denominator: events_seen}
  - {name: events_so_far, type: cumulative, input_metric: events_seen}
  - {name: spent, type: simple, dataset: orders, agg: sum, expr: amount}
  - name: seen_then_exported
    type: funnel
    dataset: events
    entity: person
    window: 30 days
    steps: [{name: seen, filter: "event = 'view'"}, {name: exported, filter: "event = 'export'"}]
  - {name: seen, type: funnel, of: seen_then_exported, part: entered}
{checked}
cohorts:
  - {name: power, dataset: events, entity: person, where: "event = 'export'", at_least: 3, within: 30 days}
  - {name: power_in_march, dataset: events, entity: person, where: "event = 'export'", at_least: 3, within: 30 days, as_of: 2025-03-31}
  - {name: ever_exported, dataset: events, entity: person, where: "event = 'export'"}
  - {name: gone, dataset: events, entity: person, stopped: 30 days}
  - {name: newcomers, dataset: events, entity: person, state: new, period: month}
  - {name: regulars, dataset: events, entity: person, state: returning, period: month}
  - {name: back, dataset: events, entity: person, state: resurrecting, period: month}
  - {name: asleep, dataset: events, entity: person, state: dormant, period: month}
  - {name: vip, dataset: events, entity: person, members: [ada, nobody_at_all]}
  - {name: germans, dataset: people, entity: person, where: "country = 'DE'"}
  - {name: either, any_of: [power, germans]}
  - {name: power_germans, all_of: [power, germans]}
  - {name: power_abroad, all_of: [power], none_of: [germans]}
  - {name: others, dataset: events, entity: person, none_of: [power]}
  - {name: fans, dataset: events, entity: person, where: "power and event = 'view'"}
  - {name: spenders, dataset: people, entity: person, where: "METRIC(spent by person) > 50"}
"""
COHORTS = (
    "power", "power_in_march", "ever_exported", "gone", "newcomers", "regulars", "back", "asleep", "vip", "germans",
    "either", "power_germans", "power_abroad", "others", "fans", "spenders",
)  # fmt: skip
CHECKED = [f"  - {{name: by_{one}, type: simple, dataset: events, agg: count, dimensions: [{one}]}}" for one in COHORTS]
DEFINED = WRITTEN.replace("{checked}", "\n".join(CHECKED))
# Ada exports three times in thirty days up to 31 March (the first on 2 March, the first of the thirty); Bob's first of
# three is a day too early; Cy exports twice; Di only looks, last in January; somebody without a name exports thrice.
EVENTS = """
person text | event text | plan text | at timestamp
ada         | export     | pro       | 2025-03-02T00:00:00
ada         | view       | pro       | 2025-03-02T09:00:00
ada         | export     | pro       | 2025-03-15T09:00:00
ada         | export     | pro       | 2025-03-31T23:59:59
bob         | export     | free      | 2025-03-01T23:59:59
bob         | export     | free      | 2025-03-20T09:00:00
bob         | export     | free      | 2025-03-21T09:00:00
cy          | view       | free      | 2025-02-10T09:00:00
cy          | export     | free      | 2025-03-10T09:00:00
cy          | export     | free      | 2025-03-11T09:00:00
di          | view       | free      | 2025-01-05T09:00:00
            | export     | free      | 2025-03-03T09:00:00
            | export     | free      | 2025-03-04T09:00:00
            | export     | free      | 2025-03-05T09:00:00
"""
PEOPLE = """
person text | country text
ada         | DE
bob         | DE
cy          | FR
di          |
"""
ORDERS = """
buyer text | amount integer | day date
ada        | 60             | 2025-03-05
bob        | 40             | 2025-03-06
cy         | 90             | 2025-03-07
           | 10             | 2025-03-08
"""
WORLD = World(DEFINED, events=EVENTS, people=PEOPLE, orders=ORDERS)
MARCH = "2025-03"


def who(engine: str, cohort: str, range: str = MARCH) -> list[object]:
    """Whoever has events in a range and is in a cohort."""
    return [row[0] for row in WORLD.rows(engine, "events_seen", by="person", where=cohort, range=range)]


def test_at_least_three_times_in_thirty_days(engine: str) -> None:
    assert who(engine, "power") == ["ada"]


def test_the_first_of_thirty_days_counts_and_the_day_before_does_not(engine: str) -> None:
    """2 March is the first of the thirty days that end with 31 March; of thirty-one days it would be 1 March."""
    assert who(engine, "power", "2025-03-01..2025-03-30") == ["bob"]


def test_an_answer_about_the_past_stays_as_it_was(engine: str) -> None:
    """Asked later about the same days, the same people are meant."""
    early, late = (
        WORLD.rows(engine, "exports", by="power", range=MARCH, now=NOW.replace(year=year)) for year in (2026, 2030)
    )
    assert early == late == [(False, 5), (True, 3), (None, 3)]


def test_without_a_range_the_day_is_today(engine: str) -> None:
    """On the first of January 2026 nobody has exported for months."""
    assert WORLD.rows(engine, "exports", by="power") == [(False, 8), (None, 3)]


def test_a_day_may_be_fixed(engine: str) -> None:
    assert WORLD.rows(engine, "exports", by="power_in_march") == [(False, 5), (True, 3), (None, 3)]


def test_nobody_is_in_no_cohort_and_has_a_place(engine: str) -> None:
    """Three exports without a person would be enough for one."""
    rows = {row[0]: row[1] for row in WORLD.rows(engine, "events_seen", by="power", range=MARCH)}
    assert rows == {True: 4, False: 5, None: 3}
    assert WORLD.value(engine, "events_seen", range=MARCH) == 12


@pytest.mark.parametrize("value", [True, False, None])
def test_a_filter_is_the_group(engine: str, value: bool | None) -> None:
    rows = {row[0]: row[1] for row in WORLD.rows(engine, "events_seen", by="power", range=MARCH)}
    assert WORLD.value(engine, "events_seen", where=Filter("power", (value,)), range=MARCH) == rows[value]


def test_not_in_a_cohort_is_somebody(engine: str) -> None:
    assert WORLD.value(engine, "events_seen", where="not power", range=MARCH) == 5


def test_stopped(engine: str) -> None:
    """Di was last seen in January; Cy's last event, of 11 March, is more than thirty days before 10 April."""
    assert who(engine, "gone", "2025-01-01..2025-03-31") == ["di"]
    assert who(engine, "gone", "2025-01-01..2025-04-09") == ["di"]
    assert who(engine, "gone", "2025-01-01..2025-04-10") == ["cy", "di"]


def test_states_of_life(engine: str) -> None:
    """Bob and Ada begin in March; Cy comes in February and March; in April all three of March are asleep."""
    assert who(engine, "newcomers", "2025-01-01..2025-03-31") == ["ada", "bob"]
    assert who(engine, "regulars", "2025-01-01..2025-03-31") == ["cy"]
    assert who(engine, "back", "2025-01-01..2025-03-31") == []
    assert who(engine, "asleep", "2025-01-01..2025-04-30") == ["ada", "bob", "cy"]
    assert who(engine, "asleep", "2025-01-01..2025-03-31") == []


def test_named_members_may_be_unknown(engine: str) -> None:
    assert who(engine, "vip") == ["ada"]


def test_a_property_of_people_is_a_cohort_of_their_events(engine: str) -> None:
    assert who(engine, "germans") == ["ada", "bob"]


def test_cohorts_are_put_together(engine: str) -> None:
    assert who(engine, "either") == ["ada", "bob"]
    assert who(engine, "power_germans") == ["ada"]
    assert who(engine, "power_abroad") == []
    assert who(engine, "others", "2025-01-01..2025-03-31") == ["bob", "cy", "di"]


def test_a_cohort_may_be_a_condition_of_another(engine: str) -> None:
    """Ada looked, and exports a lot; Cy and Di only looked."""
    assert who(engine, "fans") == ["ada"]
    assert who(engine, "fans", "2025-03-01..2025-03-30") == []


def test_a_metric_of_people_may_make_a_cohort(engine: str) -> None:
    assert who(engine, "spenders") == ["ada", "cy"]


def test_a_cohort_is_reached_through_relationships(engine: str) -> None:
    """Orders point to people by their buyer; who exports a lot is told by events."""
    assert WORLD.rows(engine, "spent", by="power", range=MARCH) == [(False, 130), (True, 60), (None, 10)]
    assert WORLD.rows(engine, "spent", by="germans", range=MARCH) == [(False, 90), (True, 100), (None, 10)]


def test_metrics_of_other_types_and_several_at_once(engine: str) -> None:
    found = WORLD.rows(engine, "export_share", "actives", "exports", "power_exports", by="power", range=MARCH)
    assert found == [(False, 1.0, 2, 5, 0), (True, 0.75, 1, 3, 3), (None, 1.0, 0, 3, 0)]
    assert WORLD.rows(engine, "power_exports", range=MARCH) == [(3,)]
    so_far = WORLD.rows(engine, "events_so_far", by="power", grain="month", range="2025-01-01..2025-03-31")
    assert [row[1:] for row in so_far if row[0].month == 3] == [(False, 7), (True, 4), (None, 3)]  # type: ignore[union-attr]


def test_journeys_are_split_by_cohorts(engine: str) -> None:
    """Ada exports after she looked; Cy exports 28 days after the look, Di never."""
    rows = WORLD.rows(engine, "seen", "seen_then_exported", by="power", range="2025-01-01..2025-03-31")
    assert rows == [(False, 2, 0.5), (True, 1, 1.0)]
    assert WORLD.rows(engine, "seen", where="power", range="2025-01-01..2025-03-31") == [(1,)]


def test_two_cohorts_split_together(engine: str) -> None:
    rows = WORLD.rows(engine, "events_seen", by=("power", "germans"), range=MARCH)
    assert rows == [(False, False, 2), (False, True, 3), (True, True, 4), (None, None, 3)]


def test_days_are_those_of_the_zone_asked_for(engine: str) -> None:
    """Ada's export of 2 March, midnight in UTC, is one of 1 March in New York, and so not one of the thirty days."""
    rows = WORLD.rows(engine, "exports", by="power", range=MARCH, timezone="America/New_York")
    assert (True, 3) not in rows


def test_verify_finds_nothing(engine: str) -> None:
    catalog = WORLD.on(engine).catalog
    names = ("exports", "power_exports", "seen", "spent", *(f"by_{name}" for name in COHORTS))
    report = verify(catalog, lambda query: WORLD.on(engine).ask(query, NOW), NOW, names, 3)
    assert report.passed, report.smallest


def test_members_are_listed_as_many_as_are_counted(engine: str) -> None:
    """The named one that nobody has is listed; it has no rows to count."""
    catalog = WORLD.on(engine).catalog
    assert members(catalog, "power", "2025-03-31", "UTC", NOW) == ["ada"]
    assert members(catalog, "power", "2025-03-30", "UTC", NOW) == ["bob"]
    assert members(catalog, "power", "", "UTC", NOW) == []
    assert members(catalog, "vip", "", "UTC", NOW) == ["ada", "nobody_at_all"]
    found = members(catalog, "others", "2025-03-31", "UTC", NOW)
    assert found == ["bob", "cy", "di"]
    assert WORLD.value(engine, "actives", where="others", range="2025-01-01..2025-03-31") == len(found)


def test_an_unknown_cohort_is_said() -> None:
    with pytest.raises(QueryError) as caught:
        members(WORLD.on("duckdb").catalog, "powr", "", "UTC", NOW)
    assert caught.value.code == "E_NAME_NOT_FOUND"
    assert "power" in caught.value.hint


def test_a_list_may_stand_in_a_file(tmp_path: Path) -> None:
    """One name a line; a changed file is read anew."""
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: case\n", "utf-8")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "events.csv").write_text("person,at\nada,2025-03-01\nbob,2025-03-02\n", "utf-8")
    (tmp_path / "vip.txt").write_text("ada\n\n", "utf-8")
    (tmp_path / "metrics" / "case.yml").write_text(
        "version: 1\ndatasets: [{name: events, file: events.csv, time: at, fields: [{name: person}]}]\n"
        "metrics: [{name: seen, type: simple, dataset: events, agg: count}]\n"
        "cohorts: [{name: vip, dataset: events, entity: person, file: vip.txt}]\n",
        "utf-8",
    )
    for names, rows in (("ada", ((False, 1), (True, 1))), ("ada\nbob", ((True, 2),))):
        (tmp_path / "vip.txt").write_text(names, "utf-8")
        with truenorth.open(tmp_path) as opened:
            assert opened.query("seen", by="vip").table.rows == rows


def test_the_command_lists_cohorts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: case\nclock: data\n", "utf-8")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "events.csv").write_text("person,at\nada,2025-03-01\nbob,2025-03-02\nbob,2025-03-02\n", "utf-8")
    (tmp_path / "metrics" / "case.yml").write_text(
        "version: 1\ndatasets: [{name: events, file: events.csv, time: at, fields: [{name: person}]}]\n"
        "metrics: [{name: seen, type: simple, dataset: events, agg: count}]\n"
        "cohorts: [{name: often, dataset: events, entity: person, at_least: 2}]\n",
        "utf-8",
    )
    assert main(["cohorts", "often", "-w", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "bob\n"
    assert main(["cohorts", "-w", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["often", "1", "person", "Often"]
    assert main(["cohorts", "often", "--as-of", "2025-03-01", "-w", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "nobody\n"


def test_a_changed_cohort_is_a_change_of_the_definitions() -> None:
    old = WORLD.on("duckdb").catalog.model
    power = replace(old.cohorts["power"], at_least=5)
    found = difference(old, replace(old, cohorts={**old.cohorts, "power": power}))
    assert [edit.clause.place for edit in found.edits] == ["power.at_least"]


MERGED = World(
    """
datasets:
  - {name: events, source: events, time: at}
  - {name: persons, source: persons, primary_key: [id], fields: [{name: id}, {name: person}]}
relationships:
  - {name: event_person, from: events, to: persons, from_columns: [device], to_columns: [id]}
metrics:
  - {name: seen, type: simple, dataset: events, agg: count}
cohorts:
  - {name: often, dataset: events, entity: persons.person, at_least: 3}
""",
    events="""
    device text | at timestamp
    phone       | 2025-03-01T09:00:00
    laptop      | 2025-03-02T09:00:00
    laptop      | 2025-03-03T09:00:00
    tablet      | 2025-03-03T10:00:00
    unknown     | 2025-03-03T11:00:00
    """,
    persons="""
    id text | person text
    phone   | ada
    laptop  | ada
    tablet  | bob
    """,
)


def test_rows_of_several_ids_are_of_one_person(engine: str) -> None:
    """Ada's phone and laptop make three together; of a device that nobody is known by, the row is nobody's."""
    assert MERGED.rows(engine, "seen", by="often") == [(False, 1), (True, 3), (None, 1)]
    assert MERGED.rows(engine, "seen", where="often", by="persons.person") == [("ada", 3)]
    assert members(MERGED.on(engine).catalog, "often", "", "UTC", NOW) == ["ada"]


def test_totals_and_comparisons_are_about_the_same_people(engine: str) -> None:
    """Ada is in the cohort as of the end of March, and so in February as well, where she has nothing."""
    found = WORLD.ask(engine, "events_seen", by="power", range=MARCH, totals=True, vs="prev")
    assert [row[:3] for row in found.table.rows] == [(False, 5, 1), (True, 4, 0), (None, 3, 0)]
    assert found.totals["events_seen"] == 12


def test_a_range_that_ends_within_a_day_is_as_of_that_day(engine: str) -> None:
    assert who(engine, "power", "2025-03-01T00:00..2025-03-31T12:00") == ["ada"]


def test_the_rest_and_the_first_groups(engine: str) -> None:
    rows = WORLD.rows(engine, "events_seen", by="power", range=MARCH, limit=1, other=True, order="-events_seen")
    assert [row[-1] for row in rows] == [5, 7]


def test_hidden_rows_make_nobody_a_member(engine: str) -> None:
    """Who may see only what is free sees nobody of the paying: Ada's rows do not exist."""
    runner = WORLD.under(engine, Policy(rows={"events": "plan = 'free'"}))
    found = runner.ask(MetricQuery(("events_seen",), by=("power",), range=MARCH), NOW).table.rows
    assert found == ((False, 5), (None, 3))


def test_what_lies_behind_a_number_of_a_cohort_is_just_that(engine: str) -> None:
    """Of plain rows, of people counted once, and of those who enter a funnel."""
    for metric, number in (("exports", 3), ("actives", 1), ("seen", 1)):
        query = MetricQuery((metric,), by=("power",), range="2025-01-01..2025-03-31")
        found = behind(WORLD.on(engine), query, NOW, ("true",))
        assert found.number == found.size == len(found.answer.table.rows) == number
    alone = MetricQuery(("exports",), where=("power",), range=MARCH)
    assert behind(WORLD.on(engine), alone, NOW).size == 3


RULES = (
    "at_least: 2, within: 5 days", "at_least: 2", "stopped: 4 days", "state: new, period: week",
    "state: resurrecting, period: day", "state: dormant, period: week", "where: x, at_least: 3, within: 1 month",
)  # fmt: skip
HAPPENED = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40 * 24), st.booleans()), min_size=1, max_size=25)


@settings(max_examples=8, deadline=None)
@given(rows=HAPPENED, past=st.integers(0, 45), zone=st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York"]))
def test_the_engine_and_the_count_by_hand_agree(rows: list[tuple[str, int, bool]], past: int, zone: str) -> None:
    """Whatever happens when, both roads name the same members, as of any day in any zone."""
    start = datetime(2025, 3, 1)
    happened: list[list[Value]] = [[who, start + timedelta(hours=hours), x] for who, hours, x in rows]
    listed = "".join(f"  - {{name: c{at}, dataset: events, entity: who, {rule}}}\n" for at, rule in enumerate(RULES))
    fields = "[{name: who}, {name: x}]"
    world = World(
        f"datasets: [{{name: events, source: events, time: at, fields: {fields}}}]\ncohorts:\n{listed}",
        events=Rows({"who": "text", "at": "timestamp", "x": "boolean"}, happened),
    )
    catalog, day = world.on("duckdb").catalog, date(2025, 3, 1) + timedelta(days=past)
    plainly = by_hand(catalog, day, zone, NOW)
    for at in range(len(RULES)):
        assert members(catalog, f"c{at}", str(day), zone, NOW) == sorted(map(str, counted(plainly, f"c{at}")))


def test_a_circle_through_a_field_is_said_when_it_is_asked() -> None:
    """What fields are computed from is told apart from what cohorts are; the question finds out."""
    world = World(
        "datasets: [{name: events, source: events, fields: [{name: who}, {name: flag, expr: often}]}]\n"
        "metrics: [{name: seen, type: simple, dataset: events, agg: count}]\n"
        "cohorts: [{name: often, dataset: events, entity: who, where: flag}]\n",
        events="who text\nada",
    )
    with pytest.raises(TrueNorthError) as caught:
        world.rows("duckdb", "seen", by="often")
    assert caught.value.code == "E_COHORT_CYCLE"
