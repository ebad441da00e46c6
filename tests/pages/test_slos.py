"""The pages of objectives: how all stand, one with its budget, alerts, worst hours and groups, and both as JSON."""

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
  - {name: traffic, file: traffic.csv, time: at, fields: [{name: route}, {name: requests}, {name: failed}]}
metrics:
  - {name: requests, type: simple, dataset: traffic, agg: sum, expr: requests}
  - {name: failed, type: simple, dataset: traffic, agg: sum, expr: failed}
slos:
  - {name: pay, label: Paying <works>, total: requests, bad: failed, objective: 99.5, windows: [2 days, month], dimensions: [route]}
  - {name: calm, total: requests, bad: failed, objective: 50}
"""
# Of the last two days 10 of 1000 failed, where 5 may: 6 on the 9th, 4 on the 10th. Those of the last minute burn 1.6
# times as fast as evenly: of two days, whose budget an hour spends by a fiftieth at 0.96, that calls for a page.
ROWS = """at,route,requests,failed
2026-03-08 10:30,/a,1000,0
2026-03-09 10:30,/a,300,1
2026-03-09 11:30,/<b>,200,5
2026-03-10 11:59,/a,500,4
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    folder = tmp_path_factory.mktemp("objectives")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\nclock: data\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    (folder / "traffic.csv").write_text(ROWS)
    with workspace.open(folder) as opened:
        yield opened


@pytest.fixture
def visit(shop: workspace.Workspace, client_of: Callable[[object], Get]) -> Get:
    return client_of(pages(shop))


def lines(text: str, caption: str) -> list[list[str]]:
    [found] = re.findall(rf'<caption class="away">{re.escape(caption)}</caption>.*?</table>', text, re.S)
    rows = re.findall(r"<tr[^>]*>(<th>.*?)</tr>", found, re.S)
    return [re.findall(r"<t[hd][^>]*>(?:<a[^>]*>)?([^<]*)", row) for row in rows]


def test_all_objectives_stand_in_the_order_in_which_they_are_looked_at(visit: Get) -> None:
    page = visit("/slos")
    assert page.status_code == 200
    assert lines(page.text, "Service level objectives") == [
        [
            "Paying &lt;works&gt;",
            "99.5\u202f%",
            "2 days",
            "99.000\u202f%",
            "−100.0\u202f%",
            "1.60 ×",
            "burns so fast that somebody should look now",
        ],
        ["Calm", "50\u202f%", "30 days", "99.50\u202f%", "99.0\u202f%", "0.02 ×", "met"],
    ]
    assert "2 defined, 1 to look at" in page.text


def test_one_objective_is_told_with_its_budget(visit: Get) -> None:
    page = visit("/slos/pay").text
    assert "10 of 1,000 were bad; 5 may be." in page
    assert lines(page, "Windows") == [
        ["2 days", "8 Mar 2026 12:00", "1,000", "10", "5", "99.000\u202f%", "−100.0\u202f%"],
        ["month", "1 Mar 2026 00:00", "2,000", "10", "10", "99.500\u202f%", "0.0\u202f%"],
    ]
    assert lines(page, "Worst hours") == [
        ["9 Mar 2026 11:00", "5", "200", "97.500\u202f%", "100.0\u202f%"],
        ["10 Mar 2026 11:00", "4", "500", "99.200\u202f%", "80.0\u202f%"],
        ["9 Mar 2026 10:00", "1", "300", "99.667\u202f%", "20.0\u202f%"],
    ]
    assert [row[0] for row in lines(page, "How fast it burns")] == ["page", "page", "ticket", "ticket"]
    assert [row[0] for row in lines(page, "By route")] == ["/a", "/&lt;b&gt;"]
    assert page.count("<svg") >= 3 and "<b>" not in page and "<works>" not in page


def test_the_budget_of_a_window_begins_whole(visit: Get) -> None:
    page = visit("/slos/pay").text
    # Two days by the hour: all of it is there until something fails; ten of five are gone at the end.
    left = [row[1] for row in lines(page, "Left of the budget, last 2 days")]
    assert left[0] == "100.0\u202f%" and left[-1] == "−100.0\u202f%"
    assert "80.0\u202f%" in left and "−20.0\u202f%" in left
    month = [row[1] for row in lines(visit("/slos/pay?window=month").text, "Left of the budget, this month")]
    # 9 of 31 days and a half are over: if it goes on like this there will be 3.3 times as many events.
    assert month[0] == "100.0\u202f%" and month[-1].startswith(("69.", "70."))


def test_groups_of_its_dimensions_are_in_the_file(visit: Get) -> None:
    [whole, *groups] = visit("/slos/pay.json").json()
    assert (whole["slo"], whole["group"], whole["state"]) == ("pay", [], "page")
    assert {tuple(one["group"]): one["windows"][0]["bad"] for one in groups} == {("/a",): 5, ("/<b>",): 5}
    assert [one["slo"] for one in visit("/slos.json").json()] == ["pay", "calm"]


@pytest.mark.parametrize("path", ["/slos/pai", "/slos/pai.json"])
def test_what_is_not_defined_is_not_there(visit: Get, path: str) -> None:
    found = visit(path)
    assert found.status_code == 404
    assert "pay" in found.text


def test_its_numbers_have_pages_of_metrics(visit: Get) -> None:
    assert "Paying &lt;works&gt;" in visit("/m/pay?range=2026-03").text


def test_one_that_cannot_be_told_stands_beside_the_others(
    client_of: Callable[[object], Get], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("broken")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\nclock: data\n")
    lost = "  - {name: lost, file: gone.csv, time: at}\nmetrics:\n  - {name: all_lost, type: simple, dataset: lost, agg: count}\n"
    broken = "  - {name: broken, total: all_lost, bad: all_lost, objective: 99}\n"
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS.replace("metrics:\n", lost) + broken)
    (folder / "traffic.csv").write_text(ROWS)
    with workspace.open(folder) as opened:
        visit = client_of(pages(opened))
        page = visit("/slos")
        assert page.status_code == 200
        assert [row[0] for row in lines(page.text, "Service level objectives")] == [
            "Paying &lt;works&gt;",
            "Calm",
            "Broken",
        ]
        assert "E_FILE_NOT_FOUND" in page.text and "3 defined, 2 to look at" in page.text
        assert [one["slo"] for one in visit("/slos.json").json()] == ["pay", "calm"]
        assert visit("/slos/broken").status_code >= 400
        assert visit("/slos/pay").status_code == 200


def test_without_objectives_the_page_shows_how_to_write_one(
    client_of: Callable[[object], Get], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("none")
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\n")
    with workspace.open(folder) as opened:
        page = client_of(pages(opened))("/slos")
    assert page.status_code == 200
    assert "slos:" in page.text and "objective: 99.9" in page.text
