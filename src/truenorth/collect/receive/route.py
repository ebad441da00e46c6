"""Which dialect a request speaks: said by its prefix, or found out at the vendor's own path."""

from __future__ import annotations

import msgspec

from truenorth.collect.receive.amplitude import AMPLITUDE
from truenorth.collect.receive.checks import CHECKS
from truenorth.collect.receive.dialect import Dialect
from truenorth.collect.receive.google import GOOGLE
from truenorth.collect.receive.mixpanel import MIXPANEL
from truenorth.collect.receive.native import NATIVE
from truenorth.collect.receive.otlp import OTLP
from truenorth.collect.receive.plausible import PLAUSIBLE
from truenorth.collect.receive.posthog import POSTHOG
from truenorth.collect.receive.prometheus import PROMETHEUS
from truenorth.collect.receive.request import Request
from truenorth.collect.receive.segment import SEGMENT
from truenorth.collect.receive.statsd import STATSD
from truenorth.collect.receive.umami import UMAMI

PREFIX = "/ingest/"
DIALECTS: tuple[Dialect, ...] = (
    NATIVE,
    POSTHOG,
    SEGMENT,
    MIXPANEL,
    AMPLITUDE,
    UMAMI,
    PLAUSIBLE,
    GOOGLE,
    PROMETHEUS,
    OTLP,
    STATSD,
    CHECKS,
)


def route(request: Request) -> tuple[Dialect, Request] | None:
    """The dialect of a request, and the request as that dialect sees it: its path without the prefix. None when no
    dialect knows it.

    >>> found = route(Request("POST", "/ingest/posthog/batch/", "", {}, b"", 0))
    >>> found and (found[0].name, found[1].path)
    ('posthog', '/batch/')
    """
    if request.path.startswith(PREFIX):
        name, _, rest = request.path.removeprefix(PREFIX).partition("/")
        said = dialect(name)
        return None if said is None else (said, msgspec.structs.replace(request, path="/" + rest))
    for one in DIALECTS:
        if one.takes(request):
            return one, request
    return None


def dialect(name: str) -> Dialect | None:
    """The dialect of that name, as a frame in the spool says it."""
    return next((one for one in DIALECTS if one.name == name), None)
