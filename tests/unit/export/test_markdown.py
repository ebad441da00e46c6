"""Markdown: a table that stays a table whatever the data says."""

from __future__ import annotations

from html import escape

from tests.unit.export.answers import MONTHLY, answer_of
from truenorth.base.table import Column
from truenorth.export.markdown import to_markdown


def test_the_whole_file() -> None:
    assert to_markdown(MONTHLY).replace("\u202f", " ") == (
        "| Plan | Month | Revenue | Conversion rate |\n"
        "| --- | --- | ---: | ---: |\n"
        "| pro | 2026-05 | €1,234.50 | 3.1 % |\n"
        "| (none) | 2026-05 | −€3.00 | – |\n"
        "| pro | 2026-06\\* | €99.00 | 50.0 % |\n"
        "| **total** |  | **€1,330.50** | **4.0 %** |\n"
        "\n"
        "- \\* still filling, not complete yet\n"
        "- 2 orders without a customer are in (none)\n"
        "- Data as of 2026-06-20 06:00, Europe/Berlin.\n"
    )


def test_data_stays_in_its_cell_and_stays_text() -> None:
    nasty = "a|b\n[x](javascript:alert(1)) `c` <img src=x> *d* \\"
    lines = to_markdown(answer_of([Column("plan"), Column("n", "metric")], [[nasty, 1]])).splitlines()
    row = lines[2]
    assert row.replace("\\|", "").count("|") == 3
    for mark in ("[", "`", "<", "*"):
        assert f"\\{mark}" in row
        assert row.count(mark) == row.count(f"\\{mark}")
    assert escape(nasty) not in row
