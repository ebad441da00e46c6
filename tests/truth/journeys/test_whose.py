"""Whose rows are followed: a field, a field of another dataset, several columns, or an expression over them.

Two ids of one person are one: their rows make one journey. Worked by hand.
"""

from __future__ import annotations

import pytest

from tests.truth.case import NOW, World
from truenorth.query.verify import verify

DEFINITIONS = (
    """
datasets:
  - {name: events, source: events, time: at, fields: [{name: who}, {name: event}, {name: shop}, {name: buyer}]}
  - {name: people, source: people, primary_key: [who], fields: [{name: person}]}
relationships:
  - {name: event_person, from: events, to: people, from_columns: [who], to_columns: [who]}
metrics:
  - {name: seen, type: simple, dataset: events, agg: count_distinct, expr: "coalesce(people.person, who)"}
  - {name: seen_or_nobody, type: simple, dataset: events, agg: count_distinct, expr: "coalesce(people.person, who, 0)"}
  - {name: rolling, type: cumulative, input_metric: seen, window: 2 days}
  - {name: rolling_or_nobody, type: cumulative, input_metric: seen_or_nobody, window: 2 days}
  - {name: by_id, type: funnel, dataset: events, entity: who, window: 1 hour, steps: STEPS}
  - {name: by_person, type: funnel, dataset: events, entity: "coalesce(people.person, who)", window: 1 hour, steps: STEPS}
  - {name: by_known, type: funnel, dataset: events, entity: people.person, window: 1 hour, steps: STEPS}
  - {name: by_buyer, type: funnel, dataset: events, entity: "shop || '/' || buyer", window: 1 hour, steps: STEPS}
""".replace("STEPS", "[{name: a, filter: \"event = 'A'\"}, {name: b, filter: \"event = 'B'\"}]")
    + "".join(
        f"  - {{name: {name}_{part}, type: funnel, of: {name}, part: {part}}}\n"
        for name in ("by_id", "by_person", "by_known", "by_buyer")
        for part in ("entered", "converted")
    )
)
# 1 and 2 are one person, 3 is alone; the last row is nobody's.
MERGED = World(
    DEFINITIONS,
    events="""
    who integer | event text | at timestamp        | shop text | buyer text
    1           | A          | 2025-03-01T10:00:00 | north     | x
    2           | B          | 2025-03-01T10:10:00 | south     | x
    3           | A          | 2025-03-01T10:00:00 | north     | y
    3           | B          | 2025-03-01T10:30:00 | north     | y
                | A          | 2025-03-01T10:00:00 | north     |
    """,
    people="""
    who integer | person integer
    1           | 1
    2           | 1
    """,
)


@pytest.mark.parametrize(
    ("name", "told"), [("by_id", (2, 1)), ("by_person", (2, 2)), ("by_known", (1, 1)), ("by_buyer", (2, 1))]
)
def test_whose_rows_are_followed(engine: str, name: str, told: tuple[int, int]) -> None:
    assert MERGED.rows(engine, f"{name}_entered", f"{name}_converted") == [told]


def test_rows_of_nobody_are_counted_and_said(engine: str) -> None:
    notes = MERGED.ask(engine, "by_id_entered").notes
    assert "1 row has no who and cannot be followed" in notes
    assert "3 rows have no people.person and cannot be followed" in MERGED.ask(engine, "by_known_entered").notes


def test_both_builders_agree(engine: str) -> None:
    runner = MERGED.on(engine)
    names = ("by_id", "by_person", "by_known", "by_buyer_converted")
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, names, 1)
    assert report.passed, str(report.smallest)


def test_people_of_a_rolling_window_are_counted_once_whatever_their_ids(engine: str) -> None:
    """1 and 2 are one person: two people on the first day, and still on the second; with nobody as somebody, three."""
    asked = {"grain": "day", "range": "2025-03-01..2025-03-02"}
    assert [row[1:] for row in MERGED.rows(engine, "rolling", "rolling_or_nobody", **asked)] == [(2, 3), (2, 3)]
    assert [row[1:] for row in MERGED.rows(engine, "rolling", by="event", **asked)][:2] == [("A", 2), ("B", 2)]
