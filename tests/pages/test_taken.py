"""The page of paths: which ways are taken, as a picture and as a table."""

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
  - {name: visits, file: visits.csv, time: at, fields: [{name: who}, {name: page}]}
metrics:
  - {name: onward, type: paths, dataset: visits, entity: who, node: page, from: "page = 'home'", depth: 3}
  - {name: back, type: paths, dataset: visits, entity: who, node: page, to: "page = '<buy>'", depth: 3}
  - {name: visits_made, type: simple, dataset: visits, agg: count}
"""
# Ada: home, plans, <buy>. Ben: home, <buy>. Cy: home.
ROWS = """who,page,at
ada,home,2026-01-05 10:00
ada,plans,2026-01-05 10:01
ada,<buy>,2026-01-05 10:02
ben,home,2026-01-06 10:00
ben,<buy>,2026-01-06 10:05
cy,home,2026-02-07 10:00
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    folder = tmp_path_factory.mktemp("paths_pages")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\nclock: data\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    (folder / "visits.csv").write_text(ROWS)
    with workspace.open(folder) as opened:
        yield opened


@pytest.fixture
def visit(shop: workspace.Workspace, client_of: Callable[[object], Get]) -> Get:
    return client_of(pages(shop))


def section(text: str) -> str:
    [found] = re.findall(r'<section class="panel why" id="taken">.*?</section>', text, re.S)
    return str(found)


def lines(text: str) -> list[list[str]]:
    rows = re.findall(r"<tr[^>]*>(<th>.*?)</tr>", section(text), re.S)
    return [re.findall(r"<t[hd][^>]*>([^<]*)", row) for row in rows]


def test_the_ways_of_a_range_stand_on_the_page(visit: Get) -> None:
    page = visit("/m/onward?range=all").text
    assert sorted(lines(page)) == [
        ["1", "home", "&lt;buy&gt;", "1"],
        ["1", "home", "(end)", "1"],
        ["1", "home", "plans", "1"],
        ["2", "&lt;buy&gt;", "(end)", "1"],
        ["2", "plans", "&lt;buy&gt;", "1"],
    ]
    assert section(page).count("<svg") == 2
    assert "<buy>" not in page


def test_filters_and_ranges_of_the_address_hold(visit: Get) -> None:
    assert lines(visit("/m/onward?range=2026-02").text) == [["1", "home", "(end)", "1"]]
    assert ["1", "home", "plans", "1"] not in lines(visit("/m/onward?range=all&where=who:ben").text)


def test_ways_to_an_end_lead_to_the_right(visit: Get) -> None:
    page = visit("/m/back?range=all").text
    assert "from right to left" in section(page)
    assert ["1", "home", "&lt;buy&gt;", "1"] in lines(page)


def test_what_has_none_shows_none(visit: Get) -> None:
    assert 'id="taken"' not in visit("/m/visits_made?range=all").text
    assert 'id="taken"' not in visit("/m/onward?range=2020").text
