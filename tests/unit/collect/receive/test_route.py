"""A request finds its dialect by its prefix, or by the vendor's own path."""

from __future__ import annotations

import pytest

from tests.unit.collect.receive.wire import request
from truenorth.collect.receive.route import DIALECTS, dialect, route


@pytest.mark.parametrize(
    ("path", "name", "rest"),
    [
        ("/v1/events", "native", "/v1/events"),
        ("/ingest/native/v1/events", "native", "/v1/events"),
        ("/tn.js", "native", "/tn.js"),
        ("/batch/", "posthog", "/batch/"),
        ("/i/v0/e/", "posthog", "/i/v0/e/"),
        ("/ingest/posthog/e/", "posthog", "/e/"),
        ("/ingest/posthog", "posthog", "/"),
        ("/v1/batch", "segment", "/v1/batch"),
        ("/v1/t", "segment", "/v1/t"),
        ("/v1/projects/k/settings", "segment", "/v1/projects/k/settings"),
        ("/2/httpapi", "amplitude", "/2/httpapi"),
        ("/ingest/amplitude/batch", "amplitude", "/batch"),
        ("/identify", "amplitude", "/identify"),
        ("/api/send", "umami", "/api/send"),
        ("/api/event", "plausible", "/api/event"),
        ("/track", "mixpanel", "/track"),
        ("/engage/", "mixpanel", "/engage/"),
        ("/ingest/mixpanel/import", "mixpanel", "/import"),
        ("/ingest/posthog/track/", "posthog", "/track/"),
        ("/mp/collect", "google", "/mp/collect"),
        ("/debug/mp/collect", "google", "/debug/mp/collect"),
    ],
)
def test_paths(path: str, name: str, rest: str) -> None:
    found = route(request(path, {"batch": []}))
    assert found is not None and (found[0].name, found[1].path) == (name, rest)


@pytest.mark.parametrize(
    "path", ["/", "/ingest/", "/ingest/nobody/e/", "/metrics/revenue", "/batches", "/v1/projects", "/v1/x"]
)
def test_paths_of_nobody(path: str) -> None:
    assert route(request(path)) is None


def test_names_are_different() -> None:
    assert len({one.name for one in DIALECTS}) == len(DIALECTS)
    assert all(dialect(one.name) is one for one in DIALECTS) and dialect("nobody") is None
