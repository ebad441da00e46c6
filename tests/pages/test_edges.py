"""Data at its worst: no rows, no dates, ten thousand values, and names that fight with the address."""

from __future__ import annotations

from collections.abc import Callable
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
    fields: [{name: day, expr: cast(day as date)}, {name: page}]
metrics:
  - {name: visits, type: simple, dataset: visits, agg: count, unit: visits}
"""


@pytest.fixture
def made(tmp_path: Path, client_of: Any) -> Callable[[str], Any]:
    """Pages over a file of visits."""

    def make(lines: str) -> Any:
        (tmp_path / "truenorth.yml").write_text("version: 1\nname: Edge\nclock: data\n")
        (tmp_path / "metrics").mkdir()
        (tmp_path / "metrics" / "visits.yml").write_text(DEFINITIONS)
        (tmp_path / "visits.csv").write_text(lines)
        return client_of(pages(workspace.open(tmp_path)))

    return make


def test_ten_thousand_values_are_seven_and_the_others(made: Any) -> None:
    get = made("day,page\n" + "".join(f"2026-06-{1 + at % 30:02},page {at:05}\n" for at in range(10_000)))
    for path in ("/m/visits", "/m/visits?by=page"):
        response = get(path)
        assert response.status_code == 200
        assert len(response.content) <= 80_000
        rows = HTMLParser(response.text).css_first("table.board").css("tbody tr")
        assert len(rows) == 8
        assert " ".join(rows[-1].text(separator=" ").split()).startswith("9,993 others 9,993")


def test_rows_without_a_date_do_not_break_a_page(made: Any) -> None:
    get = made("day,page\n2026-06-29,a\n,b\n2026-06-30,a\n")
    page = HTMLParser(get("/m/visits?range=all&grain=day").text)
    assert len(page.css("figure tbody tr")) == 2


def test_a_table_without_rows_is_said_calmly(made: Any) -> None:
    get = made("day,page\n")
    for path in ("/", "/m/visits", "/m/visits?by=page", "/m/visits.svg", "/home.png"):
        assert get(path).status_code == 200, path
    assert get("/metrics").status_code == 200


def test_a_value_with_every_sign_of_the_address_filters_to_itself(made: Any) -> None:
    name = "a:b;c,d!e\\f&g=h?i#j %20 (none)"
    get = made(f'day,page\n2026-06-29,"{name}"\n2026-06-30,other\n')
    links = {node.text(strip=True): node.attributes["href"] for node in HTMLParser(get("/m/visits").text).css("a.bar")}
    page = HTMLParser(get(links[name]).text)
    assert page.css_first(".hero .value").text(strip=True) == "1"
    assert page.css_first("a.chip.filter").attributes["href"] == "/m/visits"
