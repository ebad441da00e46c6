"""The whole app with its door, as others reach it, and a clock that tests turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.pages.visitor import Visitor
from truenorth import workspace
from truenorth.serve.gate import Gate
from truenorth.serve.guard import Guard
from truenorth.serve.place import Listening, entrance_of, hosts_of
from truenorth.store.state import State
from truenorth.web.app import pages
from truenorth.web.entrance import Entrance

RIGHT = "correct horse battery"
ELSEWHERE = Listening("0.0.0.0")


@dataclass
class House:
    """The app with its door, and a clock that tests turn."""

    shop: workspace.Workspace
    state: State
    asked: Listening
    now: datetime = datetime(2026, 7, 1, 9, 0)
    entrance: Entrance = field(init=False)
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        self.entrance = entrance_of(self.shop.folder, self.state, self.asked, lambda: self.now)
        self.router = pages(self.shop, ("metrics/shop.yml:1:1: E_SECRET_PLAN: not for strangers",), self.entrance)
        self.app = Guard(Gate(self.router, self.entrance), hosts_of(self.asked), ("GET", "HEAD", "POST"))

    def visitor(self, base: str = "http://192.168.1.7:8321", address: str = "192.168.1.99") -> Visitor:
        return Visitor(self.app, base, address)

    def signed_in(self) -> Visitor:
        made = self.visitor()
        assert made.sign_in().status_code == 303
        return made

    def later(self, **words: float) -> None:
        self.now += timedelta(**words)


def paths(house: House) -> list[tuple[str, str]]:
    """Every address there is, filled in with things that are there."""
    filled = {"{name}": "revenue", "{form}": "csv", "{word}": "x" * 43, "{version}": "v", "{name:path}": "app.css"}
    filled |= {"{id:path}": "u1", "{kind}": "funnel"}
    found = []
    for route in house.router.routes:
        path = route.path
        for gap, word in filled.items():
            path = path.replace(gap, word)
        found += [(method, path) for method in sorted(route.methods or {"GET"})]
    return found
