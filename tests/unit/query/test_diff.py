"""What a change of definitions does to history, worked out by hand."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from truenorth import workspace
from truenorth.base.errors import QueryError
from truenorth.export.difference import written
from truenorth.query.diff import Compared, Differences

ORDERS = """order_id,day,status,amount,discount,test,customer
1,2026-01-05,paid,100,10,false,a
2,2026-01-09,paid,50,0,true,b
3,2026-01-20,open,70,0,false,a
4,2026-02-03,paid,200,20,false,a
5,2026-02-04,paid,30,0,true,c
6,2026-03-04,open,10,0,false,c
"""
OLD = """version: 1
datasets:
  - name: orders
    file: orders.csv
    time: day
    fields:
      - {name: day}
      - {name: net, expr: amount, unit: currency}
      - {name: status}
      - {name: test}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: net, filter: "status = 'paid'", unit: currency}
  - {name: orders, type: simple, dataset: orders, agg: count, description: All of them.}
  - {name: buyers, type: simple, dataset: orders, agg: count_distinct, expr: customer, unit: people}
  - {name: aov, type: ratio, numerator: revenue, denominator: orders}
  - {name: growth, type: derived, expr: now / before - 1, unit: percent, input_metrics: [{name: revenue, alias: now}, {name: revenue, alias: before, offset_window: 1 month}]}
  - {name: gone, type: simple, dataset: orders, agg: max, expr: amount}
