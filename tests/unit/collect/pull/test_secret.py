"""Passwords come from the environment or from a file that only its owner may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth.base.errors import AccessError, SourceError
from truenorth.collect.pull.open import open_connector, place_of
from truenorth.collect.pull.secret import keep_secret, password_of, secrets, without_secret
from truenorth.define.model import Source

SHOP = Source("shop", "postgres")


def test_a_secret_goes_round_for_its_owner_only(tmp_path: Path) -> None:
    path = keep_secret(tmp_path, "SHOP_PASSWORD", "p@ss = #1 ")
    keep_secret(tmp_path, "CRM", "x")
    assert path.stat().st_mode & 0o777 == 0o600
    assert secrets(tmp_path) == {"SHOP_PASSWORD": "p@ss = #1 ", "CRM": "x"}
    assert password_of(SHOP, tmp_path, {}) == "p@ss = #1 "
    assert password_of(Source("shop", "mysql", password_env="CRM"), tmp_path, {}) == "x"


def test_the_environment_comes_first(tmp_path: Path) -> None:
    keep_secret(tmp_path, "SHOP_PASSWORD", "old")
    assert password_of(SHOP, tmp_path, {"SHOP_PASSWORD": "new"}) == "new"
    assert password_of(Source("other", "mysql"), tmp_path, {}) == ""


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    keep_secret(tmp_path, "SHOP_PASSWORD", "hush").chmod(0o640)
    with pytest.raises(AccessError) as raised:
        password_of(SHOP, tmp_path, {})
    assert raised.value.code == "E_SECRETS_READABLE"
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(("name", "value"), [("A", "b\nc"), ("A=B", "c"), ("", "c")])
def test_what_cannot_be_kept(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ValueError, match="cannot be kept"):
        keep_secret(tmp_path, name, value)


def test_a_text_loses_its_secret() -> None:
    assert without_secret("a hush b", "hush") == "a … b"
    assert without_secret("a b", "") == "a b"


def test_a_type_that_no_package_brings(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as raised:
        open_connector(place_of(Source("x", "ftp"), tmp_path))
    assert raised.value.code == "E_PACKAGE_MISSING"
