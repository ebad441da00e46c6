"""Active, new and activated people, as the standard metrics have them, worked out by hand.

Mixpanel takes the last day of a month and looks 30 days back: the number of December 2024 is made of 2 to 31 December.
Google Analytics and Mozilla look 28 days back, and so do we; a calendar month is another number with another name.
"""

from __future__ import annotations

import pytest

from tests.truth.case import World, day
from tests.truth.journeys.crowd import EVENTS, crowd
from truenorth.define.templates import bind, template

ACTIVE = "event <> 'mail'"


def standard(name: str, called: str = "", **slots: str) -> list[str]:
    """The metrics that a standard one is made of, as YAML."""
    given = {"dataset": "events", "person": "person", **slots}
    made = bind(template(name), "", given, name=called or name)
    texts = []
    for one in made:
        keys = {key: value for key, value in one.items() if key not in ("template", "slots", "description", "owner")}
        texts.append(
            ", ".join(
                f'{key}: "{value}"' if isinstance(value, str) else f"{key}: {value}" for key, value in keys.items()
            )
        )
    return texts


DECEMBER = crowd(
    """
ada 2024-12-01T10:00
ben 2024-12-02T10:00
cy 2024-12-03T23:59
dot 2024-12-04T00:00
eli 2024-12-31T10:00
eli 2024-12-30T10:00
fay 2024-11-30T10:00
gus 2024-12-20T10:00 mail
- 2024-12-20T10:00
""",
    [
        *standard("monthly_active_users", "mau", active=ACTIVE),
        *standard("monthly_active_users", "mau_30", active=ACTIVE, window="30 days"),
        *standard("weekly_active_users", "wau", active=ACTIVE),
        *standard("daily_active_users", "dau", active=ACTIVE),
        *standard("active_users", "actives", active=ACTIVE),
        *standard("active_users", "everybody"),
        "name: calendar, type: cumulative, input_metric: actives, grain_to_date: month",
    ],
)


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("mau", 2),  # 4 to 31 December: Dot, Eli
        ("mau_30", 4),  # 2 to 31 December: Ben, Cy, Dot, Eli
        ("calendar", 5),
        ("actives", 5),
        ("everybody", 6),  # with Gus, to whom a mail was sent
        ("wau", 1),
        ("dau", 1),
    ],
)
def test_the_windows_of_december(engine: str, name: str, people: int) -> None:
    assert DECEMBER.rows(engine, name, grain="month", range="2024-12") == [(day("2024-12"), people)]


def test_the_days_of_a_month_so_far(engine: str) -> None:
    found = DECEMBER.rows(engine, "calendar", grain="day", range="2024-12-02..2024-12-04", fill="null")
    assert [row[1] for row in found] == [2, 3, 4]


def test_four_weeks_roll_over_the_end_of_a_year(engine: str) -> None:
    """On 3 January 2025 the 28 days begin on 7 December: only Eli is left of them."""
    assert DECEMBER.rows(engine, "mau", "mau_30", grain="day", range="2025-01-03..2025-01-03", fill="null") == [
        (day("2025-01-03"), 1, 1)
    ]


def test_people_of_days_do_not_add_up_to_those_of_the_month(engine: str) -> None:
    answer = DECEMBER.ask(engine, "actives", grain="day", range="2024-12")
    assert sum(int(str(row[1])) for row in answer.table.rows) == 6 > 5
    assert answer.additivity["actives"] == "holistic"


NAMED = World(
    f"datasets:\n  - {EVENTS}\n"
    "  - {name: people, source: people, primary_key: [id], fields: [{name: id}, {name: email}]}\n"
    "relationships:\n"
    "  - {name: event_person, from: events, to: people, from_columns: [person], to_columns: [id]}\n"
    "metrics:\n"
    + "\n".join(
        f"  - {{{one}}}"
        for one in (
            *standard("anonymous_active_users", unnamed="people.email is null"),
            *standard("identified_active_users", unnamed="people.email is null"),
            *standard("active_users"),
        )
    ),
    events=crowd(
        """
ada 2025-03-01T10:00
ada 2025-03-02T10:00
phone 2025-03-01T10:00
tablet 2025-03-02T10:00
lost 2025-03-03T10:00
""",
        [],
    ).tables["events"],
    people="id text | email text\nada | ada@acme.example\nphone |\ntablet |",
)


def test_everybody_is_known_by_name_or_not(engine: str) -> None:
    """Ada has a name; two devices have none, and neither has an id of which nothing is known."""
    names = ("identified_active_users", "anonymous_active_users", "active_users")
    assert NAMED.rows(engine, *names, range="2025-03") == [(1, 3, 4)]
    assert NAMED.rows(engine, *names, grain="day", range="2025-03") == [
        (day("2025-03-01"), 1, 1, 2),
        (day("2025-03-02"), 1, 1, 2),
        (day("2025-03-03"), 0, 1, 1),
    ]


FIRST_DAYS = World(
    f"datasets:\n  - {EVENTS}\n"
    "  - {name: signups, source: signups, time: signed_up, fields: [{name: person}]}\n"
    "metrics:\n"
    + "\n".join(
        f"  - {{{one}}}"
        for one in (
            *standard("activation_rate", dataset="signups", done="events", action="event = 'project'"),
            *standard("new_active_users", "first_seen"),
        )
    ),
    events=crowd(
        """
ada 2025-03-01T10:00
ada 2025-03-07T10:00 project
ben 2025-03-01T10:00
ben 2025-03-08T10:00 project
cy 2025-03-02T10:00
dot 2025-03-01T09:59 project
""",
        [],
    ).tables["events"],
    signups="person text | signed_up timestamp\nada | 2025-03-01 10:00:00\nben | 2025-03-01 10:00:00\n"
    "cy | 2025-03-02 10:00:00\ndot | 2025-03-01 10:00:00",
)


def test_activation_is_the_share_that_did_it_in_time(engine: str) -> None:
    """Ada within six days; Ben after seven whole days, Cy never, and Dot before she signed up."""
    assert FIRST_DAYS.value(engine, "activation_rate", range="2025-03") == 0.25
    assert FIRST_DAYS.value(engine, "first_seen", range="2025-03") == 4
