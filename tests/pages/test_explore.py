"""Journeys tried out on a page: what the address says is asked, kept as a definition, or told what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.pages.test_stages import DEFINITIONS, ROWS
from truenorth import workspace
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]
# What a page of the kind says above its numbers.
SHOWN = {
    "retention": "All, by weight",
    "lifecycle": "Who comes and who stays away",
    "sessions": "Began in",
    "paths": "What was found",
}
ROWS_OF = "dataset=events&entity=person"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    folder = tmp_path_factory.mktemp("explored")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\nclock: data\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    (folder / "events.csv").write_text(ROWS)
    with workspace.open(folder) as opened:
        yield opened


@pytest.fixture
def visit(shop: workspace.Workspace, client_of: Callable[[object], Get]) -> Get:
    return client_of(pages(shop))


def test_without_an_address_the_first_funnel_is_shown(visit: Get) -> None:
    page = visit("/explore/funnel")
    assert page.status_code == 200
    assert "4 entered and 1 of them (25.0" in page.text
    assert "name: explored" in page.text


def test_steps_of_the_address_are_asked(visit: Get) -> None:
    page = visit(f"/explore/funnel?{ROWS_OF}&on=event&step=come&step=try&window=2+days")
    assert page.status_code == 200
    assert "4 entered and 2 of them (50.0" in page.text
    rows = visit(f"/explore/funnel.json?{ROWS_OF}&on=event&step=come&step=try&window=2+days")
    assert rows.status_code == 200


@pytest.mark.parametrize("kind", ["retention", "lifecycle", "sessions", "paths"])
def test_every_kind_has_a_page_and_files(visit: Get, kind: str) -> None:
    more = f"{ROWS_OF}&period=week&node=event" if kind in ("retention", "lifecycle", "paths") else ROWS_OF
    page = visit(f"/explore/{kind}?{more}")
    assert page.status_code == 200, page.text
    assert SHOWN[kind] in page.text
    assert 'class="chart"' in page.text
    assert visit(f"/explore/{kind}.csv?{more}").status_code == 200


@pytest.mark.parametrize(
    "words",
    [
        "dataset=event&entity=person&step=come&step=try",
        "dataset=events&entity=nobody&on=event&step=come&step=try",
        f"{ROWS_OF}&step=event+%3D&step=1",
        f"{ROWS_OF}&on=event&step=come&step=try&window=soon",
        f"{ROWS_OF}&on=event&step=come&step=try&range=soon",
        f"{ROWS_OF}&on=event%3B+drop+table&step=come&step=try",
        f"{ROWS_OF}&filter=%22%0A%7D%5D%00&on=event&step=come&step=try",
        f"{ROWS_OF}",
    ],
)
def test_what_is_wrong_is_told_on_the_page(visit: Get, words: str) -> None:
    page = visit(f"/explore/funnel?{words}")
    assert page.status_code == 400
    assert "E_" in page.text
    assert "Look</button>" in page.text


def test_nothing_of_the_address_is_markup_or_sql(visit: Get) -> None:
    page = visit(f"/explore/funnel?{ROWS_OF}&on=event&step=come&step=%3Cb%3E%27+or+1%3D1+--&window=2+days")
    assert page.status_code == 200
    assert "<b>" not in page.text
    assert "4 entered and 0 of them" in page.text


@pytest.mark.parametrize("kind", ["funnel", "retention", "lifecycle", "sessions"])
def test_every_group_of_a_field_has_its_numbers(visit: Get, kind: str) -> None:
    more = f"{ROWS_OF}&by=person&on=event&step=come&step=try&window=2+days&period=week"
    page = visit(f"/explore/{kind}?{more}")
    assert page.status_code == 200, page.text
    assert "Group by group" in page.text
    found = visit(f"/explore/{kind}.json?{more}").json()
    whole = visit(f"/explore/{kind}.json?{more}&by=").json()
    assert {row["person"] for row in found["rows"]} == {"ada", "ben", "cy", "dot"}, found
    assert found["rows"] != whole["rows"]
    wrong = visit(f"/explore/{kind}?{more.replace('by=person', 'by=parson')}")
    assert wrong.status_code == 400
    assert "E_NAME_NOT_FOUND" in wrong.text


STEPS = f"{ROWS_OF}&on=event&step=come&step=try&window=2+days"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("exclusion=pay&exclude=remove", "- {filter: &#34;event = &#39;pay&#39;&#34;}"),
        ("reentry=first", "reentry: first"),
        ("count=entries", "count: entries"),
        ("hold=person,+event", "hold: [person, event]"),
        ("attribution=last&by=person", "attribution: last"),
    ],
)
def test_rarer_choices_of_a_funnel_stand_in_the_definition(visit: Get, more: str, said: str) -> None:
    page = visit(f"/explore/funnel?{STEPS}&{more}")
    assert page.status_code == 200, page.text
    assert said in page.text
    assert '<details class="behind" open>' in page.text


def test_what_ends_an_attempt_is_asked(visit: Get) -> None:
    bought = f"{ROWS_OF}&on=event&step=come&step=pay&window=2+days"
    assert "4 entered and 1 of them" in visit(f"/explore/funnel?{bought}").text
    assert "4 entered and 0 of them" in visit(f"/explore/funnel?{bought}&exclusion=try").text


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        ("retention", "brackets=0,+1,+3&period=day", "brackets: [0, 1, 3]"),
        ("retention", "buckets=rolling&period=day", "buckets: rolling"),
        ("sessions", "cap=2+hours&bounce=one_view", "cap: 2 hours"),
        ("paths", "node=event&collapse=false", "collapse: false"),
    ],
)
def test_rarer_choices_of_other_kinds(visit: Get, kind: str, more: str, said: str) -> None:
    page = visit(f"/explore/{kind}?{ROWS_OF}&{more}")
    assert page.status_code == 200, page.text
    assert said in page.text


@pytest.mark.parametrize("kind", ["funnel", "retention", "lifecycle", "sessions"])
def test_an_earlier_range_stands_beside(visit: Get, kind: str) -> None:
    page = visit(f"/explore/{kind}?{STEPS}&period=day&range=2026-03-03..2026-03-04&vs=prev")
    assert page.status_code == 200, page.text
    assert "Beside an earlier range" in page.text
    assert '<th scope="col">2 days before</th>' in page.text
    assert visit(f"/explore/{kind}?{STEPS}&period=day&vs=soon").status_code == 400


def test_twenty_steps_have_room(visit: Get) -> None:
    steps = "&".join(f"step=s{number}" for number in range(20))
    page = visit(f"/explore/funnel?{ROWS_OF}&on=event&window=2+days&{steps}")
    assert page.status_code == 200, page.text
    assert page.text.count('name="step"') == 20


def test_the_palette_finds_it(visit: Get) -> None:
    found = visit("/find.json?q=explore+fun").json()
    assert {"label": "Explore funnel", "href": "/explore/funnel", "hint": "try it out"} in found


def test_there_is_no_other_kind(visit: Get) -> None:
    assert visit("/explore/magic").status_code == 404
