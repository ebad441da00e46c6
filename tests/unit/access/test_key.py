"""Capture keys: shown once, kept as a digest, worth nothing once revoked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.access.conftest import NOW
from truenorth.access.audit import lines
from truenorth.access.key import Keyring, create_key, hidden, keys, revoke_key
from truenorth.base.errors import AccessError
from truenorth.store.state import State, open_state


def ring(state: State) -> Keyring:
    made = Keyring(state)
    made.refresh()
    return made


def test_a_key_names_its_source(state: State) -> None:
    kept, text = create_key(state, "web", NOW, "dana")
    assert text.startswith("tn_web_") and len(text) == len("tn_web_") + 32
    assert ring(state).verify(text) == "web"
    assert (kept.source, kept.prefix, kept.created) == ("web", text[: len("tn_web_") + 4], NOW)


def test_nothing_of_a_key_is_kept_but_its_digest_and_beginning(state: State, tmp_path: Path) -> None:
    _, text = create_key(state, "web", NOW)
    state.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / ".truenorth").iterdir())
    assert text[:11].encode() in kept
    assert text.encode() not in kept
    assert text[11:].encode() not in kept


@pytest.mark.parametrize(
    "change", ["{0}x", "{1}", "{0} ", "tn_ios_{2}", "", "tn_", "phc_{2}", "tn_" + "x" * 5000, "tn_\udcff"]
)
def test_what_is_nearly_a_key_is_none(state: State, change: str) -> None:
    _, text = create_key(state, "web", NOW)
    assert ring(state).verify(change.format(text, text[:-1], text.rpartition("_")[2])) is None


@pytest.mark.parametrize("source", ["web", "billing-eu", "a_b_c", "tn_tn", "x" * 40])
def test_what_is_shown_of_a_text_with_a_key_is_its_beginning(state: State, source: str) -> None:
    kept, text = create_key(state, source, NOW)
    said = hidden(f'{{"api_key":"{text}","token":"{text}"}}')
    assert said == f'{{"api_key":"{kept.prefix}…","token":"{kept.prefix}…"}}'
    assert hidden("tn_web and nothing secret") == "tn_web and nothing secret"


def test_a_revoked_key_counts_no_more(state: State) -> None:
    held = ring(state)
    kept, text = create_key(state, "web", NOW)
    _, other = create_key(state, "web", NOW)
    held.refresh()
    assert held.verify(text) == held.verify(other) == "web"
    assert revoke_key(state, kept.id, NOW).id == kept.id
    held.refresh()
    assert (held.verify(text), held.verify(other)) == (None, "web")
    assert held.sources() == {"web"}


def test_a_key_is_revoked_by_its_id_its_beginning_or_itself(state: State) -> None:
    for word in (lambda key, text: key.id, lambda key, text: f"{key.prefix}…", lambda key, text: text):
        made = create_key(state, "web", NOW)
        revoke_key(state, word(*made), NOW + timedelta(hours=1))
    assert {key.revoked for key in keys(state)} == {NOW + timedelta(hours=1)}
    with pytest.raises(AccessError, match="no key is meant") as caught:
        revoke_key(state, keys(state)[0].id, NOW)
    assert caught.value.code == "E_KEY_NOT_FOUND"


@pytest.mark.parametrize("source", ["", "Web", "1web", "web site", "web'", "ä", "a" * 41, "web\n"])
def test_a_source_has_a_plain_name(state: State, source: str) -> None:
    with pytest.raises(AccessError) as caught:
        create_key(state, source, NOW)
    assert caught.value.code == "E_BAD_SOURCE"
    assert keys(state) == []


def test_use_is_written_down_now_and_then(state: State) -> None:
    _, text = create_key(state, "web", NOW)
    create_key(state, "ios", NOW)
    held = ring(state)
    held.verify(text)
    held.note_used(NOW + timedelta(days=1))
    held.note_used(NOW + timedelta(days=2))
    assert {key.source: key.used for key in keys(state)} == {"web": NOW + timedelta(days=1), "ios": None}


def test_another_process_sees_a_key_after_a_refresh_only(state: State, tmp_path: Path) -> None:
    other = Keyring(open_state(tmp_path))
    _, text = create_key(state, "web", NOW)
    assert other.verify(text) is None
    other.refresh()
    assert other.verify(text) == "web"


def test_keys_read_last_count_while_the_state_cannot_be_read(state: State, tmp_path: Path) -> None:
    _, text = create_key(state, "web", NOW)
    held = ring(state)
    state.close()
    (tmp_path / ".truenorth" / "state.db").write_bytes(b"no database at all, whatever its name says" * 200)
    for name in ("state.db-wal", "state.db-shm"):
        (tmp_path / ".truenorth" / name).unlink(missing_ok=True)
    with pytest.raises(AccessError) as caught:
        held.refresh()
    assert caught.value.code == "E_STATE_FAILED"
    assert held.verify(text) == "web"


def test_every_change_is_told_in_the_audit(state: State) -> None:
    kept, text = create_key(state, "web", NOW, "dana")
    revoke_key(state, kept.id, NOW, "mo")
    assert [(line.person, line.action) for line in lines(state)] == [("mo", "key revoked"), ("dana", "key created")]
    assert all(text not in line.about and kept.prefix in line.about for line in lines(state))
