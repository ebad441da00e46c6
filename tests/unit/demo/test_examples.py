"""The examples are complete, and their expected numbers come from plain SQL that still gives them."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from truenorth import workspace
from truenorth.base.errors import SourceError
from truenorth.define.load import load
from truenorth.define.templates import templates
from truenorth.demo import demo_folder

REAL = ("cdnow", "commits")
CHECK = re.compile(
    r"^-- (?P<metric>\w+)(?: \| (?P<where>.+?))? = (?P<value>-?[\d.]+)\n(?P<select>(?:.+\n)+?)(?=\n|\Z)", re.M
)


@pytest.mark.parametrize("name", ["acme", *REAL])
def test_every_metric_says_what_it_is_and_whose(name: str) -> None:
    model = load(demo_folder(name))
    for metric in model.metrics.values():
        assert metric.label and metric.domain and metric.description and metric.owner and metric.unit, metric.name
    assert model.workspace.clock == "data"
    assert 12 <= len(model.workspace.home) <= 24
    assert sum(bool(model.metrics[metric].targets) for metric in model.workspace.home) >= 8
    assert (demo_folder(name) / "README.md").is_file()


def test_acme_shows_standard_metrics_with_owner_target_and_dimensions() -> None:
    model = load(demo_folder("acme"))
    home = [model.metrics[name] for name in model.workspace.home]
    standard = {one.name: templates()[one.template] for one in home if one.slots}
    assert len(standard) >= 15
    for name, template in standard.items():
        metric = model.metrics[name]
        assert metric.template == name
        assert metric.targets and metric.dimensions and metric.slots
        assert set(metric.slots) <= set(template.slots), name
        assert (metric.domain, metric.direction) == (template.domain, template.direction)


def test_homes_keep_the_order_of_the_bands() -> None:
    order = ["customer", "operational", "financial"]
    for name in ("acme", *REAL):
        model = load(demo_folder(name))
        bands = [order.index(model.metrics[metric].domain) for metric in model.workspace.home]
        assert bands == sorted(bands), name


@pytest.mark.parametrize("name", REAL)
def test_the_engine_gives_the_expected_numbers(name: str) -> None:
    with workspace.open(demo_folder(name)) as opened:
        outcomes = opened.test()
        metrics = set(opened.model.metrics)
    assert [str(outcome) for outcome in outcomes if not outcome.passed] == []
    assert {outcome.metric for outcome in outcomes} == metrics
    assert len(metrics) >= 12


@pytest.mark.parametrize("name", REAL)
def test_plain_sql_gives_the_expected_numbers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = demo_folder(name)
    monkeypatch.chdir(folder)
    text = (folder / "checks.sql").read_text(encoding="utf-8")
    checks = list(CHECK.finditer(text))
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(text[: checks[0].start()])
        for check in checks:
            row = connection.execute(check["select"]).fetchone()
            assert row is not None
            assert abs(Decimal(str(row[0])) - Decimal(check["value"])) < Decimal("1e-6"), check["metric"]
    assert {key(check["metric"], check["where"], check["value"]) for check in checks} == expected(folder)


def expected(folder: Path) -> set[tuple[str, str, float]]:
    metrics = load(folder).metrics.values()
    return {key(metric.name, test.where, test.equals) for metric in metrics for test in metric.tests}


def key(metric: str, where: str | None, value: object) -> tuple[str, str, float]:
    return metric, where or "", float(str(value))


def test_customers_of_cdnow_are_made_from_its_orders() -> None:
    data = demo_folder("cdnow") / "data"
    with duckdb.connect() as connection:
        made = f"""
            select customer_id, min(ordered_on), max(ordered_on), count(*), sum(quantity), sum(amount::decimal(18, 2))
            from '{data}/cdnow_orders.csv.gz' group by customer_id"""
        kept = f"select * replace (amount::decimal(18, 2) as amount) from '{data}/customers.csv.gz'"
        assert connection.execute(f"select count(*) from ({kept})").fetchone() == (23_570,)
        assert connection.execute(f"({made}) except ({kept})").fetchall() == []


def test_an_unknown_example_is_named_with_the_nearest() -> None:
    with pytest.raises(SourceError, match='no example named "acne"; did you mean "acme"') as caught:
        demo_folder("acne")
    assert caught.value.code == "E_EXAMPLE_NOT_FOUND"
