"""The way in: what is kept, what is answered, and that nothing brings it down."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from tests.unit.serve.sending import Shelf, app_on, send, sent
from truenorth.base.errors import EngineError
from truenorth.serve.body import Limits

MIB = 1 << 20


def test_what_is_acknowledged_lies_in_the_spool() -> None:
    shelf = Shelf()
    answer = sent(app_on(shelf), "/plain/x?a=1", user_agent="sdk/1")
    assert (answer.status, answer.body) == (200, b"kept")
    [frame] = shelf.frames
    assert (frame.source, frame.dialect, frame.form, frame.path, frame.query) == (
        "web",
        "plain",
        "lines",
        "/plain/x",
        "a=1",
    )
    assert (frame.count, frame.body, frame.agent, frame.refused) == (2, b"one\ntwo", "sdk/1", ())
    assert frame.received_at > 1_700_000_000_000_000


def test_a_key_in_an_address_is_not_kept() -> None:
    """Google's clients put it there; what is refused is shown to whoever may see the pages."""
    shelf = Shelf()
    key = "tn_web_0123456789abcdefghijABCDEFGHIJ01"
    assert sent(app_on(shelf), f"/plain/x?api_secret={key}&_=1").status == 200
    assert shelf.frames[0].query == "api_secret=tn_web_0123…&_=1"


def test_a_body_that_comes_in_parts_is_put_together() -> None:
    shelf = Shelf()
    assert sent(app_on(shelf), body=[b"o", b"n", b"e"]).status == 200
    assert shelf.frames[0].body == b"one"


def test_what_was_refused_is_kept_too_for_the_quarantine() -> None:
    shelf = Shelf()
    app = app_on(shelf)
    assert sent(app, body=b"one\nbad").status == 200
    assert sent(app, body=b"bad").status == 400
    assert [[piece.raw for piece in frame.refused] for frame in shelf.frames] == [[b"bad"], [b"bad"]]
    assert shelf.frames[1].body == b""
    assert app.tally.shown(0)["sources"][0]["refused"] == {"E_BAD": 2}


@pytest.mark.parametrize("key", ["", "wrong"])
def test_without_a_key_of_a_source_nothing_is_kept(key: str) -> None:
    shelf = Shelf()
    app = app_on(shelf)
    answer = sent(app, x_key=key)
    assert (answer.status, answer.headers["x-dialect"]) == (401, "plain")
    assert b"E_WRONG_KEY" in answer.body
    assert shelf.frames == []
    assert app.tally.denied == {"plain E_WRONG_KEY": 1}


def test_what_needs_no_key_is_answered_without() -> None:
    assert sent(app_on(), body=b"?", x_key="wrong").status == 200


def test_an_address_where_nothing_is_collected() -> None:
    answer = sent(app_on(), "/else")
    assert (answer.status, b"E_NOT_COLLECTED" in answer.body) == (404, True)


def test_pages_of_any_site_may_send() -> None:
    app = app_on()
    asked = {"origin": "https://shop.example", "access_control_request_headers": "content-type,x-key"}
    answer = sent(app, "/anything", method="OPTIONS", access_control_request_private_network="true", **asked)
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-headers"] == "content-type,x-key"
    assert answer.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert answer.headers["access-control-allow-private-network"] == "true"
    assert answer.headers["vary"] == "origin"
    for more in ({}, {"x_key": "wrong"}):
        headers = sent(app, origin="null", **more).headers
        assert headers["access-control-allow-origin"] == "null"
    assert sent(app, "/else", origin="https://a.example").headers["access-control-allow-origin"] == "https://a.example"
    assert "access-control-allow-origin" not in sent(app).headers
    assert "access-control-allow-origin" not in sent(app, origin="https://a\x01.example").headers
    forged = sent(app, method="OPTIONS", origin="https://a.example", access_control_request_headers="a\xe9")
    assert forged.headers["access-control-allow-headers"] == "content-type, authorization"


def test_too_large_is_said_before_it_is_read() -> None:
    app = app_on(limits=Limits(body=1000))
    answer = sent(app, body=[b"never read", b""], content_length="1001")
    assert (answer.status, answer.headers["x-dialect"]) == (413, "plain")
    assert sent(app, body=[b"x" * 600, b"y" * 600, b"never read", b""]).status == 413
    assert sent(app, body=b"x" * 1001).status == 413
    assert sent(app, body=b"x" * 1000).status == 200


@pytest.mark.parametrize("length", ["-1", "many", "1e3", "²"])
def test_a_length_that_is_none(length: str) -> None:
    assert sent(app_on(), content_length=length).status == 400


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    app = app_on(limits=Limits(seconds=0.05))

    async def hanging() -> tuple[int, str, bytes]:
        never: asyncio.Event = asyncio.Event()
        told = []

        async def receive() -> dict[str, object]:
            await never.wait()
            return {}

        async def answer(message: object) -> None:
            told.append(message)

        scope = {"type": "http", "method": "POST", "path": "/plain", "query_string": b"", "headers": [], "client": None}
        await app(scope, receive, answer)  # type: ignore[arg-type]
        return told[0]["status"], str(told[0]["headers"]), told[1]["body"]

    status, headers, body = asyncio.run(hanging())
    assert (status, "retry-after" in headers, b"E_BODY_TOO_SLOW" in body) == (408, True, True)


