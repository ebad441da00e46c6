"""Links: a random word that opens one page, until a day or until it is taken back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.access.conftest import NOW
from truenorth.access.audit import lines
from truenorth.access.share import DAYS, Page, create_share, opened_share, revoke_share, shares
from truenorth.base.errors import AccessError
from truenorth.store.state import State

PAGE = Page("/m/revenue", "range=90d&where=plan:pro", "Revenue")
DAY = timedelta(days=1)


def test_a_link_opens_its_page(state: State) -> None:
    made, word = create_share(state, PAGE, DAYS, NOW, "dana")
    held = opened_share(state, word, NOW)
    assert held == made and (made.path, made.query, made.expires) == (PAGE.path, PAGE.query, NOW + 7 * DAY)


def test_the_word_is_not_kept(state: State, tmp_path: Path) -> None:
    _, word = create_share(state, PAGE, DAYS, NOW)
    state.close()
    assert word.encode() not in b"".join(path.read_bytes() for path in (tmp_path / ".truenorth").iterdir())


@pytest.mark.parametrize("change", ["", "{0}x", "{1}", "{1}x", "x{0}", "{2}", "' or 1=1 --", "x"])
def test_a_word_that_is_nearly_right_opens_nothing(state: State, change: str) -> None:
    made, word = create_share(state, PAGE, DAYS, NOW)
    assert opened_share(state, change.format(word, word[:-1], word.swapcase()), NOW) is None
    assert opened_share(state, made.id, NOW) is None
    assert opened_share(state, made.digest, NOW) is None


def test_it_ends_with_its_day(state: State) -> None:
    made, word = create_share(state, PAGE, 1, NOW)
    assert opened_share(state, word, NOW + DAY - timedelta(seconds=1)) is not None
    assert opened_share(state, word, NOW + DAY) is None
    assert (made.ended(NOW), made.ended(NOW + DAY)) == ("", "expired")


@pytest.mark.parametrize("by", ["id", "word", "link"])
def test_it_is_taken_back(state: State, by: str) -> None:
    made, word = create_share(state, PAGE, DAYS, NOW)
    _, other = create_share(state, PAGE, DAYS, NOW)
    named = {"id": made.id, "word": word, "link": f"https://metrics.example/share/{word}/"}[by]
    assert revoke_share(state, named, NOW).id == made.id
    assert opened_share(state, word, NOW) is None
    assert opened_share(state, other, NOW) is not None
    with pytest.raises(AccessError) as caught:
        revoke_share(state, made.id, NOW)
    assert caught.value.code == "E_SHARE_NOT_FOUND"
    assert sorted(one.ended(NOW) for one in shares(state)) == ["", "revoked"]


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_a_link_lasts_a_day_to_a_year(state: State, days: int) -> None:
    with pytest.raises(AccessError) as caught:
        create_share(state, PAGE, days, NOW)
    assert caught.value.code == "E_BAD_SHARE"


def test_what_ended_long_ago_is_taken_away(state: State) -> None:
    create_share(state, PAGE, 1, NOW)
    create_share(state, PAGE, 1, NOW + 80 * DAY)
    assert len(shares(state)) == 2
    create_share(state, PAGE, 1, NOW + 92 * DAY)
    assert [one.created for one in shares(state)] == [NOW + 92 * DAY, NOW + 80 * DAY]


def test_who_made_and_took_back_stands_in_the_audit(state: State) -> None:
    made, _ = create_share(state, PAGE, DAYS, NOW, "dana")
    revoke_share(state, made.id, NOW, "mo")
    told = [(line.person, line.action, line.about) for line in lines(state)]
    about = f"{made.id} /m/revenue"
    assert told == [("mo", "link revoked", about), ("dana", "link made", about)]
