"""An answer in a notebook and at a Python prompt."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import html5lib
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.unit.export.answers import MONTHLY, answer_of
from truenorth.base.table import Column
from truenorth.export.notebook import in_terminal, to_html

PLANS = [Column("plan", "dimension", "Plan & kind"), Column("n", "metric", "Orders")]


def test_chart_table_totals_and_notes_in_one_piece() -> None:
    page = HTMLParser(to_html(MONTHLY))
    assert len(page.css("div.truenorth-answer > svg[role=img]")) == 1
    assert [cell.text() for cell in page.css("thead th")] == ["Plan", "Month", "Revenue", "Conversion rate"]
    assert [cell.text() for cell in page.css("tbody tr")[1].css("td")] == ["(none)", "2026-05", "−€3.00", "–"]
    assert [cell.text() for cell in page.css("tfoot td")][:3] == ["total", "", "€1,330.50"]
    notes = [line.text() for line in page.css("p")]
    assert notes[0].startswith("* still filling")
    assert notes[-1] == "3 rows · data as of 2026-06-20 06:00 · Europe/Berlin"


def test_it_is_good_html_and_needs_nothing_else() -> None:
    html = to_html(MONTHLY)
    html5lib.HTMLParser(strict=True).parseFragment(html)
    assert not re.search(r"(?:src|href)=|url\((?!#)|@import|<script", html)


def test_it_has_colours_for_light_and_dark_however_a_notebook_says_so() -> None:
    html = to_html(MONTHLY)
    for way in (
        "@media (prefers-color-scheme: dark)",
        '[data-jp-theme-light="false"] .truenorth-answer',
        ".vscode-dark .truenorth-answer",
    ):
        assert way in html
    drawn = html.partition("</style>")[2]
    assert not re.search(r'="#[0-9a-f]{6}"', drawn), "a colour of the picture would be the same in the dark"


def test_nothing_in_the_data_is_markup() -> None:
    html = to_html(answer_of(PLANS, [["<script>alert(1)</script>", 1], ['"><b>', 2]]))
    assert "<script>" not in html
    assert "<b>" not in html
    assert "<th>Plan &amp; kind</th>" in html


def test_a_missing_group_is_set_apart_from_a_text() -> None:
    html = to_html(answer_of(PLANS, [["(none)", 1], [None, 2]]))
    assert html.count('<td class="none">(none)</td>') == 1
    assert html.count("<td>(none)</td>") == 1


@pytest.mark.parametrize("rows", [[], [["pro", 1]]])
def test_one_number_needs_no_picture(rows: list[list[object]]) -> None:
    assert "<svg" not in to_html(answer_of(PLANS, rows))


def test_a_question_without_metrics_is_a_table() -> None:
    assert "<svg" not in to_html(answer_of([Column("plan")], [["pro"], ["free"]]))


def test_a_long_answer_shows_its_first_rows_and_says_so() -> None:
    days = [date(2026, 1, 1 + at % 28).replace(month=1 + at // 28) for at in range(80)]
    long = answer_of([Column("metric_time__day", "time"), Column("n", "metric")], [[day, 1] for day in days])
    html = to_html(long)
    assert len(HTMLParser(html).css("tbody tr")) == 50
    assert "30 more rows: to_pandas()" in html
    assert "80 rows" in html
    assert len(in_terminal(long).splitlines()) == 55


def test_the_locale_of_the_answer() -> None:
    assert "12,34,567" in to_html(replace(answer_of(PLANS, [["a", 1234567]]), locale="en_IN"))
