"""The front door: a folder is opened, asked, explained, tested and proved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

import truenorth.workspace as door
from truenorth.base.errors import DefinitionErrors, EngineError, QueryError
from truenorth.base.policy import Policy
from truenorth.query.request import Filter, MetricQuery
from truenorth.store.open import open_engine
from truenorth.workspace import Workspace, question

NOW = datetime(2025, 6, 10, 9, 30)
DEFINITIONS = """version: 1
datasets:
  - {name: orders, source: orders, primary_key: [id], time: ordered_at, fields: [{name: plan}]}
  - {name: visits, file: data/visits.csv, time: day, fields: [{name: page}]}
metrics:
  - name: revenue
    type: simple
    dataset: orders
    agg: sum
    expr: amount
    unit: currency
    tests: [{equals: 30}, {where: "metric_time = '2025-05'", equals: 20}]
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: visits_made, type: simple, dataset: visits, agg: count}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: shop\ntimezone: Europe/Berlin\ncurrency: EUR\n", "utf-8")
    (tmp_path / "metrics" / "all.yml").write_text(DEFINITIONS, "utf-8")
    (tmp_path / "data" / "visits.csv").write_text("day,page\n2025-05-01,/a\n2025-05-02,/b\n", "utf-8")
    engine = open_engine("duckdb:.truenorth/warehouse.duckdb", tmp_path)
    engine.write("create table orders (id integer, ordered_at timestamp, amount decimal(18, 2), plan varchar)")
    engine.write(
        "insert into orders values (1, '2025-04-30 21:59:59', 10, 'pro'), (2, '2025-04-30 22:00:00', 20, null)"
    )
    engine.close()
    return tmp_path


@pytest.fixture
def shop(folder: Path) -> Iterator[Workspace]:
    with door.open(folder, now=NOW) as opened:
        yield opened


def test_it_answers_in_the_workspace_s_own_zone_and_currency(shop: Workspace) -> None:
    answer = shop.query("revenue", grain="month", totals=True)
    assert answer.table.rows == ((date(2025, 4, 1), 10), (date(2025, 5, 1), 20))
    assert (answer.timezone, answer.table.columns[1].currency, answer.totals) == (
        "Europe/Berlin",
        "EUR",
        {"revenue": 30},
    )
    assert answer.as_of.isoformat() == "2025-06-10T11:30:00+02:00"


def test_words_and_a_query_are_the_same_question(shop: Workspace) -> None:
    words = shop.query("revenue", "placed", by="plan", where="id > 0", order="-revenue", limit=5)
    query = MetricQuery(("revenue", "placed"), by=("plan",), where=("id > 0",), order=("-revenue",), limit=5)
    assert shop.query(query) is words
    assert words.table.rows == ((None, 20, 1), ("pro", 10, 1))


def test_one_word_stands_for_a_list() -> None:
    assert question(["a"], {"by": "b", "where": ["", "c"]}) == MetricQuery(("a",), by=("b",), where=("c",))
    chosen = Filter("plan", ("pro", None))
    assert question(["a"], {"where": chosen}) == MetricQuery(("a",), where=(chosen,))
    assert question(["a"], {"where": ""}).where == ()
    assert question([MetricQuery(("x",))], {}) == MetricQuery(("x",))


def test_files_are_read_where_they_lie_and_again_when_they_change(shop: Workspace, folder: Path) -> None:
    assert shop.query("visits_made").table.rows == ((2,),)
    (folder / "data" / "visits.csv").write_text("day,page\n2025-05-01,/a\n2025-05-02,/b\n2025-05-03,/c\n", "utf-8")
    assert shop.query("visits_made").table.rows == ((3,),)


def test_new_rows_are_seen_while_it_is_open(shop: Workspace, folder: Path) -> None:
    before = shop.query("revenue")
    writer = open_engine("duckdb:.truenorth/warehouse.duckdb", folder)
    shop.close()
    writer.write("insert into orders values (3, '2025-06-01 12:00:00', 5, 'pro')")
    writer.close()
    assert (before.table.rows, shop.query("revenue").table.rows) == (((30,),), ((35,),))


def test_a_plan_and_sql_without_an_answer(shop: Workspace) -> None:
    plan, sql = shop.explain("revenue", by="plan", range="2025")
    assert "read orders by ordered_at (period): revenue = sum(amount)" in plan
    assert sql.startswith("WITH leg_1 AS (")


def test_expected_numbers_and_proof(shop: Workspace) -> None:
    assert [outcome.passed for outcome in shop.test()] == [True, True]
    report = shop.verify()
    assert report.passed, str(report.smallest)
    assert report.compared > 20
    assert shop.verify("placed", samples=2).passed
    with pytest.raises(QueryError):
        shop.verify("plaecd")