"""
NEW = (
    OLD.replace("status = 'paid'\"", "status = 'paid' and not test\"")
    .replace("expr: amount, unit: currency}", "expr: amount - discount, unit: currency}")
    .replace("All of them.", "All orders there are.")
    .replace("  - {name: gone, type: simple, dataset: orders, agg: max, expr: amount}\n", "")
    + "  - {name: largest, type: simple, dataset: orders, agg: max, expr: net}\n"
)


def git(folder: Path, *words: str) -> None:
    said = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@acme.example", "-C", str(folder), *words]
    subprocess.run(said, check=True, capture_output=True)


def write(folder: Path, definitions: str, workspace_file: str = "version: 1\nname: Shop\nclock: data\n") -> None:
    (folder / "metrics").mkdir(parents=True, exist_ok=True)
    (folder / "truenorth.yml").write_text(workspace_file, "utf-8")
    (folder / "metrics" / "shop.yml").write_text(definitions, "utf-8")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """A workspace in a folder of a repository, with the old definitions committed and the new ones written."""
    folder = tmp_path / "company" / "shop"
    write(folder, OLD)
    (folder / "orders.csv").write_text(ORDERS, "utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    write(folder, NEW)
    yield folder


def diff(folder: Path, revision: str = "HEAD", *metrics: str, **asked: str) -> Differences:
    with workspace.open(folder) as opened:
        return opened.diff(revision, *metrics, range=asked.get("range", "2026"), grain=asked.get("grain", "month"))


def one(found: Differences, metric: str) -> Compared:
    return next(each for each in found.metrics if each.metric == metric)


def test_each_metric_has_its_status(shop: Path) -> None:
    found = diff(shop)
    assert {each.metric: each.status for each in found.metrics} == {
        "revenue": "changed", "orders": "words", "buyers": "unchanged", "aov": "changed", "growth": "changed",
        "largest": "added", "gone": "removed",
    }  # fmt: skip
    assert found.changes_history


def test_each_clause_has_its_effect_and_the_effects_add_up(shop: Path) -> None:
    """Paid: January 100 + 50, February 200 + 30. Discounts take 10 and 20, tests 50 and 30."""
    revenue = one(diff(shop), "revenue")
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    assert (revenue.before, revenue.after, revenue.change) == (380, 270, -110)
    assert revenue.periods == {january: (150, 90), february: (230, 180)}
    assert [(str(effect.clauses[0]), effect.total) for effect in revenue.effects] == [
        ("orders.net.expr: amount → amount - discount", -30),
        ("revenue.filter: status = 'paid' → … and not test", -80),
    ]
    assert [effect.periods for effect in revenue.effects] == [
        {january: -10, february: -20}, {january: -50, february: -30}
    ]  # fmt: skip


def test_what_is_computed_from_a_changed_metric_names_where_it_was_changed(shop: Path) -> None:
    """Six orders, three of them... revenue 380 / 6, then 350 / 6, then 270 / 6; January three, February two."""
    aov = one(diff(shop), "aov")
    assert [effect.clauses[0].place for effect in aov.effects] == ["orders.net.expr", "revenue.filter"]
    assert [float(effect.total) for effect in aov.effects] == pytest.approx([-30 / 6, -80 / 6])
    assert aov.periods[date(2026, 2, 1)] == (115, 90)
    growth = one(diff(shop), "growth")
    assert growth.periods[date(2026, 2, 1)] == pytest.approx((230 / 150 - 1, 180 / 90 - 1))
    assert sum(effect.periods[date(2026, 2, 1)] for effect in growth.effects) == pytest.approx(1 - 80 / 150)


def test_only_some_metrics_over_another_range(shop: Path) -> None:
    found = diff(shop, "HEAD", "revenue", range="2026-02", grain="day")
    assert [each.metric for each in found.metrics] == ["revenue"]
    assert found.metrics[0].periods == {date(2026, 2, 3): (200, 180), date(2026, 2, 4): (30, None)}
    assert found.metrics[0].change == -50


def test_another_folder_is_a_revision_too(shop: Path, tmp_path: Path) -> None:
    write(tmp_path / "before", OLD)
    assert one(diff(shop, str(tmp_path / "before")), "revenue").change == -110


def test_nothing_changed(shop: Path) -> None:
    write(shop, OLD)
    found = diff(shop)
    assert {each.status for each in found.metrics} == {"unchanged"}
    assert not found.changes_history


def test_computed_another_way_with_the_same_numbers(shop: Path) -> None:
    write(shop, OLD.replace("\"status = 'paid'\"", "\"status in ('paid', 'settled')\""))
    found = diff(shop)
    assert one(found, "revenue").status == "same"
    assert not found.changes_history


def test_clauses_that_make_sense_together_only_are_one_step(shop: Path) -> None:
    """A field is renamed together with its use: neither change can be asked alone."""
    renamed = OLD.replace(
        "{name: net, expr: amount, unit: currency}", "{name: gross, expr: amount * 2, unit: currency}"
    )
    write(shop, renamed.replace("expr: net, filter", "expr: gross, filter"))
    effects = one(diff(shop), "revenue").effects
    assert [([clause.place for clause in effect.clauses], effect.total) for effect in effects] == [
        (["revenue.expr"], 380)
    ]  # fmt: skip


def test_a_metric_of_another_type_is_one_clause(shop: Path) -> None:
    changed = OLD.replace(
        "{name: orders, type: simple, dataset: orders, agg: count, description: All of them.}",
        "{name: orders, type: derived, expr: buyers * 1, input_metrics: [{name: buyers}]}",
    )
    write(shop, changed)
    orders = one(diff(shop), "orders")
    assert [effect.clauses[0].place for effect in orders.effects] == ["orders.type"]
    assert (orders.before, orders.after) == (6, 3)


def test_the_inputs_of_a_formula_are_clauses_of_their_own(shop: Path) -> None:
    write(shop, OLD.replace("{name: revenue, alias: now}", "{name: revenue, alias: now, filter: not test}"))
    growth = one(diff(shop), "growth")
    assert [str(effect.clauses[0]) for effect in growth.effects] == [
        "growth.input_metrics.now.filter: nothing → not test"
    ]
    assert growth.periods[date(2026, 2, 1)] == pytest.approx((230 / 150 - 1, 200 / 150 - 1))


def test_the_workspace_has_clauses_too(shop: Path) -> None:
    write(shop, OLD, "version: 1\nname: Shop\nclock: data\nweek_start: sunday\n")
    found = diff(shop, grain="week")
    assert one(found, "orders").effects[0].clauses[0].place == "workspace.week_start"
    assert one(found, "orders").change == 0


def test_a_metric_that_cannot_be_asked_any_more_is_told(shop: Path) -> None:
    write(shop, OLD.replace("agg: count_distinct, expr: customer", "agg: count_distinct, expr: custmer"))
    found = diff(shop)
    assert one(found, "buyers").status == "broken"
    assert "custmer" in one(found, "buyers").problem
    assert found.changes_history


def test_metrics_without_time_are_compared_as_a_whole(shop: Path) -> None:
    timeless = OLD.replace("    time: day\n", "").replace(", offset_window: 1 month", "")
    write(shop, timeless)
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "no time")
    write(shop, timeless.replace("\"status = 'paid'\"", "\"status = 'paid' and not test\""))
    revenue = one(diff(shop), "revenue")
    assert (revenue.before, revenue.after, revenue.periods) == (380, 300, {})


def test_an_unknown_metric_is_told(shop: Path) -> None:
    with pytest.raises(QueryError) as caught:
        diff(shop, "HEAD", "revenu")
    assert (caught.value.code, caught.value.hint) == ("E_NAME_NOT_FOUND", 'did you mean "revenue"?')


def test_the_report_for_the_terminal(shop: Path) -> None:
    text = written(diff(shop, "HEAD", "revenue", "orders", "largest", "gone", "buyers"), "table")
    assert text.replace("\u202f", " ") == (
        "revenue  $380.00 → $270.00, −$110.00 (−28.9 %)\n"
        "  orders.net.expr: amount → amount - discount       −$30.00\n"
        "  revenue.filter: status = 'paid' → … and not test  −$80.00\n"
        "\n"
        "  Month     before    after  difference\n"
        "  2026-01  $150.00   $90.00     −$60.00\n"
        "  2026-02  $230.00  $180.00     −$50.00\n"
        "  total    $380.00  $270.00    −$110.00\n"
        "\n"
        "only words changed: orders\n"
        "added: largest\n"
        "removed: gone\n"
        "unchanged: 1\n"
        "\n"
        "Compared with HEAD over 2026 by month, on the data of today.\n"
        "Clauses are applied one after the other: what is new first; then the workspace, datasets with their fields, "
        "relationships, and metrics, inputs before what is made of them; last what is gone.\n"
    )


def test_the_report_for_a_review_and_for_machines(shop: Path) -> None:
    found = diff(shop, "HEAD", "revenue", "growth")
    text = written(found, "md")
    assert "### revenue: $380.00 → $270.00, −$110.00" in text
    assert "| revenue.filter: status = 'paid' → … and not test | −$80.00 |" in text
    data = json.loads(written(found, "json"))
    [revenue, growth] = data["metrics"]
    assert revenue["difference"] == sum(effect["difference"] for effect in revenue["effects"]) == -110
    assert revenue["periods"][0] == {"period": "2026-01-01", "before": 150, "after": 90}
    assert growth["effects"][0]["clauses"][0]["place"] == "orders.net.expr"
    with pytest.raises(QueryError, match='no format named "html"'):
        written(found, "html")


def test_a_line_more_above_changes_no_definition(tmp_path: Path) -> None:
    """Places in files are no part of what a definition says, also within tests, targets and inputs."""
    tested = OLD.replace("description: All of them.", "targets: [{value: 3}], tests: [{equals: 6}]")
    for folder, definitions in (
        (tmp_path / "before", tested),
        (tmp_path / "after", tested.replace("\nmetrics:", "\n\n\nmetrics:")),
    ):
        write(folder, definitions)
        (folder / "orders.csv").write_text(ORDERS, "utf-8")
    with workspace.open(tmp_path / "after") as opened:
        found = opened.diff(str(tmp_path / "before"))
    assert {one.status for one in found.metrics} == {"unchanged"}


@pytest.mark.parametrize(
    ("word", "code"), [({"range": "3moths"}, "E_BAD_RANGE"), ({"grain": "mont"}, "E_UNKNOWN_GRAIN")]
)
def test_a_time_that_cannot_be_read_is_refused(shop: Path, word: dict[str, str], code: str) -> None:
    with workspace.open(shop) as opened, pytest.raises(QueryError) as told:
        opened.diff("HEAD", **word)
    assert told.value.code == code
