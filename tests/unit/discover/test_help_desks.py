"""What a workspace made of a help desk's tables counts: the numbers that a person would work out by hand."""

from __future__ import annotations

from pathlib import Path

from tests.unit.discover.newcomer import answer, total, written


def test_spam_is_no_ticket_and_what_became_of_the_others_is_said(tmp_path: Path) -> None:
    states = ("solved", "closed", "open", "pending", "spam")
    rows = [
        f"{at},{states[at % 5]},u{at % 20},{'urgent' if at % 10 == 0 else 'normal'},2026-01-{1 + at % 28:02} 08:00:00,"
        f"{f'2026-02-{1 + at % 28:02} 08:00:00' if at % 5 < 2 or at % 5 == 4 else ''},{at % 3},{1 + at % 4},"
        f"{('Good', 'Bad', 'Offered')[at % 3]}"
        for at in range(300)
    ]
    head = "ticket_id,status,requester_id,priority,created_at,solved_at,reopens,replies,satisfaction_score"
    made = written(tmp_path, tickets=[head, *rows])
    real = [at for at in range(300) if at % 5 != 4]
    answered = [at for at in real if at % 3 != 2]
    assert total(made, "tickets_opened") == len(real)
    assert total(made, "tickets_solved") == 120
    assert total(made, "ticket_backlog") == 120
    assert total(made, "resolution_rate") == 0.5
    assert total(made, "tickets_reopened_rate") == sum(at % 3 > 0 for at in real) / len(real)
    assert total(made, "replies_per_ticket") == sum(1 + at % 4 for at in real) / len(real)
    assert total(made, "satisfaction") == sum(at % 3 == 0 for at in answered) / len(answered)
    assert total(made, "people_asking") == len({at % 20 for at in real})
    assert total(made, "urgent_tickets") == 30
    assert total(made, "tickets_still_open") == 120
    assert any('"spam" in status' in one.text for one in made.assumed)


def test_what_has_not_happened_yet_is_not_missed(tmp_path: Path) -> None:
    rows = [
        f"{at},open,2026-01-{1 + at % 28:02} 08:00:00,{f'2026-02-{1 + at % 28:02} 08:00:00' if at % 2 else ''}"
        for at in range(60)
    ]
    made = written(tmp_path, tickets=["ticket_id,kind,created_at,solved_at", *rows])
    solved = answer(made, "tickets_solved", range="2026")
    assert (solved.table.rows, solved.notes) == (((30,),), ())


def test_unsolved_is_not_solved_and_a_missing_time_is_said(tmp_path: Path) -> None:
    states = ("resolved", "unresolved", "not solved", "incomplete")
    rows = [
        f"{at},{states[at % 4]},2026-01-{1 + at % 28:02} 08:00:00,{'2026-03-01 08:00:00' if at % 8 == 0 else ''}"
        for at in range(80)
    ]
    made = written(tmp_path, tickets=["ticket_id,status,created_at,solved_at", *rows])
    assert total(made, "resolution_rate") == 0.25
    assert any("when 10 tickets were solved" in one.text for one in made.unsure)


def test_stars_are_scores(tmp_path: Path) -> None:
    rows = [f"{at},{at},{1 + at % 5},2026-01-{1 + at % 28:02}" for at in range(50)]
    made = written(tmp_path, ratings=["id,case_no,stars,rated_on", *rows])
    assert (total(made, "average_score"), total(made, "satisfaction")) == (3, 0.4)


def test_tables_that_begin_alike_are_called_without_it(tmp_path: Path) -> None:
    cases = [f"{at},2026-01-{1 + at % 28:02} 08:00:00,{'open' if at % 4 else 'closed'},high" for at in range(40)]
    notes = [f"{at},{at % 40},2026-02-{1 + at % 28:02},{5 * (at % 3)}" for at in range(60)]
    made = written(
        tmp_path,
        hd_case=["case_no,opened,case_status,priority", *cases],
        hd_worklog=["id,case_no,booked,minutes", *notes],
        hd_label=["id,case_no,put_on", *(f"{at},{at},2026-02-03" for at in range(40))],
    )
    assert {"cases", "worklog", "label"} <= set(made.tables)
    assert total(made, "worklog_minutes") == sum(5 * (at % 3) for at in range(60))
    assert "label: Worklogs\n" in (made.folder / "metrics" / "worklog.yml").read_text("utf-8")


def test_promises_waits_in_hours_and_how_people_felt(tmp_path: Path) -> None:
    felt = ("Extremely Happy", "Unhappy", "")
    rows = [
        f"{at},Open,2026-01-{1 + at % 28:02} 08:00:00,{at % 4}:30:00,{'Within SLA' if at % 5 else 'SLA Violated'},"
        f"{1 + at % 2},{felt[at % 3]}"
        for at in range(120)
    ]
    head = (
        "Ticket ID,Kind,Created time,First response time (in hrs),Resolution status,Agent interactions,Survey results"
    )
    made = written(tmp_path, tickets=[head, *rows])
    assert total(made, "first_response_time") == 2
    assert total(made, "resolution_in_time_rate") == 0.8
    assert total(made, "agent_interactions_per_ticket") == 1.5
    assert total(made, "satisfaction") == 0.5
