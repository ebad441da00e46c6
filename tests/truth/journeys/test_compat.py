"""What other tools do by default, as keys of a metric and as lines of a ledger; worked by hand.

The worked vector is that on which product analytics tools part: A 13:00, A 13:30, B 13:45, C 14:15 within an hour.
Mixpanel's default takes the first attempt, and sees two steps; PostHog's takes the best, and sees three. By default
Mixpanel's window is 7 days (documentation of funnels), PostHog's 14. Mixpanel counts retention from each one's own start
and on or after a day; PostHog by days of the calendar, on the day. Mixpanel's and PostHog's MAU looks 30 days back,
GA4's 28.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.truth.case import NOW, Rows, World
from truenorth.base.errors import DefinitionErrors, QueryError
from truenorth.base.table import Value
from truenorth.query.gap import GapQuery, Ledger, gap

STEPS = "steps: [{name: a, filter: \"event = 'A'\"}, {name: b, filter: \"event = 'B'\"}, {name: c, filter: \"event = 'C'\"}]"
HEAD = """
datasets:
  - {name: events, source: events, time: at, fields: [{name: person}, {name: event}]}
metrics:
  - {name: people_seen, type: simple, dataset: events, agg: count_distinct, expr: person}
"""
FUNNELS = "".join(
    f"  - {{name: {name}, type: funnel, dataset: events, entity: person{said}, {STEPS}}}\n"
    f"  - {{name: {name}_c, type: funnel, of: {name}, part: converted}}\n"
    for name, said in {
        "ours": ", window: 1 hour",
        "mixpanel": ", window: 1 hour, compat: mixpanel",
        "posthog": ", window: 1 hour, compat: posthog",
        "said": ", window: 1 hour, compat: mixpanel, reentry: best",
        "long": ", compat: posthog",
        "week": ", compat: mixpanel",
        "day": ", compat: plausible",
    }.items()
)
KEPT = "".join(
    f"  - {{name: {name}, type: retention, dataset: events, entity: person, period: day, start: \"event = 'A'\"{said}}}\n"
    f"  - {{name: {name}_1, type: retention, of: {name}, part: retained, after: 1}}\n"
    for name, said in {"kept": "", "kept_mixpanel": ", compat: mixpanel", "kept_umami": ", compat: umami"}.items()
)
ACTIVE = """
  - {name: mau, type: cumulative, input_metric: people_seen, window: 28 days}
  - {name: mau_mixpanel, type: cumulative, input_metric: people_seen, compat: mixpanel}
  - {name: mau_ga4, type: cumulative, input_metric: people_seen, compat: ga4}
  - {name: ever, type: cumulative, input_metric: people_seen}
"""
# Ada goes through the worked vector; Ben's last step comes ten days after his first, Cy's five; Di pays half an hour on.
EVENTS = """
person text | event text | at timestamp
ada         | A          | 2025-03-03T13:00:00
ada         | A          | 2025-03-03T13:30:00
ada         | B          | 2025-03-03T13:45:00
ada         | C          | 2025-03-03T14:15:00
ben         | A          | 2025-03-03T10:00:00
ben         | B          | 2025-03-04T10:00:00
ben         | C          | 2025-03-13T10:00:00
cy          | A          | 2025-03-05T10:00:00
cy          | B          | 2025-03-06T10:00:00
cy          | C          | 2025-03-10T10:00:00
di          | A          | 2025-03-07T10:00:00
di          | B          | 2025-03-07T10:10:00
di          | C          | 2025-03-07T10:30:00
"""
WORLD = World(HEAD + FUNNELS + KEPT + ACTIVE, events=EVENTS)
MARCH = date(2025, 3, 1)


def ledger(engine: str, metric: str, reported: int, tool: str = "", **choices: str) -> Ledger:
    """The ledger of March."""
    asked = GapQuery(metric, {MARCH: Decimal(reported)}, "month", tool, choices)
    found = gap(WORLD.on(engine).catalog, asked, NOW)
    whole = found.ours[MARCH] + sum(one.amounts[MARCH] for one in found.shares) + found.unexplained[MARCH]
    assert whole == found.reported[MARCH] == reported
    return found


def parts(found: Ledger) -> dict[str, Decimal]:
    """What each rule did in March, those that did something."""
    return {one.policy: one.amounts[MARCH] for one in found.shares if one.amounts[MARCH]}


def test_a_tool_chooses_the_attempt(engine: str) -> None:
    """Mixpanel sees two steps of Ada's, PostHog three; Di takes all in both."""
    assert WORLD.rows(engine, "ours_c", "mixpanel_c", "posthog_c") == [(2, 1, 2)]


def test_what_is_said_goes_before_the_tool(engine: str) -> None:
    assert WORLD.rows(engine, "said_c") == [(2,)]


def test_a_tool_chooses_the_window(engine: str) -> None:
    """Fourteen days hold Ben's ten and Cy's five, seven only Cy's, a day neither."""
    assert WORLD.rows(engine, "long_c", "week_c", "day_c") == [(4, 3, 2)]


