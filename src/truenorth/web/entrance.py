"""What the pages know of the door before them: the state, the clock, and whether a password is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from truenorth.access.invitation import Invitation
from truenorth.access.person import people
from truenorth.store.state import State

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Entrance:
    """The door of one workspace. `mark` tells its cookies from those of another workspace on the same machine.

    `public_url` is how others reach the pages, `capture_url` how they reach the collector, `proxies` are the addresses
    whose word about a visitor is taken, and `elsewhere` is whether other machines may get here at all.
    """

    state: State
    clock: Clock
    needed: bool = False
    mark: str = "truenorth"
    public_url: str = ""
    proxies: frozenset[str] = frozenset()
    invitation: Invitation | None = None
    elsewhere: bool = False
    capture_url: str = ""
    _found: bool = False

    def has_account(self) -> bool:
        """Whether anybody can sign in; until then there is only the set-up page."""
        self._found = self._found or bool(people(self.state))
        return self._found

    def cookie(self, kind: str, secure: bool) -> str:
        """The name of a cookie; over https the browser itself then holds it to this host, to https, and to no path."""
        return f"__Host-{self.mark}_{kind}" if secure else f"{self.mark}_{kind}"
