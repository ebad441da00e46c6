"""Going to a port: whether it takes connections, and what certificate it shows."""

from __future__ import annotations

import asyncio
import ssl

from truenorth.collect.probe import certificate
from truenorth.collect.probe.address import addresses
from truenorth.collect.probe.outcome import Outcome, Refusal


async def connect(place: str, secure: bool, allow_private: bool, seen: Outcome) -> None:
    """Connect to a host and port, and note what is seen; Refusal and AccessError say why there is no connection."""
    host, _, port = place.rpartition(":")
    host = host.strip("[]")
    found = await addresses(host, int(port), allow_private)
    for number, address in enumerate(found, 1):
        try:
            await opened(address, int(port), host if secure else "", seen)
            return
        except OSError as error:
            told = certificate.wrong(error)
            if told or number == len(found):
                raise Refusal(told or f"refused: {host} takes no connection at port {port}") from error


async def opened(address: str, port: int, name: str, seen: Outcome) -> None:
    """One connection, closed again; with a name, a secure one to whom that name belongs."""
    trust = certificate.trust() if name else None
    _, writer = await asyncio.open_connection(address, port, ssl=trust, server_hostname=name or None)
    seen.connected = True
    found = writer.get_extra_info("ssl_object")
    if isinstance(found, ssl.SSLObject):
        seen.certificate_expires = certificate.ends(found)
    writer.transport.abort()
