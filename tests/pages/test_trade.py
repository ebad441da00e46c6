"""The section about price, volume and mix, and what leads to it."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from tests.pages.test_balance import rows
from tests.unit.decide.test_sold import shop as shop
from truenorth import workspace
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]


def section(text: str) -> str:
    """The section, without the joiners that keep signs with their numbers."""
    return text[text.index('id="bridge"') : text.index('id="lesson"')].replace("\u2060", "")


def test_a_price_tells_what_moved_the_amount(shop: workspace.Workspace, client_of: Callable[[object], Get]) -> None:
    visit = client_of(pages(shop))
    told = section(visit("/m/price?range=2026-02").text)
    assert "What price, volume and mix did" in told
    assert "Sales rose by €1,360, from €3,000 to €4,360. Volume (+€1,000) and mix (+€400) brought it up." in told
    found = rows(told)
    assert ["pro", "€2,000.00", "+€666.67", "+€533.33", "−€160.00", "€3,040.00"] in found
    assert ["basic", "€1,000.00", "+€333.33", "−€133.33", "+€120.00", "€1,320.00"] in found
    assert ["All", "€3,000.00", "+€1,000.00", "+€400.00", "−€40.00", "€4,360.00"] in found
    assert told.count("<svg") == 2
    margin = rows(section(visit("/m/margin_each?range=2026-02").text))
    assert ["All", "€1,600.00", "+€533.33", "+€186.67", "−€40.00", "−€120.00", "€2,160.00"] in margin


def test_the_amount_leads_there(shop: workspace.Workspace, client_of: Callable[[object], Get]) -> None:
    visit = client_of(pages(shop))
    assert 'href="/m/price?range=2026-02#bridge"' in visit("/m/sales?range=2026-02").text
    for path in ("/m/price?range=2026-02&vs=none", "/m/per_buyer?range=2026-02", "/m/sales?range=2026-02"):
        assert 'id="bridge"' not in visit(path).text, path
