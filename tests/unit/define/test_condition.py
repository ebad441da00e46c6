"""Conditions of checks: what they say, and where one goes wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.base.errors import QueryError
from truenorth.collect.probe.outcome import Outcome
from truenorth.collect.probe.verdict import failed
from truenorth.define.condition import condition

NOW = 1_767_225_600_000_000
SEEN = Outcome(
    connected=True,
    duration=620.0,
    status=503,
    headers={"content-type": "application/json"},
    body=json.dumps({"user": {"name": "john", "age": 3}, "items": [{"id": 7}, {"id": 8}], "ok": None}).encode(),
    certificate_expires=NOW + 10 * 86_400_000_000,
    answers=("192.0.2.1", "192.0.2.2"),
    code="NOERROR",
)


@pytest.mark.parametrize(
    "text",
    [
        "status == 503",
        "status >= 500",
        "duration < 1 s",
        "duration < 0.7 seconds",
        "body.user.name == 'john'",
        'body.user["name"] == "john"',
        "body.items[1].id == 8",
        "len(body.items) == 2",
        "body.ok == null",
        "body.missing == null",
        "body.user.age > 2",
        "body contains 'john'",
        "body matches 'jo.n'",
        "header.content_type contains 'json'",
        "certificate_expires > 9 days",
        "dns.answers contains '192.0.2.2'",
        "dns.code == 'NOERROR'",
        "connected == true",
        "body.user.name != 'jane'",
    ],
)
def test_what_holds(text: str) -> None:
    assert failed([condition(text)], SEEN, NOW) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("status == 200", "status == 200: status was 503"),
        ("duration < 500 ms", "duration < 500 ms: duration was 620 ms"),
        ("body.user.name == 'jane'", "body.user.name was 'john'"),
        ("len(body.items) > 4", "len(body.items) was 2"),
        ("body.missing.deep == 'x'", "there is no body.missing.deep"),
        ("header.x_cache == 'hit'", "there is no header.x-cache"),
        ("certificate_expires > 14 days", "certificate_expires was 10 d"),
        ("body.user.age < 'x'", None),
    ],
)
def test_what_does_not_hold_is_said_with_what_was_there(text: str, said: str | None) -> None:
    if said is None:
        with pytest.raises(QueryError):
            condition(text)
        return
    [found] = failed([condition(text)], SEEN, NOW)
    assert said in found


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("statsu == 200", 1, 'did you mean "status"'),
        ("status = 200", 8, "write =="),
        ("status == 'ok'", 11, "leave the quotes out"),
        ("duration < 500", 12, "write duration < 500 ms"),
        ("duration < 500 parsecs", 16, "500 ms, 14 days"),
        ("status", 7, "it is =="),
        ("", 1, "status == 200"),
        ("status == 200 and ok", 15, "500 ms, 14 days"),
        ("body == 'a' or true", 13, "more are more lines"),
        ("header contains 'x'", 1, "header.content_type"),
        ("body[name] == 1", 6, "body.items[0].id"),
        ("body matches '(a+)+'", 14, "repeat only once"),
        ("body matches '('", 14, "status == 200"),
        ("dns.answers == 'x'", 1, "contains"),
        ("len(body == 1", 10, "status == 200"),
        ("status == __import__('os')", 11, "texts stand in quotes"),
        ("status; drop == 1", 7, ""),
    ],
)
def test_where_a_condition_goes_wrong(text: str, column: int, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        condition(text)
    assert caught.value.code == "E_BAD_CONDITION" and f"at column {column}" in caught.value.message
    assert words in (caught.value.hint or "")


@given(st.text(max_size=40), st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_whatever_is_written_or_comes_back_nothing_fails(text: str, body: bytes) -> None:
    try:
        found = condition(text)
    except QueryError as error:
        assert error.code == "E_BAD_CONDITION"
        return
    failed([found], Outcome(body=body), NOW)
