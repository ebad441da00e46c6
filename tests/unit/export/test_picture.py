"""Pictures of answers: lines over time, bars without, and a word on what is not drawn."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pytest

from tests.unit.export.answers import MONTHLY, answer_of
from truenorth.base.errors import QueryError
from truenorth.base.table import Column
from truenorth.export.picture import to_png, to_svg

TIME = Column("metric_time__month", "time")
METRIC = Column("revenue", "metric", "Revenue", "currency", "EUR")


def words(svg: str) -> str:
    """All text of a picture."""
    return " ".join(ElementTree.fromstring(svg).itertext())


def test_lines_per_group() -> None:
    text = words(to_svg(MONTHLY))
    assert "Revenue" in text
    assert "pro" in text
    assert "(none)" in text


def test_other_units_are_named_not_drawn() -> None:
    assert "Not drawn, other units: Conversion rate" in words(to_svg(MONTHLY))


def test_too_many_groups_are_counted() -> None:
    rows: list[list[object]] = [[f"group{at}", date(2026, month, 1), at] for at in range(40) for month in (1, 2)]
    text = words(to_svg(answer_of([Column("plan"), TIME, METRIC], rows)))
    assert "The largest 6 of 40" in text
    assert "group39" in text
    assert "group12" not in text


def test_the_earlier_range_is_drawn_where_one_metric_stands_alone() -> None:
    columns = [TIME, METRIC, Column("revenue__previous", "previous", of="revenue")]
    rows: list[list[object]] = [[date(2026, month, 1), month, month + 1] for month in range(1, 7)]
    with_it = to_svg(answer_of(columns, rows, vs="year"))
    without = to_svg(answer_of([TIME, METRIC], [row[:2] for row in rows]))
    assert "A year before" in with_it
    assert "A year before" not in without


def test_bars_without_time() -> None:
    rows: list[list[object]] = [["small", 1], ["large", 9], [None, 4]]
    text = words(to_svg(answer_of([Column("plan"), METRIC], rows)))
    assert text.index("large") < text.index("(none)") < text.index("small")


def test_the_order_asked_for_is_kept() -> None:
    rows: list[list[object]] = [["small", 1], ["large", 9]]
    text = words(to_svg(answer_of([Column("plan"), METRIC], rows, order=("revenue",))))
    assert text.index("small") < text.index("large")


def test_one_number_alone_and_nothing_at_all() -> None:
    assert "Revenue" in words(to_svg(answer_of([METRIC], [[5]])))
    for columns in ([TIME, METRIC], [Column("plan"), METRIC], [METRIC]):
        assert "No data" in words(to_svg(answer_of(columns, [])))


def test_a_picture_file() -> None:
    assert to_png(MONTHLY).startswith(b"\x89PNG")


def test_a_picture_needs_a_metric() -> None:
    with pytest.raises(QueryError) as caught:
        to_svg(answer_of([Column("plan")], [["pro"]]))
    assert caught.value.code == "E_NOTHING_TO_DRAW"


def test_parts_of_dates_and_several_times_are_bars_in_their_order() -> None:
    weekdays = Column("metric_time__day_of_week", "time", "Day of week")
    text = words(to_svg(answer_of([weekdays, METRIC], [[6, 5], [5, 90], [7, 7]])))
    assert "No data" not in text
    assert [word for word in text.split() if word in "567"] == ["6", "5", "7"]
    week = Column("metric_time__week", "time", "Week")
    rows: list[list[object]] = [[date(2026, 4, 27), date(2026, 4, 1), 5], [date(2026, 4, 27), date(2026, 5, 1), 3]]
    text = words(to_svg(answer_of([week, TIME, METRIC], rows)))
    assert "2026-04-27, 2026-04" in text
    assert "2026-04-27, 2026-05" in text
