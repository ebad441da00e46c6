"""Definitions beside the data: what they name and the data does not have is found before anybody asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth import workspace
from truenorth.base.errors import TrueNorthError

ORDERS = "id,day,status,paid,amount\n1,2026-01-05,open,true,10.5\n2,2026-01-06,done,false,20\n"
GOOD = """version: 1
datasets:
  - name: orders
    file: orders.csv
    primary_key: [id]
    time: day
    fields: [{name: status}, {name: amount}, {name: double, expr: amount * 2}]
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: double}
  - {name: middle, type: simple, dataset: orders, agg: median, expr: amount}
  - {name: paid, type: simple, dataset: orders, agg: sum, expr: paid}
  - {name: states, type: simple, dataset: orders, agg: count_distinct, expr: status}
  - {name: latest, type: simple, dataset: orders, agg: max, expr: status}
  - {name: orders, type: simple, dataset: orders, agg: count}
  - {name: again, type: conversion, entity: status, base_metric: orders, conversion_metric: paid, constant_properties: [{base_property: paid, conversion_property: paid}]}
"""


def made(folder: Path, definitions: str) -> tuple[TrueNorthError, ...]:
    """The mistakes of a workspace with these definitions over a file of two orders."""
    folder.mkdir(exist_ok=True)
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\n")
    (folder / "orders.csv").write_text(ORDERS)
    (folder / "metrics").mkdir()
    (folder / "metrics" / "shop.yml").write_text(definitions)
    with workspace.open(folder) as shop:
        return shop.check()


def test_what_the_data_has_is_no_mistake(tmp_path: Path) -> None:
    assert made(tmp_path, GOOD) == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "words"),
    [
        ("file: orders.csv", "file: orderz.csv", "E_FILE_NOT_FOUND", 4, "orders.csv"),
        ("time: day", "time: status", "E_NOT_A_TIME", 6, "cast"),
        ("time: day", "time: dai", "E_COLUMN_NOT_FOUND", 6, "day"),
        ("[id]", "[idd]", "E_COLUMN_NOT_FOUND", 5, "id"),
        ("amount * 2", "amountx * 2", "E_COLUMN_NOT_FOUND", 7, "amount"),
        ("{name: status}", "{name: statusx}", "E_COLUMN_NOT_FOUND", 7, "status"),
        ("agg: median, expr: amount", "agg: median, expr: status", "E_NOT_A_NUMBER", 10, "cast(status as double)"),
        ("agg: median, expr: amount", "agg: sum, expr: status", "E_NOT_A_NUMBER", 10, "cast(status as double)"),
        ("agg: sum, expr: paid", "agg: median, expr: paid", "E_NOT_A_NUMBER", 11, "case when paid then 1 else 0 end"),
        ("agg: sum, expr: paid", "agg: avg, expr: pai", "E_COLUMN_NOT_FOUND", 11, "paid"),
        ("entity: status", "entity: statu", "E_COLUMN_NOT_FOUND", 15, "status"),
        ("base_property: paid", "base_property: pad", "E_COLUMN_NOT_FOUND", 15, "paid"),
        ("agg: count}", "agg: count, filter: stat = 'x'}", "E_COLUMN_NOT_FOUND", 14, "status"),
        ("agg: count}", "agg: count, filter: 'status = \"open\"'}", "E_COLUMN_NOT_FOUND", 14, "single quotes: 'open'"),
    ],
)
def test_what_the_data_does_not_have_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, code: str, line: int, words: str
) -> None:
    assert old in GOOD
    (error,) = made(tmp_path, GOOD.replace(old, new, 1))
    assert error.code == code
    assert error.where is not None
    assert (error.where.file, error.where.line) == ("metrics/shop.yml", line)
    assert words in error.hint


@pytest.mark.parametrize(("old", "new"), [("column: day,", "column: dai,"), ("column: status}]", "column: stat}]")])
def test_a_calendar_without_its_column_is_told(tmp_path: Path, old: str, new: str) -> None:
    calendar = "calendar: {column: day, grains: [{name: retail, column: status}]}"
    lines = GOOD.replace("metrics:", f"  - {{name: days, file: orders.csv, {calendar}}}\nmetrics:")
    assert made(tmp_path / "right", lines) == ()
    (error,) = made(tmp_path / "wrong", lines.replace(old, new))
    assert error.code == "E_COLUMN_NOT_FOUND"
    assert error.where is not None
    assert error.where.line == 8


def test_all_mistakes_are_told_at_once_and_each_once(tmp_path: Path) -> None:
    wrong = GOOD.replace("amount * 2", "amountx * 2").replace("[id]", "[idd]").replace("expr: paid", "expr: amountx")
    errors = made(tmp_path, wrong)
    assert [(error.code, error.message) for error in errors] == [
        ("E_COLUMN_NOT_FOUND", 'no column "amountx" in what is read'),
        ("E_COLUMN_NOT_FOUND", 'no column "idd" in what is read'),
    ]


def test_a_warehouse_without_tables_says_nothing_of_them(tmp_path: Path) -> None:
    tables = GOOD.replace("file: orders.csv", "source: orders")
    assert made(tmp_path, tables) == ()
    with workspace.open(tmp_path, read_only=False) as shop:
        shop.data.import_files("other", [tmp_path / "orders.csv"])
        (error,) = shop.check()
    assert error.code == "E_TABLE_NOT_FOUND"
    assert error.where is not None and error.where.line == 4


def test_columns_that_a_relationship_names(tmp_path: Path) -> None:
    more = """relationships:
  - {name: earlier, from: orders, to: orders_again, from_columns: [before_id], to_columns: [id]}
