"""Where the pages are served and for whom: this machine alone, or others too, who then need a password."""

from __future__ import annotations

import hashlib
import ipaddress
import socket
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from truenorth.access.invitation import LASTS, Invitation
from truenorth.base.errors import AccessError
from truenorth.serve.guard import Hosts, is_loopback
from truenorth.store.state import State
from truenorth.web.entrance import Clock, Entrance

ANYWHERE = ("0.0.0.0", "::")


class Listening(Struct, frozen=True):
    """What was asked for: the address to listen on, the names others use for it, and the proxies before it; and how
    others reach the collector."""

    host: str = "127.0.0.1"
    port: int = 8321
    public_url: str = ""
    names: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    password: bool = False
    capture_url: str = ""

    @property
    def elsewhere(self) -> bool:
        """Whether other machines may get here."""
        return bool(self.public_url or self.names or self.proxies) or not is_loopback(address_of(self.host))


def address_of(host: str) -> str:
    """The address to listen on; AccessError E_NO_SUCH_ADDRESS for a name that has none.

    >>> address_of("localhost"), address_of("[::1]"), address_of("*")
    ('127.0.0.1', '::1', '0.0.0.0')
    """
    if is_loopback(host) and not _is_address(host):
        return "127.0.0.1"
    plain = "0.0.0.0" if host == "*" else host.strip("[]")
    if _is_address(plain):
        return plain
    try:
        return str(socket.getaddrinfo(plain or "?", None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError) as error:
        hint = "use an address of this machine, 0.0.0.0 for all of them, or 127.0.0.1 for this machine alone"
        raise AccessError("E_NO_SUCH_ADDRESS", f'"{host}" has no address', hint=hint) from error


def _is_address(word: str) -> bool:
    try:
        return bool(ipaddress.ip_address(word.strip("[]")))
    except ValueError:
        return False


def hosts_of(asked: Listening) -> Hosts:
    """The names that the pages answer to."""
    if not asked.elsewhere:
        return Hosts()
    public = urlsplit(asked.public_url).hostname or ""
    own = socket.gethostname().lower()
    names = {name.lower() for name in (*asked.names, public, own, f"{own}.local") if name}
    return Hosts(frozenset(names), addresses=True)


def entrance_of(folder: Path, state: State, asked: Listening, clock: Clock) -> Entrance:
    """The door: a password is needed wherever others may get here; without an account there is an invitation.

    AccessError E_BAD_PUBLIC_URL, E_BAD_PROXY.
    """
    needed = asked.elsewhere or asked.password
    mark = hashlib.blake2b(str(folder.resolve()).encode(), digest_size=4).hexdigest()
    entrance = Entrance(
        state, clock, needed, f"truenorth_{mark}", checked_url(asked.public_url), checked_proxies(asked.proxies)
    )
    entrance.elsewhere = asked.elsewhere
    entrance.capture_url = checked_url(asked.capture_url)
    if needed and not entrance.has_account():
        entrance.invitation = Invitation(clock())
    return entrance


def checked_url(word: str) -> str:
    """The address by which others reach the pages, without a slash at its end; AccessError E_BAD_PUBLIC_URL."""
    parts = urlsplit(word)
    plain = (
        parts.scheme in ("http", "https") and parts.hostname and word.rstrip("/") == f"{parts.scheme}://{parts.netloc}"
    )
    if word and not plain:
        hint = "write it like https://metrics.example, without a path"
        raise AccessError("E_BAD_PUBLIC_URL", f'"{word}" is not an address of pages', hint=hint)
    return word.rstrip("/")


def checked_proxies(words: tuple[str, ...]) -> frozenset[str]:
    """The addresses of proxies; AccessError E_BAD_PROXY."""
    for word in words:
        if not _is_address(word):
            raise AccessError("E_BAD_PROXY", f'"{word}" is not the address of a proxy', hint="write it like 127.0.0.1")
    return frozenset(str(ipaddress.ip_address(word.strip("[]"))) for word in words)


def shown_url(asked: Listening, url: str) -> str:
    """The address to tell people: the public one, else that of the machine where all its addresses are listened on."""
    if asked.public_url:
        return asked.public_url.rstrip("/")
    parts = urlsplit(url)
    return f"http://{socket.gethostname()}:{parts.port}" if parts.hostname in ANYWHERE else url


def invitation_lines(entrance: Entrance, url: str) -> tuple[str, ...]:
    """What the terminal says where there is no account yet."""
    if entrance.invitation is None:
        return ()
    hours = LASTS // timedelta(hours=1)
    return (
        "There is no account yet. Make the first one here:",
        f"  {url}/set-up?code={entrance.invitation.word}",
        f"The address works once, for {hours} hour{'s' * (hours > 1)}; who has it decides who gets in.",
    )
