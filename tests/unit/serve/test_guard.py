"""The door of the pages: strict headers, this machine only, questions only."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.unit.serve.asking import Headers, Reply, asked
from truenorth.serve.guard import Guard, Hosts, host_of, is_loopback


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"Content-Security-Policy": "default-src *", "X-Own": "kept"}
    await PlainTextResponse("a page", headers=headers)(scope, receive, send)


def ask(app: ASGIApp, method: str = "GET", host: str | None = "127.0.0.1:8321", more: Headers = ()) -> Reply:
    return asked(Guard(app), method, host, more)


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("secret detail")


def test_every_answer_is_strict() -> None:
    status, headers, body = ask(page)
    assert (status, body) == (200, "a page")
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["x-own"] == "kept"


@pytest.mark.parametrize("host", ["localhost", "localhost:8321", "127.0.0.1", "[::1]:8321", "LOCALHOST:1", "127.9.9.9"])
def test_this_machine_may_ask(host: str) -> None:
    assert ask(page, host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8321",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.5",
        "0.0.0.0",
        "",
        "127.0.0.1:1@evil.example",
        "[::1]evil.example",
        "localhost:8321/evil.example",
        "127.0.0.1:",
        "localhost:8321 evil.example",
    ],
)
def test_a_name_that_points_here_may_not(host: str) -> None:
    status, headers, body = ask(page, host=host)
    assert status == 403
    assert body.startswith("E_BAD_HOST")
    assert "content-security-policy" in headers


def test_a_request_without_a_host_or_with_two_may_not() -> None:
    assert ask(page, host=None)[0] == 403
    assert ask(page, host="localhost", more=((b"host", b"evil.example"),))[0] == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_pages_only_answer_questions(method: str) -> None:
    status, headers, body = ask(page, method)
    assert status == 405
    assert headers["allow"] == "GET, HEAD"
    assert body.startswith("E_METHOD_NOT_ALLOWED")


def test_a_failure_shows_nothing_of_the_inside(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        status, headers, body = ask(broken)
    assert status == 500
    assert "E_UNEXPECTED" in body
    assert "secret" not in body
    assert "content-security-policy" in headers
    assert "secret detail" in caplog.text


def test_the_log_has_no_word_that_opens_a_page_and_no_line_of_somebody_elses(caplog: pytest.LogCaptureFixture) -> None:
    word = "w" * 43
    for path in (f"/share/{word}", f"/share/{word}.csv", "/m/x\nERROR all is lost"):
        with caplog.at_level(logging.ERROR):
            asked(lambda scope, receive, send, path=path: Guard(broken)({**scope, "path": path}, receive, send))
    said = [record.getMessage() for record in caplog.records]
    assert word not in caplog.text
    assert said[0] == said[1] == "the page /share/… failed" and "\n" not in said[2]


def test_other_protocols_are_ignored() -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError

    asyncio.run(Guard(never)({"type": "websocket"}, never, never))


async def private(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("a page", headers={"Referrer-Policy": "no-referrer"})(scope, receive, send)


def test_a_page_may_tell_less_of_itself_to_others() -> None:
    assert ask(private)[1]["referrer-policy"] == "no-referrer"


ELSEWHERE = Hosts(frozenset({"metrics.example"}), addresses=True)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("metrics.example", 200),
        ("METRICS.example:8321", 200),
        ("192.168.1.7:8321", 200),
        ("[2001:db8::1]:8321", 200),
        ("127.0.0.1", 200),
        ("localhost:1", 200),
        ("metrics.example.evil.example", 403),
        ("evil.example", 403),
        ("", 403),
    ],
)
def test_elsewhere_names_have_to_be_known_and_addresses_do(host: str, status: int) -> None:
    answered, _, body = asked(Guard(page, ELSEWHERE), host=host)
    assert answered == status
    assert (status == 200) == (body == "a page")
    assert status == 200 or "--allowed-host" in body


def test_forms_pass_only_where_there_is_a_gate_behind() -> None:
    assert asked(Guard(page, methods=("GET", "HEAD", "POST")), "POST")[0] == 200
    assert asked(Guard(page, methods=("GET", "HEAD", "POST")), "PUT")[0] == 405


def test_what_is_this_machine() -> None:
    names = ("localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1", "[::1]")
    assert all(is_loopback(name) for name in names)
    assert not any(is_loopback(name) for name in ("not an address", "0.0.0.0", "::", "10.0.0.1", ""))


@pytest.mark.parametrize(
    ("header", "host"), [("a:1", "a"), ("a", "a"), ("[::1]", "[::1]"), ("[::1]:9", "[::1]"), ("", "")]
)
def test_hosts_of_headers(header: str, host: str) -> None:
    assert host_of(header) == host
