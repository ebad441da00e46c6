"""Results of checks: of the process that tries them here, of others elsewhere, and of what reports itself.

`POST /v1/checks` takes a list of results from another location; `POST /checks/NAME/beat` says that NAME is alive, or
with `?ok=false&error=…` that it is not.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from truenorth.collect.probe.outcome import Result
from truenorth.collect.receive.answer import answer, asked
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.credential import credential
from truenorth.collect.receive.request import Received, Refused, Reply, Request
from truenorth.collect.spool.frame import Frame

RESULTS = "/v1/checks"
BEAT = re.compile(r"/checks/([A-Za-z_][A-Za-z0-9_]{0,99})/beat/?")
# A result is of now or of before: a clock that is further ahead is wrong.
AHEAD = 300_000_000
LONGEST = 300
_results = msgspec.json.Decoder(list[Result]).decode


class Checks:
    """Results, each of one try."""

    name = "checks"

    def takes(self, request: Request) -> bool:
        """Whether it is sent to a path of checks."""
        return request.path.rstrip("/") == RESULTS or BEAT.fullmatch(request.path) is not None

    def receive(self, request: Request) -> Received:
        """200 when results are taken, 400 with the reason when they cannot be read."""
        found = BEAT.fullmatch(request.path)
        if request.method != "POST" and not (found and request.method == "GET"):
            return Received(self.denied(request, 405, "results are sent by POST"), open=True)
        key = credential(request)
        try:
            results = [beat(found[1], request)] if found else _results(request.body)
        except (msgspec.MsgspecError, ValueError) as error:
            return Received(
                self.denied(request, 400, f"this is no list of results: {error}"[:LONGEST]), key, open=not key
            )
        late = next((one for one in results if one.time > request.received_at + AHEAD), None)
        if late is not None:
            words = f'the result of "{late.check}" is of a time that is to come'
            return Received(self.denied(request, 400, words), key, open=not key)
        body = msgspec.json.encode(results) if results else b""
        return Received(answer(200, {"taken": len(results)}), key, body, "beat" if found else "", len(results))

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """One error for the whole request."""
        return answer(status, {"error": {"status": status, "message": words}})

    def rows(self, frame: Frame) -> Batch:
        """The results of a kept body."""
        try:
            return Batch(results=_results(frame.body))
        except (msgspec.MsgspecError, ValueError) as error:
            return Batch(refused=[Refused("E_BODY_UNREADABLE", f"no list of results: {error}"[:LONGEST], frame.body)])


def beat(name: str, request: Request) -> Result:
    """What is said by something that reports itself; ValueError where its words are none."""
    words: dict[str, Any] = asked(request.query)
    ok = {"": True, "true": True, "false": False}.get(words.get("ok", ""))
    if ok is None:
        raise ValueError(f'ok is true or false, not "{words["ok"][:40]}"')
    duration = float(words["duration"]) if "duration" in words else None
    error = "" if ok else (words.get("error", "") or "it says that it failed")[:LONGEST]
    return Result(name, request.received_at, ok, duration_ms=duration, error=error)


CHECKS = Checks()
