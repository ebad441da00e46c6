"""Why it changed: the steps of a change on the page, worked by hand, and plain words where there are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from truenorth import workspace
from truenorth.web.app import pages

DEFINITIONS = """
version: 1
datasets:
  - name: visits
    file: visits.csv
    time: day
    fields: [{name: day, expr: cast(day as date)}, {name: channel}, {name: page}, {name: person}, {name: bought}]
metrics:
  - {name: visits, type: simple, dataset: visits, agg: count, direction: up, dimensions: [page, channel]}
  - {name: buys, type: simple, dataset: visits, agg: sum, expr: bought, dimensions: [channel]}
  - {name: rate, type: ratio, numerator: buys, denominator: visits, unit: percent, direction: up, dimensions: [channel]}
  - {name: paid_rate, type: ratio, numerator: buys, denominator: visits, unit: percent, filter: "channel = 'paid'",
     dimensions: [channel]}
  - {name: lost, type: derived, expr: "(visits - buys) / nullif(visits, 0)", unit: percent, direction: down,
     input_metrics: [{name: visits}, {name: buys}], dimensions: [channel]}
  - {name: growth, type: derived, expr: now / before - 1, unit: percent, dimensions: [channel],
     input_metrics: [{name: visits, alias: now}, {name: visits, alias: before, offset_window: 1 day}]}
  - {name: people, type: simple, dataset: visits, agg: count_distinct, expr: person, dimensions: [channel]}
  - {name: people_by_page, type: simple, dataset: visits, agg: count_distinct, expr: person, dimensions: [page]}
  - {name: middle, type: simple, dataset: visits, agg: median, expr: bought, dimensions: [channel]}
  - {name: mean, type: simple, dataset: visits, agg: avg, expr: bought, dimensions: [channel]}
"""
JUNE = "?range=2026-06"


def rows() -> Iterator[str]:
    """May: 100 direct visits with 10 buys, 100 paid with 2. June: 100 direct with 10, 400 paid with 8, 20 without a
    channel. Person 1 comes by every channel, everyone else by one; every person sees one page."""
    yield "day,channel,page,person,bought"
    person = 1
    for day, channel, count, buys in (
        ("2026-05-03", "direct", 100, 10),
        ("2026-05-04", "paid", 100, 2),
        ("2026-06-03", "direct", 100, 10),
        ("2026-06-04", "paid", 400, 8),
        ("2026-06-30", "", 20, 0),
    ):
        for at in range(count):
            person += 1
            who = 1 if at == 0 else person
            yield f"{day},{channel},{'front' if who % 2 else 'shop'},{who},{int(at < buys)}"


@pytest.fixture(scope="module")
def get(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The pages of the visits."""
    from tests.pages.conftest import client

    folder: Path = tmp_path_factory.mktemp("why")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Why\nclock: data\n")
    (folder / "metrics" / "visits.yml").write_text(DEFINITIONS)
    (folder / "visits.csv").write_text("\n".join(rows()) + "\n")
    with workspace.open(folder) as opened:
        yield client(pages(opened))


def section(get: Any, path: str) -> Any:
    return HTMLParser(get(path).text).css_first("#why")


def cells(part: Any) -> dict[str, list[str]]:
    """The table of parts, its thin spaces as plain ones."""
    return {
        row.css_first("th").text(): [cell.text().replace("\u202f", " ") for cell in row.css("td")]
        for row in part.css("tbody tr")
    }


def said(part: Any) -> str:
    return re.sub(r"\s+", " ", part.css_first("p").text().replace("\u202f", " "))


def test_a_sum_is_taken_apart_by_the_dimension_that_explains_most(get: Any) -> None:
    part = section(get, f"/m/visits{JUNE}")
    assert cells(part) == {
        "paid": ["100", "400", "+300"],
        "(none)": ["0", "20", "+20"],
        "direct": ["100", "100", "0"],
        "All": ["200", "520", "+320"],
    }
    assert said(part) == "Visits rose by 320. By channel, paid (+300) pushed it up."
    drawn = [node.text() for node in part.css(".wide svg text")]
    assert drawn == ["200", "before", "+300", "paid", "+20", "(none)", "520", "now"]
    assert part.css_first(".narrow svg").attributes["aria-label"] == "Visits, from before to now by channel"


def test_the_chosen_dimension_is_the_one_that_explains(get: Any) -> None:
    assert list(cells(section(get, f"/m/visits{JUNE}&by=page"))) == ["front", "shop", "All"]


def test_a_rate_is_taken_apart_into_own_change_and_mix(get: Any) -> None:
    """6 % of 200 became 18 of 520: nobody's own rate moved, but 77 % of the visits are paid ones now."""
    part = section(get, f"/m/rate{JUNE}")
    found = cells(part)
    assert found["direct"][:3] == ["10.0 %", "10.0 %", "0 pt"]
    assert found["paid"][:3] == ["2.0 %", "2.0 %", "0 pt"]
    assert found["(none)"][:2] == ["–", "0.0 %"]
    assert found["All"] == ["6.0 %", "3.5 %", "0 pt", "−2.5 pt", "−2.5 pt"]
    assert "More weight now lies where it is lower (mix, −2.5 pt)." in said(part)
    assert [node.text() for node in part.css(".wide svg text")][2:4] == ["−2.5\u202fpt", "mix"]


def test_one_sum_over_another_is_a_rate_whatever_its_type(get: Any) -> None:
    found = cells(section(get, f"/m/lost{JUNE}"))
    assert found["All"] == ["94.0 %", "96.5 %", "0 pt", "+2.5 pt", "+2.5 pt"]


def test_distinct_counts_are_taken_apart_only_where_no_one_counts_twice(get: Any) -> None:
    overlap = section(get, f"/m/people{JUNE}")
    assert "counted under several values" in said(overlap)
    assert not overlap.css("table, svg")
    assert cells(section(get, f"/m/people_by_page{JUNE}"))["All"] == ["199", "518", "+319"]


def test_what_no_part_can_tell_is_said(get: Any) -> None:
    assert "not made from those of the parts" in said(section(get, f"/m/middle{JUNE}"))
    assert "how much each part weighs" in said(section(get, f"/m/mean{JUNE}"))
    growth = section(get, f"/m/growth{JUNE}&by=channel")
    assert "worked out from other metrics" in said(growth)
    assert [(one.text(), one.attributes["href"]) for one in growth.css("a")] == [("Visits", f"/m/visits{JUNE}")]
    assert "worked out from other metrics" in said(section(get, f"/m/paid_rate{JUNE}"))


@pytest.mark.parametrize("query", ["?range=2026-06&vs=none", "?range=all", "?range=2026-05", "?range=2020"])
def test_without_a_comparison_there_is_no_why(get: Any, query: str) -> None:
    assert section(get, f"/m/visits{query}") is None


def test_a_withheld_comparison_is_said_beside_the_number(get: Any) -> None:
    page = HTMLParser(get("/m/visits?range=90d").text)
    assert "before the data does" in page.css_first(".hero .caveats").text()
    assert page.css_first("#why") is None
