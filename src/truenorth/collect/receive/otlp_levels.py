"""The levels that all requests of OTLP share: resources, scopes of each, and of each scope metrics, records or spans.

They are gone through level by level, so that a body of millions of nothings costs little more than its own size.
"""

from __future__ import annotations

from collections.abc import Iterator

from truenorth.collect.receive.wire import DecodeError, crowded, message, pool

MOST = 500_000
# One resource, scope, record or point; its values are in memory as messages, far larger than their bytes.
_LARGEST = 4 << 20
_POOL = pool(
    {
        "Request": {"resources": (1, "*bytes")},
        "Resource": {"above": (1, "bytes"), "scopes": (2, "*bytes")},
        "Scope": {"above": (1, "bytes"), "leaves": (2, "*bytes")},
    }
)
_REQUEST, _RESOURCE, _SCOPE = (message(_POOL, name) for name in ("Request", "Resource", "Scope"))


def levels(body: bytes) -> Iterator[tuple[bytes, bytes, list[bytes]]]:
    """The resource, the scope and what is below it, as bytes, for each scope; DecodeError when a body is no request,
    or holds more than anyone sends at once."""
    seen = 0
    for resource in _some(_REQUEST.FromString(sparse(body)).resources, 0):
        above = _RESOURCE.FromString(sparse(resource))
        for piece in _some(above.scopes, seen):
            scope = _SCOPE.FromString(sparse(piece))
            leaves = _some(scope.leaves, seen)
            seen += len(leaves) + 1
            yield small(above.above), small(scope.above), leaves
        seen += 1


def alone(resource: bytes, scope: bytes, leaf: bytes) -> bytes:
    """A request with just one leaf."""
    inner = _SCOPE(above=scope, leaves=[leaf]).SerializeToString()
    outer = _RESOURCE(above=resource, scopes=[inner]).SerializeToString()
    return bytes(_REQUEST(resources=[outer]).SerializeToString())


def small(body: bytes) -> bytes:
    """The same bytes; DecodeError when one thing alone is larger than anyone sends."""
    if len(body) > _LARGEST:
        raise DecodeError(f"one piece is larger than {_LARGEST >> 20} MiB")
    return body


def sparse(body: bytes) -> bytes:
    """The same bytes; DecodeError when they are a message of more pieces than anyone sends at once."""
    if crowded(body, MOST):
        raise DecodeError(f"it holds more than {MOST:,} pieces")
    return body


def _some(pieces: list[bytes], seen: int) -> list[bytes]:
    if seen + len(pieces) > MOST:
        raise DecodeError(f"it holds more than {MOST:,} pieces")
    return list(pieces)
