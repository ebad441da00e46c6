"""Where a check may go: names are found first, and what is private is refused unless the check may be inside."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from truenorth.base.errors import AccessError
from truenorth.collect.probe.outcome import Refusal

THREADS = 64
IP = ipaddress.IPv4Address | ipaddress.IPv6Address
# Addresses of the newer kind with one of the older kind in their last four bytes.
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


@lru_cache
def finders() -> ThreadPoolExecutor:
    """Who asks the machine for addresses: enough, so that a name that is slow to find holds up no other."""
    return ThreadPoolExecutor(THREADS, "names")


async def addresses(host: str, port: int, allow_private: bool) -> list[str]:
    """The addresses of a host that may be gone to; Refusal where it has none, AccessError E_ADDRESS_FORBIDDEN where
    it has others only. Who connects goes to these, and asks for the name no second time."""
    plain = host.strip("[]")
    try:
        found = [str(ipaddress.ip_address(plain))]
    except ValueError:
        found = await looked_up(plain, port)
    fine = [one for one in found if allow_private or is_public(one)]
    if not fine:
        what = f"{host} is {found[0]}" if found[0] != plain else host
        hint = "add allow_private: true where that is meant"
        raise AccessError("E_ADDRESS_FORBIDDEN", f"{what}, {kind_of(found[0])}", hint=hint)
    return fine


async def looked_up(host: str, port: int) -> list[str]:
    """The addresses of a name, as this machine finds them."""
    loop = asyncio.get_running_loop()
    try:
        rows = await loop.run_in_executor(finders(), lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        raise Refusal(f"dns: no address of {host} is found") from error
    return list(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows))


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet.

    >>> is_public("8.8.8.8"), is_public("127.0.0.1"), is_public("::ffff:10.0.0.1"), is_public("169.254.169.254")
    (True, False, False, False)
    """
    one = unwrapped(ipaddress.ip_address(address))
    return one.is_global and not one.is_multicast


def unwrapped(one: IP) -> IP:
    """The older address inside a newer one, where there is one."""
    if isinstance(one, ipaddress.IPv6Address):
        inside = one.ipv4_mapped or one.sixtofour
        if inside is not None:
            return inside
        if one in TRANSLATED:
            return ipaddress.IPv4Address(int(one) & 0xFFFFFFFF)
    return one


def kind_of(address: str) -> str:
    """What an address that is not public is.

    >>> kind_of("127.0.0.1"), kind_of("10.0.0.1")
    ('an address of this machine', 'a private address')
    """
    one = unwrapped(ipaddress.ip_address(address))
    return "an address of this machine" if one.is_loopback else "a private address"
