"""People are told apart when a question is asked: joining ids equals having had one id all along, parting them gives
back what was there, and who never said who they are is counted apart and never lost.

The links are written to the log that collecting keeps (`identity`) and the map follows from it by the product's own
rules; events, ids and the map are then plain rows on every engine. The rules are those of the identity documents of
PostHog, Segment and Mixpanel: an alias of an alias is one person, ids known to be two people are not joined by a
client, and what a person parted stays apart.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.truth.case import Rows, World, day
from truenorth.base.table import Value
from truenorth.collect.identity import hand, log
from truenorth.collect.identity.log import Line
from truenorth.define.collected import DATASETS, PERSON
from truenorth.query.behind import behind
from truenorth.query.request import MetricQuery
from truenorth.store.open import open_engine

NOW = datetime(2025, 4, 1)
METRICS = f"""
  - {{name: sent, type: simple, dataset: events, agg: count}}
  - {{name: active, type: simple, dataset: events, agg: count_distinct, expr: "{PERSON}"}}
  - {{name: active_7, type: cumulative, input_metric: active, window: 7 days}}
  - {{name: came, type: simple, dataset: newcomers, agg: count}}
  - name: bought
    type: funnel
    dataset: events
    entity: persons.person
    window: 7 days
    steps: [{{name: view, filter: "event = 'view'"}}, {{name: buy, filter: "event = 'buy'"}}]
  - {{name: buyers, type: funnel, of: bought, part: converted}}
