"""`truenorth query` and `explain`: flags to a question, an answer to the terminal or a file."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.unit.cli.small import run
from truenorth.base.errors import QueryError
from truenorth.cli.ask import format_of
from truenorth.cli.words import listed

Captured = pytest.CaptureFixture[str]


def asked(capsys: Captured, *words: str) -> str:
    """What a question prints; it must be answered."""
    code = run("query", *words)
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    return said.out


def rows(capsys: Captured, *words: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(asked(capsys, *words, "--format", "json"))["rows"]
    return found


def test_the_table(small: Path, capsys: Captured) -> None:
    lines = asked(capsys, "revenue", "--by", "plan").splitlines()
    assert [line.split() for line in lines[2:5]] == [["free", "€20.00"], ["pro", "€150.00"], ["(none)", "€3.00"]]


def test_all_flags_at_once(small: Path, capsys: Captured) -> None:
    words = ["revenue,orders", "aov", "--by", "plan", "--grain", "month", "--range", "2026-01..2026-02"]
    words += [
        "--where",
        "amount > 10",
        "--where",
        "plan is not null",
        "--order",
        "-revenue",
        "--limit",
        "2",
        "--timezone",
        "UTC",
    ]
    found = rows(capsys, *words, "--totals")
    assert [(row["plan"], row["metric_time__month"], row["revenue"]) for row in found] == [
        ("pro", "2026-01-01", 100),
        ("pro", "2026-02-01", 50),
    ]
    assert set(found[0]) == {"plan", "metric_time__month", "revenue", "orders", "aov"}


def test_an_order_that_begins_with_a_minus_is_no_flag(small: Path, capsys: Captured) -> None:
    assert [row["plan"] for row in rows(capsys, "revenue", "--by", "plan", "--order", "-revenue")] == [
        "pro",
        "free",
        None,
    ]
    assert [row["plan"] for row in rows(capsys, "revenue", "--by", "plan", "--order", "revenue")] == [
        None,
        "free",
        "pro",
    ]


def test_totals_fill_and_comparison(small: Path, capsys: Captured) -> None:
    assert "total" in asked(capsys, "revenue", "--by", "plan", "--totals")
    daily = rows(capsys, "revenue", "--grain", "day", "--range", "2026-01-04..2026-01-07", "--fill", "null")
    assert len(daily) == 4
    compared = rows(capsys, "revenue", "--range", "2026-01-06", "--vs", "prev")
    assert (compared[0]["revenue"], compared[0]["revenue__previous"]) == (20, 100)
    compared = rows(capsys, "revenue", "--range", "2026-02", "--vs", "2026-01-05..2026-01-06")
    assert (compared[0]["revenue"], compared[0]["revenue__previous"]) == (53, 120)


@pytest.mark.parametrize(
    ("form", "start"),
    [("csv", "plan,revenue\n"), ("md", "| Plan | Revenue |"), ("svg", "<svg"), ("json", "{"), ("table", "Plan")],
)
def test_formats(small: Path, capsys: Captured, form: str, start: str) -> None:
    assert asked(capsys, "revenue", "--by", "plan", "--format", form).startswith(start)


@pytest.mark.parametrize(
    ("name", "start"), [("a.csv", b"plan,"), ("a.png", b"\x89PNG"), ("a.parquet", b"PAR1"), ("a.txt", b"Plan")]
)
def test_a_file_names_its_format(small: Path, capsys: Captured, name: str, start: bytes) -> None:
    assert run("query", "revenue", "--by", "plan", "--output", name) == 0
    assert (small / name).read_bytes().startswith(start)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"wrote {name}\n")


def test_a_format_said_is_stronger_than_the_ending(small: Path) -> None:
    assert run("query", "revenue", "--format", "json", "--output", "a.csv") == 0
    assert (small / "a.csv").read_text("utf-8").startswith("{")


def test_endings() -> None:
    assert [format_of(name) for name in ("", "a.CSV", "a.markdown", "b.pq")] == ["table", "csv", "md", "parquet"]
    with pytest.raises(QueryError) as caught:
        format_of("revenue.xls")
    assert caught.value.code == "E_UNKNOWN_FORMAT"


def test_lists() -> None:
    assert listed(None) == ()
    assert listed(["a, b", "", "c,"]) == ("a", "b", "c")


def test_explain_shows_plan_and_sql_without_running(small: Path, capsys: Captured) -> None:
    assert run("explain", "revenue", "--by", "plan") == 0
    said = capsys.readouterr().out
    assert "SELECT" in said
    assert "read orders" in said


def test_a_workspace_is_found_from_below_and_by_name(
    small: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = asked(capsys, "revenue", "--format", "csv")
    monkeypatch.chdir(small / "metrics")
    assert asked(capsys, "revenue", "--format", "csv") == here
    monkeypatch.chdir(small.parent)
    assert asked(capsys, "revenue", "--format", "csv", "-w", "small") == here
    assert asked(capsys, "revenue", "--format", "csv", "--workspace", "small/truenorth.yml") == here


def test_a_question_may_ask_for_another_locale(small: Path, capsys: Captured) -> None:
    lines = asked(capsys, "revenue", "--by", "plan", "--locale", "de").replace("\u202f", " ").splitlines()
    assert [line.split() for line in lines[2:5]] == [
        ["free", "20,00", "€"],
        ["pro", "150,00", "€"],
        ["(none)", "3,00", "€"],
    ]
    assert run("query", "revenue", "--locale", "de-XX1") == 2
    assert "E_BAD_LOCALE" in capsys.readouterr().err


def test_a_statement(small: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "select plan as p, MEASURE(revenue) as r from metrics group by plan order by r desc limit 1"
    assert run("sql", text, "--format", "csv") == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].split(",") == ["p", "r"]
    assert said.splitlines()[1].startswith("pro,150")
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert run("sql", "-", "--format", "csv") == 0
    assert capsys.readouterr().out == said
    assert run("sql", text, "--explain") == 0
    assert "answer: revenue" in capsys.readouterr().out


def test_a_statement_that_is_refused_says_where(small: Path, capsys: Captured) -> None:
    assert run("sql", "select plan, sum(amount) from metrics group by plan") == 2
    assert "sql:1:14" in capsys.readouterr().err
    assert run("sql", "revenue") == 2
    assert "E_NOT_OFFERED: REVENUE is not offered here" in capsys.readouterr().err


def test_having(small: Path, capsys: Captured) -> None:
    assert [row["plan"] for row in rows(capsys, "revenue", "--by", "plan", "--having", "revenue > 100")] == ["pro"]


def test_values_without_a_metric(small: Path, capsys: Captured) -> None:
    """Each value once, (none) among them, in every table format."""
    assert asked(capsys, "--by", "plan", "--format", "csv").split() == ["plan", "free", "pro"]
    assert rows(capsys, "--by", "plan") == [{"plan": "free"}, {"plan": "pro"}, {"plan": None}]
    assert asked(capsys, "--by", "plan", "--format", "md").splitlines()[2:5] == ["| free |", "| pro |", "| (none) |"]
    found = rows(capsys, "--by", "plan", "--grain", "month", "--where", "plan = 'pro'")
    assert found == [{"metric_time__month": month, "plan": "pro"} for month in ("2026-01-01", "2026-02-01")]
    assert run("explain", "--by", "plan") == 0
    assert "read orders by ordered_at (values)" in capsys.readouterr().out
