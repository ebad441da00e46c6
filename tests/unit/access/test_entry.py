"""Signing in: one answer for every wrong attempt, slower with each, and never closed to the owner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher

from tests.unit.access.conftest import NOW
from truenorth.access import attempt, entry, password
from truenorth.access.audit import lines
from truenorth.access.entry import (
    Change,
    Entered,
    TooManyAttempts,
    Visitor,
    change_password,
    set_up,
    sign_in,
    sign_out,
)
from truenorth.access.person import people, set_password
from truenorth.access.session import session_of
from truenorth.base.errors import AccessError
from truenorth.store.state import State

RIGHT, WRONG = "correct horse battery", "wrong horse battery"
HERE = Visitor("10.0.0.1")
pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def open_state(state: State) -> State:
    """A state with the account of Dana."""
    set_password(state, "Dana", RIGHT, NOW, "terminal")
    return state


def tried(state: State, word: str = WRONG, visitor: Visitor = HERE, now: datetime = NOW, name: str = "dana") -> str:
    """What an attempt comes to: in, wrong, or wait."""
    try:
        sign_in(state, name, word, visitor, now)
    except TooManyAttempts:
        return "wait"
    except AccessError as error:
        assert error.code == "E_WRONG_PASSWORD"
        return "wrong"
    return "in"


def test_who_knows_the_password_comes_in(open_state: State) -> None:
    entered = sign_in(open_state, " DANA ", RIGHT, HERE, NOW)
    held = session_of(open_state, entered.session, NOW)
    assert entered.person == "dana" and held is not None and held.person == "dana"


def test_every_wrong_attempt_gets_the_same_answer(open_state: State) -> None:
    said = set()
    for name, word in (("dana", WRONG), ("nobody", RIGHT), ("", ""), ("dana", ""), ("x" * 500, "y" * 5000)):
        with pytest.raises(AccessError) as caught:
            sign_in(open_state, name, word, Visitor(name[:9]), NOW)
        said.add(str(caught.value))
    assert len(said) == 1


def test_guessing_gets_slower(open_state: State) -> None:
    assert [tried(open_state) for _ in range(7)] == ["wrong"] * 5 + ["wait"] * 2
    with pytest.raises(TooManyAttempts) as caught:
        sign_in(open_state, "dana", RIGHT, HERE, NOW)
    assert caught.value.code == "E_TOO_MANY_ATTEMPTS" and caught.value.wait == 2
    now, waits = NOW, []
    for _ in range(12):
        waits.append(wait_for(open_state, now))
        now += timedelta(seconds=waits[-1])
        assert tried(open_state, now=now) == "wrong"
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def wait_for(state: State, now: datetime) -> int:
    """The seconds after which one who knows nothing may try again."""
    for seconds in (0, *(1 << power for power in range(10)), 900):
        if tried_later(state, now + timedelta(seconds=seconds)):
            return seconds
    raise AssertionError("there is no end to it")


def tried_later(state: State, now: datetime) -> bool:
    """Whether an attempt would be looked at, without making it."""
    with state.reading() as rows:
        held = [
            rows.one(attempt.Attempts, "attempts", bucket=one.key) for one in attempt.buckets("dana", "10.0.0.1", "")
        ]
    return all(one is None or one.until <= now for one in held)


def test_a_day_is_enough_to_guess_a_hundred_times(open_state: State) -> None:
    """From one address: less than 110 attempts in 24 hours."""
    now, attempts = NOW, 0
    while now < NOW + timedelta(days=1):
        assert tried(open_state, now=now) == "wrong"
        attempts, now = attempts + 1, now + timedelta(seconds=wait_for(open_state, now))
    assert 90 < attempts < 110


def test_a_wait_does_not_grow_by_asking_during_it(open_state: State) -> None:
    for _ in range(200):
        tried(open_state)
    assert tried(open_state, RIGHT, now=NOW + timedelta(seconds=2)) == "in"


def test_what_is_known_of_an_account_does_not_show_in_the_waiting(open_state: State) -> None:
    known = [tried(open_state, visitor=Visitor("10.1.1.1")) for _ in range(8)]
    unknown = [tried(open_state, visitor=Visitor("10.2.2.2"), name="nobody") for _ in range(8)]
    assert known == unknown == ["wrong"] * 5 + ["wait"] * 3


def test_many_addresses_wait_for_the_account(open_state: State) -> None:
    answers = [tried(open_state, visitor=Visitor(f"10.0.{at}.1")) for at in range(40)]
    assert answers == ["wrong"] * 5 + ["wait"] * 35


def test_a_household_of_ipv6_is_one_address(open_state: State) -> None:
    visitors = [Visitor(f"2001:db8:1:2::{at:x}") for at in range(8)]
    names = [f"name{at}" for at in range(8)]
    answers = [tried(open_state, visitor=one, name=name) for one, name in zip(visitors, names, strict=True)]
    assert answers == ["wrong"] * 5 + ["wait"] * 3


def test_nobody_can_lock_the_owner_out(open_state: State) -> None:
    """While strangers from everywhere keep the account waiting, the browser it was signed in with still gets in."""
    known = sign_in(open_state, "dana", RIGHT, HERE, NOW)
    now = NOW
    for at in range(300):
        now += timedelta(seconds=1)
        tried(open_state, visitor=Visitor(f"10.{at % 200}.3.3"), now=now)
    elsewhere = Visitor("10.7.7.7")
    assert tried(open_state, RIGHT, elsewhere, now) == "wait"
    assert tried(open_state, RIGHT, Visitor("10.7.7.7", browser=known.browser), now) == "in"
    assert tried(open_state, RIGHT, elsewhere, now + timedelta(seconds=61)) == "in"


def test_the_terminal_ends_the_wait(open_state: State) -> None:
    for at in range(40):
        tried(open_state, visitor=Visitor(f"10.0.{at}.1"))
    set_password(open_state, "dana", "another horse battery", NOW, "terminal")
    assert tried(open_state, "another horse battery", Visitor("10.9.9.9")) == "in"


def test_a_known_browser_is_counted_too(open_state: State) -> None:
    known = sign_in(open_state, "dana", RIGHT, HERE, NOW)
    there = Visitor("10.0.0.9", browser=known.browser)
    assert [tried(open_state, visitor=there) for _ in range(7)] == ["wrong"] * 5 + ["wait"] * 2


@pytest.mark.parametrize("change", ["{0}x", "x{0}", "{1}", "", ".", "x.y", "{1}.", "é.é"])
def test_the_word_of_a_browser_cannot_be_made_up(open_state: State, change: str) -> None:
    known = sign_in(open_state, "dana", RIGHT, HERE, NOW)
    forged = change.format(known.browser, known.browser.partition(".")[0])
    kept = people(open_state)[0].password
    assert attempt.known_browser(kept, "dana", known.browser) != ""
    assert attempt.known_browser(kept, "dana", forged) == ""
    assert attempt.known_browser(kept, "mo", known.browser) == ""
    assert attempt.known_browser("", "dana", known.browser) == ""


def test_another_password_makes_the_words_of_browsers_worthless(open_state: State) -> None:
    known = sign_in(open_state, "dana", RIGHT, HERE, NOW)
    set_password(open_state, "dana", RIGHT, NOW, "terminal")
    assert attempt.known_browser(people(open_state)[0].password, "dana", known.browser) == ""


def test_attempts_at_the_same_moment_count_all(open_state: State) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: tried(open_state), range(24)))
    assert answers.count("wrong") <= 5 and "in" not in answers


def test_only_so_many_passwords_are_looked_at_at_once(open_state: State) -> None:
    for _ in range(8):
        assert entry.WAITING.acquire(blocking=False)
    try:
        assert tried(open_state, RIGHT) == "wait"
    finally:
        for _ in range(8):
            entry.WAITING.release()
    assert tried(open_state, RIGHT) == "in"


def test_a_right_attempt_begins_anew_but_does_not_free_the_address(open_state: State) -> None:
    """Who has an account cannot use it to guess at another one without waiting."""
    set_password(open_state, "mo", RIGHT, NOW, "terminal")
    answers = []
    for _ in range(8):
        answers.append(tried(open_state, name="dana"))
        tried(open_state, RIGHT, name="mo")
    assert answers == ["wrong"] * 5 + ["wait"] * 3


def test_attempts_do_not_fill_the_disk(open_state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "MOST", 20)
    for at in range(60):
        tried(open_state, visitor=Visitor(f"10.1.{at}.1"), name=f"n{at}", now=NOW + timedelta(seconds=at))
    with open_state.reading() as rows:
        assert rows.count("attempts") <= 20
    tried(open_state, now=NOW + timedelta(days=2))
    with open_state.reading() as rows:
        assert rows.count("attempts") == 2


def test_every_sign_in_is_a_session_of_its_own(open_state: State) -> None:
    """What somebody put into the browser before is neither taken over nor left standing."""
    planted = sign_in(open_state, "dana", RIGHT, HERE, NOW).session
    entered = sign_in(open_state, "dana", RIGHT, Visitor("10.0.0.1", session=planted), NOW)
    assert entered.session != planted
    assert session_of(open_state, planted, NOW) is None
    made_up = "x" * len(planted)
    assert sign_in(open_state, "dana", RIGHT, Visitor("10.0.0.1", session=made_up), NOW).session != made_up
    assert session_of(open_state, made_up, NOW) is None


def test_sign_out_ends_the_session(open_state: State) -> None:
    entered, other = (sign_in(open_state, "dana", RIGHT, HERE, NOW) for _ in range(2))
    sign_out(open_state, entered.session, NOW)
    sign_out(open_state, entered.session, NOW)
    assert session_of(open_state, entered.session, NOW) is None
    assert session_of(open_state, other.session, NOW) is not None


def test_another_password_ends_all_sessions(open_state: State) -> None:
    entered = [sign_in(open_state, "dana", RIGHT, HERE, NOW) for _ in range(3)]
    assert not set_password(open_state, "dana", RIGHT, NOW, "terminal")
    assert [session_of(open_state, one.session, NOW) for one in entered] == [None] * 3


def test_who_knows_the_password_may_change_it(open_state: State) -> None:
    mine, other = (sign_in(open_state, "dana", RIGHT, HERE, NOW) for _ in range(2))
    with pytest.raises(AccessError) as caught:
        change_password(open_state, Change("dana", WRONG, "a new long password"), HERE, NOW)
    assert caught.value.code == "E_WRONG_PASSWORD" and session_of(open_state, other.session, NOW) is not None
    with pytest.raises(AccessError, match="at least 10"):
        change_password(open_state, Change("dana", RIGHT, "short"), HERE, NOW)
    entered = change_password(open_state, Change("dana", RIGHT, "a new long password"), HERE, NOW)
    held = [session_of(open_state, one.session, NOW) for one in (mine, other, entered)]
    assert [one is not None for one in held] == [False, False, True]
    kept = people(open_state)[0].password
    assert attempt.known_browser(kept, "dana", entered.browser) and not attempt.known_browser(
        kept, "dana", mine.browser
    )
    assert tried(open_state, "a new long password") == "in" and tried(open_state, RIGHT) == "wrong"


def test_a_password_that_changed_meanwhile_is_not_changed_back(
    open_state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(kept: str, word: str) -> bool:
        set_password(open_state, "dana", "set in the terminal", NOW, "terminal")
        return True

    monkeypatch.setattr(entry, "matches", slow)
    with pytest.raises(AccessError) as caught:
        change_password(open_state, Change("dana", RIGHT, "a new long password"), HERE, NOW)
    assert caught.value.code == "E_WRONG_PASSWORD"
    monkeypatch.undo()
    assert tried(open_state, "set in the terminal") == "in"


def test_a_hash_of_other_parameters_is_made_anew(open_state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    before = people(open_state)[0].password
    monkeypatch.setattr(password, "HASHER", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    assert tried(open_state, WRONG) == "wrong"
    assert people(open_state)[0].password == before
    entered = sign_in(open_state, "dana", RIGHT, HERE, NOW)
    after = people(open_state)[0].password
    assert after != before and "t=2" in after
    assert attempt.known_browser(after, "dana", entered.browser) != ""
    assert tried(open_state, RIGHT) == "in"


def test_the_first_account_is_made_once(state: State) -> None:
    entered = set_up(state, "Dana", RIGHT, HERE, NOW)
    assert isinstance(entered, Entered) and session_of(state, entered.session, NOW) is not None
    with pytest.raises(AccessError) as caught:
        set_up(state, "Mallory", RIGHT, HERE, NOW)
    assert caught.value.code == "E_SET_UP_ALREADY"
    assert [person.name for person in people(state)] == ["dana"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "a\u202eb"])
def test_an_account_has_a_plain_name(state: State, name: str) -> None:
    with pytest.raises(AccessError) as caught:
        set_up(state, name, RIGHT, HERE, NOW)
    assert caught.value.code == "E_BAD_ACCOUNT"
    with pytest.raises(AccessError, match="at least 10"):
        set_up(state, "dana", "short", HERE, NOW)
    assert people(state) == []


def test_what_happened_stands_in_the_audit(open_state: State) -> None:
    entered = sign_in(open_state, "dana", RIGHT, HERE, NOW)
    tried(open_state, visitor=Visitor("10.6.6.6"))
    tried(open_state, name="my password by mistake")
    sign_out(open_state, entered.session, NOW)
    told = [(line.person, line.action, line.about, line.address) for line in reversed(lines(open_state))]
    assert told == [
        ("terminal", "password set", "dana", ""),
        ("dana", "signed in", "", "10.0.0.1"),
        ("dana", "sign-in failed", "", "10.6.6.6"),
        ("", "sign-in failed", "", "10.0.0.1"),
        ("dana", "signed out", "", ""),
    ]
