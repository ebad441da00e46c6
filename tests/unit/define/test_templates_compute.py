"""Every template, bound with its own examples, passes the checker and computes the number worked out by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.unit.define.template_company import DATASETS, JUNE, TABLES
from truenorth import workspace
from truenorth.define.load import load
from truenorth.define.templates import bind, render_yaml, template, templates

NOW = datetime(2026, 7, 1)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    (folder / "metrics").mkdir()
    (folder / ".truenorth").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Company\ncurrency: EUR\n", encoding="utf-8")
    (folder / "metrics" / "datasets.yml").write_text(DATASETS, encoding="utf-8")
    for name, one in templates().items():
        text = render_yaml(bind(one, "", one.examples, owner="dana@acme.example"))
        (folder / "metrics" / f"{name}.yml").write_text(text, encoding="utf-8")
    with duckdb.connect(str(folder / ".truenorth" / "warehouse.duckdb")) as connection:
        connection.execute(TABLES)
    return folder


def test_all_templates_bound_with_their_examples_pass_the_checker(company: Path) -> None:
    model = load(company)
    assert set(templates()) <= set(model.metrics)
    assert {one.template for one in model.metrics.values()} - {""} == set(templates())


def test_the_needed_slots_alone_are_enough_for_the_checker(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Company\n", encoding="utf-8")
    (tmp_path / "metrics" / "datasets.yml").write_text(DATASETS, encoding="utf-8")
    for name, one in templates().items():
        needed = {key: slot.example for key, slot in one.slots.items() if slot.default is None}
        (tmp_path / "metrics" / f"{name}.yml").write_text(render_yaml(bind(one, "", needed)), encoding="utf-8")
    assert set(templates()) <= set(load(tmp_path).metrics)


def test_bound_templates_fit_the_rows(company: Path) -> None:
    with workspace.open(company, now=NOW) as opened:
        assert list(opened.check()) == []


def test_there_is_a_number_for_every_template() -> None:
    assert set(JUNE) == set(templates())


@pytest.mark.parametrize("name", JUNE)
def test_a_bound_template_computes_the_number_worked_out_by_hand(company: Path, name: str) -> None:
    with workspace.open(company, now=NOW) as opened:
        answer = opened.query(name, grain="month", range="2026-06")
    found = [value if value is None else float(str(value)) for value in answer.table.column(name)]
    assert found == [pytest.approx(JUNE[name])]


def test_rows_may_stand_for_many_requests(company: Path) -> None:
    slots = {"dataset": "request_minutes", "requests": "requests", "where": "service = 'checkout'"}
    path = company / "metrics" / "checkout_requests.yml"
    path.write_text(render_yaml(bind(template("throughput"), "", slots, name="checkout_requests")), encoding="utf-8")
    with workspace.open(company, now=NOW) as opened:
        answer = opened.query("checkout_requests", range="2026-06")
    path.unlink()
    assert [float(str(value)) for value in answer.table.column("checkout_requests")] == [1000]


def test_a_file_of_one_template_needs_nothing_but_its_datasets(company: Path, tmp_path: Path) -> None:
    one = template("churn")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Small\n", encoding="utf-8")
    (tmp_path / "metrics" / "datasets.yml").write_text(DATASETS, encoding="utf-8")
    (tmp_path / "metrics" / "churn.yml").write_text(
        render_yaml(bind(one, "", one.examples, name="churn")), encoding="utf-8"
    )
    assert list(load(tmp_path).metrics) == ["churn_lost", "churn_at_start", "churn"]
