"""One request to an ASGI app, without a server."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp

Headers = tuple[tuple[bytes, bytes], ...]
Reply = tuple[int, dict[str, str], str]


def asked(app: ASGIApp, method: str = "GET", host: str | None = "127.0.0.1:8321", more: Headers = ()) -> Reply:
    """(status, headers, body) of one request."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", host.encode())] if host is not None else []
    scope = {"type": "http", "method": method, "path": "/", "headers": [*headers, *more], "query_string": b""}
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    start, *bodies = sent
    found = {key.decode().lower(): value.decode() for key, value in start["headers"]}
    return start["status"], found, b"".join(part.get("body", b"") for part in bodies).decode()
