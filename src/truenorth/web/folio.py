"""A page and its files behind one address: what is asked is read in one place, and shown or written from there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from truenorth.query.answer import Answer
from truenorth.web import twin
from truenorth.web.page import Site, render, respond
from truenorth.web.question import Workspace, without_places
from truenorth.web.visit import visit_of

Endpoint = Callable[[Request], Response]
Place = Callable[[Answer], Answer]
Found = TypeVar("Found")


class Folio(ABC, Generic[Found]):
    """The endpoints of one kind of page, `/stem/{name}`, and of its files, `/stem/{name}.{form}`."""

    stem: ClassVar[str]
    template: ClassVar[str]
    # What stands at both addresses, for the list of them.
    about: ClassVar[tuple[str, str]]

    def __init__(self, workspace: Workspace, site: Site) -> None:
        self.workspace = workspace
        self.site = site

    @abstractmethod
    def ask(self, request: Request) -> Found:
        """What the address asks for, answered; AbsentMetric or QueryError where it cannot be."""

    @abstractmethod
    def view(self, found: Found) -> object:
        """What the template shows of it."""

    @abstractmethod
    def written(self, found: Found, form: str, place: Place) -> Response:
        """The same as a file; `place` takes from an answer what its reader may not know."""

    def page(self, request: Request) -> Response:
        """The page."""
        return respond(request, render(self.template, self.site.shell(request), self.view(self.ask(request))))

    def file(self, request: Request) -> Response:
        """Its file."""
        form = request.path_params["form"]
        twin.check(form)
        folder, shared = self.workspace.folder, visit_of(request).shared
        return self.written(self.ask(request), form, partial(without_places, folder=folder) if shared else same)

    def routes(self, safe: Callable[[Endpoint], Endpoint]) -> list[Route]:
        """Both addresses."""
        page, file = safe(self.page), safe(self.file)
        page.__doc__, file.__doc__ = self.about
        return [Route(f"/{self.stem}/{{name}}.{{form}}", file), Route(f"/{self.stem}/{{name}}", page, name=self.stem)]


def same(answer: Answer) -> Answer:
    """The answer with all that it tells."""
    return answer
