"""What logs, incidents, checks and work boards of strangers are counted as: the numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.discover.newcomer import values, written


def test_incidents_are_counted_resolved_and_timed(tmp_path: Path) -> None:
    rows = [
        "1,sev1,api,2026-03-01 10:00:00,2026-03-01 10:30:00,resolved",
        "2,sev2,web,2026-03-05 10:00:00,2026-03-05 11:30:30,resolved",
        "3,sev3,web,2026-04-01 08:00:00,,open",
        "4,sev1,api,2026-04-02 08:00:00,2026-04-02 08:09:00,resolved",
    ]
    made = written(tmp_path, incidents=["incident,severity,service,started,ended,state", *rows])
    assert values(made, "incident_count", "incidents_resolved", "incidents_still_open", "severe_incidents") == [
        4,
        3,
        1,
        2,
    ]
    assert values(made, "incident_resolution_rate", "resolution_time", "incident_minutes") == [0.75, 30.0, 129.5]
    assert values(made, "time_to_repair") == [pytest.approx(129.5 / 3)]


def test_a_log_of_requests_says_how_long_they_took_and_who_asked(tmp_path: Path) -> None:
    rows = [
        f"2026-03-{1 + i % 20:02}T10:00:{i:02}Z,r{i},GET,/a{i % 3},{code},{seconds},c{i % 4}"
        for i, (code, seconds) in enumerate(
            [(200, 0.1), (200, 0.2), (500, 0.3), (404, 0.4), (200, 0.5), (200, 0.6), (200, 0.7), (502, 0.8)]
        )
    ]
    head = "time_iso,request_id,method,uri,status,request_time_s,user_id"
    made = written(tmp_path, access=[head, *rows])
    assert values(made, "request_count", "error_rate", "client_errors", "active_users") == [8, 0.25, 1, 4]
    assert values(made, "response_time_p50", "response_time") == [pytest.approx(0.45), pytest.approx(0.765)]
    assert "unit: seconds" in (tmp_path / "ws/metrics/access.yml").read_text("utf-8")


@pytest.mark.parametrize(("up", "down"), [("1", "0"), ("true", "false"), ("ok", "timeout")])
def test_checks_say_how_much_of_the_time_things_worked(tmp_path: Path, up: str, down: str) -> None:
    rows = [f"2026-03-01 10:{i:02}:00,fra,{down if i in (3, 7) else up},{10 + i}" for i in range(20)]
    made = written(tmp_path, checks=["checked_at,probe,up,latency_ms", *rows])
    assert values(made, "check_count", "uptime", "failed_checks", "response_time_p50") == [20, 0.9, 2, 19.5]


def test_cards_of_a_board_are_work_and_not_tickets(tmp_path: Path) -> None:
    states = ["done", "done", "done", "todo", "doing", "wont_do", "backlog", "done"]
    rows = []
    for i, state in enumerate(states):
        done = f"2026-03-0{i + 1} {10 + i}:00:00.500" if state == "done" else ""
        rows.append(f"{i + 1},{1 + i % 2},{i % 3},{i % 2},Card {i},{state},2026-03-0{i + 1} 08:00:00,{done}")
    head = "id,board_id,assignee_id,author_id,title,state,created_at,completed_at"
    made = written(tmp_path, cards=[head, *rows])
    assert values(made, "cards_created", "cards_done", "cards_still_open", "cards_backlog_change") == [8, 4, 3, 4]
    assert values(made, "cards_done_rate", "people_with_cards", "people_creating_cards") == [0.5, 3, 2]
    # The four took 2, 3, 4 and 9 hours, and half a second each.
    assert values(made, "resolution_time") == [pytest.approx(3.5 + 0.5 / 3600)]


def test_who_does_something_is_active_where_no_events_say_more(tmp_path: Path) -> None:
    people = [f"{i},p{i}@x.example,2026-01-0{1 + i % 9} 10:00:00" for i in range(30)]
    comments = [f"{i},{i % 7},Fine,2026-0{1 + i % 3}-1{i % 9} 12:00:00" for i in range(60)]
    made = written(tmp_path, users=["id,email,created_at", *people], comments=["id,user_id,body,created_at", *comments])
    assert values(made, "active_users", "new_users", "comments_count") == [7, 30, 60]
    assert "Different people with comments" in (tmp_path / "ws/metrics/comments.yml").read_text("utf-8")
