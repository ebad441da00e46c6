"""Sessions and paths are checked before anything is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth.base.errors import DefinitionErrors
from truenorth.define.load import load

HEAD = """version: 1
datasets:
  - {name: events, source: events, time: at, fields: [{name: person}, {name: event}]}
metrics:
"""
SESSIONS = "name: visits, type: sessions, dataset: events, entity: person"
PATHS = "name: ways, type: paths, dataset: events, entity: person, node: event"


def refused(folder: Path, *metrics: str) -> list[tuple[str, str]]:
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: case\n", "utf-8")
    text = HEAD + "".join(f"  - {{{one}}}\n" for one in metrics)
    (folder / "metrics" / "case.yml").write_text(text, "utf-8")
    try:
        load(folder)
    except DefinitionErrors as errors:
        return [(one.code, one.message) for one in errors.errors]
    return []


@pytest.mark.parametrize(
    ("metric", "code", "said"),
    [
        (f"{SESSIONS}, idle: 1 month", "E_BAD_WINDOW", '"idle" is a length that is always the same'),
        (f"{SESSIONS}, cap: soon", "E_BAD_WINDOW", '"soon" is not a length of time'),
        (f"{SESSIONS}, bounce: always", "E_BAD_VALUE", '"bounce" cannot be "always"'),
        (f"{SESSIONS}, part: rate", "E_BAD_VALUE", 'a sessions metric has no part "rate"'),
        (f"{SESSIONS}, view: \"nowhere.event = 'a'\"", "E_NAME_NOT_FOUND", "nowhere"),
        (f"{SESSIONS}, node: event", "E_KEY_NOT_ALLOWED", '"node" does not belong to a metric of type sessions'),
        ("name: visits, type: sessions, dataset: events", "E_MISSING_KEY", 'has no "entity"'),
        (PATHS.replace(", node: event", ""), "E_MISSING_KEY", 'has no "node"'),
        (f"{PATHS}, from: \"event = 'a'\", to: \"event = 'b'\"", "E_KEY_CONFLICT", "both from and to"),
        (f"{PATHS}, idle: 5 minutes, window: 1 day", "E_KEY_CONFLICT", "end after a pause, or after a time"),
        (f"{PATHS}, depth: 1", "E_BAD_VALUE", '"depth" is a whole number from 2 to 20, not 1'),
        (f"{PATHS}, depth: 2.5", "E_BAD_VALUE", "not 2.5"),
        (f"{PATHS}, top: 0", "E_BAD_VALUE", '"top" is a whole number from 1 to 1000, not 0'),
        (f"{PATHS}, window: 1 month", "E_BAD_WINDOW", "is not"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, metric: str, code: str, said: str) -> None:
    found = refused(tmp_path, metric)
    assert any(one == code and said in message for one, message in found), found


def test_numbers_of_sessions_say_nothing_that_the_sessions_say(tmp_path: Path) -> None:
    part = "name: bounced, type: sessions, of: visits, part: bounces, idle: 5 minutes"
    assert [code for code, _ in refused(tmp_path, SESSIONS, part)] == ["E_KEY_CONFLICT"]


def test_numbers_of_paths_have_no_anchor_of_their_own(tmp_path: Path) -> None:
    part = "name: taken, type: paths, of: ways, part: paths, from: \"event = 'a'\""
    assert [code for code, _ in refused(tmp_path, PATHS, part)] == ["E_KEY_CONFLICT"]


def test_all_that_may_be_said_is_read(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: case\n", "utf-8")
    metrics = (
        f"{SESSIONS}, idle: 5 minutes, cap: 2 hours, session: event, opens: \"event <> 'x'\", key: \"event = 'k'\"",
        "name: exits, type: sessions, of: visits, by_row: exit, part: bounce_rate",
        f"{PATHS}, to: \"event = 'k'\", window: 7 days, depth: 3, collapse: false, top: 20",
        "name: taken, type: paths, of: ways, part: paths",
    )
    (tmp_path / "metrics" / "case.yml").write_text(HEAD + "".join(f"  - {{{one}}}\n" for one in metrics), "utf-8")
    model = load(tmp_path)
    assert (model.metrics["exits"].idle, model.metrics["exits"].by_row) == ("5 minutes", "exit")
    assert (model.metrics["taken"].to, model.metrics["taken"].depth) == ("event = 'k'", 3)
