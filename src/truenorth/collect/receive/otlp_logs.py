"""Log records of OTLP as events: those with an event's name under it, the others under the name `log`."""

from __future__ import annotations

from typing import Any

import msgspec
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from truenorth.collect.receive.batch import Events
from truenorth.collect.receive.otlp_attributes import Plain, attributes, plain, scope_of
from truenorth.collect.receive.otlp_levels import levels, small

# The names under which OpenTelemetry's conventions, new and old, carry who and in which session.
_USER = ("user.id", "enduser.id")
_SESSION = ("session.id",)
_DEVICE = ("app.installation.id", "device.id", "browser.id")
_UNIQUE = "log.record.uid"
_OTHERS = "log"


def events(body: bytes) -> Events:
    """The records of a logs request; DecodeError when it is none.

    Attributes become properties under their own names, before them those of the scope and the resource; `body`,
    `severity`, `trace_id` and `span_id` beside them where they are said.
    """
    found = Events()
    for above, below, records in levels(body):
        resource = attributes(Resource.FromString(above).attributes)
        library = " ".join(str(resource.get(f"telemetry.sdk.{word}") or "") for word in ("name", "language", "version"))
        scope = {**resource, **scope_of(InstrumentationScope.FromString(below))}
        for record in map(LogRecord.FromString, map(small, records)):
            _add(record, scope, " ".join(library.split()), found)
    return found


def count(body: bytes) -> int:
    """How many records a logs request holds; DecodeError when it is none, or one of them cannot be read."""
    total = 0
    for above, below, records in levels(body):
        Resource.FromString(above)
        InstrumentationScope.FromString(below)
        total += sum(1 for _ in map(LogRecord.FromString, map(small, records)))
    return total


def _add(record: Any, scope: dict[str, Plain], library: str, found: Events) -> None:
    own = attributes(record.attributes)
    named = own.pop("event.name", None)
    properties = {**scope, **own}
    for name, value in (
        ("body", plain(record.body) if record.HasField("body") else None),
        ("severity", record.severity_text or record.severity_number or None),
        ("trace_id", record.trace_id.hex() or None),
        ("span_id", record.span_id.hex() or None),
    ):
        if value is not None:
            properties.setdefault(name, value)
    stamp = record.time_unix_nano or record.observed_time_unix_nano
    found.unique.append(_first(own, (_UNIQUE,)) or "")
    found.event_id.append(_first(own, (_UNIQUE,)) or "")
    found.event.append(record.event_name or (named if isinstance(named, str) and named else _OTHERS))
    found.client_time.append(stamp // 1000 if stamp else None)
    found.sent_at.append(None)
    found.skewed.append(False)
    found.seq.append(len(found.seq))
    found.anonymous_id.append(_first(properties, _DEVICE))
    found.user_id.append(_first(properties, _USER))
    found.session_id.append(_first(properties, _SESSION))
    found.groups.append(None)
    found.properties.append(msgspec.json.encode(properties))
    found.library.append(library)


def _first(properties: dict[str, Plain], names: tuple[str, ...]) -> str | None:
    """The first of these that is said, as text."""
    for name in names:
        value = properties.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return None
