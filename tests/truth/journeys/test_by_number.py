"""Whose a row is may be told by a number of its own that leads elsewhere. Numbers are looked up once, and kinds that
look at whole days read them as bits: the answers are those of rows with the person written out."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.truth.case import Rows, World
from truenorth.base.table import Value
from truenorth.query import bitmap
from truenorth.query.journey import pairs, read
from truenorth.query.request import MetricQuery
from truenorth.query.retention import matrix

NOW = datetime(2025, 6, 1)
ZONE = "timezone: America/New_York\n"
KINDS = """
  - {name: active, type: lifecycle, dataset: events, entity: "WHO", period: week}
  - {name: new, type: lifecycle, of: active, part: new}
  - {name: dormant, type: lifecycle, of: active, part: dormant}
  - {name: weekly, type: stickiness, dataset: events, entity: "WHO", part: days, days: 2}
  - {name: lost, type: churn, dataset: events, entity: "WHO", rule: inactivity, idle: 3 days}
  - {name: gone, type: churn, dataset: events, entity: "WHO", rule: activity, period: week}
  - {name: back, type: retention, dataset: events, entity: "WHO", period: day, first: in_range, after: 2}
  - {name: ever, type: retention, dataset: events, entity: "WHO", period: week, after: 1}
  - {name: again, type: retention, dataset: events, entity: "WHO", period: day, first: recurring, after: 1}
  - {name: until, type: retention, dataset: events, entity: "WHO", period: day, criteria: on_or_before, after: 2}
  - {name: visits, type: sessions, dataset: events, entity: "WHO"}
  - {name: seen, type: simple, dataset: events, agg: count_distinct, expr: "WHO"}
  - {name: rolling, type: cumulative, input_metric: seen, window: 5 days}
  - name: bought
    type: funnel
    dataset: events
    entity: "WHO"
    window: 2 days
    steps: [{name: view, filter: "event = 'view'"}, {name: buy, filter: "event = 'buy'"}]
"""
NAMES = ("active", "new", "dormant", "weekly", "lost", "gone", "back", "ever", "again", "until", "visits", "bought")
# Days are enough for these, where no condition tells one row of a day from another.
DAILY = ("active", "new", "dormant", "weekly", "lost", "gone", "back", "ever", "again")
FIELDS = "fields: [{name: who}, {name: event}]"
NUMBERED = f"""
datasets:
  - {{name: events, source: events, time: at, {FIELDS}}}
  - {{name: people, source: people, primary_key: [id], fields: [{{name: person}}]}}
relationships:
  - {{name: whose, from: events, to: people, from_columns: [who], to_columns: [id]}}
