"""Sessions worked out by hand, and against the plain follower of `verify`, which puts row after row into its visit.

The vectors are those on which tools differ: exactly 30 idle minutes (Google Analytics, OpenPanel: a session ends after
*more* than that), the 24 hours a session may last (PostHog, Mixpanel), midnight (Mixpanel cuts there, we do not), the
session id of a client (Amplitude, PostHog), server events, which join a session and neither open nor extend one
(OpenPanel), and what is engaged (Google Analytics 4) or bounces (Umami, Plausible).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.truth.case import NOW, Rows, World, day
from truenorth.query.verify import verify

TYPES = {"person": "text", "at": "timestamp", "event": "text", "page": "text", "sid": "text", "country": "text"}
VARIANTS = {
    "plain": "",
    "site": ", view: \"event = 'view'\", key: \"event = 'pay'\"",
    "client": ", session: sid",
    "web": ", opens: \"event <> 'server'\"",
    "both": ", session: sid, opens: \"event <> 'server'\"",
    "umami": ", bounce: one_view, view: \"event = 'view'\"",
    "plausible": ", bounce: one_view_no_key, view: \"event = 'view'\", key: \"event = 'pay'\"",
    "short": ", idle: 10 minutes, cap: 1 hour",
}
PARTS = (
    "people",
    "duration",
    "median_duration",
    "p90_duration",
    "events_per_session",
    "views_per_session",
    "engaged",
    "engagement_rate",
    "bounces",
    "bounce_rate",
)


def definitions() -> str:
    found = [
        "datasets:",
        "  - {name: events, source: events, time: at, "
        "fields: [{name: person}, {name: event}, {name: page}, {name: sid}, {name: country}]}",
        "metrics:",
    ]
    for name, said in VARIANTS.items():
        found.append(f"  - {{name: {name}, type: sessions, dataset: events, entity: person{said}}}")
        found += [f"  - {{name: {name}_{part}, type: sessions, of: {name}, part: {part}}}" for part in PARTS]
    found.append("  - {name: exits, type: sessions, of: plain, by_row: exit}")
    return "\n".join(found)


def world(text: str, workspace: str = "") -> World:
    """A world of events written as `person time event page session country`, a line each; what is left out is NULL."""
    rows = []
    for line in text.strip().splitlines():
        cells: list[str | None] = [None if one == "-" else one for one in line.split()]
        cells += [None] * (6 - len(cells))
        rows.append([cells[0], datetime.fromisoformat(str(cells[1])), cells[2] or "view", *cells[3:]])
    return World(definitions(), workspace=workspace, events=Rows(TYPES, rows))


IDLE = world("""
ada 2025-03-01T10:00:00
ada 2025-03-01T10:30:00
ben 2025-03-01T10:00:00
ben 2025-03-01T10:30:00.000001
- 2025-03-01T10:00:00
""")


def test_a_session_ends_after_more_than_30_idle_minutes(engine: str) -> None:
    """Ada's rows are exactly 30 minutes apart: one session. Ben's are a microsecond more: two. Nobody has none."""
    names = ("plain", "plain_people", "plain_duration", "plain_events_per_session")
    assert IDLE.rows(engine, *names) == [(3, 2, 600.0, 4 / 3)]
    assert any("1 row has no person" in note for note in IDLE.ask(engine, "plain").notes)


def test_other_lengths_are_said_by_the_metric(engine: str) -> None:
    assert IDLE.value(engine, "short") == 4


LONG = world(
    "\n".join(f"ada {datetime(2025, 3, 1) + timedelta(minutes=25 * step):%Y-%m-%dT%H:%M:%S}" for step in range(58))
    + "\n"
    + "\n".join(f"ben {datetime(2025, 3, 1) + timedelta(minutes=30 * step):%Y-%m-%dT%H:%M:%S}" for step in range(50))
)


def test_a_session_lasts_24_hours_at_most(engine: str) -> None:
    """Ada: a row every 25 minutes, 58 of them; those up to 23:45 are one session (57 steps would be 23:45), the last,
    at 23:45, too. Ben: every 30 minutes, 50 of them: the 49th is exactly 24 hours after the first and in, the 50th not.
    """
    assert LONG.rows(engine, "plain", by="person") == [("ada", 1), ("ben", 2)]
    assert LONG.rows(engine, "plain_duration", by="person") == [("ada", 57 * 25 * 60.0), ("ben", 12 * 3600.0)]


NIGHT = world("""
ada 2025-03-01T23:50:00
ada 2025-03-02T00:10:00
ada 2025-03-02T00:15:00
ben 2025-03-02T09:00:00
""")


def test_midnight_cuts_nothing_and_a_session_is_of_the_day_it_began(engine: str) -> None:
    names = ("plain", "plain_people", "plain_duration")
    rows = [(day("2025-03-01"), 1, 1, 1500.0), (day("2025-03-02"), 1, 1, 0.0)]
    assert NIGHT.rows(engine, *names, grain="day") == rows
    assert NIGHT.rows(engine, *names, range="2025-03-02") == [(1, 1, 0.0)]
    assert NIGHT.rows(engine, *names, range="2025-03-01") == [(1, 1, 1500.0)]


CLOCKS = world(
    """
