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
MIXED = """
version: 1
datasets:
  - name: rows
    file: rows.csv
    time: day
    fields:
      - {name: day, expr: cast(day as date)}
      - {name: label}
      - {name: flag}
      - {name: gain}
      - {name: unknown, expr: try_cast(unknown as double)}
  - {name: prices, file: prices.csv, fields: [{name: kind}, {name: price}]}
metrics:
  - {name: gain, type: simple, dataset: rows, agg: sum, expr: gain, dimensions: [label, flag], fill_nulls_with: 0}
  - {name: unknown, type: simple, dataset: rows, agg: sum, expr: unknown, dimensions: [label]}
  - {name: price, type: simple, dataset: prices, agg: sum, expr: price, dimensions: [kind]}
  - {name: rows, label: "<b>Rows</b> with a name that does not want to end, whatever the width", type: simple,
     dataset: rows, agg: count, dimensions: [label]}
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


def test_others_are_those_of_the_range_and_not_of_the_one_before(made: Any) -> None:
    now = "".join(f"2026-06-30,page {at:02}\n" for at in range(20))
    before = "".join(f"2026-05-15,older {at:02}\n" for at in range(30))
    get = made("day,page\n2026-01-01,first\n" + before + now)
    rows = HTMLParser(get("/m/visits?range=30d").text).css_first("table.board").css("tbody tr")
    assert " ".join(rows[-1].text(separator=" ").split()).startswith("13 others 13")


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


@pytest.fixture
def mixed(tmp_path: Path, client_of: Any) -> Any:
    """Pages over negative, huge, unknown and timeless values."""
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Mixed\nclock: data\n")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "mixed.yml").write_text(MIXED)
    (tmp_path / "prices.csv").write_text("kind,price\na,3\nb,4\n")
    rows = ["2026-06-01,a,true,-3,", "2026-06-02,,false,-7000000000000000,", '2026-06-10,"  ",true,5,']
    (tmp_path / "rows.csv").write_text("day,label,flag,gain,unknown\n" + "\n".join(rows) + "\n")
    return client_of(pages(workspace.open(tmp_path)))


def board(get: Any, path: str, place: int = 0) -> dict[str, str]:
    """A leaderboard's names and values."""
    rows = HTMLParser(get(path).text).css("table.board")[place].css("tbody tr")
    return {row.css_first("th").text(strip=True): row.css("td")[0].text() for row in rows}


def test_values_below_zero_are_ordered_by_size_and_drawn_grey(mixed: Any) -> None:
    assert list(board(mixed, "/m/gain?range=all").items()) == [("(none)", "−7,000T"), ("(empty)", "5"), ("a", "−3")]
    bars = HTMLParser(mixed("/m/gain?range=all").text).css("table.board")[0].css("rect")
    assert [bar.attributes["class"] for bar in bars] == ["f-line", "f-accent-soft", "f-line"]


def test_truth_is_written_as_it_is_filtered(mixed: Any) -> None:
    page = HTMLParser(mixed("/m/gain?range=all").text)
    links = {one.text(strip=True): one.attributes["href"] for one in page.css("a.bar")}
    assert links["true"] == "/m/gain?range=all&where=flag:true"
    assert HTMLParser(mixed(links["true"]).text).css_first(".hero .value").text(strip=True) == "2"
    assert links["(empty)"] == "/m/gain?range=all&where=label:%20%20"
    assert HTMLParser(mixed(links["(empty)"]).text).css_first(".hero .value").text(strip=True) == "5"


def test_a_metric_without_time_is_one_number_and_its_parts(mixed: Any) -> None:
    for query in ("", "?range=7d&grain=day&vs=year&by=kind&tab=data"):
        page = HTMLParser(mixed(f"/m/price{query}").text)
        assert page.css_first(".hero .value").text(strip=True) == "7"
        assert "no time" in page.css_first(".hero .sentence").text()
        assert not page.css("figure, .seg, input[name=range]")
    assert board(mixed, "/m/price") == {"b": "4", "a": "3"}
    for form in ("csv", "json", "xlsx", "md", "svg", "png"):
        assert mixed(f"/m/price.{form}").status_code == 200


def test_nothing_known_is_a_dash_and_no_picture_of_zero(mixed: Any) -> None:
    page = HTMLParser(mixed("/m/unknown").text)
    assert page.css_first(".hero .value").text(strip=True) == "–"
    assert "No values in this range" in page.css_first("figure svg").html
    assert not page.css("figure table")
    assert page.css_first(".panel .muted") is not None


