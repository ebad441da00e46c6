"""The addresses that the reference says are collected are those of the dialects."""

from __future__ import annotations

import pytest

from scripts.reference import COLLECTED
from truenorth.collect.receive.request import Request
from truenorth.collect.receive.route import DIALECTS, route


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, name, _ in COLLECTED])
def test_an_address_belongs_to_its_dialect(path: str, name: str) -> None:
    for prefix in ("", f"/ingest/{name}"):
        method = "GET" if "KEY" in path or path == "/tn.js" else "POST"
        found = route(Request(method, prefix + path, "", {}, b"{}", 0))
        assert found is not None and found[0].name == name


def test_every_dialect_has_an_address() -> None:
    assert {name for _, name, _ in COLLECTED} == {one.name for one in DIALECTS}