def test_a_client_that_hangs_up_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf()
    app = app_on(shelf)
    answer = asyncio.run(send(app, body=[b"half", None]))
    assert answer is not None and (answer.status, answer.body, answer.headers["connection"]) == (400, b"", "close")
    assert (shelf.frames, app.busy, caplog.records) == ([], 0, [])


@pytest.mark.parametrize("code", ["E_SPOOL_FULL", "E_SPOOL_BUSY"])
def test_what_cannot_be_kept_is_to_be_sent_again(code: str) -> None:
    shelf = Shelf()
    app = app_on(shelf)
    shelf.failing = EngineError(code, "the disk of /secret is full")
    answer = sent(app)
    assert (answer.status, answer.headers["x-dialect"], int(answer.headers["retry-after"]) > 0) == (503, "plain", True)
    assert code.encode() in answer.body and b"secret" not in answer.body
    assert bool(app.blocked) == (code == "E_SPOOL_FULL")
    assert sent(app, "/health").status == (503 if app.blocked else 200)
    shelf.failing = None
    assert sent(app).status == 200
    assert sent(app, "/health").status == 200
    assert app.tally.shown(0)["sources"][0]["denied"] == {code: 1}


def test_a_dialect_that_fails_is_in_the_log_once_and_the_client_tries_again(caplog: pytest.LogCaptureFixture) -> None:
    app = app_on()
    with caplog.at_level(logging.ERROR):
        answers = [sent(app, body=b"boom") for _ in range(3)]
    assert [(one.status, one.headers["x-dialect"]) for one in answers] == [(503, "plain")] * 3
    assert all(b"fails" not in one.body for one in answers)
    assert len(caplog.records) == 1
    assert sent(app).status == 200


def test_an_address_that_asks_too_much_is_slowed_and_others_are_not() -> None:
    app = app_on(limits=Limits(requests=0.5))
    found = [sent(app, address="203.0.113.7") for _ in range(12)]
    assert [one.status for one in found] == [200] * 5 + [429] * 7
    assert found[-1].headers["retry-after"] == "2"
    assert sent(app, address="203.0.113.8").status == 200
    assert sent(app).status == 200
    # A proxy on this machine says whom it speaks for; from elsewhere anybody could say so.
    assert sent(app, x_forwarded_for="10.0.0.1, 203.0.113.7").status == 429
    assert sent(app, address="203.0.113.9", x_forwarded_for="203.0.113.7").status == 200


def test_a_source_that_sends_too_much_is_slowed() -> None:
    app = app_on(limits=Limits(events=1))
    assert sent(app, body=b"\n".join(b"x" for _ in range(50))).status == 200
    answer = sent(app)
    assert (answer.status, answer.headers["retry-after"]) == (429, "41")
    assert app.tally.shown(0)["sources"][0]["denied"] == {"E_TOO_MANY_REQUESTS": 1}


def test_bodies_that_are_read_at_once_are_bounded() -> None:
    app = app_on(limits=Limits(reading=1000))

    async def several() -> list[int]:
        gate = asyncio.Event()

        async def one(first: bytes) -> int:
            parts = [first, b""]
            told = []

            async def receive() -> dict[str, object]:
                if len(parts) == 1:
                    await gate.wait()
                return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

            async def answer(message: dict[str, int]) -> None:
                told.append(message)

            headers = [(b"x-key", b"good")]
            scope = {"type": "http", "method": "POST", "path": "/plain", "query_string": b"", "headers": headers}
            await app(scope, receive, answer)  # type: ignore[arg-type]
            return told[0]["status"]

        tasks = [asyncio.create_task(one(b"x" * 400)) for _ in range(4)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gate.set()
        return sorted(await asyncio.gather(*tasks))

    assert asyncio.run(several()) == [200, 200, 503, 503]
    assert sent(app, body=b"x" * 900).status == 200


def test_large_bodies_are_decoded_apart() -> None:
    shelf = Shelf()
    assert sent(app_on(shelf, Limits(apart=10)), body=b"x" * 100).status == 200
    assert len(shelf.frames[0].body) == 100
    assert sent(app_on(shelf, Limits(apart=3)), body=b"boom").status == 503


def test_everybody_may_ask_whether_all_is_well() -> None:
    app = app_on()
    assert json.loads(sent(app, "/health", method="GET").body) == {"status": "ok"}
    app.stopping = True
    assert json.loads(sent(app, "/health", method="GET").body) == {"status": "stopping"}


def test_other_kinds_of_connection_are_not_answered() -> None:
    async def nothing(*_: object) -> dict[str, object]:
        raise AssertionError

    asyncio.run(app_on()({"type": "websocket"}, nothing, nothing))  # type: ignore[arg-type]


def test_what_came_in_is_counted() -> None:
    app = app_on()
    for _ in range(3):
        sent(app)
    line = app.tally.shown(2_000_000_000_000_000)["sources"][0]
    assert (line["source"], line["dialect"], line["requests"], line["events"], line["bytes"]) == (
        "web",
        "plain",
        3,
        6,
        21,
    )
    assert line["per_minute"] == 6
    assert line["last_seen"] > 1_700_000_000_000_000
