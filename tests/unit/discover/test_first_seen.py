"""Events of a product: who came new, how many pages a visit has, and rows sent twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.unit.discover.newcomer import answer, begin, values

_EVENTS = [
    # person, day, event, session
    ("a", 1, "$pageview", "s1"), ("a", 1, "$pageview", "s1"), ("a", 9, "$pageview", "s2"), ("b", 2, "$pageview", "s3"),
    ("b", 2, "clicked", "s3"), ("b", 3, "signed_up", "s4"), ("c", 33, "$pageview", "s5"), ("d", 34, "clicked", "s6"),
]  # fmt: skip


def test_people_are_new_with_their_first_event_and_rows_sent_twice_count_once(tmp_path: Path) -> None:
    rows = [
        f'{{"event": "{event}", "properties": {{"time": {1_772_366_400 + day * 86_400}, "distinct_id": "{who}", '
        f'"$insert_id": "i{at % (len(_EVENTS) * 4)}", "$session_id": "{session}{at // len(_EVENTS) % 4}"}}}}'
        for at, (who, day, event, session) in enumerate(_EVENTS * 4 + _EVENTS[:1])
    ]
    path = tmp_path / "export.jsonl"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    made = begin(tmp_path / "ws", path)
    assert values(made, "event_count", "active_users", "new_users", "signups") == [32, 4, 4, 4]
    # 5 views in each of 4 rounds, in 24 visits.
    assert values(made, "page_views", "session_count", "pages_per_session") == [20, 24, 20 / 24]
    assert values(made, "signup_rate") == [0.25]
    months = answer(made, "new_users", grain="month", range="all").table.rows
    assert months == ((date(2026, 3, 1), 2), (date(2026, 4, 1), 2))
    assert any("rows written twice: one of each is kept" in one.text for one in made.assumed)
