"""A small shop whose numbers can be worked out in the head, and a client for its pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher

from tests.pages.house import ELSEWHERE, RIGHT, House
from truenorth import workspace
from truenorth.access import password
from truenorth.access.person import set_password
from truenorth.serve.guard import Guard
from truenorth.store.state import State, open_state
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]
HOSTILE = '<script>alert("x")</script>'
COUNTRIES = ("DE", "FR", "NL", "AT", "CH", "PL", "SE", "DK", "NO", "FI", "", HOSTILE)
DEFINITIONS = """
version: 1
datasets:
  - name: orders
    file: data/orders.csv
    primary_key: [order_id]
    time: ordered_on
    fields:
      - {name: order_id}
      - {name: ordered_on}
      - {name: country}
      - {name: plan}
      - {name: amount, unit: currency}
  - name: nothing
    file: data/nothing.csv
    time: happened_on
    fields: [{name: happened_on}, {name: kind}]
metrics:
  - {name: revenue, label: Revenue, type: simple, domain: financial, dataset: orders, agg: sum, expr: amount,
     unit: currency, direction: up, owner: dana.miller@shop.example, fill_nulls_with: 0,
     description: Money from all orders., dimensions: [country, plan],
     targets: [{from: 2026-01-01, every: month, value: 3000}]}
  - {name: orders, label: Orders, type: simple, domain: customer, dataset: orders, agg: count, unit: orders,
     direction: up, owner: mo@shop.example}
  - {name: order_value, label: Order value, type: ratio, domain: financial, numerator: revenue, denominator: orders,
     unit: currency, direction: up}
  - {name: incident_count, label: Incidents, type: simple, domain: operational, dataset: nothing, agg: count,
     unit: incidents, direction: down, template: incident_count}
"""


def rows() -> Iterator[str]:
    """Ninety days with twelve orders each, one per country; the amount is the day's number."""
    yield "order_id,ordered_on,country,plan,amount"
    for day in range(90):
        when = date(2026, 4, 2) + timedelta(days=day)
        for at, country in enumerate(COUNTRIES):
            quoted = '"' + country.replace('"', '""') + '"' if country else ""
            yield f"{day * 100 + at},{when},{quoted},{'pro' if at % 2 else 'free'},{10 + at}"


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    """The workspace."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "metrics").mkdir()
    (folder / "data").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Corner shop\ncurrency: EUR\nclock: data\n")
    (folder / "metrics" / "shop.yml").write_text(DEFINITIONS)
    (folder / "data" / "orders.csv").write_text("\n".join(rows()) + "\n")
    (folder / "data" / "nothing.csv").write_text("happened_on,kind\n2026-06-30,outage\n")
    with workspace.open(folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def get(shop: workspace.Workspace) -> Get:
    """Ask for a page the way a browser would, through the guard."""
    return client(Guard(pages(shop)))


def client(app: object) -> Get:
    """A function that asks an ASGI app."""

    def ask(path: str, **headers: str) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
                return await opened.get(
                    path, headers={name.replace("_", "-"): value for name, value in headers.items()}
                )

        return asyncio.run(once())

    return ask


@pytest.fixture
def client_of() -> Callable[[object], Get]:
    """Make a client for another app."""
    return client


@pytest.fixture(scope="session")
def styles() -> str:
    """The joined style sheet."""
    from truenorth.web.asset import assets

    return assets().files["app.css"].decode()


@pytest.fixture(scope="session")
def scripts() -> dict[str, bytes]:
    """The scripts by name."""
    from truenorth.web.asset import assets

    return {name: body for name, body in assets().files.items() if name.endswith(".js")}


@pytest.fixture(scope="session")
def folder(shop: workspace.Workspace) -> Path:
    """Where the shop is."""
    return shop.folder


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    """An empty state; hashes take no time."""
    monkeypatch.setattr(password, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    password._nobodys.cache_clear()
    opened = open_state(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def house(shop: workspace.Workspace, accounts: State) -> House:
    """The shop served elsewhere, with Dana's account."""
    set_password(accounts, "dana", RIGHT, datetime(2026, 7, 1), "terminal")
    return House(shop, accounts, ELSEWHERE)


@pytest.fixture
def empty_house(shop: workspace.Workspace, accounts: State) -> House:
    """The shop served elsewhere, before there is an account."""
    return House(shop, accounts, ELSEWHERE)
