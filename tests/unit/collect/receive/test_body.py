"""A body is what it looks like, whatever its label says."""

from __future__ import annotations

import base64
import gzip
import zlib
from urllib.parse import quote

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truenorth.base.errors import SourceError
from truenorth.collect.receive.body import LIMIT, plain

SAID = b'{"event":"bought","properties":{"price":1,"name":"caf\xc3\xa9 + 1"}}'
WRAPPED = {
    "plain": SAID,
    "with a byte order mark": b"\xef\xbb\xbf" + SAID,
    "gzip": gzip.compress(SAID),
    "two members of gzip": gzip.compress(SAID[:9]) + gzip.compress(SAID[9:]),
    "zlib": zlib.compress(SAID),
    "zlib, hardly": zlib.compress(SAID, 1),
    "zstd": bytes(cramjam.zstd.compress(SAID)),
    "base64": base64.b64encode(SAID),
    "base64 for addresses": base64.urlsafe_b64encode(SAID).rstrip(b"="),
    "base64 in lines": base64.encodebytes(SAID * 1),
    "a form": b"data=" + quote(SAID).encode(),
    "a form of base64": b"data=" + quote(base64.b64encode(SAID)).encode(),
    "a form of base64, not escaped": b"data=" + base64.b64encode(SAID),
    "a form with more": b"ver=1.2&data=" + quote(base64.b64encode(SAID)).encode() + b"&compression=base64",
    "base64 of gzip": base64.b64encode(gzip.compress(SAID)),
    "a form of base64 of gzip": b"data=" + quote(base64.b64encode(gzip.compress(SAID))).encode(),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_wrappings_are_found_out(name: str) -> None:
    assert plain(WRAPPED[name]) == SAID


@pytest.mark.parametrize("kind", ["gzip", "zlib", "zstd"])
@pytest.mark.parametrize("cut", [1, 8, 20])
def test_what_is_cut_short_is_refused(kind: str, cut: int) -> None:
    with pytest.raises(SourceError, match="cannot be unpacked") as raised:
        plain(WRAPPED[kind][:-cut])
    assert raised.value.code == "E_BODY_UNREADABLE"


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b"0" * (LIMIT + 1), 1),
        zlib.compress(b"0" * (LIMIT + 1), 1),
        bytes(cramjam.zstd.compress(b"0" * (LIMIT + 1))),
        b"0" * (LIMIT + 1),
        gzip.compress(b"0" * (LIMIT // 2 + 1), 1) * 2,
    ],
    ids=["gzip", "zlib", "zstd", "plain", "members"],
)
def test_what_grows_beyond_the_limit_is_refused(packed: bytes) -> None:
    with pytest.raises(SourceError, match="more than 64 MiB") as raised:
        plain(packed)
    assert raised.value.code == "E_BODY_TOO_LARGE"


def test_a_bomb_within_bombs_is_refused() -> None:
    bomb = gzip.compress(gzip.compress(b"0" * 50_000_000, 9), 9)
    with pytest.raises(SourceError, match="1 MiB"):
        plain(bomb, 1 << 20)


def test_the_limit_itself_is_taken() -> None:
    assert len(plain(gzip.compress(b" " * 1_000), 1_000)) == 1_000
    assert len(plain(bytes(cramjam.zstd.compress(b" " * 1_000)), 1_000)) == 1_000


@given(st.binary(max_size=300))
def test_any_bytes_come_back_or_are_refused(body: bytes) -> None:
    for wrapped in (body, gzip.compress(body)[:-1] + body[:1], b"\x28\xb5\x2f\xfd" + body, b"x\x9c" + body):
        try:
            assert isinstance(plain(wrapped, 10_000), bytes)
        except SourceError as error:
            assert error.code in {"E_BODY_UNREADABLE", "E_BODY_TOO_LARGE"}
