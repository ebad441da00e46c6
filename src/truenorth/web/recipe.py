"""What to paste into a page, a program or a configuration, so that it sends here, address and key in it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from truenorth.collect.capturing import Capturing

# Every address of the machine: nobody can be reached by these.
EVERYWHERE = ("0.0.0.0", "::")
NEAR = ("127.0.0.1", "::1", "localhost")
USUAL = "http://127.0.0.1:8322"

CURL = """\
curl {url}/v1/events -H 'Authorization: Bearer {key}' \\
  -d '[{{"event": "hello", "user_id": "ann", "properties": {{"plan": "pro"}}}}]'"""
PAGE = '<script defer src="{url}/tn.js" data-key="{key}"></script>'
POSTHOG_PAGE = 'posthog.init("{key}", {{api_host: "{url}"}});'
POSTHOG_PYTHON = 'posthog = Posthog("{key}", host="{url}")'
POSTHOG_NODE = 'const posthog = new PostHog("{key}", {{host: "{url}"}});'
SEGMENT_PAGE = 'AnalyticsBrowser.load({{writeKey: "{key}", cdnURL: "{url}"}});'
SEGMENT_PYTHON = 'analytics = Client("{key}", host="{url}")'
SEGMENT_NODE = 'const analytics = new Analytics({{writeKey: "{key}", host: "{url}"}});'
GOOGLE = """\
curl '{url}/mp/collect?measurement_id=G-1&api_secret={key}' \\
  -d '{{"client_id": "123.456", "events": [{{"name": "sign_up", "params": {{"method": "mail"}}}}]}}'"""
OTLP = """\
export OTEL_EXPORTER_OTLP_ENDPOINT={url}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20{key}\""""
PROMETHEUS = """\
remote_write:
  - url: {url}/api/v1/write
    authorization: {{credentials: {key}}}"""

WAYS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Try it", "One event from a terminal; it is under Live events a moment later.", {"": CURL}),
    ("A web page", "Page views, sessions and web vitals, in 3 kB, without cookies.", {"": PAGE}),
    (
        "PostHog’s libraries",
        "The address and the key are all that changes.",
        {"pages": POSTHOG_PAGE, "Python": POSTHOG_PYTHON, "Node": POSTHOG_NODE},
    ),
    (
        "Segment’s libraries",
        "Here too, nothing else changes.",
        {"pages": SEGMENT_PAGE, "Python": SEGMENT_PYTHON, "Node": SEGMENT_NODE},
    ),
    ("OpenTelemetry", "Metrics and logs of a program in any language, by its environment.", {"": OTLP}),
    ("Prometheus", "Three lines in prometheus.yml send all that it scrapes.", {"": PROMETHEUS}),
    ("Google Analytics 4", "The Measurement Protocol, with the key as its secret.", {"": GOOGLE}),
)
SILENT = (
    "Nothing is collected at the moment: `truenorth serve` does that beside the pages, unless `--no-capture` is said."
)
ALONE = (
    "This address is for this machine only. For others, serve with `--capture-host`, or put a web server with a"
    " certificate before it and tell its address with `--capture-url`."
)
SECURE = (
    "Pages on https send to https only: put a web server with a certificate before the collector, and tell its address"
    " with `--capture-url`."
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to send, ready to be pasted: a text for each place where it may be."""

    title: str
    about: str
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: the address, and what has to be known of it."""

    url: str
    note: str = ""


def recipes(url: str, key: str) -> tuple[Recipe, ...]:
    """Every way to send to an address with a key.

    >>> print(recipes("https://collect.example", "tn_web_x")[2].codes[1][1])
    posthog = Posthog("tn_web_x", host="https://collect.example")
    """
    return tuple(
        Recipe(title, about, tuple((place, code.format(url=url, key=key)) for place, code in codes.items()))
        for title, about, codes in WAYS
    )


def target(capture: Capturing | None, public: str, base: str) -> Target:
    """Where events go, for who opened the pages at `base`; `public` is what was said to be the collector's address.

    >>> target(None, "https://collect.example", "http://127.0.0.1:8321").url
    'https://collect.example'
    """
    if capture is None:
        return Target(public or USUAL, SILENT)
    if public:
        return Target(public)
    parts = urlsplit(capture.url)
    if parts.hostname in EVERYWHERE:
        host = urlsplit(base).hostname or ""
        near = f"[{host}]" if ":" in host else host
        return Target(f"http://{near}:{parts.port}", "" if base.startswith("http:") else SECURE)
    return Target(capture.url, ALONE if parts.hostname in NEAR else "")
