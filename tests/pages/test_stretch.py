"""`[` and `]`: the stretch beside the one shown, as long as it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from truenorth.base.period import Span
from truenorth.base.range import parse_range
from truenorth.web.stretch import beside, written

DAYS = st.dates(date(1990, 1, 1), date(2060, 1, 1))
LATER = datetime(2100, 1, 1)


@given(DAYS, st.integers(1, 900))
def test_what_is_written_is_the_stretch_that_is_read(start: date, count: int) -> None:
    end = start + timedelta(days=count)
    assert parse_range(written(start, end), LATER) == Span(start, end)


@given(DAYS, st.integers(1, 900))
def test_the_neighbours_touch_and_are_as_long(start: date, count: int) -> None:
    end = start + timedelta(days=count)
    before, after = (parse_range(text, LATER) for text in beside(Span(start, end), LATER))
    assert (before.end, after.start) == (start, end)
    if start.day != 1 or end.day != 1:
        assert (before.start, after.end) == (start - (end - start), end + (end - start))


@pytest.mark.parametrize(
    ("shown", "before", "after"),
    [
        ("2026-02", "2026-01", "2026-03"),
        ("2026-Q1", "2025-Q4", "2026-Q2"),
        ("2025", "2024", "2026"),
        ("2026-03-05", "2026-03-04", "2026-03-06"),
        ("2026-01-01..2026-02-28", "2025-11-01..2025-12-31", "2026-03-01..2026-04-30"),
        ("2026-01-15..2026-01-20", "2026-01-09..2026-01-14", "2026-01-21..2026-01-26"),
    ],
)
def test_months_move_by_months_and_days_by_days(shown: str, before: str, after: str) -> None:
    assert beside(parse_range(shown, LATER), LATER) == (before, after)


def test_nothing_stands_beside_an_open_range_or_after_the_end_of_the_data() -> None:
    assert beside(Span(), LATER) == ("", "")
    assert beside(Span(date(2026, 1, 1)), LATER) == ("", "")
    assert beside(Span(datetime(2026, 1, 1, 4), datetime(2026, 1, 2, 4)), LATER) == ("", "")
    assert beside(Span(date(2026, 6, 1), date(2026, 7, 1)), datetime(2026, 7, 1)) == ("2026-05", "")
    assert beside(Span(date(1, 1, 1), date(1, 1, 3)), LATER)[0] == ""


def test_the_page_leads_back_and_forth(get: Any) -> None:
    def keys(path: str) -> dict[str, str]:
        return {
            one.attributes["data-key"]: one.attributes["href"] for one in HTMLParser(get(path).text).css("a[data-key]")
        }

    assert "]" not in keys("/m/revenue")
    assert keys("/m/revenue")["["] == "/m/revenue?range=2026-01-02..2026-04-01"
    month = keys("/m/revenue?range=2026-05&where=plan:pro")
    assert month["["] == "/m/revenue?range=2026-04&where=plan:pro"
    assert month["]"] == "/m/revenue?range=2026-06&where=plan:pro"
    assert keys("/m/revenue?range=2026-05&grain=week")["["] == "/m/revenue?grain=week&range=2026-04"
    label = HTMLParser(get("/m/revenue").text).css_first('a[data-key="["]').attributes["aria-label"]
    assert label == "The same length before"
