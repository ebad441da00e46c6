"""Forms: read strictly, and only taken from a page of ours."""

from __future__ import annotations

import pytest

from truenorth.access.form import FIELD, KIND, LARGEST, check_form, form_token, read_form
from truenorth.base.errors import AccessError

OURS = frozenset({"http://127.0.0.1:8321"})
FORM = {FIELD: form_token("secret")}


def test_a_form_is_read_as_a_browser_sends_it() -> None:
    assert read_form(b"a=1&b=&a=2&c=%C3%A9+x%26", f"{KIND}; charset=UTF-8") == {"a": "2", "b": "", "c": "é x&"}
    assert read_form(b"", KIND) == {}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", "application/json"),
        (b"a=1", "text/plain"),
        (b"a=1", ""),
        (b"a=1", "multipart/form-data; boundary=x"),
        (b"a=%FF", KIND),
        (b"\xff=1", KIND),
        (b"&".join([b"a=1"] * 101), KIND),
        (b"a=" + b"x" * LARGEST, KIND),
    ],
)
def test_anything_else_is_no_form(body: bytes, kind: str) -> None:
    with pytest.raises(AccessError) as caught:
        read_form(body, kind)
    assert caught.value.code == "E_BAD_FORM"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:8321"},
        {"origin": "http://127.0.0.1:8321", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_form_of_ours_is_taken(headers: dict[str, str]) -> None:
    check_form(FORM, "secret", headers, OURS)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1"},
        {"origin": "https://127.0.0.1:8321"},
        {"origin": "http://127.0.0.1:8321.evil.example"},
        {"origin": "http://evil.example@127.0.0.1:8322"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8321"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8321"},
    ],
)
def test_a_form_from_elsewhere_is_refused_even_with_the_right_word(headers: dict[str, str]) -> None:
    with pytest.raises(AccessError) as caught:
        check_form(FORM, "secret", headers, OURS)
    assert caught.value.code == "E_FOREIGN_FORM"


@pytest.mark.parametrize(
    ("fields", "secret"),
    [
        ({}, "secret"),
        ({FIELD: ""}, "secret"),
        ({FIELD: form_token("another")}, "secret"),
        ({FIELD: form_token("secret")[:-1]}, "secret"),
        ({FIELD: "é"}, "secret"),
        ({FIELD: form_token("")}, ""),
        ({FIELD: ""}, ""),
    ],
)
def test_a_form_without_the_visitors_word_is_refused(fields: dict[str, str], secret: str) -> None:
    with pytest.raises(AccessError) as caught:
        check_form(fields, secret, {"origin": "http://127.0.0.1:8321"}, OURS)
    assert caught.value.code == "E_FOREIGN_FORM"
