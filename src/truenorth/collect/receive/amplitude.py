"""Amplitude's HTTP API: `/2/httpapi`, `/batch`, and the forms of `/identify` and `/groupidentify`."""

from __future__ import annotations

from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.amplitude_rows import FIELD, IDENTITIES, check, rows
from truenorth.collect.receive.answer import answer, asked, unread
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.bundle import content
from truenorth.collect.receive.peek import begins_with
from truenorth.collect.receive.request import Received, Refused, Reply, Request
from truenorth.collect.receive.row import word
from truenorth.collect.receive.tested import Tested, tested
from truenorth.collect.spool.frame import Frame

_BATCH = "/batch"
_PATHS = {"/2/httpapi", "/2/batch", _BATCH, *IDENTITIES}
# Of whom too much came; its libraries look for these beside the words.
_SLOWLY: dict[str, Any] = {
    "eps_threshold": 0,
    "throttled_devices": {},
    "throttled_users": {},
    "throttled_events": [],
    "exceeded_daily_quota_users": {},
    "exceeded_daily_quota_devices": {},
}


class Amplitude:
    """Amplitude's way of sending: events with what changes about people and groups among them."""

    name = "amplitude"

    def takes(self, request: Request) -> bool:
        """Whether the path is one of Amplitude's; `/batch` is PostHog's as well, so there the body decides."""
        path = request.path.rstrip("/")
        if path == _BATCH:
            return begins_with(request.body, FIELD, "batch")
        return path in _PATHS

    def receive(self, request: Request) -> Received:
        """200 when anything is taken, 400 with the places of what is wrong when nothing can be."""
        path = request.path.rstrip("/")
        if path not in _PATHS:
            return Received(_wrong(404, "not found"), open=True)
        if request.method not in ("POST", "GET"):
            return Received(_wrong(405, "events are sent by POST"), open=True)
        try:
            return _taken(request, path)
        except SourceError as error:
            reply = _wrong(413 if error.code == "E_BODY_TOO_LARGE" else 400, str(error))
            return unread(reply, request, error, asked(request.query).get("api_key", ""))

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """Amplitude's error. A wrong key is 400 in its words, upon which its libraries stop; they halve a batch after
        413, and come back after 429 and 503."""
        if status == 401:
            return _wrong(400, f"Invalid API key: {words}")
        return _wrong(status, words)

    def rows(self, frame: Frame) -> Batch:
        """The events of a kept body, with who was identified as whom."""
        return rows(frame)


def _wrong(status: int, words: str) -> Reply:
    return answer(status, {"code": status, "error": words, **(_SLOWLY if status == 429 else {})})


def _taken(request: Request, path: str) -> Received:
    form = _form(request) if path in IDENTITIES else {}
    key = form.get("api_key") or asked(request.query).get("api_key", "")
    body = content((form.get("identification") or "").encode() if form else request.body)
    found = tested(body, FIELD, lambda event: check(event, path))
    key = word(found.envelope.get("api_key")) or key or _key_of(found)
    count = len(found.events)
    if not count and found.refused:
        return Received(_refusal(found.refused), key, refused=found.refused, open=not key)
    said = {
        "code": 200,
        "events_ingested": count,
        "payload_size_bytes": len(request.body),
        "server_upload_time": request.received_at // 1000,
    }
    return Received(answer(200, said), key, found.body if count else b"", "", count, found.refused)


def _form(request: Request) -> dict[str, str]:
    """The fields of a form in the body, or in the address of a GET; none of a body in JSON."""
    text = request.body.decode("utf-8", "replace") if request.body else request.query
    fields = asked(text) if "identification=" in text else {}
    return fields if "identification" in fields else {}


def _key_of(found: Tested) -> str:
    """The one key that the events themselves carry."""
    keys = {word(event.get("api_key")) for event in found.events}
    return keys.pop() if len(keys) == 1 else ""


def _refusal(refused: tuple[Refused, ...]) -> Reply:
    """Which events are wrong, by the field and their places: a library sends those never again."""
    missing: dict[str, list[int]] = {}
    invalid: dict[str, list[int]] = {}
    for one in refused:
        if one.code == "E_EVENT_NO_NAME":
            missing.setdefault("event_type", []).append(int(one.place))
        elif one.code == "E_EVENT_NO_ID":
            missing.setdefault("user_id", []).append(int(one.place))
        else:
            invalid.setdefault("event", []).append(int(one.place))
    said = {
        "code": 400,
        "error": refused[0].reason,
        "events_with_invalid_fields": invalid,
        "events_with_missing_fields": missing,
    }
    return answer(400, said)


AMPLITUDE = Amplitude()
