"""Sources in YAML: what is read, what is refused and where, and when a schedule comes next."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.unit.define.marked import expect, good
from truenorth.base.errors import QueryError
from truenorth.define.model import SourceTable
from truenorth.define.rules.source import into
from truenorth.define.schedule import schedule_of

SHOP = "name: shop, type: postgres, url: postgresql://reader@db/shop, tables: [orders]"


def sources(*texts: str) -> str:
    return "version: 1\nsources:\n" + "".join(f"  - {{{text}}}\n" for text in texts)


def test_a_database_and_its_tables(tmp_path: Path) -> None:
    text = """version: 1
sources:
  - name: shop
    type: postgres
    url: postgresql://reader@db.example/shop?sslmode=require
    every: 1 hour
    full: 1 day
    tables:
      - {name: orders, from: public.orders, primary_key: [id], cursor: updated_at, lag: 1 hour, into: shop_orders}
      - customers
  - {name: till, type: files, files: "exports/till-*.csv", into: sales, dates: dmy, column_types: {zip: text}}
"""
    model = good(tmp_path, sources=text)
    shop, till = model.sources["shop"], model.sources["till"]
    assert (shop.type, shop.every, [one.name for one in shop.tables]) == ("postgres", "1 hour", ["orders", "customers"])
    assert [into(shop, one) for one in shop.tables] == ["shop_orders", "shop_customers"]
    assert shop.tables[0].from_ == "public.orders" and shop.tables[0].lag == "1 hour"
    assert (till.into, till.dates, till.column_types) == ("sales", "dmy", {"zip": "text"})
    assert isinstance(shop.tables[1], SourceTable)


@pytest.mark.parametrize(
    ("code", "text", "hint"),
    [
        ("E_BAD_VALUE", "name: shop, ‸type: postgresql, url: x", 'write "type: postgres"'),
        ("E_BAD_VALUE", "name: shop, ‸type: salesfroce, files: x", 'did you mean "salesforce"?'),
        ("E_BAD_VALUE", "name: shop, ‸type: ftp", "it is files, postgres, mysql, salesforce, ga4"),
        ("E_MISSING_KEY", "‸{name: shop, type: mysql, tables: [orders]}", 'no "url"; add url: '),
        ("E_MISSING_KEY", "‸{name: till, type: files}", 'no "files"; add files: exports/till-*.csv'),
        ("E_KEY_NOT_ALLOWED", "name: till, type: files, files: a.csv, ‸tables: [orders]", "postgres or mysql"),
        ("E_SECRET_IN_FILE", SHOP.replace("url: postgresql://reader@", "‸url: postgresql://reader:hush@"), "SHOP_PASSWORD"),
        ("E_SECRET_IN_FILE", SHOP.replace("url: postgresql://reader@db/shop", "‸url: postgresql://db/shop?password=hush"), "in the environment"),
        ("E_BAD_URL", SHOP.replace("url: postgresql:", "‸url: mysql:"), "write it as url: postgresql://"),
        ("E_BAD_URL", SHOP.replace("url: postgresql://reader@db/shop", "‸url: postgresql://reader@db"), "not the address"),
        ("E_BAD_URL", SHOP.replace("url: postgresql://reader@db/shop", "‸url: postgresql://reader@db:x/shop"), "cannot be read"),
        ("E_BAD_SCHEDULE", SHOP + ", ‸every: hourly", 'write it like "1 hour"'),
        ("E_BAD_SCHEDULE", SHOP + ", ‸every: 0 25 * * *", "higher than the maximum"),
        ("E_BAD_WINDOW", SHOP + ", ‸lag: a while", "28 days"),
        ("E_DUPLICATE_NAME", SHOP.replace("[orders]", "[orders, {‸name: orders}]"), "call one another name"),
        ("E_DUPLICATE_NAME", SHOP.replace("[orders]", "[orders, {name: b, ‸into: shop_orders}]"), "into: …"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, code: str, text: str, hint: str) -> None:
    shown = f"version: 1\nsources:\n  - {text}\n" if text.startswith("‸{") else sources(text)
    [error] = expect(tmp_path, code, sources=shown)
    assert hint in str(error)
    assert "hush" not in str(error)


def test_another_spelling_names_ours(tmp_path: Path) -> None:
    [error] = expect(
        tmp_path, "E_OTHER_SPELLING", sources=sources("name: till, type: files, ‸glob: a.csv, files: b.csv")
    )
    assert 'write "files:"' in str(error)


@pytest.mark.parametrize(
    ("text", "last", "wanted"),
    [
        ("1 hour", "2026-03-01T10:30", "2026-03-01T11:30"),
        ("2 weeks", "2026-03-01T10:30", "2026-03-15T10:30"),
        ("1 month", "2026-01-31T06:00", "2026-02-28T06:00"),
        ("30 6 * * *", "2026-03-01T10:30", "2026-03-02T05:30"),
        ("30 6 * * *", "2026-03-28T10:30", "2026-03-29T04:30"),
        ("0 0 * * 1", "2026-03-01T10:30", "2026-03-01T23:00"),
        ("0 0 * * 0,7", "2026-03-02T10:30", "2026-03-07T23:00"),
        ("0 0 * * fri-sun", "2026-03-02T10:30", "2026-03-05T23:00"),
    ],
)
def test_when_it_comes_next_in_berlin(text: str, last: str, wanted: str) -> None:
    found = schedule_of(text).next(datetime.fromisoformat(last), "Europe/Berlin")
    assert found == datetime.fromisoformat(wanted)


@pytest.mark.parametrize(
    "text", ["", "often", "1 blah", "5 seconds", "0 6 1 * 1", "0 6 * * 9", "0 6 * * */0", "0 0 31 2 *", "a b c d e"]
)
def test_what_is_no_schedule(text: str) -> None:
    with pytest.raises(QueryError) as raised:
        schedule_of(text)
    assert raised.value.code == "E_BAD_SCHEDULE"
