"""The terminal's table, letter by letter."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.export.answers import MONTHLY, answer_of
from truenorth.base.table import Column
from truenorth.export.text import to_text
from truenorth.export.write import written


def test_the_whole_table() -> None:
    assert to_text(MONTHLY).replace("\u202f", " ") == (
        "Plan    Month       Revenue  Conversion rate\n"
        "──────  ────────  ─────────  ───────────────\n"
        "pro     2026-05   €1,234.50            3.1 %\n"
        "(none)  2026-05      −€3.00                –\n"
        "pro     2026-06*     €99.00           50.0 %\n"
        "──────  ────────  ─────────  ───────────────\n"
        "total             €1,330.50            4.0 %\n"
        "\n"
        "* still filling, not complete yet\n"
        "2 orders without a customer are in (none)\n"
        "3 rows · data as of 2026-06-20 06:00 · Europe/Berlin\n"
    )


def test_without_totals_or_unfinished_periods_nothing_is_said_of_them() -> None:
    text = to_text(replace(MONTHLY, totals={}, incomplete=(), notes=()))
    assert "total" not in text
    assert "*" not in text


def test_no_rows() -> None:
    text = to_text(answer_of([Column("plan"), Column("revenue", "metric")], []))
    assert text == ("Plan  Revenue\n────  ───────\nno rows\n\n0 rows · data as of 2026-06-30 00:00 · UTC\n")


def test_data_cannot_move_the_cursor_of_the_terminal() -> None:
    text = to_text(answer_of([Column("plan"), Column("n", "metric")], [["\x1b[31mred\nline\t\x07", 1]]))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert len(text.splitlines()) == 5


def test_wide_marks_are_counted_as_two_columns() -> None:
    lines = to_text(answer_of([Column("plan"), Column("n", "metric")], [["東京", 1], ["pro", 22]])).splitlines()
    assert lines[2] == "東京   1"
    assert lines[3] == "pro   22"


def test_a_combining_mark_takes_no_column() -> None:
    lines = to_text(
        answer_of([Column("plan"), Column("n", "metric")], [["e\u0301te\u0301", 1], ["pros", 2]])
    ).splitlines()
    assert lines[2].endswith("   1")
    assert lines[3] == "pros  2"


def test_a_long_value_leaves_room_for_the_others() -> None:
    text = to_text(answer_of([Column("plan"), Column("n", "metric")], [["x" * 500, 1]]))
    assert max(map(len, text.splitlines())) < 70
    assert "…" in text


def test_a_group_called_none_is_not_the_none_group() -> None:
    lines = to_text(answer_of([Column("plan"), Column("n", "metric")], [["none", 1], [None, 2]])).splitlines()
    assert lines[2].startswith("none ")
    assert lines[3].startswith("(none)")


def test_comparisons_have_signs_and_points() -> None:
    columns = [
        Column("rate", "metric", "Rate", "percent"),
        Column("rate__previous", "previous", "", "percent", of="rate"),
        Column("rate__change", "change", "", "percent", of="rate"),
        Column("rate__change_percent", "change_percent", "", "percent", of="rate"),
        Column("n__change", "change", "", "", of="n"),
    ]
    text = to_text(answer_of(columns, [[0.031, 0.037, -0.006, -0.162, 5]], vs="prev")).replace("\u202f", " ")
    heads, _, row = text.splitlines()[:3]
    assert heads.split("  ")[1:3] == ["before", " change"]
    assert row.replace(" %", "%").replace(" pt", "pt").split() == ["3.1%", "3.7%", "−0.6pt", "−16.2%", "+5"]


def test_a_locale_writes_its_own_marks() -> None:
    assert "1.234,50" in to_text(MONTHLY, "de")


def test_a_column_has_the_same_digits_in_every_row() -> None:
    columns = [Column("plan"), Column("rate", "metric", "Rate", "ratio"), Column("n", "metric", "N", "orders")]
    text = to_text(answer_of(columns, [["a", 0.5, 10.0], ["b", 12.345, 3.0], ["c", None, None]]))
    assert [line.split()[1:] for line in text.splitlines()[2:5]] == [["0.50", "10"], ["12.35", "3"], ["–", "–"]]


def test_an_old_value_and_its_change_have_the_digits_of_the_new_one() -> None:
    columns = [
        Column("wait", "metric", "Wait", "minutes"),
        Column("wait__previous", "previous", "", "minutes", of="wait"),
        Column("wait__change", "change", "", "minutes", of="wait"),
    ]
    text = to_text(answer_of(columns, [[120.0, 9.875, 110.125]], vs="prev")).replace("\u202f", " ")
    assert text.splitlines()[2].replace(" min", "min").split() == ["120.00min", "9.88min", "+110.12min"]


def test_an_answer_is_written_in_its_own_locale() -> None:
    answer = replace(answer_of([Column("n", "metric", "N")], [[1234567]]), locale="en_IN")
    assert "12,34,567" in str(written(answer, "table"))
    assert "1.234.567" in str(written(answer, "table", "de"))
