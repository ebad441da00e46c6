"""Requests as clients put them on the wire, and what becomes of them, by name of a column."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.request import Received, Request
from truenorth.collect.receive.route import dialect, route
from truenorth.collect.spool.frame import Frame

NOW = 1_795_322_500_000_000  # 2026-11-22T04:41:40Z
TIME = "2026-11-22T04:41:23.496Z"
TIME_AT = 1_795_322_483_496_000
SENT = "2026-11-22T04:41:24Z"
SENT_AT = 1_795_322_484_000_000


def request(path: str, body: Any = b"", method: str = "POST", **headers: str) -> Request:
    """A request to a path with its query; a body that is not bytes is sent as JSON."""
    path, _, query = path.partition("?")
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, path, query, named, raw, NOW)


def received(asked: Request) -> Received:
    """What the dialect of the request makes of it."""
    found = route(asked)
    assert found is not None, f"nobody takes {asked.path}"
    return found[0].receive(found[1])


def reply(asked: Request) -> Any:
    """The JSON of the answer."""
    return msgspec.json.decode(received(asked).reply.body)


def kept(asked: Request) -> Batch:
    """The rows that the loader would get of a request."""
    found = route(asked)
    assert found is not None
    got = found[0].receive(found[1])
    frame = Frame("web", found[0].name, got.form, found[1].path, asked.query, NOW, got.count, got.body, got.refused)
    reader = dialect(frame.dialect)
    assert reader is not None and (got.body or not got.count)
    return reader.rows(frame) if got.body else Batch()


def events(asked: Request) -> list[dict[str, Any]]:
    """The rows of a request as dictionaries, properties and groups as values."""
    columns = msgspec.structs.asdict(kept(asked).events)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for row in rows:
        row["properties"] = msgspec.json.decode(row["properties"])
        row["groups"] = msgspec.json.decode(row["groups"]) if row["groups"] else None
    return rows


def event(asked: Request) -> dict[str, Any]:
    """The one row of a request."""
    (row,) = events(asked)
    return row