ada 2025-03-09T06:50:00
ada 2025-03-09T07:10:00
ben 2025-11-02T05:50:00
ben 2025-11-02T06:10:00
ben 2025-11-02T06:45:00
""",
    "timezone: America/New_York\n",
)


def test_days_on_which_clocks_change_cut_nothing_and_join_nothing(engine: str) -> None:
    """01:50 and 03:10 by the clock in March are 20 minutes; 01:50, 01:10 and 01:45 in November 20 and 35."""
    assert CLOCKS.rows(engine, "plain", "plain_duration", grain="day") == [
        (day("2025-03-09"), 1, 1200.0),
        (day("2025-11-02"), 2, 600.0),
    ]


CLIENT = world("""
ada 2025-03-01T10:00:00 view /a s1
ada 2025-03-01T10:05:00 view /b s2
ada 2025-03-01T10:06:00 view /c s1
ada 2025-03-01T12:00:00 view /d s1
ada 2025-03-01T12:10:00 view /e
ada 2025-03-01T13:00:00 view /f
ben 2025-03-01T10:00:00 view /a s1
""")


def test_the_session_that_a_client_names_is_believed(engine: str) -> None:
    """s1 lasts from 10:00 to 12:10 although s2 comes between and two hours pass: the row without a name follows it.
    The one at 13:00 is alone. Ben's s1 is another session. By the clock alone: 10:00-10:06, 12:00-12:10, 13:00, Ben's.
    """
    names = ("client", "client_people", "client_duration", "client_events_per_session")
    assert CLIENT.rows(engine, *names) == [(4, 2, 130 * 60 / 4, 7 / 4)]
    assert CLIENT.value(engine, "plain") == 4


SERVER = world("""
ada 2025-03-01T09:00:00 server
ada 2025-03-01T10:00:00 view
ada 2025-03-01T10:10:00 view
ada 2025-03-01T10:40:00 server
ada 2025-03-01T10:45:00 server
ada 2025-03-01T10:41:00 view
ben 2025-03-01T10:00:00 server
""")


def test_rows_that_do_not_open_join_a_session_and_neither_open_nor_extend_it(engine: str) -> None:
    """Ada: 10:00-10:10 with the server's row 30 minutes later (3 rows, 10 minutes), and 10:41 with the one at 10:45 (2
    rows, 0 minutes); that of 09:00 is in none, nor is Ben's. With all rows alike there are 3: 09:00, 10:00-10:45, Ben.
    """
    names = ("web", "web_people", "web_duration", "web_events_per_session")
    assert SERVER.rows(engine, *names) == [(2, 1, 300.0, 2.5)]
    assert SERVER.rows(engine, "plain", "plain_people", "plain_duration") == [(3, 2, 900.0)]


NAMED = world("""
ada 2025-03-01T10:00:00 view /a s1
ada 2025-03-01T15:00:00 server - s1
ada 2025-03-01T10:05:00 server - s9
""")


def test_a_server_row_that_names_a_session_is_part_of_that_one_only(engine: str) -> None:
    assert NAMED.rows(engine, "both", "both_events_per_session", "both_duration") == [(1, 2.0, 0.0)]


UNNAMED = World(
    definitions(),
    events=Rows(
        TYPES,
        [
            ["ada", datetime(2025, 3, 1, hour), "view", "/a", name, "DE"]
            for hour, name in ((9, ""), (12, ""), (15, None))
        ],
    ),
)


def test_an_empty_text_names_no_session(engine: str) -> None:
    """Three rows hours apart are three visits, whatever else an empty name might mean."""
    assert UNNAMED.value(engine, "client") == 3


LATE = "ada 2025-03-01T10:00:00\nada 2025-03-01T10:50:00"


def test_a_late_row_joins_two_sessions_into_one(engine: str) -> None:
    assert world(LATE).value(engine, "plain") == 2
    assert world(f"{LATE}\nada 2025-03-01T10:25:00").rows(engine, "plain", "plain_duration") == [(1, 3000.0)]


PAGES = world("""
ada 2025-03-01T10:00:00 view /home - DE
ada 2025-03-01T10:01:00 view /price - FR
ada 2025-03-01T10:02:00 view /buy - FR
ada 2025-03-02T10:00:00 view /price - DE
ben 2025-03-01T10:00:00 view /home - -
ben 2025-03-01T10:01:00 view /price - DE
""")


def test_groups_and_conditions_are_those_of_the_first_row(engine: str) -> None:
    assert PAGES.rows(engine, "plain", "plain_people", by="page") == [("/home", 2, 2), ("/price", 1, 1)]
    assert PAGES.rows(engine, "plain", by="country") == [("DE", 2), (None, 1)]
    assert PAGES.value(engine, "plain", where="page = '/price'") == 1
    assert PAGES.value(engine, "plain", where="page = '/buy'") == 0
    assert PAGES.rows(engine, "plain", "plain_duration", by="page", range="2025-03-01") == [("/home", 2, 90.0)]


def test_exits_look_at_the_last_row(engine: str) -> None:
    assert PAGES.rows(engine, "exits", by="page") == [("/buy", 1), ("/price", 2)]
    assert PAGES.value(engine, "exits", where="page = '/price'") == 2
    assert PAGES.rows(engine, "exits", grain="day") == [(day("2025-03-01"), 2), (day("2025-03-02"), 1)]


TIED = world("""
ada 2025-03-01T10:00:00 view /a
ada 2025-03-01T10:00:00 view /b
ada 2025-03-01T10:01:00 view /c
""")


def test_a_session_that_begins_with_two_rows_counts_in_the_group_of_each(engine: str) -> None:
    assert TIED.rows(engine, "plain", by="page") == [("/a", 1), ("/b", 1)]
    assert TIED.value(engine, "plain", where="page = '/b'") == 1
    assert TIED.value(engine, "plain") == 1
    assert TIED.ask(engine, "plain", by="page", totals=True).totals["plain"] == 1


ENGAGED = world("""
one 2025-03-01T10:00:00 view
ten 2025-03-01T10:00:00 view
ten 2025-03-01T10:00:10 scroll
nine 2025-03-01T10:00:00 view
nine 2025-03-01T10:00:09.999 scroll
two 2025-03-01T10:00:00 view
two 2025-03-01T10:00:05 view
paid 2025-03-01T10:00:00 view
paid 2025-03-01T10:00:02 pay
none 2025-03-01T10:00:00 scroll
""")


def test_a_session_is_engaged_by_its_length_its_views_or_a_key_row(engine: str) -> None:
    """Google Analytics 4: ten seconds, two views or a key event: ten, two and paid of six. The rest bounce."""
    names = ("site", "site_engaged", "site_engagement_rate", "site_bounces", "site_bounce_rate")
    assert ENGAGED.rows(engine, *names) == [(6, 3, 0.5, 3, 0.5)]
    assert ENGAGED.rows(engine, "site_engaged", by="person") == [
        ("nine", 0),
        ("none", 0),
        ("one", 0),
        ("paid", 1),
        ("ten", 1),
        ("two", 1),
    ]


def test_other_tools_have_other_rules_for_bounces(engine: str) -> None:
    """At most one view: all but `two` (Umami); without those with a key row: all but `two` and `paid` (Plausible)."""
    assert ENGAGED.rows(engine, "umami_bounces", "umami_bounce_rate") == [(5, 5 / 6)]
    assert ENGAGED.rows(engine, "plausible_bounces", "plausible_bounce_rate") == [(4, 4 / 6)]
    assert ENGAGED.value(engine, "site_views_per_session") == 1.0


def test_a_session_of_one_row_lasts_no_time(engine: str) -> None:
    names = ("plain_duration", "plain_median_duration", "plain_p90_duration")
    assert ENGAGED.rows(engine, *names, where="person = 'one'") == [(0.0, 0.0, 0.0)]


def test_the_middle_and_the_long_sessions(engine: str) -> None:
    """Lengths 0, 0, 2, 5, 9.999 and 10 seconds: the median lies between 2 and 5, the 90th percentile between the last
    two."""
    names = ("plain_median_duration", "plain_p90_duration")
    [(middle, most)] = ENGAGED.rows(engine, *names)
    assert (middle, round(float(str(most)), 9)) == (3.5, 9.9995)


def test_nothing_has_no_sessions(engine: str) -> None:
    names = ("plain", "plain_people", "plain_duration", "plain_bounce_rate")
    assert PAGES.rows(engine, *names, range="2024-01") == [(0, 0, None, None)]
    assert PAGES.rows(engine, *names, where="page = '/nowhere'") == [(0, 0, None, None)]


def test_sessions_are_compared_and_add_up_to_the_whole(engine: str) -> None:
    answer = PAGES.ask(engine, "plain", grain="day", totals=True)
    assert [row[1] for row in answer.table.rows] == [2, 1]
    assert answer.totals["plain"] == 3


TWICE = world(f"{LATE}\n{LATE}")


def test_a_row_that_came_twice_is_an_event_more_and_no_session(engine: str) -> None:
    assert TWICE.rows(engine, "plain", "plain_duration", "plain_events_per_session") == [(2, 0.0, 2.0)]


DATED = World(
    "datasets:\n  - {name: events, source: events, time: at, fields: [{name: person}]}\n"
    "metrics:\n  - {name: visits, type: sessions, dataset: events, entity: person}\n"
    "  - {name: trips, type: sessions, dataset: events, entity: person, idle: 1 day, cap: 7 days}",
    events=Rows(
        {"person": "text", "at": "date"},
        [["ada", day(f"2025-03-{number:02}")] for number in (1, 1, 2, 3, 5)],
    ),
)


def test_days_are_followed_as_days(engine: str) -> None:
    assert DATED.rows(engine, "visits", "trips") == [(4, 2)]
    assert DATED.rows(engine, "trips", grain="day") == [(day("2025-03-01"), 1), (day("2025-03-05"), 1)]


WORLDS = [IDLE, NIGHT, CLOCKS, CLIENT, SERVER, NAMED, UNNAMED, PAGES, TIED, ENGAGED]


@pytest.mark.parametrize("one", WORLDS)
def test_both_builders_agree(engine: str, one: World) -> None:
    runner = one.on(engine)
    names = (
        "plain",
        "client_duration",
        "both_events_per_session",
        "site_engagement_rate",
        "plausible_bounces",
        "exits",
    )
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, names, 1)
    assert report.passed, str(report.smallest)


EVENT = st.tuples(
    st.sampled_from("pq"),
    st.integers(0, 30),
    st.sampled_from(["view", "pay", "server"]),
    st.sampled_from(["s1", "s2", None]),
)


@settings(max_examples=5, deadline=None)
@given(st.lists(EVENT, min_size=1, max_size=14))
def test_any_stream_is_followed_alike(events: list[tuple[str, int, str, str | None]]) -> None:
    begin = datetime(2025, 3, 1, 22)
    rows = [[who, begin + timedelta(minutes=10 * at), what, f"/{what}", sid, "DE"] for who, at, what, sid in events]
    runner = World(definitions(), events=Rows(TYPES, rows)).on("duckdb")
    names = ("plain", "short", "both", "both_duration", "site_engaged", "client_people", "exits")
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, names, 1)
    assert report.passed, str(report.smallest)
