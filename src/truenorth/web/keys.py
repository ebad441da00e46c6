"""Capture keys: making one, what to paste where, which there are and when they were used, and taking one back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from truenorth import workspace as door
from truenorth.access.key import Key, create_key, keys, revoke_key
from truenorth.base.age import age
from truenorth.base.errors import AccessError, TrueNorthError
from truenorth.collect.capturing import capturing
from truenorth.web.entrance import Entrance
from truenorth.web.intake import tabs
from truenorth.web.page import Site, render, respond
from truenorth.web.question import Workspace
from truenorth.web.recipe import Recipe, Target, recipes, target
from truenorth.web.view import Choice
from truenorth.web.visit import visit_of

ADDRESS = "/data/keys"
# What stands for the key where it is not known any more.
ANY = "YOUR-KEY"

Endpoint = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Kept:
    """One key as the list shows it."""

    id: str
    source: str
    prefix: str
    made: str
    used: str
    ended: str
    href: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """A key that was just made, and the file of first metrics that came with it."""

    source: str
    text: str
    begun: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """The page."""

    tabs: tuple[Choice, ...]
    summary: str
    target: Target
    recipes: tuple[Recipe, ...]
    standing: tuple[Kept, ...]
    revoked: tuple[Kept, ...]
    fresh: Fresh | None = None
    source: str = ""
    problem: str = ""


class Capturers:
    """The endpoints."""

    def __init__(self, workspace: Workspace, site: Site, entrance: Entrance) -> None:
        self.workspace = workspace
        self.site = site
        self.entrance = entrance

    def routes(self, safe: Callable[[Endpoint], Endpoint]) -> list[Route]:
        """Their addresses."""
        return [
            Route(ADDRESS, safe(self.keys), name="keys"),
            Route(f"{ADDRESS}.json", safe(self.listed)),
            Route(ADDRESS, safe(self.create), methods=["POST"]),
            Route(f"{ADDRESS}/revoke", safe(self.revoke), methods=["POST"]),
        ]

    def keys(self, request: Request) -> Response:
        """The keys there are, and the form for another one."""
        return self._page(request)

    def listed(self, request: Request) -> Response:
        """The keys there are, without what is secret of them."""
        facts = [
            {
                "id": one.id,
                "source": one.source,
                "prefix": one.prefix,
                "created": one.created,
                "used": one.used,
                "revoked": one.revoked,
            }
            for one in keys(self.entrance.state)
        ]
        return Response(msgspec.json.encode(facts), media_type="application/json")

    def create(self, request: Request) -> Response:
        """Make a key and show it, this once, in all that can be pasted."""
        visit = visit_of(request)
        source = visit.form.get("source", "").strip()
        try:
            _, text = create_key(self.entrance.state, source, self.entrance.clock(), visit.who)
        except AccessError as error:
            if error.code != "E_BAD_SOURCE":
                raise
            return self._page(request, source=source[:80], problem=f"{error.message}: {error.hint}", status=400)
        return self._page(request, Fresh(source, text, self._begun()))

    def revoke(self, request: Request) -> Response:
        """Make a key worthless."""
        visit = visit_of(request)
        revoke_key(self.entrance.state, visit.form.get("id", ""), self.entrance.clock(), visit.who)
        return RedirectResponse(ADDRESS, 303)

    def _begun(self) -> str:
        """Write first metrics over what will come in, where nothing reads it yet: the file, "" for none."""
        with suppress(TrueNorthError, OSError), door.open(self.workspace.folder, read_only=False) as opened:
            path = opened.data.begin()
            return str(path.relative_to(opened.folder)) if path else ""
        return ""

    def _page(
        self, request: Request, fresh: Fresh | None = None, source: str = "", problem: str = "", status: int = 200
    ) -> Response:
        now = self.entrance.clock()
        lines = [(one.revoked is not None, kept(one, now)) for one in keys(self.entrance.state)]
        standing = tuple(line for gone, line in lines if not gone)
        to = target(capturing(self.workspace.folder), self.entrance.capture_url, visit_of(request).base)
        view = Keys(
            tabs=tabs(ADDRESS),
            summary=f"{len(standing)} key{'' if len(standing) == 1 else 's'} can send" if lines else "none yet",
            target=to,
            recipes=recipes(to.url, fresh.text if fresh else ANY),
            standing=standing,
            revoked=tuple(line for gone, line in lines if gone),
            fresh=fresh,
            source=source,
            problem=problem,
        )
        response = respond(request, render("keys.html", self.site.shell(request), view), status)
        response.headers["Cache-Control"] = "no-store"
        return response


def kept(one: Key, now: datetime) -> Kept:
    """One key of the list."""
    ended = age(one.revoked, now) if one.revoked else ""
    href = f"/data/events?source={one.source}" if one.used else ""
    return Kept(one.id, one.source, f"{one.prefix}…", age(one.created, now), age(one.used, now), ended, href)
