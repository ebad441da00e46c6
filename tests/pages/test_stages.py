"""The page of a funnel: its steps as bars and as a table, what is still on its way, and the numbers that rest on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from truenorth import workspace
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]
DEFINITIONS = """version: 1
datasets:
  - {name: events, file: events.csv, time: at, fields: [{name: person}, {name: event}]}
metrics:
  - name: paid
    label: Paid <soon>
    type: funnel
    dataset: events
    entity: person
    window: 2 days
    steps:
      - {name: came, filter: "event = 'come'"}
      - {name: tried_it, filter: "event = 'try'"}
      - {name: paid, filter: "event = 'pay'"}
  - {name: payers, label: Payers, type: funnel, of: paid, part: converted}
"""
ROWS = """person,event,at
ada,come,2026-03-01 10:00
ada,try,2026-03-01 10:30
ada,pay,2026-03-02 10:00
ben,come,2026-03-01 11:00
ben,try,2026-03-01 11:10
cy,come,2026-03-01 12:00
dot,come,2026-03-09 12:00
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    folder = tmp_path_factory.mktemp("funnel_pages")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\nclock: data\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    (folder / "events.csv").write_text(ROWS)
    with workspace.open(folder) as opened:
        yield opened


@pytest.fixture
def visit(shop: workspace.Workspace, client_of: Callable[[object], Get]) -> Get:
    return client_of(pages(shop))


def section(text: str) -> str:
    found = re.search(r'<section class="panel why" id="steps">.*?</section>', text, re.S)
    assert found is not None
    return found[0]


def test_a_funnel_is_told_step_by_step(visit: Get) -> None:
    told = section(visit("/m/paid?range=all").text)
    assert "4 entered and 1 of them (25.0" in told and "Fewest go on to “Tried it”: 50.0" in told
    assert told.count("<svg") == 2 and "Tried it" in told
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)", row) for row in re.findall(r"<tr[^>]*>(<th>.*?)</tr>", told, re.S)]
    assert rows[1][1:] == ["2", "50.0\u202f%", "50.0\u202f%", "20 min"]
    assert "1 entered so late that their 2 days are not over" in told
    assert 'href="/m/payers' in told and "Paid <soon>" not in told


def test_of_a_stretch_in_which_nobody_began_the_page_says_so(visit: Get) -> None:
    told = section(visit("/m/paid?range=2025").text)
    assert "Nobody began with “Came” in this range." in told and "Nobody entered" in told


def test_a_number_of_a_funnel_leads_to_it(visit: Get) -> None:
    text = visit("/m/payers?range=all").text
    assert 'href="/m/paid' in text and 'id="steps"' not in text