def test_what_was_filled_in_before_the_data_begins_is_no_history(mixed: Any) -> None:
    page = HTMLParser(mixed("/m/gain?range=2026-05-20..2026-06-10").text)
    assert page.css_first(".caveats li").text() == "The data begins on 1 Jun 2026."
    values = [row.css_first("td").text() for row in page.css("figure tbody tr")]
    assert values[:12] == ["–"] * 12
    assert values[12] == "−3"
    assert values[14] == "0"


def test_long_and_hostile_names_stay_words(mixed: Any) -> None:
    for path in ("/", "/metrics", "/m/rows", "/m/rows?by=label"):
        text = mixed(path).text
        assert "<b>Rows</b>" not in text
        assert "&lt;b&gt;Rows" in text


def test_a_metric_that_cannot_be_shown_on_home_is_said_there(mixed: Any) -> None:
    page = HTMLParser(mixed("/").text)
    assert len(page.css(".card")) == 3
    assert "E_NO_TIME" in page.css_first(".notice").text()


def test_an_empty_workspace_says_how_to_begin(tmp_path: Path, client_of: Any) -> None:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Empty\n")
    get = client_of(pages(workspace.open(tmp_path)))
    assert get("/").status_code == 200
    assert "truenorth init" in HTMLParser(get("/").text).css_first(".empty").text()
    assert get("/metrics").status_code == 200
    assert get("/home.csv").json()["code"] == "E_NO_METRIC"


def test_every_page_stays_light_at_any_range(made: Any) -> None:
    get = made(
        "day,page\n"
        + "".join(f"{2020 + at % 6}-{1 + at % 12:02}-{1 + at % 28:02},page {at % 9}\n" for at in range(9000))
    )
    for query in ("range=6y&grain=day", "range=6y&grain=day&by=page&tab=data", "range=2y&grain=day&vs=year&tab=sql"):
        response = get(f"/m/visits?{query}")
        assert response.status_code == 200, response.text
        assert len(response.content) <= 80_000, query
        rows = HTMLParser(response.text).css("figure tbody tr")
        assert 0 < len(rows) <= 400
        assert HTMLParser(response.text).css_first("figure a[href*='.csv']") is not None


def test_a_time_known_by_the_month_has_pages_by_the_month(tmp_path: Path, client_of: Any) -> None:
    known = DEFINITIONS.replace("expr: cast(day as date)", "expr: cast(day as date), granularity: month")
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Edge\nclock: data\nfiscal_year_start: 4\n")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "visits.yml").write_text(known)
    (tmp_path / "visits.csv").write_text("day,page\n2026-04-01,a\n2026-05-01,a\n2026-06-01,b\n")
    get = client_of(pages(workspace.open(tmp_path)))
    for path in (
        "/",
        "/?vs=year",
        "/home.json",
        "/?grain=month",
        "/m/visits",
        "/m/visits?range=30d",
        "/m/visits?by=page",
        "/m/visits?grain=quarter",
        "/m/visits.svg",
    ):
        assert get(path).status_code == 200, path
    home = HTMLParser(get("/").text).css_first(".controls").text()
    assert "Month" in home and "Week" not in home and "Day" not in home
    assert "Latest month" in get("/").text
    page = get("/m/visits").text
    assert "Visits by month" in page
    assert "grain=day" not in page and "grain=quarter" in page
    assert "FY 2027 Q1" in get("/m/visits?grain=fiscal_quarter&range=all").text


def test_a_time_known_by_the_week_offers_weeks_only(tmp_path: Path, client_of: Any) -> None:
    known = DEFINITIONS.replace("expr: cast(day as date)", "expr: cast(day as date), granularity: week")
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Edge\nclock: data\n")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "visits.yml").write_text(known)
    (tmp_path / "visits.csv").write_text("day,page\n2026-05-18,a\n2026-05-25,a\n2026-06-01,b\n")
    get = client_of(pages(workspace.open(tmp_path)))
    for path in ("/", "/m/visits", "/m/visits?range=all", "/m/visits?range=12m", "/m/visits?by=page", "/home.csv"):
        assert get(path).status_code == 200, path
    page = get("/m/visits?range=all").text
    assert "Visits by week" in page
    assert not any(f"grain={grain}" in page for grain in ("day", "month", "quarter"))
    assert "Its time is known by the week: weeks cannot be put together to months and quarters." in page
    home = HTMLParser(get("/").text).css_first(".controls").text()
    assert "Week" in home and "Month" not in home
    assert get("/m/visits?grain=month").status_code == 400
