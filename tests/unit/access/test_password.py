"""Passwords: long enough is the only rule, and what is kept tells nothing."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from truenorth.access import password
from truenorth.access.password import checked, hashed, matches, outdated
from truenorth.base.errors import AccessError


def test_a_password_is_known_again_by_its_hash() -> None:
    kept = hashed("correct horse battery")
    assert kept.startswith("$argon2id$") and "horse" not in kept
    assert kept != hashed("correct horse battery")
    assert matches(kept, "correct horse battery")
    assert not matches(kept, "correct horse batterY")
    assert not matches(kept, "")
    assert not outdated(kept)


def test_without_an_account_no_password_is_right(quick: PasswordHasher) -> None:
    assert not matches("", "nobody has this password")
    assert not matches("", "")
    assert not matches("nonsense", "x")


def test_without_an_account_a_hash_is_made_as_well(quick: PasswordHasher, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer about an account that is not there takes what it takes about one that is."""
    matches("", "x")
    asked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            asked.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(password, "HASHER", Counting(time_cost=1, memory_cost=8, parallelism=1))
    kept = hashed("correct horse")
    matches("", "wrong horse")
    matches(kept, "wrong horse")
    assert [len(hash) for hash in asked] == [len(kept)] * 2


def test_other_parameters_are_noticed(quick: PasswordHasher, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = hashed("correct horse")
    monkeypatch.setattr(password, "HASHER", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    assert outdated(kept)
    assert matches(kept, "correct horse")


@pytest.mark.parametrize("word", ["", "short", "123456789", "x" * 1001])
def test_the_length_is_the_only_rule(word: str) -> None:
    with pytest.raises(AccessError) as caught:
        checked(word)
    assert caught.value.code == "E_BAD_PASSWORD"
    assert word == "" or word not in str(caught.value)


@pytest.mark.parametrize("word", ["1234567890", "          ", "straße und café", "😀" * 10, "x" * 1000])
def test_anything_long_enough_will_do(word: str) -> None:
    assert checked(word) == word


def test_the_same_letters_are_the_same_password(quick: PasswordHasher) -> None:
    assert matches(hashed("cafe\u0301 au lait"), "café au lait")