def test_a_tool_chooses_how_retention_is_told(engine: str) -> None:
    """On the next day of the calendar Ben and Cy come back; Mixpanel's day 1 begins 24 hours after the start: Ben and Cy
    come just then or later. Ada and Di never come back."""
    assert WORLD.rows(engine, "kept_1", "kept_mixpanel_1", "kept_umami_1") == [(2, 2, 2)]


def test_a_tool_chooses_how_long_somebody_is_active(engine: str) -> None:
    """Ada was last seen on 3 March: thirty days that end with 1 April begin with 3 March, twenty-eight with 5 March."""
    asked = {"grain": "day", "range": "2025-04-01"}
    rows = WORLD.rows(engine, "mau", "mau_mixpanel", "mau_ga4", "ever", **asked)
    assert rows == [(date(2025, 4, 1), 3, 4, 3, 4)]


def test_the_rules_of_the_other_tool_make_the_difference(engine: str) -> None:
    """Of two who convert, the first attempt leaves one within the hour; seven days let Ada, Cy and Di through by either.
    Ours is 2 and Mixpanel's 3. The window alone makes it 3, the first attempt alone 1; after the window the attempt
    changes nothing. So the attempt does -1 or 0, the window 1 or 2, by who goes first: -1/2 and 3/2 on average."""
    found = ledger(engine, "ours_c", 3, "mixpanel")
    assert parts(found) == {"window": Decimal("1.5"), "reentry": Decimal("-0.5")}
    assert found.unexplained[MARCH] == 0


def test_a_single_rule_is_told_apart(engine: str) -> None:
    found = ledger(engine, "ours_c", 1, reentry="first")
    assert parts(found) == {"reentry": -1}


def test_what_no_rule_explains_is_said(engine: str) -> None:
    found = ledger(engine, "ours_c", 5, "posthog")
    assert parts(found) == {"window": 2}
    assert found.unexplained[MARCH] == 1


def test_the_rule_is_found_where_nobody_tells_it(engine: str) -> None:
    found = ledger(engine, "ours_c", 1)
    assert found.guessed
    assert parts(found) == {"reentry": -1}


def test_active_people_have_a_ledger(engine: str) -> None:
    """At the end of March 28 days begin with the fourth, a day after Ada was last seen; 30 days begin with the second."""
    found = ledger(engine, "mau", 4, "mixpanel")
    assert found.ours[MARCH] == 3
    assert parts(found) == {"window": 1}


def test_a_tool_of_money_knows_nothing_of_people() -> None:
    for tool, choices in (("stripe", {}), ("", {"discounts": "all"}), ("", {"reentry": "second"})):
        with pytest.raises(QueryError) as caught:
            ledger("duckdb", "ours_c", 1, tool, **choices)
        assert caught.value.code == "E_UNKNOWN_POLICY"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (
            f"{{name: x, type: funnel, dataset: events, entity: person, window: 1 hour, compat: stripe, {STEPS}}}",
            "E_BAD_VALUE",
        ),
        ("{name: x, type: funnel, of: ours, part: converted, compat: mixpanel}", "E_KEY_CONFLICT"),
    ],
)
def test_a_tool_that_makes_no_sense_is_said(line: str, code: str) -> None:
    with pytest.raises(DefinitionErrors) as caught:
        World(f"{HEAD}{FUNNELS}  - {line}\n").on("duckdb")
    assert code in {error.code for error in caught.value.errors}


BOB: list[list[Value]] = [["bob", "view", datetime(2025, 3, 3) + timedelta(minutes=20 * at)] for at in range(90)]
VISITS = World(
    HEAD
    + "".join(
        f"  - {{name: {name}, type: sessions, dataset: events, entity: person, view: \"event = 'view'\"{said}}}\n"
        f"  - {{name: {name}_bounces, type: sessions, of: {name}, part: bounces}}\n"
        for name, said in {"visits": "", "visits_ga4": ", compat: ga4", "visits_posthog": ", compat: posthog"}.items()
    ),
    # One view of a minute and a click; somebody who is there every twenty minutes for thirty hours.
    events=Rows(
        {"person": "text", "event": "text", "at": "timestamp"},
        [
            ["ada", "view", datetime(2025, 3, 1, 9)],
            ["ada", "click", datetime(2025, 3, 1, 9, 1)],
            *BOB,
        ],
    ),
)


def test_a_tool_chooses_how_long_a_session_may_be_and_what_bounces(engine: str) -> None:
    """GA4 cuts no session at 24 hours; PostHog says that one view bounces, GA4 that a minute does not."""
    assert VISITS.rows(engine, "visits", "visits_ga4", "visits_posthog") == [(3, 2, 3)]
    assert VISITS.rows(engine, "visits_bounces", "visits_ga4_bounces", "visits_posthog_bounces") == [(0, 0, 1)]