def test_the_clock_of_data_stands_where_the_data_ends(folder: Path) -> None:
    text = (folder / "truenorth.yml").read_text("utf-8")
    (folder / "truenorth.yml").write_text(text + "clock: data\n", "utf-8")
    with door.open(folder, now=NOW) as shop:
        # The last of all data is a visit on 2 May.
        answer = shop.query("visits_made", grain="day", range="2d")
        assert answer.as_of.date() == date(2025, 5, 3)
        assert [row[0] for row in answer.table.rows] == [date(2025, 5, 1), date(2025, 5, 2)]
        assert answer.incomplete == ()


ENDED = """version: 1
datasets:
  - {name: orders, file: data/orders.csv, time: day}
  - {name: reviews, file: data/reviews.csv, time: day}
  - {name: invoices, file: data/invoices.csv, time: day}
  - {name: calls, file: data/calls.csv, time: day}
metrics:
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: written, type: simple, dataset: reviews, agg: count}
  - {name: billed, type: simple, dataset: invoices, agg: count}
  - {name: called, type: simple, dataset: calls, agg: count}
  - {name: share, type: ratio, numerator: written, denominator: placed}
  - {name: placed_so_far, type: cumulative, input_metric: placed}
  - {name: written_so_far, type: cumulative, input_metric: written}
  - {name: unwritten, type: derived, expr: placed_so_far - written_so_far,
     input_metrics: [{name: placed_so_far}, {name: written_so_far}]}
"""


def ended(folder: Path, clock: str) -> None:
    """Two orders a day until Wednesday 30 April, a review a day for eleven days more, an invoice every Friday,
    a call every weekday until Friday 25 April but none in Easter week."""
    days = [date(2025, 2, 3) + timedelta(days=at) for at in range(98)]
    tables = {
        "orders": [f"{day}" for day in days if day <= date(2025, 4, 30) for _ in range(2)],
        "reviews": [f"{day}" for day in days],
        "calls": [
            f"{day}" for day in days if day.weekday() < 5 and day <= date(2025, 4, 25) and day.isocalendar().week != 16
        ],
        "invoices": [f"{day}" for day in days if day.weekday() == 4],
    }
    for name, rows in tables.items():
        (folder / "data" / f"{name}.csv").write_text("\n".join(["day", *rows]) + "\n", "utf-8")
    (folder / "metrics" / "all.yml").write_text(ENDED, "utf-8")
    (folder / "truenorth.yml").write_text(f"version: 1\nname: shop\nclock: {clock}\n", "utf-8")


def test_a_card_shows_the_last_complete_period_of_its_own_data(folder: Path) -> None:
    ended(folder, "data")
    with door.open(folder, now=NOW) as shop:
        score = shop.scorecard()
    assert score.period.endswith("11 May 2025") and score.as_of == datetime(2025, 5, 12)
    found = {one.name: (one.start, one.value, one.fresh, one.stale) for one in score.cards}
    whole, own = date(2025, 5, 5), date(2025, 4, 21)
    assert found["written"] == (whole, 7, "to 11 May", False)
    assert found["placed"] == (own, 14, "to 27 Apr", False)
    assert found["billed"] == (whole, 1, "to 11 May", False), "quiet since Friday is what it always is"
    assert found["called"] == (own, 5, "to 27 Apr", False), "nobody calls at weekends"
    assert found["share"][:2] == (own, 0.5), "a share is known as far as both its sides are"
    assert found["placed_so_far"][0] == own
    assert found["unwritten"][:2] == (whole, 2 * 87 - 98), "totals stay when nothing is added"
    assert list(found) == [
        "placed",
        "written",
        "billed",
        "called",
        "share",
        "placed_so_far",
        "written_so_far",
        "unwritten",
    ]
    assert {one.change.absolute for one in score.cards[:3]} == {0}


def test_a_question_ends_where_the_data_of_what_it_asks_for_does(folder: Path) -> None:
    ended(folder, "data")
    with door.open(folder, now=NOW) as shop:
        placed = shop.query("placed", grain="week", range="2w").table
        assert placed.rows == ((date(2025, 4, 14), 14), (date(2025, 4, 21), 14))
        both = shop.query("placed", "written", grain="week", range="2w").table
        assert [row[0] for row in both.rows] == [date(2025, 4, 28), date(2025, 5, 5)]
        assert shop.query("select MEASURE(placed) from metrics", range="2w").table.rows == ((28,),)


def test_a_clock_on_the_wall_is_the_same_for_all_cards(folder: Path) -> None:
    ended(folder, "wall")
    with door.open(folder, now=NOW) as shop:
        assert {one.start for one in shop.scorecard().cards} == {date(2025, 6, 2)}


def test_it_opens_for_questions_only_unless_told_otherwise(folder: Path) -> None:
    with door.open(folder, now=NOW) as shop, pytest.raises(EngineError) as raised:
        shop._engine.write("drop table orders")
    assert raised.value.code == "E_READ_ONLY"


def test_wrong_definitions_are_all_told_at_once(folder: Path) -> None:
    (folder / "metrics" / "more.yml").write_text(
        "version: 1\nmetrics:\n  - {name: a, type: simple, dataset: ordrs, agg: count}\n  - {name: b, type: ratio, numerator: placed, denominator: plaecd}\n",
        "utf-8",
    )
    with pytest.raises(DefinitionErrors) as raised:
        door.open(folder)
    assert len(raised.value.errors) == 2
    assert 'did you mean "orders"?' in str(raised.value)


