"""Who asks for a page, as far as the door found out, and the word that the forms on it carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from truenorth.access.form import form_token
from truenorth.access.secret import random_word


@dataclass(slots=True)
class Visit:
    """One request's visitor. `secret` is the word of the visitor's cookie; the door sets one that was made here.

    `base` is how we are asked, such as https://metrics.example. A `stranger` would have to sign in and has not; with
    `shared`, one page may be seen, by a link.
    """

    person: str = ""
    secret: str = ""
    address: str = ""
    browser: str = ""
    base: str = ""
    secure: bool = False
    shared: bool = False
    stranger: bool = False
    form: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False

    @property
    def who(self) -> str:
        """Who acts, as the audit tells it."""
        return self.person or "this machine"

    def token(self) -> str:
        """What a form of this page carries; a visitor without a cookie gets one."""
        if not self.secret:
            self.secret, self.fresh = random_word(32), True
        return form_token(self.secret)


def visit_of(request: Request) -> Visit:
    """The visitor of a request; a plain one where no door stands before the pages."""
    found = request.scope.get("visit")
    return found if isinstance(found, Visit) else Visit()


def own_path(word: str, otherwise: str = "/") -> str:
    r"""A path of ours to go to next, or another for what could lead elsewhere.

    >>> [own_path(word) for word in ("/m/revenue?by=plan", "//evil.example", "https://evil.example", "/\\evil.example")]
    ['/m/revenue?by=plan', '/', '/', '/']
    """
    plain = word.isprintable() and not set(word) & {"\\", " "}
    return word if plain and word.startswith("/") and not word.startswith("//") else otherwise


def plain_path(path: str) -> str:
    """A path as the log may have it: on one line, and without the word that opens a shared page.

    >>> plain_path("/share/abc.csv"), plain_path("/m/x")
    ('/share/…', '/m/x')
    """
    return repr("/share/…" if path.startswith("/share/") else path[:200])[1:-1]
