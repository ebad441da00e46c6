"""The page of what lies behind a number."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import httpx

from tests.pages.conftest import HOSTILE

Get = Callable[..., httpx.Response]


def test_every_value_of_the_table_leads_to_the_rows_that_make_it(get: Get) -> None:
    page = get("/m/orders?tab=data&range=7d&grain=day").text
    links = [unescape(one) for one in re.findall(r'href="(/m/orders/behind\?[^"]+)"', page)]
    assert len({one for one in links if "at=" in one}) == 7
    behind = get(next(one for one in links if "at=" in one))
    assert behind.status_code == 200
    assert "12 rows, counted." in behind.text
    assert "<script>alert" not in behind.text and unescape(behind.text).count(HOSTILE) >= 1


def test_what_adds_up_says_to_how_much(get: Get) -> None:
    # Twelve orders of 10 to 21.
    page = get("/m/revenue/behind?range=30d&grain=day&at=2026-06-30")
    assert "12 rows, added up to €186.00." in page.text.replace("\u202f", "")
    assert "1 of" not in page.text


def test_a_share_lists_what_it_is_computed_from(get: Get) -> None:
    page = get("/m/order_value/behind?range=30d")
    assert "It is computed from these numbers" in page.text
    assert "/m/order_value/behind?range=30d&amp;part=orders" in page.text
    assert "360 rows, counted." in get("/m/order_value/behind?range=30d&part=orders").text
    assert get("/m/order_value/behind.csv?range=30d").text.splitlines()[0] == "part,title,value"


def test_its_files_hold_all_rows_and_the_page_the_first(get: Get) -> None:
    page = get("/m/orders/behind")
    assert "1,080 rows, counted." in page.text and "The first 1,000 of 1,080." in page.text
    assert len(get("/m/orders/behind.csv").text.splitlines()) == 1081
    assert get("/m/orders/behind.json").json()


def test_what_is_not_there_is_said_calmly(get: Get) -> None:
    assert get("/m/ordres/behind").status_code == 404
    gone = get("/m/orders/behind?grain=day&at=1999-01-01")
    assert gone.status_code == 400 and "he answer has no row" in gone.text
    assert get("/m/orders/behind.csv?part=x").json()["code"] == "E_NO_SUCH_PART"
    assert "Nothing lies behind it." in get("/m/orders/behind?range=2020").text
