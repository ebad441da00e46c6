"""What a balance sets aside is said wherever its numbers are: on its pages, in their files, in what they are read from."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from pathlib import Path

import httpx
import pytest

from truenorth import workspace
from truenorth.web.app import pages

DEFINITIONS = """version: 1
datasets:
  - name: billing
    file: billing.csv
    primary_key: [id]
    time: started
    roles: {customer_id: who, subscription_id: what, started_on: started, ended_on: ended, amount: price, interval: unit, quantity: seats}
metrics:
  - {name: mrr, type: movement, dataset: billing}
  - {name: customers, type: movement, balance: mrr, measure: entities}
  - {name: arr, type: derived, expr: 12 * mrr, input_metrics: [{name: mrr}]}
"""
ROWS = """id,who,what,started,ended,price,unit,seats
1,ada,s1,2026-01-01,,10.00,month,3
2,ben,s2,2026-01-15,,120.00,year,1
3,cleo,s3,2026-02-01,2026-01-01,20.00,month,1
4,dan,s4,2026-02-01,,20.00,month,-2
5,ada,s1,2026-03-01,2026-04-01,10.00,month,5
"""
ASIDE = "2 rows of billing are set aside: 1 ends before it begins (20 EUR), 1 has a quantity below zero"
CUT = "1 row of billing overlaps the next of its subscription, and counts until that begins"


@pytest.mark.parametrize(
    "path",
    [
        "/m/mrr?range=2026-01..2026-03&grain=month",
        "/m/mrr.json?range=2026-01..2026-03&grain=month",
        "/m/arr?range=2026-01..2026-03&grain=month",
        "/m/customers?range=2026-01..2026-03",
        "/statement/mrr?range=2026-01..2026-03&grain=month",
        "/statement/mrr.json?range=2026-01..2026-03&grain=month",
        "/cohorts/mrr?grain=month",
    ],
)
def test_rows_set_aside_are_counted_where_the_number_is(
    path: str, tmp_path: Path, client_of: Callable[[object], Callable[..., httpx.Response]]
) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Billing\ncurrency: EUR\nclock: data\n")
    (tmp_path / "metrics" / "m.yml").write_text(DEFINITIONS)
    (tmp_path / "billing.csv").write_text(ROWS)
    with workspace.open(tmp_path) as opened:
        text = unescape(client_of(pages(opened))(path).text)
    assert ASIDE in text and CUT in text
