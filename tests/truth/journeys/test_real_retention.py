"""Who of 23,570 real customers orders again, over all months and weeks, against plain SQL written without TrueNorth."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from truenorth import workspace
from truenorth.demo.folder import demo_folder
from truenorth.query.request import MetricQuery

DEFINITIONS = """
version: 1
metrics:
  - {name: again, type: retention, dataset: orders, entity: customer_id, period: %s, value: amount}
  - {name: again_6, type: retention, of: again, after: 6}
  - {name: worth_6, type: retention, of: again, part: value_rate, after: 6}
"""
PLAIN = """
with o as (select customer_id, date_trunc('{grain}', ordered_on)::date as p, cast(amount as decimal(18, 2)) as amount
  from read_csv('{file}')),
f as (select customer_id, min(p) as began from o group by 1)
select began, date_diff('{grain}', began, p) as after, count(distinct customer_id), sum(amount),
  (select count(*) from f as g where g.began = f.began)
from f join o using (customer_id) group by 1, 2 order by 1, 2
"""


@pytest.mark.parametrize(("grain", "buckets"), [("month", 18), ("week", 80)])
def test_real_customers_come_back_as_plain_sql_says(tmp_path: Path, grain: str, buckets: int) -> None:
    folder = tmp_path / "cdnow"
    shutil.copytree(demo_folder("cdnow"), folder)
    (folder / "metrics" / "retention.yml").write_text(DEFINITIONS % grain, "utf-8")
    with duckdb.connect() as connection:
        plain = connection.execute(PLAIN.format(grain=grain, file=folder / "data" / "cdnow_orders.csv.gz")).fetchall()
    with workspace.open(folder) as opened:
        found = workspace.retention(opened, MetricQuery(("again",)), buckets)
        [(rate, worth)] = opened.query("again_6", "worth_6").table.rows
    told = [
        (one.begun, after, count, one.values[after], one.size)
        for one in found.cohorts
        for after, count in enumerate(one.retained)
        if count
    ]
    assert told == plain and len(plain) > 50
    assert rate == found.average[0].rate(6)
    old = {one.begun for one in found.cohorts if one.complete[6]}
    parts = [sum(row[3] for row in plain if row[1] == after and row[0] in old) for after in (6, 0)]
    assert worth == pytest.approx(float(parts[0] / parts[1]))
    if grain == "month":
        # Of the first and the third cohort, as the plain select says it by itself.
        assert [one.size for one in found.cohorts] == [7846, 8476, 7248]
        assert (found.cohorts[0].retained[6], found.cohorts[2].retained[6]) == (720, 561)