"""
    again = "  - {name: orders_again, file: orders.csv, primary_key: [id]}\n"
    (error,) = made(tmp_path, GOOD.replace("metrics:\n", again + more + "metrics:\n"))
    assert error.code == "E_COLUMN_NOT_FOUND"
    assert error.where is not None and error.where.line == 10


def test_verify_tells_of_a_metric_that_cannot_be_computed_and_goes_on(tmp_path: Path) -> None:
    made(tmp_path, GOOD.replace("agg: median, expr: amount", "agg: median, expr: status"))
    with workspace.open(tmp_path) as shop:
        report = shop.verify()
    (failure,) = report.failures
    assert failure.metric == "middle"
    assert "E_NOT_A_NUMBER" in str(failure) and "cannot be computed" in str(failure)
    assert report.counts["alone = together"] > 0


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("agg: sum, expr: status", "sum takes numbers, and this is text"),
        ("agg: median, expr: status", '"open" is not a number (column "status")'),
        ("agg: count, filter: amount = 'many'", '"many" is not a number'),
    ],
)
def test_a_question_about_what_is_no_number_is_told_where_it_is_defined(tmp_path: Path, metric: str, said: str) -> None:
    made(tmp_path, GOOD + f"  - {{name: wrong, type: simple, dataset: orders, {metric}}}\n")
    with workspace.open(tmp_path) as shop, pytest.raises(TrueNorthError) as caught:
        shop.query("wrong")
    assert (caught.value.code, caught.value.message) == ("E_NOT_A_NUMBER", said)
    assert caught.value.where is not None and caught.value.where.line == 16


@pytest.mark.parametrize(
    ("wrong", "code", "place"),
    [
        ("entity: status, end: done", "E_COLUMN_NOT_FOUND", "end"),
        ("entity: whose, end: day", "E_COLUMN_NOT_FOUND", "entity"),
        ("entity: status, end: status", "E_NOT_A_TIME", "time"),
    ],
)
def test_a_balance_counts_on_its_end_and_its_entity(tmp_path: Path, wrong: str, code: str, place: str) -> None:
    balance = f"  - {{name: worth, type: movement, dataset: orders, expr: amount, {wrong}}}\n"
    part = "  - {name: gone, type: movement, balance: worth, part: churn}\n"
    (error,) = made(tmp_path, GOOD + balance + part)
    assert error.code == code and error.where is not None
    lines = (GOOD + balance).splitlines()
    assert place in lines[error.where.line - 1][error.where.column - 1 :][: len(place)]


def test_a_balance_of_what_is_no_number_is_told(tmp_path: Path) -> None:
    balance = "  - {name: worth, type: movement, dataset: orders, expr: status, entity: id, end: day}\n"
    errors = made(tmp_path, GOOD + balance)
    assert [error.code for error in errors] == ["E_NOT_A_NUMBER"]
