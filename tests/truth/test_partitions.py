"""Datasets that hold a whole copy of their rows for each day: rows meet within the day of the row that asks."""

from __future__ import annotations

from tests.truth.case import World
from truenorth.query.sound import mistakes
from truenorth.query.verify import verify

# People are copied each day: Ada moved from US to DE. Listings are not copied; listing 3 belongs to nobody known.
TABLES = {
    "bookings": """
        id integer | listing integer | guest integer | day date   | amount integer
        1          | 1               | 1             | 2025-01-01 | 1
        2          | 1               | 2             | 2025-01-02 | 2
        3          | 2               | 1             | 2025-01-02 | 4
        4          | 3               | 9             | 2025-01-02 | 8
        5          | 1               | 1             | 2025-01-03 | 16
        6          | 1               | 1             |            | 32
    """,
    "listings": """
        id integer | host integer
        1          | 1
        2          | 2
        3          | 7
    """,
    "people": """
        id integer | day date   | region text
        1          | 2025-01-01 | US
        2          | 2025-01-01 | US
        1          | 2025-01-02 | DE
        2          | 2025-01-02 | US
    """,
}
DEFINITIONS = """
datasets:
  - {name: bookings, source: bookings, primary_key: [id], time: day, fields: [{name: amount}, {name: day}]}
  - {name: listings, source: listings, primary_key: [id]}
  - {name: people, source: people, primary_key: [id, day], fields: [{name: region}]}
relationships:
  - {name: listing, from: bookings, to: listings, from_columns: [listing], to_columns: [id]}
  - {name: guest, from: bookings, to: people, from_columns: [guest], to_columns: [id], partition_columns: [day]}
  - {name: same_day, from: bookings, to: people, from_columns: [guest, day], to_columns: [id, day]}
  - {name: any_day, from: bookings, to: people, from_columns: [guest], to_columns: [id]}
  - {name: host, from: listings, to: people, from_columns: [host], to_columns: [id], partition_columns: [day]}
metrics:
  - {name: revenue, type: simple, dataset: bookings, agg: sum, expr: amount, dimensions: [guest.region, listing.host.region]}
  - {name: offered, type: simple, dataset: listings, agg: count}
"""
STAY = World(DEFINITIONS, **TABLES)


def test_rows_meet_within_their_day(engine: str) -> None:
    """On 3 January there is no copy, and a booking without a day is in none."""
    right = {"US": 3, "DE": 4, None: 56}
    assert dict(STAY.rows(engine, "revenue", by="guest.region")) == right
    assert dict(STAY.rows(engine, "revenue", by="same_day.region")) == right


def test_the_day_is_carried_over_a_step_that_has_none(engine: str) -> None:
    """The host of listing 1 was in the US on the 1st and in DE on the 2nd; listings themselves know no day."""
    answer = STAY.ask(engine, "revenue", by="listing.host.region", totals=True)
    assert dict(answer.table.rows) == {"US": 1 + 4, "DE": 2, None: 8 + 16 + 32}
    assert answer.totals == {"revenue": 63}


def test_without_a_day_rows_repeat_and_count_once_in_each_group(engine: str) -> None:
    """Columns that are no key of the other side find several rows: Ada has been in both regions."""
    answer = STAY.ask(engine, "revenue", by="any_day.region")
    assert dict(answer.table.rows) == {"US": 1 + 2 + 4 + 16 + 32, "DE": 1 + 4 + 16 + 32, None: 8}
    assert any("the parts overlap" in note for note in answer.notes)
    assert dict(STAY.rows(engine, "offered", by="host.region")) == {"US": 2, "DE": 1, None: 1}


def test_check_and_the_naive_builder_agree(engine: str) -> None:
    runner = STAY.on(engine)
    assert mistakes(runner.catalog, STAY.now) == ()
    report = verify(runner.catalog, lambda query: runner.ask(query, STAY.now), STAY.now, (), 100)
    assert report.failures == ()


def test_a_doubled_key_is_told(engine: str) -> None:
    """A second copy of Ada on one day."""
    twice = TABLES["people"] + "        1          | 2025-01-02 | FR\n"
    world = World(DEFINITIONS, **{**TABLES, "people": twice})
    told = mistakes(world.on(engine).catalog, world.now)
    assert {error.code for error in told} == {"E_DOUBLED_KEY"}
    assert '1 value stands in more than one row of "people" by id, day' in told[0].message


def test_unique_keys_tell_rows_apart_too(engine: str) -> None:
    """Seen from people, their one passport each repeats nothing: no key of people is needed."""
    world = World(
        """
datasets:
  - {name: people, source: people, fields: [{name: born}]}
  - {name: passports, source: passports, primary_key: [number], unique_keys: [[owner]], fields: [{name: colour}]}
relationships:
  - {name: passport_owner, from: passports, to: people, from_columns: [owner], to_columns: [id]}
metrics:
  - {name: years, type: simple, dataset: people, agg: sum, expr: born}
  - {name: red, type: simple, dataset: people, agg: count, filter: passports.colour = 'red'}
""",
        people="""
    id integer | born integer
    1          | 1
    2          | 10
    3          | 100
    """,
        passports="""
    number integer | owner integer | colour text
    7              | 1             | red
    8              | 2             | blue
    9              |               | red
    """,
    )
    assert dict(world.rows(engine, "years", by="colour")) == {"red": 1, "blue": 10, None: 100}
    assert world.value(engine, "red") == 1
