"""The lifecycle of 1,749 real authors over all months and weeks, against plain SQL written without TrueNorth."""

from __future__ import annotations

import duckdb
import pytest

from truenorth import workspace
from truenorth.demo.folder import demo_folder

PARTS = ("author_lifecycle", "new_authors", "returning_authors", "resurrecting_authors", "dormant_authors")
PLAIN = """
with seen as (select distinct author_id, date_trunc('{grain}', committed_at at time zone 'Europe/Berlin')::date as period
  from read_csv('{file}')),
told as (select *, lag(period) over w as before, lead(period) over w as after from seen
  window w as (partition by author_id order by period)),
active as (select period, count(*) as active, count(*) filter (where before is null) as new,
  count(*) filter (where before = period - interval 1 {grain}) as kept,
  count(*) filter (where before < period - interval 1 {grain}) as back from told group by period),
gone as (select (period + interval 1 {grain})::date as period, count(*) as dormant from told
  where after is null or after > period + interval 1 {grain} group by 1)
select period, coalesce(active, 0), coalesce(new, 0), coalesce(kept, 0), coalesce(back, 0), coalesce(dormant, 0)
from active full join gone using (period) where period < date '{end}' order by period
"""


@pytest.mark.parametrize(("grain", "end"), [("month", "2026-07-01"), ("week", "2026-08-03")])
def test_real_authors_live_as_plain_sql_says(grain: str, end: str) -> None:
    folder = demo_folder("commits")
    with duckdb.connect() as connection:
        plain = connection.execute(
            PLAIN.format(grain=grain, end=end, file=folder / "data" / "commits.csv.gz")
        ).fetchall()
    with workspace.open(folder) as opened:
        rows = opened.query(*PARTS, grain=grain).table.rows
    told = [row for row in rows if str(row[0]) < end]
    assert [tuple(value or 0 for value in row) for row in told] == plain
    assert len(plain) > 100
