"""The page of a lifecycle: who comes and who stays away."""

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
  - {name: visits, file: visits.csv, time: at, fields: [{name: who}]}
metrics:
  - {name: there, type: lifecycle, dataset: visits, entity: who, period: month}
  - {name: gone, type: lifecycle, of: there, part: dormant}
"""
# Ada comes in January, not in February, and again in March; Ben in January and February.
ROWS = """who,at
ada,2026-01-05
ben,2026-01-20
ben,2026-02-03
ada,2026-03-03
cy,2026-03-31
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    folder = tmp_path_factory.mktemp("lifecycle_pages")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\nclock: data\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    (folder / "visits.csv").write_text(ROWS)
    with workspace.open(folder) as opened:
        yield opened


@pytest.fixture
def visit(shop: workspace.Workspace, client_of: Callable[[object], Get]) -> Get:
    return client_of(pages(shop))


def test_who_comes_and_stays_away_is_told_month_by_month(visit: Get) -> None:
    [told] = re.findall(
        r'<section class="panel why" id="comings">.*?</section>', visit("/m/there?range=all&grain=month").text, re.S
    )
    rows = [
        re.findall(r"<t[hd][^>]*>(?:<[^>]*>)?([^<]*)", row) for row in re.findall(r"<tr[^>]*>(<th.*?)</tr>", told, re.S)
    ]
    assert [row[1:] for row in rows if row[0].startswith(("Jan", "Feb", "Mar"))] == [
        ["0", "2", "0", "0"],
        ["1", "0", "0", "1"],
        ["0", "1", "1", "1"],
    ]
    assert told.count("<svg") == 2


def test_a_number_of_it_has_no_such_section_and_leads_to_it(visit: Get) -> None:
    text = visit("/m/gone?range=all&grain=month").text
    assert 'id="comings"' not in text and 'href="/m/there' in text
