"""The one-time address: only its own word opens it, for an hour."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.access.conftest import NOW
from truenorth.access.invitation import LASTS, Invitation


def test_only_its_word_opens_it_in_time() -> None:
    made = Invitation(NOW)
    assert len(made.word) == 22 and made.word != Invitation(NOW).word
    assert made.opens(made.word, NOW + LASTS - timedelta(seconds=1))
    assert not made.opens(made.word, NOW + LASTS)
    for wrong in ("", made.word[:-1], made.word + "x", made.word.swapcase(), "é"):
        assert not made.opens(wrong, NOW)