def test_a_home_page_of_nothing_says_what_to_do(folder: Path) -> None:
    (folder / "metrics" / "all.yml").write_text("version: 1\n", "utf-8")
    with door.open(folder, now=NOW) as shop, pytest.raises(QueryError) as raised:
        shop.scorecard()
    assert (raised.value.code, "truenorth add" in raised.value.hint) == ("E_NO_METRIC", True)


def test_one_broken_metric_does_not_take_the_home_page(folder: Path) -> None:
    (folder / "metrics" / "broken.yml").write_text(
        "version: 1\ndatasets: [{name: gone, source: gone, time: day}]\n"
        "metrics: [{name: lost, type: simple, dataset: gone, agg: count, domain: financial}]\n",
        "utf-8",
    )
    with door.open(folder, now=NOW) as shop:
        card = shop.scorecard("month")
    assert card is not None


def test_the_door_stays_small() -> None:
    names = [name for name in vars(Workspace) if not name.startswith("_")]
    assert len(names) <= 12


def test_a_home_that_is_not_chosen_leaves_out_the_parts_of_standard_metrics(folder: Path) -> None:
    more = """version: 1
metrics:
  - {name: part, type: simple, dataset: orders, agg: sum, expr: amount}
  - name: growth
    type: derived
    domain: financial
    template: revenue_growth
    slots: {dataset: orders, amount: amount}
    expr: part / before - 1
    input_metrics: [{name: part}, {name: part, alias: before, offset_window: 1 month}]
    unit: percent
"""
    (folder / "metrics" / "a.yml").write_text(more, "utf-8")
    with door.open(folder, now=NOW) as shop:
        assert [card.name for card in shop.scorecard().cards] == ["growth", "revenue", "placed", "visits_made"]


def test_a_policy_hides_rows_from_every_door(folder: Path) -> None:
    with (
        door.open(folder, now=NOW) as whole,
        door.open(folder, now=NOW, policy=Policy({"orders": "plan = 'pro'"})) as some,
    ):
        everything, part = whole.query("placed", by="plan").table, some.query("placed", by="plan").table
        assert [row for row in everything.rows if row[0] == "pro"] == list(part.rows)
        assert len(everything) > len(part)
        assert some.test() != whole.test()


def test_a_policy_about_something_else_opens_nothing(folder: Path) -> None:
    with pytest.raises(QueryError) as raised:
        door.open(folder, policy=Policy({"order": "plan = 'pro'"}))
    assert raised.value.code == "E_BAD_POLICY"


def test_notes_of_what_happened_are_rows_too(folder: Path) -> None:
    text = (folder / "metrics" / "all.yml").read_text("utf-8")
    noted = "\n  - {name: happenings, source: annotations, fields: [{name: kind}]}\nmetrics:"
    (folder / "metrics" / "all.yml").write_text(text.replace("\nmetrics:", noted, 1), "utf-8")
    with door.open(folder, policy=Policy({"happenings": "kind = 'public'"})) as some:
        assert some.annotations() == ()


def test_a_statement_is_a_question_too(folder: Path) -> None:
    text = "select plan as p, MEASURE(placed) as n from metrics group by plan order by n desc limit 1"
    with door.open(folder, now=NOW) as shop:
        answer = shop.query(text)
        [best] = shop.query("placed", by="plan", order="-placed", limit=1).table.rows
        assert (answer.table.names, answer.table.rows) == (("p", "n"), (best,))
        plan, sql = shop.explain(text)
        assert plan.startswith("answer: placed") and sql.startswith("WITH")
        assert shop.query("select MEASURE(placed) from metrics", range="2025-05").span.start == date(2025, 5, 1)


def test_a_statement_that_names_nothing_says_where(folder: Path) -> None:
    with door.open(folder, now=NOW) as shop:
        with pytest.raises(QueryError) as raised:
            shop.query("select MEASURE(placed)\nfrom metrics\nwhere plann = 'pro'")
        assert str(raised.value.where) == "sql:3:7"
        with pytest.raises(QueryError) as raised:
            shop.explain("select MEASURE(placed) from metrics", grain="month")
        assert raised.value.code == "E_NOT_OFFERED"


def test_a_word_that_no_question_has_is_an_error(folder: Path) -> None:
    with door.open(folder, now=NOW) as shop:
        with pytest.raises(TypeError, match='no word "grein"; did you mean "grain"'):
            shop.query("placed", grein="month")  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="named by a text"):
            shop.query(["placed"])  # type: ignore[arg-type]


def test_names_with_a_comma_are_metrics_and_no_statement() -> None:
    assert question(["revenue, placed"], {}).metrics == ("revenue", "placed")


def test_a_prompt_shows_the_metrics(folder: Path) -> None:
    with door.open(folder, now=NOW) as shop:
        assert repr(shop) == "<workspace shop: there are revenue, placed, visits_made>"