metrics:
{KINDS}
"""
WRITTEN = f"datasets:\n  - {{name: events, source: events, time: at, {FIELDS}}}\nmetrics:\n{KINDS}"
# Who by number (7 and 8 are one person, 9 is a number that leads nowhere), how many hours after the first of March.
SEEN = st.tuples(st.sampled_from([7, 8, 9, 12, None]), st.integers(0, 24 * 40), st.sampled_from(["view", "buy"]))
TO = {7: 70, 8: 70, 12: 120}
WHO = {"integer": "coalesce(people.person, who)", "text": "people.person"}
# What a number that leads nowhere stands for; rows without one stand for somebody only in the last.
KEPT = {"coalesce(people.person, who)": "itself", "people.person": "nobody", "coalesce(people.person, 5)": ""}
BEGUN = datetime(2025, 2, 27)
Seen = tuple[int | None, int, str]


def worlds(seen: list[Seen], kind: str) -> tuple[World, World]:
    """The same rows twice: with numbers and the people they lead to, and with the people written out."""
    types = {"who": "integer", "at": "timestamp", "event": "text"}
    rows = [(who, BEGUN + timedelta(hours=hours), event) for who, hours, event in seen]

    def name(number: int | None) -> Value:
        found = None if number is None else TO.get(number, number if kind == "integer" else None)
        return found if found is None or kind == "integer" else f"p{found}"

    people = Rows({"id": "integer", "person": kind}, [(one, name(one)) for one in TO])
    numbered = World(NUMBERED.replace("WHO", WHO[kind]), workspace=ZONE, events=Rows(types, rows), people=people)
    written = [(name(one), at, event) for one, at, event in rows]
    text = {**types, "who": kind}
    return numbered, World(WRITTEN.replace("WHO", "who"), workspace=ZONE, events=Rows(text, written))


def asked(metric: str, where: str) -> MetricQuery:
    """A month of it, of which periods are whole weeks."""
    grain = "week" if metric in ("active", "new", "dormant", "gone") else ""
    return MetricQuery((metric,), range="2025-03-03..2025-03-30", grain=grain, where=(where,) if where else ())


@pytest.mark.parametrize("kind", ["integer", "text"])
@pytest.mark.parametrize("engine", ["duckdb", "clickhouse"])
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.lists(SEEN, min_size=1, max_size=40), st.sampled_from(["", "event = 'buy'"]))
def test_numbers_lead_to_what_is_written_out(engine: str, kind: str, seen: list[Seen], where: str) -> None:
    numbered, written = worlds(seen, kind)
    who = WHO[kind]
    for metric in NAMES:
        query = asked(metric, where)
        found = [world.on(engine).ask(query, NOW) for world in (numbered, written)]
        assert found[0].table.rows == found[1].table.rows, metric
        said = [[note.replace(who, "who") for note in one.notes] for one in found]
        assert said[0] == said[1], metric
    for metric in ("back", "ever", "again", "until"):
        query = asked(metric, where)
        cohorts = [matrix(world.on(engine), query, NOW, 5).cohorts for world in (numbered, written)]
        assert cohorts[0] == cohorts[1], metric


def test_whole_days_are_read_as_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Seen] = [(7, 30, "view"), (8, 60, "buy"), (9, 200, "view"), (12, 230, "buy"), (None, 240, "buy")]
    read_by: list[str] = []
    real = read.by_days

    def noted(*args: object) -> object:
        read_by.append("days")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(read, "by_days", noted)
    numbered, _ = worlds(seen, "integer")
    for metric in NAMES:
        for where in ("", "event = 'buy'"):
            read_by.clear()
            numbered.on("duckdb").ask(asked(metric, where), NOW)
            # Who began ever is told by a row, of which a condition says whether it is asked for.
            told = metric in DAILY and not (where and metric in ("ever", "again"))
            assert bool(read_by) == told, (metric, where)


@pytest.mark.parametrize("who", KEPT)
@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.lists(SEEN, min_size=1, max_size=40), st.sampled_from(["", "event = 'buy'", "people.person > 70"]))
def test_numbers_of_a_day_make_way_for_whom_they_stand_for(who: str, seen: list[Seen], where: str) -> None:
    """Rolling counts by bits of numbers are those of rows joined one by one, whether a number leads somewhere or not."""
    numbered, _ = worlds(seen, "integer")
    world = World(numbered.definitions.replace(WHO["integer"], who), workspace=ZONE, **numbered.tables)
    query = MetricQuery(("rolling",), range="2025-02-26..2025-04-10", grain="day", where=(where,) if where else ())
    runner = world.on("duckdb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bitmap, "SPARSE", 0)
        plain = runner.ask(query, NOW)
        assert "moves" not in plain.sql
        runner.answers.clear()
        patch.setattr(bitmap, "SPARSE", 1 << 20)
        patch.setattr(bitmap, "FEW", 1e-9)
        looked_up = runner.ask(query, NOW)
    numbers = [one for one, _, _ in seen if one is not None]
    others = [one for one in TO if numbers and min(numbers) <= one <= max(numbers)]
    # Where nobody at all is known there is nothing to count.
    changed = {"itself": others, "nobody": [one for one in numbers if one in TO], "": []}[KEPT[who]]
    assert ("moves" in looked_up.sql) == bool(changed)
    assert looked_up.table.rows == plain.table.rows
    assert world.on("clickhouse").ask(query, NOW).table.rows == plain.table.rows


def test_a_table_that_is_gone_is_nobodys_business() -> None:
    """What a question does not read may be missing."""
    numbered, _ = worlds([(7, 30, "view"), (8, 60, "buy"), (9, 61, "buy"), (9, 62, "buy")], "integer")
    broken = numbered.definitions.replace("datasets:\n", "datasets:\n  - {name: gone, file: gone.csv}\n", 1)
    query = MetricQuery(("rolling",), range="2025-03-01..2025-03-01", grain="day")
    found = World(broken, workspace=ZONE, **numbered.tables).on("duckdb").ask(query, NOW)
    assert found.table.rows == numbered.on("duckdb").ask(query, NOW).table.rows == ((date(2025, 3, 1), 2),)


def test_a_day_begins_where_the_zone_says(engine: str) -> None:
    """5:00 in UTC is midnight in New York before the ninth of March 2025, and 4:00 from then on."""
    world = worlds([], "integer")[0]
    rows = [(7, datetime(2025, 3, 8, 4, 59), "view"), (9, datetime(2025, 3, 8, 5), "view")]
    rows += [(12, datetime(2025, 3, 10, 4), "view"), (8, datetime(2025, 3, 10, 3, 59), "view")]
    types = {"who": "integer", "at": "timestamp", "event": "text"}
    people = Rows({"id": "integer", "person": "integer"}, list(TO.items()))
    world = World(world.definitions, workspace=ZONE, events=Rows(types, rows), people=people)
    daily = World(world.definitions.replace("period: week", "period: day"), workspace=ZONE, **world.tables)
    found = daily.rows(engine, "active", grain="day", range="2025-03-07..2025-03-10", fill="zero")
    # 7 and 8 are one person, seen on the seventh and the ninth.
    assert found == [(date(2025, 3, 7 + at), count) for at, count in enumerate([1, 1, 1, 1])]


@pytest.mark.parametrize("metric", ["bought", "visits"])
def test_a_number_that_came_in_meanwhile_is_followed_too(monkeypatch: pytest.MonkeyPatch, metric: str) -> None:
    """A question knows the least and the greatest number from before it reads: what lies beyond is joined as it is."""
    world = worlds([(7, 30, "view"), (7, 31, "buy"), (12, 230, "view"), (12, 231, "buy")], "integer")[0]
    runner = world.on("duckdb")
    asking = MetricQuery((metric,))
    whole = runner.ask(asking, NOW).table.rows
    runner.answers.clear()
    monkeypatch.setattr(type(runner.catalog), "bounds", lambda self, dataset, sql: (7, 9))
    assert runner.ask(asking, NOW).table.rows == whole


def test_sessions_of_what_came_in_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first and the last time are known from before, too; rows of nobody are counted apart."""
    seen: list[Seen] = [(7, 30, "view"), (8, 30, "buy"), (12, 230, "view"), (None, 231, "buy"), (9, 300, "view")]
    runner = worlds(seen, "integer")[0].on("duckdb")
    whole = runner.ask(MetricQuery(("visits",)), NOW)
    assert (whole.table.rows, len(whole.notes)) == (((3,),), 1)
    runner.answers.clear()
    real = pairs.Room
    monkeypatch.setattr(pairs, "Room", lambda key, whom, begin, end: real(key, whom, begin, end - 1))
    assert runner.ask(MetricQuery(("visits",)), NOW).table.rows == whole.table.rows
