"""A page from its template: the shell around it, the theme a person chose, and an ETag so that it is not sent twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from truenorth import __version__
from truenorth.web.asset import assets
from truenorth.web.code import quoted
from truenorth.web.view import Choice
from truenorth.web.visit import Visit, visit_of

if TYPE_CHECKING:
    from jinja2 import Environment

THEMES = ("light", "dark")
NEXT = {"": "light", "light": "dark", "dark": "system"}
PAGES = (
    ("Home", "/", "g h"),
    ("Metrics", "/metrics", "g m"),
    ("People", "/people", "g p"),
    ("Objectives", "/slos", "g o"),
    ("Data", "/data", "g d"),
)


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around every page."""

    name: str
    locale: str
    theme: str
    next_theme: str
    pages: tuple[Choice, ...]
    here: str
    banner: tuple[str, ...] = ()
    version: str = __version__
    visit: Visit = field(default_factory=Visit)
    sharing: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages of one workspace have in common; `sharing` is whether links to a page can be made."""

    name: str
    locale: str = "en"
    banner: tuple[str, ...] = ()
    sharing: bool = False

    def shell(self, request: Request, bare: bool = False) -> Shell:
        """The shell for one request; a bare one leads nowhere: for who is not signed in, or may see one page only."""
        visit = visit_of(request)
        bare = bare or visit.shared or visit.stranger
        chosen = request.cookies.get("theme", "")
        theme = chosen if chosen in THEMES else ""
        path = request.url.path
        here = (
            "/metrics"
            if path.startswith(("/metrics", "/m/", "/statement/", "/cohorts/", "/retention/", "/gap/", "/table/"))
            else "/data"
            if path.startswith("/data")
            else "/people"
            if path.startswith("/people")
            else path
        )
        pages = tuple(Choice(label, href, here == href, key) for label, href, key in PAGES)
        address = path + (f"?{request.url.query}" if request.url.query else "")
        banner = () if bare else self.banner
        return Shell(
            self.name,
            self.locale,
            theme,
            NEXT[theme],
            pages,
            address,
            banner,
            visit=visit,
            sharing=self.sharing,
            bare=bare,
        )


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates: everything escaped, every unknown name an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["asset"] = assets().url
    made.filters["quoted"] = quoted
    return made


def render(template: str, shell: Shell, view: object) -> str:
    """The HTML of a page."""
    return environment().get_template(template).render(shell=shell, view=view)


def respond(request: Request, text: str, status: int = 200) -> Response:
    """The page as a response; an unchanged one is answered with 304."""
    body = text.encode()
    tag = f'"{blake2b(body, digest_size=10).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Cookie"}
    if status == 200 and request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers, media_type="text/html; charset=utf-8")