"""
Event = tuple[str, str, str]
Link = tuple[str, str, str]
# Ada looks around as device d1, signs up as ada, and comes back on a phone; bob is known; d9 never says who it is.
EVENTS: tuple[Event, ...] = (
    ("d1", "view", "2025-03-01T10:00:00"),
    ("ada", "buy", "2025-03-02T10:00:00"),
    ("phone", "view", "2025-03-03T10:00:00"),
    ("bob", "view", "2025-03-02T12:00:00"),
    ("bob", "buy", "2025-03-20T12:00:00"),
    ("d9", "view", "2025-03-02T09:00:00"),
)
USERS = ("ada", "bob")


@cache
def mapped(links: tuple[Link, ...], names: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """The map of ids to people after some lines of the log (kind, one id, the other; a refused one begins with -)."""
    engine = open_engine("duckdb::memory:", Path())
    with engine.transaction():
        log.prepare(engine)
        lines = [
            Line(
                kind.lstrip("-"),
                names.index(one) + 1,
                names.index(other) + 1,
                NOW,
                "web",
                refused="no" * (kind[0] == "-"),
            )
            for kind, one, other in links
        ]
        log.append(engine, lines)
        log.rebuild(engine)
    found = engine.rows("SELECT who, person FROM people ORDER BY who")
    engine.close()
    return tuple((int(str(who)), int(str(person))) for who, person in found)


def world(links: tuple[Link, ...] = (), events: tuple[Event, ...] = EVENTS) -> World:
    """The events with the people that the links make, numbered in the order in which ids were sent."""
    names = tuple(dict.fromkeys(one for one, _, _ in events))
    sent: list[tuple[Value, ...]] = [
        (names.index(who) + 1, event, datetime.fromisoformat(at), who if who in USERS else None)
        for who, event, at in events
    ]
    first: dict[int, datetime] = {}
    for who, _, at in events:
        number, moment = names.index(who) + 1, datetime.fromisoformat(at)
        first[number] = min(moment, first.get(number, moment))
    return World(
        plain(DATASETS).replace("version: 1\n", "") + METRICS,
        now=NOW,
        events=Rows({"who": "integer", "event": "text", "time": "timestamp", "user_id": "text"}, sent),
        ids=Rows({"who": "integer", "first_seen": "timestamp"}, list(first.items())),
        people=Rows({"who": "integer", "person": "integer"}, mapped(links, names)),
    )


def plain(text: str) -> str:
    """The definitions without what is inside the JSON of events, which only one of the engines keeps so."""
    return "\n".join(line for line in text.splitlines() if "properties[" not in line and "groups[" not in line) + "\n"


ALONE = world()
JOINED = world((("identify", "d1", "ada"),))
CHAIN = world((("identify", "d1", "ada"), ("alias", "phone", "d1")))


def test_ids_that_nobody_joined_are_people_of_their_own(engine: str) -> None:
    assert ALONE.value(engine, "active") == 5
    assert ALONE.value(engine, "sent") == 6


def test_a_join_makes_one_person_of_all_that_came_before_it_too(engine: str) -> None:
    assert JOINED.value(engine, "active") == 4
    assert JOINED.rows(engine, "active", grain="day", range="2025-03-01..2025-03-03") == [
        (datetime(2025, 3, 1).date(), 1), (datetime(2025, 3, 2).date(), 3), (datetime(2025, 3, 3).date(), 1)
    ]  # fmt: skip
    assert JOINED.value(engine, "sent") == 6


def test_an_alias_of_an_alias_is_the_same_person(engine: str) -> None:
    assert CHAIN.value(engine, "active") == 3
    assert CHAIN.rows(engine, "sent", by="persons.person") == [(1, 3), (4, 2), (5, 1)]


def test_a_refused_link_joins_nobody(engine: str) -> None:
    refused = world((("identify", "d1", "ada"), ("-identify", "bob", "ada")))
    assert refused.value(engine, "active") == 4


def test_parting_gives_back_what_was_there(engine: str) -> None:
    parted = world((("identify", "d1", "ada"), ("split", "d1", "ada")))
    for metric in ("active", "came", "buyers"):
        assert parted.value(engine, metric) == ALONE.value(engine, metric)
    assert parted.rows(engine, "sent", by="standing") == ALONE.rows(engine, "sent", by="standing")


def test_parting_the_middle_of_a_chain_leaves_the_other_half(engine: str) -> None:
    parted = world((("identify", "d1", "ada"), ("alias", "phone", "d1"), ("split", "ada", "d1")))
    # d1 and the phone stay one; ada is alone again.
    assert parted.value(engine, "active") == 4
    assert parted.rows(engine, "sent", by="persons.person") == [(1, 2), (2, 1), (4, 2), (5, 1)]


def test_joining_anew_after_parting_joins(engine: str) -> None:
    again = world((("identify", "d1", "ada"), ("split", "d1", "ada"), ("merge", "ada", "d1")))
    assert again.value(engine, "active") == 4


def test_saying_it_twice_or_the_other_way_round_changes_nothing(engine: str) -> None:
    twice = world((("identify", "d1", "ada"), ("identify", "ada", "d1"), ("identify", "d1", "ada")))
    assert twice.rows(engine, "sent", by="persons.person") == JOINED.rows(engine, "sent", by="persons.person")


def test_a_ring_of_links_is_one_person(engine: str) -> None:
    ring = world((("alias", "d1", "ada"), ("alias", "ada", "phone"), ("alias", "phone", "d1")))
    assert ring.value(engine, "active") == 3


def test_anonymous_people_are_counted_apart_and_never_lost(engine: str) -> None:
    # Without links d1, the phone and d9 are anonymous; joined with ada, what d1 did was ada's all along.
    assert ALONE.rows(engine, "active", "sent", by="standing") == [("anonymous", 3, 3), ("identified", 2, 3)]
    assert CHAIN.rows(engine, "active", "sent", by="standing") == [("anonymous", 1, 1), ("identified", 2, 5)]
    assert CHAIN.value(engine, "active", where="standing = 'anonymous'") == 1


def test_a_person_is_new_when_the_first_of_their_ids_was_seen(engine: str) -> None:
    days = {"grain": "day", "range": "2025-03-01..2025-03-03"}
    assert CHAIN.rows(engine, "came", **days) == [(datetime(2025, 3, 1).date(), 1), (datetime(2025, 3, 2).date(), 2)]
    assert ALONE.rows(engine, "came", **days) == [
        (datetime(2025, 3, 1).date(), 1), (datetime(2025, 3, 2).date(), 3), (datetime(2025, 3, 3).date(), 1)
    ]  # fmt: skip


def test_a_funnel_goes_on_across_the_ids_of_a_person(engine: str) -> None:
    # Ada looked as d1 and bought as ada a day later; bob took longer than seven days.
    assert (ALONE.value(engine, "buyers"), JOINED.value(engine, "buyers")) == (0, 1)


def test_who_is_active_lately_is_one_person_on_two_devices(engine: str) -> None:
    asked = {"grain": "day", "range": "2025-03-03"}
    assert ALONE.rows(engine, "active_7", **asked) == [(datetime(2025, 3, 3).date(), 5)]
    assert CHAIN.rows(engine, "active_7", **asked) == [(datetime(2025, 3, 3).date(), 3)]


def test_an_event_that_comes_late_belongs_to_the_person_and_makes_them_older(engine: str) -> None:
    late = world((("identify", "d1", "ada"),), (*EVENTS, ("d1", "view", "2025-02-27T10:00:00")))
    assert late.value(engine, "active") == 4
    assert late.rows(engine, "came", grain="month")[0] == (day("2025-02"), 1)
    assert late.value(engine, "buyers") == 1


def test_the_people_behind_a_count_are_the_joined_ones(engine: str) -> None:
    found = behind(CHAIN.on(engine), MetricQuery(("active",)), NOW)
    assert [row[:2] for row in found.answer.table.rows] == [(1, 3), (4, 2), (5, 1)]
    one = behind(CHAIN.on(engine), MetricQuery(("buyers",)), NOW)
    assert (one.number, [row[0] for row in one.answer.table.rows]) == (1, [1])


NAMES = ("d1", "ada", "phone", "bob", "d9")
LINKS = st.lists(
    st.tuples(st.sampled_from(["identify", "alias", "merge", "split"]), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    max_size=6,
)


@settings(max_examples=12, deadline=None)
@given(links=LINKS)
def test_joining_equals_having_had_one_id_all_along(links: list[Link]) -> None:
    joined = world(tuple(links))
    names = tuple(dict.fromkeys(one for one, _, _ in EVENTS))
    person = dict(mapped(tuple(links), names))
    called = {name: names[person.get(at, at) - 1] for at, name in enumerate(names, 1)}
    relabelled = world((), tuple((called[who], event, at) for who, event, at in EVENTS))
    for metric in ("active", "came", "buyers"):
        assert joined.value("duckdb", metric) == relabelled.value("duckdb", metric)
    days = {"grain": "day", "range": "2025-03-01..2025-03-20"}
    assert joined.rows("duckdb", "active_7", **days) == relabelled.rows("duckdb", "active_7", **days)


def test_the_words_of_the_log_are_those_that_the_product_writes() -> None:
    assert (log.SPLIT, hand.BY_HAND) == ("split", "by hand")
