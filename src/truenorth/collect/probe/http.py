"""Asking an address of the web, on a connection of its own to an address that was looked at before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore

from truenorth.collect.probe import certificate
from truenorth.collect.probe.address import addresses
from truenorth.collect.probe.outcome import Outcome, Refusal

# So much of a body is read; what comes behind is not.
MOST = 1 << 20
HOPS = 5
AGENT = "truenorth"
PORTS = {"http": 80, "https": 443}


class Pinned(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were found before, whatever a name may lead to by now."""

    def __init__(self, found: Iterable[str]) -> None:
        self._found = tuple(found)
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of them that takes one."""
        for number, address in enumerate(self._found, 1):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError:
                if number == len(self._found):
                    raise
        raise Refusal(f"dns: no address of {host} is found")


class Asked:
    """What is asked for, followed wherever the answer points."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, allow_private: bool) -> None:
        self.method, self.url, self.body = method, url, body
        self.headers = dict(headers)
        self.allow_private = allow_private

    def moved(self, status: int, to: str) -> None:
        """Go on somewhere else: what was sent along stays behind where that is another host."""
        before, self.url = urlsplit(self.url), urljoin(self.url, to)
        after = urlsplit(self.url)
        if after.scheme not in PORTS or not after.hostname:
            raise Refusal(f"redirect: {self.url[:200]} is no address of the web")
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            self.headers = {}
        if status == 303 or (status in (301, 302) and self.method == "POST"):
            self.method, self.body = "GET", b""


async def ask(asked: Asked, follow: bool, seen: Outcome) -> None:
    """Ask, and note what comes back; Refusal and AccessError say why nothing does."""
    for _ in range(HOPS + 1):
        await once(asked, seen)
        to = seen.headers.get("location", "")
        if not (follow and to and seen.status in (301, 302, 303, 307, 308)):
            return
        asked.moved(seen.status or 0, to)
    raise Refusal(f"redirect: more than {HOPS} in a row")


async def once(asked: Asked, seen: Outcome) -> None:
    """One request and its answer."""
    parts = urlsplit(asked.url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    found = await addresses(host, port, asked.allow_private)
    headers = {"host": parts.netloc.rpartition("@")[2], "user-agent": AGENT, "accept": "*/*"}
    headers |= {name.lower(): text for name, text in asked.headers.items()}
    if asked.body or asked.method in ("POST", "PUT", "PATCH"):
        headers["content-length"] = str(len(asked.body))
    path = parts.path or "/"
    address = httpcore.URL(
        scheme=parts.scheme, host=host, port=port, target=f"{path}?{parts.query}" if parts.query else path
    )
    trust = certificate.trust() if parts.scheme == "https" else None
    connection = httpcore.AsyncHTTPConnection(address.origin, trust, network_backend=Pinned(found))
    try:
        request = httpcore.Request(asked.method, address, headers=list(headers.items()), content=asked.body)
        answer = await connection.handle_async_request(request)
        await note(answer, seen)
    except httpcore.ConnectError as error:
        raise Refusal(certificate.wrong(error) or f"refused: {host} takes no connection at port {port}") from error
    except (httpcore.ProtocolError, httpcore.NetworkError) as error:
        raise Refusal(f"broken: {str(error) or 'the connection ended'}") from error
    finally:
        await connection.aclose()


async def note(answer: httpcore.Response, seen: Outcome) -> None:
    """What an answer says; of a long body the beginning."""
    seen.connected, seen.status = True, answer.status
    seen.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
    stream = answer.extensions.get("network_stream")
    found = stream.get_extra_info("ssl_object") if stream is not None else None
    if found is not None:
        seen.certificate_expires = certificate.ends(found)
    body = bytearray()
    try:
        async for piece in answer.aiter_stream():
            body += piece
            if len(body) >= MOST:
                break
    finally:
        seen.body = bytes(body[:MOST])
        await answer.aclose()
